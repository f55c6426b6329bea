"""Divergences without a closed form: by quadrature in one column, by randomised quasi-Monte Carlo in more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._types import Floats
from ..mixture import Estimate
from ..mixture.expectations import DRAWS, Sampler, expectation, proper_log_prob
from ..validation import as_generator
from .pairs import two_mixtures

__all__ = ["hellinger_distance", "jensen_shannon_divergence", "kl_divergence", "total_variation"]


def kl_divergence(p: Any, q: Any, draws: int = DRAWS, random_state: Any = 0) -> Estimate:
    r"""Return the Kullback-Leibler divergence of one mixture from another.

    .. math:: KL(p \,\|\, q) = \int p(x) \log \frac{p(x)}{q(x)} \, dx

    It is the loss of log-likelihood per row of p if the rows are described by q, and it is not symmetric. It has no
    closed form; :func:`kl_bounds` has bounds.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns.
    draws : int, default=65536
        Number of points in more than one column.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
        Source of random numbers.

    Returns
    -------
    Estimate
        The divergence in nats, with its standard error.

    Raises
    ------
    InputError
        If the columns differ, or covariances are singular.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> round(
    ...     float(divergences.kl_divergence(Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0]))),
    ...     6,
    ... )
    0.5

    References
    ----------
    Hershey, J. R. and Olsen, P. A. (2007). Approximating the Kullback Leibler divergence between Gaussian mixture
    models. ICASSP 2007, IV-317-IV-320.
    """
    first, second = two_mixtures(p, q, "kl_divergence")

    def ratio(x: Floats) -> Floats:
        return proper_log_prob(first, x) - proper_log_prob(second, x)

    return expectation(ratio, first, Sampler(draws, random_state), [second])


def jensen_shannon_divergence(p: Any, q: Any, draws: int = DRAWS, random_state: Any = 0) -> Estimate:
    r"""Return the Jensen-Shannon divergence of two mixtures, between 0 and log 2.

    .. math:: JS(p, q) = \tfrac12 KL(p \,\|\, m) + \tfrac12 KL(q \,\|\, m), \qquad m = \tfrac12 (p + q)

    Its square root is a metric.

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns.
    draws : int, default=65536
        Number of points in more than one column.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
        Source of random numbers.

    Returns
    -------
    Estimate
        The divergence in nats, with its standard error.

    Raises
    ------
    InputError
        If the columns differ, or covariances are singular.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> far = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[99.0]], [1.0])
    >>> round(float(divergences.jensen_shannon_divergence(*far)), 6)  # log 2
    0.693147

    References
    ----------
    Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Trans. Inf. Theory 37, 145-151.
    """

    def integrand(a: Floats, b: Floats) -> Floats:
        share = np.exp(a) / 2.0
        return np.asarray(share * a + (1.0 - share) * b)

    return _under_mean(p, q, integrand, "jensen_shannon_divergence", draws, random_state)


def total_variation(p: Any, q: Any, draws: int = DRAWS, random_state: Any = 0) -> Estimate:
    r"""Return the total variation distance of two mixtures, the largest difference of two probabilities of a set.

    .. math:: TV(p, q) = \tfrac12 \int |p(x) - q(x)| \, dx

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns.
    draws : int, default=65536
        Number of points in more than one column.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
        Source of random numbers.

    Returns
    -------
    Estimate
        The distance, between 0 and 1, with its standard error.

    Raises
    ------
    InputError
        If the columns differ, or covariances are singular.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0])
    >>> round(float(divergences.total_variation(*near)), 3)
    0.383
    """

    def integrand(a: Floats, b: Floats) -> Floats:
        return np.asarray(np.abs(np.exp(a) - np.exp(b)) / 2.0)

    return _under_mean(p, q, integrand, "total_variation", draws, random_state)


def hellinger_distance(p: Any, q: Any, draws: int = DRAWS, random_state: Any = 0) -> Estimate:
    r"""Return the Hellinger distance of two mixtures.

    .. math:: H(p, q)^2 = 1 - \int \sqrt{p(x) \, q(x)} \, dx

    Parameters
    ----------
    p, q : Mixture or fitted estimator
        Two distributions of the same columns.
    draws : int, default=65536
        Number of points in more than one column.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=0
        Source of random numbers.

    Returns
    -------
    Estimate
        The distance H, between 0 and 1, with its standard error.

    Raises
    ------
    InputError
        If the columns differ, or covariances are singular.

    Examples
    --------
    >>> from gaussmix import Mixture, divergences
    >>> near = Mixture([1.0], [[0.0]], [1.0]), Mixture([1.0], [[1.0]], [1.0])
    >>> round(float(divergences.hellinger_distance(*near)), 6)
    0.342787
    """

    def integrand(a: Floats, b: Floats) -> Floats:
        # (√p − √q)² / (2 m): without cancellation where the densities are nearly equal.
        return np.asarray((np.exp(a / 2.0) - np.exp(b / 2.0)) ** 2 / 2.0)

    square = _under_mean(p, q, integrand, "hellinger_distance", draws, random_state)
    root = float(np.sqrt(max(square.value, 0.0)))
    error = square.standard_error / (2.0 * root) if root > 0 else float(np.sqrt(square.standard_error))
    return Estimate(root, error)


def _under_mean(
    p: Any, q: Any, integrand: Callable[[Floats, Floats], Floats], what: str, draws: Any, random_state: Any
) -> Estimate:
    """Return the mean of a function of log p/m and log q/m under m = (p + q) / 2."""
    first, second = two_mixtures(p, q, what)

    def function(x: Floats) -> Floats:
        a, b = proper_log_prob(first, x), proper_log_prob(second, x)
        middle = np.logaddexp(a, b) - np.log(2.0)
        return integrand(a - middle, b - middle)

    sampler = Sampler(draws, as_generator(random_state))
    parts = [
        expectation(function, *each) for each in ((first, sampler, [second]), (second, sampler, [first]))
    ]
    value = 0.5 * (parts[0].value + parts[1].value)
    error = 0.5 * float(np.hypot(parts[0].standard_error, parts[1].standard_error))
    return Estimate(value, error)
