"""Ray: a cluster of this machine with two worker processes."""

from __future__ import annotations

import os
import signal
import warnings

import pytest

from .suite import EngineSuite

pytest.importorskip("ray", reason='Ray is not installed: pip install "gaussmix[ray]"')

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray

from gaussmix.distributed import RayEngine

pytestmark = pytest.mark.filterwarnings("ignore")


def start(processors):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(
            num_cpus=processors,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="error",
            object_store_memory=300 << 20,
        )


@pytest.fixture(scope="module")
def engine():
    start(2)
    yield RayEngine()
    ray.shutdown()


@pytest.fixture
def kill():
    def kill():
        pid = ray.get(ray.remote(os.getpid).remote())
        os.kill(pid, signal.SIGKILL)
        return pid

    return kill


@pytest.fixture
def one_worker():
    def one_worker():
        ray.shutdown()
        start(1)
        return RayEngine()

    return one_worker


class TestRay(EngineSuite):
    """Two processes."""
