"""Table: measurements with the names of their columns and the labels of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaussmix.errors import InputError, InputTypeError, MissingDependencyError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table"]


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table of measurements, with labels for its rows; the arrays are read-only.

    A column is reached by its name, and a label also as an attribute: ``table["F1"]``, ``table["vowel"]``,
    ``table.vowel``.

    Parameters
    ----------
    name : str
        What the table is called.
    data : array-like, shape (n, D)
        The measurements, in `unit`.
    feature_names : sequence of str
        The D names of the measured columns.
    labels : mapping from str to array-like of shape (n,)
        What else is known of each row, such as its class.
    unit : str
        The unit of the measurements.
    description : str
        What was measured, in a few sentences.
    source : str
        The publication that the table comes from.

    Raises
    ------
    InputError
        If the shapes do not agree or a name stands twice.

    Examples
    --------
    >>> table = Table("heights", [[1.8], [1.6]], ["height"], {"who": ["Ann", "Bo"]}, unit="m")
    >>> table.who.tolist()
    ['Ann', 'Bo']
    >>> table.take(table.who == "Bo").data
    array([[1.6]])
    """

    name: str
    data: NDArray[np.float64]
    feature_names: tuple[str, ...]
    labels: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    unit: str = ""
    description: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        data = _frozen(np.array(self.data, dtype=np.float64))
        names = tuple(self.feature_names)
        labels = {key: _frozen(np.array(values)) for key, values in self.labels.items()}
        if data.ndim != 2 or data.shape[1] != len(names):
            raise InputError(
                f"data has shape {data.shape}, expected (n, {len(names)}) for {len(names)} names"
            )
        for key, values in labels.items():
            if values.shape != data.shape[:1]:
                raise InputError(f"label {key!r} has shape {values.shape}, expected ({len(data)},)")
        if len({*names, *labels}) < len(names) + len(labels):
            raise InputError(f"a column name stands twice among {(*names, *labels)}")
        for attribute, value in (("data", data), ("feature_names", names), ("labels", labels)):
            object.__setattr__(self, attribute, value)

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, column: str) -> NDArray[Any]:
        """The values of one column, shape (n,): a measurement or a label."""
        if column in self.labels:
            return self.labels[column]
        return self.data[:, self._position(column)]

    def __getattr__(self, name: str) -> NDArray[Any]:
        labels: Mapping[str, NDArray[Any]] = self.__dict__.get("labels", {})
        if name in labels:
            return labels[name]
        known = ", ".join(labels) or "none"
        raise AttributeError(f"this table has no attribute {name!r}; its labels are {known}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.labels})

    def columns(self, names: str | Sequence[str]) -> NDArray[np.float64]:
        """Return the measurements of the named columns, in that order.

        Parameters
        ----------
        names : str or sequence of str
            Names out of `feature_names`.

        Returns
        -------
        ndarray, shape (n, len(names))
            A new array.

        Raises
        ------
        InputError
            If a name is not in `feature_names`.

        Examples
        --------
        >>> from gaussmix.datasets import load_vowels
        >>> load_vowels().columns(["F2", "F1"])[0]
        array([2280.,  240.])
        """
        wanted = [names] if isinstance(names, str) else list(names)
        return self.data[:, [self._position(name) for name in wanted]]

    def take(self, rows: ArrayLike) -> Table:
        """Return the table of some rows.

        Parameters
        ----------
        rows : array-like of bool, shape (n,), or of int
            Which rows: true where a row stays, or the positions of the rows, counted from 0.

        Returns
        -------
        Table

        Raises
        ------
        InputError
            If a truth table has another length than the table, or a position is outside it.

        Examples
        --------
        >>> from gaussmix.datasets import load_vowels
        >>> vowels = load_vowels()
        >>> len(vowels.take((vowels.vowel == "iy") & (vowels.speaker_type == "child")))
        30
        """
        chosen = _rows(rows, len(self))
        labels = {key: values[chosen] for key, values in self.labels.items()}
        return replace(self, data=self.data[chosen], labels=labels)

    def to_frame(self) -> pd.DataFrame:
        """Return the labels and the measurements as a pandas DataFrame.

        Returns
        -------
        pandas.DataFrame
            n rows; the labels first, then the measurements.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.

        Examples
        --------
        >>> from gaussmix.datasets import load_faithful
        >>> load_faithful().to_frame().columns.tolist()
        ['eruptions', 'waiting']
        """
        try:
            import pandas as pd
        except ImportError:
            raise MissingDependencyError('to_frame needs pandas: pip install "gaussmix[data]"') from None
        return pd.DataFrame({key: self[key].copy() for key in (*self.labels, *self.feature_names)})

    def __repr__(self) -> str:
        unit = f" ({self.unit})" if self.unit else ""
        lines = [f"Table {self.name!r}: {len(self)} rows"]
        lines += [f"  measured{unit}: {', '.join(self.feature_names)}"]
        lines += [f"  {key}: {_summary(values)}" for key, values in self.labels.items()]
        return "\n".join(lines + ([f"  source: {self.source}"] if self.source else []))

    def _position(self, name: str) -> int:
        if name not in self.feature_names:
            raise InputError(f"there is no column {name!r}; the columns are {', '.join(self.feature_names)}")
        return self.feature_names.index(name)


def _rows(rows: ArrayLike, n: int) -> NDArray[Any]:
    """Check truth values or positions against the number of rows."""
    chosen = np.asarray(rows)
    if chosen.size == 0:
        chosen = chosen.astype(np.intp)
    if chosen.ndim != 1 or chosen.dtype.kind not in "biu":
        found = f"{chosen.dtype} of shape {chosen.shape}"
        raise InputTypeError(f"rows must be a column of truth values or positions, not {found}")
    if chosen.dtype == bool and len(chosen) != n:
        raise InputError(f"rows must have one truth value for each of the {n} rows, not {len(chosen)}")
    if chosen.dtype != bool and chosen.size and not -n <= chosen.min() <= chosen.max() < n:
        raise InputError(f"rows must lie between 0 and {n - 1}, not {chosen.min()} to {chosen.max()}")
    return chosen


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _summary(values: NDArray[Any]) -> str:
    """The different values, in the order in which they come; the ends alone when they are many."""
    distinct = list(dict.fromkeys(values.tolist()))
    if len(distinct) <= 12:
        return ", ".join(map(str, distinct))
    return f"{distinct[0]} … {distinct[-1]} ({len(distinct)} different)"
