"""``gaussmix sample``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import gaussmix
from gaussmix.data.tables import read_table

from .conftest import Call


def test_prints_rows_under_the_names_of_the_columns(call: Call, model: Path) -> None:
    done = call("sample", model, "-n", "5")
    assert (done.code, done.err) == (0, "")
    header, *rows = done.out.splitlines()
    assert header == "eruptions,waiting"
    assert [len(row.split(",")) for row in rows] == [2] * 5


def test_the_seed_makes_it_repeatable(call: Call, model: Path) -> None:
    first, again, other, unseeded = (
        call("sample", model, "-n", "9", *seed).out
        for seed in (["--seed", "1"], ["--seed", "1"], ["--seed", "2"], [])
    )
    assert first == again
    assert len({first, other, unseeded}) == 3


def test_the_sample_has_the_moments_of_the_mixture(call: Call, model: Path, tmp_path: Path) -> None:
    done = call("sample", model, "-n", "100000", "--seed", "0", "--out", "rows.npy")
    assert done.out == "100,000 rows written to rows.npy\n"
    X, mixture = np.load(tmp_path / "rows.npy"), gaussmix.load(model).mixture_
    # Six standard errors of the mean of 1e5 rows.
    error = 6 * np.sqrt(np.diagonal(mixture.covariance()) / len(X))
    assert (np.abs(X.mean(axis=0) - mixture.mean()) < error).all()
    np.testing.assert_allclose(np.cov(X.T), mixture.covariance(), rtol=0.05)


def test_labels_tell_the_component(call: Call, model: Path) -> None:
    call("sample", model, "-n", "2000", "--seed", "0", "--labels", "--out", "rows.csv")
    table = read_table("rows.csv", ["eruptions", "waiting", "component"])
    assert table.names == ("eruptions", "waiting", "component")
    for k, mean in enumerate(gaussmix.load(model).means_):
        rows = table.X[table.X[:, 2] == k, :2]
        # Six standard errors at the standard deviations of at most 0.42 and 6.1 minutes.
        assert (np.abs(rows.mean(axis=0) - mean) < 6 * np.array([0.42, 6.1]) / np.sqrt(len(rows))).all()


def test_a_classifier_gives_rows_of_all_classes(call: Call, classifier: Path) -> None:
    header, *rows = call("sample", classifier, "-n", "500", "--seed", "0", "--labels").out.splitlines()
    assert header == "x0,x1,class"
    assert {row.split(",")[2] for row in rows} == set(gaussmix.load(classifier).classes_)


def test_no_rows_leave_the_header(call: Call, model: Path) -> None:
    assert call("sample", model, "-n", "0").out == "eruptions,waiting\n"
