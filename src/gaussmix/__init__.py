"""Gaussian mixtures by expectation-maximisation: fit, watch, choose, use.

The names below are loaded when they are first used, so that ``import gaussmix`` stays cheap.

Examples
--------
>>> import numpy as np
>>> import gaussmix
>>> mixture = gaussmix.Mixture(weights=[0.25, 0.75], means=[[-1.0], [1.0]], covariances=[1.0, 1.0])
>>> bool(np.isclose(mixture.mean()[0], 0.5))
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gaussmix import (
        datasets,
        divergences,
        errors,
        estimation,
        exchange,
        fitting,
        inference,
        plots,
        search,
        variational,
    )
    from gaussmix.adaptation import adapt, linear_score, log_likelihood_ratio
    from gaussmix.clusters import Combination, ModalClustering, combine, modal_clustering
    from gaussmix.covariances import Decomposed, Diagonal, FactorAnalysers, Full, Spherical, Tied
    from gaussmix.data.tables import read_table
    from gaussmix.estimators import (
        BayesianGaussianMixture,
        CheckpointFile,
        Coreset,
        GaussianMixture,
        MixtureClassifier,
        MixtureRegressor,
        StudentMixture,
        coreset,
    )
    from gaussmix.mixture import Mixture, TMixture
    from gaussmix.model_selection import Selection, select
    from gaussmix.persist import load, save
    from gaussmix.priors import ConjugatePrior, MclustPrior
    from gaussmix.reduction import DimensionReduction, reduce_dimension
    from gaussmix.report import write_report
    from gaussmix.versions import show_versions
    from gaussmix.view import replay, watch

__version__ = "0.1.0"

__all__ = [
    "BayesianGaussianMixture",
    "CheckpointFile",
    "Combination",
    "ConjugatePrior",
    "Coreset",
    "Decomposed",
    "Diagonal",
    "DimensionReduction",
    "FactorAnalysers",
    "Full",
    "GaussianMixture",
    "MclustPrior",
    "Mixture",
    "MixtureClassifier",
    "MixtureRegressor",
    "ModalClustering",
    "Selection",
    "Spherical",
    "StudentMixture",
    "TMixture",
    "Tied",
    "__version__",
    "adapt",
    "combine",
    "coreset",
    "datasets",
    "divergences",
    "errors",
    "estimation",
    "exchange",
    "fitting",
    "inference",
    "linear_score",
    "load",
    "log_likelihood_ratio",
    "modal_clustering",
    "plots",
    "read_table",
    "reduce_dimension",
    "replay",
    "save",
    "search",
    "select",
    "show_versions",
    "variational",
    "watch",
    "write_report",
]

_MODULES = frozenset(
    {
        "datasets",
        "distributed",
        "divergences",
        "errors",
        "estimation",
        "exchange",
        "fitting",
        "inference",
        "plots",
        "search",
        "variational",
        "view",
    }
)
_HOMES = {
    "adapt": "adaptation",
    "linear_score": "adaptation",
    "log_likelihood_ratio": "adaptation",
    "BayesianGaussianMixture": "estimators",
    "CheckpointFile": "estimators",
    "Combination": "clusters",
    "ConjugatePrior": "priors",
    "Coreset": "estimators",
    "Decomposed": "covariances",
    "Diagonal": "covariances",
    "DimensionReduction": "reduction",
    "FactorAnalysers": "covariances",
    "Full": "covariances",
    "GaussianMixture": "estimators",
    "MclustPrior": "priors",
    "Mixture": "mixture",
    "MixtureClassifier": "estimators",
    "MixtureRegressor": "estimators",
    "ModalClustering": "clusters",
    "Selection": "model_selection",
    "Spherical": "covariances",
    "StudentMixture": "estimators",
    "TMixture": "mixture",
    "Tied": "covariances",
    "combine": "clusters",
    "coreset": "estimators",
    "load": "persist",
    "modal_clustering": "clusters",
    "read_table": "data.tables",
    "reduce_dimension": "reduction",
    "replay": "view",
    "save": "persist",
    "select": "model_selection",
    "show_versions": "versions",
    "watch": "view",
    "write_report": "report",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
