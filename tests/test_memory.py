"""A fit never holds the table of responsibilities: its memory does not grow with rows times components."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, datasets
from gaussmix.sources import open_source
from gaussmix.sources.table import in_memory

N, D, K = 400_000, 3, 20
TABLE = N * K * 8


def peak_of_fit(X: Any, **options: object) -> int:
    """Return the most bytes that a fit of K components holds at once, besides the rows."""
    model = GaussianMixture(K, tol=0, max_iter=2, random_state=0, **options)
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.slow
@pytest.mark.parametrize("search", ["auto", "off"])
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_a_fit_needs_a_fraction_of_the_table_of_responsibilities(covariance_type: str, search: str) -> None:
    X, _ = datasets.random_mixture(K, D, random_state=0).sample(N, random_state=0)
    assert peak_of_fit(X, covariance_type=covariance_type, search=search) < TABLE / 2


@pytest.mark.slow
def test_a_search_looks_at_a_part_of_many_rows() -> None:
    X = np.random.default_rng(0).random((1_000_000, 10))
    assert peak_of_fit(X, search="off") < 10e6
    assert peak_of_fit(X) < 20e6


def test_rows_of_a_file_are_never_copied_as_a_whole(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rng, path = np.random.default_rng(0), tmp_path / "rows.parquet"
    columns = {f"x{j}": rng.standard_normal(1_000_000, np.float32) for j in range(8)}
    pq.write_table(pa.table(columns), path, row_group_size=250_000)
    source = open_source(path, memory="38MB")  # a third of it for each of three groups of rows, of 8 MB
    assert source.blocks_at_once == 3
    assert peak_of_fit(source, search="off") < 38e6


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
def test_rows_of_a_file_that_fit_in_memory_are_held_once(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        np.random.default_rng(0).standard_normal((2_000_000, 4), np.float32), columns=list("abcd")
    )
    path = tmp_path / f"rows.{suffix}"
    frame.to_parquet(path, row_group_size=50_000) if suffix == "parquet" else frame.to_feather(path)
    held = frame.to_numpy().nbytes
    tracemalloc.start()
    found = in_memory(open_source(path, memory=2 * held + 1_000_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(np.concatenate([part.read().X for part in found.parts()]), frame)
    assert peak < 1.7 * held


@pytest.mark.parametrize("covariance_type", ["diag", "spherical", "tied-diag", "tied-spherical"])
@pytest.mark.parametrize("reg_covar", ["auto", 1e-3])
def test_variances_of_many_columns_need_no_matrix(covariance_type: str, reg_covar: str | float) -> None:
    X = np.random.default_rng(0).standard_normal((60, 2500))
    matrix = X.shape[1] ** 2 * 8
    tracemalloc.start()
    model = GaussianMixture(2, covariance_type=covariance_type, reg_covar=reg_covar, search="off")
    model.set_params(tol=0, max_iter=2, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
        peak = tracemalloc.get_traced_memory()[1]
        model.fit(X * 1e-120)  # in other units
        peak = max(peak, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    assert peak < matrix / 2
