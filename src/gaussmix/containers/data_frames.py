"""Data frames of any library: the labels of their columns, and their columns as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from .._types import Rows
from ..errors import InputError, InputTypeError, MissingDependencyError
from .entries import numbers_of

if TYPE_CHECKING:
    import narwhals as nw

__all__ = ["Frame", "LabelledArray"]


@dataclass(frozen=True, eq=False)
class Frame:
    """A table of labelled columns.

    Parameters
    ----------
    columns : narwhals.DataFrame
        The columns under distinct names.
    labels : list
        Their own labels, which may be numbers, tuples or equal.
    """

    columns: nw.DataFrame[Any]
    labels: list[Any]

    @classmethod
    def of(cls, value: Any, name: str = "X") -> Frame | None:
        """Return a value as a data frame: of pandas, polars, pyarrow and others, or an Arrow stream of columns.

        Anything else gives None.

        Examples
        --------
        >>> import pandas
        >>> Frame.of(pandas.DataFrame([[1.0, 2.0]], columns=["width", 7])).labels
        ['width', 7]
        >>> Frame.of([[1.0, 2.0]]) is None
        True
        """
        if isinstance(value, (Frame, np.ndarray, np.generic, list, tuple)):
            return value if isinstance(value, Frame) else None
        import narwhals as nw

        if nw.dependencies.is_polars_lazyframe(nw.to_native(value, pass_through=True)):
            raise InputTypeError(
                f"{name} is a LazyFrame, without rows before it is collected: pass {name}.collect()."
            )
        if nw.dependencies.is_into_dataframe(value):
            native = nw.to_native(value, pass_through=True)
        elif hasattr(value, "__arrow_c_stream__") and not nw.dependencies.is_into_series(value):
            native = _from_stream(value, name)
        else:
            return None
        labels = list(native.column_names if nw.dependencies.is_pyarrow_table(native) else native.columns)
        return cls(nw.from_native(_with_distinct_names(native, labels), eager_only=True), labels)

    def numbers(self, name: str) -> Rows:
        """Return the columns as an array (n, D), with NaN for missing values.

        Text, categories and objects are read where each of them is a number.

        Raises
        ------
        InputError, InputTypeError
            If an entry is no number; the message names its column.
        """
        import narwhals as nw

        plain = {getattr(nw, f"{kind}{bits}") for kind in ("Int", "UInt") for bits in (8, 16, 32, 64)}
        if all(dtype in plain or dtype.is_float() for dtype in self.columns.schema.values()):
            array = np.asarray(self.columns.to_numpy())
            # Nulls of some types of pandas make it one of objects.
            if array.dtype.kind != "O":
                return array
        result = np.empty((len(self.columns), len(self.labels)))
        for j, label in enumerate(self.labels):
            result[:, j] = _numbers_of_column(self.columns[:, j], f"column {label!r} of {name}")
        return result


class LabelledArray(Frame):
    """An array (n, D) with labels of its columns: a data frame without a library of data frames.

    Parameters
    ----------
    array : (n, D) array

    Examples
    --------
    >>> LabelledArray(np.zeros((2, 1)), ["width"]).labels
    ['width']
    """

    def __init__(self, array: Rows, labels: Sequence[str]) -> None:
        object.__setattr__(self, "labels", list(labels))
        object.__setattr__(self, "_array", array)

    def numbers(self, name: str) -> Rows:
        """Return the array."""
        array: Rows = vars(self)["_array"]
        return array


def _numbers_of_column(column: nw.Series[Any], name: str) -> Any:
    import narwhals as nw

    if column.dtype.is_numeric() or column.dtype == nw.Boolean:
        return column.cast(nw.Float64).to_numpy()
    entries = np.empty(len(column), dtype=object)
    missing = column.is_null().to_list()
    entries[:] = [None if gap else entry for gap, entry in zip(missing, column.to_list(), strict=True)]
    return numbers_of(entries, lambda place: f"{name}, row {place[0]}," if place else name)


def _from_stream(value: Any, name: str) -> Any:
    import narwhals as nw

    reader: Any = next((library for library in ("pyarrow", "polars") if find_spec(library)), None)
    if reader is None:
        raise MissingDependencyError(
            f'{name} is an Arrow stream, which needs pyarrow: pip install "gaussmix[data]"'
        )
    try:
        return nw.from_arrow(value, backend=reader).to_native()
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{name} is an Arrow stream that holds no table of columns ({reason}).") from None


def _with_distinct_names(native: Any, labels: list[Any]) -> Any:
    """Return a frame with distinct text as names of its columns; pandas and pyarrow allow other names."""
    if len(set(labels)) == len(labels) and all(isinstance(label, str) for label in labels):
        return native
    positions = [str(j) for j in range(len(labels))]
    return (
        native.set_axis(positions, axis=1)
        if hasattr(native, "set_axis")
        else native.rename_columns(positions)
    )
