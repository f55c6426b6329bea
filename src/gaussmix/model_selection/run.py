"""A selection in progress: fitted models, models to fit, and the file of both."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import persist
from ..covariances import Family
from ..engines import Engine
from ..errors import DataWarning, GaussmixWarning, InputError, InputTypeError, warn
from ..files import check_suffix
from ..fitting.missing_codes import codes_in_words
from ..model_sweep import Candidate, FittedModel
from ..model_sweep.candidate import Rows
from ..model_sweep.causes import causes_in_words, single_values_in_words
from .methods import OWN_FITS, Method
from .selection import Selection
from .summary import stopped_after

__all__ = ["SelectionRun", "earlier_selection", "file_of"]

_EVERY = 30.0
"""Seconds between writings of a file while models are fitted."""


class SelectionRun:
    """A selection in progress.

    Parameters
    ----------
    selection : Selection
        Without models.
    candidates : sequence of Candidate
        The models, in the order of the table.
    earlier : Selection or None
        Models that are taken over.
    file : path or None
        Where to keep the selection.
    """

    def __init__(
        self,
        selection: Selection,
        candidates: Sequence[Candidate],
        earlier: Selection | None,
        file: Path | None,
    ) -> None:
        self._selection, self._candidates, self._file = selection, candidates, file
        self._models: dict[tuple[int, Family], FittedModel] = {}
        self._spent = 0.0 if earlier is None else earlier.seconds
        if earlier is not None:
            wanted = {candidate.key for candidate in candidates}
            known = {(model.n_components, model.family): model for model in earlier.models}
            self._models = {key: model for key, model in known.items() if key in wanted}
        self._began = self._written = time.perf_counter()

    def finished(
        self, engine: Engine, watchers: Sequence[Callable[[FittedModel], Any]], method: Method
    ) -> Selection:
        """Return the selection after all fits, or after a stop.

        Parameters
        ----------
        watchers : sequence of callables
            Called with each model that is fitted; one that returns True stops.
        method : Method
            The fits and the scores of the criterion.
        """
        known = list(self._models.values())

        def tell(model: FittedModel) -> bool:
            self._models[model.n_components, model.family] = model
            if self._file is not None and time.perf_counter() - self._written > _EVERY:
                self._write()
            return True in [watcher(model) for watcher in watchers]

        try:
            found = method.fit(self._candidates, engine, self._selection.seed, tell, known)
            self._models = {(model.n_components, model.family): model for model in found}
        except KeyboardInterrupt:
            if not self._models:
                raise
        result = self.so_far()
        if method.score is not None and result.complete:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", GaussmixWarning)
                result = replace(result, models=tuple(method.score(result.models, engine)))
        if not result.complete:
            warn(f"the selection was {stopped_after(result)}: resume it to continue.", DataWarning)
        rows = Rows.of(self._candidates[0], engine)
        codes = codes_in_words(rows.source, engine, rows.names)
        causes = codes + causes_in_words(result.models, rows)
        for cause in causes:
            warn(cause, DataWarning)
        told = single_values_in_words(result.models, rows)
        result = replace(result, notes=(*result.notes, *causes, *told))
        if self._file is not None:
            result.save(self._file)
        return result

    def so_far(self) -> Selection:
        """Return the selection with the models fitted so far."""
        models = [self._models[c.key] for c in self._candidates if c.key in self._models]
        seconds = self._spent + time.perf_counter() - self._began
        return replace(self._selection, models=tuple(models), seconds=seconds)

    def _write(self) -> None:
        assert self._file is not None
        self.so_far().save(self._file)
        self._written = time.perf_counter()


def file_of(resume: Any) -> Path | None:
    """Return the path of the file of ``resume``; None for a selection or nothing."""
    return Path(resume) if isinstance(resume, (str, os.PathLike)) else None


def earlier_selection(resume: Any, rows: str, criterion: str, options: Mapping[str, Any]) -> Selection | None:
    """Return the earlier selection of the same rows, fits and options.

    Parameters
    ----------
    rows : str
        A hash of the rows.
    options : mapping
        Of every fit.

    Raises
    ------
    InputError
        If the selection is one of other rows, fits or options.
    """
    file = file_of(resume)
    if resume is None:
        return None
    if file is not None:
        check_suffix(file, [".safetensors"], "a selection")
        if not file.exists():
            return None
    earlier = resume if file is None else persist.load(file)
    if not isinstance(earlier, Selection):
        raise InputTypeError(f"resume is a {type(earlier).__name__}: give a Selection, or the file of one.")
    if earlier.rows != rows:
        raise InputError(
            "resume is a selection of other rows, weights, errors or labels: give the same, or leave resume out."
        )
    wanted = criterion if criterion in OWN_FITS else ""
    if _own_fits(earlier) != wanted:
        raise InputError(
            f"resume is a selection by {earlier.criterion!r}, and {criterion!r} has other fits: give the same "
            "criterion, or leave resume out."
        )
    other = [
        name for name, value in options.items() if name != "random_state" and earlier.options[name] != value
    ]
    if other:
        name = other[0]
        raise InputError(
            f"resume is a selection with {name}={earlier.options[name]!r}, and {name} is {options[name]!r} here: give "
            "the same value, or leave resume out."
        )
    return earlier


def _own_fits(selection: Selection) -> str:
    """Return the criterion with fits of its own; an empty text for shared fits."""
    names = {selection.criterion, *(name for model in selection.models for name in model.scores)}
    return next((name for name in OWN_FITS if name in names), "")
