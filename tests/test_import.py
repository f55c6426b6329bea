"""`import gaussmix` is cheap, and its public names exist."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gaussmix

HEAVY = ["sklearn", "scipy", "matplotlib", "pandas", "pyarrow", "duckdb", "polars", "dask", "ray", "pyspark"]
ABOVE_A_MIXTURE = ["sklearn", "matplotlib", "pandas", "pyarrow", "duckdb", "polars", "dask", "ray", "pyspark"]


def loaded_by(statement: str, candidates: list[str]) -> list[str]:
    """The packages among the candidates that a new Python process has loaded after the statement."""
    code = (
        f"{statement}\nimport sys, json\nprint(json.dumps([m for m in {candidates!r} if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    ["import gaussmix", "import gaussmix; dir(gaussmix)", "from gaussmix import __version__, errors"],
)
def test_import_loads_nothing_heavy(statement: str) -> None:
    assert loaded_by(statement, HEAVY) == []


def test_the_probe_sees_what_is_loaded() -> None:
    assert loaded_by("import scipy", HEAVY) == ["scipy"]


def test_a_mixture_needs_no_estimator_and_no_plots() -> None:
    statement = "from gaussmix import Mixture; Mixture([1.0], [[0.0]], [1.0]).log_prob([[0.0]])"
    assert loaded_by(statement, ABOVE_A_MIXTURE) == []


@pytest.mark.parametrize("name", gaussmix.__all__)
def test_public_name_resolves_and_is_listed(name: str) -> None:
    assert getattr(gaussmix, name) is not None
    assert name in dir(gaussmix)


def test_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = gaussmix.no_such_name


def test_every_public_callable_has_a_docstring_with_an_example() -> None:
    bare = [
        name
        for name in gaussmix.__all__
        if callable(getattr(gaussmix, name)) and ">>>" not in (getattr(gaussmix, name).__doc__ or "")
    ]
    assert bare == []
