"""Gaussian mixture distributions, and those of t distributions."""

from .conditional import ConditionalMixtures
from .density_regions import HighestDensityRegion
from .expectations import Estimate
from .t_mixture import TMixture
from .value import Mixture

__all__ = ["ConditionalMixtures", "Estimate", "HighestDensityRegion", "Mixture", "TMixture"]
