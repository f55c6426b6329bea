"""The engine for Dask."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engines import available_threads
from ..errors import DataWarning, warn
from ..sources import ArrayPart
from .addresses import check_reachable, connecting
from .futures_engine import FuturesEngine
from .packages import imported
from .serialisation import packed, unpacked

__all__ = ["DaskEngine"]

_PATIENCE = 30
"""Seconds without a result before a cluster without workers is reported."""
_LARGE_GRAPH = "distributed.admin.large-graph-warning-threshold"


class DaskEngine(FuturesEngine):
    """Engine for Dask: sums by tasks on the workers with the data.

    Results are bit-identical for every number of workers. Dask repeats the tasks of workers that are lost. A copy or a
    pickle of the engine uses the client of its process.

    Parameters
    ----------
    client : distributed.Client or str, optional
        The client, or the address of a scheduler. By default the client of this process, or without one the configured
        scheduler of Dask (threads, if it was not changed).

    Raises
    ------
    MissingDependencyError
        If dask is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.distributed import DaskEngine
    >>> from gaussmix.sources import ArraySource
    >>> DaskEngine().sum(lambda block: block.total_weight, ArraySource(np.zeros((50_000, 2))))
    50000.0
    """

    def __init__(self, client: Any = None) -> None:
        super().__init__()
        self._dask = imported("dask", "dask")
        self._given = client
        self._client: Any = None if isinstance(client, str) else client

    def __repr__(self) -> str:
        return f"DaskEngine({'' if self._given is None else repr(self._given)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return DaskEngine, ((self._given,) if isinstance(self._given, str) else ())

    def __deepcopy__(self, memo: Any) -> DaskEngine:
        return self

    @property
    def client(self) -> Any:
        """The client of a distributed scheduler, or None where Dask uses threads or processes of its own."""
        if isinstance(self._given, str) and (self._client is None or self._client.status == "closed"):
            package = imported("distributed", "dask")
            check_reachable(self._given)
            with connecting("Dask"):
                self._client = package.Client(self._given, set_as_default=False)
        return self._client if self._client is not None else _default_client()

    @property
    def n_slots(self) -> int:
        """The number of threads of all workers."""
        client = self.client
        return available_threads() if client is None else sum(client.nthreads().values())

    def _is_handle(self, value: Any) -> bool:
        return bool(self._dask.is_dask_collection(value))

    def _send(self, part: ArrayPart) -> Any:
        delayed = imported("dask.delayed", "dask")
        client = self.client
        if client is None:
            return delayed.delayed(part, pure=False, traverse=False)
        # Not by scatter: what a lost worker held of that cannot be computed again.
        with self._large_graphs():
            future = client.submit(unpacked, packed(part)[0], pure=False)
        return delayed.Delayed(future.key, {future.key: future})

    def _shared(self, function: Callable[[Any], Any]) -> Any:
        return self._task(unpacked, packed(function)[0])

    def _task(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self._dask.delayed(function, pure=False, traverse=False)(*arguments)

    def _values(self, handles: Sequence[Any]) -> list[Any]:
        client = self.client
        if client is None:
            return list(self._dask.compute(*handles))
        with self._large_graphs():
            futures = client.compute(list(handles))
        _wait(client, futures)
        return list(client.gather(futures))

    def _large_graphs(self) -> Any:
        """Return a context without the warning about large graphs: rows and mixtures are sent on purpose."""
        return self._dask.config.set({_LARGE_GRAPH: "1TB"})


def _wait(client: Any, futures: Sequence[Any]) -> None:
    """Wait for futures, with a warning where no worker could compute them."""
    distributed, waiting = imported("distributed", "dask"), True
    while waiting:
        try:
            distributed.wait(futures, timeout=_PATIENCE)
            waiting = False
        except TimeoutError:
            if not client.nthreads():
                text = (
                    f"the cluster of Dask has no worker after {_PATIENCE} s: the computation waits for one."
                )
                warn(text, DataWarning)


def _default_client() -> Any:
    # Dask reads the settings of distributed when that is imported.
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        return distributed.get_client()
    except ValueError:
        return None
