"""Saving and loading: from a mixture or an estimator to one safetensors file, and back."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from .. import storage
from ..covariances import Full, SingularCovariances, family_named
from ..degrees_of_freedom import DegreesOfFreedom
from ..errors import FileFormatError, GaussmixError, InputTypeError
from ..files import FileAccessError, PathLike, check_suffix
from ..mixture import Mixture, TMixture
from ..storage import Record, cut, short
from ..uniform import Uniform
from .registry import Kind, kind_named, kind_of, register

__all__ = ["described", "load", "loaded", "mixture_from", "save", "t_mixture_from"]

# The models of modules above this one, with the modules that register them, imported on demand. The name of a module
# is never read from a file.
_HOMES = {
    "gaussian-mixture": "gaussmix.estimators.stored",
    "bayesian-gaussian-mixture": "gaussmix.estimators.stored",
    "student-mixture": "gaussmix.estimators.stored",
    "mixture-classifier": "gaussmix.estimators.stored",
    "mixture-regressor": "gaussmix.estimators.stored_regressor",
    "selection": "gaussmix.model_selection.stored",
}


def save(obj: Any, path: PathLike) -> None:
    """Write a mixture, a fitted estimator or a selection to a safetensors file.

    Parameters
    ----------
    obj : Mixture, GaussianMixture, BayesianGaussianMixture, MixtureClassifier, MixtureRegressor or Selection
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
    content = described(obj)
    if content is None:
        known = (
            "a Mixture, a GaussianMixture, a BayesianGaussianMixture, a MixtureClassifier, a MixtureRegressor "
            "or a Selection"
        )
        raise InputTypeError(f"a {type(obj).__name__} cannot be saved: give {known}")
    check_suffix(path, [".safetensors"], "a model")
    storage.write(path, *storage.flattened(content))


def described(obj: Any) -> dict[str, Any] | None:
    """Return a model as the dict that `save` writes; None if a file cannot hold an object of its class."""
    kind = kind_of(type(obj))
    if kind is None:
        for home in sorted(set(_HOMES.values())):
            importlib.import_module(home)
        kind = kind_of(type(obj))
    return kind.described(obj) if kind is not None and kind.is_model else None


def load(path: PathLike) -> Any:
    """Read a model written by `save`: an object of the same type with the same values.

    No code in the file is run, and every shape, size and value is checked.

    Parameters
    ----------
    path : str or os.PathLike
        The file to read.

    Returns
    -------
    Mixture, GaussianMixture, BayesianGaussianMixture, MixtureClassifier, MixtureRegressor or Selection
        The saved object.

    Raises
    ------
    MissingFileError
        If there is no such file (it is also a `FileNotFoundError`).
    FileAccessError
        If it is a folder, access is denied, or it needs more memory than available.
    FileFormatError
        If it is not a model file, is damaged, has more than 4 GiB, or describes an impossible model.

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
        raise FileAccessError(f"{str(path)!r} needs more memory than available") from None


def loaded(record: Record) -> Any:
    """Return the object in a record, as `load` does for a file.

    Parameters
    ----------
    record : gaussmix.storage.Record
        The content of a file.

    Raises
    ------
    FileFormatError
        If it describes an impossible model.
    """
    kind = _model_named(record.description["kind"])
    if kind is None:
        known = ", ".join(sorted(["mixture", "t-mixture", *_HOMES]))
        raise record.fault(f"it holds {short(record.description['kind'])}, and this version loads {known}")
    try:
        return kind.from_record(record)
    except FileFormatError:
        raise
    except GaussmixError as error:
        raise record.fault(f"it describes an impossible model: {cut(str(error), 300)}") from error


def _model_named(name: str) -> Kind | None:
    if name in _HOMES:
        importlib.import_module(_HOMES[name])
    kind = kind_named(name)
    return kind if kind is not None and kind.is_model else None


def mixture_from(record: Record) -> Mixture:
    """Return the mixture in a record or in a section of one.

    Parameters
    ----------
    record : gaussmix.storage.Record
        With the arrays ``weights`` (K,), ``means`` (K, D) and ``covariances`` in the family's natural shape.

    Raises
    ------
    FileFormatError
        If an array is missing, or has another type, shape or values.
    InputError
        If the parameters are not those of a mixture.
    """
    family = family_named(record.entry("family", str))
    if family is None:
        raise record.fault(f"this version has no covariance family {short(record.entry('family', str))}")
    weights = record.require("weights", (None,))
    K = len(weights)
    means = record.require("means", (K, None))
    D = means.shape[1]
    array = record.require("covariances", family.stored_shape(K, D))
    names, uniform = _names(record), record.optional("uniform", partial(_uniform_from, D))
    if record.entry("allow_singular", bool):
        if family != Full():
            raise record.fault(f"covariances that may be singular are {family.name}, not full")
        return Mixture(weights, means, SingularCovariances(array), feature_names=names, uniform=uniform)
    covariances = family.from_stored(array, K, D)
    return Mixture(weights, means, covariances, feature_names=names, uniform=uniform)


def _uniform_from(n_features: int, record: Record) -> Uniform:
    lower, upper = record.require("lower", (n_features,)), record.require("upper", (n_features,))
    return Uniform(record.entry("weight", float), lower, upper, record.entry("log_volume", float))


def _names(record: Record) -> list[str] | None:
    names: list[str] | None = record.entry("feature_names", list, None)
    if names is not None and not all(isinstance(name, str) for name in names):
        raise record.fault("its feature_names are not all text")
    return names


def t_mixture_from(record: Record) -> TMixture:
    """Return the mixture of t distributions in a record or in a section of one.

    Parameters
    ----------
    record : gaussmix.storage.Record
        As for :func:`mixture_from`, with ``degrees_of_freedom`` (K,).

    Raises
    ------
    FileFormatError
        If an array is missing, or has another type, shape or values.
    """
    plain = mixture_from(record)
    degrees = record.require("degrees_of_freedom", (plain.n_components,))
    if not (degrees > 0).all():
        raise record.fault("its degrees_of_freedom are not all positive")
    estimated: Any = record.entry("estimated", str)
    DegreesOfFreedom(estimated)
    return TMixture.with_tails(plain, degrees, estimated)


register("mixture", Mixture, Mixture.to_dict, mixture_from, is_model=True)
register("t-mixture", TMixture, TMixture.to_dict, t_mixture_from, is_model=True)
