"""Parameters of an estimator as plain values and arrays in a file, without code."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..covariances import Family, family_named
from ..errors import GaussmixError, InputError
from ..fitting import AbsoluteChange, Aitken, FixedIterations, RelativeChange
from ..priors import ConjugatePrior, MclustPrior
from ..search import Budget
from ..storage import Record, short
from .registry import kind_named, kind_of, register, register_fields

__all__ = ["decode", "encode"]

_MOST_LETTERS = 16 << 20

# How NumPy's types are stored; a file's own name for a type is looked up here and nowhere else.
_STORED_AS = {
    **dict.fromkeys(("float64", "float32", "int64", "bool")),
    **dict.fromkeys(("int8", "int16", "int32", "uint8", "uint16", "uint32"), "int64"),
    "float16": "float32",
}


def encode(name: str, value: Any) -> Any:
    """Return a value as plain values, arrays and dicts with the names of kinds.

    Parameters
    ----------
    name : str
        The name of the value, for messages.
    value : object
        None, a truth value, a number, text, an array, a list or tuple or dict of these, a family, a mixture, a stopping
        rule, a budget or a prior.

    Raises
    ------
    InputError
        If the value is of another type.

    Examples
    --------
    >>> encode("tol", Aitken(1e-3)), encode("max_iter", 100)
    ({'tol': 0.001, 'kind': 'Aitken'}, 100)
    """
    try:
        return _encoded(value)
    except InputError as error:
        raise InputError(f"{name} is {error}") from None


def _encoded(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)) or _is_finite(value):
        return value
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    if isinstance(value, type) and issubclass(value, Family):
        value = value()
    if hasattr(value, "__array__"):
        value = np.asarray(value)
    kind = kind_of(Family if isinstance(value, Family) else type(value))
    if kind is None:
        raise InputError(f"{short(value)} ({type(value).__name__}), which a file cannot hold")
    return kind.described(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, float) and math.isfinite(value)


def decode(record: Record, name: str) -> Any:
    """Return the value stored by `encode` under a name of a record.

    Raises
    ------
    FileFormatError
        If there is none, or it is not one that `encode` writes.
    """
    if name not in record.description:
        raise record.fault(f"the description has no {record.place + name!r}")
    return _decoded(record, name, record.description[name])


def _decoded(record: Record, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(record, f"{name}/{i}", item) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    kind = kind_named(value.get("kind"))
    if kind is None:
        raise record.fault(f"{record.place + name!r} is {short(value)}, not a value")
    return kind.from_record(record.part(name, value))


def _float_from(record: Record) -> float:
    text = record.entry("value", str)
    if text not in ("nan", "inf", "-inf"):
        raise record.fault(f"{record.place + 'value'!r} is {short(text)}, not a number")
    return float(text)


def _tuple_from(record: Record) -> tuple[Any, ...]:
    record.entry("items", list)
    return tuple(decode(record, "items"))


def _mapping_from(record: Record) -> dict[Any, Any]:
    pairs = record.entry("items", list)
    if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        raise record.fault(f"{record.place + 'items'!r} is {short(pairs)}, not names with values")
    return dict(decode(record, "items"))


def _prior_to_dict(prior: ConjugatePrior) -> dict[str, Any]:
    return {part.name: encode(part.name, getattr(prior, part.name)) for part in fields(prior)}


def _prior_from(cls: type[ConjugatePrior], record: Record) -> ConjugatePrior:
    values = {part.name: decode(record, part.name) for part in fields(cls)}
    try:
        return cls(**values)
    except GaussmixError as error:
        raise record.fault(str(error)) from None


def _family_to_dict(family: Family) -> dict[str, Any]:
    if family_named(family.name) != family:
        raise InputError(f"{short(family)} ({type(family).__name__}), which a file cannot hold")
    return {"name": family.name}


def _family_from(record: Record) -> Family:
    name = record.entry("name", str)
    family = family_named(name)
    if family is None:
        raise record.fault(f"{record.place + 'name'!r} is {short(name)}, not a known family")
    return family


def _array_to_dict(array: NDArray[Any]) -> dict[str, Any]:
    dtype = array.dtype.newbyteorder("=").name
    if dtype in _STORED_AS:
        return {"dtype": dtype, "values": array.astype(_STORED_AS[dtype] or dtype)}
    if array.ndim == 1 and all(isinstance(item, str) for item in array.tolist()):
        return {"texts": array.tolist(), "objects": array.dtype == object}
    raise InputError(f"an array of {array.dtype}, which a file cannot hold: use numbers or text")


def _array_from(record: Record) -> NDArray[Any]:
    if "texts" in record.description:
        return _texts_from(record)
    dtype = record.entry("dtype", str)
    if dtype not in _STORED_AS or "values" not in record.arrays:
        raise record.fault(f"{record.place!r} is {short(record.description)}, not an array")
    shape: tuple[None, ...] = (None,) * record.arrays["values"].ndim
    stored = record.require("values", shape, dtype=_STORED_AS[dtype] or dtype, finite=False)
    with np.errstate(over="ignore", invalid="ignore"):
        array = stored.astype(dtype)
    if not np.array_equal(array, stored, equal_nan=stored.dtype.kind == "f"):
        raise record.fault(f"array {record.place + 'values'!r} holds values that {dtype} cannot")
    return array


def _texts_from(record: Record) -> NDArray[Any]:
    texts, objects = record.entry("texts", list), record.entry("objects", bool)
    if not all(isinstance(text, str) for text in texts):
        raise record.fault(f"{record.place + 'texts'!r} is {short(texts)}, not an array of text")
    if len(texts) * max(map(len, texts), default=0) > _MOST_LETTERS:
        # An array of text has room for the longest one in each place.
        raise record.fault(f"{record.place!r} holds {len(texts)} texts, and one that is too long for them")
    return np.array(texts, dtype=object if objects else str)


register("float", float, lambda value: {"value": str(value)}, _float_from)
register("tuple", tuple, lambda items: {"items": _encoded(list(items))}, _tuple_from)
register(
    "mapping", dict, lambda pairs: {"items": _encoded([[*pair] for pair in pairs.items()])}, _mapping_from
)
for _name, _prior in (("conjugate-prior", ConjugatePrior), ("mclust-prior", MclustPrior)):
    register(_name, _prior, _prior_to_dict, partial(_prior_from, _prior))
register("family", Family, _family_to_dict, _family_from)
register("array", np.ndarray, _array_to_dict, _array_from)
for _rule in (AbsoluteChange, Aitken, Budget, FixedIterations, RelativeChange):
    register_fields(_rule)
