"""Rows of a source as arguments of an estimator: checked by a pass, and read in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..blocks import Block
from ..engines import Engine, LocalEngine, local_engine
from ..errors import InputError
from ..sources import Source, TableSource, open_source
from ..sources.folds import Fold, FoldSource
from ..sources.opening import is_source
from ..sources.table import in_memory
from ..uniform import Uniform
from ..validation import LARGEST
from .rows import Features, check_columns

__all__ = ["SourceRows", "concatenated", "source_to_predict"]


@dataclass(frozen=True, eq=False)
class SourceRows:
    """Checked rows of a source, for a fit.

    Parameters
    ----------
    usable : int
        Number of rows of positive weight, or their total weight if that is more.
    dtype : numpy.dtype
        float32 or float64.
    hold : bool
        Whether rows may be held in memory if there is room: the engine is one of this process.
    uniform : Uniform, optional
        The noise component.
    fold : Fold, optional
        The share of the rows to fit; all unless given.
    """

    rows: Source
    usable: int
    dtype: np.dtype[Any]
    hold: bool = True
    uniform: Uniform | None = None
    fold: Fold | None = None

    @classmethod
    def of(cls, X: Any, known: dict[str, Any], engine: Engine) -> tuple[SourceRows, Features]:
        """Return the checked rows of a source or of an openable object, and their columns.

        Parameters
        ----------
        known : dict
            The other arguments of ``fit``, which are columns of a source.
        engine : Engine
            Visits the blocks of a source that does not check its rows itself.

        Raises
        ------
        InputError
            If a row is bad, or weights, errors or labels are given beside the source.
        """
        refuse_beside_source(known)
        source = open_source(X)
        usable = _usable(source, engine)
        dtype = (
            np.dtype(source.layout.dtype)
            if isinstance(source, TableSource)
            else source.parts()[0].read().X.dtype
        )
        return cls(source, usable, dtype, isinstance(engine, LocalEngine)), features_of(source)

    @property
    def n_features(self) -> int:
        """Number of columns D."""
        return self.rows.n_features

    def with_uniform(self, uniform: Uniform | None) -> SourceRows:
        """Return the same rows with a noise component."""
        return replace(self, uniform=uniform)

    @property
    def labelled(self) -> bool:
        """Whether the rows have labels."""
        return isinstance(self.rows, TableSource) and self.rows.layout.labels is not None

    def source(self, n_components: int) -> Source:
        """Return the rows as a fit of K components takes them.

        Raises
        ------
        InputError
            If the labels exclude all rows from a component.
        """
        whole = self._whole(n_components)
        return whole if self.fold is None else FoldSource(whole, self.fold)

    def _whole(self, n_components: int) -> Source:
        if not isinstance(self.rows, TableSource):
            return self.rows
        labelled = self.rows.labelled(n_components, n_components + (self.uniform is not None))
        allowed = labelled.facts.allowed
        if allowed is not None and not allowed[:n_components].all():
            raise InputError(
                f"labels exclude all rows of positive weight from component {int(allowed.argmin())} of {n_components}: "
                "label rows with it, leave some unknown (−1), or fit fewer components."
            )
        return in_memory(labelled) if self.hold else labelled


def features_of(source: Source) -> Features:
    """Return the columns of a source."""
    names = _feature_names(source)
    return Features(source.n_features, None if names is None else np.array(names, dtype=object))


def _feature_names(source: Source) -> Any:
    # The columns of an array have names in a source, and none as features.
    return getattr(source, "feature_names", getattr(source, "names", None))


def refuse_beside_source(known: dict[str, Any]) -> None:
    """Raise InputError if weights, errors or labels are given as arrays beside a source."""
    given = [name for name, value in known.items() if value is not None]
    if given:
        roles = {"sample_weight": "weights=", "noise": "errors=", "labels": "labels="}
        role = roles.get(given[0])
        column = f"name the column in gaussmix.sources.open_source(..., {role}…), or " if role else ""
        raise InputError(f"{given[0]} is given beside a source or a file: {column}give X as an array.")


class _Check(NamedTuple):
    """Number of rows of positive weight and the weight of all."""

    usable: int
    weight: float

    def __add__(self, other: _Check) -> _Check:  # type: ignore[override]
        return _Check(self.usable + other.usable, self.weight + other.weight)


def _usable(source: Source, engine: Engine) -> int:
    if isinstance(source, TableSource):
        return max(source.facts.usable, int(source.facts.weight))
    checked = engine.sum(_checked, source)
    return max(checked.usable, int(checked.weight))


def _checked(block: Block) -> _Check:
    """Raise InputError if a block of a user-defined source has an invalid value."""
    X = block.X
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(X) <= np.float64(LARGEST)) & ~(np.isnan(X) & block.holes)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise InputError(
            f"row {block.start + row} of the source is {X[row, column]} in column {column}: give finite values, and "
            "blocks with holes=True where values are missing."
        )
    usable = block.n_rows if block.weights is None else int(np.count_nonzero(block.weights))
    return _Check(usable, block.total_weight)


def source_to_predict(estimator: Any, X: Any, known: dict[str, Any]) -> Source:
    """Return the rows to predict as a source with the columns of the fit.

    A file gives the columns of the names of the fit.

    Parameters
    ----------
    known : dict
        The other arguments of the method.
    """
    refuse_beside_source(known)
    names = getattr(estimator, "feature_names_in_", None)
    columns = None if names is None or is_source(X) else [str(name) for name in names]
    source = open_source(X, columns=columns)
    check_columns(estimator, source.n_features, _feature_names(source))
    return source


def concatenated(function: Callable[[Block], NDArray[Any]], source: Source, engine: Engine) -> NDArray[Any]:
    """Return a function's values for the rows of all blocks, in their order.

    Parameters
    ----------
    function : callable
        Takes a block and returns an array with a value for each row.
    engine : Engine
        If it is one of this process, it makes the calls; otherwise threads do.
    """
    with local_engine(engine) as pool:
        return np.concatenate(pool.map(partial(_of_part, function), list(source.parts())))


def _of_part(function: Callable[[Block], NDArray[Any]], part: Any) -> NDArray[Any]:
    return function(part.read())
