"""Distinct rows for completion, in an order that depends only on the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine
from ..sources import Source
from ..sources.row_counts import of_mean
from .draw import draw_distinct
from .order import canonical_order, first_of_equal
from .whitening import WhiteningTransform

__all__ = ["canonical_block", "distinct_block"]

_ROUNDING = 1e-6


def distinct_block(
    source: Source, engine: Engine, whitening: WhiteningTransform, most: int, rng: np.random.Generator
) -> Block:
    """Return the distinct rows of positive weight as one block, or a random sample of many, in canonical order.

    They are those of :func:`canonical_block`, but incomplete rows of weight w > 1 become ⌈w⌉ equal ones of smaller
    weight: each is to be completed by a draw of its own.

    Parameters
    ----------
    source : Source
    engine : Engine
        Visits the blocks.
    whitening : WhiteningTransform
        By the mean and covariance of the rows, their missing values filled.
    most : int
        The number of distinct rows.
    rng : numpy.random.Generator
        Draws the sample.
    """
    drawn, _ = draw_distinct(source, engine, whitening, most, rng)
    block = canonical_block(drawn, whitening)
    merged = block.weights
    if block.complete or merged is None:
        return block
    copies = np.maximum(1, np.ceil(merged - _ROUNDING)).astype(np.intp)
    repeated = block.take(np.repeat(np.arange(block.n_rows), copies))
    shares = np.repeat(merged / copies, copies)
    return replace(repeated, weights=shares * (len(shares) / shares.sum()))


def canonical_block(block: Block, whitening: WhiteningTransform) -> Block:
    """Return the distinct rows of positive weight in canonical order.

    Equal rows become one of their joint weight, and weights are scaled to a mean of one: copies of rows, a factor of
    all weights or another order of the rows give the same bits.

    Parameters
    ----------
    block : Block
        Rows.
    whitening : WhiteningTransform
        By the mean and covariance of the rows, their missing values filled.
    """
    if block.weights is not None and not (block.weights > 0).all():
        block = block.take(np.flatnonzero(block.weights > 0))
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    holes = np.isnan(block.X)
    Z = whitening.map(whitening.completed(block))
    values = _values(block, holes)
    order = canonical_order(Z, weights, values)
    first = first_of_equal(values[order])
    merged = of_mean(np.add.reduceat(weights[order], first), 1.0)
    return replace(block.take(order[first]), weights=merged)


def _values(block: Block, holes: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Floats:
    """Return the values, errors and labels of rows as numbers (m, C)."""
    parts = [holes, np.where(holes, 0.0, block.X), block.noise, block.allowed, block.projections]
    return np.hstack(
        [part.reshape(block.n_rows, -1).astype(np.float64) for part in parts if part is not None]
    )
