"""Files of tables: readers and writers."""

from __future__ import annotations

from .numeric import NumericTable

__all__ = ["NumericTable"]
