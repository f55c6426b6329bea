"""Gaussian mixture distributions."""

from .value import Mixture

__all__ = ["Mixture"]
