"""Draws of distinct rows in bounded memory; order, copies, units and offsets of the rows have no effect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..engines import Engine, all_rows
from ..sources import Source
from ..sources.distinct import Hashes, distinct, first_of_distinct, mixed, row_hashes
from ..validation import copied_generator
from .order import Lean
from .whitening import WhiteningTransform, slices_in_cache

__all__ = ["draw_distinct", "rows_of_least_hash"]

_HALF = np.uint64(32)
"""Half of the bits of a hash."""


def draw_distinct(
    source: Source, engine: Engine, whitening: WhiteningTransform, most: int, rng: np.random.Generator
) -> tuple[Block, bool]:
    """Return all rows of positive weight, or a sample of distinct ones, and whether they are all.

    The sample has the rows of the smallest hashes of (distance, side) as in :func:`canonical_order`; where these are
    equal, of their values. Equal rows of a sample can be one row of their joint weight.

    Parameters
    ----------
    source : Source
        Rows; missing values stand at the centre, projections at their expected true values.
    engine : Engine
        Visits the blocks: once for the side, once for the rows.
    whitening : WhiteningTransform
        By the mean and covariance of all rows.
    most : int
        The number of distinct rows.
    rng : numpy.random.Generator
        Draws the salt of the hash, if there are more rows.
    """
    if source.n_rows is not None and source.n_rows <= most:
        return _of_positive_weight(all_rows(source, engine)), True
    direction = engine.sum(partial(_lean, whitening), source).direction
    # The sample does not depend on copies of rows: the generator advances only if rows are left out.
    salt = copied_generator(rng).integers(1 << 63, dtype=np.uint64)
    drawn = engine.sum(partial(_drawn, whitening, direction, salt, most), source)
    if not drawn.whole:
        rng.integers(1 << 63, dtype=np.uint64)
    return drawn.block, drawn.whole


def rows_of_least_hash(source: Source, engine: Engine, most: int) -> Block:
    """Return all rows of positive weight, or those of the smallest hashes: a sample without regard to their values.

    Parameters
    ----------
    source : Source
        Rows.
    engine : Engine
        Visits the blocks once.
    most : int
        The number of distinct rows.
    """
    if source.n_rows is not None and source.n_rows <= most:
        return _of_positive_weight(all_rows(source, engine))
    return engine.sum(partial(_by_hash, most), source).block


def _by_hash(most: int, block: Block) -> _Drawn:
    block = _of_positive_weight(block)
    return _Drawn(block, row_hashes(block), most).smallest()


@dataclass(frozen=True, eq=False)
class _Drawn:
    """The rows with the smallest hashes, at most a given number of distinct ones."""

    block: Block
    hashes: Hashes
    most: int
    whole: bool = True

    def __add__(self, other: _Drawn) -> _Drawn:
        hashes = np.concatenate([self.hashes, other.hashes])
        return _Drawn(self.block + other.block, hashes, self.most, self.whole and other.whole).smallest()

    def smallest(self) -> _Drawn:
        """Return the rows with the smallest hashes, with many equal ones merged."""
        different = distinct(_smallest(self.hashes, 2 * self.most))
        if len(different) <= self.most:  # many rows are equal
            different = distinct(self.hashes)
        result = self
        if len(different) > self.most:
            kept = np.flatnonzero(self.hashes <= different[self.most - 1])
            result = replace(self, block=self.block.take(kept), hashes=self.hashes[kept], whole=False)
        return result if len(result.hashes) <= 2 * self.most else result.merged()

    def merged(self) -> _Drawn:
        """Return the same rows, equal ones as one of their joint weight."""
        first, number = first_of_distinct(row_hashes(self.block))
        weights = np.ones(self.block.n_rows) if self.block.weights is None else self.block.weights
        joint = np.bincount(number, weights, minlength=len(first)).astype(np.float64)
        return replace(self, block=replace(self.block.take(first), weights=joint), hashes=self.hashes[first])


def _smallest(hashes: Hashes, n: int) -> Hashes:
    """Return the n smallest hashes, without sorting the others."""
    return hashes if len(hashes) <= n else np.partition(hashes, n)[:n]


def _drawn(
    whitening: WhiteningTransform, direction: Floats, salt: np.uint64, most: int, block: Block
) -> _Drawn:
    block = _of_positive_weight(block)
    hashes = np.empty(block.n_rows, dtype=np.uint64)
    for rows, Z, squared in _standardised(whitening, block):
        # There is one zero.
        pair = np.column_stack([squared, Z @ direction]).astype(np.float32) + np.float32(0.0)
        by_pair = mixed(pair.view(np.uint64).ravel() ^ salt)
        # Beside a remote row, all others have nearly the same distance: rows of equal pairs are drawn by values.
        hashes[rows] = (by_pair >> _HALF << _HALF) | (row_hashes(block.take(rows)) >> _HALF)
    return _Drawn(block, hashes, most).smallest()


def _lean(whitening: WhiteningTransform, block: Block) -> Lean:
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    lean = Lean(np.zeros(block.n_features), 0.0)
    for rows, Z, squared in _standardised(whitening, block):
        lean += Lean.of(Z, squared, weights[rows])
    return lean


def _standardised(whitening: WhiteningTransform, block: Block) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield positions of some rows, the rows standardised, and their squared lengths."""
    for rows in slices_in_cache(np.asarray(block.X)):
        Z = whitening.map(whitening.completed(block.take(rows)))
        yield rows, Z, np.einsum("nd,nd->n", Z, Z)


def _of_positive_weight(block: Block) -> Block:
    if block.weights is None or (block.weights > 0).all():
        return block
    return block.take(np.flatnonzero(block.weights > 0))
