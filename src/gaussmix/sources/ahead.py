"""Blocks of a source in their order, read ahead in a thread while those before are in use."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..blocks import Block
from .base import Source

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BlockReader"]

_MOST_AHEAD = 1
"""More blocks that wait would be fresh memory, whose pages take longer than the reading of a cached file."""


class BlockReader:
    """Reads the blocks of a source for several workers, some of them before they are asked for.

    A source in files says by ``blocks_at_once`` how many blocks its memory has room for; one without it has its rows in
    memory, and its blocks are not read ahead.

    Parameters
    ----------
    workers : int
        The most blocks in use at a time.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.sources import ArraySource
    >>> with BlockReader(ArraySource(np.zeros((60_000, 3))), 2) as blocks:
    ...     len(blocks), blocks.read(1).start
    (2, 30000)
    """

    def __init__(self, source: Source, workers: int) -> None:
        self._parts = source.parts()
        room: int | None = getattr(source, "blocks_at_once", None)
        self.workers = workers if room is None else max(1, min(workers, room))
        self._ahead = 0 if room is None else min(_MOST_AHEAD, room - self.workers, len(self._parts) - 1)
        self._waiting: dict[int, Future[Block]] = {}
        self._next = 0
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def __len__(self) -> int:
        return len(self._parts)

    def __enter__(self) -> BlockReader:
        if self._ahead > 0:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="gaussmix-read")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._waiting.clear()

    def read(self, index: int) -> Block:
        """Return the block of a part; the workers ask for the parts in their order.

        Parameters
        ----------
        index : int
            Of the part, from 0.
        """
        if self._pool is None:
            return self._parts[index].read()
        with self._lock:
            found = self._waiting.pop(index, None)
            self._next = max(self._next, index + 1)
            while len(self._waiting) < self._ahead and self._next < len(self._parts):
                self._waiting[self._next] = self._pool.submit(self._parts[self._next].read)
                self._next += 1
        return self._parts[index].read() if found is None else found.result()
