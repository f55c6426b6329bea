"""Short EM runs from starting partitions: mixtures of all components, which find clusters that stand apart."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import kernels
from gaussmix.search.population.starts import Starts
from gaussmix.starts.partitions import KINDS

from ..support import NAMES, assert_close, clusters
from .tables import CENTRES, FAMILY, four_clusters, table_of

all_names = pytest.mark.parametrize("name", NAMES)
COUNT = len(KINDS)


def started(name="full", n=200, K=4, D=2, count=COUNT, seed=0, X=None, weights=None, iterations=5):
    X = clusters(np.random.default_rng(seed), n, K, D) if X is None else X
    data = table_of(X, FAMILY[name], weights, K=K)
    rng = np.random.default_rng(seed)
    return data, Starts(data, K, iterations).runs(count, rng)


@all_names
def test_clusters_are_found_after_few_iterations(name):
    data, runs = started(name, X=four_clusters(300)[0], iterations=8)
    best = runs.best(data, 1)
    assert np.linalg.norm(best.means[0][:, None] - CENTRES, axis=2).min(axis=0).max() < 0.4
    near = (runs.objectives > best.objectives[0] - 0.5).sum()
    assert near >= 3  # starts of several kinds agree


@pytest.mark.parametrize("D", [1, 2, 7])
@all_names
def test_starts_are_mixtures_of_all_components(name, D):
    data, runs = started(name, D=D, n=240)
    assert COUNT // 2 <= len(runs) <= COUNT
    alive = runs.take(np.flatnonzero(np.isfinite(runs.objectives)))
    assert len(alive)
    assert (alive.weights > 0).all()
    assert_close(alive.weights.sum(axis=1), np.ones(len(alive)))
    for s in range(len(alive)):
        mixture = alive.mixture(data, s)
        assert mixture.family == FAMILY[name]
        # One of the iterations came after.
        rounding = 1e-6 * abs(alive.objectives[s])
        assert data.weights @ mixture.log_prob(data.X) >= alive.objectives[s] - rounding


@all_names
def test_rows_of_weight_two_are_two_rows(name):
    """Moments of parts follow weights: farthest-first traversal sees no weights, so its partition is the same."""
    number = [kind[0] for kind in KINDS].index("farthest")
    X = clusters(np.random.default_rng(3), 80, 3, 2)
    sets = [(X, np.full(len(X), 2.0)), (np.repeat(X, 2, axis=0), None)]
    found = []
    for rows, weights in sets:
        data = table_of(rows, FAMILY[name], weights, K=3)
        starts = Starts(data, 3, 3)
        starts.count = number
        found.append(starts.runs(1, np.random.default_rng(0)))
    assert_close(found[0].means, found[1].means, 1e-6)
    assert_close(found[0].weights, found[1].weights, 1e-6)


@pytest.mark.skipif(kernels.em_runs is None, reason="the compiled kernel is not in use")
@all_names
def test_numpy_makes_the_same_starts(name, monkeypatch):
    compiled = started(name)[1]
    monkeypatch.setattr(kernels, "em_runs", None)
    in_numpy = started(name)[1]
    assert_close(in_numpy.objectives.max(), compiled.objectives.max(), 1e-6)


@all_names
def test_integers_with_few_values(name):
    X = np.random.default_rng(0).integers(0, 3, (60, 2)).astype(float)
    data, runs = started(name, X=X, K=3)
    assert len(runs.best(data, COUNT)) <= COUNT


def test_the_same_seed_makes_the_same_starts():
    one, other = (started(seed=4)[1] for _ in range(2))
    assert np.array_equal(one.means, other.means)
