"""Dask: threads of this process, and a scheduler with two worker processes."""

from __future__ import annotations

import logging
import os
import signal
import time

import pytest

from .clusters import check_starts, guarded
from .collection_suite import CollectionSuite, X, as_rows
from .collection_suite import fitted as fitted_to
from .suite import EngineSuite, check_same, fitted

pytest.importorskip("distributed", reason='Dask is not installed: pip install "gaussmix[dask]"')

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
from distributed.core import Status

from distributed import Client, LocalCluster
from gaussmix.distributed import DaskEngine, pieces
from gaussmix.sources import open_source
from gaussmix.testing import check_engine

# Of its servers, when they close.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
    pytest.mark.slow,
]

TRIAL = """
from distributed import Client
if __name__ == "__main__":
    with Client(n_workers=1, threads_per_worker=1, dashboard_address=":0") as client:
        assert client.submit(abs, -1).result() == 1
"""


@pytest.fixture(scope="module")
def client():
    check_starts("Dask", TRIAL)
    started = []

    def start():
        options = {"dashboard_address": ":0", "silence_logs": logging.CRITICAL}
        started.append(Client(LocalCluster(n_workers=2, threads_per_worker=1, **options)))

    def stop():
        started[0].close()
        started[0].cluster.close()

    with guarded(__name__, start, stop):
        yield started[0]


@pytest.fixture(scope="module")
def engine(client):
    return DaskEngine(client)


def wait_for_two(client):
    """Wait until two workers run: a nanny gives up a worker that dies while it is being started."""
    ends, cluster = time.monotonic() + 60, client.cluster
    while True:
        nannies = list(cluster.workers.values())
        running = [nanny for nanny in nannies if nanny.process and nanny.process.status == Status.running]
        if len(running) == len(client.nthreads()) == 2:
            return
        assert time.monotonic() < ends, f"the cluster has {len(running)} running workers, and two are needed"
        if any(nanny.status == Status.closed for nanny in nannies):
            cluster.scale(0)
        cluster.scale(2)
        client.wait_for_workers(1, timeout=30)
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def _two_workers(request):
    if "client" in request.fixturenames:
        wait_for_two(request.getfixturevalue("client"))


@pytest.fixture
def kill(client):
    def kill():
        wait_for_two(client)
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


@pytest.fixture
def collection(client):
    return lambda frame: dd.from_pandas(frame, npartitions=5, sort=False).persist()


@pytest.fixture
def frame_of():
    def frame_of(found, frame, name):
        values = found.compute()
        assert values.index.equals(frame.index.compute())
        return values.to_numpy(), frame.compute()

    return frame_of


class TestFrames(CollectionSuite):
    """Data frames of Dask."""


@pytest.mark.parametrize("columns", [4, 2])
def test_arrays(client, columns):
    array = da.from_array(X, chunks=(1300, columns)).persist()
    model = fitted_to(array)
    assert not hasattr(model, "feature_names_in_")
    assert np.allclose(model.means_, fitted_to(X).means_, rtol=1e-10)
    for method in ("predict", "predict_proba", "score_samples", "outlier_score"):
        found, expected = getattr(model, method)(array), getattr(model, method)(X)
        assert isinstance(found, da.Array)
        assert found.shape == expected.shape
        assert found.dtype == expected.dtype
        assert np.allclose(found.compute(), expected, rtol=1e-12)


def test_float32_of_dask(client):
    array = da.from_array(X.astype(np.float32), chunks=(1300, 4))
    model = fitted_to(array)
    assert model.means_.dtype == np.float32
    assert model.score_samples(array).dtype == np.float32
    assert model.score_samples(array).compute().dtype == np.float32


def test_chunks_of_unknown_size_and_weights_by_position(client):
    array = da.from_array(np.column_stack([X, np.arange(len(X)) % 2]), chunks=(1300, 5))
    some = array[array[:, 0] > np.median(X[:, 0])]
    source = open_source(some, [0, 1, 2, 3], weights=4)
    kept = X[X[:, 0] > np.median(X[:, 0])]
    assert np.array_equal(as_rows(source), kept)
    assert source.n_rows == len(kept)


def test_a_large_chunk_becomes_several_parts(client, monkeypatch):
    monkeypatch.setattr(pieces, "MOST_VALUES", 1000)
    source = open_source(da.from_array(X, chunks=(5000, 4)))
    assert len(source.parts()) == 24
    assert [part.read().start for part in source.parts()][:2] == [0, 250]
    assert np.array_equal(as_rows(source), X)


def test_a_scheduler_of_threads(tmp_path):
    with dask.config.set(scheduler="threads"):
        array = da.from_array(X, chunks=(1300, 4))
        assert np.allclose(fitted_to(array, engine=None).means_, fitted_to(X).means_, rtol=1e-10)


def test_the_scheduler_of_this_process():
    check_engine(DaskEngine(), n_rows=60_000)
    check_same(fitted(DaskEngine(), max_iter=2), fitted(max_iter=2))


def test_an_address(client):
    engine = DaskEngine(client.scheduler.address)
    check_same(fitted(engine, max_iter=2), fitted(max_iter=2))
    assert repr(engine) == f"DaskEngine({client.scheduler.address!r})"
    engine.client.close()
