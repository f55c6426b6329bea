"""The uniform component of a mixture: a constant density over the region of the data, for noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ._types import Floats, Ints, Rows
from .errors import InputError, NoiseOnlyError
from .names import columns_in_words

__all__ = ["Uniform", "check_box", "independent", "noise_only"]

_ROUNDING = 64 * np.finfo(np.float64).eps
"""Rounding error of the eigenvalues of a correlation matrix, per column."""


@dataclass(frozen=True, slots=True, eq=False)
class Uniform:
    r"""A component of constant density, for rows outside all Gaussian components.

    .. math:: p_0 \, u(x) = p_0 / V

    The density is the same everywhere, and the box says where samples are drawn. With missing columns the volume is
    that of the box of the columns that were observed.

    Parameters
    ----------
    weight : float
        Weight p₀ of the component, in (0, 1).
    lower, upper : (D,) array
        Corners of the box of the columns, in their units.
    log_volume : float
        log V, with V in the product of the columns' units.

    Raises
    ------
    InputError
        If the weight is not between zero and one, or the box or the volume is empty.

    Examples
    --------
    >>> import numpy as np
    >>> noise = Uniform(0.1, np.zeros(2), np.array([2.0, 4.0]), np.log(8.0))
    >>> noise.log_density(np.array([[1.0, 1.0], [1.0, np.nan]])).round(4)
    array([-4.382 , -2.9957])

    References
    ----------
    Banfield, J. D. and Raftery, A. E. (1993). Model-based Gaussian and non-Gaussian clustering. Biometrics 49, 803-821.
    """

    weight: float
    lower: Floats
    upper: Floats
    log_volume: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.weight < 1.0:
            raise InputError(
                f"the weight of the uniform component is {self.weight}: give a number in (0, 1)."
            )
        check_box(self.lower, self.upper)
        if not np.isfinite(self.log_volume):
            raise InputError(
                f"the log-volume of the uniform component is {self.log_volume}: give a positive and finite volume."
            )

    @classmethod
    def around(
        cls,
        X: Rows,
        weight: float,
        volume: float | None = None,
        sample_weight: Floats | None = None,
        names: Sequence[str] | None = None,
    ) -> Uniform:
        """Return the uniform component with the volume of the smaller of two boxes, along columns and principal axes.

        With linearly dependent columns, the width along some principal axes is zero up to rounding, and the box along
        the columns is used.

        Parameters
        ----------
        X : (n, D) array
            Rows; the principal axes are those of the rows without a missing value.
        weight : float
            Weight of the component.
        volume : float, optional
            The volume V, if it is known.
        sample_weight : (n,) array, optional
            Weights of the rows; rows of weight zero are left out.
        names : (D,) sequence of str, optional
            Of the columns, for messages.

        Examples
        --------
        >>> import numpy as np
        >>> Uniform.around(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.1]]), 0.1).log_volume < -1.5
        True
        """
        rows = np.asarray(X, dtype=np.float64)
        weights = np.ones(len(rows)) if sample_weight is None else sample_weight
        if not (weights > 0).all():
            rows, weights = rows[weights > 0], weights[weights > 0]
        lower = np.fmin.reduce(rows, axis=0, initial=np.inf)
        upper = np.fmax.reduce(rows, axis=0, initial=-np.inf)
        check_box(lower, upper, names)
        if volume is not None:
            return cls(weight, lower, upper, float(np.log(volume)))
        with np.errstate(divide="ignore"):
            log_volumes = [np.log(upper - lower).sum()]
            whole = ~np.isnan(rows).any(axis=1)
            complete, shares = rows[whole], weights[whole] / weights.sum()
            if len(complete) > rows.shape[1]:
                centred = np.sqrt(shares)[:, None] * (complete - shares @ complete / shares.sum())
                if independent(centred.T @ centred):
                    scores = complete @ np.linalg.svd(centred, full_matrices=False)[2].T
                    log_volumes.append(np.log(np.ptp(scores, axis=0)).sum())
        return cls(weight, lower, upper, float(min((v for v in log_volumes if v > -np.inf), default=-np.inf)))

    @property
    def n_features(self) -> int:
        """Number of features D."""
        return len(self.lower)

    @property
    def log_widths(self) -> Floats:
        """Logarithms of the widths of the box, (D,)."""
        return np.asarray(np.log(self.upper - self.lower))

    @property
    def centre(self) -> Floats:
        """Centre of the box, (D,)."""
        return np.asarray((self.lower + self.upper) / 2.0)

    @property
    def log_height(self) -> float:
        """Logarithm of the weighted density, log p₀ − log V, nats."""
        with np.errstate(divide="ignore"):
            return float(np.log(self.weight)) - self.log_volume

    def log_density(self, X: Rows) -> Floats:
        """Return log p₀ u(x) of each row, nats: of its observed columns where some are missing.

        Parameters
        ----------
        X : (n, D) array
            Rows, with NaN for missing values.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(self.log_prob(X) + np.log(self.weight))

    def log_prob(self, X: Rows) -> Floats:
        """Return log u(x) of each row, nats: of its observed columns where some are missing."""
        result = np.full(len(X), -self.log_volume)
        missing = np.isnan(X)
        rows = np.flatnonzero(missing.any(axis=1))
        result[rows] = -(~missing[rows] @ self.log_widths)
        return result

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw rows (n, D) from the box of the columns."""
        return rng.uniform(self.lower, self.upper, size=(n, self.n_features))

    def of_weight(self, weight: float) -> Uniform:
        """Return the same component with another weight."""
        return replace(self, weight=weight)

    def beside(self, weights: Floats) -> Uniform:
        """Return the component with weight one minus the sum of the given weights (K,)."""
        return self.of_weight(max(0.0, 1.0 - float(weights.sum())))

    def marginal(self, columns: Ints | list[int]) -> Uniform:
        """Return the component of some columns: over their box, or all of the volume where all are chosen."""
        lower, upper = self.lower[columns], self.upper[columns]
        every = len(columns) == self.n_features
        return Uniform(
            self.weight, lower, upper, self.log_volume if every else float(np.log(upper - lower).sum())
        )

    def given(self, columns: list[int], kept: list[int]) -> Uniform:
        """Return the component of the kept columns where the others are known: its volume is the quotient."""
        return replace(
            self,
            lower=self.lower[kept],
            upper=self.upper[kept],
            log_volume=self.log_volume - self.marginal(columns).log_volume,
        )

    def affine(self, matrix: Floats) -> Uniform:
        """Return the uniform component of A x for A (M, D), over the box around the image of this box."""
        middle, reach = matrix @ self.centre, np.abs(matrix) @ (self.upper - self.lower) / 2.0
        square = matrix.shape[0] == matrix.shape[1]
        log_volume = self.log_volume + np.linalg.slogdet(matrix)[1] if square else np.log(2.0 * reach).sum()
        return Uniform(self.weight, middle - reach, middle + reach, float(log_volume))

    def shifted(self, shift: Floats) -> Uniform:
        """Return the component of x + b."""
        return replace(self, lower=self.lower + shift, upper=self.upper + shift)

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Uniform):
            return NotImplemented
        return (self.weight, self.log_volume) == (other.weight, other.log_volume) and all(
            np.array_equal(a, b) for a, b in ((self.lower, other.lower), (self.upper, other.upper))
        )

    __hash__ = None  # type: ignore[assignment]


def check_box(lower: Floats, upper: Floats, names: Sequence[str] | None = None) -> None:
    """Raise InputError if the box between two corners (D,) has no volume, or a column has no value.

    Parameters
    ----------
    lower, upper : (D,) array
        The corners; ∞ and −∞ for a column without a value.
    names : (D,) sequence of str, optional
        Of the columns.

    Raises
    ------
    InputError
        If a column has no value or is constant, or its range is not finite.
    """
    if np.isposinf(lower).any():
        column = columns_in_words([int(np.isposinf(lower).argmax())], names)
        raise InputError(f"{column} has no value: leave it out of a fit with a noise component.")
    if not (np.isfinite(upper - lower).all() and (upper > lower).all()):
        d = int(np.argmin(upper - lower))
        raise InputError(
            f"{columns_in_words([d], names)} is constant ({lower[d]:g}), so that the volume of the noise component is "
            "zero: leave the column out."
        )


def independent(covariance: Floats) -> bool:
    """Return whether columns are linearly independent up to rounding, by their covariance (D, D).

    Examples
    --------
    >>> import numpy as np
    >>> independent(np.array([[1.0, 0.5], [0.5, 1.0]])), independent(np.array([[1.0, 2.0], [2.0, 4.0]]))
    (True, False)
    """
    deviation = np.sqrt(np.diagonal(covariance))
    if not (deviation > 0.0).all():
        return False
    values = np.linalg.eigvalsh(covariance / deviation / deviation[:, None])
    return bool(values[0] > _ROUNDING * len(values))


def noise_only() -> NoiseOnlyError:
    """Return the error of a fit in which no row is left to the components."""
    return NoiseOnlyError(
        "every row belongs to the noise component, whose density is above that of all others: "
        "give noise_component a larger volume, or leave it out."
    )
