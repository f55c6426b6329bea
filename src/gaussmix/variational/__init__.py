"""Variational Bayes: conjugate priors, posteriors, and the ascent of the lower bound."""

from __future__ import annotations

from .driver import VariationalEM, VariationalState
from .fit import BoundChange, Variational
from .posterior import Posterior, VariationalMixture
from .prior import GivenPrior, Prior

__all__ = [
    "BoundChange",
    "GivenPrior",
    "Posterior",
    "Prior",
    "Variational",
    "VariationalEM",
    "VariationalMixture",
    "VariationalState",
]
