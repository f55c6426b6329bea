"""Mergers: the moments of two components, and which pairs lose least."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.search.local_em import LocalEM
from gaussmix.search.merge_losses import NEIGHBOURS, disjoint, merged, pair_losses
from gaussmix.search.predicted_moves.cache import ComponentIds
from gaussmix.search.predicted_moves.proposals import MoveProposer

from ..support import FAMILIES, NAMES, assert_close, random_mixture
from .tables import CENTRES, FAMILY, OWN, four_clusters, misplaced, table_of


def example(name, K=5, D=3, seed=0):
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, K, D, FAMILY[name])
    return table_of(rng.standard_normal((50, D)), FAMILY[name]), mixture


@pytest.mark.parametrize("pair", [(0, 1), (3, 2), [4, 0]])
def test_the_merged_component_has_the_moments_of_both(pair):
    data, mixture = example("full")
    one, both = merged(data, mixture, [pair])[0], mixture.take(list(pair))
    assert_close(one.weights, [mixture.weights[list(pair)].sum()], rtol=1e-12)
    assert_close(one.means[0], both.mean(), rtol=1e-12)
    assert_close(one.covariances.dense()[0], both.covariance(), rtol=1e-12)


def test_the_moments_are_those_of_samples():
    data, mixture = example("full")
    one = merged(data, mixture, [(1, 3)])[0]
    X, _ = mixture.take([1, 3]).sample(200_000, 0)
    assert_close(one.means[0], X.mean(axis=0), rtol=0.0, atol=0.03)
    assert_close(one.covariances.dense()[0], np.cov(X.T), rtol=0.02)


@pytest.mark.parametrize("name", OWN)
def test_it_is_of_the_family(name):
    data, mixture = example(name)
    one, covariance = merged(data, mixture, [(1, 3)])[0], mixture.take([1, 3]).covariance()
    shapes = {
        "full": covariance,
        "diag": np.diag(np.diag(covariance)),
        "spherical": np.eye(3) * np.trace(covariance) / 3,
    }
    assert_close(one.covariances.dense()[0], shapes[name], rtol=1e-12)
    assert one.covariances.family == FAMILY[name]


@pytest.mark.parametrize("name", OWN)
def test_rough_losses(name):
    _, mixture = example(name)
    i, k, losses = pair_losses(mixture, 1000.0)
    assert {(int(a), int(b)) for a, b in zip(i, k, strict=True)} == {
        (a, b) for a in range(5) for b in range(a + 1, 5)
    }
    single = np.linalg.slogdet(mixture.covariances.dense())[1]
    for a, b, loss in zip(i, k, losses, strict=True):
        w = mixture.weights[[a, b]]
        joint = mixture.take([a, b]).covariance()[None]
        together = np.linalg.slogdet(FAMILY[name].single.from_dense(joint, np.ones(1)).dense())[1][0]
        assert_close(loss, 500.0 * (w.sum() * together - w @ single[[a, b]]), rtol=1e-9)


def test_two_components_on_one_cluster_lose_least():
    mixture, _ = LocalEM(table_of(four_clusters()[0])).run(misplaced(), 5)
    i, k, losses = pair_losses(mixture, 600.0)
    cheapest = int(np.argmin(losses))
    assert (i[cheapest], k[cheapest]) == (0, 1)


def test_of_many_components_the_near_pairs_are_looked_at():
    rng = np.random.default_rng(0)
    K = 60
    mixture = Mixture(np.full(K, 1 / K), rng.uniform(0, 100, (K, 2)), np.ones(K))
    i, k, losses = pair_losses(mixture, 100.0)
    assert (i < k).all()
    assert len(set(zip(i.tolist(), k.tolist(), strict=True))) == len(i) < K * (K - 1) / 2
    distances = np.linalg.norm(mixture.means[:, None] - mixture.means, axis=2)
    for a in range(K):
        nearest = np.argsort(distances[a])[1 : NEIGHBOURS + 1]
        assert set(nearest.tolist()) <= set(np.concatenate([k[i == a], i[k == a]]).tolist())
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_units_do_not_change_the_order_of_pairs(family):
    rng = np.random.default_rng(4)
    mixture = random_mixture(rng, 8, 2, family)
    order = np.argsort(pair_losses(mixture, 100.0)[2])
    assert np.array_equal(order, np.argsort(pair_losses(1e5 * np.eye(2) @ mixture + 3.0, 100.0)[2]))


def test_disjoint_pairs():
    i, k = np.array([0, 0, 1, 2, 3]), np.array([1, 2, 2, 3, 4])
    assert disjoint(i, k, np.arange(5), 9) == [(0, 1), (2, 3)]
    assert disjoint(i, k, np.array([4, 3, 2, 1, 0]), 9) == [(3, 4), (1, 2)]
    assert disjoint(i, k, np.arange(5), 1) == [(0, 1)]
    assert disjoint(i, k, np.arange(5), 0) == []
    assert disjoint(i[:0], k[:0], np.arange(0), 3) == []


def test_two_components_have_one_pair():
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0])
    i, k, losses = pair_losses(mixture, 10.0)
    assert (i.tolist(), k.tolist()) == ([0], [1])
    assert losses[0] == pytest.approx(0.5 * 10.0 * np.log(1.25))


@pytest.mark.parametrize("name", NAMES)
def test_two_components_that_lost_all_rows(name):
    data = table_of(four_clusters()[0], FAMILY[name])
    family, weights = FAMILY[name], np.array([0.0, 0.0, 1.0])
    dense = np.tile(np.eye(2), (3, 1, 1))
    mixture = Mixture.of(weights, CENTRES[:3].copy(), family.from_dense(dense, weights))
    assert np.isfinite(pair_losses(mixture, 600.0)[2]).all()
    one = merged(data, mixture, [(0, 1)])[0]
    assert one.weights.tolist() == [0.0]
    assert np.isfinite(one.means).all()
    expectation = LocalEM(data).expectation(mixture)
    found = MoveProposer(LocalEM(data), ComponentIds(3), np.random.default_rng(0)).candidates(expectation)
    assert all(np.isfinite(candidate.gain) for candidate in found)
