"""The public faces, in scikit-learn's contract; only here are scikit-learn and the names of options known."""

from __future__ import annotations

from .classifier import MixtureClassifier
from .gaussian_mixture import GaussianMixture

__all__ = ["GaussianMixture", "MixtureClassifier"]
