"""The one loop of EM, its stopping rules and its drivers."""

from __future__ import annotations

from .accelerated import AcceleratedEM
from .batch import BatchEM
from .checkpoint import Checkpoint
from .convergence import AbsoluteChange, Aitken, FixedIterations, RelativeChange, StoppingRule
from .given import Given
from .loop import Callback, Driver, RunResult, State, Step, run_loop
from .problem import Problem
from .soundness import warn_about_support
from .trace import RunTrace

__all__ = [
    "AbsoluteChange",
    "AcceleratedEM",
    "Aitken",
    "BatchEM",
    "Callback",
    "Checkpoint",
    "Driver",
    "FixedIterations",
    "Given",
    "Problem",
    "RelativeChange",
    "RunResult",
    "RunTrace",
    "State",
    "Step",
    "StoppingRule",
    "run_loop",
    "warn_about_support",
]
