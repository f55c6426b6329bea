r"""Bounds on gains hold: where rows are divided in two for good, an M-step gains no less.

Let R be the responsibilities of a mixture at rest, and h divide the rows. With the rows of component j given to two, by
r h and r (1 − h), no entropy is lost, and the M-step of all components gains at least

.. math:: \sum_s n_s \log \frac{n_s}{n_j} - \tfrac12 \Big(\sum_s n_s \log |S_s / n_s| - n_j \log |S_j / n_j|\Big)

over the two sides s. Components of their own lean on what both sides have in common when cuts are ranked, which is no
bound; with a shared covariance ranks are bounds. Merging gains at least as much, less the entropy within the pair.
"""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.search.local_em import LocalEM
from gaussmix.search.raced_moves.gain_bounds import Bounds
from gaussmix.search.raced_moves.race import start_runs
from gaussmix.starts.partitions import Coordinates

from ..support import NAMES, assert_close, clusters
from .tables import FAMILY, OWN, SHARED, four_clusters, misplaced, table_of
from .test_agglomeration import log_det

all_names = pytest.mark.parametrize("name", NAMES)


def at_rest(name, seed=0, K=3, n=300, D=2):
    """A table, and a view of a mixture that EM leaves alone."""
    rng = np.random.default_rng(seed)
    data = table_of(clusters(rng, n, 4, D), FAMILY[name], K=K)
    local_em = LocalEM(data)
    starts = start_runs(data, Coordinates(data.rows), K, range(6), 20, rng).best(data, 1)
    mixture = local_em.converge(starts.mixture(data, 0), 4000, 1e-13)
    assert data.nondegenerate(mixture)  # the bounds are of M-steps that no floor holds
    return data, local_em, local_em.expectation(mixture)


def divided(bounds, q, c):
    """The mixture of an M-step with the rows of one component divided, K + 1 components, and its dense bound."""
    data, mixture, name = bounds.data, bounds.mixture, bounds.data.model.family.name
    N, K = data.total_weight, mixture.n_components
    n, means = bounds.cuts.counts[q, c], bounds.origin[q] + bounds.cuts.means[q, c] * bounds.scale
    sides = bounds.in_units(bounds.cuts.scatter[q, c])
    others = [k for k in range(K) if k != q]
    old = bounds.components
    counts = np.concatenate([old.counts[others], n])
    scatter = np.concatenate([old.scatter[others], sides])
    if not bounds.alone:
        # Each component shares what is left when the scatter between the sides is taken away.
        shift = means[0] - means[1]
        between = n.prod() / n.sum() * (np.outer(shift, shift) if bounds.full else shift**2)
        best_remaining_gain = old.scatter.sum(axis=0) - between
        scatter = best_remaining_gain / N * counts.reshape((-1,) + (1,) * best_remaining_gain.ndim)
    dense = scatter if bounds.full else scatter[:, :, None] * np.eye(scatter.shape[1])
    weights = counts / counts.sum()
    covariances = data.model.family.from_dense(dense / counts[:, None, None], weights)
    new = Mixture.of(weights, np.concatenate([old.means[others], means]), covariances)
    entropy = (n * np.log(n / n.sum())).sum()
    if bounds.alone:
        lost = (n * [log_det(name, S, m) for S, m in zip(sides, n, strict=True)]).sum()
        return new, entropy - 0.5 * (lost - old.counts[q] * log_det(name, old.scatter[q], old.counts[q]))
    before = log_det(name, old.scatter.sum(axis=0), N)
    return new, entropy - 0.5 * N * (log_det(name, best_remaining_gain, N) - before)


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_an_m_step_gains_no_less_than_the_bound_of_a_cut(name, seed):
    data, local_em, expectation = at_rest(name, seed)
    bounds = Bounds(data, expectation, np.random.default_rng(seed))
    tried = 0
    for q in range(3):
        for c in np.flatnonzero(bounds.cut_gains[q] > -np.inf):
            new, bound = divided(bounds, q, c)
            gained = local_em.expectation(new).objective - expectation.objective
            assert gained >= bound - 1e-5
            tried += 1
    assert tried > 6


@pytest.mark.parametrize("name", SHARED)
def test_cuts_of_a_shared_covariance_are_ranked_by_the_bound(name):
    bounds = Bounds(*at_rest(name)[::2], np.random.default_rng(0))
    allowed = bounds.cut_gains[:3] > -np.inf
    for q, c in np.argwhere(allowed):
        assert bounds.cut_gains[q, c] == pytest.approx(divided(bounds, q, c)[1], abs=1e-4)


@pytest.mark.parametrize("name", OWN)
def test_cuts_of_others_lean_on_what_both_sides_have_in_common(name):
    bounds = Bounds(*at_rest(name)[::2], np.random.default_rng(0))
    for q, c in np.argwhere(bounds.cut_gains[:3] > -np.inf):
        n, sides = bounds.cuts.counts[q, c], bounds.in_units(bounds.cuts.scatter[q, c])
        pooled = 3.0 * sides.sum(axis=0) / n.sum()
        lost = (n * [log_det(name, S + pooled, m + 3.0) for S, m in zip(sides, n, strict=True)]).sum()
        whole = n.sum() * log_det(name, bounds.components.scatter[q], n.sum())
        entropy = (n * np.log(n / n.sum())).sum()
        assert bounds.cut_gains[q, c] == pytest.approx(entropy - 0.5 * (lost - whole), abs=1e-4)


@all_names
@pytest.mark.parametrize("seed", range(3))
def test_an_m_step_gains_no_less_than_the_bound_of_a_merger(name, seed):
    data, local_em, expectation = at_rest(name, seed, K=4)
    bounds = Bounds(data, expectation, np.random.default_rng(0))
    old, r, w = bounds.components, expectation.responsibilities, data.weights
    assert sorted(bounds.pairs) == [(i, k) for i in range(4) for k in range(i + 1, 4)]
    assert (np.diff(bounds.pair_gains) <= 0).all()
    for (i, k), bound in zip(bounds.pairs, bounds.pair_gains, strict=True):
        one = old.joined(np.array([i]), np.array([k]))
        others = [j for j in range(4) if j not in (i, k)]
        counts, means, scatter = (
            np.concatenate([getattr(old, x)[others], getattr(one, x)]) for x in ("counts", "means", "scatter")
        )
        n = old.counts[[i, k]]
        kept = (n * np.log(n / n.sum())).sum()
        if bounds.alone:
            lost = n.sum() * log_det(name, one.scatter[0], n.sum())
            lost -= sum(old.counts[j] * log_det(name, old.scatter[j], old.counts[j]) for j in (i, k))
        else:
            N = data.total_weight
            lost = N * (log_det(name, scatter.sum(axis=0), N) - log_det(name, old.scatter.sum(axis=0), N))
        assert bound == pytest.approx(-0.5 * lost - kept, abs=1e-6)
        dense = scatter if bounds.full else scatter[:, :, None] * np.eye(2)
        covariances = data.model.family.from_dense(dense / counts[:, None, None], counts / counts.sum())
        gained = (
            local_em.expectation(Mixture.of(counts / counts.sum(), means, covariances)).objective
            - expectation.objective
        )
        both = r[:, i] + r[:, k]
        with np.errstate(all="ignore"):
            terms = [np.where(a > 0, a * np.log(a), 0.0) for a in (r[:, i], r[:, k], both)]
        entropy = w @ (terms[0] + terms[1] - terms[2])
        assert entropy <= 1e-9
        assert gained >= bound + entropy - 1e-5


@all_names
def test_the_worst_component_promises_most_and_the_double_one_loses_least(name):
    data = table_of(four_clusters(600)[0], FAMILY[name], K=4)
    bounds = Bounds(data, LocalEM(data).expectation(misplaced(FAMILY[name])), np.random.default_rng(0))
    assert bounds.pairs[0] == (0, 1)
    assert int(bounds.cut_gains[:4].max(axis=1).argmax()) == 3
    assert bounds.cut_gains[:4].max() + bounds.pair_gains[0] > 100
    assert len(bounds.parents) == 2
    assert len(bounds.cut_gains) == 4 + 2


@all_names
def test_sides_of_few_rows_promise_nothing(name):
    data, _, expectation = at_rest(name)
    bounds = Bounds(data, expectation, np.random.default_rng(0))
    few = bounds.cuts.counts.min(axis=2) < data.least_rows * (1 - 1e-6)
    assert np.array_equal(bounds.cut_gains == -np.inf, few)
    assert not np.isnan(bounds.cut_gains).any()


@all_names
def test_no_unit_matters(name):
    """Not even one so small that squares of it vanish."""
    data, _, expectation = at_rest(name)
    for unit in (1e-9, 1e9):
        other = table_of(data.X * unit, FAMILY[name], K=3)
        m = expectation.mixture
        scaled = Mixture.of(
            m.weights, m.means * unit, FAMILY[name].from_dense(m.covariances.dense() * unit**2, m.weights)
        )
        a = Bounds(data, expectation, np.random.default_rng(0))
        b = Bounds(other, LocalEM(other).expectation(scaled), np.random.default_rng(0))
        assert_close(b.pair_gains, a.pair_gains, 1e-6)
        assert_close(b.cuts.counts, a.cuts.counts, 1e-6)
        allowed = a.cut_gains > -np.inf
        assert_close(b.cut_gains[allowed], a.cut_gains[allowed], 1e-6, atol=1e-4)
