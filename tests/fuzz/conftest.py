"""The fuzzers are programs: only the tests beside them are collected."""

from __future__ import annotations

collect_ignore = ["arrow.py", "models.py", "mutate.py", "run.py", "tables.py"]
