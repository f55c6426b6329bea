"""Model selection: information criteria, fits of many families and numbers of components, and the best of them."""

from __future__ import annotations

from .candidate import Candidate
from .confidence import Confidence
from .criteria import aic, bic, icl, message_length
from .dendrogram import MixingDendrogram
from .fitted import FittedModel, best_of
from .pruning import prune_models
from .stability import Stability
from .sweep import fit_models

__all__ = [
    "Candidate",
    "Confidence",
    "FittedModel",
    "MixingDendrogram",
    "Stability",
    "aic",
    "best_of",
    "bic",
    "fit_models",
    "icl",
    "message_length",
    "prune_models",
]
