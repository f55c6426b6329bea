"""Fitting: the one loop, its stopping rules, its drivers, and runs from several starts."""

from __future__ import annotations

from .accelerated import AcceleratedEM
from .batch import BatchEM
from .checkpoint import Checkpoint
from .convergence import AbsoluteChange, Aitken, FixedIterations, RelativeChange, StoppingRule
from .fit import FitPlan, Given, fit_mixture
from .loop import Callback, Driver, RunResult, State, Step, run_loop
from .problem import Problem
from .restarts import fit_from_starts
from .search import Budget
from .search_trace import SearchEvent, SearchRun, SearchTrace
from .soundness import warn_about_support
from .trace import RunTrace, Trace

__all__ = [
    "AbsoluteChange",
    "AcceleratedEM",
    "Aitken",
    "BatchEM",
    "Budget",
    "Callback",
    "Checkpoint",
    "Driver",
    "FitPlan",
    "FixedIterations",
    "Given",
    "Problem",
    "RelativeChange",
    "RunResult",
    "RunTrace",
    "SearchEvent",
    "SearchRun",
    "SearchTrace",
    "State",
    "Step",
    "StoppingRule",
    "Trace",
    "fit_from_starts",
    "fit_mixture",
    "run_loop",
    "warn_about_support",
]
