"""The table of the classes that can be stored in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_args, get_type_hints

import numpy as np

from ..storage import Record, short

__all__ = ["Kind", "kind_named", "kind_of", "register", "register_fields"]


@dataclass(frozen=True)
class Kind:
    """A class of objects that can be stored in a file.

    Parameters
    ----------
    name : str
        Its name in files.
    cls : type
        The class; its subclasses are not included, as reading would not give them back.
    to_dict : callable
        From an object to its arrays, numbers, text, and dicts and lists of these.
    from_record : callable
        From a `gaussmix.storage.Record` of these to the object; raises FileFormatError if they are not as expected.
    is_model : bool
        Whether `save` accepts it.
    """

    name: str
    cls: type
    to_dict: Callable[[Any], dict[str, Any]]
    from_record: Callable[[Record], Any]
    is_model: bool

    def described(self, value: Any) -> dict[str, Any]:
        """Return an object as a dict with the name of its kind."""
        return {**self.to_dict(value), "kind": self.name}


_BY_NAME: dict[str, Kind] = {}
_BY_CLASS: dict[type, Kind] = {}


def register(
    name: str,
    cls: type,
    to_dict: Callable[[Any], dict[str, Any]],
    from_record: Callable[[Record], Any],
    is_model: bool = False,
) -> None:
    """Add a class to the table.

    Parameters
    ----------
    name, cls, to_dict, from_record, is_model
        As in :class:`Kind`.

    Examples
    --------
    >>> class Scale:
    ...     def __init__(self, factor):
    ...         self.factor = factor
    >>> register("scale", Scale, vars, lambda record: Scale(record.entry("factor", float)))
    >>> kind_of(Scale).described(Scale(2.0))
    {'factor': 2.0, 'kind': 'scale'}
    """
    _BY_NAME[name] = _BY_CLASS[cls] = Kind(name, cls, to_dict, from_record, is_model)


def register_fields(cls: type) -> None:
    """Add a dataclass of numbers and text to the table, under its own name.

    A file that lacks a field with a default is read too: a field that is added later needs nothing else.

    Parameters
    ----------
    cls : type
        The dataclass.
    """
    register(cls.__name__, cls, _fields_of, lambda record: _from_fields(cls, record))


def _fields_of(value: Any) -> dict[str, Any]:
    return {
        name: item.item() if isinstance(item, np.generic) else item
        for name, item in ((field.name, getattr(value, field.name)) for field in fields(value))
    }


def _from_fields(cls: Any, record: Record) -> Any:
    hints = get_type_hints(cls)
    unknown = set(record.description) - set(hints) - {"kind"}
    if unknown:
        raise record.fault(f"a {cls.__name__} has no {short(min(unknown))}")
    wanted = [f.name for f in fields(cls) if f.name in record.description or f.default is MISSING]
    return cls(**{name: record.entry(name, *_types(hints[name])) for name in wanted})


def _types(hint: Any) -> set[type]:
    types = set(get_args(hint) or (hint,))
    return types | {int} if float in types else types


def kind_of(cls: type) -> Kind | None:
    """Return the entry of a class; None if a file cannot hold it."""
    return _BY_CLASS.get(cls)


def kind_named(name: object) -> Kind | None:
    """Return the entry of a name in a file; None if there is none."""
    return _BY_NAME.get(name) if isinstance(name, str) else None
