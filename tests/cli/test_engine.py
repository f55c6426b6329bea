"""The option --engine of fit, select and predict."""

from __future__ import annotations

import socket

import pytest


def test_threads(call, faithful):
    assert call("fit", faithful, "-k", 2, "--engine", "threads:1", "--out", "m.safetensors").code == 0
    assert call("predict", "m.safetensors", faithful, "--out", "0.csv", "--proba").code == 0
    for number, engine in enumerate(("threads:2", "threads", "dask"), 1):
        words = (
            "predict",
            "m.safetensors",
            faithful,
            "--out",
            f"{number}.csv",
            "--proba",
            "--engine",
            engine,
        )
        assert call(*words).code == 0
    texts = [(faithful.parent / f"{number}.csv").read_text() for number in range(4)]
    assert len(set(texts)) == 1
    found = call("select", faithful, "-k", "1-2", "--families", "EEE", "--engine", "threads")
    assert "EEE,2" in found.out


def test_the_next_command_has_the_engine(call, faithful):
    assert "-k 3 --engine threads:1" in call("fit", faithful, "-k", 2, "--engine", "threads:1").out


def test_a_folder_in_blocks(call, faithful):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    (faithful.parent / "rows").mkdir()
    for number in range(3):
        table = pa.table({"a": [0.0, 1.0, 5.0, 6.0, 2.0], "b": [1.0, 0.5, 7.0, 5.5, 1.5]})
        pq.write_table(table, faithful.parent / "rows" / f"{number}.parquet")
    assert call("fit", "rows", "-k", 2, "--engine", "threads:2", "--out", "m.safetensors").code == 0
    for engine in ("threads:2", "dask"):
        assert (
            call("predict", "m.safetensors", "rows", "--out", f"{engine[:4]}.csv", "--engine", engine).code
            == 0
        )
    assert (faithful.parent / "thre.csv").read_text() == (faithful.parent / "dask.csv").read_text()
    assert (faithful.parent / "dask.csv").read_text().count("\n") == 16


@pytest.mark.parametrize("command", ["fit", "select", "predict"])
@pytest.mark.parametrize("name", ["threads:none", "thread", "dask:", "mpi://host"])
def test_wrong_names(call, faithful, command, name):
    words = {"fit": [faithful, "-k", 2], "select": [faithful], "predict": ["m.safetensors", faithful]}
    if command == "predict":
        call("fit", faithful, "-k", 2, "--search", "off", "--out", "m.safetensors")
    found = call(command, *words[command], "--engine", name)
    assert found.code == 2
    assert name in found.error


@pytest.mark.parametrize("command", ["fit", "select", "predict"])
def test_an_address_at_which_nothing_answers(call, faithful, command):
    pytest.importorskip("distributed")
    words = {"fit": [faithful, "-k", 2], "select": [faithful], "predict": ["m.safetensors", faithful]}
    if command == "predict":
        call("fit", faithful, "-k", 2, "--search", "off", "--out", "m.safetensors")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        found = call(command, *words[command], "--engine", f"dask://127.0.0.1:{held.getsockname()[1]}")
    assert found.code == 1
    assert found.error.startswith("no cluster answers at 'tcp://127.0.0.1:")
