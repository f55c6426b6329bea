"""Built-in tables and tables drawn from random mixtures, with the code that makes them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .. import datasets
from .._types import Floats
from ..data.numeric import NumericTable
from ..errors import InputError
from ..visible import one_line
from . import bodies
from .answers import RequestError

__all__ = ["BUILT_IN", "Cells", "StudioTable", "built_in", "drawn"]

Cells = NDArray[Any]

COMPONENT = "component"
"""The column of the components that a random mixture drew."""


@dataclass(frozen=True, eq=False)
class StudioTable:
    """A table of numbers, with columns of text that can be labels.

    Parameters
    ----------
    name : str
        For people.
    kind : "built-in", "random" or "file"
        Where it comes from.
    X : (n, D) array
        The columns of numbers.
    names : tuple of str
        Their names.
    text_names : tuple of str
        The names of the columns of text.
    load_text : callable
        Returns the columns of text by name.
    code : callable
        Returns lines of Python that make ``X``, the array of some columns, given by position.
    label_code : callable
        Returns a line of Python that makes ``y``, the cells of a column.
    notes : tuple of str
        Sentences of the reader.
    whole : StudioTable or None
        The table that this one is a part of.
    only : (str, str) or None
        The column and the label of its rows.
    """

    name: str
    kind: Literal["built-in", "random", "file"]
    X: Floats
    names: tuple[str, ...]
    code: Callable[[Sequence[int]], list[str]]
    label_code: Callable[[str], str]
    text_names: tuple[str, ...] = ()
    load_text: Callable[[], Mapping[str, Cells]] = dict
    notes: tuple[str, ...] = ()
    whole: StudioTable | None = None
    only: tuple[str, str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def _text(self) -> Mapping[str, Cells]:
        return self.load_text()

    def text(self, name: str) -> Cells:
        """Return a column of text; those of a file are read once, when they are first asked for."""
        with self._lock:
            return self._text[name]

    def cells(self, name: str) -> Cells:
        """Return a column: numbers, or text.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name in self.text_names:
            return self.text(name)
        return self.X[:, self.position(name)]

    def position(self, name: str) -> int:
        """Return the position of a column of numbers.

        Raises
        ------
        InputError
            If there is none of this name.
        """
        if name not in self.names:
            raise InputError(f"The table has no column of numbers named {one_line(name)!r}: choose another.")
        return self.names.index(name)

    @property
    def n_bytes(self) -> int:
        """Memory of the numbers."""
        return int(self.X.nbytes) + (0 if self.whole is None else self.whole.n_bytes)

    @cached_property
    def missing(self) -> dict[str, int]:
        """Number of missing values of each column that has some."""
        return NumericTable(self.X, self.names).missing

    def in_words(self) -> bodies.Table:
        """Return the table as a message for the page."""
        return bodies.Table(
            name=self.name,
            kind=self.kind,
            n_rows=len(self.X),
            columns=list(self.names),
            text_columns=list(self.text_names),
            missing=self.missing,
            notes=list(self.notes),
            hidden_labels=self.kind == "random",
            only=self.only,
        )

    def rows(self, first: int, count: int) -> bodies.Rows:
        """Return some rows with all columns, those of text first."""
        part = slice(first, first + count)
        columns = [*self.text_names, *self.names]
        cells = [[_cell(cell) for cell in self.cells(name)[part].tolist()] for name in columns]
        rows = [list(row) for row in zip(*cells, strict=True)]
        return bodies.Rows(first, columns, rows, len(self.X))


def _cell(cell: Any) -> Any:
    if isinstance(cell, float):
        return cell if np.isfinite(cell) else None
    # An empty text is a missing value.
    return cell if isinstance(cell, (int, bool)) else str(cell) or None


@dataclass(frozen=True)
class BuiltIn:
    """A table of :mod:`gaussmix.datasets`.

    Parameters
    ----------
    title : str
        For menus.
    target : str or None
        The name of its target.
    """

    title: str
    target: str | None = None


BUILT_IN = {
    "faithful": BuiltIn("Old Faithful: eruptions of a geyser"),
    "vowels": BuiltIn("Vowels: formants of 76 speakers", "vowel"),
    "penguins": BuiltIn("Penguins: sizes of three species", "species"),
    "airquality": BuiltIn("Air quality, with missing values"),
    "chevron": BuiltIn("Chevron: a minefield among noise", "class"),
    "tully_fisher": BuiltIn("Galaxies: brightness and rotation"),
}
"""The tables of :mod:`gaussmix.datasets`, by the name of their loader."""


def built_in(name: str) -> StudioTable:
    """Return a built-in table.

    Raises
    ------
    RequestError
        If there is none of this name.
    """
    if name not in BUILT_IN:
        raise RequestError(
            f"There is no built-in table {one_line(name)!r}: take one of {', '.join(BUILT_IN)}.", 404
        )
    bunch, target = getattr(datasets, f"load_{name}")(), BUILT_IN[name].target
    text = {} if target is None else {target: bunch.target}
    text |= {
        key: value for key, value in bunch.items() if key not in ("data", "target") and _is_column(value)
    }
    loader = f"datasets.load_{name}()"

    def code(columns: Sequence[int]) -> list[str]:
        some = "" if list(columns) == list(range(bunch.data.shape[1])) else f"[:, {list(columns)}]"
        return ["from gaussmix import datasets", "", f"X = {loader}.data{some}"]

    def label_code(label: str) -> str:
        if label in text:
            return f"y = {loader}.{'target' if label == target else label}"
        return f"y = {loader}.data[:, {bunch.feature_names.index(label)}]"

    return StudioTable(
        BUILT_IN[name].title,
        "built-in",
        bunch.data,
        tuple(bunch.feature_names),
        code,
        label_code,
        tuple(text),
        lambda: text,
        tuple(line for line in bunch.DESCR.splitlines() if line),
    )


def _is_column(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 1


def drawn(asked: bodies.Random) -> StudioTable:
    """Return a table drawn from a random mixture; its components are a column of text that the page can hide."""
    K, D, n, seed = asked.n_components, asked.n_features, asked.n_rows, asked.random_state
    mixture = datasets.random_mixture(K, D, asked.separation, random_state=seed)
    X, labels = mixture.sample(n, random_state=seed)

    def code(columns: Sequence[int]) -> list[str]:
        some = "" if list(columns) == list(range(D)) else f"\nX = X[:, {list(columns)}]"
        return [
            "from gaussmix import datasets",
            "",
            f"truth = datasets.random_mixture({K}, {D}, {asked.separation!r}, random_state={seed})",
            f"X, component = truth.sample({n}, random_state={seed}){some}",
        ]

    names = tuple(f"x{d + 1}" for d in range(D))
    return StudioTable(
        f"{n:,} rows of a random mixture of {K}",
        "random",
        X,
        names,
        code,
        lambda label: "y = component" if label == COMPONENT else f"y = X[:, {names.index(label)}]",
        (COMPONENT,),
        lambda: {COMPONENT: labels.astype(str)},
    )
