"""The command line: ``gaussmix fit``, ``predict``, ``sample``, ``demo`` and ``info``."""

from __future__ import annotations

from gaussmix.cli.app import app, main

__all__ = ["app", "main"]
