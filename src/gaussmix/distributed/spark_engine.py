"""The engine for Apache Spark."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary, WeakValueDictionary, finalize

from ..blocks import Block
from ..engines import Engine, TaskPool, TreeSum
from ..engines.fan_out import FanOut
from ..errors import MissingDependencyError
from ..one_blas_thread import one_blas_thread
from ..sources import ArrayPart, Source
from .addresses import check_reachable, connecting
from .leaves import FAN_IN
from .packages import imported
from .serialisation import packed, unpacked

__all__ = ["Cell", "SparkEngine", "collected", "forget", "memory_and_disk"]

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")
Node = tuple[int, int, Any]
"""Index, level and value of a node of the tree of additions."""


@dataclass(frozen=True, eq=False)
class Cell:
    """Rows on Spark: an element (key, rows) of a resilient distributed dataset (RDD).

    Parameters
    ----------
    rdd : pyspark.RDD
        Its keys differ from those of every other such dataset.
    """

    rdd: Any
    key: Any

    def __reduce__(self) -> tuple[Any, ...]:
        # Within the process of the session, where a copy stands for the same rows.
        number = self.rdd.id()
        _RDDS[number] = self.rdd
        return _cell, (number, self.key)


_RDDS: WeakValueDictionary[int, Any] = WeakValueDictionary()


def _cell(number: int, key: Any) -> Cell:
    return Cell(_RDDS[number], key)


class SparkEngine(Engine, TaskPool, FanOut):
    """Engine for Apache Spark: sums by tasks on the executors with the data.

    Results are bit-identical for every number of executors. Spark repeats the tasks of executors that are lost.

    Parameters
    ----------
    session : pyspark.sql.SparkSession or str, optional
        The session, or the URL of a master for a new one. Unless given, the active session, or a new one.

    Raises
    ------
    MissingDependencyError
        If pyspark is not installed.

    Examples
    --------
    >>> from gaussmix.distributed import SparkEngine
    >>> SparkEngine("local[2]")  # doctest: +SKIP
    SparkEngine('local[2]')
    """

    def __init__(self, session: Any = None) -> None:
        imported("pyspark", "spark")
        self._given = session
        self._sent: WeakKeyDictionary[ArrayPart, Cell] = WeakKeyDictionary()

    def __repr__(self) -> str:
        return f"SparkEngine({'' if self._given is None else repr(self._given)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return SparkEngine, ((self._given,) if isinstance(self._given, str) else ())

    def __deepcopy__(self, memo: Any) -> SparkEngine:
        return self

    @property
    def session(self) -> Any:
        """The session."""
        if self._given is not None and not isinstance(self._given, str):
            return self._given
        from pyspark.sql import SparkSession

        active = SparkSession.getActiveSession()
        if active is not None:
            return active
        builder = SparkSession.builder
        if self._given is not None:
            check_reachable(self._given)
            builder = builder.master(self._given)
        with connecting("Spark"):
            return builder.getOrCreate()

    @property
    def context(self) -> Any:
        """The context of the session."""
        return self.session.sparkContext

    def sum(self, function: Callable[[Block], T], source: Source) -> T:
        """Add up a function over the blocks of a source, by the executors of Spark."""
        parts = source.parts()
        rdd, shared = self._shipped(function, parts)
        try:
            nodes = rdd.mapPartitions(_Leaves(shared))
            if rdd.getNumPartitions() > FAN_IN:
                nodes = _added(nodes, len(parts))
            total: T = _total(collected(nodes))
            return total
        finally:
            shared.destroy()

    def map(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item on the executors of Spark with the item's rows."""
        if not items:
            return []
        rdd, shared = self._shipped(function, items)
        try:
            found = collected(rdd.mapPartitions(_Calls(shared)))
        finally:
            shared.destroy()
        for value in found:
            if isinstance(value, BaseException):
                raise value
        return [value for _, value in sorted(found, key=itemgetter(0))]

    def fan_out(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item on the executors of Spark."""
        return self.map(function, items)

    def _shipped(self, function: Callable[[Any], Any], items: Sequence[Any]) -> tuple[Any, Any]:
        """Return the RDD of the items' rows, and a broadcast of the function and the items."""
        self._send([rows for item in items for rows in packed(item, _rows_here)[1]])
        shipped = [packed(item, self._handle_of) for item in items]
        cells: list[Cell] = [cell for _, handles in shipped for cell in handles]
        if cells:
            rdd, keys = cells[0].rdd, [handles[0].key for _, handles in shipped]
        else:
            keys = list(range(len(items)))
            rdd = self.context.parallelize([(key, None) for key in keys], self._n_slices(len(items)))
        positions: dict[Any, list[int]] = {}
        for position, key in enumerate(keys):
            positions.setdefault(key, []).append(position)
        return rdd, self.context.broadcast(packed((function, [data for data, _ in shipped], positions))[0])

    def _n_slices(self, n_parts: int) -> int:
        return max(1, min(n_parts, 4 * int(self.context.defaultParallelism)))

    def _handle_of(self, value: Any) -> Cell | None:
        if isinstance(value, ArrayPart):
            return self._sent[value]
        return value if isinstance(value, Cell) else None

    def _send(self, parts: Sequence[ArrayPart]) -> None:
        """Send rows in the memory of the client to the cluster, once for each source."""
        new = [part for part in parts if part not in self._sent]
        if not new:
            return
        keys = [uuid4().hex for _ in new]
        rows = [(key, packed(part)[0]) for key, part in zip(keys, new, strict=True)]
        rdd = self.context.parallelize(rows, self._n_slices(len(rows))).mapValues(unpacked)
        # Spark computes lost partitions again, from the rows that it was sent.
        rdd = rdd.persist(memory_and_disk())
        finalize(new[0], forget, rdd)
        for key, part in zip(keys, new, strict=True):
            self._sent[part] = Cell(rdd, key)


def _rows_here(value: Any) -> ArrayPart | None:
    return value if isinstance(value, ArrayPart) else None


def collected(rdd: Any) -> list[Any]:
    """Return the elements of an RDD.

    Raises
    ------
    MissingDependencyError
        If the executors run another Python, without gaussmix.
    """
    try:
        found: list[Any] = rdd.collect()
        return found
    except Exception as error:
        if "No module named 'gaussmix'" not in str(error):
            raise
        raise MissingDependencyError(
            "the executors of Spark run a Python without gaussmix: install it there, or set the environment variable "
            f"PYSPARK_PYTHON before the session begins, such as to {sys.executable}"
        ) from None


def memory_and_disk() -> Any:
    """Return the storage level "memory, then disk"."""
    from pyspark import StorageLevel

    return StorageLevel.MEMORY_AND_DISK


def forget(rdd: Any) -> None:
    """Free the storage of an RDD."""
    with suppress(Exception):  # the session may have ended before
        rdd.unpersist()


@dataclass(frozen=True, eq=False)
class _Calls:
    """The task of a partition: the positions of items, and a function's values for them."""

    shared: Any

    def __call__(self, cells: Iterable[tuple[Any, Any]]) -> Iterator[Any]:
        one_blas_thread.hold()  # the bits of a sum must not depend on the number of threads of BLAS
        try:
            function, items, positions = unpacked(self.shared.value)
            yield from self._results(function, items, positions, cells)
        except Exception as error:
            # As a result, which keeps its class, and which Spark does not try again.
            yield error
        finally:
            one_blas_thread.release()

    def _results(
        self, function: Any, items: Sequence[bytes], positions: dict[Any, list[int]], cells: Iterable[Any]
    ) -> Iterator[Any]:
        for key, held in cells:
            for position in positions.get(key, ()):
                yield position, function(unpacked(items[position], [held]))


class _Leaves(_Calls):
    """The task of a partition: nodes of the tree of additions over its parts."""

    def _results(
        self, function: Any, items: Sequence[bytes], positions: dict[Any, list[int]], cells: Iterable[Any]
    ) -> Iterator[Any]:
        total: TreeSum[Any] = TreeSum()
        for position, value in super()._results(partial(_of_part, function), items, positions, cells):
            total.add(position, value)
        yield from total.nodes


def _of_part(function: Callable[[Block], Any], part: Any) -> Any:
    return function(part.read())


def _added(nodes: Any, n_parts: int) -> Any:
    """Return the nodes of as many subtrees as the client adds, each added up by a task."""
    leaves = 1 << max(0, (n_parts - 1).bit_length())

    def subtree(node: Node | BaseException) -> tuple[int, Node | BaseException]:
        if isinstance(node, BaseException):
            return 0, node
        index, level, _ = node
        return (index << level) * FAN_IN // leaves, node

    return nodes.map(subtree).partitionBy(FAN_IN, int).values().mapPartitions(_joined)


def _joined(nodes: Iterable[Node | BaseException]) -> Iterator[Node | BaseException]:
    total: TreeSum[Any] = TreeSum()
    for node in nodes:
        if isinstance(node, BaseException):
            yield node
            return
        index, level, value = node
        total.add(index, value, level)
    yield from total.nodes


def _total(nodes: Sequence[Node | BaseException]) -> Any:
    """Return the sum of nodes; an error among them is raised."""
    total: TreeSum[Any] = TreeSum()
    for node in nodes:
        if isinstance(node, BaseException):
            raise node
        index, level, value = node
        total.add(index, value, level)
    return total.result
