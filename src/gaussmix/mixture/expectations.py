"""Expected values under mixtures: by quadrature in one column, by randomised quasi-Monte Carlo in more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from .._types import Floats, Rows
from ..errors import InputError
from ..validation import as_count, as_generator

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["DRAWS", "Estimate", "Sampler", "expectation", "proper_log_prob"]

DRAWS = 1 << 16
"""Number of points by default."""
_REPLICATES = 16
_MOST_DIMENSIONS = 21_201
"""Dimensions of the Sobol sequence in scipy."""
_SOBOL: Any = qmc.Sobol
_RANDOM = "rng" if "rng" in signature(qmc.Sobol).parameters else "seed"
"""The name of the argument for random numbers in this version of scipy."""
_MOST_PANELS = 20_000
_PIECE = 1 << 15
_REACH = 10
"""The interval of quadrature around each mean, in standard deviations: beyond it is a probability of 1e-23."""


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error.

    Parameters
    ----------
    value : float
        The estimate itself; ``float`` returns it.
    standard_error : float
        Its standard error, of independent randomisations; in one column the difference of two quadrature rules.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> entropy = Mixture([1.0], [[0.0]], [1.0]).entropy()
    >>> round(float(entropy), 6)
    1.418939
    """

    value: float
    standard_error: float

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        error = self.standard_error
        # Two digits of the error, and the value to the same decimals.
        known = np.isfinite([error, self.value]).all() and error > 1e-12 * abs(self.value)
        decimals = max(1 - int(np.floor(np.log10(error))), 0) if known else 12
        return f"Estimate({round(self.value, decimals)!r}, standard_error={error:.2g})"


@dataclass(frozen=True)
class Sampler:
    """The number of points of an estimate, and the source of their randomisation.

    Parameters
    ----------
    draws : int
        Number of points, rounded up to 16 powers of two.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        Source of random numbers.
    """

    draws: Any = DRAWS
    random_state: Any = 0

    def replicates(self, mixture: Mixture) -> Floats:
        """Return independent sets of points of a mixture, (R, m, D), each of a scrambled Sobol sequence."""
        count = as_count(self.draws, "draws", least=_REPLICATES)
        rng, D = as_generator(self.random_state), mixture.n_features
        exponent = max(int(np.ceil(np.log2(count / _REPLICATES))), 0)
        if D + 1 > _MOST_DIMENSIONS:
            points, _ = mixture.sample(_REPLICATES << exponent, rng)
        else:
            sets = [_SOBOL(D + 1, **{_RANDOM: rng}).random_base2(exponent) for _ in range(_REPLICATES)]
            points = _points(mixture, np.concatenate(sets))
        return points.reshape(_REPLICATES, -1, D)


def expectation(
    function: Callable[[Floats], Floats],
    mixture: Mixture,
    sampler: Sampler,
    others: Sequence[Mixture] = (),
) -> Estimate:
    """Return the expected value of a function of rows under a mixture.

    Parameters
    ----------
    function : callable
        From rows (m, D) to values (m,).
    mixture : Mixture
        The distribution of the rows.
    sampler : Sampler
        The points in more than one column.
    others : sequence of Mixture
        The mixtures in the function, whose components need nodes of quadrature.
    """
    if mixture.covariances.singular:
        raise InputError(
            "singular covariances have no density in all columns: give a mixture with regular ones."
        )
    if mixture.n_features == 1:
        edges = _panel_edges([mixture, *others])
        if len(edges) <= _MOST_PANELS:
            fine, coarse = (_by_quadrature(function, mixture, edges, nodes) for nodes in (20, 14))
            return Estimate(fine, abs(fine - coarse))
    sets = sampler.replicates(mixture)
    means = _values(function, sets.reshape(-1, mixture.n_features)).reshape(sets.shape[:2]).mean(axis=1)
    with np.errstate(invalid="ignore"):
        error = float(means.std(ddof=1) / np.sqrt(len(means)))
    return Estimate(float(means.mean()), error)


def _values(function: Callable[[Floats], Floats], points: Floats) -> Floats:
    starts = range(0, len(points), _PIECE)
    return np.concatenate([function(points[start : start + _PIECE]) for start in starts])


def proper_log_prob(mixture: Mixture, X: Rows) -> Floats:
    """Return the log-density, with that of a uniform component only in its box, where its samples are.

    Parameters
    ----------
    X : (n, D) array
        Complete rows.
    """
    log_density, box = mixture.log_prob(X), mixture.uniform
    if box is not None:
        outside = ((box.lower > X) | (box.upper < X)).any(axis=1)
        if outside.any():
            gaussian = mixture.take(range(mixture.n_components))
            log_density[outside] = gaussian.log_prob(X[outside]) + np.log1p(-box.weight)
    return log_density


def _points(mixture: Mixture, unit: Floats) -> Floats:
    """Return rows of a mixture for points of the unit cube (m, 1 + D): the first coordinate chooses the component."""
    unit = np.clip(unit, 2.0**-40, 1.0 - 2.0**-40)
    below = np.cumsum(mixture.weights)
    labels = np.searchsorted(below, unit[:, 0], side="right")
    scattered = labels >= mixture.n_components if mixture.uniform is not None else np.zeros(len(unit), bool)
    chosen = np.minimum(labels, np.flatnonzero(mixture.weights > 0)[-1])
    points = mixture.means[chosen] + mixture.covariances.colorize(ndtri(unit[:, 1:]), chosen)
    if mixture.uniform is not None:
        box = mixture.uniform
        points[scattered] = box.lower + unit[scattered, 1:] * (box.upper - box.lower)
    return np.asarray(points)


def _panel_edges(mixtures: Sequence[Mixture]) -> Floats:
    """Return the limits of the panels of quadrature: every standard deviation around each mean."""
    edges = []
    for mixture in mixtures:
        deviations = np.sqrt(mixture.covariances.variances())
        edges.append((mixture.means + deviations * np.arange(-_REACH, _REACH + 1)).ravel())
        if mixture.uniform is not None:
            edges.append(np.concatenate([mixture.uniform.lower, mixture.uniform.upper]))
    return np.unique(np.concatenate(edges))


def _by_quadrature(
    function: Callable[[Floats], Floats], mixture: Mixture, edges: Floats, nodes: int
) -> float:
    """Return ∫ p(x) f(x) dx by Gauss-Legendre quadrature in each panel."""
    places, weights = np.polynomial.legendre.leggauss(nodes)
    half = np.diff(edges)[:, None] / 2.0
    x = ((edges[:-1] + edges[1:])[:, None] / 2.0 + half * places).reshape(-1, 1)
    share = (half * weights).ravel() * np.exp(proper_log_prob(mixture, x))
    values = _values(function, x)
    # Where the density is zero in float64, the function may be infinite.
    return float(share[share > 0] @ values[share > 0])
