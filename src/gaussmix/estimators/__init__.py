"""Estimators with scikit-learn's interface."""

from __future__ import annotations

from .bayesian import BayesianGaussianMixture
from .checkpoints import CheckpointFile
from .classifier import MixtureClassifier
from .coresets import Coreset, coreset
from .cross_validation import ClassificationError
from .gaussian_mixture import GaussianMixture
from .regressor import MixtureRegressor
from .student_mixture import StudentMixture

__all__ = [
    "BayesianGaussianMixture",
    "CheckpointFile",
    "ClassificationError",
    "Coreset",
    "GaussianMixture",
    "MixtureClassifier",
    "MixtureRegressor",
    "StudentMixture",
    "coreset",
]
