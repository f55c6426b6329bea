"""Penalised log-likelihoods: small clusters far from the others are found, rows close together by chance are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score

from gaussmix import GaussianMixture, Mixture
from gaussmix.datasets import load_faithful, random_mixture
from gaussmix.search import convergence
from gaussmix.search.convergence import iterated_coarsely
from gaussmix.search.local_em import LocalEM
from gaussmix.search.small_components import SmallComponents

from ..support import quiet
from .tables import FAMILY, table_of

OWN = ("full", "diag", "spherical")
"""Families of which each component has a covariance of its own, without parameters in common."""


def rule(n, K, D):
    """Return the number of rows below which a component is small."""
    return min(3.0 * (D + 1), max(D + 1.01, n / (4 * K)))


def fitted(X, K, family, random_state=0, **options):
    with quiet():
        return GaussianMixture(K, covariance_type=family, random_state=random_state, **options).fit(X)


def apart(sizes, D, seed=0):
    """Return Gaussian groups of some sizes, ten standard deviations from each other, and their labels."""
    rng, labels = np.random.default_rng(seed), np.repeat(np.arange(len(sizes)), sizes)
    return 10.0 * np.eye(D)[labels] + rng.normal(size=(len(labels), D)), labels


def mixture_with_a_small_component(X, family):
    """Return a mixture of three components with weights 0.6, 0.38 and 0.02 near the rows."""
    rng, D = np.random.default_rng(1), X.shape[1]
    scatter = np.stack([scale * np.cov(rng.normal(size=(D, 40)), bias=True) for scale in (1.0, 2.0, 0.1)])
    arrays = {"full": scatter, "diag": np.einsum("kdd->kd", scatter)}.get(family)
    if arrays is None:
        arrays = np.repeat(np.einsum("kdd->k", scatter)[:, None] / D, D, axis=1)
    covariances = FAMILY[family].nearest(arrays, np.ones(3))
    return Mixture.of(np.array([0.6, 0.38, 0.02]), rng.normal(size=(3, D)), covariances)


@pytest.mark.parametrize("family", OWN)
def test_the_objective_is_that_of_its_definition(family):
    X = np.random.default_rng(0).normal(size=(400, 3))
    data = table_of(X, FAMILY[family])
    small = SmallComponents.of(FAMILY[family], 400.0, 3, rows=10.0)
    mixture = mixture_with_a_small_component(X, family)
    a, n = FAMILY[family].least_rows(3), 0.02 * 400
    covariances = mixture.covariances.dense().copy()
    within = np.tensordot(mixture.weights, covariances, 1)
    covariances[2] = (n * covariances[2] + a * within) / (n + a)
    parts = zip(mixture.weights, mixture.means, covariances, strict=True)
    joint = [np.log(p) + multivariate_normal(mean, cov).logpdf(X) for p, mean, cov in parts]
    own = {"full": 6, "diag": 3, "spherical": 1}[family]
    expected = logsumexp(joint, axis=0).sum() - 0.5 * (1 + 3 + own) * np.log(400)
    assert LocalEM(replace(data, small=small)).objective(mixture) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("family", OWN)
def test_without_small_components_the_objective_is_the_log_likelihood(family):
    X = np.random.default_rng(0).normal(size=(400, 3))
    data = table_of(X, FAMILY[family])
    small = SmallComponents.of(FAMILY[family], 400.0, 3, rows=8.0)
    mixture = mixture_with_a_small_component(X, family)
    plain, compared = (LocalEM(d).objective(mixture) for d in (data, replace(data, small=small)))
    assert compared == plain


@pytest.mark.parametrize("family", OWN)
@pytest.mark.parametrize(("sizes", "D"), [((400, 350, 240, 10), 4), ((110, 60, 10), 3), ((900, 284, 16), 5)])
def test_a_small_group_apart_is_found(family, sizes, D):
    X, labels = apart(sizes, D)
    assert min(sizes) < rule(len(X), len(sizes), D)
    model = fitted(X, len(sizes), family)
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0


@pytest.mark.parametrize("family", ["diag", "spherical"])
def test_clusters_of_unequal_weights_in_twenty_columns_are_found(family):
    X, labels = random_mixture(5, 20, random_state=1).sample(1000, random_state=2)
    assert np.bincount(labels).min() < rule(1000, 5, 20)
    assert adjusted_rand_score(labels, fitted(X, 5, family).predict(X)) == 1.0
    model = fitted(X, 5, family, n_init=4)
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0
    assert model.trace_.search.clear


@pytest.mark.parametrize("family", OWN)
@pytest.mark.parametrize(("n", "D"), [(6_000, 10), (30_000, 20)])
def test_a_small_cluster_of_a_large_table_is_found(family, n, D):
    small = 3 * D
    X, labels = apart((n // 4, n // 4, n // 4, n // 4 - small, small), D)
    assert small < rule(n, 5, D)
    models = [fitted(X, 5, family, random_state=seed) for seed in range(8)]
    found = [adjusted_rand_score(labels, model.predict(X)) == 1.0 for model in models]
    # With full covariances in 20 columns, a few rows of the larger clusters join 60 rows for one seed in four.
    assert sum(found) >= 6
    assert all(one or not model.trace_.search.clear for one, model in zip(found, models, strict=True))


@pytest.mark.parametrize("family", ["full", "diag"])
@pytest.mark.parametrize("n", [1_000, 6_000])
def test_a_cluster_at_the_lower_bound_of_variances_is_found(family, n):
    """Many rows near a plane are no coincidence, however near they are."""
    X, labels = apart((n // 2, n - n // 2 - 80, 80), 4)
    X[labels == 2, 0] = X[labels == 2, 0].mean() + 1e-6 * np.random.default_rng(0).standard_normal(80)
    model = fitted(X, 3, family)
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0
    assert not model.trace_.search.runs[model.trace_.search.best].degenerate


@pytest.mark.parametrize("family", OWN)
def test_the_objective_of_moves_has_the_penalty(family, monkeypatch):
    X, _ = apart((290, 200, 10), 3)
    data = replace(table_of(X, FAMILY[family]), small=SmallComponents.of(FAMILY[family], 500.0, 3, rows=12.0))
    local_em, start = LocalEM(data), fitted(X, 3, family).mixture_
    assert data.has_small(start.weights[None])[0]
    assert (
        local_em.expectation(start).objective
        == local_em.objective(start)
        < data.log_likelihood(start.densities)
    )
    in_one_run = iterated_coarsely(local_em, start, 20)
    monkeypatch.setattr(convergence, "MOST_WORK", 0)
    for mixture, objective in (in_one_run, iterated_coarsely(local_em, start, 20)):
        assert objective == pytest.approx(local_em.objective(mixture), abs=0.1)


@pytest.mark.parametrize("family", OWN)
@pytest.mark.parametrize("K", [3, 5])
@pytest.mark.parametrize("table", ["faithful", "uniform", "normal"])
def test_rows_close_together_by_chance_are_no_component(family, K, table):
    # EM on all rows goes on from a component at the least number of rows.
    rng = np.random.default_rng(3)
    tables = {"uniform": rng.uniform(size=(300, 2)), "normal": rng.normal(size=(300, 4))}
    X = tables.get(table, load_faithful().data)
    model = fitted(X, K, family)
    assert model.weights_.min() * len(X) > 0.9 * rule(len(X), K, X.shape[1])


@pytest.mark.parametrize("family", OWN)
def test_the_likelihood_alone_leaves_small_components_out(family):
    X, _ = apart((400, 350, 240, 10), 4)
    model = fitted(X, 4, family, search="likelihood")
    assert model.weights_.min() * len(X) > rule(len(X), 4, 4) * 0.99


def test_weights_count_as_rows():
    X, labels = apart((200, 172, 120, 8), 4)
    with quiet():
        model = GaussianMixture(4, random_state=0).fit(X, sample_weight=np.full(len(X), 2.0))
    assert adjusted_rand_score(labels, model.predict(X)) == 1.0


def test_a_component_without_rows_has_no_density():
    data = table_of(np.random.default_rng(0).normal(size=(50, 2)), FAMILY["diag"], K=2)
    small = SmallComponents.of(data.model.family, 50.0, 2, 10.0)
    weights, means, variances = np.array([1.0, 0.0]), np.zeros((2, 2)), np.ones((2, 2))
    offsets = small.densities(data.model, (weights, means, variances), 50.0).offsets
    assert np.isfinite(offsets[0])
    assert offsets[1] == -np.inf
