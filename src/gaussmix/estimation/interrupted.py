"""Exception of an interrupted fit, with the mixture of the last iteration."""

from __future__ import annotations

from dataclasses import replace

from ..fitting.loop import RunResult
from ..fitting.rescaling import Rescaling
from ..search.trace import SearchTrace
from .fit_trace import Trace

__all__ = ["FitInterrupted"]


class FitInterrupted(KeyboardInterrupt):
    """An interrupt (Ctrl-C) during EM, with the result after the last iteration."""

    def __init__(self, result: RunResult, trace: Trace) -> None:
        super().__init__(trace.message)
        self.result, self.trace = result, trace

    def after(self, search: SearchTrace | None) -> FitInterrupted:
        """Return the same interrupt of a fit with a search before EM."""
        return FitInterrupted(self.result, replace(self.trace, search=search))

    def outward(self, rescaling: Rescaling) -> FitInterrupted:
        """Return the same interrupt in the units of the data."""
        result = rescaling.outward_result(self.result)
        return FitInterrupted(result, self.trace.moved(rescaling.outward, rescaling.shift))
