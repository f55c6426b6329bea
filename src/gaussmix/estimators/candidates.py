"""The models of a selection, from options, and the estimator of one of them."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from .._types import Floats, Ints, Rows
from ..covariances import Family, families_of
from ..errors import InputError, InputTypeError
from ..model_sweep import Candidate, FittedModel
from ..model_sweep.names import in_order, model_name
from ..search import Budget
from ..sources import ArraySource
from ..uniform import Uniform
from ..validation import as_count
from .labels import as_allowed
from .options import family_of, plan_of
from .source_rows import SourceRows

__all__ = ["Candidates", "FitRows", "KnownRows", "candidates_of", "counts_of", "families_from"]


@dataclass(frozen=True, eq=False)
class KnownRows:
    """Checked rows with weights, errors and labels.

    Parameters
    ----------
    X : (n, D) array
    weights : (n,) array, optional
    noise : (n, D) or (n, D, D) array, optional
        Of their measurement errors.
    labels : array, optional
        As a user gives them.
    holes : bool
        Whether values are missing.
    uniform : Uniform, optional
        The noise component.
    projections : (n, m, D) array, optional
        Matrices of rows (n, m) that are projections.
    """

    X: Rows
    weights: Floats | None = None
    noise: Floats | None = None
    labels: Any = None
    holes: bool = False
    uniform: Uniform | None = None
    projections: Floats | None = None

    def source(self, n_components: int) -> ArraySource:
        """Return the rows as a fit of K components takes them."""
        allowed = as_allowed(self.labels, len(self.X), n_components, self.uniform is not None, self.weights)
        return ArraySource(
            self.X,
            self.weights,
            noise=self.noise,
            allowed=allowed,
            holes=self.holes,
            projections=self.projections,
        )

    def take(self, chosen: Ints) -> KnownRows:
        """Return some of the rows."""
        parts = (self.weights, self.noise, None if self.labels is None else np.asarray(self.labels))
        weights, noise, labels = (None if part is None else part[chosen] for part in parts)
        projections = None if self.projections is None else self.projections[chosen]
        return KnownRows(self.X[chosen], weights, noise, labels, self.holes, self.uniform, projections)

    @property
    def labelled(self) -> bool:
        """Whether the rows have labels."""
        return self.labels is not None

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return int(self.X.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the values, float32 or float64."""
        return self.X.dtype

    @property
    def usable(self) -> int:
        """The number of rows of positive weight."""
        return len(self.X) if self.weights is None else int(np.count_nonzero(self.weights))


FitRows: TypeAlias = KnownRows | SourceRows
"""The rows of a fit, in memory or in a source."""


def counts_of(n_components: Any, name: str = "n_components") -> list[int]:
    """Return numbers of components, given as one or several, in ascending order."""
    if isinstance(n_components, numbers.Integral):
        return [as_count(n_components, name)]
    if isinstance(n_components, str) or not isinstance(n_components, Iterable):
        raise InputTypeError(
            f"{name} is {n_components!r}: give a whole number ≥ 1, or several, such as range(1, 10)."
        )
    counts = sorted({as_count(K.item() if isinstance(K, np.generic) else K, name) for K in n_components})
    if not counts:
        raise InputError(f"{name} is empty: give a whole number ≥ 1, or several, such as range(1, 10).")
    return counts


def families_from(families: Any, n_features: int) -> list[Family]:
    """Return covariance families, given as "all", a name, a family or several of these, each once.

    In one column several families are one: of equal ones the first remains.
    """
    if isinstance(families, str):
        every = in_order(families_of(n_features), n_features)
        chosen: Sequence[Any] = every if families == "all" else families.split(",")
    elif isinstance(families, Family) or not isinstance(families, Iterable):
        chosen = [families]
    else:
        chosen = list(families)
    if not chosen:
        raise InputError("families is empty: give 'all', or names of covariance families.")
    found: dict[str, Family] = {}
    for each in chosen:
        family = family_of(each.strip() if isinstance(each, str) else each, n_features)
        found.setdefault(model_name(family, n_features), family)
    return list(found.values())


@dataclass(frozen=True, eq=False)
class Candidates:
    """The models to fit, and those that the labels or the restrictions exclude.

    Parameters
    ----------
    by_labels : list of int
        Numbers of components that the labels rule out.
    by_options : dict
        Names of models that contradict an option, by the reason.
    """

    models: list[Candidate]
    by_labels: list[int]
    by_options: dict[str, list[str]]

    @property
    def notes(self) -> tuple[str, ...]:
        """The models left out, in words."""
        numbers = ", ".join(map(str, self.by_labels))
        labels = [f"The labels rule out K = {numbers}."] if self.by_labels else []
        return (*labels, *(f"Without {', '.join(names)}: {why}" for why, names in self.by_options.items()))


def candidates_of(
    options: Mapping[str, Any], counts: Sequence[int], families: Sequence[Family], rows: FitRows, names: Any
) -> Candidates:
    """Return the models to fit: every number of components with every family.

    Models that contradict the labels or the options are left out.

    Parameters
    ----------
    options : mapping
        Of :class:`gaussmix.GaussianMixture`.
    names : (D,) array of str, or None
        Of the columns.

    Raises
    ------
    InputError
        If the labels rule all out, or an option cannot be used.
    """
    options = _without_thorough_search(options)
    found = Candidates([], [], {})
    refused: InputError | None = None
    for K in counts:
        try:
            source = rows.source(K)
        except InputError as error:
            refused = error
            found.by_labels.append(K)
            continue
        for family in families:
            try:
                plan = plan_of(
                    {**options, "n_components": K, "covariance_type": family}, rows.n_features, names
                )
            except InputError as error:
                refused = error
                model = f"{model_name(family, rows.n_features)},{K}"
                found.by_options.setdefault(str(error), []).append(model)
                continue
            found.models.append(Candidate(plan.among_others(rows.uniform), source))
    if not found.models:
        assert refused is not None
        raise refused
    return found


def _without_thorough_search(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a search by likelihood that is not thorough, as other models provide starts."""
    search = options.get("search")
    by_likelihood = isinstance(search, str) and search == "likelihood"
    return {**options, "search": Budget(likelihood=True)} if by_likelihood else {**options}


def mixture_parts(model: FittedModel, texts: Any) -> dict[str, Any]:
    """Return the fitted attributes of the estimator of a model."""
    assert model.mixture is not None
    assert model.trace is not None
    run = model.trace.runs[model.trace.best]
    mean = model.log_likelihood / model.total_weight
    return {
        "mixture_": model.mixture.named(texts),
        "trace_": model.trace,
        "converged_": run.status == "converged",
        "n_iter_": run.n_iterations,
        "lower_bound_": float(run.log_likelihood[-1]) if run.n_iterations else mean,
        "lower_bounds_": run.log_likelihood.tolist(),
        "_n_fixed": model.n_fixed,
    }
