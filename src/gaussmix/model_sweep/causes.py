"""Causes of singular and degenerate fits, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats
from ..fitting.degeneracy import columns_of_ties
from ..fitting.far_values import far_value_in_words
from ..frames import DiagonalFrame, FullFrame
from ..names import columns_in_words
from .candidate import Rows
from .fitted import FittedModel

__all__ = ["causes_in_words", "single_values_in_words"]

_NONE = 1e-9
"""An eigenvalue of the correlation matrix below this belongs to columns that are linearly dependent."""
_NOISE = 0.9
"""Nearly every row is noise in a degenerate mixture with a larger weight of the uniform component."""
_PART = 0.05
"""Least entry of a column in an eigenvector of such columns."""


def causes_in_words(models: Sequence[FittedModel], rows: Rows) -> list[str]:
    """Return the families that the rows cannot support, and what makes models singular or degenerate, as sentences.

    Parameters
    ----------
    models : sequence of FittedModel
    rows : Rows
        The rows of the fits.
    """
    statuses: dict[str, set[str]] = {}
    for model in models:
        statuses.setdefault(model.family_name, set()).add(model.status)
    few = [name for name, found in statuses.items() if found == {"too few rows"}]
    flat = [
        name for name, found in statuses.items() if found <= {"singular", "too few rows"} and name not in few
    ]
    told = []
    if few:
        families = _listed(few, len(statuses))
        told.append(
            f"Too few rows for {families} ({len(rows.distinct):,} distinct): "
            "no model of these was fitted; give more rows."
        )
    if flat:
        families = _listed(flat, len(statuses))
        told.append(f"Covariances of {families} would be singular: {_why_singular(rows)}.")
    noise = {model.family_name for model in models if _is_noise(model)}
    noise -= {model.family_name for model in models if model.sound}
    if noise:
        families = _listed([name for name in statuses if name in noise], len(statuses))
        told.append(
            f"No model of {families} is sound: nearly every row belongs to the noise component; "
            "give noise_component a larger volume, or leave it out."
        )
    if "degenerate" in set().union(*statuses.values()):
        told += _why_degenerate(models, rows)
    return told


def _is_noise(model: FittedModel) -> bool:
    """Return whether a model is degenerate because nearly every row is noise."""
    if model.status != "degenerate" or model.mixture is None:
        return model.status == "degenerate"
    return model.mixture.uniform is not None and model.mixture.uniform.weight > _NOISE


def _why_singular(rows: Rows) -> str:
    variances = rows.spread(DiagonalFrame()).variances
    constant = np.flatnonzero(variances == 0).tolist()
    if constant:
        be, them = ("is", "it") if len(constant) == 1 else ("are", "them")
        return f"{columns_in_words(constant, rows.names)} {be} constant; leave {them} out"
    dependent = _dependent_columns(rows.spread(FullFrame()).covariance)
    if len(dependent):
        return f"{columns_in_words(dependent, rows.names)} are linearly dependent; leave one of them out"
    return "leave out linearly dependent columns and far rows, or give more rows"


def _dependent_columns(covariance: Floats) -> list[int]:
    """Return the linearly dependent columns."""
    deviations = np.sqrt(np.diagonal(covariance))
    values, vectors = np.linalg.eigh(covariance / deviations[:, None] / deviations)
    return [int(d) for d in np.flatnonzero((np.abs(vectors[:, values < _NONE]) > _PART).any(axis=1))]


def _why_degenerate(models: Sequence[FittedModel], rows: Rows) -> list[str]:
    """Return the cause of degenerate models: an outlying value, or columns with ties."""
    far = far_value_in_words(rows.source, rows.engine, rows.spread(DiagonalFrame()).variances, rows.names)
    if far:
        return [f"{far[0].upper()}{far[1:]}: leave the row out, or correct the value."]
    of_several = [model for model in models if model.n_components > 1]
    sound = {model.family_name for model in of_several if model.sound}
    lost = [model for model in of_several if model.family_name not in sound and model.mixture is not None]
    ties = sorted(set().union(*(_columns_of_equal_values(model, rows) for model in lost)))
    if not ties:
        return []
    families = _listed(list(dict.fromkeys(m.family_name for m in lost)), len({m.family_name for m in models}))
    return [
        f"No model of {families} with several components is sound: a component collapsed in "
        f"{columns_in_words(ties, rows.names)}, where many values are equal or nearly so; leave such columns out."
    ]


def _columns_of_equal_values(model: FittedModel, rows: Rows) -> set[int]:
    """Return the columns in which a component describes equal values."""
    assert model.mixture is not None
    return set(columns_of_ties(model.mixture, model.total_weight)) | _columns_of_single_values(model, rows)


def _columns_of_single_values(model: FittedModel, rows: Rows) -> set[int]:
    """Return the columns in which a component is narrower than the rounding of the values."""
    if model.mixture is None or rows.rounding is None:
        return set()
    narrow = model.mixture.covariances.variances() < rows.rounding
    return set(np.flatnonzero(narrow.any(axis=0)).tolist())


def single_values_in_words(models: Sequence[FittedModel], rows: Rows) -> list[str]:
    """Return how many models are degenerate for components of single values, and of which columns, as a sentence.

    Parameters
    ----------
    models : sequence of FittedModel
    rows : Rows
        The rows of the fits.
    """
    degenerate = [model for model in models if model.status == "degenerate"]
    found = [columns for model in degenerate if (columns := _columns_of_single_values(model, rows))]
    if not found:
        return []
    where = columns_in_words(sorted(set().union(*found)), rows.names)
    be = "1 model is" if len(found) == 1 else f"{len(found)} models are"
    return [f"{be} degenerate: a component describes single values of {where}."]


def _listed(families: Sequence[str], total: int) -> str:
    """Return the names of families in words."""
    if 1 < len(families) == total:
        return f"all {total} families"
    return f"the {'family' if len(families) == 1 else 'families'} {', '.join(families)}"
