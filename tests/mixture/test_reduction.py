"""Mergers, pruning and reduction: moments, bounds, known groups, equivariance and sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import Mixture, datasets, divergences
from gaussmix.errors import InputError, InputTypeError
from gaussmix.mixture.merging import grouped, losses, merged
from gaussmix.mixture.packed import PackedGaussians
from gaussmix.uniform import Uniform


def many(K, D, seed=0, spread=0.2):
    """K components around those of a coarser mixture."""
    rng = np.random.default_rng(seed)
    means, _ = datasets.random_mixture(5, D, random_state=seed).sample(K, random_state=seed)
    A = rng.normal(size=(K, D, D)) * spread
    return Mixture(rng.dirichlet(np.ones(K)), means, A @ A.swapaxes(1, 2) + spread**2 * np.eye(D))


def packed(mixture):
    return PackedGaussians.of(mixture.weights, mixture.means, mixture.covariances.dense())


def cost(mixture, labels):
    """The sum of weighted divergences from the groups, by matrices."""
    groups = merged(packed(mixture), labels, int(labels.max()) + 1)
    q = Mixture(groups.weights, groups.means.T, groups.dense())
    table = divergences.pairs.divergences_of_pairs(mixture, q)
    return float(mixture.weights @ table[np.arange(len(labels)), labels])


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(1, 4), st.integers(0, 1000), st.data())
def test_moments_are_preserved(K, D, seed, data):
    mixture = many(K, D, seed) + 1e3
    L = data.draw(st.integers(1, K))
    few = mixture.reduce(L)
    assert few.n_components == L
    np.testing.assert_allclose(few.mean(), mixture.mean(), rtol=1e-10)
    np.testing.assert_allclose(few.covariance(), mixture.covariance(), rtol=1e-7, atol=1e-9)
    assert few.weights.sum() == pytest.approx(1.0)
    assert (np.diff(few.weights) <= 0).all()
    pair = data.draw(st.lists(st.integers(0, K - 1), min_size=1, max_size=4, unique=True))
    one = mixture.merge(pair)
    assert one.n_components == K - len(pair) + 1
    np.testing.assert_allclose(one.covariance(), mixture.covariance(), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("D", [1, 2, 3, 7])
def test_tight_groups_are_found(D):
    rng = np.random.default_rng(D)
    centres = 100.0 * rng.normal(size=(4, D))
    labels = rng.permutation(np.arange(60) % 4)
    mixture = Mixture(np.full(60, 1 / 60), centres[labels] + 0.1 * rng.normal(size=(60, D)), np.ones(60))
    few = mixture.reduce(4)
    apart = np.linalg.norm(few.means[:, None] - centres, axis=2)
    assert sorted(apart.argmin(axis=1)) == [0, 1, 2, 3]
    assert apart.min(axis=1).max() < 0.2


def test_the_loss_of_a_pair_is_the_increase_of_the_bound():
    mixture = many(6, 3)
    p = packed(mixture)
    for i, j in ((0, 1), (2, 5), (3, 4)):
        labels = np.arange(6)
        labels[j] = labels[i]
        dense = np.unique(labels, return_inverse=True)[1].ravel()
        assert losses(p, np.array([i]), np.array([j]))[0] == pytest.approx(cost(mixture, dense), rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_bound_is_a_bound_and_refinement_lowers_it(seed):
    mixture = many(40, 2, seed)
    few = mixture.reduce(5)
    labels = grouped(packed(mixture._standardised()), 5)
    exact = float(divergences.kl_divergence(mixture, few, draws=4096))
    assert exact <= cost(mixture, labels) + 1e-3
    # Greedy mergers alone, one after another.
    p, greedy = packed(mixture._standardised()), np.arange(40)
    while len(np.unique(greedy)) > 5:
        codes = np.unique(greedy, return_inverse=True)[1].ravel()
        now = merged(p, codes, int(codes.max()) + 1)
        first, second = np.triu_indices(now.n_components, 1)
        best = losses(now, first, second).argmin()
        greedy = np.where(codes == second[best], first[best], codes)
    greedy = np.unique(greedy, return_inverse=True)[1].ravel()
    assert cost(mixture, labels) <= cost(mixture, greedy) * (1 + 1e-9)


def test_groups_do_not_depend_on_the_units():
    mixture = many(30, 3, 4)
    A = np.array([[1e3, 2.0, 0.0], [0.0, 1e-2, 0.0], [0.5, 0.0, 3.0]])
    few, moved = mixture.reduce(6), ((A @ mixture) + np.array([5.0, -1.0, 2.0])).reduce(6)
    expected = (A @ few) + np.array([5.0, -1.0, 2.0])
    np.testing.assert_allclose(moved.weights, expected.weights, rtol=1e-9)
    np.testing.assert_allclose(moved.means, expected.means, rtol=1e-7, atol=1e-7)


def test_near_pairs_do_nearly_as_well_as_all_pairs(monkeypatch):
    mixture = many(600, 2, 7, spread=0.05)
    exact = cost(mixture, grouped(packed(mixture._standardised()), 60))
    monkeypatch.setattr("gaussmix.mixture.merging._EXACT", 60)
    near = cost(mixture, grouped(packed(mixture._standardised()), 60))
    assert near < 1.1 * exact


def test_many_components_and_ties():
    grid = np.stack(np.meshgrid(*[np.arange(12.0)] * 3), axis=-1).reshape(-1, 3)
    mixture = Mixture(np.full(len(grid), 1 / len(grid)), grid, np.full(len(grid), 0.1))
    few = mixture.reduce(200)
    assert few.n_components == 200
    np.testing.assert_allclose(few.covariance(), mixture.covariance(), rtol=1e-9, atol=1e-12)


def test_equal_components_merge_without_loss():
    mixture = Mixture([0.2, 0.3, 0.5], [[1.0, 1.0], [1.0, 1.0], [9.0, 1.0]], np.tile(np.eye(2), (3, 1, 1)))
    few = mixture.reduce(2)
    np.testing.assert_allclose(few.weights, [0.5, 0.5])
    assert divergences.cauchy_schwarz_divergence(mixture, few) == pytest.approx(0.0, abs=1e-12)


def test_noise_names_and_weightless_components_are_kept_in_order():
    box = Uniform(0.1, np.zeros(2), np.ones(2), 0.0)
    mixture = Mixture(
        [0.3, 0.0, 0.2, 0.4],
        [[0, 0], [7, 7], [0, 0.1], [9, 9]],
        np.ones(4),
        uniform=box,
        feature_names=["a", "b"],
    )
    few = mixture.reduce(2)
    assert (few.uniform, few.feature_names) == (box, ("a", "b"))
    np.testing.assert_allclose(few.weights, [0.5, 0.4])
    np.testing.assert_allclose(mixture.reduce(3).weights, [0.4, 0.3, 0.2])
    assert mixture.prune(0.25).weights == pytest.approx([0.9 * 0.3 / 0.7, 0.9 * 0.4 / 0.7])
    assert mixture.prune(0.25).uniform == box
    assert mixture.prune(0.0).n_components == 3
    assert mixture.merge([0, 2]).weights == pytest.approx([0.5, 0.0, 0.4])
    assert mixture.merge([-1, 0]).means[0] == pytest.approx([9 * 4 / 7, 9 * 4 / 7])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m: m.reduce(0), InputError, "n_components is 0"),
        (lambda m: m.reduce(9), InputError, "n_components is 9, and the mixture has 6"),
        (lambda m: m.reduce(2.5), InputTypeError, "n_components is 2.5"),
        (lambda m: m.merge([0, 0]), InputError, "name each component once"),
        (lambda m: m.merge([0, -6]), InputError, "name each component once"),
        (lambda m: m.merge([6]), InputError, "positions from 0 to 5"),
        (lambda m: m.merge([]), InputError, "at least one"),
        (lambda m: m.prune(2), InputError, "min_weight is 2"),
        (lambda m: m.prune("small"), InputTypeError, "'small'"),
        (lambda m: m.prune(0.9), InputError, "all 6 weights are below 0.9"),
        (
            lambda m: Mixture([0.5, 0.5], np.eye(2), np.ones((2, 2, 2)), allow_singular=True).reduce(1),
            InputError,
            "singular",
        ),
    ],
)
def test_faults(call, error, message):
    with pytest.raises(error, match=message):
        call(many(6, 2))
