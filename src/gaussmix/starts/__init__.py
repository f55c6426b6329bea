"""Starts: the first mixture of a fit, found on standardised rows so that the units do not matter."""

from __future__ import annotations

from .build import mixture_of_responsibilities, mixture_with_means
from .methods import START_METHODS, StartMethod
from .sample import StartRows, draw_start_rows

__all__ = [
    "START_METHODS",
    "StartMethod",
    "StartRows",
    "draw_start_rows",
    "mixture_of_responsibilities",
    "mixture_with_means",
]
