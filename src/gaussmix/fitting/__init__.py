"""The one loop of EM, its stopping rules and its drivers."""

from __future__ import annotations

from .accelerated import AcceleratedEM
from .batch import BatchEM
from .callback import Callback, Step
from .checkpoint import Checkpoint
from .convergence import AbsoluteChange, Aitken, FixedIterations, RelativeChange, StoppingRule
from .fit_warnings import warn_about_support
from .initial_values import InitialValues
from .loop import RunResult, run_loop
from .problem import Problem
from .protocols import Driver, State
from .run_trace import RunTrace
from .stepwise import StepSizes

__all__ = [
    "AbsoluteChange",
    "AcceleratedEM",
    "Aitken",
    "BatchEM",
    "Callback",
    "Checkpoint",
    "Driver",
    "FixedIterations",
    "InitialValues",
    "Problem",
    "RelativeChange",
    "RunResult",
    "RunTrace",
    "State",
    "Step",
    "StepSizes",
    "StoppingRule",
    "run_loop",
    "warn_about_support",
]
