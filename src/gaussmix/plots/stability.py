"""The stability of a family over runs, by the number of components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.errors import InputTypeError
from gaussmix.model_sweep import Stability
from gaussmix.plots.axes import Canvas, padded, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["stability"]


def stability(selection: Any, family: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the mean Fowlkes-Mallows index over the number of components, and a band of one standard deviation.

    Rings mark peaks, larger than both neighbours; a filled ring marks the largest value.

    Parameters
    ----------
    selection : Selection or Stability
        A selection by "instability", or its stability.
    family : str, optional
        Name of the family of a selection; that of the best model by default.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If the family has no runs to compare.
    InputTypeError
        If the object has no stability.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), "EEE", "instability", random_state=0, n_runs=3)
    >>> gaussmix.plots.stability(chosen).get_ylabel()
    'stability (Fowlkes-Mallows index)'
    """
    held = selection
    if not isinstance(held, Stability):
        if not callable(getattr(selection, "stability", None)):
            raise InputTypeError(
                f"selection is of type {type(selection).__name__}: give what gaussmix.select returns for "
                'criterion="instability".'
            )
        held = selection.stability(family)
    canvas = Canvas(ax)
    look, x = canvas.style, np.array(held.n_components, dtype=np.float64)
    mean, spread = held.mean, held.spread
    y = np.concatenate([mean - spread, mean + spread])
    canvas.frame(
        np.array([x[0] - 0.4, x[-1] + 0.4]),
        padded(y, 0.08),
        ["number of components", "stability (Fowlkes-Mallows index)"],
    )
    canvas.ax.fill_between(
        x, mean - spread, mean + spread, color=look.foreground, alpha=0.15, linewidth=0.0, zorder=2
    )
    canvas.ax.plot(x, mean, "o-", color=look.foreground, linewidth=1.3, markersize=4.5, zorder=3)
    ring: dict[str, Any] = {"markersize": 12, "markeredgewidth": 1.8, "linestyle": "none"}
    peaks = np.isin(x, held.peaks)
    canvas.ax.plot(x[peaks], mean[peaks], "o", color=look.accent, markerfacecolor="none", zorder=4, **ring)
    top = x == held.best
    canvas.ax.plot(x[top], mean[top], "o", color=look.accent, alpha=0.85, zorder=5, **ring)
    whole_numbers(canvas.ax)
    return canvas.ax
