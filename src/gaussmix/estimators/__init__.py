"""The public faces, in scikit-learn's contract; only here are scikit-learn and the names of options known."""

from __future__ import annotations

from .checkpoints import CheckpointFile
from .classifier import MixtureClassifier
from .cross_validation import ClassificationError
from .gaussian_mixture import GaussianMixture

__all__ = ["CheckpointFile", "ClassificationError", "GaussianMixture", "MixtureClassifier"]
