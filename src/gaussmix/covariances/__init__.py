"""Covariance families, one file for each, and their common interface."""

from __future__ import annotations

from .covariances import Covariances
from .decomposed import Decomposed
from .decomposed_covariances import DecomposedCovariances
from .diagonal import Diagonal, DiagonalCovariances
from .family import Family
from .full import Full, FullCovariances
from .normal_coordinates import NormalCoordinates
from .singular import SingularCovariances
from .spherical import Spherical, SphericalCovariances
from .standard import families_of, family_named, mclust_name, names_of_families, standard_families
from .support import Support
from .tied import Tied, TiedCovariances
from .validation import check_range, covariances_from

__all__ = [
    "Covariances",
    "Decomposed",
    "DecomposedCovariances",
    "Diagonal",
    "DiagonalCovariances",
    "Family",
    "Full",
    "FullCovariances",
    "NormalCoordinates",
    "SingularCovariances",
    "Spherical",
    "SphericalCovariances",
    "Support",
    "Tied",
    "TiedCovariances",
    "check_range",
    "covariances_from",
    "families_of",
    "family_named",
    "mclust_name",
    "names_of_families",
    "standard_families",
]
