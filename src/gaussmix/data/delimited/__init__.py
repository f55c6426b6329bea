"""Text tables: CSV and similar formats."""

from __future__ import annotations

from gaussmix.data.delimited.reader import read_rows, read_text

__all__ = ["read_rows", "read_text"]
