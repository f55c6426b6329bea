"""The families with names: mclust's fourteen models, under plain names and mclust's."""

from __future__ import annotations

from functools import cache

from .decomposed import Decomposed
from .diagonal import Diagonal
from .factor_analysers import factor_analysers_named
from .family import Family
from .full import Full
from .spherical import Spherical
from .tied import Tied

__all__ = [
    "families_of",
    "family_named",
    "is_nested",
    "mclust_name",
    "names_of_families",
    "standard_families",
]

standard_families: tuple[Family, ...] = (
    Full(),
    Diagonal(),
    Spherical(),
    Tied(Full()),
    Tied(Diagonal()),
    Tied(Spherical()),
    Decomposed("VEI"),
    Decomposed("EVI"),
    Decomposed("VEE"),
    Decomposed("EVE"),
    Decomposed("VVE"),
    Decomposed("EEV"),
    Decomposed("VEV"),
    Decomposed("EVV"),
)
"""The families that have a short name: mclust's fourteen models."""

_OF_ONE_COLUMN: dict[str, Family] = {"E": Tied(Full()), "V": Full()}

_BY_NAME = {family.name: family for family in standard_families}
_BY_MODEL = {str(family.mclust_name): family for family in standard_families} | _OF_ONE_COLUMN


def family_named(name: str) -> Family | None:
    """Return the family of a plain name, or of mclust's name in letters of either case; None if there is none.

    mclust's E and V are the families of one column: one variance for all components, and one for each. Factor
    analysers have PGMM's names with the number of factors.

    Examples
    --------
    >>> family_named("tied-diag"), family_named("EEI"), family_named("vev")
    (Tied(Diagonal()), Tied(Diagonal()), Decomposed('VEV'))
    """
    return _BY_NAME.get(name) or _BY_MODEL.get(name.upper()) or factor_analysers_named(name)


@cache
def is_nested(inner: Family, outer: Family) -> bool:
    """Return whether a family is a special case of another, both of mclust's fourteen.

    Examples
    --------
    >>> is_nested(Tied(Full()), Full()), is_nested(Full(), Tied(Full()))
    (True, False)
    """
    if inner == outer or inner.mclust_name is None or outer.mclust_name is None:
        return False
    pairs = zip(inner.mclust_name, outer.mclust_name, strict=True)
    return all("IEV".index(one) <= "IEV".index(other) for one, other in pairs)


def names_of_families() -> str:
    """Return the names of families for messages, without the longer plain names."""
    short = [family.name for family in standard_families if not isinstance(family, Decomposed)]
    names = [family.mclust_name for family in standard_families if family.mclust_name is not None]
    return f"{', '.join(short)}, mclust's {', '.join(names)}, and factor analysers, such as UUU-2"


def families_of(n_features: int) -> tuple[Family, ...]:
    """Return the distinct families in a number of columns: fourteen, or E and V in one column.

    Examples
    --------
    >>> families_of(1)
    (Tied(Full()), Full())
    """
    return tuple(_OF_ONE_COLUMN.values()) if n_features == 1 else standard_families


def mclust_name(family: Family, n_features: int) -> str | None:
    """Return mclust's name of a family in a number of columns; None if mclust has no such model.

    Examples
    --------
    >>> mclust_name(Tied(Full()), 2), mclust_name(Tied(Full()), 1)
    ('EEE', 'E')
    """
    if n_features > 1 or family.mclust_name is None:
        return family.mclust_name
    return "E" if family.n_parameters(2, 1) == 1 else "V"
