"""The warning of a small volume of the noise component."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..errors import DataWarning, warn
from ..sources import Source
from ..starts.draw import rows_of_least_hash
from ..uniform import Uniform, independent

__all__ = ["warn_of_a_small_volume"]

_CENTRAL = (0.05, 0.95)
"""Quantiles of the rows between which a column of the box is; a few far rows do not enlarge it."""

_MOST_SAMPLED = 5_000


def warn_of_a_small_volume(
    given: Uniform, source: Source, engine: Engine, around_all: Callable[[], Uniform]
) -> None:
    """Warn if the given volume V of the noise component is below that of the central 90 % of the rows.

    The density 1/V integrates to one over a region of volume V. If most rows do not fit into such a region, the
    likelihood is that of no probability density, and information criteria are too low.

    Parameters
    ----------
    given : Uniform
        The component with the given volume.
    source : Source
        Rows.
    engine : Engine
        Visits the blocks of the source, where the volume is below that of the box of all rows.
    around_all : callable
        Returns the component with the volume of the box of all rows.

    Warns
    -----
    DataWarning
        If the volume is below that of the smaller of two boxes, along the columns and along the principal axes, with
        the central 90 % of the rows in each direction.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.sources import ArraySource
    >>> X = np.random.default_rng(0).uniform(0.0, 10.0, (200, 2))
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     for volume in (100.0, 1.0):
    ...         small = Uniform.around(X, 0.05, volume)
    ...         warn_of_a_small_volume(small, ArraySource(X), SerialEngine(), lambda: Uniform.around(X, 0.05))
    >>> [str(each.message)[:50] for each in caught]
    ['noise_component is the volume 1, below that of the']
    """
    if given.log_volume >= given.log_widths.sum():
        return
    central = _central_log_volume(rows_of_least_hash(source, engine, _MOST_SAMPLED))
    if given.log_volume >= central:
        return
    whole = _number(around_all().log_volume)
    warn(
        f"noise_component is the volume {_number(given.log_volume)}, below that of the box of the central 90 % of the "
        f"rows ({_number(central)}), so that the BIC is too low: give noise_component=True for the volume of the box "
        f"of all rows ({whole}), or the volume of the region of the noise.",
        DataWarning,
    )


def _central_log_volume(rows: Block) -> float:
    """Return the log-volume of the central rows: of a box along the columns or the principal axes."""
    X = np.asarray(rows.X, dtype=np.float64)
    weights = np.ones(len(X)) if rows.weights is None else rows.weights
    found = [_log_volume(X, weights)]
    whole = ~np.isnan(X).any(axis=1)
    complete, shares = X[whole], weights[whole] / weights.sum()
    if len(complete) > X.shape[1]:
        centred = complete - shares @ complete / shares.sum()
        covariance = (shares[:, None] * centred).T @ centred
        if independent(covariance):
            found.append(_log_volume(centred @ np.linalg.eigh(covariance)[1], shares))
    return min(found)


def _log_volume(X: Floats, weights: Floats) -> float:
    """Return the log-volume of the box between the quantiles of each column, (n, D) with NaN for missing values."""
    with np.errstate(divide="ignore"):
        return float(np.log([_central_width(column, weights) for column in X.T]).sum())


def _central_width(column: Floats, weights: Floats) -> float:
    seen = np.flatnonzero(~np.isnan(column))
    if not len(seen):
        return 0.0
    order = seen[np.argsort(column[seen], kind="stable")]
    cumulated = np.cumsum(weights[order])
    low, high = column[order[np.searchsorted(cumulated, np.array(_CENTRAL) * cumulated[-1])]]
    return float(high - low)


def _number(log_volume: float) -> str:
    """Return the volume with three significant digits; those of many columns leave the range of numbers."""
    exponent = log_volume / np.log(10.0)
    return f"{np.exp(log_volume):.3g}" if abs(exponent) < 300.0 else f"10^{exponent:.0f}"
