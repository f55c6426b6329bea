"""Lazily computed attributes."""

from __future__ import annotations

import functools
from typing import Any, Self, TypeVar, overload

__all__ = ["cached_property"]

T = TypeVar("T")


class cached_property(functools.cached_property[T]):  # noqa: N801  as the class that it replaces
    """Lazily computed, cached property without a lock.

    Up to Python 3.11 that of the standard library takes a lock for each instance: a dozen of them take as long as three
    iterations of a small fit. Two threads may compute a value twice.
    """

    @overload
    def __get__(self, instance: None, owner: type[Any] | None = None) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...

    def __get__(self, instance: object, owner: type[Any] | None = None) -> Self | T:
        """Return the value kept in an instance, computed if there is none."""
        if instance is None:
            return self
        value: T = self.func(instance)
        instance.__dict__[str(self.attrname)] = value
        return value
