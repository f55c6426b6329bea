"""scipy.stats.multivariate_normal: densities, also of singular covariances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gaussmix import Diagonal, Full, Mixture, Tied
from gaussmix.errors import SingularCovarianceError

from ..support import FAMILIES, NAMES, random_mixture


def scipy_log_joint(mixture, X, **options):
    columns = [
        np.log(weight) + multivariate_normal(mean, matrix, **options).logpdf(X)
        for weight, mean, matrix in zip(
            mixture.weights, mixture.means, mixture.covariances.dense(), strict=True
        )
    ]
    return np.stack([np.reshape(column, len(X)) for column in columns], axis=1)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize(("K", "D"), [(1, 1), (3, 1), (2, 2), (4, 5), (3, 20)])
def test_densities(family, K, D):
    rng = np.random.default_rng(K + 100 * D)
    mixture = random_mixture(rng, K, D, family, condition=1e4)
    X = rng.standard_normal((50, D)) * 4
    joint = scipy_log_joint(mixture, X)
    np.testing.assert_allclose(mixture.log_joint(X), joint, rtol=1e-8)
    np.testing.assert_allclose(mixture.log_prob(X), logsumexp(joint, axis=1), rtol=1e-8)
    np.testing.assert_allclose(mixture.pdf(X), np.exp(logsumexp(joint, axis=1)), rtol=1e-6)
    np.testing.assert_allclose(mixture.joint(X), np.exp(joint), rtol=1e-6)
    np.testing.assert_allclose(
        mixture.responsibilities(X), np.exp(joint - logsumexp(joint, axis=1)[:, None]), rtol=1e-6, atol=1e-12
    )


def rank_deficient(rank, scale=1.0):
    """A mixture of two components of a rank in four dimensions, and rows on and off its supports."""
    rng = np.random.default_rng(rank)
    roots, means = rng.standard_normal((2, 4, rank)), rng.standard_normal((2, 4))
    noise = rng.standard_normal((2, 5, rank))
    X = np.concatenate([*(means[:, None] + noise @ roots.swapaxes(1, 2)), rng.standard_normal((5, 4)), means])
    dense = roots @ roots.swapaxes(1, 2) * scale**2
    return Mixture([0.3, 0.7], means * scale, dense, allow_singular=True), X * scale


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_rank_deficient(rank):
    mixture, X = rank_deficient(rank)
    expected = scipy_log_joint(mixture, X, allow_singular=True)
    found = mixture.log_joint(X)
    assert np.array_equal(np.isneginf(found), np.isneginf(expected))
    assert np.isneginf(expected).sum() >= 20  # 5 rows off both supports, 12 off one of the two
    assert np.isfinite(expected).sum() == 12
    kept = np.isfinite(expected)
    np.testing.assert_allclose(found[kept], expected[kept], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(mixture.log_prob(X), logsumexp(expected, axis=1), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("scale", [1e-100, 1e-6, 1e6, 1e100])
def test_rank_deficient_in_other_units(rank, scale):
    # scipy's bound on the distance from the support is in squared units, so it is no oracle here.
    mixture, X = rank_deficient(rank)
    moved, Y = rank_deficient(rank, scale)
    expected = mixture.log_joint(X) - rank * np.log(scale)
    np.testing.assert_allclose(moved.log_joint(Y), expected, rtol=1e-7, atol=1e-6)


def test_rank_zero_is_a_point():
    mixture = Mixture([1.0], [[2.0, 3.0]], np.zeros((1, 2, 2)), allow_singular=True)
    assert mixture.log_prob([[2.0, 3.0], [2.0, 3.5]]).tolist() == [0.0, -np.inf]
    assert mixture.sample(3, random_state=0)[0].tolist() == [[2.0, 3.0]] * 3


def test_rows_off_every_support_have_density_zero_and_no_nan():
    mixture = Mixture(
        [0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [[[1.0, 0.0], [0.0, 0.0]]] * 2, allow_singular=True
    )
    X = [[0.0, 5.0], [3.0, 0.0], [3.0, 1.0]]
    assert np.array_equal(mixture.pdf(X) > 0, [False, True, True])
    assert np.array_equal(mixture.predict(X)[1:], [0, 1])
    shares = mixture.responsibilities(X)
    # Nothing tells the components apart at the first row but their weights.
    np.testing.assert_allclose(shares, [[0.5, 0.5], [1, 0], [0, 1]])


@pytest.mark.parametrize("allow_singular", [False, True])
def test_a_negative_eigenvalue_is_refused(allow_singular):
    with pytest.raises(SingularCovarianceError, match="component 1"):
        Mixture(
            [0.5, 0.5], np.zeros((2, 2)), [np.eye(2), [[1.0, 2.0], [2.0, 1.0]]], allow_singular=allow_singular
        )


def test_a_singular_covariance_names_its_component():
    matrices = [np.eye(3), np.diag([1.0, 0.0, 1.0])]
    with pytest.raises(SingularCovarianceError, match="component 1"):
        Mixture([0.5, 0.5], np.zeros((2, 3)), matrices)
    for diagonal in ([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]], [[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]]):
        with pytest.raises(SingularCovarianceError, match="component 1, column 1"):
            Mixture([0.5, 0.5], np.zeros((2, 3)), diagonal)


def test_singular_of_every_family():
    X = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 1.0]]
    diagonal, tied, tied_diagonal = [[1.0, 0.0], [2.0, 0.0]], [[4.0, 2.0], [2.0, 1.0]], [1.0, 0.0]
    families = {Diagonal(): diagonal, Tied(Full()): tied, Tied(Diagonal()): tied_diagonal}
    for family, array in families.items():
        mixture = Mixture([0.5, 0.5], np.zeros((2, 2)), array, family=family, allow_singular=True)
        expected = scipy_log_joint(mixture, np.array(X), allow_singular=True)
        np.testing.assert_allclose(mixture.log_prob(X), logsumexp(expected, axis=1), rtol=1e-9)


def test_sampling_from_a_singular_mixture_stays_on_the_support():
    root = np.array([[1.0], [2.0], [3.0]])
    mixture = Mixture([1.0], [[5.0, 5.0, 5.0]], [root @ root.T], allow_singular=True)
    X, _ = mixture.sample(100, random_state=0)
    steps = (X - 5.0) / root.T
    np.testing.assert_allclose(steps, np.tile(steps[:, :1], 3), atol=1e-7)
    assert np.isfinite(mixture.log_prob(X)).all()
