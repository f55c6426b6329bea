"""A whole fit: its options, the search for a start, EM from there or from several starts, and the trace of all."""

from __future__ import annotations

from .fit import fit_mixture
from .plan import FitPlan
from .restarts import fit_from_starts
from .trace import Trace

__all__ = ["FitPlan", "Trace", "fit_from_starts", "fit_mixture"]
