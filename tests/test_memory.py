"""A fit never holds the table of responsibilities: its memory does not grow with rows times components."""

from __future__ import annotations

import tracemalloc

import pytest

from gaussmix import GaussianMixture, datasets

N, D, K = 400_000, 3, 20
TABLE = N * K * 8


@pytest.mark.slow
@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_a_fit_needs_a_fraction_of_the_table_of_responsibilities(covariance_type: str) -> None:
    X, _ = datasets.random_mixture(K, D, random_state=0).sample(N, random_state=0)
    model = GaussianMixture(K, covariance_type=covariance_type, tol=0, max_iter=2, random_state=0)
    tracemalloc.start()
    model.fit(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < TABLE / 2
