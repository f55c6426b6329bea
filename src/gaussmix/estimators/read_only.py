"""Read-only arrays whose error message gives the remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["ReadOnlyArray", "read_only"]


class ReadOnlyArray(np.ndarray[Any, np.dtype[Any]]):
    """A read-only view of a fitted parameter; results computed from it, copies and pickles are ordinary arrays.

    Examples
    --------
    >>> import numpy as np
    >>> means = read_only(np.zeros((2, 1)), "means_")
    >>> means + 1
    array([[1.],
           [1.]])
    >>> means[0] = 5.0
    Traceback (most recent call last):
        ...
    gaussmix.errors.InputError: means_ is read-only: assign a new array instead of changing this one, as in
    means = model.means_.copy(); means[...] = ...; model.means_ = means
    """

    _name: str

    def __array_finalize__(self, source: Any) -> None:
        self._name = getattr(source, "_name", "the array")

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return the result of a computation as an ordinary array or number."""
        return array[()] if array.ndim == 0 else np.asarray(array)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return np.asarray(self).__reduce_ex__(protocol)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.array(self)

    def __copy__(self) -> Any:
        return np.array(self)

    def copy(self, order: Any = "C") -> Any:
        """Return a writeable, ordinary copy."""
        return np.array(self, order=order)

    def __repr__(self) -> str:
        return repr(np.asarray(self))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check_writeable()
        super().__setitem__(key, value)

    def fill(self, value: Any) -> None:
        """Fill the array with a value, if it can be written."""
        self._check_writeable()
        super().fill(value)

    def sort(self, *args: Any, **options: Any) -> None:
        """Sort the array in place, if it can be written."""
        self._check_writeable()
        super().sort(*args, **options)

    def _check_writeable(self) -> None:
        if not self.flags.writeable:
            name = self._name
            plain = name.rstrip("_")
            raise InputError(
                f"{name} is read-only: assign a new array instead of changing this one, as in "
                f"{plain} = model.{name}.copy(); {plain}[...] = ...; model.{name} = {plain}"
            )


def _in_place_operator(operator: str) -> Any:
    """Return an in-place operator with a new array as its result, so that ``model.means_ += 1`` sets the sum."""

    def compute(self: ReadOnlyArray, other: Any) -> Any:
        if self.flags.writeable:
            return getattr(super(ReadOnlyArray, self), f"__i{operator}__")(other)
        return NotImplemented

    compute.__doc__ = f"Return the result of ``{operator}`` as a new array where this one cannot be written."
    return compute


for _operator in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"):
    setattr(ReadOnlyArray, f"__i{_operator}__", _in_place_operator(_operator))


def read_only(array: NDArray[Any], name: str) -> ReadOnlyArray:
    """Return a read-only view of an array.

    Parameters
    ----------
    array : ndarray
    name : str
        Its name in the error message.
    """
    view = array.view(ReadOnlyArray)
    view.setflags(write=False)
    view._name = name
    return view
