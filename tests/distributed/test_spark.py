"""Apache Spark: a standalone cluster of this machine with two executors, each a process."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import warnings

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from ..support import quiet
from .clusters import check_starts, guarded
from .collection_suite import CollectionSuite, X
from .collection_suite import fitted as fitted_to
from .suite import EngineSuite

pytest.importorskip("pyspark", reason='Spark is not installed: pip install "gaussmix[spark]"')
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

from gaussmix import GaussianMixture
from gaussmix.distributed import SparkEngine

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


def start(master):
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master)
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


TRIAL = f"""
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[1]")
for name, value in {SETTINGS}.items():
    builder = builder.config(name, value)
assert builder.getOrCreate().sparkContext.parallelize([1], 1).map(lambda x: -x).collect() == [-1]
"""


def stop():
    from pyspark import SparkContext

    if SparkContext._active_spark_context is not None:
        SparkContext._active_spark_context.stop()
    # Its virtual machine ends with its standard input: a later session starts another.
    gateway, SparkContext._gateway, SparkContext._jvm = SparkContext._gateway, None, None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(60)


@pytest.fixture(scope="module")
def session():
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        check_starts("Spark", TRIAL)
        found = []
        with guarded(__name__, lambda: found.append(start("local-cluster[2,1,512]")), stop):
            yield found[0]


@pytest.fixture(scope="module")
def engine(session):
    return SparkEngine(session)


@pytest.fixture
def kill(session):
    def executor(_):  # the process that started the daemon which forked this one; within, to be sent by value
        with open(f"/proc/{os.getppid()}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])

    def kill():
        pid = session.sparkContext.parallelize([0], 1).map(executor).first()
        os.kill(pid, signal.SIGKILL)
        return pid

    return kill


@pytest.fixture
def one_worker(session):
    def one_worker():
        session.stop()
        return SparkEngine(start("local[1]"))

    return one_worker


@pytest.fixture
def collection(session):
    return lambda frame: session.createDataFrame(frame).repartition(4)


@pytest.fixture
def frame_of():
    def frame_of(found, frame, name):
        rows = found.toPandas()
        return rows[name].to_numpy(), rows

    return frame_of


class TestFrames(CollectionSuite):
    """Data frames of Spark."""


@pytest.fixture(scope="module")
def features(session):
    from pyspark.ml.linalg import Vectors

    return lambda rows: session.createDataFrame([(Vectors.dense(row),) for row in rows], ["features"])


def test_vectors(features):
    frame = features(X[:500].tolist())
    model = fitted_to(frame)
    assert np.allclose(model.means_, fitted_to(X[:500]).means_, rtol=1e-10)
    found = model.predict(frame).collect()
    assert [row.prediction for row in found] == model.mixture_.predict(X[:500]).tolist()


# The sets of Spark's own tests of its mixtures, and the values that they expect (R's mixtools).
ONE = [-5.1971, -2.5359, -3.8220, -5.2211, -5.0602, 4.7118, 6.8989, 3.4592, 4.6322, 5.7048, 4.6567, 5.5026]
ONE += [4.5605, 5.2043, 6.2734]
TWO = [
    (-0.6264538, 0.1836433), (-0.8356286, 1.5952808), (0.3295078, -0.8204684), (0.4874291, 0.7383247),
    (0.5757814, -0.3053884), (1.5117812, 0.3898432), (-0.6212406, -2.2146999), (11.1249309, 9.9550664),
    (9.9838097, 10.9438362), (10.8212212, 10.5939013), (10.9189774, 10.7821363), (10.0745650, 8.0106483),
    (10.6198257, 9.9438713), (9.8442045, 8.5292476), (9.5218499, 10.4179416),
]  # fmt: skip


def test_sparks_set_of_one_column(features):
    frame = features([[x] for x in ONE])
    with quiet():
        model = GaussianMixture(2, random_state=0).fit(frame)
    order = np.argsort(-model.weights_)
    assert np.allclose(model.weights_[order], [2 / 3, 1 / 3], rtol=1e-5)
    assert np.allclose(model.means_[order, 0], [5.1604, -4.3673], rtol=1e-5)
    assert np.allclose(model.covariances_.ravel()[order], [0.86644, 1.1098], rtol=2e-5)


def test_sparks_set_of_two_columns(features):
    frame = features(TWO)
    with quiet():
        model = GaussianMixture(2, random_state=0).fit(frame)
    order = np.argsort(-model.weights_)
    assert model.score(frame) * len(TWO) == pytest.approx(-46.89499, abs=1e-4)
    assert np.allclose(model.weights_[order], [0.5333333, 0.4666667], atol=1e-6)
    assert np.allclose(model.means_[order], [[10.363673, 9.897081], [0.11731091, -0.06192351]], rtol=1e-5)
    expected = [
        [[0.2961543, 0.1607830], [0.160783, 1.008878]],
        [[0.62049934, 0.06880802], [0.06880802, 1.27431874]],
    ]
    assert np.allclose(model.covariances_[order], expected, rtol=1e-4)


def test_many_columns_where_densities_underflow(features):
    from pyspark.ml.clustering import GaussianMixture as MLlib

    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=900)
    rows = rng.normal(size=(3, 200))[labels] + rng.standard_normal((900, 200))
    frame = features(rows.tolist())
    model = GaussianMixture(3, random_state=0).fit(frame)
    assert adjusted_rand_score(labels, model.mixture_.predict(rows)) == 1.0
    theirs = MLlib(k=3, maxIter=3, seed=0).fit(frame).transform(frame).select("prediction").collect()
    assert adjusted_rand_score(labels, [row.prediction for row in theirs]) < 0.1


class TestSpark(EngineSuite):
    """Two executors."""
