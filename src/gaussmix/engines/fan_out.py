"""Fan-out: independent fits as tasks of an engine outside this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, runtime_checkable

from ..one_blas_thread import one_blas_thread
from ..sources import ArraySource, Source
from .base import A, B
from .threads import ThreadEngine

__all__ = ["FanOut", "JoblibEngine", "OneThread", "fans_out"]


@runtime_checkable
class FanOut(Protocol):
    """Engine for independent tasks in other processes.

    Examples
    --------
    >>> from gaussmix.engines import JoblibEngine, ThreadEngine
    >>> isinstance(JoblibEngine(), FanOut), isinstance(ThreadEngine(), FanOut)
    (True, False)
    """

    def fan_out(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item, in other processes.

        Parameters
        ----------
        function : callable
            It can be pickled, and so can its values.
        items : sequence
            Arguments of the calls, which can be pickled.

        Returns
        -------
        list
            ``function(item)`` for each item, in their order.
        """
        ...


def fans_out(engine: Any, source: Source) -> bool:
    """Return whether independent fits to some rows are tasks in other processes, each with all the rows.

    Rows in files or on a cluster are fitted by one model after the other, with passes by all workers.
    """
    return isinstance(engine, FanOut) and isinstance(source, ArraySource)


@dataclass(frozen=True)
class OneThread(Generic[A, B]):
    """Function that computes with one thread of BLAS, so that its bits do not depend on the machine."""

    function: Callable[[A], B]

    def __call__(self, item: A) -> B:
        """Return the function's value for an item."""
        with one_blas_thread:
            return self.function(item)


class JoblibEngine(ThreadEngine, FanOut):
    """Engine for independent fits by joblib: the starts of ``n_init``, runs of a search, and models of a selection.

    The backend and the number of jobs are those of ``joblib.parallel_config``. Passes over the rows run in threads of
    this process. Results are bit-identical to those of threads.

    Parameters
    ----------
    n_threads : int, optional
        Number of threads of the passes, as in :class:`ThreadEngine`.

    Examples
    --------
    >>> import joblib
    >>> from gaussmix import datasets, select
    >>> from gaussmix.engines import JoblibEngine
    >>> X = datasets.load_faithful().data
    >>> with joblib.parallel_config("threading", n_jobs=2):
    ...     best = select(X, range(1, 4), "EEE", engine=JoblibEngine(), random_state=0).best
    >>> best.name
    'EEE,3'
    """

    def __repr__(self) -> str:
        return f"JoblibEngine({'' if self._n_threads is None else self._n_threads})"

    def fan_out(self, function: Callable[[A], B], items: Sequence[A]) -> list[B]:
        """Call a function of each item by joblib."""
        from joblib import Parallel, delayed

        task = delayed(OneThread(function))
        return list(Parallel()(task(item) for item in items))
