"""Rows of a classifier with the class of each: in memory, or in a source that is read in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np

from .._types import Floats, Ints
from ..blocks import Block
from ..classify import ClassMixtures
from ..engines import Engine, LocalEngine, map_tasks
from ..errors import InputError, InputTypeError
from ..log_space import log_sum_exp
from ..model_sweep import bic
from ..sources import ArraySource, Source, TableSource, open_source
from ..sources.derived import DerivedSource
from ..sources.opening import is_source
from ..sources.pieces import TablePart
from ..sources.values import ValuesOfRows

__all__ = [
    "ClassRows",
    "HeldClasses",
    "Judged",
    "SourceClasses",
    "labelled_rows",
    "labelled_source",
    "labels_of_rows",
    "names_a_column",
    "of_one_type",
]


@dataclass(frozen=True)
class Judged:
    """Log-likelihood and BIC of a classifier on its rows.

    Parameters
    ----------
    log_likelihood : float
        Of the rows and their classes, nats.
    bic : float
        Lower is better.
    """

    log_likelihood: float
    bic: float


class ClassRows(Protocol):
    """Rows of C classes."""

    @property
    def whole(self) -> Source:
        """All rows, without their classes."""
        ...

    @property
    def counts(self) -> Floats:
        """Weight of the rows of each class, (C,)."""
        ...

    @property
    def sizes(self) -> Floats:
        """Number of rows of each class, or their weight if that is more, (C,)."""
        ...

    def of_class(self, code: int) -> Source:
        """Return the rows of a class."""
        ...

    def judged(self, classes: ClassMixtures, df: int) -> Judged:
        """Return the log-likelihood of the rows and their classes, and BIC."""
        ...


@dataclass(frozen=True, eq=False)
class HeldClasses:
    """Rows in memory with the class of each.

    Parameters
    ----------
    block : Block
        All rows.
    codes : (n,) array of int
        Number of each row's class, −1 if unknown.
    n_classes : int
        C.
    """

    block: Block
    codes: Ints
    n_classes: int

    @property
    def whole(self) -> Source:
        """All rows, without their classes."""
        return ArraySource(self.block.X, self.block.weights, holes=self.block.holes)

    @cached_property
    def counts(self) -> Floats:
        """Weight of the rows of each class, (C,)."""
        known, weights = self.codes >= 0, self.block.weights
        found = np.bincount(self.codes[known], None if weights is None else weights[known], self.n_classes)
        return found.astype(np.float64)

    @cached_property
    def sizes(self) -> Floats:
        """Number of rows of each class, or their weight if that is more, (C,)."""
        return np.maximum(np.bincount(self.codes[self.codes >= 0], minlength=self.n_classes), self.counts)

    def of_class(self, code: int) -> Source:
        """Return the rows of a class."""
        part = self.block.take(np.flatnonzero(self.codes == code))
        return ArraySource(part.X, part.weights, holes=self.block.holes)

    def among_components(self, n_components: int) -> ArraySource:
        """Return all rows, with K components for each class: a row of known class is restricted to those of its class.

        Parameters
        ----------
        n_components : int
            K.
        """
        of_components = np.repeat(np.arange(self.n_classes), n_components)
        allowed = (self.codes[:, None] < 0) | (self.codes[:, None] == of_components)
        block = self.block
        return ArraySource(
            block.X, block.weights, allowed=None if allowed.all() else allowed, holes=block.holes
        )

    def judged(self, classes: ClassMixtures, df: int) -> Judged:
        """Return the log-likelihood of the rows and their classes, and BIC."""
        joint, codes = classes.log_joint(self.block.X), self.codes
        log_densities = np.where(codes < 0, log_sum_exp(joint), joint[np.arange(len(codes)), codes])
        weights = np.ones(len(codes)) if self.block.weights is None else self.block.weights
        total = float(weights @ log_densities)
        return Judged(total, bic(total, df, float(weights.sum())))


@dataclass(frozen=True, slots=True, eq=False)
class ClassPart:
    """Rows of one class, or of all, in a part of a table.

    Parameters
    ----------
    code : int or None
        Number of the class; None for all rows.
    """

    part: TablePart
    code: int | None = None

    def read(self) -> Block:
        """Return the rows, without their classes."""
        values = self.part.good_values()
        if self.code is not None:
            values = values.take(np.flatnonzero(self.codes_of(values) == self.code))
        return self.part.block_of(values)

    def codes_of(self, values: ValuesOfRows) -> Ints:
        """Return the number of the class of each row, −1 if unknown, (n,)."""
        assert values.labels is not None
        return self.part.layout.codes(values.labels).astype(np.intp)


@dataclass(frozen=True, eq=False)
class ClassSource(DerivedSource):
    """Rows of one class, or of all, in a table.

    Parameters
    ----------
    source : TableSource
        With the names of classes as its labels.
    """

    source: TableSource
    code: int | None = None

    @property
    def n_rows(self) -> int | None:
        """Number of rows n; None for those of one class."""
        return self.source.n_rows if self.code is None else None

    def _part(self, part: TablePart) -> ClassPart:
        return ClassPart(part, self.code)


@dataclass(frozen=True, eq=False)
class SourceClasses:
    """Rows of a table, read in blocks, with the class of each in a column.

    Parameters
    ----------
    table : TableSource
        With the names of classes as its labels.
    engine : Engine
        Visits the blocks.
    """

    table: TableSource
    engine: Engine

    @property
    def whole(self) -> Source:
        """All rows, without their classes."""
        return ClassSource(self.table)

    @cached_property
    def _tallies(self) -> Floats:
        """Weight and number of rows of each class, and last those of unknown class, (2, C + 1)."""
        function = partial(_tally, len(self.table.classes))
        parts = ClassSource(self.table).parts()
        return np.asarray(np.sum(map_tasks(self.engine, function, parts), axis=0))

    @property
    def counts(self) -> Floats:
        """Weight of the rows of each class, (C,)."""
        return np.asarray(self._tallies[0, :-1])

    @property
    def sizes(self) -> Floats:
        """Number of rows of each class, or their weight if that is more, (C,)."""
        return np.asarray(self._tallies[:, :-1].max(axis=0))

    @property
    def n_unknown(self) -> int:
        """Number of rows of unknown class."""
        return int(self._tallies[1, -1])

    def of_class(self, code: int) -> Source:
        """Return the rows of a class: in memory if half of the table's memory has room for them."""
        source, n = ClassSource(self.table, code), self._tallies[1, code]
        local = isinstance(self.engine, LocalEngine)
        if not local or 2 * n * self.table.layout.row_bytes > self.table.memory:
            return source
        block = Block.joined([block for part in source.parts() if (block := part.read()).n_rows])
        return ArraySource(block.X, block.weights, holes=block.holes)

    def judged(self, classes: ClassMixtures, df: int) -> Judged:
        """Return the log-likelihood of the rows and their classes, and BIC."""
        parts = ClassSource(self.table).parts()
        total, weight = np.sum(map_tasks(self.engine, partial(_log_likelihood, classes), parts), axis=0)
        return Judged(float(total), bic(float(total), df, float(weight)))


def _tally(n_classes: int, part: ClassPart) -> Floats:
    values = part.part.good_values()
    codes = part.codes_of(values)
    codes[codes < 0] = n_classes
    weights = np.ones(len(codes)) if values.weights is None else values.weights
    counts = np.bincount(codes[weights > 0], minlength=n_classes + 1)
    return np.stack([np.bincount(codes, weights, n_classes + 1), counts.astype(np.float64)])


def _log_likelihood(classes: ClassMixtures, part: ClassPart) -> Floats:
    values = part.part.good_values()
    held = HeldClasses(part.part.block_of(values), part.codes_of(values), len(classes.mixtures))
    weights = np.ones(values.n_rows) if values.weights is None else values.weights
    return np.array([held.judged(classes, 0).log_likelihood, weights.sum()])


def names_a_column(y: Any) -> bool:
    """Return whether the classes are given as a column of the table: by its name or its position."""
    return isinstance(y, (str, int, np.integer))


def labelled_source(X: Any, y: Any, sample_weight: Any) -> TableSource:
    """Return a table in a source with the names of classes as its labels.

    Parameters
    ----------
    y : str, int or None
        The column of classes; None if the source was opened with ``labels``.

    Raises
    ------
    InputError, InputTypeError
        If there is no column of classes, or weights are given beside the source.
    """
    if sample_weight is not None:
        raise InputError(
            "sample_weight is given beside a source or a file: name the column in open_source(..., weights=)."
        )
    if y is not None and not names_a_column(y):
        raise InputTypeError(
            f"y is of type {type(y).__name__}, and X is a source or a file: name its column of classes, "
            "such as y='kind'."
        )
    source = X if is_source(X) else open_source(X, labels=y)
    if not isinstance(source, TableSource) or source.layout.labels is None:
        raise InputError(
            "X is a source without a column of classes: open it with open_source(..., labels=COLUMN)."
        )
    if is_source(X) and y not in (None, source.layout.labels):
        raise InputError(
            f"y is {y!r}, and the source was opened with the labels {source.layout.labels!r}: give the same."
        )
    if source.layout.errors:
        raise InputError("a classifier takes no measurement errors: open the source without them.")
    return source.of_classes()


def labelled_rows(source: TableSource) -> tuple[Block, Any] | None:
    """Return the rows in memory and the class of each, (n,); None if half of the memory has no room for them."""
    if 2 * source.n_rows * source.layout.row_bytes > source.memory:
        return None
    values = ValuesOfRows.joined([part.good_values() for part in source.parts()])
    block = Block(np.array(values.X, order="C"), values.weights, holes=source.facts.holes)
    source.buffers.clear()
    assert values.labels is not None
    return block, of_one_type(values.labels)


def labels_of_rows(source: TableSource) -> tuple[Any, Floats | None]:
    """Return the class of each row, (n,), and the weights."""
    held = [(values.labels, values.weights) for values in (part.good_values() for part in source.parts())]
    source.buffers.clear()
    weights = [each for _, each in held if each is not None]
    return of_one_type(np.concatenate([labels for labels, _ in held])), (
        np.concatenate(weights) if weights else None
    )


def of_one_type(labels: Any) -> Any:
    """Return classes as whole numbers where all are, and text as an array of text; others as they are."""
    if labels.dtype.kind == "f" and np.isfinite(labels).all() and (labels == np.floor(labels)).all():
        return labels.astype(np.intp)
    if labels.dtype == object and all(isinstance(label, str) for label in labels.tolist()):
        return labels.astype(np.str_)
    return labels
