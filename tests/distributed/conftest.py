"""Functions of these tests are sent to workers by value; a test that does not end fails, and its cluster is killed."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from . import clusters, collection_suite, suite

if find_spec("cloudpickle"):
    import cloudpickle

    for module in (suite, collection_suite):
        cloudpickle.register_pickle_by_value(module)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(clusters.LIMIT))


@pytest.fixture(autouse=True)
def _cluster_is_there(request):
    clusters.check_not_lost(request.module.__name__)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and call.excinfo is not None and "pytest-timeout" in str(call.excinfo.value):
        reason = f"{item.name} did not end in {clusters.LIMIT} seconds: the cluster was killed"
        clusters.kill(item.module.__name__, reason)
        report.longrepr = reason
    return report
