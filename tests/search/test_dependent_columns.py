"""Fits to tables in which columns are linear combinations of others."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture
from gaussmix.datasets import load_faithful
from gaussmix.engines import SerialEngine
from gaussmix.fitting.spread import Spread
from gaussmix.frames import FullFrame
from gaussmix.sources import ArraySource

from ..support import quiet

TABLES = {"faithful": load_faithful().data, "iris": load_iris().data}
COLUMNS = {
    "a copy": lambda X: X[:, :1],
    "another unit": lambda X: 1.8 * X[:, :1] + 32.0,
    "a sum": lambda X: X.sum(axis=1, keepdims=True),
    "a constant": lambda X: np.full((len(X), 1), 7.0),
    "two copies": lambda X: np.hstack([X[:, :1], -3.0 * X[:, 1:2]]),
}


def search_of(rows, name, K, **options):
    with quiet():
        model = GaussianMixture(K, covariance_type=name, random_state=0, **options).fit(rows)
    return model, model.trace_.search


@pytest.mark.parametrize("name", ["full", "tied", "EVV"])
@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("table", TABLES)
def test_a_dependent_column_changes_no_cluster(table, kind, name):
    X = TABLES[table]
    rows = np.hstack([COLUMNS[kind](X), X])
    K = 3 if name == "full" else 2
    (plain, _), (model, search) = search_of(X, name, K), search_of(rows, name, K)
    assert search.clear
    labels, expected = model.predict(rows), plain.predict(X)
    same = np.array([[np.mean((labels == j) & (expected == k)) for k in range(K)] for j in range(K)])
    assert same.max(axis=1).sum() > (
        0.999 if name != "EVV" else 0.95
    )  # EVV has another meaning in other columns
    # The start from the clusters of the other columns leads to the same maximum.
    with quiet():
        again = GaussianMixture(
            K, covariance_type=name, init_params=plain.predict_proba(X), search="off"
        ).fit(rows)
    assert model.score(rows) > again.score(rows) - 1e-4


def test_a_search_by_likelihood_and_a_sample_of_many_rows():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(15_000, 2)) + centre for centre in ([0, 0], [6, 0], [0, 6])])
    rows = np.hstack([X, X.sum(axis=1, keepdims=True)])
    model, search = search_of(rows, "full", 3)
    assert search.clear
    assert search.n_rows <= 20_000
    assert np.allclose(np.sort(model.weights_), 1 / 3, atol=0.01)
    assert np.allclose(model.means_[:, :2].sum(axis=1), model.means_[:, 2], atol=1e-3)
    few = np.hstack([TABLES["faithful"], TABLES["faithful"][:, :1]])
    assert search_of(few, "full", 2, search="likelihood")[1].clear


def test_columns_are_chosen_by_conditional_variance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3)) * [1.0, 1e6, 1e-6]
    rows = np.hstack([np.full((50, 1), 2.0), X, X[:, :1] + 1e-6 * X[:, 1:2]])
    spread = Spread(ArraySource(rows), SerialEngine(), FullFrame())
    chosen = spread.independent_columns
    assert len(chosen) == spread.rank == 3
    assert 0 not in chosen
    assert 3 in chosen


def test_callbacks_see_the_moves_of_a_search_in_all_columns_and_stop_it():
    X = TABLES["iris"]
    rows, seen = np.hstack([X, X.sum(axis=1, keepdims=True)]), []
    _, search = search_of(rows, "full", 4, callbacks=seen.append)
    moves = [step for step in seen if step.stage == "search"]
    assert len(moves) == len(search.events)
    assert all(step.mixture.means.shape == (4, 5) for step in moves)
    model, search = search_of(rows, "full", 4, callbacks=lambda step: True)
    assert len(search.events) == 1
    assert model.n_iter_ == 0
