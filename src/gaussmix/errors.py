"""Exceptions and warnings: each message says what was wrong, its value and what to do."""

from __future__ import annotations

__all__ = [
    "ComponentWarning",
    "DataWarning",
    "FileFormatError",
    "GaussmixError",
    "GaussmixWarning",
    "InputError",
    "InputTypeError",
    "MissingDependencyError",
    "SingularCovarianceError",
]


class GaussmixError(Exception):
    """Base of every exception that gaussmix raises on purpose."""


class InputError(GaussmixError, ValueError):
    """A value given by the user cannot be used: the message names it and says what to do."""


class InputTypeError(GaussmixError, TypeError):
    """An object given by the user is of a kind that cannot be used."""


class SingularCovarianceError(InputError):
    """A covariance is not positive definite: the message names the component."""


class FileFormatError(InputError):
    """A file is not what it should be: the message names the file and the fault."""


class MissingDependencyError(GaussmixError, ImportError):
    """An optional package is needed: the message names it and the extra that brings it."""


class GaussmixWarning(UserWarning):
    """Base of every warning that gaussmix gives."""


class ComponentWarning(GaussmixWarning):
    """A component collapsed or lost its rows: the message names it and says what was done."""


class DataWarning(GaussmixWarning):
    """The data have a property that the user should know of (a constant column, say)."""
