"""Recordings of fits: the mixtures of the iterations, as they were recorded or from EM run again."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.errors import InputError
from gaussmix.estimators.options import tails_of
from gaussmix.mixture import Mixture, TMixture
from gaussmix.mixture.matching import matching_order
from gaussmix.mixture.of_model import mixture_of
from gaussmix.plots import Frame, Recorder
from gaussmix.plots.inputs import as_mixture
from gaussmix.search import SearchEvent, SearchTrace

__all__ = ["Recording", "recording_of"]

_MOST_ITERATIONS = 200
"""More iterations than these are not recorded: nobody steps through them, and they make the page large."""
_MOST_ROWS = 20_000
"""EM that is run again for a recording takes a sample of more rows than these."""
_SAME = 1e-3
"""Nats per row: mixtures with this difference in log-likelihood are the same local maximum."""


@dataclass(frozen=True, eq=False)
class Recording:
    """The mixtures of a fit in order, and what they are, in sentences.

    Parameters
    ----------
    frames : tuple of plots.Frame
        The start, the iterations of EM, accepted moves of a search, and the result.
    notes : tuple of str
        Where the frames come from.
    """

    frames: tuple[Frame, ...]
    notes: tuple[str, ...]

    @property
    def last(self) -> Mixture:
        """The mixture of the last frame."""
        return self.frames[-1].mixture


def recording_of(
    fit: Any, X: Rows, sample_weight: Floats | None = None, noise: Floats | None = None
) -> Recording:
    """Return the recording of a fit.

    Of a fitted estimator, whose trace has no mixture for each iteration, EM is run again from the start of the best run
    of its search, or without a search from the start that ``init_params`` gives; the accepted moves of that run and the
    fitted mixture follow.

    Parameters
    ----------
    X : (n, D) array
        The rows of the fit.
    sample_weight : (n,) array, optional
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors.

    Raises
    ------
    InputError
        If there is no mixture.
    """
    if isinstance(fit, (Recorder, list, tuple)):
        return _recorded(fit)
    result = mixture_of(fit, "a replay")
    if not (hasattr(fit, "trace_") and hasattr(fit, "init_params") and hasattr(fit, "callbacks")):
        alone = Frame(0, result, words="The mixture")
        return Recording((alone,), ("This is a mixture without a trace of its fit.",))
    return _run_again(fit, result, _Data(X, sample_weight, noise))


def _recorded(fit: Any) -> Recording:
    frames = [
        each if isinstance(each, Frame) else Frame(i, as_mixture(each))
        for i, each in enumerate(getattr(fit, "frames", fit))
    ]
    if not frames:
        raise InputError("there is no mixture to show: record a fit first, with callbacks=recorder.")
    return Recording(*_cut(frames, "The iterations are those of the fit, as they were recorded."))


def _cut(frames: Sequence[Frame], note: str) -> tuple[tuple[Frame, ...], tuple[str, ...]]:
    """Return the first frames, and notes on the others."""
    if len(frames) <= _MOST_ITERATIONS + 1:
        return tuple(frames), (note,)
    kept = [*frames[:_MOST_ITERATIONS], replace(frames[-1], words=f"Iteration {frames[-1].iteration}")]
    return tuple(kept), (
        note,
        f"Of {len(frames):,} frames, the first {_MOST_ITERATIONS} and the last are here.",
    )


@dataclass(frozen=True, eq=False)
class _Data:
    """Rows with their weights and measurement errors."""

    X: Rows
    sample_weight: Floats | None
    noise: Floats | None

    def some(self) -> _Data:
        """Return a uniform sample, if there are many."""
        if len(self.X) <= _MOST_ROWS:
            return self
        chosen = np.sort(np.random.default_rng(0).choice(len(self.X), _MOST_ROWS, replace=False))
        weights = None if self.sample_weight is None else self.sample_weight[chosen]
        return _Data(self.X[chosen], weights, None if self.noise is None else self.noise[chosen])

    @property
    def known(self) -> dict[str, Any]:
        """What `fit` takes beside the rows."""
        given = {"sample_weight": self.sample_weight, "noise": self.noise}
        return {name: value for name, value in given.items() if value is not None}


def _run_again(estimator: Any, result: Mixture, whole: _Data) -> Recording:
    """Return EM from the start of the best run, its accepted moves, and the result."""
    data = whole.some()
    events = _best_run(getattr(estimator.trace_, "search", None))
    start = _with_tails(events[0].mixture, estimator) if events else None
    frames, notes = _cut(_em_from(estimator, result, start, data), _origin(estimator, start, data, whole))
    moves = [
        Frame(i, event.mixture, event.log_likelihood, event.title, run=1)
        for i, event in enumerate(events)
        if event.is_move and event.taken and event.mixture is not None
    ]
    found = _in_order_of(result, (*frames, *moves))
    if moves:
        said = "Then come the accepted moves of that run, and the fitted mixture."
    elif len(data.X) < len(whole.X):
        said = "The last frame is the fitted mixture, of all rows."
    elif _equal(frames[-1].mixture, result, data):
        return Recording(found, notes)
    elif frames[-1].iteration >= _MOST_ITERATIONS:
        said = f"After {_MOST_ITERATIONS} iterations comes the fitted mixture."
    else:
        said = "It ended at another local maximum than the fit, which is the last frame."
    return Recording((*found, _end(result, data)), (*notes, said))


def _with_tails(start: Mixture | None, estimator: Any) -> Mixture | None:
    """Return a start of a search as EM takes it: with the first degrees of freedom of a mixture of t distributions."""
    degrees = getattr(estimator, "degrees_of_freedom", None)
    if start is None or degrees is None or isinstance(start, TMixture):
        return start
    rule = tails_of(degrees, start.n_components)
    return TMixture.with_tails(start, rule.start(start.n_components), rule.estimated)


def _end(result: Mixture, data: _Data) -> Frame:
    mean = float(np.average(result.log_prob(data.X, data.noise), weights=data.sample_weight))
    return Frame(0, result, mean, words="The fitted mixture", run=2)


def _best_run(search: SearchTrace | None) -> list[SearchEvent]:
    """Return the events of the best run, from its start on, if their mixtures were kept."""
    events = [] if search is None else [event for event in search.events if event.run == search.best]
    return events if events and events[0].is_start and events[0].mixture is not None else []


def _origin(estimator: Any, start: Mixture | None, data: _Data, whole: _Data) -> str:
    """Return a sentence on where the iterations come from."""
    given = estimator.init_params
    by = f"init_params={given!r}" if isinstance(given, str) else "the given init_params"
    where = f"a start by {by}" if start is None else "the start of the best run of the search"
    sampled = f" on {len(data.X):,} of the {len(whole.X):,} rows" if len(data.X) < len(whole.X) else ""
    return f"EM was run again{sampled} for this replay, from {where}."


def _em_from(estimator: Any, result: Mixture, start: Mixture | None, data: _Data) -> list[Frame]:
    """Return the start and the iterations of EM with the options of an estimator, without a search."""
    recorder = Recorder(start)
    options: dict[str, Any] = {
        "n_components": result.n_components,
        "covariance_type": result.family,
        "search": "off",
        "acceleration": "off",
        "n_init": 1,
        "max_iter": _MOST_ITERATIONS,
        "warm_start": False,
        "verbose": 0,
        "callbacks": recorder,
        "random_state": 0 if estimator.random_state is None else estimator.random_state,
    }
    if start is not None:
        options |= {"init_params": start, "means_init": None, "weights_init": None, "precisions_init": None}
    known = estimator.get_params(deep=False)
    again = type(estimator)(**(known | {name: value for name, value in options.items() if name in known}))
    _fit_quietly(again, data)
    return list(recorder.frames)


def _fit_quietly(estimator: Any, data: _Data) -> None:
    """Fit; what the fit would warn of, the first fit has said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(data.X, **data.known)


def _equal(one: Mixture, other: Mixture, data: _Data) -> bool:
    """Return whether two mixtures are the same local maximum."""
    if one.n_components != other.n_components:
        return False
    gap = one.log_prob(data.X, data.noise) - other.log_prob(data.X, data.noise)
    return bool(abs(np.average(gap, weights=data.sample_weight)) < _SAME)


def _in_order_of(result: Mixture, frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """Return frames with the components numbered as in the result, so that each keeps its colour."""
    order = matching_order(frames[-1].mixture, result)
    return tuple(replace(frame, mixture=frame.mixture.reordered(order)) for frame in frames)
