"""Tables of text: CSV and its relatives."""

from __future__ import annotations

from gaussmix.data.delimited.reader import read_rows, read_text

__all__ = ["read_rows", "read_text"]
