"""Fits to rows as they are: starts of one component, split-merge moves, rounds."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets
from gaussmix.estimation.incomplete_moves import split_merge_moves

from ..support import FAMILIES, NAMES, assert_close, quiet, random_mixture


def incomplete(kind, seed=0, n=120):
    rng = np.random.default_rng(seed)
    X = rng.multivariate_normal([1.0, -1.0, 2.0], [[2.0, 1.2, 0.0], [1.2, 1.0, 0.3], [0.0, 0.3, 1.0]], n)
    if kind == "holes":
        X[rng.random(X.shape) < 0.3] = np.nan
        return X, {}
    if kind == "errors":
        return X + 0.5 * rng.standard_normal(X.shape), {"noise": np.full(X.shape, 0.25)}
    R = rng.standard_normal((n, 2, 3))
    return np.einsum("nmd,nd->nm", R, X), {"projections": R}


@pytest.mark.parametrize("kind", ["holes", "errors", "projections"])
@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("search", ["auto", "off"])
def test_no_seed_decides_on_a_single_component(kind, family, search):
    X, known = incomplete(kind)
    models = [
        GaussianMixture(1, covariance_type=family, search=search, random_state=seed).fit(X, **known)
        for seed in (0, 1, None)
    ]
    for model in models[1:]:
        assert np.array_equal(model.means_, models[0].means_)
        assert np.array_equal(model.covariances_, models[0].covariances_)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_moves_keep_the_family_and_the_moments(family):
    mixture = random_mixture(np.random.default_rng(1), 4, 3, family)
    moves = split_merge_moves(mixture, 20)
    assert len(moves) == 20
    assert all(move.family == mixture.family and move.n_components == 4 for move in moves)
    for move in moves:
        assert move.weights.sum() == pytest.approx(1.0)
        assert_close(move.mean(), mixture.mean(), rtol=1e-9, atol=1e-9)
        assert (np.linalg.eigvalsh(move.covariances.dense()) > 0).all()


@pytest.mark.parametrize(("K", "D", "moves"), [(1, 3, 0), (2, 1, 1), (2, 2, 2), (3, 2, 12), (4, 1, 18)])
def test_every_pair_is_merged_and_every_component_split(K, D, moves):
    mixture = random_mixture(np.random.default_rng(K), K, D, FAMILIES[0])
    assert len(split_merge_moves(mixture, 1000)) == moves


def test_moves_find_what_starts_do_not():
    X = datasets.load_airquality().data
    with quiet():
        found = [GaussianMixture(3, random_state=seed).fit(X).score(X) * len(X) for seed in range(4)]
    assert min(found) > -2240.46


def test_each_round_says_its_number():
    X, _ = incomplete("holes", n=200)
    printed, rounds = io.StringIO(), []
    with quiet(), redirect_stdout(printed):
        GaussianMixture(2, random_state=0, verbose=1, callbacks=lambda step: rounds.append(step.round)).fit(X)
    lines = printed.getvalue().splitlines()
    begun = [line.split("  ")[0] for line in lines if "begins" in line]
    assert begun == [f"Search, round {i + 1}, run 1 begins" for i in range(len(begun))]
    assert len(begun) > 1
    assert f"Search, best of {len(begun)} rounds: 1 run" in printed.getvalue()
    assert max(rounds) == len(begun)
    with quiet(), redirect_stdout(plain := io.StringIO()):
        GaussianMixture(2, random_state=0, verbose=1).fit(np.nan_to_num(X))
    assert "round" not in plain.getvalue()
