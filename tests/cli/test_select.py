"""``gaussmix select``: the comparison, its files, and what cannot be understood."""

from __future__ import annotations

import csv

import numpy as np
import pytest

import gaussmix
from gaussmix.data.tables import write_table

FEW = ("--families", "EII,EEE,full", "-k", "1-4")


def test_the_comparison(call, faithful):
    done = call("select", faithful, *FEW)
    assert done.code == 0
    out = done.out.replace("−", "-")
    assert "272 rows of 2 columns (eruptions, waiting)" in out
    assert "12 models, compared by BIC" in out
    assert "2314*" in out
    assert "EEE,3" in out
    assert "-1126.32" in out
    assert "95 %" in out
    assert "add --out model.safetensors" in out
    assert max(map(len, done.out.splitlines())) <= 80


def test_columns_of_single_values_are_named(call, tmp_path):
    rng = np.random.default_rng(3)
    answers = np.clip(np.rint(rng.normal(3.0, 1.0, 200)), 1, 5)
    write_table(tmp_path / "visits.csv", {"spend": rng.normal(size=200), "answer": answers})
    done = call("select", tmp_path / "visits.csv", "--families", "EII,VVI", "-k", "1-6")
    assert done.code == 0, done.err
    assert "degenerate: a component describes single values of column 'answer'." in " ".join(done.out.split())


def test_the_files(call, faithful):
    files = ("--out", "m.safetensors", "--table", "t.csv", "--picture", "p.png", "--resume", "s.safetensors")
    done = call("select", faithful, *FEW, *files)
    assert done.code == 0, done.err
    model = gaussmix.load("m.safetensors")
    assert (model.n_components, model.covariance_type) == (3, "tied")
    with open("t.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    best = min(rows, key=lambda row: float(row["bic"]))
    assert (best["family"], best["n_components"], best["df"]) == ("EEE", "3", "11")
    assert gaussmix.load("s.safetensors").complete
    with open("p.png", "rb") as file:
        assert file.read(4) == b"\x89PNG"
    assert "gaussmix predict m.safetensors" in done.out
    assert call("predict", "m.safetensors", faithful).code == 0
    # What is there is not fitted again.
    again = call("select", faithful, *FEW, "--resume", "s.safetensors")
    assert again.code == 0
    assert "EEE,3" in again.out


@pytest.mark.parametrize("criterion", ["bic", "icl", "aic"])
def test_the_criterion(call, faithful, criterion):
    done = call("select", faithful, *FEW, "--criterion", criterion, "--out", "m.safetensors")
    assert f"compared by {criterion.upper()}" in done.out
    chosen = gaussmix.select(
        gaussmix.datasets.load_faithful().data, range(1, 5), "EII,EEE,VVV", criterion, random_state=0
    )
    assert gaussmix.load("m.safetensors").n_components == chosen.best.n_components


@pytest.mark.parametrize(
    ("text", "counts"),
    [("3", [3]), ("1-3", [1, 2, 3]), ("2,4", [2, 4]), ("4,1-2", [1, 2, 4]), (" 2 , 3 ", [2, 3])],
)
def test_numbers_of_components(call, faithful, text, counts):
    assert call("select", faithful, "-k", text, "--families", "EII", "--table", "t.csv").code == 0
    with open("t.csv", newline="") as file:
        assert [int(row["n_components"]) for row in csv.DictReader(file)] == counts


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-k", "0"), "give whole numbers ≥ 1"),
        (("-k", "3-1"), "give whole numbers ≥ 1"),
        (("-k", "a"), "is not a list or range"),
        (("--families", "EEX"), "'EEX' is not one of"),
        (("--criterion", "wald"), "not one of bic, icl, aic, cv, held-out, mml, dendrogram, instability"),
        (("--out", "m.csv"), "m.csv"),
        (("--picture", "p.txt"), "p.txt"),
        (("--table", "t.txt"), "t.txt"),
        (("--resume", "s.csv"), "s.csv"),
        (("--out", "a.safetensors", "--table", "a.safetensors"), "same file"),
    ],
)
def test_what_cannot_be_understood(call, faithful, words, message):
    done = call("select", faithful, *words)
    assert done.code != 0
    assert message in done.error


def test_singular_tables_end_with_one_sentence(call, tmp_path):
    write_table(tmp_path / "flat.csv", {"a": np.ones(20), "b": np.arange(20.0) ** 2})
    done = call("select", "flat.csv", "--families", "VVV", "-k", "1-2", "--table", "all.csv")
    assert done.code != 0
    assert done.out == ""
    assert done.err == (
        "error: no model can be chosen by 'bic' (2 singular): covariances of the family VVV would be singular: column "
        "'a' is constant; leave it out\n"
    )
    assert "singular" in (tmp_path / "all.csv").read_text()


def test_few_rows_and_what_was_left_out(call, tmp_path):
    X = np.random.default_rng(0).normal(size=(8, 10))
    write_table(tmp_path / "few.csv", {f"c{d}": X[:, d] for d in range(10)})
    done = call("select", "few.csv", "--families", "VVV,EEE,EII", "-k", "1-2")
    assert done.code == 0
    assert "warning: Too few rows for the families VVV, EEE" in done.err
    assert "\n n too few rows: never chosen\n" in done.out


def test_roles_of_columns(call, tmp_path):
    X = gaussmix.datasets.load_faithful().data
    group = np.where(X[:, 0] > 3, "long", "short").astype(object)
    group[::2] = ""
    columns = {"a": X[:, 0], "b": X[:, 1], "w": np.arange(len(X)) % 3, "g": group}
    write_table(tmp_path / "roles.csv", columns)
    done = call("select", "roles.csv", *FEW, "--weights", "w", "--label", "g", "--out", "m.safetensors")
    assert done.code == 0, done.err
    assert "rule out K = 1" in done.err
    assert gaussmix.load("m.safetensors").feature_names_in_.tolist() == ["a", "b"]


def test_a_noise_component_is_told(call, tmp_path):
    X = gaussmix.datasets.load_chevron().data
    write_table(tmp_path / "points.csv", {"x": X[:, 0], "y": X[:, 1]})
    words = ("select", tmp_path / "points.csv", "--families", "VVV", "-k", "2")
    done = call(*words, "--noise-component", "--out", "m.safetensors")
    weight = gaussmix.load("m.safetensors").mixture_.uniform.weight
    line = f"Every model has a noise component; its weight in the chosen model is {weight:.3g}."
    assert line in done.out.splitlines()
    assert "noise" not in call(*words).out


def test_quiet(call, faithful):
    done = call("select", faithful, *FEW, "--quiet", "--out", "m.safetensors")
    assert (done.code, done.out, done.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "options", "estimate"),
    [
        (("--prior", "mclust"), {"prior": "mclust"}, "the default prior of mclust"),
        (("--equal-weights",), {"fix": {"weights": "equal"}}, "equal weights"),
        (("--min-weight", "0.35"), {"min_weight": 0.35}, "weights of at least 0.35"),
        (("--max-eigenvalue-ratio", "50"), {"max_eigenvalue_ratio": 50.0}, "ratio of eigenvalues at most 50"),
    ],
)
def test_a_prior_and_restrictions(call, faithful, words, options, estimate):
    done = call("select", faithful, *FEW, *words, "--out", "m.safetensors")
    assert done.code == 0, done.err
    assert estimate in " ".join(done.out.split())
    loaded = gaussmix.load("m.safetensors")
    assert all(getattr(loaded, name) == value for name, value in options.items())
