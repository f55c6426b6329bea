"""The criterion of the dendrogram of merged components."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..covariances import Family
from ..em import e_step
from ..engines import Engine
from ..estimators.candidates import FitRows
from ..model_sweep import FittedModel
from ..model_sweep.dendrogram import dendrogram_of, largest_sound

__all__ = ["scored_by_dendrograms"]


def scored_by_dendrograms(models: Sequence[FittedModel], rows: FitRows, engine: Engine) -> list[FittedModel]:
    """Return models with the criterion of the dendrogram of each family's largest sound mixture.

    One component, and more than the largest sound mixture has, have no value.

    Parameters
    ----------
    rows : KnownRows or SourceRows
        Without labels.
    """
    families: dict[Family, list[FittedModel]] = {}
    for model in models:
        families.setdefault(model.family, []).append(model)
    values: dict[tuple[int, Family], float] = {}
    for family, own in families.items():
        largest = largest_sound(own)
        if largest is None or largest.mixture is None:
            continue
        found = dendrogram_of(largest.mixture)
        for K in range(2, largest.n_components + 1):
            densities, source = found.merged[K - 1].densities, rows.source(K)
            moments = engine.sum(partial(e_step, densities), source)
            values[K, family] = found.criterion(K, moments.log_likelihood, moments.total_weight)
    scored = []
    for model in models:
        value = values.get((model.n_components, model.family))
        scored.append(model if value is None else model.scored(dendrogram=value))
    return scored
