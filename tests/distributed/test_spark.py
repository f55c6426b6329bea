"""Apache Spark: a standalone cluster of this machine with two executors, each a process."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import warnings

import pytest

from .suite import EngineSuite

pytest.importorskip("pyspark", reason='Spark is not installed: pip install "gaussmix[spark]"')
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java, and there is none", allow_module_level=True)

from gaussmix.distributed import SparkEngine

pytestmark = pytest.mark.filterwarnings("ignore")

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


@pytest.fixture(scope="module")
def session():
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = start("local-cluster[2,1,512]")
        yield session
        session.stop()


@pytest.fixture(scope="module")
def engine(session):
    return SparkEngine(session)


def _executor(_):
    """The process that started the daemon which forked this one."""
    with open(f"/proc/{os.getppid()}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


@pytest.fixture
def kill(session):
    def kill():
        pid = session.sparkContext.parallelize([0], 1).map(_executor).first()
        os.kill(pid, signal.SIGKILL)
        return pid

    return kill


@pytest.fixture
def one_worker(session):
    def one_worker():
        session.stop()
        return SparkEngine(start("local[1]"))

    return one_worker


class TestSpark(EngineSuite):
    """Two executors."""
