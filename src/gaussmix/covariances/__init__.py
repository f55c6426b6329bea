"""Covariance families, one file for each, and their common interface."""

from __future__ import annotations

from .covariances import Covariances
from .decomposed import Decomposed
from .decomposed_covariances import DecomposedCovariances
from .diagonal import Diagonal, DiagonalCovariances
from .factor_analysers import FactorAnalysers
from .factor_covariances import MOST_DENSE, FactorCovariances
from .family import Family
from .full import Full, FullCovariances
from .low_rank import LowRankFactorAnalysers, principal_axes, principal_factors
from .named_families import (
    families_of,
    family_named,
    is_nested,
    mclust_name,
    names_of_families,
    standard_families,
)
from .normal_coordinates import NormalCoordinates
from .singular import SingularCovariances
from .spherical import Spherical, SphericalCovariances
from .support import Support
from .tied import Tied, TiedCovariances
from .validation import check_range, check_range_of_covariances, covariances_from

__all__ = [
    "MOST_DENSE",
    "Covariances",
    "Decomposed",
    "DecomposedCovariances",
    "Diagonal",
    "DiagonalCovariances",
    "FactorAnalysers",
    "FactorCovariances",
    "Family",
    "Full",
    "FullCovariances",
    "LowRankFactorAnalysers",
    "NormalCoordinates",
    "SingularCovariances",
    "Spherical",
    "SphericalCovariances",
    "Support",
    "Tied",
    "TiedCovariances",
    "check_range",
    "check_range_of_covariances",
    "covariances_from",
    "families_of",
    "family_named",
    "is_nested",
    "mclust_name",
    "names_of_families",
    "principal_axes",
    "principal_factors",
    "standard_families",
]
