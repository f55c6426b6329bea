"""Crossover: children have components of their parents, but for one that moved to a row."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from gaussmix import kernels
from gaussmix.search.population.crossover import crossed, matched, with_moved
from gaussmix.search.population.starts import Starts

from ..support import NAMES, assert_close, clusters
from .tables import FAMILY, OWN, SHARED, table_of

all_names = pytest.mark.parametrize("name", NAMES)
CHILDREN = 40


def family_tree(name="full", n=200, K=4, D=2, seed=0, n_parents=5, X=None, weights=None):
    """A table, some mixtures, the best first, and their children."""
    rng = np.random.default_rng(seed)
    X = clusters(rng, n, K, D) if X is None else X
    data = table_of(X, FAMILY[name], weights, K=K)
    runs = Starts(data, K, 4).runs(10, rng)
    parents = runs.best(data, n_parents)
    return data, parents, crossed(data, parents, CHILDREN, rng)


@pytest.mark.parametrize("K", [2, 3, 7])
@pytest.mark.parametrize("D", [1, 2, 8])
@all_names
def test_children_are_mixtures(name, D, K):
    data, parents, children = family_tree(name, K=K, D=D)
    assert len(children) == CHILDREN
    assert (children.weights > 0).all()
    assert_close(children.weights.sum(axis=1), np.ones(CHILDREN))
    assert not children.ages.any()
    assert children.factors.shape[1:] == parents.factors.shape[1:]
    after = children.after(data, 2)
    assert np.isfinite(after.objectives).mean() > 0.8


@pytest.mark.parametrize("seed", range(5))
@all_names
def test_all_means_but_one_come_from_two_parents(name, seed):
    data, parents, children = family_tree(name, K=5, seed=seed)
    of_parents = [set(map(tuple, means)) for means in parents.means]
    rows = set(map(tuple, data.X))
    for child in children.means:
        means = set(map(tuple, child))
        strangers = [means - (one | other) for one, other in itertools.combinations(of_parents, 2)]
        fewest = min(strangers, key=len)
        assert len(fewest) == 1
        assert fewest <= rows


@pytest.mark.parametrize("name", OWN)
def test_a_component_brings_its_own_covariance(name):
    _, parents, children = family_tree(name, K=4)
    place = {tuple(mean): (s, k) for s, means in enumerate(parents.means) for k, mean in enumerate(means)}
    normalisers = parents.offsets - np.log(parents.weights)
    for c, k in np.ndindex(children.weights.shape):
        if (at := place.get(tuple(children.means[c, k]))) is not None:
            assert np.array_equal(children.factors[c, k], parents.factors[at])
            assert children.offsets[c, k] - np.log(children.weights[c, k]) == pytest.approx(normalisers[at])


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("D", [2, 8])
def test_a_shared_covariance_is_that_of_one_parent(name, D):
    _, parents, children = family_tree(name, D=D)
    shared = {factors.tobytes() for factors in parents.factors}
    assert {factors.tobytes() for factors in children.factors} <= shared


@all_names
def test_one_parent_is_enough(name):
    data, parents, _ = family_tree(name)
    children = crossed(data, parents.take(np.array([0])), 8, np.random.default_rng(0))
    known = set(map(tuple, parents.means[0]))
    assert all(sum(tuple(mean) in known for mean in means) == 3 for means in children.means)


def test_better_parents_have_more_children():
    data, parents, _ = family_tree("spherical", K=3, n_parents=5)
    parents = parents.take(np.arange(min(5, len(parents))))
    children = crossed(data, parents, 4_000, np.random.default_rng(0))
    place = {tuple(mean): s for s, means in enumerate(parents.means) for mean in means}
    count = np.zeros(len(parents))
    for means in children.means:
        for mean in means:
            if (s := place.get(tuple(mean))) is not None:
                count[s] += 1
    assert count[0] > 1.2 * count[-1]


def test_what_has_weight_zero_is_never_a_place():
    X = np.concatenate([clusters(np.random.default_rng(0), 100, 3, 2), np.full((5, 2), 50.0)])
    weights = np.r_[np.ones(100), np.full(5, 1e-12)]
    _, _, children = family_tree("diag", K=3, X=X, weights=weights)
    assert not (children.means == 50.0).any()


def test_parents_are_not_written_to():
    data, parents, _ = family_tree("full")
    before = [np.array(getattr(parents, field)) for field in ("weights", "means", "factors", "offsets")]
    crossed(data, parents, 20, np.random.default_rng(1)).after(data, 3)
    for field, kept in zip(("weights", "means", "factors", "offsets"), before, strict=True):
        assert np.array_equal(getattr(parents, field), kept)


@pytest.mark.skipif(kernels.crossed is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize("D", [1, 2, 8, 17])
@pytest.mark.parametrize("K", [2, 3, 9])
@all_names
def test_numpy_and_the_kernel_make_the_same_children(name, K, D, monkeypatch):
    # Rows enough that no two components are one but for rounding: a tie in distance would be broken by chance.
    data, parents, _ = family_tree(name, n=900, K=K, D=D)
    compiled = crossed(data, parents, CHILDREN, np.random.default_rng(K))
    for function in ("crossed", "matched"):
        monkeypatch.setattr(kernels, function, None)
    in_numpy = crossed(data, parents, CHILDREN, np.random.default_rng(K))
    assert compiled.layout == in_numpy.layout
    assert_close(compiled.numbers[:, :-2], in_numpy.numbers[:, :-2])
    assert (compiled.objectives == -np.inf).all()
    assert not compiled.ages.any()


@pytest.mark.skipif(kernels.matched is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize("K", [1, 2, 5, 12])
def test_numpy_and_the_kernel_match_the_same_components(K, monkeypatch):
    # Small integers, so that many distances are equal.
    one, other = np.random.default_rng(K).integers(3, size=(2, 40, K, 2)).astype(float)
    compiled = matched(one, other)
    monkeypatch.setattr(kernels, "matched", None)
    assert np.array_equal(compiled, matched(one, other))


@pytest.mark.parametrize("K", [1, 2, 5, 12])
def test_matching_is_a_permutation(K):
    rng = np.random.default_rng(K)
    one, other = rng.standard_normal((2, 30, K, 3))
    to = matched(one, other)
    assert np.array_equal(np.sort(to, axis=1), np.tile(np.arange(K), (30, 1)))


@pytest.mark.parametrize("K", [2, 5, 12])
def test_matching_finds_a_permuted_mixture(K):
    rng = np.random.default_rng(K)
    one = 10.0 * rng.standard_normal((20, K, 2))
    order = np.stack([rng.permutation(K) for _ in range(20)])
    other = np.take_along_axis(one, order[:, :, None], axis=1) + 1e-3 * rng.standard_normal(one.shape)
    assert np.array_equal(
        np.take_along_axis(order, matched(one, other), axis=1), np.tile(np.arange(K), (20, 1))
    )


def test_matching_costs_little_more_than_the_optimal_one():
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 50, 6, 2))
    greedy = optimal = 0.0
    for a, b, to in zip(one, other, matched(one, other), strict=True):
        costs = ((a[:, None] - b) ** 2).sum(axis=2)
        greedy += costs[np.arange(6), to].sum()
        optimal += costs[linear_sum_assignment(costs)].sum()
    assert optimal <= greedy <= 1.5 * optimal


@all_names
def test_one_component_of_each_mixture_moves_to_a_row(name):
    data, parents, _ = family_tree(name, K=4, n_parents=3)
    moved = with_moved(data, parents, 2, np.random.default_rng(1))
    others = [0, 1, 3]
    assert_close(moved.means[:, others], parents.means[:, others])
    assert set(map(tuple, moved.means[:, 2])) <= set(map(tuple, data.X))
    assert_close(moved.weights.sum(axis=1), np.ones(len(parents)))
    assert np.isfinite(moved.after(data, 2).objectives).all()
