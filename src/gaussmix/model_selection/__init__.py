"""Selection of a model: :func:`select` compares families and numbers of components in one call."""

from __future__ import annotations

from .comparison import select
from .selection import Selection

__all__ = ["Selection", "select"]
