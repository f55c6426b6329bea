"""Priors and restrictions on the command line, in files and in the report."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix import ConjugatePrior, GaussianMixture
from gaussmix.datasets import load_faithful
from gaussmix.report import write_report

from .conftest import Call

X = load_faithful().data


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "geyser.csv"
    np.savetxt(path, X, delimiter=",", header="eruptions,waiting", comments="", fmt="%.3f")
    return path


@pytest.mark.parametrize(
    ("words", "options", "estimate"),
    [
        (
            ("--prior", "mclust"),
            {"prior": "mclust"},
            "maximum a posteriori (MAP) with the default prior of mclust",
        ),
        (
            ("--prior", "conjugate"),
            {"prior": ConjugatePrior()},
            "maximum a posteriori (MAP) with ConjugatePrior()",
        ),
        (("--equal-weights",), {"fix": {"weights": "equal"}}, "equal weights"),
        (("--trim", "0.1"), {"trim": 0.1}, "without the 0.1 of the rows with the least density"),
        (("--min-weight", "0.4"), {"min_weight": 0.4}, "weights of at least 0.4"),
        (
            ("--max-eigenvalue-ratio", "50"),
            {"max_eigenvalue_ratio": 50.0},
            "ratio of eigenvalues at most 50",
        ),
    ],
)
def test_options_are_those_of_the_estimator(
    call: Call, table: Path, words: tuple[str, ...], options: dict[str, object], estimate: str
) -> None:
    done = call("fit", table, "-k", "2", *words, "--out", "m.safetensors")
    assert done.code == 0
    assert f"Estimate: {estimate}" in done.out
    expected = GaussianMixture(2, random_state=0, **options).fit(X)
    loaded = gaussmix.load(table.parent / "m.safetensors")
    assert (loaded.means_ == expected.means_).all()
    assert f"a penalty for {expected.n_parameters_} parameters" in done.out
    assert " ".join(words) in done.out.split("try another K:")[1]
    assert f"Estimate: {estimate}." in call("info", "m.safetensors").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--prior", "jeffreys"), "neither mclust nor conjugate"),
        (("--min-weight", "-1"), "not a number"),
        (("--min-weight", "0.6"), "min_weight is 0.6 for 2 components"),
        (("--max-eigenvalue-ratio", "0.5"), "not a number"),
        (("--equal-weights", "--min-weight", "0.3"), "'equal'"),
    ],
)
def test_wrong_values_are_told_in_a_line(call: Call, table: Path, words: tuple[str, ...], says: str) -> None:
    done = call("fit", table, "-k", "2", *words)
    assert done.code != 0
    assert says in " ".join(re.sub(r"[│╭╰─╮╯]", " ", done.err).split())
    assert "Traceback" not in done.err


def test_the_report_tells_the_estimate(tmp_path: Path) -> None:
    start = np.array([[np.nan, np.nan], [2.1, 55.0]])
    options = {"prior": "mclust", "fix": {"means": [1]}, "means_init": start, "random_state": 0}
    model = GaussianMixture(2, **options).fit(X)
    path = tmp_path / "page.html"
    write_report(model, X, path)
    page = path.read_text(encoding="utf-8")
    told = "maximum a posteriori (MAP) with the default prior of mclust; fixed means of component 1"
    assert f"Estimate: {told}." in page
    assert "9 free parameters" in page
