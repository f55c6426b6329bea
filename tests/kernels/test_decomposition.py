"""Covariances that share some of volume, shape and orientation: compiled, in NumPy, and beside other members."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Mixture, kernels
from gaussmix.blocks import Block
from gaussmix.covariances.constraints import AddToDiagonal, Floor, NoConstraint
from gaussmix.em import e_step, m_step
from gaussmix.kernels import PlainRows, Rule
from gaussmix.kernels.common_axes import common_axes
from gaussmix.kernels.decomposition import decomposed
from gaussmix.model import Model

from ..support import DECOMPOSED, assert_close, random_dense, random_mixture
from .test_step import arrays_of, assert_untouched, whole

SEEDS = st.integers(0, 2**32 - 1)
each_family = pytest.mark.parametrize("family", DECOMPOSED, ids=lambda family: family.model)


def expected_log_likelihood(covariances, scatter, counts):
    """−½ Σ n_k (log |Σ_k| + tr Σ_k⁻¹ W_k / n_k) of matrices, or of variances along the columns."""
    if scatter.ndim == 2:
        return -0.5 * float((counts @ np.log(covariances)).sum() + (scatter / covariances).sum())
    trace = np.einsum("kij,kji->", np.linalg.inv(covariances), scatter)
    return -0.5 * float(counts @ np.linalg.slogdet(covariances)[1] + trace)


def problem(family, seed, K, D):
    """Scatter matrices of different sizes and shapes, their counts, and factors of covariances of the family."""
    rng = np.random.default_rng(seed)
    counts = rng.uniform(1.0, 50.0, K)
    dense = random_dense(rng, K, D, condition=100.0) * rng.uniform(0.1, 10.0, (K, 1, 1))
    framed = np.array(family.frame.of_dense(dense)) * family.frame.expand(counts)
    return framed, counts, random_mixture(rng, K, D, family).covariances.factors


@each_family
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_the_compiled_estimate_is_the_reference(native, family, seed, K, D, warm):
    scatter, counts, factors = problem(family, seed, K, D)
    begin = factors if warm else None
    expected = decomposed(scatter, counts, family.model, begin)
    found = np.array(scatter)
    assert native.decomposed(found, counts, family.model, begin)
    best, value = (expected_log_likelihood(array, scatter, counts) for array in (expected, found))
    if warm and family.model in ("EVE", "VVE"):
        # A few sweeps from axes far from the best ones are better than these, and end anywhere.
        before = expected_log_likelihood(family.frame.covariances(factors), scatter, counts)
        assert min(best, value) >= before - 1e-9 * abs(before)
        return
    assert_close(found, expected, rtol=1e-7)
    assert value == pytest.approx(best, rel=1e-9)


@each_family
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_no_member_of_the_family_is_better(family, seed, K, D):
    scatter, counts, _ = problem(family, seed, K, D)
    best = expected_log_likelihood(decomposed(scatter, counts, family.model), scatter, counts)
    rng = np.random.default_rng(seed)
    for _ in range(5):
        other = random_mixture(rng, K, D, family).covariances.in_frame()
        # The best multiple of a random member is a member.
        ratio = np.trace(
            np.linalg.solve(family.frame.dense(other), family.frame.dense(scatter)), axis1=1, axis2=2
        )
        other = other * (ratio.sum() / (D * counts.sum()))
        assert expected_log_likelihood(other, scatter, counts) <= best + 1e-9 * abs(best)


@pytest.mark.parametrize("equal_volume", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_the_axes_are_the_best_of_many_starts(equal_volume, seed):
    rng = np.random.default_rng(seed)
    family = next(f for f in DECOMPOSED if f.model == ("EVE" if equal_volume else "VVE"))
    scatter, counts, _ = problem(family, seed, 4, 3)
    best = expected_log_likelihood(decomposed(scatter, counts, family.model), scatter, counts)
    for _ in range(20):
        axes = common_axes(scatter, counts, equal_volume, np.linalg.qr(rng.standard_normal((3, 3)))[0])
        along = np.einsum("id,kij,jd->kd", axes, scatter, axes)
        powers = np.log(along).mean(axis=1)
        volumes = np.exp(powers).sum() / counts.sum() if equal_volume else np.exp(powers) / counts
        variances = along * (volumes / np.exp(powers))[:, None]
        other = expected_log_likelihood((axes * variances[:, None, :]) @ axes.T, scatter, counts)
        assert other <= best + 1e-3


@each_family
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(("K", "D"), [(1, 1), (1, 4), (3, 1), (2, 2), (3, 4), (5, 9)])
def test_an_iteration_is_an_e_step_and_an_m_step(native, family, weighted, K, D):
    rng = np.random.default_rng(K + D)
    mixture = random_mixture(rng, K, D, family)
    X = mixture.sample(400, rng)[0]
    weights = rng.integers(0, 3, 400).astype(float) if weighted else None
    constraint = Floor(np.atleast_2d(np.cov(X.T)), 1e-8)
    answer, arrays = whole(native, X, weights, mixture, family, constraint)
    moments = e_step(mixture.densities, Block(X, weights))
    after = m_step(moments, Model(family, constraint), mixture)
    assert answer[0] == 1
    assert answer[1] == pytest.approx(moments.log_likelihood, rel=1e-12)
    for found, expected in zip(arrays, arrays_of(after), strict=True):
        assert_close(found, expected, rtol=1e-6)


@each_family
def test_several_iterations_are_one_after_another(native, family):
    rng = np.random.default_rng(2)
    mixture = random_mixture(rng, 3, 4, family)
    X = mixture.sample(1000, rng)[0]
    terms = NoConstraint().terms(4, family.frame.full)
    at_once, one_by_one = arrays_of(mixture), arrays_of(mixture)
    answer = native.em_steps(PlainRows(X, None, None), at_once, Rule(*terms, 1.0, *family.pooling), 5)
    for _ in range(5):
        last = native.em_steps(PlainRows(X, None, None), one_by_one, Rule(*terms, 1.0, *family.pooling), 1)
    assert answer[0] == 5
    assert answer[1] == pytest.approx(last[1], rel=1e-9)
    for found, expected in zip(at_once, one_by_one, strict=True):
        assert_close(found, expected, rtol=1e-6)


@each_family
@pytest.mark.parametrize(
    "kind", ["an addition", "a floor that holds", "a constant column", "an empty component"]
)
def test_what_is_rare_is_left_alone(native, family, kind):
    rng = np.random.default_rng(0)
    X, constraint = rng.standard_normal((200, 2)), NoConstraint()
    means = np.eye(2)
    if kind == "an addition":
        constraint = AddToDiagonal(0.1)
    if kind == "a floor that holds":
        constraint = Floor(np.eye(2), 5.0)
    if kind == "a constant column":
        X[:, 1] = 5.0
    if kind == "an empty component":
        means = np.array([[0.0, 0.0], [1e6, 1e6]])
    mixture = Mixture.of(
        np.array([0.5, 0.5]), means, family.from_dense(np.stack([np.eye(2)] * 2), np.ones(2))
    )
    answer, arrays = whole(native, X, None, mixture, family, constraint)
    assert answer == (0, 0.0, 0.0)
    assert_untouched(arrays, mixture)


@pytest.mark.parametrize("model", [family.model for family in DECOMPOSED])
@pytest.mark.parametrize("scale", [1e-100, 1e-8, 1e8, 1e100])
def test_any_unit(model, scale):
    family = next(f for f in DECOMPOSED if f.model == model)
    scatter, counts, _ = problem(family, 3, 3, 3)
    found = kernels.decomposed(scatter * scale, counts, model)
    assert_close(found / scale, kernels.decomposed(scatter, counts, model), rtol=1e-7)


@pytest.mark.parametrize(
    "family", [f for f in DECOMPOSED if f.scales_columns], ids=lambda family: family.model
)
def test_a_unit_for_each_column(family):
    scatter, counts, _ = problem(family, 4, 3, 4)
    units = np.array([1e-8, 1.0, 1e8, 1e3])
    scaling = units * (units[:, None] if family.frame.full else units)
    found = kernels.decomposed(scatter * scaling, counts, family.model)
    assert_close(found / scaling, kernels.decomposed(scatter, counts, family.model), rtol=1e-9)
