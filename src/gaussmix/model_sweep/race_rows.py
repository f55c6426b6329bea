"""Samples of a table for races of starts, completed where values are missing."""

from __future__ import annotations

import numpy as np

from ..blocks import Block
from ..covariances import Family
from ..covariances.constraints import Floor
from ..engines import Engine
from ..fitting.spread import Spread
from ..model import Model
from ..sources import ArraySource, Source
from ..sources.base import first_block
from ..starts import StartRows, WhiteningTransform, draw_start_rows
from ..starts.block import canonical_block, distinct_block
from ..starts.completed_rows import first_completion
from .neighbours import outer

__all__ = ["exact", "race_rows"]


def exact(source: Source) -> bool:
    """Return whether rows have no measurement errors and no labels; values may be missing.

    Parameters
    ----------
    source : Source
    """
    if source.plain:
        return True
    first = first_block(source)
    return first.exact and first.allowed is None


def race_rows(
    source: Source, family: Family, spread: Spread, most: int, seed: int, engine: Engine
) -> tuple[StartRows, Block | None]:
    """Return the sample of a table for races of starts, and its rows before completion where values are missing.

    Parameters
    ----------
    source : Source
    family : Family
        Its equivariance is that of the sample.
    spread : Spread
        Of all rows.
    most : int
        Number of distinct rows.
    seed : int
    engine : Engine
        Visits the blocks.
    """
    rng, incomplete = np.random.default_rng([seed, 1]), None
    if not source.plain:
        whitening = WhiteningTransform(spread.mean, family.whitening(spread.scale), family.frame)
        drawn = distinct_block(source, engine, whitening, most, rng)
        incomplete = canonical_block(drawn, whitening)
        free = Model(outer(family.frame), Floor(spread.scale))
        source = ArraySource.of(first_completion(drawn, free, rng))
    return draw_start_rows(source, most, family, spread.mean, spread.scale, rng, engine), incomplete
