"""What several tests need: families, mixtures and tables to try, and ways to compare."""

from __future__ import annotations

import warnings
from contextlib import contextmanager

import numpy as np

from gaussmix import Decomposed, Diagonal, Full, GaussianMixture, Mixture, Spherical, Tied
from gaussmix.errors import GaussmixWarning

FAMILIES = (Full(), Diagonal(), Spherical(), Tied(Full()), Tied(Diagonal()), Tied(Spherical()))
NAMES = tuple(family.name for family in FAMILIES)
DECOMPOSED = tuple(map(Decomposed, ("VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV")))
"""The families between tied and free."""


def random_dense(rng, K, D, condition=10.0):
    """Covariances (K, D, D) with random axes and variances between 1 / condition and 1."""
    Q = np.linalg.qr(rng.standard_normal((K, D, D)))[0]
    variances = condition ** -rng.random((K, D))
    dense = np.einsum("kij,kj,klj->kil", Q, variances, Q)
    return 0.5 * (dense + dense.swapaxes(1, 2))


def random_mixture(rng, K, D, family, condition=10.0, spread=3.0):
    """A mixture of a family with random parameters."""
    weights = rng.uniform(0.2, 1.0, K)
    dense = random_dense(rng, K, D, condition)
    means = rng.uniform(-spread, spread, (K, D))
    return Mixture.of(weights / weights.sum(), means, family.from_dense(dense, weights / weights.sum()))


def clusters(rng, n, K, D, spread=6.0):
    """Rows (n, D) from K clusters of random shapes that overlap a little."""
    mixture = random_mixture(rng, K, D, Full(), spread=spread)
    return mixture.sample(n, rng)[0]


@contextmanager
def quiet():
    """Silence the library's own warnings and that of an unfinished fit; any other stays an error."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GaussmixWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def fit(X, K=2, *, sample_weight=None, **options):
    """Fit with plain EM from a k-means start and let the library's own warnings pass."""
    chosen = {"random_state": 0, "search": "off", "acceleration": "off", **options}
    with quiet():
        return GaussianMixture(K, **chosen).fit(X, sample_weight=sample_weight)


def assert_close(actual, expected, rtol=1e-9, atol=0.0, scale=None):
    """Compare arrays against the size of the largest entry (or ``scale``), as rounding does."""
    actual, expected = np.asarray(actual, dtype=float), np.asarray(expected, dtype=float)
    assert actual.shape == expected.shape
    size = np.max(np.abs(expected), initial=0.0) if scale is None else scale
    np.testing.assert_allclose(actual, expected, rtol=0.0, atol=rtol * size + atol)


def assert_same_moments(a, b, rtol=1e-9):
    """Compare moments to rounding; sums that cancel are compared against the size of what was summed."""
    assert a.frame == b.frame
    spread = np.sqrt(np.max(np.abs(b.second), initial=0.0) * max(b.total_weight, 1.0))
    assert_close(a.counts, b.counts, rtol, scale=max(b.total_weight, 1e-300))
    assert_close(a.first, b.first, rtol, scale=max(spread, 1e-300))
    assert_close(a.second, b.second, rtol)
    assert_close(a.log_likelihood, b.log_likelihood, rtol, scale=1.0 + abs(b.log_likelihood))
    assert_close(a.map_entropy, b.map_entropy, rtol, scale=1.0 + abs(b.map_entropy) + b.total_weight)
    assert_close(a.total_weight, b.total_weight, rtol)
