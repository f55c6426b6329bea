"""Random tables: columns that are measurements, and fits compared by the best sound mixture of all files."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from benchmarks.real import random_tables
from benchmarks.real.judging import Judge
from benchmarks.real.random_tables import compared, drawn, fitted, measurements
from benchmarks.real.rtables import R_TABLES
from benchmarks.real.table import AbsentTableError, Table
from benchmarks.real.tasks import Task


def frame_of(n=150):
    rng = np.random.default_rng(0)
    numbers = {
        "rownames": np.arange(n),
        "code": np.arange(n) % 3,
        "a": rng.normal(size=n),
        "b": rng.normal(size=n),
    }
    return pd.DataFrame({**numbers, "name": ["x"] * n})


def test_measurements_are_columns_of_many_values():
    X = measurements(frame_of(), np.random.default_rng(1))
    assert X.shape == (150, 2)
    assert measurements(frame_of()[["rownames", "a", "code"]], np.random.default_rng(1)) is None
    assert measurements(frame_of(90), np.random.default_rng(1)) is None
    repeated = pd.concat([frame_of(50)] * 3)
    assert measurements(repeated, np.random.default_rng(1)) is None


def lines(*fits):
    return [
        {
            "task": "t",
            "K": K,
            "N": 100,
            "seconds": 1.0,
            "log_likelihood": value,
            "sound": sound,
            "clear": clear,
        }
        for K, value, sound, clear in fits
    ]


def test_the_reference_is_the_best_sound_mixture_of_all_files():
    one = lines((3, -10.0, True, True), (3, 50.0, False, False))
    other = lines((3, -8.0, True, True), (3, -8.3, True, False))
    first, second = compared([one, other])
    assert "2 fits: 0.0% reach" in first
    assert "100.0% of 1 clear verdicts are wrong" in first
    assert "2 fits: 100.0% reach" in second
    assert "0.0% of 1 clear" in second


def test_a_fit_is_measured():
    X = np.concatenate([np.random.default_rng(0).normal(size=(60, 2)) + shift for shift in (0.0, 9.0)])
    fit = fitted(Task(Table("t", X, None, "drawn"), "diag", 2), Judge(X), 0)
    assert fit["sound"]
    assert fit["clear"]
    assert fit["task"] == "t|diag|2"


def test_draws_are_of_tables_that_the_benchmark_does_not_have():
    try:
        tables = list(drawn(0, 2))
    except AbsentTableError:
        pytest.skip("R's tables are not installed (make bench-peers)")
    assert len(tables) == 2
    assert not {table.name for table in tables} & {table.item for table in R_TABLES}
    assert all(np.array_equal(one.X, other.X) for one, other in zip(tables, drawn(0, 2), strict=True))


def test_fits_are_kept_and_compared(tmp_path, monkeypatch, capsys):
    X = np.random.default_rng(0).normal(size=(120, 2))
    monkeypatch.setattr(random_tables, "drawn", lambda *_: [Table("t", X, None, "drawn")])
    path = tmp_path / "one.json"
    for arguments in (["fit", "--draw", "1", "--seeds", "1", "--out", str(path)], ["compare", str(path)]):
        monkeypatch.setattr(sys, "argv", ["random_tables", *arguments])
        random_tables.main()
    assert len(json.loads(path.read_text())) >= 3
    assert capsys.readouterr().out.startswith("one.json: ")
