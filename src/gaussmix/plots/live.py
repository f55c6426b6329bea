"""LivePlot: EM drawn while it runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.fitting import Step
from gaussmix.plots.axes import need_matplotlib
from gaussmix.plots.displays import Display, find_display, new_figure
from gaussmix.plots.ellipses import radii_of
from gaussmix.plots.figure_parts import FitFigure, View
from gaussmix.search import SearchEvent
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["LivePlot"]


class LivePlot:
    """A callback to show data, components and the log-likelihood at every EM iteration.

    Before EM, it shows the search: the components after each accepted move. In a notebook the plot is updated in the
    cell, otherwise in a window; without a screen the figure is updated for ``figure.savefig``. The points are drawn
    once; only the ellipses are redrawn.

    Parameters
    ----------
    X : (n, D) array or data frame
        The data of the fit.
    columns : pair of int or str, or one, optional
        The columns to show, by position or name; the first two by default. One column shows curves over a
        histogram.
    sigmas, scale, content : float or sequence of float, optional
        Size of the ellipses, as in :func:`ellipses`.
    every : int
        Number of iterations between redraws; accepted moves are always drawn.
    pause : float
        Seconds to wait after each redraw.
    equal : bool
        Whether both axes have the same scale.
    feature_names : sequence of str, optional
        Names of the D columns, if X has none.

    Attributes
    ----------
    figure : matplotlib Figure
        The figure that is redrawn.
    n_redraws : int
        Number of redraws.

    Raises
    ------
    InputError
        If the data, the columns or a size are invalid.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> live = plots.LivePlot(X)
    >>> model = GaussianMixture(2, random_state=0, search="off", acceleration="off", callbacks=live).fit(X)
    >>> live.n_redraws == model.n_iter_
    True
    """

    def __init__(
        self,
        X: Any,
        *,
        columns: Any = None,
        sigmas: Any = None,
        scale: Any = None,
        content: Any = None,
        every: int = 1,
        pause: float = 0.0,
        equal: bool = False,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        need_matplotlib()
        self._every, self._pause = as_count(every, "every"), float(pause)
        names = None if feature_names is None else tuple(map(str, feature_names))
        self._display: Display = find_display()
        self.figure: Figure = new_figure(self._display, (6.0, 5.6))
        self._drawing = FitFigure(
            self.figure, X, View(columns, radii_of(sigmas, scale, content), equal, names)
        )
        self._curve: list[tuple[float, float]] = []
        self.n_redraws = 0

    def __call__(self, step: Step) -> None:
        """Show an iteration or an accepted move."""
        if step.iteration == 1:
            self._curve = []
        self._curve.append((step.iteration, step.log_likelihood))
        if not self._is_due(step):
            return
        self._drawing.trace_ax.set_xlabel("iteration" if step.event is None else "moves tried in this run")
        self._drawing.extend_limits(step.mixture)
        self._drawing.show(step.mixture, _title(step), np.array(self._curve))
        self._display.refresh(self.figure)
        self.n_redraws += 1
        if self._pause > 0:
            time.sleep(self._pause)

    def _is_due(self, step: Step) -> bool:
        if isinstance(step.event, SearchEvent):
            return step.event.taken
        return step.iteration == 1 or step.iteration % self._every == 0


def _title(step: Step) -> str:
    if isinstance(step.event, SearchEvent):
        return f"Search. {step.event.title}"
    start = f"start {step.run + 1} of {step.n_runs}, " if step.n_runs > 1 else ""
    title = f"{start}iteration {step.iteration}"
    return title[0].upper() + title[1:]
