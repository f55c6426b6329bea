"""Base of the engines for clusters with futures, Dask and Ray."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ..blocks import Block
from ..engines import Engine, TaskPool, tree_sum
from ..engines.fan_out import FanOut, OneThread
from ..sources import ArrayPart, Source
from .leaves import FAN_IN, add_up, call, leaf_size, leaf_sum
from .serialisation import packed

__all__ = ["FuturesEngine"]

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


class FuturesEngine(Engine, TaskPool, FanOut, ABC):
    """Sums over the blocks of a source by the tasks of a cluster.

    A task adds up a leaf of the tree of additions where its rows lie; further tasks add up nodes, until few are left
    for the client. The cluster runs lost tasks again. Rows in the memory of the client are sent once for each source.
    """

    def __init__(self) -> None:
        # What was sent lives as long as the rows it came from.
        self._sent: WeakKeyDictionary[ArrayPart, Any] = WeakKeyDictionary()

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source, by the workers of the cluster."""
        parts = source.parts()
        # Where the cluster holds the rows, a task of one part runs where they lie.
        held = bool(packed(parts[0], self._handle_of)[1])
        size = 1 if held else leaf_size(len(parts), self.n_slots)
        shared = self._shared(function)
        nodes = []
        for at in range(0, len(parts), size):
            data, handles = packed(list(parts[at : at + size]), self._handle_of)
            nodes.append(self._task(leaf_sum, shared, data, *handles))
        while len(nodes) > FAN_IN:
            nodes = [self._task(add_up, *nodes[at : at + FAN_IN]) for at in range(0, len(nodes), FAN_IN)]
        total: T = tree_sum(self._values(nodes))
        return total

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item on the workers of the cluster with the item's values."""
        shared = self._shared(function)
        calls = []
        for item in items:
            data, handles = packed(item, self._handle_of)
            calls.append(self._task(call, shared, data, *handles))
        return self._values(calls)

    def fan_out(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item on the workers of the cluster, with one thread of BLAS."""
        return self.map(OneThread(function), items)

    def _handle_of(self, value: Any) -> Any:
        """Return the handle of a value on the cluster, or of rows sent now; None for any other value."""
        if not isinstance(value, ArrayPart):
            return value if self._is_handle(value) else None
        if value not in self._sent:
            self._sent[value] = self._send(value)
        return self._sent[value]

    @property
    @abstractmethod
    def n_slots(self) -> int:
        """Number of concurrent tasks of the cluster."""

    @abstractmethod
    def _is_handle(self, value: Any) -> bool:
        """Return whether a value is a handle of the cluster."""

    @abstractmethod
    def _send(self, part: ArrayPart) -> Any:
        """Send rows to the cluster, and return their handle, valid after the loss of a worker."""

    @abstractmethod
    def _shared(self, function: Callable[[Any], Any]) -> Any:
        """Return a handle of a function shared by many tasks."""

    @abstractmethod
    def _task(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return a handle of the result of a call on the cluster; handles among the arguments become their values."""

    @abstractmethod
    def _values(self, handles: Sequence[Any]) -> list[Any]:
        """Return the values of handles; an error of a task is raised."""
