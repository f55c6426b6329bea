"""Cuts of components: both sides together have the moments of what was cut."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.frames import DiagonalFrame, FullFrame
from gaussmix.search.raced_moves.bisections import cuts_of

from ..support import assert_close, clusters

PER_COMPONENT = 8

layouts = pytest.mark.parametrize("full", [True, False], ids=["matrices", "variances"])
BALLS, CORE, TWO_MEANS = (3, 4), 5, (1, 2)


def data(n=150, D=3, Q=4, seed=0):
    rng = np.random.default_rng(seed)
    Z = clusters(rng, n, 4, D)
    return Z, rng.dirichlet(np.full(Q, 0.5), n).T * rng.uniform(0.5, 2.0, n)


def frame_of(full):
    return FullFrame() if full else DiagonalFrame()


def outer(Y, full):
    return Y[..., :, None] * Y[..., None, :] if full else Y**2


@layouts
@pytest.mark.parametrize("D", [1, 3, 10])
def test_both_sides_add_up_to_the_component(full, D):
    Z, V = data(D=D)
    cuts = cuts_of(Z, V, frame_of(full), D + 1.0, np.random.default_rng(1))
    assert cuts.counts.shape == (4, PER_COMPONENT, 2)
    total = V.sum(axis=1)
    assert_close(cuts.counts.sum(axis=2), np.repeat(total[:, None], PER_COMPONENT, axis=1))
    first = (cuts.counts[..., None] * cuts.means).sum(axis=2)
    assert_close(first, np.zeros_like(first), scale=total.max())  # about the mean of the component
    for q in range(4):
        y = Z - V[q] @ Z / total[q]
        second = np.tensordot(V[q], outer(y, full), 1)
        n = cuts.counts[q].reshape((PER_COMPONENT, 2) + (1,) * (1 + full))
        within = (cuts.scatter[q] + n * outer(cuts.means[q], full)).sum(axis=1)
        assert_close(within, np.broadcast_to(second, within.shape))


@layouts
def test_second_moments_are_not_negative(full):
    cuts = cuts_of(*data(), frame_of(full), 4.0, np.random.default_rng(2))
    least = np.linalg.eigvalsh(cuts.scatter) if full else cuts.scatter
    assert least.min() > -1e-9 * np.abs(cuts.scatter).max()


@layouts
@pytest.mark.parametrize("seed", range(5))
def test_the_moments_of_a_side_are_those_of_rows(full, seed):
    """Rows on a line: a cut by a plane is a cut of their order, whose moments are sums from either end."""
    rng = np.random.default_rng(seed)
    z, v = np.sort(rng.standard_normal(80)), rng.uniform(0.5, 1.5, 80)
    cuts = cuts_of(z[:, None], v[None], frame_of(full), 2.0, rng)
    y = z - v @ z / v.sum()
    places = [0, *TWO_MEANS, 6, 7]
    for c in places:
        lower = int(np.argmin(cuts.means[0, c, :, 0]))
        count = cuts.counts[0, c, lower]
        m = int(np.argmin(np.abs(np.cumsum(v) - count))) + 1
        w, x = v[:m], y[:m]
        assert_close(count, w.sum())
        assert_close(cuts.means[0, c, lower], [w @ x / w.sum()])
        assert_close(cuts.scatter[0, c, lower].ravel(), [w @ (x - w @ x / w.sum()) ** 2])


@layouts
def test_two_clusters_are_cut_apart(full):
    rng = np.random.default_rng(0)
    Z = np.concatenate([rng.standard_normal((70, 4)) - 8.0, rng.standard_normal((50, 4)) + 8.0])
    cuts = cuts_of(Z, np.ones((1, 120)), frame_of(full), 5.0, rng)
    for c in (0, *TWO_MEANS):
        assert sorted(cuts.counts[0, c]) == [50, 70]


@layouts
@pytest.mark.parametrize("seed", range(5))
def test_balls_and_cores_have_rows_enough(full, seed):
    Z = clusters(np.random.default_rng(seed), 100, 3, 2)
    cuts = cuts_of(Z, np.ones((6, 100)), frame_of(full), 7.0, np.random.default_rng(seed))
    balls = cuts.counts[:, BALLS, 0]
    assert balls.min() >= 7
    assert balls.max() <= 60
    assert 29 <= cuts.counts[:, CORE, 0].min() <= cuts.counts[:, CORE, 0].max() <= 80


@layouts
def test_a_heap_and_a_component_without_rows_have_no_cuts(full):
    Z = np.zeros((20, 2))
    V = np.array([np.ones(20), np.zeros(20)])
    cuts = cuts_of(Z, V, frame_of(full), 3.0, np.random.default_rng(0))
    for array in (cuts.counts, cuts.means, cuts.scatter):
        assert np.isfinite(array).all()
    assert not cuts.scatter.any()
    assert not cuts.counts[1].any()


@layouts
def test_the_same_numbers_make_the_same_cuts(full):
    a, b = (cuts_of(*data(), frame_of(full), 4.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(a.scatter, b.scatter)


@layouts
def test_a_weight_is_a_number_of_copies(full):
    """With whole responsibilities; the draws are of rows, with probability as their weight."""
    rng = np.random.default_rng(5)
    Z, copies = clusters(rng, 40, 2, 2), rng.integers(1, 4, 40)
    one = cuts_of(Z, copies[None].astype(float), frame_of(full), 3.0, np.random.default_rng(6))
    repeated = np.repeat(Z, copies, axis=0)
    other = cuts_of(repeated, np.ones((1, len(repeated))), frame_of(full), 3.0, np.random.default_rng(6))
    planes = [0, *TWO_MEANS, 6, 7]  # a ball may end between copies
    for array in ("counts", "means", "scatter"):
        assert_close(getattr(other, array)[:, planes], getattr(one, array)[:, planes])
