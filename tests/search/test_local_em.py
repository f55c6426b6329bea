"""EM on the rows of a search, against plain EM step by step."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import kernels
from gaussmix.fitting.batch import BatchEM
from gaussmix.fitting.problem import Problem
from gaussmix.search import search_data as table_module
from gaussmix.search.local_em import LocalEM

from ..support import FAMILIES, NAMES, assert_close, clusters, random_mixture
from .tables import FAMILY, table_of

all_families = pytest.mark.parametrize("family", FAMILIES, ids=NAMES)


def example(family, n=400, K=3, D=2, seed=0):
    rng = np.random.default_rng(seed)
    data = table_of(clusters(rng, n, K, D), family, rng.uniform(0.5, 2.0, n))
    return data, random_mixture(rng, K, D, family, spread=6.0)


def stepwise(data, mixture, iterations):
    """EM as it is defined, and Σ w log p before its last M-step."""
    driver = BatchEM(Problem(data.source(1), data.model, data.engine))
    state = driver.init(mixture)
    for _ in range(iterations):
        state = driver.step(state)
    return state.mixture, state.objective * data.total_weight


def assert_same_mixture(a, b, rtol=1e-8):
    assert_close(a.weights, b.weights, rtol=rtol)
    assert_close(a.means, b.means, rtol=rtol)
    assert_close(a.covariances.dense(), b.covariances.dense(), rtol=rtol)


@all_families
def test_a_view_is_an_e_step(family):
    data, mixture = example(family)
    local_em = LocalEM(data)
    expectation = local_em.expectation(mixture)
    assert_close(expectation.responsibilities, mixture.responsibilities(data.X), rtol=1e-12)
    assert_close(expectation.log_prob, mixture.log_prob(data.X), rtol=1e-12)
    assert_close(expectation.objective, data.weights @ mixture.log_prob(data.X), rtol=1e-12)
    assert expectation.mixture is mixture
    assert local_em.passes == 1


def test_a_view_of_far_rows_stays_finite():
    data = table_of(np.concatenate([np.random.default_rng(0).standard_normal((50, 1)), [[1e6]]]))
    mixture = random_mixture(np.random.default_rng(1), 3, 1, FAMILY["full"])
    expectation = LocalEM(data).expectation(mixture)
    assert np.isfinite(expectation.log_prob).all()
    assert_close(expectation.responsibilities.sum(axis=1), np.ones(len(data.X)), rtol=1e-12)


@all_families
@pytest.mark.parametrize("kernel", ["compiled", "NumPy's M-step"])
@pytest.mark.parametrize("blocks", ["one block", "several blocks"])
def test_a_climb_is_so_many_steps_of_em(monkeypatch, family, kernel, blocks):
    if kernel != "compiled":
        for name in ("em_steps", "coarse_sums", "m_step"):
            monkeypatch.setattr(kernels, name, None)
    if blocks != "one block":
        monkeypatch.setattr(table_module, "WORK", 100)
    data, mixture = example(family)
    assert (len(data.source(3).parts()) > 1) == (blocks != "one block")
    local_em = LocalEM(data)
    for iterations in (1, 2, 7):
        after, objective = local_em.run(mixture, iterations)
        expected, last = stepwise(data, mixture, iterations)
        # Compiled passes over several blocks are in single precision.
        coarse = kernels.coarse_sums is not None and blocks != "one block"
        assert_same_mixture(after, expected, 1e-4 if coarse else 1e-9)
        assert_close(objective, last, rtol=1e-6 if coarse else 1e-10)
    assert local_em.passes == 10


@all_families
def test_a_climb_against_the_floor(family):
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.standard_normal((80, 2)), np.tile([5.0, 5.0], (20, 1))])
    data = table_of(rows, family)
    weights = np.array([0.8, 0.2])
    start = family.from_dense(np.array([np.eye(2), 1e-4 * np.eye(2)]), weights)
    mixture = random_mixture(rng, 2, 2, family)
    mixture = type(mixture).of(weights, np.array([[0.0, 0.0], [5.0, 5.0]]), start)
    after, objective = LocalEM(data).run(mixture, 5)
    expected, last = stepwise(data, mixture, 5)
    assert_same_mixture(after, expected)
    assert_close(objective, last, rtol=1e-9)


def test_settling_ends_when_little_is_gained():
    data, mixture = example(FAMILIES[0])
    local_em = LocalEM(data)
    settled = local_em.converge(mixture, 500, 0.01)
    assert local_em.passes < 500
    before = local_em.expectation(settled).objective
    assert local_em.run(settled, 11)[1] - before < 0.11
    assert before > local_em.expectation(mixture).objective


def test_settling_takes_no_more_iterations_than_allowed():
    data, mixture = example(FAMILIES[0])
    local_em = LocalEM(data)
    settled = local_em.converge(mixture, 20, -np.inf)
    assert local_em.passes == 20
    assert_same_mixture(settled, local_em.run(mixture, 20)[0])
