"""Covariance families: a file for each, and the contract that they keep."""

from __future__ import annotations

from .covariances import Covariances
from .diagonal import Diagonal, DiagonalCovariances
from .family import Family
from .full import Full, FullCovariances
from .normal_coordinates import NormalCoordinates
from .singular import SingularCovariances
from .spherical import Spherical, SphericalCovariances
from .support import Support
from .tied import Tied, TiedCovariances
from .validation import check_range, covariances_from

__all__ = [
    "Covariances",
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
    "family_named",
    "standard_families",
]

standard_families: tuple[Family, ...] = (
    Full(),
    Diagonal(),
    Spherical(),
    Tied(Full()),
    Tied(Diagonal()),
    Tied(Spherical()),
)
"""The families that have a short name."""

_BY_NAME = {family.name: family for family in standard_families}


def family_named(name: str) -> Family | None:
    """Return the family of a short name, or None where there is none.

    Examples
    --------
    >>> family_named("tied-diag")
    Tied(Diagonal())
    """
    return _BY_NAME.get(name)
