"""Gaussian mixture distributions."""

from .conditional import ConditionalMixtures
from .density_regions import HighestDensityRegion
from .expectations import Estimate
from .value import Mixture

__all__ = ["ConditionalMixtures", "Estimate", "HighestDensityRegion", "Mixture"]
