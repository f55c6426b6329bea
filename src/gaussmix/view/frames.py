"""Frames: the states of a fit as the view in a browser shows them, in JSON.

A frame is an object with these keys. Numbers are finite; a number that is not is ``null``.

=====================  =============================================================================================
``iteration``          Number of the iteration, from 1; 0 is the start.
``phase``              ``"start"``; ``"M"``, the mixture after the M-step of this iteration; or ``"search"``, the
                       mixture after a move of a search.
``run``                Number of the run. Frames of one run make one curve.
``words``              A title instead of the number of the iteration, or ``""``.
``logLikelihood``      Mean log-likelihood in nats for each unit of weight, or ``null``: at phase ``"M"`` of the mixture
                       before the M-step, as in :class:`gaussmix.fitting.Step`; in a search of the mixture itself.
``weights``            K weights.
``means``              K lists of D numbers, in data units.
``covariances``        K lists of D lists of D numbers, in squared data units; of t distributions, the scale matrices.
``degrees``            ``null``, or K degrees of freedom of t distributions.
``noise``              ``null``, or the uniform noise component: ``{"weight", "logVolume", "lower", "upper"}``.
``trimmed``            Optional. The positions of the rows that a trimmed fit leaves out in an E-step with this mixture.
``responsibilities``   Optional. The responsibilities of the rows, n K bytes (0 is none, 255 is all) in base64, with the
                       noise component as the last of K; without them the view computes them from the parameters.
=====================  =============================================================================================

The view's player makes two steps of a frame of phase ``"M"``: the E-step, which colours the rows by the components
before it, and the M-step, which moves the components. Rows have the form ``{"columns": [[…], …], "names": [...]}``, one
list for each column, with ``null`` for a missing value. Their columns are those of ``means``: frames of some columns
(the argument `columns`) belong to rows of these columns.
"""

from __future__ import annotations

import base64
import math
import warnings
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.blocks import Block
from gaussmix.fitting import Step
from gaussmix.mixture import Mixture
from gaussmix.plots.inputs import as_mixture, marginal_of
from gaussmix.search import SearchEvent
from gaussmix.trimming import Cutoff, Trimming

__all__ = [
    "Frame",
    "Phase",
    "frame_of",
    "frame_of_step",
    "frames_of",
    "numbers",
    "rows_in_json",
    "trimmed_rows",
]

Frame: TypeAlias = dict[str, Any]
Phase: TypeAlias = Literal["start", "M", "search"]


def frame_of(
    mixture: Any,
    *,
    iteration: int = 0,
    phase: Phase = "start",
    log_likelihood: float | None = None,
    words: str = "",
    run: int = 0,
    columns: Sequence[int] | None = None,
) -> Frame:
    """Return a mixture as a frame.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The components.
    iteration : int
        Number of the iteration; 0 is the start.
    phase : "start", "M" or "search"
        What led to this mixture.
    log_likelihood : float, optional
        Mean log-likelihood, in nats for each unit of weight.
    words : str
        A title, instead of the number of the iteration.
    run : int
        Number of the run.
    columns : sequence of int, optional
        The columns of the frame, in order; all by default.

    Returns
    -------
    dict
        The frame, ready for JSON.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> frame = frame_of(Mixture([0.5, 0.5], [[0.0, 1.0], [4.0, 5.0]], [1.0, 2.0]), columns=[1])
    >>> frame["means"], frame["covariances"]
    ([[1.0], [5.0]], [[[1.0]], [[2.0]]])
    """
    whole = as_mixture(mixture)
    shown = whole if columns is None else marginal_of(whole, list(columns))
    uniform, degrees = shown.uniform, shown.densities.degrees
    return {
        "iteration": int(iteration),
        "phase": phase,
        "run": int(run),
        "words": words,
        "logLikelihood": _finite(log_likelihood),
        "weights": numbers(shown.weights),
        "means": numbers(shown.means),
        "covariances": numbers(shown.covariances.dense()),
        "degrees": None if degrees is None else numbers(degrees),
        "noise": None
        if uniform is None
        else {
            "weight": uniform.weight,
            "logVolume": uniform.log_volume,
            "lower": numbers(uniform.lower),
            "upper": numbers(uniform.upper),
        },
    }


def frame_of_step(step: Step, columns: Sequence[int] | None = None) -> Frame:
    """Return the argument of a callback as a frame.

    Parameters
    ----------
    step : Step
        The state of a fit after an iteration of EM or a move of its search.
    columns : sequence of int, optional
        The columns of the frame; all by default.

    Returns
    -------
    dict
        The frame, ready for JSON: with the title of the event at a move of a search.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets
    >>> X, seen = datasets.load_faithful().data, []
    >>> keep = lambda step: seen.append(frame_of_step(step))
    >>> model = GaussianMixture(2, search="off", random_state=0, callbacks=keep).fit(X)
    >>> seen[-1]["phase"], seen[-1]["iteration"] == model.n_iter_
    ('M', True)
    """
    event = step.event
    return frame_of(
        step.mixture,
        iteration=step.iteration,
        phase="M" if event is None else "search",
        log_likelihood=step.log_likelihood,
        words=event.title if isinstance(event, SearchEvent) else "",
        run=event.run if isinstance(event, SearchEvent) else step.run,
        columns=columns,
    )


def frames_of(recorded: Any, columns: Sequence[int] | None = None) -> list[Frame]:
    """Return a recording as frames.

    Parameters
    ----------
    recorded : Recorder, sequence of plots.Frame, or sequence of Mixture
        The iterations in order. Of a sequence of mixtures, the first is the start and each other one an M-step.
    columns : sequence of int, optional
        The columns of the frames; all by default.

    Returns
    -------
    list of dict
        The frames, ready for JSON.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> [frame["phase"] for frame in frames_of([Mixture([1.0], [[m]], [1.0]) for m in (0.0, 1.0)])]
    ['start', 'M']
    """
    return [_frame(each, i, columns) for i, each in enumerate(getattr(recorded, "frames", recorded))]


def _frame(recorded: Any, position: int, columns: Sequence[int] | None) -> Frame:
    from gaussmix.plots import Frame as Recorded

    if not isinstance(recorded, Recorded):
        recorded = Recorded(position, as_mixture(recorded))
    return frame_of(
        recorded.mixture,
        iteration=recorded.iteration,
        phase="search" if recorded.words else "M" if recorded.iteration else "start",
        log_likelihood=recorded.log_likelihood,
        words=recorded.words,
        run=recorded.run,
        columns=columns,
    )


def with_responsibilities(frame: Frame, mixture: Mixture, rows: Rows, errors: Floats | None = None) -> Frame:
    """Return a frame with the responsibilities of rows in all columns of the mixture, given their errors."""
    shares = np.asarray(mixture.responsibilities(rows, errors), dtype=np.float64)
    text = base64.b64encode(np.rint(255 * shares).astype(np.uint8).tobytes()).decode("ascii")
    return {**frame, "responsibilities": text}


def with_trimmed(
    frame: Frame, mixture: Mixture, rows: Rows, share: float, errors: Floats | None = None
) -> Frame:
    """Return a frame with the positions of the rows of least density that a trimmed fit leaves out.

    Parameters
    ----------
    mixture : Mixture
        Of all columns.
    rows : (n, D) array
        The rows that are drawn.
    share : float
        Of the rows that are left out; the same share of those that are drawn.
    errors : array, optional
        Variances or covariances of the rows' measurement errors.
    """
    X = np.asarray(rows, dtype=np.float64)
    return {**frame, "trimmed": trimmed_rows(mixture, X, share, errors).tolist()}


def trimmed_rows(mixture: Mixture, X: Floats, share: float, errors: Floats | None = None) -> Ints:
    """Return the positions of a share of the rows (n, D) with the least density, as a trimmed fit leaves them out."""
    holes = np.isnan(X)
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        scales = np.nan_to_num(np.nanstd(X, axis=0))
    trimming = Trimming(share, np.log(np.where(scales > 0, scales, 1.0)))
    scores = trimming.scores(mixture.log_prob(X, errors), Block(X, holes=bool(holes.any())))
    return np.flatnonzero(scores < Cutoff.of(scores, np.ones(len(X)), (1.0 - share) * len(X)).score)


def rows_in_json(X: Rows, names: Sequence[str]) -> dict[str, Any]:
    """Return rows (n, D) as columns for the view, to six digits, with null for a missing value.

    Examples
    --------
    >>> import numpy as np
    >>> rows_in_json(np.array([[1.0, np.nan], [1 / 3, 2.0]]), ["a", "b"])
    {'columns': [[1.0, 0.333333], [None, 2.0]], 'names': ['a', 'b']}
    """
    return {"columns": [[_short(value) for value in column] for column in X.T.tolist()], "names": list(names)}


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def numbers(values: Floats) -> list[Any]:
    """Return an array as nested lists of finite numbers and None."""
    array = np.asarray(values, dtype=np.float64)
    if np.isfinite(array).all():
        return list(array.tolist())
    found = array.astype(object)
    found[~np.isfinite(array)] = None
    return list(found.tolist())
