"""MAP adaptation of a background mixture to few rows, and scores of verification."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np

from ._types import Floats
from .blocks import Block
from .em import e_step
from .engines import SerialEngine
from .errors import InputError, InputTypeError
from .mixture import Mixture
from .moments import Moments
from .sources import ArraySource
from .validation import as_count, as_rows_with_holes, as_weights, is_number

__all__ = ["adapt", "linear_score", "log_likelihood_ratio"]

_PARAMETERS = ("weights", "means", "covariances")


def adapt(
    mixture: Mixture,
    X: Any,
    relevance: float = 16.0,
    *,
    parameters: str | Iterable[str] = ("means",),
    sample_weight: Any = None,
    max_iter: int = 1,
) -> Mixture:
    r"""Return a background mixture adapted to the rows of one source, such as a speaker.

    .. math:: \alpha_k = \frac{n_k}{n_k + \rho}, \quad
              \hat\mu_k = \alpha_k E_k(x) + (1 - \alpha_k) \mu_k, \quad
              \hat p_k \propto \alpha_k \frac{n_k}{n} + (1 - \alpha_k) p_k

    .. math:: \hat\Sigma_k = \alpha_k E_k(x x^T) + (1 - \alpha_k) (\Sigma_k + \mu_k \mu_k^T) - \hat\mu_k \hat\mu_k^T

    Parameters
    ----------
    mixture : Mixture
        The background, in D columns.
    X : (n, D) array
        The rows; NaN is a missing value.
    relevance : float, default=16.0
        ρ, the number of rows at which a component takes half of its parameters from the rows.
    parameters : {"weights", "means", "covariances", "all"} or several of them, default=("means",)
        The parameters that are adapted.
    sample_weight : (n,) array, optional
        Weights of the rows.
    max_iter : int, default=1
        Number of iterations; each begins with the responsibilities of the mixture so far.

    Returns
    -------
    Mixture
        The adapted mixture, with components in the order of the background's.

    Raises
    ------
    InputError
        If an argument is invalid, or the mixture has a uniform component or singular covariances.

    Examples
    --------
    >>> from gaussmix import Mixture, adapt
    >>> background = Mixture([0.5, 0.5], [[0.0], [8.0]], [1.0, 1.0])
    >>> adapt(background, [[1.0], [1.0], [1.0], [1.0]], relevance=4).means.round(2)
    array([[0.5],
           [8. ]])

    References
    ----------
    Reynolds, D. A., Quatieri, T. F. and Dunn, R. B. (2000). Speaker verification using adapted Gaussian mixture models.
    Digital Signal Processing 10, 19-41.
    """
    _check_gaussian(mixture, "background")
    chosen, rho = _chosen(parameters), _positive(relevance)
    source = ArraySource.of(_block(mixture, X, sample_weight))
    adapted = mixture
    for _ in range(as_count(max_iter, "max_iter")):
        moments = SerialEngine().sum(partial(e_step, adapted.densities, reference=mixture.means), source)
        adapted = _adapted(mixture, moments, rho, chosen)
    return adapted


def log_likelihood_ratio(model: Mixture, background: Mixture, X: Any, *, top: int | None = None) -> Floats:
    r"""Return the log-likelihood ratio of each row for a model against a background, log p(x) − log b(x).

    The mean over the rows is the score of verification: high where the rows come from the model's source.

    Parameters
    ----------
    model : Mixture
        Adapted from the background: component k of one corresponds to component k of the other.
    background : Mixture
        The mixture that the model was adapted from.
    X : (n, D) array
        Rows; NaN is a missing value.
    top : int, optional
        Number C of the components of largest weighted density under the background that both densities are summed over,
        for each row; all by default.

    Returns
    -------
    (n,) array
        Nats.

    Raises
    ------
    InputError
        If the mixtures differ in shape, or an argument is invalid.

    Examples
    --------
    >>> from gaussmix import Mixture, adapt, log_likelihood_ratio
    >>> background = Mixture([0.5, 0.5], [[0.0], [8.0]], [1.0, 1.0])
    >>> speaker = adapt(background, [[1.0]] * 16)
    >>> log_likelihood_ratio(speaker, background, [[1.0], [8.0]]).round(3)
    array([0.375, 0.   ])

    References
    ----------
    Reynolds, D. A., Quatieri, T. F. and Dunn, R. B. (2000). Speaker verification using adapted Gaussian mixture models.
    Digital Signal Processing 10, 19-41.
    """
    _check_alike(model, background)
    if top is None:
        return np.asarray(model.log_prob(X) - background.log_prob(X))
    C = as_count(top, "top")
    if background.n_components < C:
        raise InputError(
            f"top is {C}, and there are {background.n_components} components: give at most as many."
        )
    theirs = background.log_joint(X)
    best = np.argpartition(-theirs, C - 1, axis=1)[:, :C]
    sums = [
        np.logaddexp.reduce(np.take_along_axis(joint, best, axis=1), axis=1)
        for joint in (model.log_joint(X), theirs)
    ]
    return np.asarray(sums[0] - sums[1])


def linear_score(model: Mixture, background: Mixture, X: Any) -> float:
    r"""Return the linear score of rows, the first-order mean log-likelihood ratio.

    .. math:: \frac1n \sum_k (\hat\mu_k - \mu_k)^T \Sigma_k^{-1} \sum_i r_{ik} (x_i - \mu_k)

    Parameters
    ----------
    model : Mixture
        Adapted from the background.
    background : Mixture
        With the responsibilities r, the means μ and the covariances Σ.
    X : (n, D) array
        Rows; NaN is a missing value.

    Returns
    -------
    float
        Nats per row.

    Raises
    ------
    InputError
        If the mixtures differ in shape, or the rows are invalid.

    Examples
    --------
    >>> from gaussmix import Mixture, adapt, linear_score
    >>> background = Mixture([0.5, 0.5], [[0.0], [8.0]], [1.0, 1.0])
    >>> round(linear_score(adapt(background, [[1.0]] * 16), background, [[1.0]]), 3)
    0.5

    References
    ----------
    Glembek, O., Burget, L., Dehak, N., Brümmer, N. and Kenny, P. (2009). Comparison of scoring methods used in speaker
    recognition with joint factor analysis. ICASSP, 4057-4060.
    """
    _check_alike(model, background)
    moments = e_step(background.densities, _block(background, X, None))
    frame, factors = background.family.frame, background.covariances.factors
    shifts, sums = (
        frame.whiten(factors, rows[:, None, :])[:, 0]
        for rows in (model.means - background.means, moments.first)
    )
    return float((shifts * sums).sum() / moments.total_weight)


def _adapted(mixture: Mixture, moments: Moments, rho: float, chosen: frozenset[str]) -> Mixture:
    """Return the mixture of weighted averages of moments about its means, and its own parameters."""
    counts, family = moments.counts, mixture.family
    share = counts / (counts + rho)
    rows = np.where(moments.empty, 1.0, counts)
    shift = moments.first / rows[:, None]
    step = share[:, None] * shift if "means" in chosen else np.zeros_like(shift)
    weights, covariances = mixture.weights, mixture.covariances
    if "weights" in chosen:
        weights = share * counts / moments.total_weight + (1.0 - share) * weights
        weights = weights / weights.sum()
    if "covariances" in chosen:
        frame = family.frame
        cross = frame.outer(shift, step)
        about = moments.second / frame.expand(rows) - cross - frame.transpose(cross)
        mixed = frame.expand(share) * about + frame.expand(1.0 - share) * covariances.in_frame()
        covariances = family.nearest(mixed + frame.outer(step, step), weights)
    return Mixture.of(weights.copy(), mixture.means + step, covariances, mixture.feature_names)


def _block(mixture: Mixture, X: Any, sample_weight: Any) -> Block:
    rows, holes = as_rows_with_holes(
        X, n_features=mixture.n_features, min_rows=1, one_column=True, fitted=True
    )
    return Block(rows, as_weights(sample_weight, len(rows)), holes=holes)


def _chosen(parameters: Any) -> frozenset[str]:
    names = [parameters] if isinstance(parameters, str) else parameters
    names = list(names) if isinstance(names, Iterable) else [names]
    if names == ["all"]:
        return frozenset(_PARAMETERS)
    for name in names:
        if name not in _PARAMETERS:
            raise InputError(
                f"parameters has {name!r}: give some of {', '.join(map(repr, _PARAMETERS))}, or 'all'."
            )
    if not names:
        raise InputError(f"parameters is empty: give some of {', '.join(map(repr, _PARAMETERS))}, or 'all'.")
    return frozenset(names)


def _positive(relevance: Any) -> float:
    if not is_number(relevance):
        kind = type(relevance).__name__
        raise InputTypeError(f"relevance is {relevance!r} ({kind}): give a positive number of rows.")
    if not 0.0 < float(relevance) < math.inf:
        raise InputError(f"relevance is {relevance}: give a positive number of rows.")
    return float(relevance)


def _check_gaussian(mixture: Any, what: str) -> None:
    if not isinstance(mixture, Mixture):
        raise InputTypeError(
            f"the {what} is of type {type(mixture).__name__}: give a Mixture, such as the mixture_ of an estimator."
        )
    gaussian = mixture.densities.degrees is None and mixture.uniform is None
    if not gaussian or mixture.covariances.singular or mixture.covariances.frame.low_rank:
        raise InputError(
            f"the {what} has t distributions, a uniform component, singular covariances, or covariances of low rank: "
            "give a mixture of Gaussians with a density everywhere."
        )


def _check_alike(model: Any, background: Any) -> None:
    _check_gaussian(model, "model")
    _check_gaussian(background, "background")
    shapes = [mixture.means.shape for mixture in (model, background)]
    if shapes[0] != shapes[1]:
        raise InputError(
            f"the model has means of shape {shapes[0]}, and the background of shape {shapes[1]}: "
            "give a model adapted from this background."
        )
