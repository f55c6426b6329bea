"""Saving and loading: from a mixture or an estimator to one safetensors file, and back."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias, runtime_checkable

from gaussmix import storage
from gaussmix.covariances import SingularCovariances, family_named
from gaussmix.errors import FileFormatError, GaussmixError, InputTypeError
from gaussmix.files import PathLike
from gaussmix.mixture import Mixture
from gaussmix.storage import Arrays, Record

__all__ = ["Storable", "load", "mixture_from", "register", "save"]

Reader: TypeAlias = Callable[[Record], Any]
"""Builds the object that a record describes, or raises FileFormatError."""


@runtime_checkable
class Storable(Protocol):
    """An object that can say what is to be stored of it."""

    def to_storage(self) -> tuple[Arrays, dict[str, Any]]:
        """Return arrays, and a description with ``kind``."""


_READERS: dict[str, Reader] = {}

# What a kind of file belongs to. A module above this one registers its readers when it is imported, and is
# imported when such a file is met; the name comes from here, never from the file.
_HOMES = {"gaussian-mixture": "gaussmix.estimators", "mixture-classifier": "gaussmix.estimators"}


def register(kind: str, reader: Reader) -> None:
    """Say how a kind of file is read.

    Parameters
    ----------
    kind : str
        The ``kind`` of the description.
    reader : callable
        Takes a `gaussmix.storage.Record` and returns the object.

    Examples
    --------
    >>> register("vector", lambda record: record.require("x", (None,)))
    """
    _READERS[kind] = reader


def save(obj: Storable, path: PathLike) -> None:
    """Write a mixture, or a fitted estimator, to a safetensors file.

    Parameters
    ----------
    obj : Mixture, GaussianMixture or MixtureClassifier
        What to save; it has ``to_storage``.
    path : str or os.PathLike
        The file; an older one is replaced as a whole.

    Raises
    ------
    InputTypeError
        If `obj` is of another type.
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
    given: object = obj
    if not isinstance(given, Storable):
        raise InputTypeError(
            f"a {type(obj).__name__} cannot be saved: give a Mixture, GaussianMixture or MixtureClassifier"
        )
    storage.write(path, *obj.to_storage())


def load(path: PathLike) -> Any:
    """Read what `save` wrote: the same type of object, with the same values.

    No code in the file is run, and every shape, size and value is checked.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    Mixture, GaussianMixture or MixtureClassifier
        What was saved.

    Raises
    ------
    MissingFileError
        If there is no such file (it is also a `FileNotFoundError`).
    FileAccessError
        If it is a folder or may not be read.
    FileFormatError
        If it is not such a file, is damaged, or describes what cannot be.

    Examples
    --------
    >>> load("nowhere.safetensors")
    Traceback (most recent call last):
        ...
    gaussmix.files.MissingFileError: there is no file 'nowhere.safetensors'
    """
    record = storage.read(path)
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
        raise record.fault(f"it describes what cannot be: {error}") from error


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
    names = _names(record, D)
    if record.entry("allow_singular", bool):
        return Mixture(weights, means, SingularCovariances(array), feature_names=names)
    return Mixture(weights, means, array, family=family, feature_names=names)


def _names(record: Record, n_features: int) -> list[str] | None:
    names: list[str] | None = record.entry("feature_names", list, None)
    if names is not None and not all(isinstance(name, str) for name in names):
        raise record.fault("its feature_names are not all text")
    return names


register("mixture", mixture_from)
