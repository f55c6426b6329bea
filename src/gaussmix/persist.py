"""Saving and loading: from a mixture or an estimator to one safetensors file, and back."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from gaussmix import storage
from gaussmix.covariances import Full, SingularCovariances, family_named
from gaussmix.errors import FileFormatError, GaussmixError, InputTypeError
from gaussmix.files import FileAccessError, PathLike, check_suffix
from gaussmix.mixture import Mixture
from gaussmix.storage import Arrays, Record, cut
from gaussmix.uniform import Uniform

__all__ = ["load", "loaded", "mixture_from", "register", "save"]

Writer: TypeAlias = Callable[[Any], tuple[Arrays, dict[str, Any]]]
"""Returns the arrays and the description of an object."""

Reader: TypeAlias = Callable[[Record], Any]
"""Builds the object that a record describes, or raises FileFormatError."""

_WRITERS: dict[type, Writer] = {}
_READERS: dict[str, Reader] = {}

# The modules above this one that register further kinds. They are imported when an object or a file of a kind
# that is not known yet is met; the name of a module never comes from a file.
_HOMES = {
    "gaussian-mixture": "gaussmix.estimators.stored",
    "mixture-classifier": "gaussmix.estimators.stored",
}


def register(kind: str, cls: type, writer: Writer, reader: Reader) -> None:
    """Say how objects of a class are saved, and how the files are read.

    Parameters
    ----------
    kind : str
        What the file calls it.
    cls : type
        The class; its subclasses are not included, as `load` would not give them back.
    writer : callable
        Takes the object; returns its arrays, and its description in JSON's types (``kind`` is added).
    reader : callable
        Takes a `gaussmix.storage.Record`; returns the object.

    Examples
    --------
    >>> class Scale:
    ...     def __init__(self, factor):
    ...         self.factor = factor
    >>> register(
    ...     "scale", Scale, lambda s: ({}, {"factor": s.factor}), lambda r: Scale(r.entry("factor", float))
    ... )
    """
    _WRITERS[cls] = lambda obj: _with_kind(kind, *writer(obj))
    _READERS[kind] = reader


def _with_kind(kind: str, arrays: Arrays, description: Mapping[str, Any]) -> tuple[Arrays, dict[str, Any]]:
    return arrays, {**description, "kind": kind}


def save(obj: Any, path: PathLike) -> None:
    """Write a mixture, or a fitted estimator, to a safetensors file.

    Parameters
    ----------
    obj : Mixture, GaussianMixture or MixtureClassifier
        The fitted model or the mixture to write.
    path : str or os.PathLike
        The file; an older one is replaced as a whole.

    Raises
    ------
    InputTypeError
        If `obj` is of another type.
    InputError
        If the suffix is another than .safetensors.
    FileAccessError
        If the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> mixture = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "two.safetensors"
    >>> save(mixture, path)
    >>> load(path) == mixture
    True
    """
    if type(obj) not in _WRITERS:
        for home in sorted(set(_HOMES.values())):
            importlib.import_module(home)
    if type(obj) not in _WRITERS:
        known = "a Mixture, a GaussianMixture or a MixtureClassifier"
        raise InputTypeError(f"a {type(obj).__name__} cannot be saved: give {known}")
    check_suffix(path, [".safetensors"], "a model")
    storage.write(path, *_WRITERS[type(obj)](obj))


def load(path: PathLike) -> Any:
    """Read what `save` wrote: the same type of object, with the same values.

    No code in the file is run, and every shape, size and value is checked.

    Parameters
    ----------
    path : str or os.PathLike
        The file to read.

    Returns
    -------
    Mixture, GaussianMixture or MixtureClassifier
        What was saved.

    Raises
    ------
    MissingFileError
        If there is no such file (it is also a `FileNotFoundError`).
    FileAccessError
        If it is a folder, may not be read, or needs more memory than there is.
    FileFormatError
        If it is not such a file, is damaged, has more than 4 GiB, or describes what cannot be.

    Examples
    --------
    >>> load("nowhere.safetensors")
    Traceback (most recent call last):
        ...
    gaussmix.files.MissingFileError: there is no file 'nowhere.safetensors'
    """
    try:
        return loaded(storage.read(path))
    except MemoryError:
        raise FileAccessError(f"{str(path)!r} needs more memory than there is") from None


def loaded(record: Record) -> Any:
    """Return the object that a record holds, as `load` does for a file.

    Parameters
    ----------
    record : gaussmix.storage.Record
        What was read from a file.

    Raises
    ------
    FileFormatError
        If it describes what cannot be.
    """
    kind = record.description["kind"]
    if kind not in _READERS and kind in _HOMES:
        importlib.import_module(_HOMES[kind])
    if kind not in _READERS:
        raise record.fault(
            f"it holds {storage.short(kind)}, and this version loads {', '.join(sorted(_READERS))}"
        )
    try:
        return _READERS[kind](record)
    except FileFormatError:
        raise
    except GaussmixError as error:
        raise record.fault(f"it describes what cannot be: {cut(str(error), 300)}") from error


def mixture_from(record: Record) -> Mixture:
    """Return the mixture that a record, or a section of one, describes.

    Parameters
    ----------
    record : gaussmix.storage.Record
        With the arrays ``weights`` (K,), ``means`` (K, D) and ``covariances`` in the family's natural shape.

    Returns
    -------
    Mixture

    Raises
    ------
    FileFormatError
        If an array is missing, or has another type, shape or values.
    InputError
        If the parameters are not those of a mixture.
    """
    family = family_named(record.entry("family", str))
    if family is None:
        raise record.fault(
            f"this version has no covariance family {storage.short(record.entry('family', str))}"
        )
    weights = record.require("weights", (None,))
    K = len(weights)
    means = record.require("means", (K, None))
    D = means.shape[1]
    array = record.require("covariances", family.shape(K, D))
    names, uniform = _names(record, D), _uniform(record, D)
    if record.entry("allow_singular", bool):
        if family != Full():
            raise record.fault(f"covariances that may be singular are {family.name}, not full")
        return Mixture(weights, means, SingularCovariances(array), feature_names=names, uniform=uniform)
    return Mixture(weights, means, array, family=family, feature_names=names, uniform=uniform)


def _uniform(record: Record, n_features: int) -> Uniform | None:
    if "uniform" not in record.arrays:
        return None
    weight, log_volume = record.require("uniform", (2,)).tolist()
    lower, upper = record.require("uniform_box", (2, n_features))
    return Uniform(weight, lower, upper, log_volume)


def _names(record: Record, n_features: int) -> list[str] | None:
    names: list[str] | None = record.entry("feature_names", list, None)
    if names is not None and not all(isinstance(name, str) for name in names):
        raise record.fault("its feature_names are not all text")
    return names


register("mixture", Mixture, Mixture.to_storage, mixture_from)
