"""Python objects one by one as numbers: integers of any size, decimals, fractions, and text of a number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats
from ..errors import InputError, InputTypeError

__all__ = ["numbers_of"]

_LONGEST = 60
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_ADVICE = {
    "NAType": "remove these rows or impute the values",
    "complex": "give the real part",
    **dict.fromkeys(
        ("Timestamp", "datetime", "date", "time", "timedelta", "Timedelta"), "convert it to a number first"
    ),
}


def numbers_of(entries: NDArray[Any], where: Callable[[tuple[int, ...]], str]) -> Floats:
    """Return the entries of an array as numbers in its shape; None becomes NaN.

    Parameters
    ----------
    entries : array of objects or text
    where : callable
        Names a place in messages.

    Raises
    ------
    InputError
        If a text is not one of a number, or a number is beyond the range of float64.
    InputTypeError
        If an entry is no real number.
    """
    numbers = _all_at_once(entries)
    suspects = (
        np.ndindex(entries.shape) if numbers is None else map(tuple, np.argwhere(np.isinf(numbers)).tolist())
    )
    for place in suspects:
        _check(entries[place], where(place))
    if numbers is None:
        raise InputError(f"{where(())} cannot be read as numbers: give numbers or text of numbers.")
    return numbers


def _all_at_once(entries: NDArray[Any]) -> Floats | None:
    try:
        return entries.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        return None


def _check(entry: Any, where: str) -> None:
    value = entry.item() if isinstance(entry, np.generic) else entry
    if value is None or isinstance(value, float):
        return
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    except ValueError:
        do = "choose numeric columns or encode the text as numbers"
        if isinstance(value, str) and _DECIMAL_COMMA.fullmatch(value):
            do = "write decimal points, or read the file with decimal=','"
        raise InputError(f"could not convert string to float: {where} is {_short(value)}: {do}.") from None
    except TypeError:
        raise InputTypeError(
            f"{where} is {_short(value)}, but each argument must be a string or a real number, "
            f"not {type(value).__name__}: {_ADVICE.get(type(value).__name__, 'give columns of numbers')}."
        ) from None
    if math.isinf(number) and not _is_infinity(value):
        raise InputError(
            f"{where} is {_short(value)}, beyond the range of float64: divide the column by a power of ten."
        )


def _is_infinity(value: Any) -> bool:
    """Return whether a value is infinity itself, as text or Decimal, rather than a number too large for float64."""
    text = value.decode("ascii") if isinstance(value, bytes) else value
    return (
        text.strip().lstrip("+-").lower() in ("inf", "infinity")
        if isinstance(text, str)
        else text == math.inf or text == -math.inf
    )


def _short(value: Any) -> str:
    # Python refuses to print whole numbers of thousands of digits.
    if isinstance(value, int) and value.bit_length() > 200:
        return f"about {'-' if value < 0 else ''}1e{int(value.bit_length() * math.log10(2))}"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
