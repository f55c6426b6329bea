"""Numbers and names as text, for pages and terminals."""

from __future__ import annotations

import math

import numpy as np

from .._types import Floats

__all__ = [
    "FAMILIES",
    "constant_value",
    "counted",
    "decimals_for",
    "described",
    "ended",
    "number",
    "percent",
    "significant",
]

FAMILIES = {
    "full": "each component has its own covariance matrix",
    "diag": "each component has its own variances along the axes",
    "spherical": "each component has one variance",
    "tied": "all components share one covariance matrix",
    "tied-diag": "all components share their variances along the axes",
    "tied-spherical": "all components share one variance",
    "tied-shape-diag": "variances along the axes have the same ratios in all components, each has its own volume",
    "tied-volume-diag": "each component has its own variances along the axes, all have the same volume",
    "tied-shape-orientation": "the covariance matrices are multiples of one matrix",
    "tied-volume-orientation": "all components share their principal axes and volume, each has its own shape",
    "tied-orientation": "all components share their principal axes, each has its own variances along them",
    "tied-volume-shape": "all components share volume and shape, each has its own orientation",
    "tied-shape": "all components share their shape, each has its own volume and orientation",
    "tied-volume": "each component has its own shape and orientation, all have the same volume",
}
"""The meaning of the names of families."""


def described(family: str) -> str:
    """Return a family's name with its meaning.

    Examples
    --------
    >>> described("tied")
    'covariances tied: all components share one covariance matrix'
    """
    return f"covariances {family}: {FAMILIES[family]}" if family in FAMILIES else f"covariances {family}"


def ended(status: str, n_iterations: int) -> str:
    """Return how a run of EM ended, to be read after "EM".

    Examples
    --------
    >>> ended("max_iter", 3)
    'had not converged after 3 iterations'
    """
    return f"{_ENDS[status]} {counted(n_iterations, 'iteration')}"


_ENDS = {
    "converged": "converged after",
    "max_iter": "had not converged after",
    "stopped": "was stopped after",
    "fell": "was stopped by a decrease of the likelihood after",
}


_MOST_DECIMALS = 8


def number(value: float, decimals: int) -> str:
    """Return a number with a minus sign, in powers of ten if it is too large or small for the decimals.

    Examples
    --------
    >>> number(-1130.2639, 2)
    '−1130.26'
    >>> number(1.5e-9, 3)
    '1.5e-09'
    >>> number(1.234e-8, 8)
    '1.234e-08'
    """
    # At the most decimals, a value may be too small for three of its digits.
    least = 0.5 * 10.0**-decimals if decimals < _MOST_DECIMALS else 1e-4
    lost = value != 0 and abs(value) < least and decimals > 0
    plain = math.isfinite(value) and abs(value) < 1e9 and not lost
    text = f"{value:.{decimals}f}" if plain else f"{value:.4g}"
    return f"−{text[1:]}" if text.startswith("-") else text


def significant(value: float, digits: int) -> str:
    """Return a number with a given number of significant digits, in powers of ten if very large or small.

    Examples
    --------
    >>> significant(31214.4, 4), significant(-0.012341, 4), significant(1.5e-9, 4)
    ('31214', '−0.01234', '1.5e-09')
    """
    if value == 0 or not 1e-5 < abs(value) < 1e7:
        return number(0.0, 0) if value == 0 else f"{value:.{digits}g}".replace("-", "−", int(value < 0))
    return number(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def decimals_for(spread: float) -> int:
    """Return the number of decimals for three significant digits of a standard deviation.

    Examples
    --------
    >>> [decimals_for(sd) for sd in (0.263, 5.8, 210.0)]
    [3, 2, 0]
    """
    if not spread > 0 or not math.isfinite(spread):
        return 3
    return int(np.clip(2 - math.floor(math.log10(spread)), 0, _MOST_DECIMALS))


def counted(count: float, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "row"), counted(12000, "row")
    ('1 row', '12,000 rows')
    """
    shown = f"{count:,.0f}" if float(count).is_integer() else f"{count:,.2f}"
    return f"{shown} {noun}{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """Return a fraction as a percentage, rounded to 0 or 100 % only if exact.

    Examples
    --------
    >>> percent(0.3559), percent(0.9999), percent(0.0)
    ('36 %', 'more than 99 %', '0 %')
    """
    if 0 < share < 0.005:
        return "less than 1 %"
    if 0.995 < share < 1:
        return "more than 99 %"
    return f"{share:.0%}".replace("%", " %")


def constant_value(means: Floats, deviations: Floats) -> str:
    """Return the value of a constant column, from its means and standard deviations (K,); "" for another column.

    Examples
    --------
    >>> (
    ...     constant_value(np.array([20.0, 20.0]), np.array([0.002, 0.002])),
    ...     constant_value(np.array([20.0]), np.ones(1)),
    ... )
    ('20', '')
    """
    from ..covariances.constraints import Floor

    # The floor of a column without variance is a share of its values.
    floor = math.sqrt(Floor.epsilon) * (abs(float(means[0])) or 1.0)
    if (means != means[0]).any() or not np.allclose(deviations, floor, rtol=1e-9, atol=0.0):
        return ""
    text = f"{means[0]:.10g}"
    return f"−{text[1:]}" if text.startswith("-") else text
