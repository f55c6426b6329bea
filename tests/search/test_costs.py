"""The budget of a search: its unit, how it falls, and that it is kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix.search import costs
from gaussmix.search.budget import LEAST, MANY_ROWS, PRICED, Budget
from gaussmix.search.costs import most_passes, pass_cost, plain_fit, plain_fit_cost
from gaussmix.search.find import find
from gaussmix.search.local_em import LocalEM
from gaussmix.search.population import evolution
from gaussmix.starts import START_METHODS, mixture_of_responsibilities

from ..support import NAMES, clusters, quiet
from .tables import FAMILY, table_of

all_names = pytest.mark.parametrize("name", NAMES)


def table(name, n=400, D=3, K=4):
    return table_of(clusters(np.random.default_rng(1), n, 3, D), FAMILY[name], K=K)


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("seed", range(3))
def test_iterations_of_a_plain_fit_are_those_of_scikit_learn(name, seed):
    data = table(name)
    shares = START_METHODS["kmeans"](data.rows, 4, np.random.default_rng(seed))
    start = mixture_of_responsibilities(data.rows, shares, data.model)
    given = {"weights_init": start.weights, "means_init": start.means}
    precisions = np.linalg.inv(start.covariances.dense())
    shapes = {
        "full": precisions,
        "tied": precisions[0],
        "diag": precisions.diagonal(axis1=1, axis2=2),
        "spherical": precisions[:, 0, 0],
    }
    with quiet():
        theirs = Theirs(4, covariance_type=name, precisions_init=shapes[name], **given).fit(data.X)
    _, iterations = plain_fit(LocalEM(data), start)
    assert abs(iterations - theirs.n_iter_) <= 2


@all_names
def test_a_budget_is_its_price_in_plain_fits(name, monkeypatch):
    monkeypatch.setattr(costs, "ENOUGH_ROWS", 1e-9)
    data = table(name)
    passes = most_passes(data, 4, 10.0, 7)
    assert passes * pass_cost(data, 4) == pytest.approx(10.0 * plain_fit_cost(data, 4, 7))


@all_names
def test_few_rows_for_each_parameter_lower_the_price_unless_likelihood_decides(name):
    K = 20
    data = table(name, n=150, K=K)
    alone = replace(data, likelihood=True)
    share = 150 / (costs.ENOUGH_ROWS * data.model.family.n_parameters_of_mixture(K, 3))
    assert share < 1.0
    assert most_passes(data, K, 10.0, 7) == pytest.approx(share * most_passes(alone, K, 10.0, 7))


def test_many_rows_or_components_have_a_lower_price():
    price = Budget().price
    assert price(5) == price(5, MANY_ROWS) == price(PRICED) == 10.0
    assert (price(5, 20 * MANY_ROWS), price(4 * PRICED)) == (10.0 * LEAST, 2.5)
    assert price(5, round(1.25 * MANY_ROWS)) == pytest.approx(8.0)
    assert price(8 * PRICED, 20 * MANY_ROWS) == price(8 * PRICED)
    assert price(round(1.2 * PRICED), 20 * MANY_ROWS) == 10.0 * LEAST


def test_by_likelihood_the_price_does_not_fall_with_the_rows():
    price = Budget(likelihood=True).price
    assert price(5, 20 * MANY_ROWS) == price(5)
    assert price(2 * PRICED, 20 * MANY_ROWS) == price(2 * PRICED) < price(5)


@all_names
def test_a_search_keeps_within_its_budget(name):
    """Of rows without clusters, where every population finds another maximum; the last iterations are not counted."""
    data, K, budget = (
        table_of(np.random.default_rng(5).uniform(size=(300, 2)), FAMILY[name], K=6),
        6,
        Budget(),
    )
    passes = find(data, K, budget, np.random.default_rng(0)).trace.passes
    most = most_passes(data, K, budget.price(K), costs.PLAIN_ITERATIONS)
    assert passes < most + evolution.PLAIN + evolution.COMPARED * evolution.LAST
    assert passes < find(data, K, Budget(least_runs=4), np.random.default_rng(0)).trace.passes
