"""Conjugate priors of a mixture's parameters, and the pseudo-moments that they add to an M-step."""

from __future__ import annotations

from .conjugate import ConjugatePrior
from .mclust import MclustPrior
from .pseudo_moments import PseudoMoments

__all__ = ["ConjugatePrior", "MclustPrior", "PseudoMoments"]
