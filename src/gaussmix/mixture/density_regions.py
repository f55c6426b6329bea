"""Highest-density regions: where the density of a mixture is above a threshold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..errors import InputError, InputTypeError
from ..validation import as_rows
from .expectations import Sampler, proper_log_prob

if TYPE_CHECKING:
    from .value import Mixture

__all__ = ["HighestDensityRegion", "region_of"]

_STEPS = np.linspace(-9.0, 9.0, 181)
_HALVINGS = 80


@dataclass(frozen=True, eq=False, repr=False)
class HighestDensityRegion:
    r"""The smallest region of a given probability, {x : log p(x) ≥ c}.

    Parameters
    ----------
    mixture : Mixture
        The distribution p.
    level : float
        The probability of the region.
    log_threshold : float
        The threshold c of the log-density, in nats.
    standard_error : float
        The standard error of the threshold; zero in one column.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> Mixture([1.0], [[0.0]], [1.0]).highest_density_region(0.95).intervals.round(4)
    array([[-1.96,  1.96]])
    """

    mixture: Mixture
    level: float
    log_threshold: float
    standard_error: float

    def contains(self, X: Any) -> NDArray[np.bool_]:
        """Return whether points lie in the region.

        Parameters
        ----------
        X : (n, D) array
            Points, in the units of the columns.

        Returns
        -------
        (n,) array of bool
            True within the region.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([1.0], [[0.0]], [1.0]).highest_density_region(0.95).contains([[0.0], [2.0]])
        array([ True, False])
        """
        rows = as_rows(X, n_features=self.mixture.n_features, min_rows=0, one_column=True, fitted=True)
        return np.asarray(proper_log_prob(self.mixture, rows) >= self.log_threshold)

    @cached_property
    def intervals(self) -> Floats:
        """The intervals of the region in one column, (m, 2), in its units.

        Raises
        ------
        InputError
            If there are several columns.
        """
        if self.mixture.n_features != 1:
            raise InputError(
                f"intervals need a mixture of one column, and this has {self.mixture.n_features}: use contains."
            )
        return _Line(self.mixture).intervals(self.log_threshold)

    def __repr__(self) -> str:
        return (
            f"<HighestDensityRegion: probability {self.level:g}, log-density ≥ {self.log_threshold:.6g}"
            f"{f' ± {self.standard_error:.1g}' if self.standard_error else ''}>"
        )


class _Line:
    """The log-density of one column on a grid that resolves each component."""

    def __init__(self, mixture: Mixture) -> None:
        self.mixture = mixture
        deviations = np.sqrt(mixture.covariances.variances())
        x = (mixture.means + deviations * _STEPS).ravel()
        if mixture.uniform is not None:
            x = np.concatenate([x, mixture.uniform.lower, mixture.uniform.upper])
        self.x = np.unique(x)
        self.log_density = self._log_prob(self.x)

    def _log_prob(self, x: Floats) -> Floats:
        return proper_log_prob(self.mixture, x[:, None])

    def intervals(self, log_threshold: float) -> Floats:
        inside = np.concatenate([[False], self.log_density >= log_threshold, [False]])
        changes = np.flatnonzero(inside[1:] != inside[:-1])
        ends = np.pad(self.x, 1, mode="edge")
        low, high, rising = ends[changes], ends[changes + 1], ~inside[changes]
        for _ in range(_HALVINGS):
            middle = 0.5 * low + 0.5 * high
            above = self._log_prob(middle) >= log_threshold
            low, high = np.where(above == rising, low, middle), np.where(above == rising, middle, high)
        return np.where(rising, high, low).reshape(-1, 2)

    def probability(self, log_threshold: float) -> float:
        ends = self.intervals(log_threshold)
        return float((self.mixture.cdf(ends[:, 1]) - self.mixture.cdf(ends[:, 0])).sum())

    def threshold(self, level: float) -> float:
        low, high = float(self.log_density.min()), float(self.log_density.max())
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            if self.probability(middle) >= level:
                low = middle
            else:
                high = middle
        return low


def region_of(mixture: Mixture, level: Any, sampler: Sampler) -> HighestDensityRegion:
    """Return the highest-density region of a mixture.

    Parameters
    ----------
    level : float
        Its probability.
    sampler : Sampler
        The points in more than one column.
    """
    if isinstance(level, bool) or not isinstance(level, (int, float, np.floating)):
        raise InputTypeError(f"level is {level!r}: give a probability between 0 and 1.")
    if not 0.0 < level < 1.0:
        raise InputError(f"level is {level}: give a probability between 0 and 1.")
    if mixture.covariances.singular:
        raise InputError(
            "singular covariances have no density in all columns: give a mixture with regular ones."
        )
    if mixture.n_features == 1:
        return HighestDensityRegion(mixture, float(level), _Line(mixture).threshold(float(level)), 0.0)
    sets = sampler.replicates(mixture)
    log_densities = proper_log_prob(mixture, sets.reshape(-1, mixture.n_features)).reshape(sets.shape[:2])
    values = np.quantile(log_densities, 1.0 - float(level), axis=1)
    error = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return HighestDensityRegion(mixture, float(level), float(np.mean(values)), error)
