"""Collections of Dask, Ray and Spark as rows of an estimator: the engine of each, its source, its predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engines import Engine
from ..sources.opening import KINDS, Kind
from .dask_engine import DaskEngine
from .dask_rows import is_dask, mapped_dask, open_dask
from .pieces import CollectionSource
from .ray_engine import RayEngine
from .ray_rows import is_ray, mapped_ray, open_ray
from .spark_engine import SparkEngine
from .spark_rows import is_spark, mapped_spark, open_spark
from .values import RowFunction

__all__ = ["column_names", "engine_for", "is_collection", "mapped"]


@dataclass(frozen=True)
class _Collection:
    """A kind of collection."""

    name: str
    accepts: Callable[[Any], bool]
    engine: Callable[[Any], Engine]
    open: Callable[..., CollectionSource]
    mapped: Callable[[Any, Sequence[str] | None, RowFunction], Any]


_COLLECTIONS = (
    _Collection("an array or a data frame of Dask", is_dask, lambda x: DaskEngine(), open_dask, mapped_dask),
    _Collection("a dataset of Ray", is_ray, lambda x: RayEngine(), open_ray, mapped_ray),
    _Collection(
        "a data frame of Spark", is_spark, lambda x: SparkEngine(x.sparkSession), open_spark, mapped_spark
    ),
)
# Before Arrow streams: a data frame of Spark is one as well.
KINDS[:0] = [Kind(each.name, each.accepts, each.open) for each in _COLLECTIONS]


def _kind_of(x: Any) -> _Collection | None:
    return next((each for each in _COLLECTIONS if each.accepts(x)), None)


def is_collection(x: Any) -> bool:
    """Return whether an object is a collection of Dask, Ray or Spark.

    Examples
    --------
    >>> import dask.array as da
    >>> is_collection(da.zeros((4, 2))), is_collection([[0.0]])
    (True, False)
    """
    return _kind_of(x) is not None


def column_names(x: Any) -> list[str] | None:
    """Return the names of the columns of a collection, or None for an array."""
    if is_ray(x):
        return list(x.schema().names)
    return [str(name) for name in x.columns] if hasattr(x, "columns") else None


def engine_for(given: Engine | None, x: Any) -> Engine | None:
    """Return the given engine, or the engine of a collection or of its source; None for other rows."""
    if given is not None or type(x) is np.ndarray:
        return given
    if isinstance(x, CollectionSource):
        engine: Engine = x.engine
        return engine
    kind = _kind_of(x)
    return None if kind is None else kind.engine(x)


def mapped(x: Any, columns: Sequence[str] | None, function: RowFunction) -> Any:
    """Return a function's values for the rows of a collection, lazily, as a collection of the same kind.

    Parameters
    ----------
    columns : sequence of str, optional
        The columns that the function takes, by name; all unless given.
    """
    kind = _kind_of(x)
    assert kind is not None
    return kind.mapped(x, columns, function)
