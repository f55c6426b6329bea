"""Model selection: information criteria, fits of many families and numbers of components, and the best of them."""

from __future__ import annotations

from .candidate import Candidate
from .confidence import Confidence
from .criteria import aic, bic, icl
from .fitted import FittedModel, best_of
from .sweep import fit_models

__all__ = ["Candidate", "Confidence", "FittedModel", "aic", "best_of", "bic", "fit_models", "icl"]
