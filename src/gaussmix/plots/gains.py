"""Predicted and actual gains of the moves of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.plots.axes import Canvas, font_size, say
from gaussmix.plots.inputs import as_search
from gaussmix.plots.style import Style
from gaussmix.search import SearchEvent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gains"]


def gains(model: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the actual gain of each move of a search against its predicted gain, in nats.

    On the diagonal they are equal. Both axes are logarithmic beyond ten nats. EM stops early for moves that cannot
    succeed, so the gain of a rejected move may be too low.

    Parameters
    ----------
    model : fitted estimator, Trace or SearchTrace
        A fit with a search.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If the model was fitted without a search.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X, _ = datasets.random_mixture(8, 2, random_state=1).sample(5000, random_state=0)
    >>> ax = plots.gains(GaussianMixture(8, random_state=0).fit(X))
    >>> ax.get_xlabel()
    'predicted gain (nats)'
    """
    moves = [event for event in as_search(model).events if event.has_prediction]
    canvas = Canvas(ax, (5.2, 4.8))
    both = np.array([(event.predicted, event.gain) for event in moves]).reshape(-1, 2)
    limits = _reach(both)
    for axis in (canvas.ax.set_xscale, canvas.ax.set_yscale):
        axis("symlog", linthresh=10.0, linscale=1.0)
    canvas.ax.plot(limits, limits, color=canvas.style.faded(0.4), linewidth=1.0, zorder=1)
    for draw in (canvas.ax.axhline, canvas.ax.axvline):
        draw(0.0, color=canvas.style.faint, linewidth=0.8, zorder=0.5)
    _draw_gains(canvas.ax, moves, both)
    canvas.frame(limits, limits, ["predicted gain (nats)", "gain (nats)"], equal=True)
    _thin_ticks(canvas.ax)
    return canvas.ax


def _draw_gains(ax: Axes, moves: list[SearchEvent], both: Floats) -> None:
    taken = np.array([event.taken for event in moves], dtype=bool)
    look = Style.of(ax)
    for mask, label, style in (
        (
            ~taken,
            "rejected",
            {"color": "none", "edgecolor": look.line, "linewidth": 0.9, "s": 20, "zorder": 2},
        ),
        (
            taken,
            "accepted",
            {"color": look.accent, "edgecolor": look.background, "linewidth": 0.6, "s": 34, "zorder": 3},
        ),
    ):
        if mask.any():
            options: dict[str, Any] = style
            ax.scatter(*both[mask].T, label=f"{label} ({mask.sum():,})", **options)
    if moves:
        ax.legend(frameon=False, fontsize=font_size(0.9), labelcolor=look.foreground, loc="upper left")
    else:
        say(ax, "no predicted moves", 0.75)


def _reach(both: Floats) -> Floats:
    """Return limits for both axes, with a margin."""
    low, high = float(both.min(initial=0.0)), float(both.max(initial=0.0))
    return np.array([1.3 * low - 1.5, 1.3 * high + 1.5])


def _thin_ticks(ax: Axes) -> None:
    """Set ticks at 0, 10, 100 and so on, fewer near 0 than by default."""
    for axis in (ax.xaxis, ax.yaxis):
        low, high = axis.get_view_interval()
        seen = _ticks(low, high, np.array([1.0, 2.0, 5.0]))
        if len(seen) > _MOST_TICKS:
            seen = _ticks(low, high, np.array([1.0]))
        axis.set_ticks(seen, labels=[f"{tick:,.0f}".replace("-", "\u2212") for tick in seen])
        axis.set_ticks([], minor=True)


_MOST_TICKS = 9


def _ticks(low: float, high: float, steps: Floats) -> Floats:
    """Return 0 and the multiples of powers of ten by each step, from 5 on, between two limits."""
    sizes = np.outer(10.0 ** np.arange(0, 12), steps).ravel()
    sizes = sizes[sizes >= 5.0]
    ticks = np.concatenate([-sizes[::-1], [0.0], sizes])
    return ticks[(ticks >= low) & (ticks <= high)]
