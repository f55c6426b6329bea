"""Pickles of estimators from versions of the library with fewer parameters."""

from __future__ import annotations

import inspect
from typing import Any

from sklearn.base import BaseEstimator

__all__ = ["WithDefaults"]


class WithDefaults(BaseEstimator):
    """An estimator with defaults for constructor parameters that are absent from its pickle."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        # A subclass may have a constructor of its own, which leaves the other parameters at their defaults.
        for kind in type(self).__mro__:
            if "__init__" not in vars(kind) or not issubclass(kind, WithDefaults):
                continue
            for name, parameter in inspect.signature(vars(kind)["__init__"]).parameters.items():
                if name not in vars(self) and parameter.default is not parameter.empty:
                    self.__dict__[name] = parameter.default
