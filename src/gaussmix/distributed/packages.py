"""Optional packages, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import MissingDependencyError

__all__ = ["imported"]


def imported(module: str, extra: str) -> Any:
    """Return a module of an optional package.

    Parameters
    ----------
    module : str
        Its name.
    extra : str
        The extra of gaussmix that installs it.

    Raises
    ------
    MissingDependencyError
        If it is not installed.

    Examples
    --------
    >>> imported("a_cluster", "ray")
    Traceback (most recent call last):
    gaussmix.errors.MissingDependencyError: this needs a_cluster: pip install "gaussmix[ray]"
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or module.split(".")[0] != error.name.split(".")[0]:
            raise
        package = error.name.split(".")[0]
        raise MissingDependencyError(f'this needs {package}: pip install "gaussmix[{extra}]"') from None
