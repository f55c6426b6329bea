"""Rescaling of columns of extreme size by powers of two, without rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._types import Floats
from ..covariances import Covariances, check_range
from ..engines import Engine, column_range
from ..errors import InputError
from ..mixture import Mixture
from ..names import columns_in_words
from ..sources import ScaledSource, Source
from ..sources.base import first_block
from ..uniform import Uniform
from ..validation import is_within
from .callback import Callback
from .loop import RunResult
from .spread import RobustSpread, Spread

__all__ = ["Rescaling", "is_evidently_ordinary", "reach_of"]

_ORDINARY = 2.0**200
"""Range of spreads of columns, 2⁻²⁰⁰ to 2²⁰⁰, with squares and sums of squares well within float64."""
_FEW, _MOST_EVIDENT = 16, 1e38
"""Rows that show a spread, and largest value: differences of smaller ones are within float32."""


def _is_ordinary(lengths: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return (lengths > 1 / _ORDINARY) & (lengths < _ORDINARY)


def _are_ordinary(variances: Floats) -> bool:
    """Return whether all standard deviations are within the range; False for NaN."""
    least, most = np.minimum.reduce(variances), np.maximum.reduce(variances)
    return bool(least > _ORDINARY**-2 and most < _ORDINARY**2)


def is_evidently_ordinary(source: Source) -> bool:
    """Return whether the first rows show an ordinary spread of all columns.

    Their moments say it of every table, and take as long as a dozen iterations of a small fit.
    """
    parts = source.parts()
    if len(parts) > 1:
        return False
    X = parts[0].read().X
    if len(X) < 2 or not is_within(X, _MOST_EVIDENT):
        return False
    apart = np.maximum.reduce(np.abs(X[1:_FEW] - X[0]), axis=0)
    return float(np.minimum.reduce(apart)) > 1 / _ORDINARY


def reach_of(source: Source, engine: Engine) -> Floats:
    """Return the largest distance of each column from its first value, (D,)."""
    first = first_block(source).X[0].astype(np.float64)
    return column_range(source, engine).reach(first)


def _check_underflow(reach: Floats, names: Sequence[str] | None) -> None:
    small = np.flatnonzero((reach > 0) & (reach < 1e-152))
    if len(small):
        raise InputError(
            f"the values of {columns_in_words(small[:1].tolist(), names)} of X differ by at most "
            f"{reach[small[0]]:.3g}, whose square is below the range of float64: multiply the column by a power of ten."
        )


@dataclass(frozen=True, eq=False)
class Rescaling:
    """Column d of the problem is column d of the data times 2**−powers_d.

    Parameters
    ----------
    powers : (D,) array
        Whole numbers.
    observed : (D,) array or float
        Share of the rows, by weight, that have a value in each column.
    pseudo_rows : float
        The sum of the pseudo-counts of a prior's covariances, for each unit of weight of the rows.
    """

    powers: Floats
    observed: Floats | float = 1.0
    pseudo_rows: float = 0.0

    @classmethod
    def of(
        cls, spread: Spread, compares_columns: bool, names: Sequence[str] | None = None
    ) -> Rescaling | None:
        """Return the rescaling of a table, or None for ordinary columns.

        Parameters
        ----------
        spread : Spread
            Of the rows, as far as it can be computed.
        compares_columns : bool
            Whether the columns get one power for all of them, as for a spherical family.
        names : (D,) sequence of str, optional
            Of the columns.

        Raises
        ------
        InputError
            If a column varies by so little that a variance underflows.
        """
        # The fit needs the moments, too; a robust scatter takes longer than the range.
        if not isinstance(spread, RobustSpread) and _are_ordinary(spread.variances):
            return None
        reach = reach_of(spread.source, spread.engine)
        extreme = (reach > 0) & ~_is_ordinary(reach)
        if not extreme.any() or _are_ordinary(spread.variances):
            return None
        _check_underflow(reach, names)
        if compares_columns:
            return cls(np.full(len(reach), np.frexp(reach.max())[1]))
        return cls(np.where(extreme, np.frexp(reach)[1], 0))

    def source(self, source: Source) -> Source:
        """Return the data in the units of the problem."""
        return ScaledSource(source, self.powers)

    def variance(self, variance: float) -> Floats:
        """Return a variance (in squared units of the data) for each column in the units of the problem, (D,)."""
        return np.ldexp(variance, -2 * self.powers)

    def inward_means(self, means: Floats) -> Floats:
        """Return means (K, D) of the data in the units of the problem."""
        return np.ldexp(means, -self.powers)

    def inward_uniform(self, uniform: Uniform | None) -> Uniform | None:
        """Return the uniform component of the data in the units of the problem."""
        return None if uniform is None else uniform.affine(np.diag(np.ldexp(1.0, -self.powers)))

    def inward_covariances(self, covariances: Covariances) -> Covariances:
        """Return covariances of the data in the units of the problem."""
        return covariances.scale(np.ldexp(1.0, -self.powers))

    def outward(self, mixture: Mixture) -> Mixture:
        """Return a mixture of the problem in the units of the data."""
        factors = np.ldexp(1.0, self.powers)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            covariances, means = mixture.covariances.scale(factors), mixture.means * factors
        check_range(means, covariances)
        uniform = None if mixture.uniform is None else mixture.uniform.affine(np.diag(factors))
        return mixture.like(mixture.weights, means, covariances, mixture.feature_names, uniform)

    @property
    def shift(self) -> float:
        """Change of the objective on the return to the units of the data, nats for each unit of weight."""
        return -float((self.powers * (self.observed + self.pseudo_rows)).sum() * np.log(2.0))

    def watched(self, callback: Callback) -> Callback:
        """Return the callback in the units of the data."""
        return lambda step: callback(step.moved(self.outward, self.shift))

    def outward_result(self, result: RunResult) -> RunResult:
        """Return a result in the data's own units."""
        posterior = result.posterior
        return replace(
            result,
            mixture=self.outward(result.mixture),
            posterior=None if posterior is None else posterior.scaled(np.ldexp(1.0, self.powers)),
            objective=result.objective + self.shift,
            trace=result.trace.shifted(self.shift),
        )
