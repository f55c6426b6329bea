"""The uniform component around the rows of a source, by passes over its blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine, Range
from ..errors import InputError, InputTypeError
from ..sources import Source
from ..uniform import Uniform, check_box, independent
from ..validation import is_number
from .noise_volume import warn_of_a_small_volume
from .options import FIRST_WEIGHT

__all__ = ["uniform_of_source"]


def uniform_of_source(
    noise_component: Any, source: Source, engine: Engine, names: Sequence[str] | None = None
) -> Uniform | None:
    """Return the uniform component around the rows of a source for ``noise_component``, or None.

    It has the smaller of two volumes, of a box along the columns and of one along the principal axes of complete rows.

    Parameters
    ----------
    noise_component : bool or float
        Whether there is one, or its volume.
    names : (D,) sequence of str, optional
        Of the columns.

    Raises
    ------
    InputError
        If the rows have no volume, or the volume that is given is not positive.

    Warns
    -----
    DataWarning
        If the volume that is given is below that of the box of the central 90 % of the rows.
    """
    if isinstance(noise_component, (bool, np.bool_)):
        return _around(source, engine, None, names) if noise_component else None
    do = "give True, False, or the volume of the region of the data."
    if not is_number(noise_component):
        raise InputTypeError(
            f"noise_component is {noise_component!r} ({type(noise_component).__name__}): {do}"
        )
    if not 0.0 < float(noise_component) < math.inf:
        raise InputError(f"noise_component is {noise_component}: {do}")
    uniform = _around(source, engine, float(noise_component), names)
    warn_of_a_small_volume(uniform, source, engine, lambda: _around(source, engine, None))
    return uniform


def _around(
    source: Source, engine: Engine, volume: float | None, names: Sequence[str] | None = None
) -> Uniform:
    lower, upper = engine.sum(_range, source)
    check_box(lower, upper, names)
    if volume is not None:
        return Uniform(FIRST_WEIGHT, lower, upper, float(np.log(volume)))
    with np.errstate(divide="ignore"):
        log_volumes = [float(np.log(upper - lower).sum())]
        whole = engine.sum(partial(_sums, (lower + upper) / 2.0), source)
        if whole.n_rows > len(lower) and independent(whole.covariance):
            axes = np.linalg.eigh(whole.covariance)[1]
            scores = engine.sum(partial(_range_along, axes), source)
            log_volumes.append(float(np.log(scores.upper - scores.lower).sum()))
    return Uniform(FIRST_WEIGHT, lower, upper, min((v for v in log_volumes if v > -np.inf), default=-np.inf))


def _rows_of_weight(block: Block) -> Floats:
    X = np.asarray(block.X, dtype=np.float64)
    return X if block.weights is None else X[block.weights > 0]


def _range_of(X: Floats) -> Range:
    lower = np.fmin.reduce(X, axis=0, initial=np.inf)
    return Range(lower, np.fmax.reduce(X, axis=0, initial=-np.inf))


def _range(block: Block) -> Range:
    return _range_of(_rows_of_weight(block))


def _range_along(axes: Floats, block: Block) -> Range:
    X = _rows_of_weight(block)
    return _range_of(X[~np.isnan(X).any(axis=1)] @ axes)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Number, weight and moments about a point of complete rows."""

    n_rows: int
    weight: float
    first: Floats
    second: Floats

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.n_rows + other.n_rows,
            self.weight + other.weight,
            self.first + other.first,
            self.second + other.second,
        )

    @property
    def covariance(self) -> Floats:
        """The covariance of the rows, (D, D)."""
        mean = self.first / self.weight
        return np.asarray(self.second / self.weight - np.outer(mean, mean))


def _sums(point: Floats, block: Block) -> _Sums:
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    chosen = (weights > 0) & ~np.isnan(block.X).any(axis=1)
    X, w = np.asarray(block.X, dtype=np.float64)[chosen] - point, weights[chosen]
    return _Sums(len(X), float(w.sum()), w @ X, (w[:, None] * X).T @ X)
