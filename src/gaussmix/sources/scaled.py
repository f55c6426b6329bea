"""A source with columns multiplied by powers of two, without rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._types import Floats
from ..blocks import Block
from .base import Part, Source
from .derived import DerivedSource

__all__ = ["ScaledPart", "ScaledSource"]


@dataclass(frozen=True, slots=True, eq=False)
class ScaledPart:
    """Part of another source, with each column multiplied by two factors.

    Parameters
    ----------
    part : Part
        Part of the other source.
    first, second : (D,) array
        The factors; their product may be outside the range of float64.
    """

    part: Part
    first: Floats
    second: Floats

    def read(self) -> Block:
        """Return the scaled rows."""
        return self.part.read().scaled(self.first).scaled(self.second)


class ScaledSource(DerivedSource):
    """Rows of another source with column d multiplied by 2**−powers_d.

    Squares of values of 1e-170 or 1e170 leave the range of float64; those of the scaled columns do not.

    Parameters
    ----------
    source : Source
        Rows in their own units.
    powers : (D,) array
        Powers of two by which the columns are divided: whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> ScaledSource(ArraySource(np.array([[8.0]])), np.array([2])).parts()[0].read().X
    array([[2.]])
    """

    def __init__(self, source: Source, powers: Floats) -> None:
        self.source = source
        # In two halves: 2**1100 is not a float64.
        half = np.asarray(powers, dtype=np.intc) // 2
        self._first = np.ldexp(1.0, -half)
        self._second = np.ldexp(1.0, half - np.asarray(powers, dtype=np.intc))

    def _part(self, part: Part) -> ScaledPart:
        return ScaledPart(part, self._first, self._second)
