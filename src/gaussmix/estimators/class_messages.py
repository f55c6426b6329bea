"""Errors and warnings of the fits of single classes, with the names of the classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from ..errors import InputError, held_warnings, warn
from ..estimation import FitPlan, Trace
from ..fitting import FixedIterations
from ..names import names_in_words

__all__ = ["ClassMessages", "classes_in_words", "warn_if_unfinished"]

_MOST_LISTED = 6


class ClassMessages:
    """Warnings of the fits of single classes, given once for all classes that they concern.

    Parameters
    ----------
    classes : (C,) array
    """

    def __init__(self, classes: Any) -> None:
        self._count = len(classes)
        self._held: dict[tuple[str, type[Warning]], dict[str, list[Any]]] = {}

    @contextmanager
    def of(self, label: Any) -> Iterator[None]:
        """Begin errors within with the name of a class, and hold warnings back."""
        with held_warnings() as held:
            try:
                yield
            except InputError as error:
                raise type(error)(f"class {label!r}: {error}") from None
        for message, category in held:
            self._held.setdefault((_without_numbers(message), category), {}).setdefault(message, []).append(
                label
            )

    def warn(self) -> None:
        """Give the warnings that were held back; of many that differ in numbers alone, the first."""
        for (_, category), told in self._held.items():
            shown = list(told.items()) if len(told) <= _MOST_LISTED else list(told.items())[:1]
            for message, labels in shown:
                every = len(labels) == self._count > 1
                warn(f"{'every class' if every else classes_in_words(labels)}: {message}", category)
            if len(shown) < len(told):
                more = sum(map(len, told.values())) - len(shown[0][1])
                warn(
                    f"{more:,} more classes have a warning like that of {classes_in_words(shown[0][1])}.",
                    category,
                )


def _without_numbers(message: str) -> str:
    return re.sub(r"[\d.,;\s]+", " ", message)


def classes_in_words(labels: list[Any]) -> str:
    """Return the names of classes in words, of many the first ones and the number of others.

    Examples
    --------
    >>> classes_in_words(["iris"]), classes_in_words([1, 2])
    ("class 'iris'", 'classes 1, 2')
    """
    return f"class{'' if len(labels) == 1 else 'es'} {names_in_words(labels, _MOST_LISTED)}"


def warn_if_unfinished(trace: Trace | None, plan: FitPlan, what: str) -> None:
    """Warn of a fit that did not converge.

    Parameters
    ----------
    what : str
        The subject of the sentence.
    """
    ended = trace is not None and trace.runs[trace.best].status not in ("max_iter", "fell")
    if trace is None or ended or plan.max_iter == 0 or isinstance(plan.stop, FixedIterations):
        return
    warn(f"{what} {trace.message}.", ConvergenceWarning)
