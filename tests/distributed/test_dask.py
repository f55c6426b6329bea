"""Dask: threads of this process, and a scheduler with two worker processes."""

from __future__ import annotations

import logging
import os
import signal

import pytest

from .suite import EngineSuite, check_same, fitted

pytest.importorskip("distributed", reason='Dask is not installed: pip install "gaussmix[dask]"')

from distributed import Client, LocalCluster
from gaussmix.distributed import DaskEngine
from gaussmix.testing import check_engine

# Of its servers, when they close.
pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)


@pytest.fixture(scope="session")
def client():
    options = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
    with LocalCluster(n_workers=2, threads_per_worker=1, **options) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def engine(client):
    return DaskEngine(client)


@pytest.fixture
def kill(client):
    def kill():
        pid = next(iter(client.run(os.getpid).values()))
        os.kill(pid, signal.SIGKILL)
        return pid

    return kill


@pytest.fixture
def one_worker():
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=":0") as client:
        yield lambda: DaskEngine(client)


class TestDask(EngineSuite):
    """Two processes."""


def test_the_scheduler_of_this_process():
    check_engine(DaskEngine(), n_rows=60_000)
    check_same(fitted(DaskEngine(), max_iter=2), fitted(max_iter=2))


def test_an_address(client):
    engine = DaskEngine(client.scheduler.address)
    check_same(fitted(engine, max_iter=2), fitted(max_iter=2))
    assert repr(engine) == f"DaskEngine({client.scheduler.address!r})"
    engine.client.close()
