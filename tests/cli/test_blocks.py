"""Fits and labels of rows that are read in blocks: folders, queries, files of other kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix import GaussianMixture, load

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

X = np.random.default_rng(0).standard_normal((4000, 2))
X[:1500] += 6.0
WEIGHTS = np.random.default_rng(1).integers(1, 4, len(X))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two Parquet files, by year, with weights and a column of text."""
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "w": WEIGHTS, "site": ["north"] * len(X)})
    for year, part in ((2023, table.slice(0, 2500)), (2024, table.slice(2500))):
        (tmp_path / "rows" / f"year={year}").mkdir(parents=True)
        pq.write_table(part, tmp_path / "rows" / f"year={year}" / "part.parquet")
    return tmp_path / "rows"


def test_a_folder_is_fitted(call: Any, folder: Path) -> None:
    done = call("fit", folder, "-k", 2, "--weights", "w", "--out", "m.safetensors", "--seed", 0)
    assert done.code == 0, done.err
    assert f"rows: 4,000 rows of 2 columns (a, b), with weights that sum to {WEIGHTS.sum():,}" in done.out
    assert "Left out: site (string)" in done.out
    expected = GaussianMixture(2, random_state=0).fit(X, sample_weight=WEIGHTS).mixture_
    assert load("m.safetensors").mixture_ == expected.named(("a", "b"))


@pytest.mark.parametrize("out", ["labels.csv", "labels.parquet", "labels.npy"])
def test_a_folder_is_labelled(call: Any, folder: Path, out: str) -> None:
    call("fit", folder, "-k", 2, "--columns", "a,b", "--out", "m.safetensors")
    done = call("predict", "m.safetensors", folder, "--out", out)
    assert done.code == 0, done.err
    labels = {
        ".csv": lambda path: np.loadtxt(path, skiprows=1, dtype=int),
        ".parquet": lambda path: pq.read_table(path).column("component").to_numpy(),
        ".npy": np.load,
    }[Path(out).suffix](Path(out))
    assert np.array_equal(labels, load("m.safetensors").mixture_.predict(X))
    printed = call("predict", "m.safetensors", folder, "--proba", "--memory", "2MB")
    assert printed.out.splitlines()[0] == "component,probability_0,probability_1"
    assert len(printed.out.splitlines()) == len(X) + 1


def test_a_query_is_fitted(call: Any, folder: Path) -> None:
    pytest.importorskip("duckdb")
    sql = f"select a, b from '{folder}/*/*.parquet'"
    done = call("fit", "--sql", sql, "--connection", "duckdb:", "-k", 2)
    assert done.code == 0, done.err
    assert "the query: 4,000 rows of 2 columns (a, b)" in done.out


@pytest.mark.parametrize("memory", [[], ["--memory", "2MB"]])
def test_bad_rows(call: Any, tmp_path: Path, memory: list[str]) -> None:
    rows = X.copy()
    rows[[5, 17], 1] = np.inf
    pq.write_table(pa.table({"a": rows[:, 0], "b": rows[:, 1]}), tmp_path / "bad.pq")
    error = call("fit", "bad.pq", "-k", 2, *memory).error
    assert "bad.pq, row group 0, row 5, column 'b': the value is inf" in error
    assert error.endswith("--skip-bad-rows")
    done = call("fit", "bad.pq", "-k", 2, *memory, "--skip-bad-rows")
    assert done.code == 0
    assert "3,998 rows" in done.out
    assert "2 rows with a bad value in column 'b'" in done.err


def test_advice_is_in_options(call: Any, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,kind\n" + "1,x\n2,y\n3,z\n4.5,x\n" * 5)
    error = call("fit", "t.csv", "-k", 2, "--label", "kind", "--memory", "2MB").error
    assert "holds 3 different labels ('x', 'y', 'z')" in error
    assert error.endswith("give -k 3 or more")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-k", 2], "give either a FILE or --sql QUERY"),
        (
            ["rows", "-k", 2, "--sql", "select 1", "--connection", "duckdb:"],
            "give either a FILE or --sql QUERY",
        ),
        (["-k", 2, "--sql", "select 1"], "--sql and --connection belong together"),
        (["rows", "-k", 2, "--connection", "duckdb:"], "--sql and --connection belong together"),
        (["rows", "-k", 2, "--memory", "much"], "memory is 'much'"),
        (["rows", "-k", 2, "--columns", "z"], "has no column 'z'"),
        (["rows", "-k", 2, "--skip", 3], "--skip does not apply to rows"),
        (["rows", "-k", 2, "--report", "page.html"], "--report needs the rows in memory"),
        (["rows", "-k", 9999], "too few for 9,999 components"),
        (["-k", 2, "--sql", "selec", "--connection", "duckdb:"], "the database refuses the query"),
        (["-k", 2, "--sql", "select 1", "--connection", "ftp://x"], "the connection begins with 'ftp'"),
    ],
)
def test_faults(call: Any, folder: Path, words: list[Any], message: str) -> None:
    assert message in call("fit", *words).error


def test_faults_of_labels(call: Any, folder: Path) -> None:
    call("fit", folder, "-k", 2, "--columns", "a,b", "--out", "m.safetensors")
    assert "--keep needs the rows in memory" in call("predict", "m.safetensors", "rows", "--keep").error
    words = ["predict", "m.safetensors", "rows", "--columns", "a"]
    assert "gives 1 column of numbers, and the model has 2" in call(*words).error
