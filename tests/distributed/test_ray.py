"""Ray: a cluster of this machine with two worker processes."""

from __future__ import annotations

import os
import signal
import warnings

import numpy as np
import pytest

from .clusters import check_starts, guarded
from .collection_suite import CollectionSuite, X
from .collection_suite import fitted as fitted_to
from .suite import EngineSuite

pytest.importorskip("ray", reason='Ray is not installed: pip install "gaussmix[ray]"')

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ray

from gaussmix.distributed import RayEngine
from gaussmix.errors import InputError

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

OPTIONS = {
    "include_dashboard": False,
    "log_to_driver": False,
    "logging_level": "error",
    "object_store_memory": 300 << 20,
}
TRIAL = f"""
import ray
ray.init(num_cpus=1, **{OPTIONS})
assert ray.get(ray.remote(lambda: 1).remote()) == 1
"""


def start(processors):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=processors, **OPTIONS)


@pytest.fixture(scope="module")
def engine():
    check_starts("Ray", TRIAL)
    with guarded(__name__, lambda: start(2), ray.shutdown):
        yield RayEngine()


@pytest.fixture
def kill():
    @ray.remote
    def process():
        return os.getpid()

    def kill():
        pid = ray.get(process.remote())
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


@pytest.fixture
def collection(engine):
    return lambda frame: ray.data.from_pandas(
        [frame.iloc[part] for part in np.array_split(range(len(frame)), 5)]
    )


@pytest.fixture
def frame_of():
    def frame_of(found, frame, name):
        rows = found.to_pandas()
        return rows[name].to_numpy(), rows

    return frame_of


class TestDatasets(CollectionSuite):
    """Datasets of Ray."""


def test_tensors(engine):
    data = ray.data.from_numpy(X)
    model = fitted_to(data)
    assert np.allclose(model.means_, fitted_to(X).means_, rtol=1e-10)
    found = model.predict(data).to_pandas()
    assert np.array_equal(found["prediction"], model.mixture_.predict(np.stack(found["data"])))


def test_a_column_of_that_name(engine):
    model = fitted_to(X)
    data = ray.data.from_items([{"prediction": 1.0}])
    with pytest.raises(InputError, match="a column 'prediction' already"):
        model.predict(data)


class TestRay(EngineSuite):
    """Two processes."""
