"""The criteria of a selection: how models are fitted and scored for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias

from ..engines import Engine
from ..errors import InputError
from ..estimators.candidates import FitRows
from ..model_sweep import Candidate, FittedModel, fit_models, prune_models
from ..validation import as_count
from .dendrograms import scored_by_dendrograms
from .held_out import Maker, scored_by_folds, scored_on
from .rows import folds_of, split, unlabelled
from .runs import Runs

__all__ = ["CRITERIA", "OWN_FITS", "Fit", "Method", "Request", "Scorer", "method_of"]

Scorer: TypeAlias = Callable[[Sequence[FittedModel], Engine], list[FittedModel]]
"""From models to the same with the values of a criterion."""


class Fit(Protocol):
    """Fits of models, with a report of each and without new fits of known models."""

    def __call__(
        self,
        candidates: Sequence[Candidate],
        engine: Engine,
        seed: int,
        tell: Callable[[FittedModel], bool],
        known: Sequence[FittedModel],
        /,
    ) -> list[FittedModel]:
        """Return the fitted models in order."""
        ...


@dataclass(frozen=True, eq=False)
class Request:
    """A criterion with its options, and the rows.

    Parameters
    ----------
    make : callable
        From rows to the models to fit.
    n_folds : int
        Of cross-validation.
    held_out : float
        Share of the rows.
    n_runs : int
        Of each model, for its stability.
    searched : bool
        Whether the user asks for a search.
    """

    criterion: str
    rows: FitRows
    make: Maker
    seed: int
    n_folds: int
    held_out: Any
    n_runs: int
    searched: bool


@dataclass(frozen=True, eq=False)
class Method:
    """The fits and the scores of a criterion.

    Parameters
    ----------
    rows : KnownRows or SourceRows
        Rows of the fits.
    score : callable, optional
        Adds the values of the criterion when all models are fitted.
    """

    rows: FitRows
    fit: Fit = fit_models
    score: Scorer | None = None


def _by_information(asked: Request) -> Method:
    return Method(asked.rows, partial(fit_models, criterion=asked.criterion))


def _by_folds(asked: Request) -> Method:
    folds = folds_of(asked.rows, asked.n_folds, asked.seed)

    def score(models: Sequence[FittedModel], engine: Engine) -> list[FittedModel]:
        return scored_by_folds(models, asked.criterion, asked.make, folds, engine, asked.seed)

    return Method(asked.rows, score=score)


def _by_held_out(asked: Request) -> Method:
    rest, held = split(asked.rows, asked.held_out, asked.seed)
    models_of_held = asked.make(held)
    return Method(
        rest, score=lambda models, engine: scored_on(models, asked.criterion, models_of_held, engine)
    )


def _by_pruning(asked: Request) -> Method:
    if asked.rows.labelled:
        raise InputError(
            'criterion="mml" removes components, and labels name them: leave labels out, or give another criterion.'
        )
    return Method(asked.rows, prune_models)


def _by_dendrogram(asked: Request) -> Method:
    # Labels name components, which mergers renumber.
    rows = unlabelled(asked.rows)
    return Method(asked.rows, score=lambda models, engine: scored_by_dendrograms(models, rows, engine))


def _by_runs(asked: Request) -> Method:
    if as_count(asked.n_runs, "n_runs") < 2:
        raise InputError(f"n_runs is {asked.n_runs}: give 2 or more, whose partitions are compared.")
    runs = Runs(asked.rows, asked.make, asked.n_runs, asked.seed, asked.searched)
    return Method(asked.rows, runs.fit, runs.score)


_METHODS: dict[str, Callable[[Request], Method]] = {
    "bic": _by_information,
    "icl": _by_information,
    "aic": _by_information,
    "cv": _by_folds,
    "held-out": _by_held_out,
    "mml": _by_pruning,
    "dendrogram": _by_dendrogram,
    "instability": _by_runs,
}
CRITERIA = tuple(_METHODS)
OWN_FITS = ("held-out", "mml", "instability")
"""Criteria with fits of their own; all others share the fits to all rows."""


def method_of(asked: Request) -> Method:
    """Return the fits and the scores of a criterion.

    Raises
    ------
    InputError
        If an option of the criterion is invalid.
    """
    return _METHODS[asked.criterion](asked)
