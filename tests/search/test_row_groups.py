"""Groups of rows for moved components: on smaller scales, nearest rows, and rows beside a hyperplane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gaussmix.search.population import moved_covariances
from gaussmix.search.population.crossover import crossed
from gaussmix.search.population.row_groups import flat_groups, local_groups, reduced_groups
from gaussmix.search.population.starts import Starts

from .tables import FAMILY, table_of

ALL = pytest.mark.parametrize("groups", [reduced_groups, local_groups, flat_groups])


def beside_a_line(n=400, on_line=30, D=2, seed=0):
    """Scattered rows, and some rows beside a hyperplane that is parallel to no column."""
    rng = np.random.default_rng(seed)
    flat = rng.standard_normal((on_line, D))
    normal = np.ones(D) / np.sqrt(D)
    flat -= (flat @ normal)[:, None] * normal * 0.999
    return np.concatenate([rng.standard_normal((n, D)), flat])


def rows_beside(data):
    """The rows beside the hyperplane: those of a table are in an order of their own."""
    return np.flatnonzero(np.abs(data.X.sum(axis=1)) < 0.01)


def thinnest(scatter, counts):
    """The least standard deviation of each group."""
    return np.sqrt(np.linalg.eigvalsh(scatter / counts[:, None, None])[:, 0])


@ALL
@pytest.mark.parametrize("D", [1, 2, 5])
@pytest.mark.parametrize("n", [7, 200])
def test_groups_have_moments_of_rows(groups, D, n):
    data = table_of(np.random.default_rng(1).standard_normal((n, D)), K=3)
    rows = np.arange(6)
    means, scatter, counts = groups(data, rows, 3, np.random.default_rng(2))
    assert means.shape == (6, D)
    assert scatter.shape == (6, D, D)
    assert (counts >= min(n, D + 1)).all()
    assert (counts <= n).all()
    assert (np.linalg.eigvalsh(scatter) > 0).all()
    assert (means >= data.X.min(axis=0)).all()
    assert (means <= data.X.max(axis=0)).all()


@ALL
def test_groups_are_those_of_the_generator(groups):
    data, rows = table_of(beside_a_line(), K=4), np.array([3, 80, 410])
    one, other = (groups(data, rows, 4, np.random.default_rng(3)) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("D", [2, 3, 5])
def test_flat_groups_are_much_flatter_than_nearest_rows(D):
    data = table_of(beside_a_line(D=D), K=4)
    rows, rng = rows_beside(data), np.random.default_rng(4)
    flat = np.concatenate([thinnest(*flat_groups(data, rows, 4, rng)[1:]) for _ in range(10)])
    near = np.concatenate([thinnest(*local_groups(data, rows, 4, rng)[1:]) for _ in range(10)])
    assert np.median(flat) < 0.6 * np.median(near)


def test_rows_beside_an_oblique_line_are_found():
    data, rng = table_of(beside_a_line(), K=4), np.random.default_rng(5)
    slim = []
    for _ in range(40):
        _, scatter, counts = flat_groups(data, rows_beside(data), 4, rng)
        values, vectors = np.linalg.eigh(scatter / counts[:, None, None])
        slim += list(np.abs(vectors[values[:, 0] < 2e-3][:, :, 0] @ [1.0, 1.0]) / np.sqrt(2))
    assert np.median(slim) > 0.9


def test_a_line_of_equal_values_is_left_out():
    rng = np.random.default_rng(6)
    X = np.round(rng.standard_normal((500, 2)) * [3.0, 40.0])
    data = table_of(X, K=4)
    spread = []
    for _ in range(30):
        _, scatter, counts = flat_groups(data, rng.integers(len(data.X), size=8), 4, rng)
        spread += list(scatter[:, 0, 0] / counts)
    # A group of one whole number has no variance but that of the ridge.
    assert np.mean(np.array(spread) > 0.05) > 0.9


def test_equal_rows_have_groups():
    data = table_of(
        np.concatenate([np.zeros((30, 3)), np.random.default_rng(7).standard_normal((9, 3))]), K=2
    )
    for groups in (local_groups, flat_groups):
        assert all(
            np.isfinite(part).all() for part in groups(data, np.arange(4), 2, np.random.default_rng(8))
        )


@pytest.mark.parametrize(
    ("name", "likelihood", "called"), [("full", True, 1), ("full", False, 0), ("diag", True, 0)]
)
def test_flat_groups_are_drawn_by_likelihood_for_full_covariances(name, likelihood, called, monkeypatch):
    calls = []

    def counted(*given):
        calls.append(1)
        return flat_groups(*given)

    monkeypatch.setattr(moved_covariances, "FLAT", (counted,))
    data = replace(table_of(beside_a_line(), FAMILY[name], K=4), likelihood=likelihood)
    rng = np.random.default_rng(9)
    parents = Starts(data, 4, 6).runs(8, rng).best(data, 5)
    children = crossed(data, parents, 40, rng)
    assert len(calls) == called
    assert np.isfinite(children.after(data, 2).objectives).mean() > 0.8
