"""Variational Bayes: conjugate priors, posteriors, and the ascent of the lower bound."""

from __future__ import annotations

from .driver import VariationalEM, VariationalState
from .fit import BoundChange, Variational
from .intervals import Intervals
from .posterior import Posterior, VariationalMixture
from .predictive import PredictiveMixture
from .prior import GivenPrior, Prior

__all__ = [
    "BoundChange",
    "GivenPrior",
    "Intervals",
    "Posterior",
    "PredictiveMixture",
    "Prior",
    "Variational",
    "VariationalEM",
    "VariationalMixture",
    "VariationalState",
]
