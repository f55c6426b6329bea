"""Split–merge moves: they keep what the mixture keeps, and mend what is misplaced."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.search.local_em import LocalEM
from gaussmix.search.raced_moves.batched_em import linear
from gaussmix.search.raced_moves.proposals import propose

from ..support import NAMES, assert_close, clusters
from .tables import FAMILY, OWN, four_clusters, misplaced, table_of
from .test_gain_bounds import at_rest

all_names = pytest.mark.parametrize("name", NAMES)


def proposed(data, expectation, n_moves=24, seed=0):
    return propose(data, expectation, n_moves, np.random.default_rng(seed))


@pytest.mark.parametrize("D", [2, 7])
@pytest.mark.parametrize("K", [2, 3, 5])
@all_names
def test_moves_keep_the_weight_and_the_mean_of_the_mixture(name, K, D):
    data, _, expectation = at_rest(name, K=K, n=400, D=D)
    kinds = proposed(data, expectation)
    assert kinds
    for kind in kinds:
        assert (kind.runs.weights > 0).all()
        assert_close(kind.runs.weights.sum(axis=1), np.ones(len(kind.moves)))
        means = (kind.runs.weights[:, :, None] * kind.runs.means).sum(axis=1)
        assert_close(
            means, np.broadcast_to(expectation.mixture.mean(), means.shape), 1e-5, scale=np.ptp(data.X)
        )
        assert kind.runs.means.shape == (len(kind.moves), K, D)
        assert len(kind.runs.factors[0]) == (1 if linear(data) else K)


@all_names
def test_moves_are_what_they_say(name):
    data, _, expectation = at_rest(name, K=5, n=400)
    kinds = proposed(data, expectation, 60)
    exchanges, refits = kinds
    assert len(exchanges.moves) + len(refits.moves) <= 60
    assert not any(move.refits for move in exchanges.moves)
    assert all(move.refits for move in refits.moves)
    assert exchanges.moving.shape[1] == 3
    assert refits.moving.shape[1] == 2
    for kind in kinds:
        for move, moving, run in zip(kind.moves, kind.moving, kind.runs.weights, strict=True):
            a, b = move.pair
            assert a < b
            assert np.isfinite(move.gain)
            assert tuple(moving) == move.moving
            assert len(set(moving)) == len(moving)
            assert (move.split not in move.pair) or move.refits
            least = data.least_rows * (1 - 1e-6)
            assert (run[[move.split, b]] * data.total_weight >= least).all()


@all_names
def test_what_stands_still_stands_still(name):
    data, _, expectation = at_rest(name, K=5, n=400)
    mixture = expectation.mixture
    for kind in proposed(data, expectation):
        for s, moving in enumerate(kind.moving):
            stay = np.setdiff1d(np.arange(5), moving)
            assert np.array_equal(kind.runs.means[s][stay], mixture.means[stay])
            assert_close(kind.runs.weights[s][stay], mixture.weights[stay], 1e-6)
            if name in OWN:
                assert np.array_equal(kind.runs.factors[s][stay], mixture.covariances.factors[stay])
                assert not np.array_equal(
                    kind.runs.factors[s][moving[0]], mixture.covariances.factors[moving[0]]
                )


@all_names
def test_two_components_can_only_be_fitted_anew(name):
    data, _, expectation = at_rest(name, K=2)
    kinds = proposed(data, expectation)
    assert len(kinds) == 1
    assert all(move.refits and move.pair == (0, 1) for move in kinds[0].moves)
    assert len({move.cut for move in kinds[0].moves}) > 4


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_what_is_misplaced_is_mended(name, seed):
    data = table_of(four_clusters(600)[0], FAMILY[name], K=4)
    local_em = LocalEM(data)
    mixture = local_em.converge(misplaced(FAMILY[name]), 20, 1e-3)
    expectation = local_em.expectation(mixture)
    kinds = proposed(data, expectation, seed=seed)
    best = max(kind.runs.after(data, 20).objectives.max() for kind in kinds)
    assert best > expectation.objective + 100
    first = kinds[0].moves[0]
    if mixture.weights.max() > 0.4:  # still misplaced
        assert first.split == int(mixture.weights.argmax())
        assert first.gain > 100


def test_a_move_by_gain_promises_as_much_as_others():
    data, _, expectation = at_rest("full", K=5, n=400)
    moves = [move for kind in proposed(data, expectation, 40) for move in kind.moves]
    gains = np.array([move.gain for move in moves])
    many = [
        m.gain for seed in range(20) for kind in proposed(data, expectation, 40, seed) for m in kind.moves
    ]
    assert gains.max() > np.quantile(many, 0.9)


@all_names
def test_the_same_numbers_make_the_same_moves(name):
    data, _, expectation = at_rest(name, K=4)
    a, b = (proposed(data, expectation, seed=2) for _ in range(2))
    assert [kind.moves for kind in a] == [kind.moves for kind in b]
    assert all(np.array_equal(x.runs.factors, y.runs.factors) for x, y in zip(a, b, strict=True))
    other = proposed(data, expectation, seed=3)
    assert [kind.moves for kind in other] != [kind.moves for kind in a]


@all_names
@pytest.mark.parametrize("unit", [2.0**-10, 2.0**14])  # without rounding, which decides between equal cuts
def test_no_unit_matters(name, unit):
    data, _, expectation = at_rest(name, K=4)
    other, m = table_of(data.X * unit, FAMILY[name], K=4), expectation.mixture
    dense = m.covariances.dense() * unit**2
    scaled = Mixture.of(m.weights, m.means * unit, FAMILY[name].from_dense(dense, m.weights))
    plain, moved = proposed(data, expectation), proposed(other, LocalEM(other).expectation(scaled))
    for a, b in zip(plain, moved, strict=True):
        assert [(x.pair, x.cut) for x in a.moves] == [(x.pair, x.cut) for x in b.moves]
        assert_close(b.runs.means / unit, a.runs.means)
        assert_close(b.runs.factors * unit, a.runs.factors, 1e-6)


@all_names
def test_halves_begin_where_their_rows_are(name):
    """Two clusters far apart under one component, in columns of other units: a half on each."""
    rng = np.random.default_rng(0)
    unit = np.array([30.0, 30.0]) if "spherical" in name else np.array([10.0, 1e3])
    centres = np.array([[0.0, 0.0], [40.0, 0.0], [0.0, 40.0]])
    X = (centres.repeat(100, axis=0) + rng.standard_normal((300, 2))) * unit
    data, p = table_of(X, FAMILY[name], K=3), np.array([2 / 3, 1 / 6, 1 / 6])
    means = np.array([[20.0, 0.0], [-0.1, 40.0], [0.1, 40.0]]) * unit
    dense = np.array([np.diag([401.0, 1.0]), np.eye(2), np.eye(2)]) * np.outer(unit, unit)
    expectation = LocalEM(data).expectation(Mixture.of(p, means, FAMILY[name].from_dense(dense, p)))
    halves = np.array([[0.0, 0.0], [40.0, 0.0]]) * unit
    found = [
        max(np.abs((run[[move.split, move.pair[1]]] - half) / unit).max(axis=1).min() for half in halves)
        for kind in proposed(data, expectation, 30)
        for move, run in zip(kind.moves, kind.runs.means, strict=True)
        if move.split == 0 and move.pair == (1, 2)
    ]
    assert min(found) < 0.5


@all_names
def test_heaps_promise_no_moves_or_sound_ones(name):
    rng = np.random.default_rng(0)
    X = np.repeat(clusters(rng, 4, 2, 2), 15, axis=0)
    data = table_of(X, FAMILY[name], K=2)
    mixture, _ = LocalEM(data).run(
        at_rest(name, K=2)[2].mixture, 0
    )  # components that have nothing to do with the rows
    for kind in proposed(data, LocalEM(data).expectation(mixture)):
        assert np.isfinite(kind.runs.offsets).all()
