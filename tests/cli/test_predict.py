"""``gaussmix predict``."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix.data.tables import read_table, write_table

from .conftest import Call


def columns_of(text: str) -> dict[str, list[str]]:
    rows = list(csv.DictReader(io.StringIO(text)))
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_prints_the_labels_as_csv(call: Call, model: Path, faithful: Path) -> None:
    done = call("predict", model, faithful)
    assert (done.code, done.err) == (0, "")
    expected = gaussmix.load(model).mixture_.predict(read_table(faithful).X)
    assert done.out.splitlines() == ["component", *map(str, expected)]


def test_probabilities_and_densities_are_exact(call: Call, model: Path, faithful: Path) -> None:
    found = columns_of(call("predict", model, faithful, "--proba", "--log-density").out)
    mixture, X = gaussmix.load(model).mixture_, read_table(faithful).X
    shares = np.array([found["probability_0"], found["probability_1"]], dtype=float).T
    np.testing.assert_allclose(shares, mixture.responsibilities(X), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.array(found["log_density"], dtype=float), mixture.log_prob(X), rtol=1e-12)


def test_writes_a_file_and_says_so(call: Call, model: Path, faithful: Path, tmp_path: Path) -> None:
    done = call("predict", model, faithful, "--out", "labels.csv")
    assert done.out.splitlines() == [
        "272 rows labelled, by component: 0: 175, 1: 97",
        "Written to labels.csv",
    ]
    assert len((tmp_path / "labels.csv").read_text().splitlines()) == 273
    assert call("predict", model, faithful, "--out", "labels.npy", "--quiet").out == ""
    assert np.bincount(np.load(tmp_path / "labels.npy")).tolist() == [175, 97]


def test_columns_are_found_by_name_in_any_order(
    call: Call, model: Path, faithful: Path, tmp_path: Path
) -> None:
    table = read_table(faithful)
    shuffled = {"id": np.arange(272), "waiting": table.X[:, 1], "eruptions": table.X[:, 0]}
    write_table(tmp_path / "shuffled.csv", shuffled)
    assert call("predict", model, "shuffled.csv").out == call("predict", model, faithful).out


def test_columns_that_the_model_does_not_need_may_hold_anything(
    call: Call, model: Path, faithful: Path, tmp_path: Path
) -> None:
    lines = faithful.read_text().splitlines()
    other = [f"{line},{'note' if i == 0 else 'NA' if i % 2 else 3}" for i, line in enumerate(lines)]
    (tmp_path / "more.csv").write_text("\n".join(other))
    assert call("predict", model, "more.csv").out == call("predict", model, faithful).out


def test_a_file_without_names_goes_by_position(
    call: Call, model: Path, faithful: Path, tmp_path: Path
) -> None:
    np.save(tmp_path / "rows.npy", read_table(faithful).X)
    assert call("predict", model, "rows.npy").out == call("predict", model, faithful).out


def test_columns_can_be_named_for_those_of_the_model(
    call: Call, model: Path, faithful: Path, tmp_path: Path
) -> None:
    X = read_table(faithful).X
    write_table(tmp_path / "other.csv", {"wait": X[:, 1], "length": X[:, 0]})
    assert "no column" in call("predict", model, "other.csv").error
    named = call("predict", model, "other.csv", "--columns", "length,wait")
    assert named.out == call("predict", model, faithful).out


def test_a_classifier_names_classes(call: Call, classifier: Path, vowels: Path) -> None:
    found = columns_of(call("predict", classifier, vowels, "--columns", "F1,F2", "--proba").out)
    model, X = gaussmix.load(classifier), read_table(vowels, "F1,F2").X
    assert found["class"] == model.predict(X).tolist()
    np.testing.assert_allclose(
        np.array(found["probability_iy"], dtype=float),
        model.predict_proba(X)[:, model.classes_.tolist().index("iy")],
        rtol=1e-9,
        atol=1e-15,
    )


def test_a_saved_mixture_is_enough(call: Call, tmp_path: Path) -> None:
    gaussmix.Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0]).save(tmp_path / "m.safetensors")
    np.save(tmp_path / "rows.npy", np.array([0.5, 8.0, 9.5]))
    assert call("predict", "m.safetensors", "rows.npy").out.split() == ["component", "0", "1", "1"]


@pytest.mark.parametrize("rows", [1, 40_000])
def test_pieces_join_to_the_whole(call: Call, nameless_model: Path, tmp_path: Path, rows: int) -> None:
    X = np.random.default_rng(1).normal(size=(rows, 2))
    np.save(tmp_path / "rows.npy", X)
    labels = call("predict", nameless_model, "rows.npy").out.split()[1:]
    assert np.array_equal(np.array(labels, dtype=int), gaussmix.load(nameless_model).predict(X))
