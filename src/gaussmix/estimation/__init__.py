"""A whole fit: its options, the search for a start, EM from there or from several starts, and the trace of all."""

from __future__ import annotations

from .fit import fit_mixture
from .fit_trace import Trace
from .plan import FitPlan
from .restarts import fit_from_starts

__all__ = ["FitPlan", "Trace", "fit_from_starts", "fit_mixture"]
