"""Parameters of an estimator as JSON and arrays, and back: what a file may hold, and nothing that runs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix.covariances import Family, family_named
from gaussmix.errors import InputError
from gaussmix.fitting import AbsoluteChange, Aitken, FixedIterations, RelativeChange
from gaussmix.mixture import Mixture
from gaussmix.persist import mixture_from
from gaussmix.search import Budget
from gaussmix.storage import Record, short

__all__ = ["decode", "encode"]

_RULES = {rule.__name__: rule for rule in (AbsoluteChange, Aitken, Budget, FixedIterations, RelativeChange)}

_MOST_LETTERS = 16 << 20

# How NumPy's types are stored; a file's own name for a type is looked up here and nowhere else.
_STORED_AS = {
    **dict.fromkeys(("float64", "float32", "int64", "bool")),
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16", "uint32"), "int64"),
    "float16": "float32",
}


def encode(name: str, value: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return a value as JSON; an array goes to `arrays` under the name.

    Parameters
    ----------
    name : str
        What the value is called, for the file and for messages.
    value : object
        None, a truth value, a number, text, an array or list of these, a family, a mixture, a stopping rule
        or a budget.
    arrays : dict
        Is added to.

    Raises
    ------
    InputError
        If the value is of another type.

    Examples
    --------
    >>> arrays = {}
    >>> encode("means_init", np.zeros((2, 1)), arrays), arrays["means_init"].shape
    ({'array': 'float64'}, (2, 1))
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": str(value)}
    if isinstance(value, (list, tuple)):
        items = [encode(f"{name}/{i}", item, arrays) for i, item in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if type(value) in _RULES.values():
        return {"rule": type(value).__name__, **vars(value)}
    if isinstance(value, type) and issubclass(value, Family):
        value = value()
    if isinstance(value, Family) and family_named(value.name) == value:
        return {"family": value.name}
    if isinstance(value, Mixture):
        stored, description = value.to_storage()
        arrays.update({f"{name}/{key}": array for key, array in stored.items()})
        return {"mixture": description}
    if hasattr(value, "__array__"):
        return _encode_array(name, np.asarray(value), arrays)
    raise InputError(f"{name} is {short(value)} ({type(value).__name__}), which a file cannot hold")


def _encode_array(name: str, array: NDArray[Any], arrays: dict[str, NDArray[Any]]) -> dict[str, Any]:
    dtype = array.dtype.newbyteorder("=").name
    if dtype in _STORED_AS:
        arrays[name] = array.astype(_STORED_AS[dtype] or dtype)
        return {"array": dtype}
    if array.ndim == 1 and all(isinstance(item, str) for item in array.tolist()):
        return {"texts": array.tolist(), "objects": array.dtype == object}
    raise InputError(f"{name} is an array of {array.dtype}, which a file cannot hold: use numbers or text")


def decode(record: Record, name: str) -> Any:
    """Return the value that `encode` stored under a name of a record.

    Raises
    ------
    FileFormatError
        If there is none, or it is not one that `encode` writes.
    """
    if name not in record.description:
        raise record.fault(f"the description has no {record.place + name!r}")
    return _decode(record, name, record.description[name])


def _decode(record: Record, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(record, f"{name}/{i}", item) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    readers = {
        "float": _float,
        "tuple": _tuple,
        "rule": _rule,
        "family": _family,
        "mixture": _mixture,
        "array": _array,
        "texts": _texts,
    }
    for key, reader in readers.items():
        if key in value:
            return reader(record, name, value)
    raise record.fault(f"{record.place + name!r} is {short(value)}, which is no value")


def _float(record: Record, name: str, value: Mapping[str, Any]) -> float:
    if value["float"] not in ("nan", "inf", "-inf"):
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no number")
    return float(value["float"])


def _tuple(record: Record, name: str, value: Mapping[str, Any]) -> tuple[Any, ...]:
    if not isinstance(value["tuple"], list):
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no tuple")
    return tuple(_decode(record, name, value["tuple"]))


def _rule(record: Record, name: str, value: Mapping[str, Any]) -> Any:
    rule, options = value["rule"], {key: item for key, item in value.items() if key != "rule"}
    known = isinstance(rule, str) and rule in _RULES and set(options) == set(vars(_RULES[rule]()))
    numbers = (int, float, NoneType) if rule == Budget.__name__ else (int, float)
    if not known or not all(isinstance(item, numbers) for item in options.values()):
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no stopping rule or budget")
    return _RULES[rule](**options)


def _family(record: Record, name: str, value: Mapping[str, Any]) -> Family:
    family = family_named(value["family"]) if isinstance(value["family"], str) else None
    if family is None:
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no family known here")
    return family


def _mixture(record: Record, name: str, value: Mapping[str, Any]) -> Mixture:
    if not isinstance(value["mixture"], dict):
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no mixture")
    return mixture_from(record.part(name, value["mixture"]))


def _array(record: Record, name: str, value: Mapping[str, Any]) -> NDArray[Any]:
    dtype = value["array"]
    if not isinstance(dtype, str) or dtype not in _STORED_AS or name not in record.arrays:
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no array here")
    shape: tuple[None, ...] = (None,) * record.arrays[name].ndim
    stored = record.require(name, shape, dtype=_STORED_AS[dtype] or dtype, finite=False)
    with np.errstate(over="ignore", invalid="ignore"):
        array = stored.astype(dtype)
    if not np.array_equal(array, stored, equal_nan=stored.dtype.kind == "f"):
        raise record.fault(f"array {record.place + name!r} holds values that {dtype} cannot")
    return array


def _texts(record: Record, name: str, value: Mapping[str, Any]) -> NDArray[Any]:
    texts = value["texts"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise record.fault(f"{record.place + name!r} is {short(value)}, which is no array of text")
    if len(texts) * max(map(len, texts), default=0) > _MOST_LETTERS:
        # An array of text has room for the longest one in each place.
        raise record.fault(
            f"{record.place + name!r} holds {len(texts)} texts, and one that is too long for them"
        )
    return np.array(texts, dtype=object if value.get("objects") is True else str)
