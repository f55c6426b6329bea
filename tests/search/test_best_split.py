"""Splits: ways to cut rows in two, and the compiled trial against the same in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, kernels
from gaussmix.covariances.constraints import AddToDiagonal
from gaussmix.search.local_em import MIN_RESPONSIBILITY, LocalEM
from gaussmix.search.predicted_moves.best_split import BALLS, best_split, uniforms
from gaussmix.search.predicted_moves.bipartitions import bipartitions
from gaussmix.search.predicted_moves.partial_em import replaced, restricted_rows

from ..support import assert_close, clusters
from .tables import FAMILY, OWN, four_clusters, misplaced, scene_with_all_rows, table_of

ACROSS, WHITE, PLAIN = 0, 1, 2


def scene_of_component(data, mixture, j):
    """What the trial of a split of one component sees."""
    expectation = LocalEM(data).expectation(mixture)
    restricted = restricted_rows(
        data, expectation, [j], np.flatnonzero(expectation.responsibilities[:, j] > MIN_RESPONSIBILITY)
    )
    return expectation, restricted, (mixture.means[j], restricted.before.covariances.factors[0])


def both_ways(monkeypatch, data, mixture, j, seed):
    """The answer of the compiled trial, and that of NumPy's."""
    _, restricted, about = scene_of_component(data, mixture, j)
    uniform = uniforms(data, np.random.default_rng(seed))
    compiled = best_split(data, restricted, *about, uniform)
    with monkeypatch.context() as patch:
        patch.setattr(kernels, "best_split", None)
        patch.setattr(kernels, "em_steps", None)
        plain = best_split(data, restricted, *about, uniform)
    return compiled, plain


def assert_same_pair(a, b):
    first, second = np.argsort(a.means[:, 0]), np.argsort(b.means[:, 0])
    assert_close(a.weights[first], b.weights[second], rtol=1e-6)
    assert_close(a.means[first], b.means[second], rtol=1e-6)
    assert_close(a.covariances.dense()[first], b.covariances.dense()[second], rtol=1e-6)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("D", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("constraint", [None, AddToDiagonal(0.01)], ids=["floor", "constant"])
def test_the_compiled_trial_is_numpys(monkeypatch, name, D, seed, constraint):
    rng = np.random.default_rng(seed)
    X = clusters(rng, 400, 5, D)
    data = table_of(X, FAMILY[name], rng.uniform(0.5, 2.0, len(X)), constraint=constraint)
    start = Mixture.of(
        np.array([0.5, 0.5]),
        X[:2].copy(),
        FAMILY[name].from_dense(np.tile(9.0 * np.eye(D), (2, 1, 1)), np.array([0.5, 0.5])),
    )
    mixture, _ = LocalEM(data).run(start, 15)
    (one, gain), (other, expected) = both_ways(monkeypatch, data, mixture, seed % 2, seed)
    assert one is not None
    assert_close(gain, expected, rtol=1e-8, atol=1e-6)
    assert_same_pair(one, other)


@pytest.mark.parametrize("name", OWN)
def test_integers_with_ties(monkeypatch, name):
    X = np.random.default_rng(0).integers(0, 5, (600, 2)).astype(float)
    data = table_of(X, FAMILY[name])
    assert len(data.X) == 25
    mixture = Mixture.of(
        np.array([1.0]), np.array([[2.0, 2.0]]), FAMILY[name].from_dense(2.0 * np.eye(2)[None], np.ones(1))
    )
    (one, gain), (other, expected) = both_ways(monkeypatch, data, mixture, 0, 1)
    assert (one is None) == (other is None)
    assert gain == pytest.approx(expected, abs=1e-6) if one is not None else gain == expected


@pytest.mark.parametrize("name", OWN)
def test_the_wide_component_is_cut_between_its_clusters(name):
    data = table_of(four_clusters()[0], FAMILY[name])
    mixture, _ = LocalEM(data).run(misplaced(FAMILY[name]), 20)
    expectation, restricted, about = scene_of_component(data, mixture, 3)
    two, gain = best_split(data, restricted, *about, uniforms(data, np.random.default_rng(0)))
    assert_close(np.sort(two.means[:, 0]), [0.0, 9.0], rtol=0.0, atol=0.3 if name in OWN else 1.5)
    assert_close(two.weights.sum(), mixture.weights[3], rtol=1e-9)
    after = replaced(data, mixture, [3], [two])
    climbed = LocalEM(data).run(after, 4)[1] - expectation.objective
    assert 30.0 < gain < climbed + 0.5


@pytest.mark.parametrize("name", OWN)
def test_a_cluster_is_not_worth_cutting(name):
    data = table_of(four_clusters(2000)[0], FAMILY[name])
    mixture, _ = LocalEM(data).run(misplaced(FAMILY[name]), 20)
    _, restricted, about = scene_of_component(data, mixture, 2)
    if name == "spherical" or name == "tied-spherical":
        return  # it is not round
    _, gain = best_split(data, restricted, *about, uniforms(data, np.random.default_rng(0)))
    assert gain < 25.0


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
def test_a_few_rows_make_no_pair(name, n):
    data = table_of(four_clusters()[0], FAMILY[name])
    mixture = misplaced(FAMILY[name])
    expectation = LocalEM(data).expectation(mixture)
    restricted = restricted_rows(
        data, expectation, [3], np.flatnonzero(expectation.responsibilities[:, 3] > MIN_RESPONSIBILITY)[:n]
    )
    factor = restricted.before.covariances.factors[0]
    answer = best_split(data, restricted, mixture.means[3], factor, uniforms(data, np.random.default_rng(0)))
    assert answer == (None, -np.inf)


def guesses(Y, Z=None, v=None, least=3, seed=0):
    v = np.ones(len(Y)) if v is None else v
    uniform = np.random.default_rng(seed).random(6 + 2 * BALLS + 128 * Y.shape[1])
    return bipartitions(Y, Y if Z is None else Z, v, least, uniform, BALLS)


def test_the_guesses_cut_two_clusters_apart():
    X, labels = four_clusters(400)
    two = X[labels < 2]
    sides = guesses(two)
    assert sides.shape == (5 + BALLS + 1, len(two))  # the last one is a needle
    assert set(np.unique(sides)) == {0.0, 1.0}
    for side in sides[[ACROSS, WHITE, PLAIN]]:
        agree = (side == (labels[labels < 2] == 0)).mean()
        assert agree in (0.0, 1.0)


def test_balls_hold_the_rows_nearest_to_one_of_them():
    Y = np.random.default_rng(1).standard_normal((200, 2))
    for seed in range(5):
        for side in guesses(Y, seed=seed)[5:-1]:
            inside = side == 1.0
            assert 2 * 3 <= inside.sum() <= 100
            reach = [
                (np.linalg.norm(Y - y, axis=1)[inside].max(), np.linalg.norm(Y - y, axis=1)[~inside].min())
                for y in Y[inside]
            ]
            assert any(within < beyond for within, beyond in reach)


def test_a_halo_lies_about_a_core():
    rng = np.random.default_rng(4)
    Y = np.concatenate([rng.standard_normal((300, 2)), 6 * rng.standard_normal((100, 2))])
    side = guesses(Y)[4]
    assert side[:300].mean() < 0.05
    assert side[300:].mean() > 0.7


def test_the_axis_is_that_of_the_table_and_of_the_weights():
    rng = np.random.default_rng(2)
    Z = rng.standard_normal((500, 3)) * [1.0, 5.0, 2.0]
    side = guesses(Z[:, ::-1].copy(), Z)[ACROSS]
    assert (side == (Z[:, 1] > Z[:, 1].mean())).mean() > 0.97 or (
        side == (Z[:, 1] < Z[:, 1].mean())
    ).mean() > 0.97
    v = np.where(np.abs(Z[:, 1]) < 1.0, 1.0, 1e-12)
    side = guesses(Z, v=v)[ACROSS][v == 1.0]
    agree = (side == (Z[v == 1.0, 2] > 0)).mean()
    assert max(agree, 1.0 - agree) > 0.85


def test_equal_rows_are_cut_without_an_error():
    with np.errstate(all="raise"):
        sides = guesses(np.ones((20, 2)))
    assert np.isfinite(sides).all()


def test_a_needle_in_a_broad_cluster_is_found():
    rng = np.random.default_rng(3)
    needle = (
        np.column_stack([rng.uniform(-2, 2, 60), np.zeros(60)])
        + 0.01 * rng.standard_normal((60, 2))
        + [0, 0.5]
    )
    side = guesses(np.concatenate([needle, rng.standard_normal((400, 2))]))[-1]
    assert side[:60].mean() > 0.8
    assert side[60:].mean() < 0.1


@pytest.mark.parametrize("native", [True, False])
def test_a_needle_of_few_rows_is_found(native, monkeypatch):
    # Two rows drawn at random are both of it once in a thousand times; from one of it the others lie in one direction.
    if native and kernels.best_split is None:
        pytest.skip("the compiled kernel is not there")
    if not native:
        monkeypatch.setattr(kernels, "best_split", None)
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        along = rng.uniform(-2, 2, 14)
        needle = np.column_stack([along, 0.5 + 0.3 * along]) + 1e-3 * rng.standard_normal((14, 2))
        X = np.concatenate([needle, rng.standard_normal((380, 2))])
        data = table_of(X, K=2)
        _, restricted = scene_with_all_rows(data, Mixture([1.0], [X.mean(axis=0)], [np.cov(X.T)]), [0])
        factor = restricted.before.covariances.factors[0]
        pair, _ = best_split(data, restricted, X.mean(axis=0), factor, uniforms(data, rng))
        found += pair is not None and np.linalg.eigvalsh(pair.covariances.dense()).min() < 1e-4
    assert found >= 16


def test_two_components_that_cross_are_told_apart():
    rng = np.random.default_rng(0)
    X = np.concatenate(
        [rng.standard_normal((300, 2)) * [6.0, 0.5], rng.standard_normal((300, 2)) * [0.5, 6.0]]
    )
    data = table_of(X, K=2)
    _, restricted = scene_with_all_rows(data, Mixture([1.0], [X.mean(axis=0)], [np.cov(X.T)]), [0])
    factor = restricted.before.covariances.factors[0]
    for seed in range(5):
        uniform = uniforms(data, np.random.default_rng(seed))
        pair, gain = best_split(data, restricted, X.mean(axis=0), factor, uniform)
        assert gain > 300
        assert_close(np.sort(pair.covariances.variances(), axis=1)[:, 0], [0.25, 0.25], rtol=0.3)
