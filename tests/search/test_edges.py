"""Tables that leave a search little to find, and fits that are kept, copied and begun again."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.search import Budget

from ..support import NAMES, quiet
from .tables import CENTRES, four_clusters

X, LABELS = four_clusters(160)
RNG = np.random.default_rng(0)
TABLES = {
    "one component": (X, 1),
    "as many rows as components": (X[:4], 4),
    "one row more": (X[:5], 4),
    "few rows": (X[:9], 4),
    "equal rows": (np.ones((20, 2)), 2),
    "two values": (np.repeat([[0.0, 1.0], [3.0, 1.5]], 20, axis=0), 2),
    "integers": (RNG.integers(0, 4, (120, 2)).astype(float), 3),
    "integers in one column": (RNG.integers(0, 4, (120, 1)).astype(float), 3),
    "a constant column": (np.column_stack([X, np.full(len(X), 5.0)]), 4),
    "a column that is a sum": (np.column_stack([X, X.sum(axis=1)]), 4),
    "more columns than rows": (RNG.standard_normal((12, 20)), 2),
    "float32": (X.astype(np.float32), 4),
    "heavy tails": (RNG.standard_cauchy((150, 2)), 3),
    "far rows": (np.concatenate([X, [[1e6, 0.0], [0.0, -1e6]]]), 4),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", TABLES)
def test_every_table_has_an_answer(name, kind):
    rows, K = TABLES[kind]
    with quiet():
        model = GaussianMixture(K, covariance_type=name, random_state=0).fit(rows)
    assert model.weights_.sum() == pytest.approx(1.0)
    assert np.isfinite(model.means_).all()
    assert np.isfinite(model.score(rows))


@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
def test_groups_on_different_scales_are_components(name):
    """The narrowest has 2e-7 of the variance of all rows."""
    rng, sizes, deviations = np.random.default_rng(3), (300, 300, 300), (1.0, 300.0, 300.0)
    labels = np.repeat(np.arange(3), sizes)
    centres = np.array([[0.0, 0.0], [3000.0, 0.0], [0.0, 3000.0]])
    rows = centres[labels] + np.array(deviations)[labels, None] * rng.standard_normal((900, 2))
    model = GaussianMixture(3, covariance_type=name, random_state=0).fit(rows)
    assert model.trace_.search.clear
    assert adjusted_rand_score(labels, model.predict(rows)) == 1.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "options", [{"reg_covar": 0.01}, {"reg_covar": 0}, {"max_iter": 1}, {"search": Budget(runs=1)}], ids=str
)
def test_options_beside_the_search(name, options):
    with quiet():
        model = GaussianMixture(4, covariance_type=name, random_state=0, **options).fit(X)
    assert np.linalg.norm(model.means_[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.5


@pytest.mark.parametrize("scale", [1e-150, 1e150, 1e-20])
def test_extreme_scales_are_told_in_the_units_of_the_data(scale):
    with quiet():
        base, model = (GaussianMixture(4, random_state=0).fit(rows) for rows in (X, X * scale))
    assert np.allclose(np.sort(model.means_ / scale, axis=0), np.sort(base.means_, axis=0), atol=1e-6)
    named, search = base.trace_.search, model.trace_.search
    shift = 2 * np.log(scale)
    best = [s.runs[s.best].log_likelihood for s in (named, search)]
    assert best[1] == pytest.approx(best[0] - shift, abs=1e-6)
    last = search.events[-1]
    assert last.mixture.log_prob(X * scale).mean() == pytest.approx(last.log_likelihood, abs=0.2)


@pytest.mark.parametrize("factor", [1.0, 1e9])
def test_weights(factor):
    weights = (np.arange(len(X)) % 3).astype(float)
    with quiet():
        model = GaussianMixture(4, random_state=0).fit(X, sample_weight=weights * factor)
        plain = GaussianMixture(4, random_state=0).fit(X[weights > 0], sample_weight=weights[weights > 0])
    assert model.score(X, sample_weight=weights) == pytest.approx(
        plain.score(X, sample_weight=weights), abs=1e-5
    )


@pytest.mark.parametrize("name", ["full", "tied", "spherical"])
def test_no_component_collapses_onto_a_heap(name):
    heap = np.concatenate([X, X[:1] + 1e-9 * np.random.default_rng(1).standard_normal((12, 2))])
    with quiet():
        model = GaussianMixture(4, covariance_type=name, random_state=0).fit(heap)
    assert np.linalg.norm(model.means_[:, None] - CENTRES, axis=2).min(axis=0).max() < 0.6


def test_an_estimator_is_kept_copied_and_loaded(tmp_path):
    model = GaussianMixture(4, random_state=0, search=0.5, n_init=2)
    assert clone(model).get_params() == model.get_params()
    model.fit(X)
    again = pickle.loads(pickle.dumps(model))
    assert again.mixture_ == model.mixture_
    assert again.trace_.search.verdict == model.trace_.search.verdict
    model.save(tmp_path / "model.safetensors")
    loaded = gaussmix.load(tmp_path / "model.safetensors")
    assert loaded.mixture_ == model.mixture_
    assert loaded.search == 0.5
    assert np.array_equal(loaded.predict(X), model.predict(X))


def test_a_warm_start_goes_on_without_a_search():
    with quiet():
        model = GaussianMixture(4, random_state=0, warm_start=True).fit(X)
        first = model.score(X)
        model.fit(X)
    assert model.trace_.search is None
    assert model.score(X) >= first - 1e-9


@pytest.mark.parametrize("search", ["auto", "off", 0.05])
def test_the_classifier(search):
    with quiet():
        model = MixtureClassifier(2, search=search, random_state=0).fit(X, LABELS % 2)
    assert model.score(X, LABELS % 2) > 0.99
