"""The pilot fit: whether gains of moves can be predicted, and a search is needed."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search import Budget
from gaussmix.search.budget import MANY
from gaussmix.search.pilot import Pilot

from .tables import CENTRES, FAMILY, OWN, four_clusters, table_of


def pilot_of(X, name="full", K=4, seed=0):
    data = table_of(X, FAMILY[name], K=K)
    if not Pilot.decides(data.rows, data.model, K):
        return None
    return Pilot.of(data.rows, data.model, K, np.random.default_rng(seed))


def test_gains_of_separate_components_are_predictable():
    pilot = pilot_of(four_clusters(4_000)[0])
    assert pilot.predictable
    assert pilot.iterations >= 1


@pytest.mark.parametrize("name", OWN)
def test_separate_components_need_not_be_normal(name):
    heavy = CENTRES[np.arange(4_000) % 4] + 0.3 * np.random.default_rng(1).standard_t(3, (4_000, 2))
    assert pilot_of(heavy, name).predictable


def test_gains_of_components_that_overlap_are_not():
    assert not pilot_of(np.random.default_rng(0).standard_normal((4_000, 2))).predictable


def test_gains_of_many_components_are_always_predicted():
    X = np.random.default_rng(0).uniform(size=(4_000, 2))
    assert not pilot_of(X, K=MANY).predictable
    assert pilot_of(X, K=MANY + 1).predictable


def test_maps_of_the_rows_change_nothing():
    X = four_clusters(4_000)[0]
    moved = 1e3 + 1e-2 * X @ [[0.8, 0.6], [-0.6, 0.8]]
    assert pilot_of(moved).predictable == pilot_of(X).predictable
    assert pilot_of(moved).iterations == pilot_of(X).iterations


def wide(apart, n=400, D=70, seed=0):
    """Two clusters in many columns."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, D)) + apart * np.sign(rng.standard_normal(n))[:, None]


@pytest.mark.parametrize("name", ["diag", "spherical"])
def test_components_that_k_means_separates_in_many_columns_need_no_search(name):
    pilot = pilot_of(wide(2.0), name, K=2)
    assert pilot.settled
    assert not pilot.predictable
    assert pilot.start.means.shape == (2, 70)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("K", [2, 6])
def test_so_do_separate_components_of_many_rows(name, K):
    rng = np.random.default_rng(0)
    X = 9.0 * rng.standard_normal((K, 10))[np.arange(4_000) % K] + rng.standard_normal((4_000, 10))
    pilot = pilot_of(X, name, K=K)
    assert pilot.settled
    assert pilot.start.means.shape == (K, 10)
    assert pilot_of(X[:3_000], name, K=K) is None


@pytest.mark.parametrize("X", [wide(0.1), four_clusters(4_000)[0]], ids=["70 columns", "2 columns"])
def test_a_start_that_is_not_settled_is_that_of_the_search(X):
    pilot = pilot_of(X, "diag", K=2)
    assert not pilot.settled
    assert not pilot.suffices(Budget())
    assert pilot.start.means.shape == (2, X.shape[1])


def test_few_rows_of_60_columns_have_no_pilot_fit():
    assert pilot_of(wide(2.0, D=60), "diag", K=2) is None


@pytest.mark.parametrize("seed", range(3))
def test_many_clusters_with_a_tied_covariance_of_many_columns_are_separated(seed):
    """Whitened columns hide them, as the covariance of all rows is that of the centres."""
    rng = np.random.default_rng(seed)
    labels = np.arange(4_000) % 20
    X = 6.0 * rng.standard_normal((20, 40))[labels] + rng.standard_normal((4_000, 40))
    pilot = pilot_of(X, "tied", K=20, seed=seed)
    assert pilot.start.weights == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize(
    "budget",
    [
        Budget(likelihood=True),
        Budget(thorough=True),
        Budget(runs=3),
        Budget(seconds=1.0),
        Budget(least_runs=2),
    ],
    ids=["likelihood", "thorough", "runs", "seconds", "least_runs"],
)
def test_a_search_that_is_asked_for_is_made(budget):
    pilot = pilot_of(wide(2.0), "diag", K=2)
    assert pilot.suffices(Budget())
    assert not pilot.suffices(budget)


@pytest.mark.parametrize("seed", range(4))
def test_fewer_components_than_clusters_are_searched(seed):
    rng = np.random.default_rng(seed)
    X = 4.0 * rng.standard_normal((6, 70))[np.arange(900) % 6] + rng.standard_normal((900, 70))
    assert pilot_of(X, "diag", K=6, seed=seed).settled
    assert not any(pilot_of(X, "diag", K=K, seed=seed).settled for K in (2, 4, 5))
