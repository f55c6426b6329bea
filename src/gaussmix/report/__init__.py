"""The report: one self-contained HTML page about a fit."""

from __future__ import annotations

from gaussmix.report.page import write_report

__all__ = ["write_report"]
