"""Files that change during a fit: an error, in place of rows of both versions."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture
from gaussmix.files import FileAccessError, MissingFileError
from gaussmix.sources import open_source
from gaussmix.sources.open_files import kept_open, version_of

pytest.importorskip("pyarrow")

X = np.random.default_rng(0).standard_normal((150_000, 2))
X[:50_000] += 5.0


def npy(path: Path, X: np.ndarray) -> None:
    """Write an array of NumPy."""
    with path.open("wb") as file:
        np.save(file, X)


def feather(path: Path, X: np.ndarray) -> None:
    """Write an Arrow file."""
    pd.DataFrame(X, columns=["a", "b"]).to_feather(path, compression="uncompressed", chunksize=25_000)


def parquet(path: Path, X: np.ndarray) -> None:
    """Write a Parquet file."""
    pd.DataFrame(X, columns=["a", "b"]).to_parquet(path, row_group_size=25_000)


def fcs(path: Path, X: np.ndarray) -> None:
    """Write a file of a cytometer."""
    flowio = pytest.importorskip("flowio")
    with path.open("wb") as file:
        flowio.create_fcs(file, X.ravel().tolist(), ["a", "b"])


def replaced(write: Callable[[Path, np.ndarray], None], path: Path) -> None:
    """Put a file of other rows in its place."""
    write(path.with_name("other"), 3.0 * X[::-1])
    os.replace(path.with_name("other"), path)


def overwritten(write: Callable[[Path, np.ndarray], None], path: Path) -> None:
    """Write other rows into the file."""
    write(path, 3.0 * X[::-1])


def truncated(write: Callable[[Path, np.ndarray], None], path: Path) -> None:
    """Cut the file off."""
    os.truncate(path, path.stat().st_size // 3)


@pytest.mark.parametrize("change", [replaced, overwritten, truncated])
@pytest.mark.parametrize("write", [npy, feather, parquet, fcs])
def test_a_file_that_changes_during_a_fit(tmp_path: Path, write: Callable, change: Callable) -> None:
    path = tmp_path / f"rows.{write.__name__}"
    write(path, X)

    def change_once(step: object) -> None:
        if step.iteration == 1:
            change(write, path)

    model = GaussianMixture(2, search="off", max_iter=5, tol=0, callbacks=change_once, random_state=0)
    with pytest.raises(FileAccessError, match=rf"rows\.{write.__name__}' has changed since it was opened"):
        model.fit(open_source(path, memory="1MB"))


@pytest.mark.parametrize("write", [npy, feather, parquet, fcs])
def test_a_file_that_is_deleted_during_a_fit(tmp_path: Path, write: Callable) -> None:
    path = tmp_path / f"rows.{write.__name__}"
    write(path, X)
    model = GaussianMixture(2, search="off", callbacks=lambda step: path.unlink(), random_state=0)
    with pytest.raises(MissingFileError, match=rf"there is no file .*rows\.{write.__name__}"):
        model.fit(open_source(path, memory="1MB"))


def test_copies_of_a_file_on_other_machines_have_other_times(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    npy(path, X)
    file = pickle.loads(pickle.dumps(open_source(path)._groups[0][0].data))
    elsewhere = replace(file, version=version_of(str(path))._replace(process=-1, modified=0))
    assert len(kept_open(elsewhere, lambda: "opened")) == 6
    with pytest.raises(FileAccessError, match="has changed since it was opened"):
        kept_open(replace(file, version=file.version._replace(modified=0)), lambda: "opened")
