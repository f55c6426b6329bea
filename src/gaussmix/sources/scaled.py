"""A source with columns multiplied by powers of two, without rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._types import Floats
from ..blocks import Block
from .base import Part, Source

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
        """Return the scaled rows.

        Returns
        -------
        Block
            The rows with what is known of them, in the new units.
        """
        return self.part.read().scaled(self.first).scaled(self.second)


class ScaledSource:
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
        self._source = source
        # In two halves: 2**1100 is not a float64.
        half = np.asarray(powers, dtype=np.intc) // 2
        self._first = np.ldexp(1.0, -half)
        self._second = np.ldexp(1.0, half - np.asarray(powers, dtype=np.intc))

    @property
    def n_rows(self) -> int | None:
        """Number of rows n, if the other source knows it."""
        return self._source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self._source.n_features

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return self._source.plain

    @property
    def blocks_at_once(self) -> int | None:
        """Number of concurrent blocks within the memory limit, copies included."""
        room: int | None = getattr(self._source, "blocks_at_once", None)
        return None if room is None else max(1, room // 2)

    def parts(self) -> list[ScaledPart]:
        """Return the parts of the other source, scaled when they are read.

        Returns
        -------
        list of ScaledPart
            As many parts as the other source has.
        """
        return [ScaledPart(part, self._first, self._second) for part in self._source.parts()]
