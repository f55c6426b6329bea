"""Choice of the driver of a problem: compiled or not, accelerated or not."""

from __future__ import annotations

from typing import Any

from ..covariances import Family
from .accelerated import AcceleratedEM
from .batch import BatchEM
from .bounded import BoundedEM
from .compiled import compiled_driver
from .convergence import Aitken, StoppingRule
from .own_estimate import own_estimate_driver
from .problem import Problem
from .protocols import Driver
from .tied import tied_driver
from .trimmed import TrimmedEM

__all__ = ["batch_driver", "driver_of"]


def batch_driver(problem: Problem) -> BatchEM:
    """Return the driver that passes over all rows in each step, neither compiled nor accelerated."""
    if problem.model.bounds is not None:
        return BoundedEM(problem)
    return BatchEM(problem) if problem.model.trimming is None else TrimmedEM(problem)


def driver_of(problem: Problem, stop: StoppingRule | None = None, accelerate: bool = False) -> Driver[Any]:
    """Return the driver of EM for a problem, accelerated if allowed.

    Another rule than Aitken's counts the steps of plain EM; if the constraint is not monotone, no objective ascends.
    Trimming chooses other rows in each step, which is not accelerated. With a prior or restrictions, the step of EM is
    not the gradient of the objective. A family without normal coordinates has no quasi-Newton steps.
    """
    if problem.model.bounds is not None or problem.model.trimming is not None:
        return batch_driver(problem)
    exact = compiled_driver(problem) or own_estimate_driver(problem) or BatchEM(problem)
    plain = tied_driver(problem, exact) or exact
    model = problem.model
    moves = type(model.family).normal_coordinates is not Family.normal_coordinates
    if accelerate and moves and model.constraint.monotone and model.plain and isinstance(stop, Aitken):
        return AcceleratedEM(plain, problem, stop.tol, compiled=type(plain) is not BatchEM)
    return plain
