"""The state of a fit as arrays and a description, and back, without a change of a single bit.

Unlike a saved model, the state of EM has derived arrays, such as whitening factors, whose last bits matter. So objects
are stored field by field. Only classes of this table and subclasses of its base classes are stored; a file names a
class, and the table looks it up. Reading runs no code of the file and calls no constructor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..covariances import Covariances, Family, NormalCoordinates, family_named
from ..covariances.constraints import Constraint
from ..covariances.decomposed import Projection
from ..densities import Densities
from ..errors import FileFormatError, InputError
from ..estimation.incomplete import Round
from ..fitting.accelerated import AcceleratedState, QuasiNewtonState
from ..fitting.batch import BatchState
from ..fitting.compiled import CompiledState
from ..fitting.degeneracy import Nondegenerate
from ..fitting.journal import EndedStage, Stages
from ..fitting.loop import Reached, RunResult
from ..fitting.normal_coordinates import MixtureCoordinates
from ..fitting.own_estimate import EstimateState
from ..fitting.run_trace import RunTrace
from ..fitting.tied import LinearForm, TiedState
from ..frames import DiagonalFrame, FullFrame
from ..kernels import MixtureArrays, VariationalPath
from ..mixture import Mixture, TMixture
from ..moments import Moments, ScaleSums
from ..search.all_rows import Searched
from ..search.trace import SearchTrace
from ..storage import Record, short
from ..uniform import Uniform
from ..variational.compiled import CompiledVariationalState
from ..variational.driver import VariationalState
from ..variational.entropy import EntropyOfRows
from ..variational.posterior import Posterior
from ..variational.prior import Prior
from .searches import search_from, search_to_dict

__all__ = ["objects_from", "objects_to_dict"]

_CLASSES: tuple[type, ...] = (
    AcceleratedState,
    BatchState,
    CompiledState,
    CompiledVariationalState,
    Densities,
    DiagonalFrame,
    EndedStage,
    EntropyOfRows,
    EstimateState,
    FullFrame,
    LinearForm,
    Mixture,
    TMixture,
    MixtureArrays,
    MixtureCoordinates,
    Moments,
    Nondegenerate,
    Posterior,
    Prior,
    Projection,
    QuasiNewtonState,
    Reached,
    Round,
    RunResult,
    RunTrace,
    ScaleSums,
    Searched,
    Stages,
    TiedState,
    Uniform,
    VariationalPath,
    VariationalState,
)
_BASES: tuple[type, ...] = (Constraint, Covariances, NormalCoordinates)
_TYPES = {
    **{name: name for name in ("float64", "float32", "int64", "bool")},
    **dict.fromkeys(("int32", "uint32", "uint64"), "int64"),
}
"""The types of arrays, and how they are stored."""
_FEW = 8
"""A longer list of numbers is stored as an array."""


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _table() -> dict[str, type]:
    """Return the permitted classes of a file, with the subclasses of user-defined families."""
    found, left = list(_CLASSES), list(_BASES)
    while left:
        cls = left.pop()
        found.append(cls)
        left += cls.__subclasses__()
    return {_name(cls): cls for cls in found}


def objects_to_dict(value: Any, family: Family) -> dict[str, Any]:
    """Return a value with all objects in it as arrays and a description.

    Parameters
    ----------
    value : object
        None, truth values, numbers, text, arrays, tuples, lists, dicts, and the states of a fit.
    family : Family
        That of the fit, which is not stored.

    Raises
    ------
    InputError
        If an object is of another type.
    """
    return _Writer(family).written(value)


def objects_from(record: Record, family: Family) -> Any:
    """Return the value stored by :func:`objects_to_dict`.

    Parameters
    ----------
    record : Record
        The section of a file.
    family : Family
        That of the fit.

    Raises
    ------
    FileFormatError
        If it is not one that `objects_to_dict` writes.
    """
    reader = _Reader(record, family)
    try:
        return reader.value(record.description["value"])
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
        raise FileFormatError(
            f"{record.path}: it does not describe the state of a fit in this version of gaussmix: remove it to start "
            "again"
        ) from None


class _Writer:
    """Table of stored objects, each stored once."""

    def __init__(self, family: Family) -> None:
        self._family, self._table = family, _table()
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._objects: list[dict[str, Any]] = []
        self._arrays: dict[str, NDArray[Any]] = {}

    def written(self, value: Any) -> dict[str, Any]:
        top = self.value(value)
        return {"value": top, "objects": self._objects, "arrays": self._arrays}

    def value(self, value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, int):
            return value if abs(value) < 1 << 63 else {"int": str(value)}
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, Family):
            return {"family": self._family_name(value)}
        if isinstance(value, list) and len(value) > _FEW and all(type(item) is float for item in value):
            return {"floats": self._array(np.array(value))}
        for kind in (list, tuple, dict):
            if type(value) is kind:
                items = [[*pair] for pair in value.items()] if isinstance(value, dict) else value
                return {kind.__name__: [self.value(item) for item in items]}
        return {"object": self._object(value)}

    def _family_name(self, family: Family) -> str | None:
        if family == self._family:
            return None
        if family_named(family.name) != family:
            raise InputError(f"a checkpoint cannot hold {short(family)}, a family without a short name")
        return family.name

    def _array(self, array: NDArray[Any]) -> dict[str, Any]:
        if id(array) not in self._numbers:
            self._remember(array, len(self._arrays))
            dtype = array.dtype.name
            if dtype not in _TYPES:
                raise InputError(f"a checkpoint cannot hold an array of {dtype}")
            # The order of the axes in memory decides the rounding of sums.
            order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
            stored = np.ascontiguousarray(array.transpose(order)).reshape(
                [array.shape[axis] for axis in order]
            )
            self._arrays[str(len(self._arrays))] = stored.astype(_TYPES[dtype])
            self._kept[-1] = (array, {"array": len(self._arrays) - 1, "type": dtype, "order": order})
        found: dict[str, Any] = self._kept[self._numbers[id(array)]][1]
        return found

    def _remember(self, value: Any, described: Any) -> None:
        self._numbers[id(value)] = len(self._kept)
        self._kept.append((value, described))

    def _object(self, value: Any) -> int:
        known = self._numbers.get(id(value))
        if known is not None:
            number: int = self._kept[known][1]
            return number
        if isinstance(value, SearchTrace):
            description: dict[str, Any] = {"class": "search", "search": search_to_dict(value)}
        elif _name(type(value)) not in self._table:
            raise InputError(
                f"a checkpoint cannot hold {short(value)} ({type(value).__name__}), a part of the state of the fit"
            )
        else:
            parts = [[name, self.value(part)] for name, part in _parts(value).items()]
            description = {"class": _name(type(value)), "parts": parts}
        self._objects.append(description)
        self._remember(value, len(self._objects) - 1)
        return len(self._objects) - 1


class _Reader:
    """Objects by number, each made when it is first asked for."""

    def __init__(self, record: Record, family: Family) -> None:
        self._family, self._table = family, _table()
        self._objects, self._arrays = record.sections("objects"), record.section("arrays").arrays
        self._made: dict[int, Any] = {}
        self._read: dict[int, NDArray[Any]] = {}

    def value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ((kind, content),) = list(value.items())[:1]
        return _READERS[kind](self, content, value)

    def array(self, number: int, value: Mapping[str, Any]) -> NDArray[Any]:
        if number not in self._read:
            order = value["order"]
            array = self._arrays[str(number)].astype(value["type"]).transpose(np.argsort(order))
            array.setflags(write=False)
            self._read[number] = array
        return self._read[number]

    def family(self, name: str | None, value: Any) -> Family:
        family = self._family if name is None else family_named(name)
        if family is None:
            raise ValueError(name)
        return family

    def items(self, content: list[Any], value: Any) -> list[Any]:
        return [self.value(item) for item in content]

    def object(self, number: int, value: Any) -> Any:
        if number not in self._made:
            record = self._objects[number]
            self._made[number] = self._new(record)
        return self._made[number]

    def _new(self, record: Record) -> Any:
        name = record.description["class"]
        if name == "search":
            return search_from(record.section("search"))
        parts = {field: self.value(part) for field, part in record.description["parts"]}
        return _assembled(self._table[name], parts)


_READERS: dict[str, Callable[[_Reader, Any, Any], Any]] = {
    "int": lambda reader, text, value: int(text),
    "float": lambda reader, text, value: float(text),
    "array": _Reader.array,
    "family": _Reader.family,
    "floats": lambda reader, content, value: reader.value(content).tolist(),
    "list": _Reader.items,
    "tuple": lambda reader, content, value: tuple(reader.items(content, value)),
    "dict": lambda reader, content, value: dict(reader.items(content, value)),
    "object": _Reader.object,
}


def _parts(value: Any) -> dict[str, Any]:
    """Return the fields of an object, with cached ones: some are more exact than what would be computed."""
    if isinstance(value, Mixture):
        names = ["weights", "means", "covariances", "feature_names", "uniform"]
        names += ["degrees_of_freedom", "estimated"] if isinstance(value, TMixture) else []
        return {name: getattr(value, name) for name in names}
    if isinstance(value, tuple):
        return dict(zip(value._fields, value, strict=True))  # type: ignore[attr-defined]
    # What a posterior computes follows from its fields, to the bit.
    if isinstance(value, (Posterior, Prior)) or (is_dataclass(value) and not hasattr(value, "__dict__")):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    parts = dict(vars(value.alone() if isinstance(value, CompiledVariationalState) else value))
    if isinstance(value, BatchState):
        parts["moments"] = None
    return parts


def _assembled(cls: type, parts: dict[str, Any]) -> Any:
    """Return an object of given fields, without a call of its constructor."""
    if cls is Mixture:
        return Mixture.of(**parts)
    if cls is TMixture:
        degrees, estimated = parts.pop("degrees_of_freedom"), parts.pop("estimated")
        return TMixture.with_tails(Mixture.of(**parts), degrees, estimated)
    if issubclass(cls, tuple):
        return cls(*parts.values())
    if is_dataclass(cls) and not {field.name for field in fields(cls)} <= parts.keys():
        raise KeyError(f"the fields of {_name(cls)}")  # another version of it
    value = cls.__new__(cls)
    if hasattr(value, "__dict__"):
        value.__dict__.update(parts)
    else:
        for name, part in parts.items():
            object.__setattr__(value, name, part)
    return value
