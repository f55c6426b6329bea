"""The names of models, and their order."""

from __future__ import annotations

from collections.abc import Iterable

from ..covariances import Family, mclust_name

__all__ = ["criterion_title", "in_order", "model_name"]

_TITLES = {
    "cv": "cross-validated deviance",
    "dendrogram": "dendrogram criterion",
    "held-out": "held-out deviance",
    "instability": "instability",
    "mml": "message length",
}


def criterion_title(criterion: str) -> str:
    """Return the words for a criterion, for a text or the axis of a picture.

    Examples
    --------
    >>> criterion_title("bic"), criterion_title("mml")
    ('BIC', 'message length')
    """
    return _TITLES.get(criterion, criterion.upper())


def model_name(family: Family, n_features: int) -> str:
    """Return mclust's name of a family, for D columns; the family's own name if there is none.

    Examples
    --------
    >>> from gaussmix import Full, Tied
    >>> model_name(Full(), 2), model_name(Tied(Full()), 1)
    ('VVV', 'E')
    """
    return mclust_name(family, n_features) or family.name


def in_order(families: Iterable[Family], n_features: int) -> list[Family]:
    """Return families without correlations first, in ascending order of their numbers of parameters.

    Examples
    --------
    >>> from gaussmix import Full, Spherical, Tied
    >>> in_order([Full(), Tied(Full()), Spherical()], 3)
    [Spherical(), Tied(Full()), Full()]
    """
    return sorted(families, key=lambda family: (family.frame.full, family.n_parameters(2, n_features)))
