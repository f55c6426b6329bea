"""Tables, models and a way to call the command line in the same process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from gaussmix import GaussianMixture, MixtureClassifier, datasets
from gaussmix.cli.app import app
from gaussmix.data.tables import write_table

Call = Callable[..., "Result"]


class Result:
    """What a call of the command line left: its exit code, and what it printed on each stream."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def error(self) -> str:
        """The one line of an error, after a check that it is one line and nothing else."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: "), self.err
        assert "Traceback" not in self.err + self.out
        return lines[0].removeprefix("error: ")


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call ``gaussmix`` with some words in a folder of its own, 80 columns wide and without a terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def run(*words: str | Path) -> Result:
        done = CliRunner().invoke(app, [str(word) for word in words])
        return Result(done.exit_code, done.stdout, done.stderr)

    return run


@pytest.fixture
def faithful(tmp_path: Path) -> Path:
    """Old Faithful as CSV."""
    table = datasets.load_faithful()
    path = tmp_path / "faithful.csv"
    write_table(path, dict(zip(table.feature_names, table.data.T, strict=True)))
    return path


@pytest.fixture
def vowels(tmp_path: Path) -> Path:
    """Vowels as CSV: a column of text, and three of numbers."""
    table = datasets.load_vowels()
    path = tmp_path / "vowels.csv"
    numbers = zip(table.feature_names[1:], table.data[:, 1:].T, strict=True)
    write_table(path, {"vowel": table.target, **dict(numbers)})
    return path


@pytest.fixture
def model(tmp_path: Path, faithful: Path, call: Call) -> Path:
    """A model that the command line fitted to Old Faithful."""
    path = tmp_path / "model.safetensors"
    assert call("fit", faithful, "-k", "2", "--out", path, "--quiet").code == 0
    return path


@pytest.fixture
def nameless_model(tmp_path: Path) -> Path:
    """A model of two columns without names."""
    path = tmp_path / "nameless.safetensors"
    X = np.random.default_rng(0).normal(size=(60, 2))
    GaussianMixture(2, random_state=0).fit(X).save(path)
    return path


@pytest.fixture
def classifier(tmp_path: Path) -> Path:
    """A classifier of ten vowels."""
    table = datasets.load_vowels()
    path = tmp_path / "classifier.safetensors"
    MixtureClassifier(1, random_state=0).fit(table.data[:, 1:3], table.target).save(path)
    return path
