"""Uncertainty of a fit: standard errors and intervals by resampling, and tests for the number of components.

Examples
--------
>>> from gaussmix import GaussianMixture, datasets, inference
>>> X = datasets.load_faithful().data
>>> model = GaussianMixture(2, random_state=0).fit(X)
>>> resampled = inference.bootstrap(model, X, n_replicates=200, random_state=0)
>>> resampled.standard_errors.weights.round(2)
array([0.03, 0.03])
"""

from __future__ import annotations

from .likelihood_ratio import LikelihoodRatio, LikelihoodRatioTest, likelihood_ratio_test
from .progress import Progress
from .resampled import Intervals, ParameterArrays, ResampledEstimates
from .standard_errors import bootstrap, jackknife

__all__ = [
    "Intervals",
    "LikelihoodRatio",
    "LikelihoodRatioTest",
    "ParameterArrays",
    "Progress",
    "ResampledEstimates",
    "bootstrap",
    "jackknife",
    "likelihood_ratio_test",
]
