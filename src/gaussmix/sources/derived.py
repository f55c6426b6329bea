"""The common part of sources that change the rows of another source as they are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from .base import Part, Source

__all__ = ["DerivedSource"]


class DerivedSource(Source, ABC):
    """Rows of another source, changed part by part; ``source`` is the other one."""

    def __init__(self, source: Source) -> None:
        self.source = source

    @property
    def n_rows(self) -> int | None:
        """Number of rows n, if the other source knows it."""
        return self.source.n_rows

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self.source.n_features

    @property
    def plain(self) -> bool:
        """Whether all rows are complete and exact, and every component may have generated each."""
        return self.source.plain

    @property
    def blocks_at_once(self) -> int | None:
        """Number of concurrent blocks within the memory limit, copies included."""
        room: int | None = getattr(self.source, "blocks_at_once", None)
        return None if room is None else max(1, room // 2)

    def parts(self) -> Sequence[Part]:
        """Return the parts of the other source, changed when they are read."""
        return [self._part(part) for part in self.source.parts()]

    @abstractmethod
    def _part(self, part: Any) -> Part:
        """Return a part of the other source, changed when it is read."""
