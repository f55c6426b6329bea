"""Completion: complete rows instead of rows with missing values, measurement errors, labels and uniform noise.

Starts and the search need complete rows. These are draws of the true values given the observed ones and a mixture, each
weighted by its posterior probability of a Gaussian component (the S-step of stochastic EM).

References
----------
Celeux, G. and Diebolt, J. (1985). The SEM algorithm: a probabilistic teacher algorithm derived from the EM algorithm
for the mixture problem. Computational Statistics Quarterly 2, 73-82.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Diagonal, Family, Full, LowRankFactorAnalysers
from ..em import e_step, m_step
from ..engines import SerialEngine
from ..errors import SingularCovarianceError
from ..incomplete import conditional_draws
from ..kernels.censored_rows import Limits
from ..mixture import Mixture, TMixture
from ..model import Model
from ..sources import ArraySource
from .least_squares import least_squares
from .robust import one_t, without_outliers

__all__ = [
    "beyond_limits",
    "completed",
    "correlated",
    "exact_rows",
    "first_completion",
    "nearly_uncorrelated",
    "one_gaussian",
]

_PASSES = 30
"""EM iterations of the Gaussian for the first completion."""
_SMALL_CORRELATION = 0.1
"""Bound of the correlations beside which the likelihood may have maxima of both signs."""
_FEW_ROWS = 4
"""Rows for each column from which this Gaussian has a full covariance."""


def completed(block: Block, mixture: Mixture, rng: np.random.Generator, without_noise: bool = True) -> Block:
    """Return completed rows, drawn given a mixture; rows labelled as noise have no weight.

    Parameters
    ----------
    block : Block
        Rows (n, D).
    mixture : Mixture
    rng : numpy.random.Generator
    without_noise : bool
        Whether the rows are weighted by the probability of the Gaussian components.
    """
    gaussians = replace(mixture.densities, uniform=None)
    K = mixture.n_components
    allowed = None if block.allowed is None else block.allowed[:, :K]
    possible = np.asarray(np.ones(block.n_rows, dtype=bool) if allowed is None else allowed.any(axis=1))
    labelled = replace(block, allowed=None if allowed is None else np.where(possible[:, None], allowed, True))
    X = np.array(block.X, dtype=np.float64) if block.complete else conditional_draws(gaussians, labelled, rng)
    if block.exact and not block.complete:
        # A draw has the variance of the lower bound: beside a single value it would be taken for spread.
        least, most = np.fmin.reduce(block.X), np.fmax.reduce(block.X)
        X = np.where(least == most, least, X)
    weights = block.weights
    if mixture.uniform is not None:
        signal = np.ones(block.n_rows)
        if without_noise:
            signal -= mixture.responsibilities(block.X, block.noise)[:, K]
        if block.allowed is not None and block.allowed.shape[1] > K:
            signal[~block.allowed[:, K]] = 1.0
        weights = np.where(possible, signal, 0.0) * (1.0 if weights is None else weights)
    plain = Block(X, weights, block.start)
    return without_outliers(block, plain, mixture) if isinstance(mixture, TMixture) else plain


def first_completion(block: Block, model: Model, rng: np.random.Generator) -> Block:
    """Return completed rows, drawn given the Gaussian of all rows; rows labelled as noise have no weight.

    Parameters
    ----------
    block : Block
        Rows (n, D).
    model : Model
        With its constraint.
    rng : numpy.random.Generator
    """
    plain = replace(block, allowed=None)
    if model.bounds is not None and model.bounds.censoring is not None:
        plain = beyond_limits(plain, model.bounds.censoring, rng)
    if model.tails is not None or model.trimming is not None:
        exact = exact_rows(plain, model, rng)
        return completed(exact, one_t(exact, not model.frame.full), rng)
    if not block.complete:
        plain = completed(plain, one_gaussian(plain, model), rng)
    if model.uniform is None or block.allowed is None:
        return plain
    gaussian = np.asarray(block.allowed[:, :-1].any(axis=1), dtype=np.float64)
    return replace(plain, weights=gaussian if plain.weights is None else gaussian * plain.weights)


def exact_rows(block: Block, model: Model, rng: np.random.Generator) -> Block:
    """Return rows without measurement errors; projections are replaced by draws given the one Gaussian of all rows.

    Parameters
    ----------
    block : Block
        Rows (n, D), or projections (n, m).
    model : Model
    rng : numpy.random.Generator
    """
    if block.projections is not None:
        return completed(block, one_gaussian(block, model), rng)
    return replace(block, noise=None)


def beyond_limits(block: Block, limits: Limits, rng: np.random.Generator) -> Block:
    """Return rows with censored values at random distances beyond their limits.

    Equal values at a limit would be a component of their own.

    Parameters
    ----------
    block : Block
        Rows (n, D).
    limits : Limits
    rng : numpy.random.Generator
    """
    X = np.array(block.X, dtype=np.float64)
    reach = 0.5 * np.nanstd(X, axis=0) * np.abs(rng.standard_normal(X.shape))
    with np.errstate(invalid="ignore"):
        below, above = limits.lower >= X, limits.upper <= X
    X = np.where(below, limits.lower - reach, np.where(above, limits.upper + reach, X))
    return replace(block, X=X)


def _columns(block: Block) -> tuple[Floats, Floats]:
    """Return mean and variance of the observed values of each column, (D,)."""
    observed = ~np.isnan(block.X).all(axis=0)
    mean, variances = np.zeros(block.n_features), np.ones(block.n_features)
    mean[observed] = np.nanmean(block.X[:, observed], axis=0, dtype=np.float64)
    variances[observed] = np.nanvar(block.X[:, observed], axis=0, dtype=np.float64)
    return mean, np.maximum(variances, np.finfo(np.float64).tiny ** 0.5)


def one_gaussian(block: Block, whole: Model, passes: int = _PASSES) -> Mixture:
    """Return the Gaussian of maximum likelihood of incomplete rows, nearly.

    Parameters
    ----------
    block : Block
        Rows (n, D).
    whole : Model
        With its constraint; factor analysers of many columns are the family here too.
    passes : int, default=30
        EM iterations, from uncorrelated columns.
    """
    family: Family = Full() if block.n_rows >= _FEW_ROWS * block.n_features else Diagonal()
    projected = block.projections is not None
    mean, variances = least_squares(ArraySource.of(block), SerialEngine()) if projected else _columns(block)
    # A start below the bound of a constant column would be likelier than every mixture after it.
    start = family.from_dense(np.diag(whole.constraint.diagonal(variances[None])[0])[None], np.ones(1))
    if isinstance(whole.family, LowRankFactorAnalysers):
        family, start = whole.family, whole.family.origins(1)
    mixture, model = Mixture.of(np.ones(1), mean[None], start), Model(family, whole.constraint)
    for _ in range(passes):
        try:
            mixture = m_step(e_step(mixture.densities, block), model, mixture)
        except SingularCovarianceError:
            # A column that makes another almost constant, in a family that compares columns.
            break
    return mixture


def nearly_uncorrelated(gaussian: Mixture) -> bool:
    """Whether some columns of a Gaussian have a correlation of less than 0.1.

    Parameters
    ----------
    gaussian : Mixture
        Of one component.
    """
    covariance = gaussian.covariances.dense()[0]
    sd = np.sqrt(np.diagonal(covariance))
    size = np.abs(covariance) / np.outer(sd, sd)
    return bool((size < _SMALL_CORRELATION).any())


def correlated(gaussian: Mixture, sign: float) -> Mixture:
    """Return a Gaussian with its correlations moved halfway to ±1/2.

    Parameters
    ----------
    gaussian : Mixture
        Of one component.
    sign : {1.0, -1.0}
        Sign of the correlation of neighbouring columns; 1 stands for that of all columns.

    Examples
    --------
    >>> correlated(Mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.0], [0.0, 4.0]]]), -1.0).covariances.dense()[0]
    array([[ 1. , -0.5],
           [-0.5,  4. ]])
    """
    covariance = gaussian.covariances.dense()[0]
    sd = np.sqrt(np.diagonal(covariance))
    side = sign ** np.arange(len(sd))
    correlation = 0.5 * np.outer(side, side) + 0.5 * np.eye(len(sd))
    mixed = 0.5 * covariance + 0.5 * correlation * np.outer(sd, sd)
    return Mixture.of(gaussian.weights, gaussian.means, Full().from_dense(mixed[None], np.ones(1)))
