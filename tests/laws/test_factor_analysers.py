"""Laws of factor analysers: the Woodbury identity, limits in the number of factors, ascent; in few and many columns."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaussmix
from gaussmix import FactorAnalysers, GaussianMixture, Mixture
from gaussmix.blocks import Block
from gaussmix.covariances import (
    DiagonalCovariances,
    FactorCovariances,
    LowRankFactorAnalysers,
    principal_factors,
)
from gaussmix.covariances.constraints import Floor
from gaussmix.em import e_step, given_step, m_step
from gaussmix.frames import FullFrame
from gaussmix.kernels import active, low_rank
from gaussmix.model import Model

from ..support import assert_close, clusters, quiet

SEEDS = st.integers(0, 2**32 - 1)
CODES = ("UUU", "UUC", "UCU", "UCC", "CUU", "CUC", "CCU", "CCC")


def factors(rng, K, D, q, strength=1.0):
    """Random covariances of low rank beside noise."""
    noise = DiagonalCovariances(rng.uniform(0.2, 2.0, (K, D)))
    return FactorCovariances.rotated(strength * rng.standard_normal((K, D, q)), noise)


def mixture_of(rng, K, D, q, spread=2.0, strength=1.0):
    """A random mixture of factor analysers."""
    weights = rng.uniform(0.3, 1.0, K)
    means = spread * rng.standard_normal((K, D))
    return Mixture.of(weights / weights.sum(), means, factors(rng, K, D, q, strength))


def dense(mixture):
    """The same mixture with covariances as matrices."""
    return Mixture(mixture.weights, mixture.means, mixture.covariances.dense())


@given(
    SEEDS,
    st.integers(41, 70),
    st.integers(0, 4),
    st.sampled_from([0.0, 3.0, 1e3]),
    st.sampled_from([0.5, 30.0]),
)
@settings(max_examples=20)
def test_densities_by_woodbury_are_those_of_the_matrices(seed, D, q, spread, strength):
    rng = np.random.default_rng(seed)
    mixture = mixture_of(rng, 3, D, q, spread, strength)
    X, _ = mixture.sample(50, rng)
    matrices = dense(mixture)
    # Distances to components far away are large, and equal to so many digits.
    assert_close(mixture.log_prob(X), matrices.log_prob(X), rtol=1e-10)
    assert_close(mixture.log_joint(X), matrices.log_joint(X), rtol=1e-9)
    assert_close(mixture.responsibilities(X), matrices.responsibilities(X), rtol=1e-8, atol=1e-9)
    assert (mixture.predict(X) == matrices.predict(X)).all()
    assert_close(mixture.covariances.precisions(), np.linalg.inv(mixture.covariances.dense()), rtol=1e-7)
    assert_close(mixture.covariance(), matrices.covariance(), rtol=1e-12)


@given(SEEDS, st.booleans())
@settings(max_examples=15)
def test_moments_are_projections_of_those_of_the_matrices(seed, weighted):
    rng = np.random.default_rng(seed)
    K, D, q = 3, 45, 2
    mixture = mixture_of(rng, K, D, q, spread=0.3)
    X, _ = mixture.sample(200, rng)
    weights = rng.uniform(0.0, 2.0, 200) if weighted else None
    moments = e_step(mixture.densities, Block(X, weights), mixture.means + 0.1)
    expected = e_step(dense(mixture).densities, Block(X, weights), mixture.means + 0.1)
    G = mixture.covariances.basis
    assert_close(moments.counts, expected.counts, rtol=1e-9)
    assert_close(moments.first, expected.first, rtol=1e-8, atol=1e-9)
    assert_close(moments.second[..., 0], FullFrame().diagonal(expected.second), rtol=1e-8)
    assert_close(moments.second[..., 1:], expected.second @ G, rtol=1e-7, atol=1e-8)
    assert moments.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-11)
    assert moments.map_entropy == pytest.approx(expected.map_entropy, rel=1e-6, abs=1e-9)
    again = moments.recentre(mixture.means - 1.0).recentre(moments.reference)
    assert_close(again.second, moments.second, rtol=1e-9, atol=1e-9)
    halves = [Block(X, weights).take(slice(*ends)) for ends in ((0, 77), (77, 200))]
    parts = [e_step(mixture.densities, half, moments.reference) for half in halves]
    assert_close((parts[0] + parts[1]).second, moments.second, rtol=1e-11, atol=1e-10)


@given(SEEDS, st.sampled_from(CODES), st.sampled_from([6, 43]), st.booleans())
@settings(max_examples=30)
def test_the_objective_ascends(seed, code, D, weighted):
    rng = np.random.default_rng(seed)
    X, _ = mixture_of(rng, 3, D, 2, spread=1.0).sample(150, rng)
    weights = rng.uniform(0.1, 3.0, 150) if weighted else None
    block = Block(X, weights)
    family = FactorAnalysers(2, *_options(code))
    if D > 30:
        w = np.ones(150) if weights is None else weights
        family = LowRankFactorAnalysers(family, principal_factors(X, w, family))
    model = Model(family, Floor(np.diag(X.var(axis=0)) if D < 30 else X.var(axis=0)))
    r = rng.dirichlet(np.ones(2), 150) * (1.0 if weights is None else weights[:, None])
    mixture = m_step(given_step(r, block, X[:2].copy(), model.moment_frame(2)), model)
    before = -np.inf
    for _ in range(15):
        moments = e_step(mixture.densities, block)
        assert moments.mean_log_likelihood >= before - 1e-9 * abs(before) if np.isfinite(before) else True
        before = moments.mean_log_likelihood
        mixture = m_step(moments, model, mixture)


def _options(code):
    noise = {"UU": "diag", "UC": "spherical", "CU": "tied-diag", "CC": "tied-spherical"}
    return {"U": "free", "C": "shared"}[code[0]], noise[code[1:]]


@pytest.mark.parametrize(
    ("code", "plain"),
    [("UUU", "diag"), ("UUC", "spherical"), ("UCU", "tied-diag"), ("CCC", "tied-spherical")],
)
@pytest.mark.parametrize("D", [3, 45])
def test_no_factor_is_the_noise_by_itself(code, plain, D):
    X, _ = mixture_of(np.random.default_rng(1), 2, D, 1, spread=6.0).sample(200, 0)
    options = {"search": "off", "tol": 0, "max_iter": 30, "random_state": 0}
    with quiet():
        ours = GaussianMixture(2, covariance_type=f"{code}-0", **options).fit(X)
        theirs = GaussianMixture(2, covariance_type=plain, **options).fit(X)
    assert ours.score(X) == pytest.approx(theirs.score(X), abs=1e-6)
    assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-8)


@pytest.mark.parametrize("code", ["UUU", "UUC"])
def test_as_many_factors_as_columns_are_full_covariances(code):
    X = clusters(np.random.default_rng(2), 400, 3, 4)
    full = GaussianMixture(3, random_state=0).fit(X)
    with quiet():
        ours = GaussianMixture(
            3, covariance_type=f"{code}-4", init_params=full.mixture_, max_iter=500, tol=1e-9
        ).fit(X)
    assert ours.score(X) == pytest.approx(full.score(X), abs=2e-4)
    assert ours.mixture_.n_parameters == full.mixture_.n_parameters


@pytest.mark.parametrize("D", [5, 60])
@pytest.mark.parametrize("q", [1, 3])
def test_one_probabilistic_pca_is_the_closed_form(D, q):
    """σ² is the mean of the eigenvalues left over, and Λ = U (L − σ²)^½ (Tipping & Bishop 1999, eq. 7 and 8)."""
    rng = np.random.default_rng(D + q)
    X = rng.standard_normal((300, D)) @ np.diag(np.linspace(3.0, 0.5, D)) + rng.standard_normal(D)
    values, vectors = np.linalg.eigh(np.cov(X.T, bias=True))
    left = values[: D - q].mean()
    loadings = vectors[:, D - q :] * np.sqrt(values[D - q :] - left)
    with quiet():
        model = GaussianMixture(1, covariance_type=f"UUC-{q}", tol=1e-12, max_iter=5000).fit(X)
    expected = loadings @ loadings.T + left * np.eye(D)
    assert model.score(X) == pytest.approx(
        Mixture([1.0], [X.mean(axis=0)], expected[None]).log_prob(X).mean(), abs=1e-8
    )
    assert_close(model.covariances_[0], expected, atol=1e-2 if D > 30 else 1e-4)


@pytest.mark.parametrize("D", [4, 50])
def test_samples_have_the_covariance(D):
    mixture = mixture_of(np.random.default_rng(3), 1, D, 2)
    X, _ = mixture.sample(40_000, 1)
    truth = mixture.covariances.dense()[0]
    assert np.abs(np.cov(X.T) - truth).max() < 0.05 * truth.diagonal().max()


@pytest.mark.parametrize("D", [6, 44])
def test_conditionals_and_marginals_stay_factor_analysers(D):
    mixture = mixture_of(np.random.default_rng(4), 2, D, 2)
    columns = [0, 3, 5]
    given_ = mixture.condition(columns, [0.1, -0.2, 0.3])
    expected = dense(mixture).condition(columns, [0.1, -0.2, 0.3])
    assert_close(given_.means, expected.means, rtol=1e-9)
    assert_close(given_.covariances.dense(), expected.covariances.dense(), rtol=1e-9)
    assert_close(given_.weights, expected.weights, rtol=1e-7)
    assert given_.family == FactorAnalysers(2)
    assert_close(
        mixture.marginal(columns).covariances.dense(), dense(mixture).marginal(columns).covariances.dense()
    )


@pytest.mark.parametrize("D", [5, 48])
def test_files_and_pickles_lead_back(D, tmp_path):
    X, _ = mixture_of(np.random.default_rng(5), 2, D, 2, spread=4.0).sample(200, 0)
    for name in ("UUU-2", "CUC-1", "UCC-0"):
        with quiet():
            model = GaussianMixture(2, covariance_type=name, random_state=0).fit(X)
        path = tmp_path / f"{name}.safetensors"
        model.save(path)
        assert gaussmix.load(path).mixture_ == model.mixture_
        assert pickle.loads(pickle.dumps(model)).mixture_ == model.mixture_
        model.mixture_.save(path)
        assert gaussmix.load(path) == model.mixture_
        assert model.covariances_.shape == (2, D, D)
        assert_close(model.precisions_ @ model.covariances_, np.tile(np.eye(D), (2, 1, 1)), atol=1e-6)


def test_passes_are_those_of_the_reference_kernel_for_float32_and_remote_rows():
    rng = np.random.default_rng(6)
    mixture = mixture_of(rng, 2, 41, 2)
    X = mixture.sample(40, rng)[0].astype(np.float32)
    X[0] *= 1e6
    assert_close(
        low_rank.log_joint(X, *mixture.densities.arrays),
        active.log_joint(X, *dense(mixture).densities.arrays),
        rtol=1e-6,
    )
    assert np.isfinite(low_rank.responsibilities(X * np.float32(1e30), *mixture.densities.arrays)).all()


@given(SEEDS, st.booleans(), st.booleans())
@settings(max_examples=15)
def test_incomplete_rows_have_the_moments_that_matrices_give(seed, holes, errors):
    rng = np.random.default_rng(seed)
    mixture = mixture_of(rng, 2, 42, 2, spread=0.5)
    X, _ = mixture.sample(30, rng)
    if holes:
        X[rng.random(X.shape) < 0.4] = np.nan
        X[0] = np.nan
    noise = rng.uniform(0.0, 1.0, X.shape) if errors else None
    if errors:
        noise[rng.random(X.shape) < 0.3] = 0.0
    weights = rng.uniform(0.0, 2.0, 30)
    allowed = rng.random((30, 2)) < 0.8
    allowed[~allowed.any(axis=1)] = True
    block = Block(X, weights, noise=noise, allowed=allowed, holes=holes)
    reference = mixture.means + 0.2
    moments = e_step(mixture.densities, block, reference)
    expected = e_step(dense(mixture).densities, block, reference)
    G = mixture.covariances.basis
    assert_close(moments.counts, expected.counts, rtol=1e-8, atol=1e-12)
    assert_close(moments.first, expected.first, rtol=1e-7, atol=1e-9)
    assert_close(moments.second[..., 0], FullFrame().diagonal(expected.second), rtol=1e-7)
    assert_close(moments.second[..., 1:], expected.second @ G, rtol=1e-6, atol=1e-8)
    assert moments.log_likelihood == pytest.approx(expected.log_likelihood, rel=1e-10)
    assert_close(mixture.log_prob(X, noise), dense(mixture).log_prob(X, noise), rtol=1e-9, atol=1e-9)
