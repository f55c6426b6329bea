"""Engines by name, and addresses at which nothing answers."""

from __future__ import annotations

import socket
import sys

import pytest

from gaussmix import GaussianMixture, MixtureClassifier, coreset, datasets, select
from gaussmix.distributed import engine_named
from gaussmix.distributed.addresses import connecting
from gaussmix.engines import ThreadEngine
from gaussmix.errors import InputError, MissingDependencyError

X = datasets.load_faithful().data


@pytest.fixture
def silent():
    """An address of this machine at which nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("threads", "ThreadEngine()"),
        ("threads:3", "ThreadEngine(3)"),
        (" threads:1 ", "ThreadEngine(1)"),
        ("dask", "DaskEngine()"),
        ("dask://host:8786", "DaskEngine('tcp://host:8786')"),
        ("dask:tls://host:8786", "DaskEngine('tls://host:8786')"),
    ],
)
def test_names(name, shown):
    assert repr(engine_named(name)) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ray", "RayEngine()"),
        ("ray://host:10001", "RayEngine('ray://host:10001')"),
        ("ray:host:6379", "RayEngine('host:6379')"),
        ("spark", "SparkEngine()"),
        ("spark://a:7077,b:7077", "SparkEngine('spark://a:7077,b:7077')"),
        ("spark:local[2]", "SparkEngine('local[2]')"),
        ("spark:yarn", "SparkEngine('yarn')"),
    ],
)
def test_names_of_packages_that_may_be_missing(name, shown):
    pytest.importorskip("ray" if name.startswith("ray") else "pyspark")
    assert repr(engine_named(name)) == shown


@pytest.mark.parametrize(
    "name",
    ["", "thread", "Threads", "threads:", "threads:0", "threads:2.5", "dask:", "dask://", "mpi://host"],
)
def test_other_names(name):
    with pytest.raises(InputError, match=r"^engine is .*: give "):
        GaussianMixture(2, engine=name).fit(X)


def test_every_function_with_an_engine_takes_a_name():
    y = X[:, 0] > 3
    one = GaussianMixture(2, random_state=0, engine="threads:1").fit(X)
    assert one.get_params()["engine"] == "threads:1"
    assert one.mixture_ == GaussianMixture(2, random_state=0, engine=ThreadEngine(1)).fit(X).mixture_
    assert MixtureClassifier(engine="threads:2").fit(X, y).score(X, y) == 1.0
    assert select(X, [1, 2], "EEE", engine="threads:2", random_state=0).best.n_components == 2
    assert len(coreset(X, 50, engine="threads:2", random_state=0)) == 50


def test_a_cluster_has_one_engine():
    assert engine_named("dask://host:8786") is engine_named("dask://host:8786")


@pytest.mark.parametrize("kind", ["dask", "ray", "spark"])
@pytest.mark.parametrize("host", ["", "no-such-host.invalid:1"])
def test_an_address_at_which_nothing_answers(kind, host, silent):
    pytest.importorskip({"dask": "distributed", "ray": "ray", "spark": "pyspark"}[kind])
    with pytest.raises(InputError, match=r"^no cluster answers at '.*' \(.*\): start it, or "):
        GaussianMixture(2, engine=f"{kind}://{host or silent}", search="off").fit(X)


def test_an_error_of_a_library_becomes_one_sentence():
    with (
        pytest.raises(
            InputError, match=r"^no connection to Ray \(first line\): check its address and that it runs\.$"
        ),
        connecting("Ray"),
    ):
        raise ConnectionError("first line.\nand a traceback")
    with pytest.raises(InputError, match=r"\(OSError\)"), connecting("Dask"):
        raise OSError


@pytest.mark.parametrize(("name", "package"), [("dask", "dask"), ("ray", "ray"), ("spark", "pyspark")])
def test_a_missing_package(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match=rf'pip install "gaussmix\[{name}\]"'):
        GaussianMixture(2, engine=f"{name}://another-host-{package}:1").fit(X)
