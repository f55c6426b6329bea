"""The parts of the report beside the random mixtures."""

from __future__ import annotations

PARTS: dict = {}
