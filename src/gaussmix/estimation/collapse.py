"""Runs of EM that fail: without regularisation, a component of one row has a singular covariance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from .._types import Floats
from ..errors import InputError, SingularCovarianceError
from ..fitting.loop import RunResult
from ..mixture import Mixture
from ..names import columns_in_words
from ..starts import START_METHODS, StartMethod

__all__ = ["SPARE_METHODS", "first_that_succeeds", "no_mixture", "that_succeed"]

T = TypeVar("T")

SPARE_METHODS: tuple[StartMethod, ...] = tuple(
    START_METHODS[name] for name in ("kmeans", "random_from_data", "random") for _ in range(4)
)
"""What is tried, one after the other, where every start led to a singular covariance."""


def first_that_succeeds(runs: Sequence[Callable[[], T]]) -> T:
    """Return the result of the first run without a singular covariance.

    Raises
    ------
    SingularCovarianceError
        If there is none.
    """
    for run in runs[:-1]:
        try:
            return run()
        except SingularCovarianceError:
            continue
    return runs[-1]()


def no_mixture(
    n_components: int, reg_covar: float, ranges: Floats, given: bool, names: Sequence[str] | None = None
) -> SingularCovarianceError:
    """Return the error of a fit with a singular covariance in every run.

    Parameters
    ----------
    ranges : (D,) array
        Ranges of the columns.
    given : bool
        Whether the start was given.
    names : (D,) sequence of str, optional
        Of the columns.

    Examples
    --------
    >>> print(no_mixture(5, 0.0, np.array([2.0, 30.0]), given=False))
    Some components have ill-defined empirical covariance from every start, with n_components=5, reg_covar=0 and columns
    whose values differ by 2 to 30: give reg_covar='auto', or 4e-06 to add to the variances, or fewer components.
    """
    positive = ranges[ranges > 0]
    least, most = (float(positive.min()), float(positive.max())) if len(positive) else (0.0, 0.0)
    constant = np.flatnonzero(ranges == 0)
    spread = f"by {least:.3g}" if least == most else f"by {least:.3g} to {most:.3g}"
    spread += f" ({columns_in_words(constant[:1].tolist(), names)} is constant)" if len(constant) else ""
    return SingularCovarianceError(
        f"Some components have ill-defined empirical covariance from {'the given' if given else 'every'} start, with "
        f"n_components={n_components}, reg_covar={reg_covar:g} and columns whose values differ {spread}: give "
        f"reg_covar='auto', or {1e-6 * (least or 1.0) ** 2:.1g} to add to the variances, or fewer components."
    )


def that_succeed(
    run: Callable[[Mixture], RunResult], starts: Sequence[Mixture]
) -> tuple[list[RunResult], InputError | None]:
    """Return the successful runs, and the last failure.

    A run fails if a covariance becomes singular, or if every row belongs to the noise component.
    """
    ends, error = [], None
    for start in starts:
        try:
            ends.append(run(start))
        except InputError as failure:
            error = failure
    return ends, error
