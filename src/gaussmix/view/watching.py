"""A fit in a notebook that is seen while it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputTypeError, MissingDependencyError
from gaussmix.fitting import Step
from gaussmix.plots.inputs import column_names, names_in
from gaussmix.search import SearchEvent
from gaussmix.validation import as_count, as_noise, as_rows_with_holes, checked_names
from gaussmix.view.content import MOST_COLUMNS, Drawn, check_in_memory, chosen_columns
from gaussmix.view.frames import Frame, frame_of_step

if TYPE_CHECKING:
    from gaussmix.view.widget import EMWidget

__all__ = ["watch"]

_MOST_FRAMES = 500
_MOST_COMPONENTS = 10
_SECONDS = 0.1
"""Least time between two messages to the notebook."""


def watch(
    estimator: Any,
    X: Any,
    *,
    columns: Any = None,
    max_rows: int = 2000,
    pause: float = 0.0,
    feature_names: Sequence[str] | None = None,
    **known: Any,
) -> EMWidget:
    """Fit an estimator, and show EM in the notebook while it runs.

    The widget shows the rows in the mixed colours of their responsibilities, the components as ellipses at one and two
    standard deviations, and the log-likelihood; before EM, the accepted moves of the search. Afterwards its player goes
    back and forth through the iterations. It works in Jupyter, VS Code and marimo; without a notebook the fit runs all
    the same. It needs anywidget (the extra ``widget``).

    Parameters
    ----------
    estimator : GaussianMixture
        The estimator to fit; its own callbacks are called too.
    X : (n, D) array or data frame
        Rows to fit and to show; NaN is a missing value.
    columns : pair of int or str, or one, optional
        The columns to show first, by position or name; the first two by default.
    max_rows : int
        Largest number of rows to draw; of more, a uniform sample. The fit takes all.
    pause : float
        Seconds to wait after each iteration.
    feature_names : sequence of D str, optional
        Names of the columns, if X has none.
    **known : dict
        Other arguments of ``fit``, such as ``sample_weight`` or ``noise``.

    Returns
    -------
    EMWidget
        The widget. Its ``estimator`` is the fitted one, ``frames`` are the iterations and accepted moves, and
        ``position`` is the step that is shown, -1 for the last one: a new value moves the player.

    Raises
    ------
    MissingDependencyError
        If anywidget is not installed.
    InputTypeError
        If the estimator takes no callbacks, or the rows are not in memory.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import GaussianMixture, datasets
    >>> X = datasets.load_faithful().data
    >>> widget = gaussmix.watch(GaussianMixture(2, search="off", random_state=0), X)
    >>> len(widget.frames) == widget.estimator.n_iter_
    True
    """
    widget = _new_widget()
    if not hasattr(estimator, "callbacks"):
        kind = type(estimator).__name__
        raise InputTypeError(
            f"watch needs an estimator with callbacks, and this is of type {kind}: give a GaussianMixture."
        )
    check_in_memory(X, "watch")
    rows = as_rows_with_holes(X)[0]
    D = rows.shape[1]
    names = column_names(list(range(D)), D, checked_names(feature_names, D) or names_in(X))
    first = chosen_columns(columns, names, list(range(min(D, 2))))
    kept = sorted({*first, *range(min(D, MOST_COLUMNS))}) if D > MOST_COLUMNS else list(range(D))
    errors: Floats | None = as_noise(known.get("noise"), rows)
    drawn = Drawn.of(
        rows, names, kept, errors, as_count(max_rows, "max_rows"), _MOST_COMPONENTS * _MOST_FRAMES
    ).trimmed_as(estimator)
    widget.rows, widget.columns = drawn.in_json(), [kept.index(d) for d in first]
    widget.estimator = estimator
    widget.show()
    _fit(estimator, X, known, _Sender(widget, drawn, float(pause)))
    return widget


def _new_widget() -> EMWidget:
    try:
        from gaussmix.view.widget import EMWidget
    except ImportError:
        raise MissingDependencyError('watch needs anywidget: pip install "gaussmix[widget]"') from None
    return EMWidget()


def _fit(estimator: Any, X: Any, known: dict[str, Any], sender: _Sender) -> None:
    """Fit with a callback more, and leave the estimator with its own ones, also after an error."""
    own = estimator.callbacks
    given = () if own is None else (own,) if callable(own) else tuple(own)
    sender.widget.fitting = True
    estimator.callbacks = [*given, sender]
    try:
        estimator.fit(X, **known)
    finally:
        estimator.callbacks = own
        sender.end()


class _Sender:
    """A callback that keeps frames and sends them to a widget, some times a second.

    Parameters
    ----------
    drawn : Drawn
        The rows and columns of the widget.
    pause : float
        Seconds to wait after each frame.
    """

    def __init__(self, widget: EMWidget, drawn: Drawn, pause: float) -> None:
        self.widget, self._drawn, self._pause = widget, drawn, pause
        every = len(drawn.columns) == len(drawn.names)
        self._columns = None if every else drawn.columns
        self._frames: list[Frame] = []
        self._next = -np.inf

    def __call__(self, step: Step) -> None:
        """Keep an iteration or an accepted move; of a long fit, the first ones and the last."""
        if isinstance(step.event, SearchEvent) and not step.event.taken:
            return
        frame = self._drawn.frame(frame_of_step(step, self._columns), step.mixture)
        if len(self._frames) >= _MOST_FRAMES:
            self._frames.pop()
        self._frames.append(frame)
        if self._pause > 0 or time.perf_counter() >= self._next:
            self._send()
        if self._pause > 0:
            time.sleep(self._pause)

    def end(self) -> None:
        """Send what was not sent yet."""
        self.widget.fitting = False
        self._send()

    def _send(self) -> None:
        began = time.perf_counter()
        self.widget.frames = list(self._frames)
        # A long list takes time to send: most of the time remains for the fit.
        took = time.perf_counter() - began
        self._next = time.perf_counter() + max(_SECONDS, 10.0 * took)
