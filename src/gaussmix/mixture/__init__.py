"""Gaussian mixture distributions, and those of t distributions."""

from .conditional import ConditionalMixtures
from .conditional_t import ConditionalTMixtures
from .density_regions import HighestDensityRegion
from .expectations import Estimate
from .t_mixture import TMixture
from .value import Mixture

__all__ = [
    "ConditionalMixtures",
    "ConditionalTMixtures",
    "Estimate",
    "HighestDensityRegion",
    "Mixture",
    "TMixture",
]
