"""Exceptions and warnings; each message gives the fault, the value and the remedy."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = [
    "ComponentWarning",
    "DataWarning",
    "DegenerateMixtureError",
    "FileFormatError",
    "GaussmixError",
    "GaussmixWarning",
    "InputError",
    "InputTypeError",
    "MissingDependencyError",
    "NoiseOnlyError",
    "SingularCovarianceError",
]


class GaussmixError(Exception):
    """Base class of the exceptions of gaussmix."""


class InputError(GaussmixError, ValueError):
    """An argument has an unusable value; the message names it and gives the remedy."""


class InputTypeError(GaussmixError, TypeError):
    """An argument has an unusable type."""


class DegenerateMixtureError(InputError):
    """EM ends without a mixture: a covariance is singular, or no row is left to the Gaussian components."""


class SingularCovarianceError(DegenerateMixtureError):
    """A covariance is not positive definite: the message names the component."""


class NoiseOnlyError(DegenerateMixtureError):
    """Every row belongs to the noise component."""


class FileFormatError(InputError):
    """A file does not have the expected format; the message names the file and the fault."""


class MissingDependencyError(GaussmixError, ImportError):
    """An optional package is missing; the message names it and the extra to install."""


class GaussmixWarning(UserWarning):
    """Base class of the warnings of gaussmix."""


class ComponentWarning(GaussmixWarning):
    """A component collapsed or lost its rows; the message names it."""


class DataWarning(GaussmixWarning):
    """The data have a property that affects the fit, such as a constant column."""


_thread = threading.local()


@contextmanager
def recorded_warnings() -> Iterator[list[str]]:
    """Record the messages of gaussmix's own warnings in this thread, besides warning, also if a filter ignores them.

    Within another record, the inner one alone has the messages.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"), recorded_warnings() as messages:
    ...     warn("column 2 is constant", DataWarning)
    >>> messages
    ['column 2 is constant']
    """
    outer, record = getattr(_thread, "record", None), list[str]()
    _thread.record = record
    try:
        yield record
    finally:
        _thread.record = outer


@contextmanager
def held_warnings() -> Iterator[list[tuple[str, type[Warning]]]]:
    """Hold warnings of :func:`warn` in this thread back, as messages and categories, to be given later.

    Examples
    --------
    >>> with held_warnings() as held:
    ...     warn("column 2 is constant", DataWarning)
    >>> held
    [('column 2 is constant', <class 'gaussmix.errors.DataWarning'>)]
    """
    outer, held = getattr(_thread, "held", None), list[tuple[str, type[Warning]]]()
    _thread.held = held
    try:
        yield held
    finally:
        _thread.held = outer


_LIBRARIES = ("gaussmix", "sklearn", "joblib")
_MODULES = tuple(f"{name}." for name in _LIBRARIES)


def warn(message: str, category: type[Warning]) -> None:
    """Warn at the line of the user, whichever method was called: the last call from outside these libraries.

    Parameters
    ----------
    message : str
        The fault, its value and the remedy.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True, action="always") as caught:
    ...     warn("column 2 is constant", DataWarning)
    >>> str(caught[0].message)
    'column 2 is constant'
    """
    record: list[str] | None = getattr(_thread, "record", None)
    if record is not None and issubclass(category, GaussmixWarning):
        record.append(message)
    held: list[tuple[str, type[Warning]]] | None = getattr(_thread, "held", None)
    if held is not None:
        held.append((message, category))
        return
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_library(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    names = frame.f_globals
    warnings.warn_explicit(
        message,
        category,
        filename=frame.f_code.co_filename,
        lineno=frame.f_lineno,
        module=names.get("__name__"),
        registry=names.setdefault("__warningregistry__", {}),
    )


def _is_library(module: str) -> bool:
    return module.startswith(_MODULES) or module in _LIBRARIES
