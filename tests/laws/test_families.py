"""What families have in common: a tied family of one component is the family; vectors go there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Diagonal, Full, Spherical, Tied
from gaussmix.blocks import Block
from gaussmix.covariances import family_named
from gaussmix.covariances.constraints import Floor, NoConstraint
from gaussmix.em import given_step, m_step
from gaussmix.frames import FullFrame
from gaussmix.model import Model

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, random_dense, random_mixture

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(FAMILIES)
INNER = st.sampled_from([Full(), Diagonal(), Spherical()])


@given(SEEDS, INNER)
def test_tied_with_one_component_is_the_family(seed, family):
    X = clusters(np.random.default_rng(seed), 50, 2, 3)
    one, tied = (fit(X, 1, covariance_type=f, tol=0, max_iter=3) for f in (family, Tied(family)))
    assert_close(tied.means_, one.means_, rtol=1e-12)
    assert_close(tied.mixture_.covariances.dense(), one.mixture_.covariances.dense(), rtol=1e-10)
    assert tied.mixture_.n_parameters == one.mixture_.n_parameters
    assert tied.bic(X) == pytest.approx(one.bic(X), rel=1e-11)
    assert_close(tied.score_samples(X), one.score_samples(X), rtol=1e-10)


def nearby(family, covariances, size, times, rng):
    """Members of a family at random normal coordinates of a given size."""
    counts = np.ones(covariances.n_components)
    origin = family.normal_coordinates(covariances)
    for _ in range(times):
        vector = size * rng.standard_normal(origin.coordinates(covariances, counts).shape)
        yield origin.retract(vector, counts, NoConstraint()).covariances


@given(SEEDS, FAMILY)
def test_normal_coordinates_there_and_back(seed, family):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    covariances = random_mixture(rng, K, D, family, condition=1e4).covariances
    counts = rng.dirichlet(np.ones(K)) * 0.9 + 0.1 / K
    origin = family.normal_coordinates(covariances)
    vector = origin.coordinates(family.from_dense(covariances.dense() * 1.001, counts), counts)
    assert_close(vector @ vector, 0.5 * D * np.log(1.001) ** 2, rtol=1e-5)
    again = origin.retract(vector, counts, NoConstraint()).covariances
    assert again.family == family
    assert again.array.shape == family.shape(K, D)
    assert_close(again.array, covariances.array * 1.001, rtol=1e-8)


@given(SEEDS, FAMILY)
def test_any_vector_of_normal_coordinates_is_a_covariance(seed, family):
    rng = np.random.default_rng(seed)
    K, D = int(rng.integers(1, 5)), int(rng.integers(1, 5))
    covariances, counts = random_mixture(rng, K, D, family).covariances, np.ones(K)
    origin = family.normal_coordinates(covariances)
    vector = 3.0 * rng.standard_normal(origin.coordinates(covariances, counts).shape)
    moved = origin.retract(vector, counts, NoConstraint()).covariances
    assert np.linalg.eigvalsh(moved.dense()).min() > 0


@given(SEEDS, FAMILY)
def test_the_estimate_is_the_best_of_its_family(seed, family):
    # No small step in the free parameters raises −½ Σ n_k (log|Σ_k| + tr Σ_k⁻¹ S_k).
    rng = np.random.default_rng(seed)
    K, D, n = 2, int(rng.integers(1, 4)), 30
    X, r = rng.standard_normal((n, D)) * 2, rng.dirichlet(np.ones(K), n)
    moments = given_step(r, Block(X), np.zeros((K, D)), family.frame)
    full = given_step(r, Block(X), np.zeros((K, D)), FullFrame()).scatter()
    best = family.estimate(moments, NoConstraint())

    def objective(covariances):
        precisions = np.linalg.inv(covariances.dense())
        log_det = np.linalg.slogdet(covariances.dense())[1]
        return -0.5 * (moments.counts @ log_det + np.einsum("kij,kji->", precisions, full))

    top = objective(best)
    for other in nearby(family, best, 1e-3, 10, rng):
        assert objective(other) <= top + 1e-9 * abs(top)


@given(SEEDS, FAMILY)
def test_the_constrained_estimate_is_the_best_within_the_constraint(seed, family):
    rng = np.random.default_rng(seed)
    K, D, n = 2, 2, 30
    X, r = rng.standard_normal((n, D)), rng.dirichlet(np.ones(K), n)
    X[:, 1] = X[:, 0] + 0.05 * X[:, 1]
    scale = random_dense(rng, 1, D)[0]
    moments = given_step(r, Block(X), np.zeros((K, D)), family.frame)
    full = given_step(r, Block(X), np.zeros((K, D)), FullFrame()).scatter()
    constraint = Floor(scale, epsilon=0.3)
    best = family.estimate(moments, constraint)
    if family.name in ("full", "tied"):
        root = np.linalg.inv(np.linalg.cholesky(scale))
        assert np.linalg.eigvalsh(root @ best.dense() @ root.T).min() >= 0.3 * (1 - 1e-9)

    def objective(covariances):
        precisions = np.linalg.inv(covariances.dense())
        log_det = np.linalg.slogdet(covariances.dense())[1]
        return -0.5 * (moments.counts @ log_det + np.einsum("kij,kji->", precisions, full))

    top = objective(best)
    for other in nearby(family, best, 0.05, 20, rng):
        # Brought back into the constraint, it is no better.
        inside = family.from_dense(other.dense(), np.ones(K))
        array = inside.array
        held = {
            "full": constraint.full,
            "tied": lambda a: constraint.full(a[None])[0],
            "diag": constraint.diagonal,
            "tied-diag": lambda a: constraint.diagonal(a[None])[0],
            "spherical": lambda a: constraint.spherical(a, D),
            "tied-spherical": lambda a: constraint.spherical(np.atleast_1d(a), D).reshape(()),
        }[family.name](array)
        assert objective(family.covariances(held, K, D)) <= top + 1e-9 * abs(top)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_names_lead_back(family):
    assert family_named(family.name) == family
    assert family_named("no such family") is None
    assert len({*FAMILIES, family}) == 6
    assert repr(family) == repr(
        eval(repr(family), {"Full": Full, "Diagonal": Diagonal, "Spherical": Spherical, "Tied": Tied})
    )


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_mclust_counts_of_parameters(family):
    # Scrucca et al. (2016), table 3, for G = 3 groups in d = 4 columns: covariance parameters of each model.
    expected = {"full": 30, "diag": 12, "spherical": 3, "tied": 10, "tied-diag": 4, "tied-spherical": 1}
    assert family.n_parameters(3, 4) == expected[family.name]
    mixture = random_mixture(np.random.default_rng(0), 3, 4, family)
    assert mixture.n_parameters == 2 + 12 + expected[family.name]


@given(SEEDS, FAMILY)
def test_an_m_step_keeps_what_it_is_given(seed, family):
    # Moments of an exact mixture give back its parameters.
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, 3, 2, family)
    from gaussmix.moments import Moments

    counts = 100 * mixture.weights
    second = counts[:, None, None] * mixture.covariances.dense()
    if not family.frame.full:
        second = np.diagonal(second, axis1=1, axis2=2)
    moments = Moments(family.frame, mixture.means, counts, np.zeros_like(mixture.means), second)
    again = m_step(moments, Model(family))
    assert_close(again.weights, mixture.weights, rtol=1e-12)
    assert_close(again.covariances.array, mixture.covariances.array, rtol=1e-10)
