"""Gaussian mixture distributions."""

from .conditional import ConditionalMixtures
from .value import Mixture

__all__ = ["ConditionalMixtures", "Mixture"]
