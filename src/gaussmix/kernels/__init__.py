"""Kernels: arrays in, arrays out; they know no type of the project.

A kernel is a module with four functions of the signatures in :mod:`gaussmix.kernels.reference`:
``em_pass``, ``log_joint``, ``log_prob`` and ``weighted_moments``. ``active`` is the one in use.
"""

from __future__ import annotations

from . import blas as active
from . import reference

__all__ = ["active", "name", "reference"]

name = "blas"
"""The name of the kernel in use, for people."""
