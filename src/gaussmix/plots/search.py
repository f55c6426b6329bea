"""The history of a search: its runs and their moves."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.plots.axes import Canvas, font_size, padded, say
from gaussmix.plots.inputs import as_search, option
from gaussmix.plots.style import Style
from gaussmix.search import SearchEvent, SearchTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["search"]

_SHOWN_OF_ENDS, _SHOWN_OF_INCREASES, _SHOWN_OF_PREDICTIONS = 0.9, 2.5, 0.4
_LEAST = 5.0
"""Smallest range of the vertical axis, in nats of all rows."""
_LETTERS = 11.0
"""Letters of the title for each inch of the axes."""


def search(model: Any, *, against: str = "passes", ax: Axes | None = None) -> Axes:
    """Draw the history of a search: the mean log-likelihood of its runs and moves.

    Each run is a line that begins at its first mixture, after EM. A dot is an accepted move, a diamond its predicted
    value, a faint tick a rejected move. The best run is drawn strongly. Values far below it are not shown. A line falls
    where the best mixture of a population became degenerate, and the next one took its place.

    Parameters
    ----------
    model : fitted estimator, Trace or SearchTrace
        A fit with a search.
    against : "passes" or "seconds"
        The horizontal axis: passes over the rows of the search, one run after another, or the time, in which several
        runs may overlap.
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
    >>> X, _ = datasets.random_mixture(8, 2, random_state=1).sample(1000, random_state=0)
    >>> ax = plots.search(GaussianMixture(8, random_state=0).fit(X))
    >>> ax.get_xlabel()
    'passes over the rows, run after run'
    """
    found, (label, places) = as_search(model), option("against", against, _PLACES)
    canvas = Canvas(ax, (7.0, 4.5))
    lines = [_Line(found, run, *at) for run, at in enumerate(places(found))]
    for line in lines:
        line.draw(canvas.ax)
    x = np.concatenate([line.x for line in lines])
    canvas.frame(
        padded(np.append(x, 0.0), 0.03), _heights(lines), [label, f"mean {_objective(model)} (nats per row)"]
    )
    canvas.ax.ticklabel_format(axis="y", useOffset=False)
    _name_runs(canvas.ax, lines)
    if not found.n_tried:
        say(canvas.ax, "no moves", 0.4)
    canvas.ax.set_title(_title(found.verdict, canvas.ax), loc="left", fontsize=font_size(1.0))
    _add_legend(canvas.ax, lines)
    return canvas.ax


def _objective(model: Any) -> str:
    """Return the name of what the search compares; before a variational fit that is the likelihood."""
    name: str = getattr(getattr(model, "trace_", model), "objective", "log-likelihood")
    return "log-likelihood" if name == "lower bound" else name


def _in_seconds(found: SearchTrace) -> list[tuple[Floats, float]]:
    """Return the times of the events and of the end of each run, in seconds."""
    runs = _by_run(found)
    return [
        (np.array([event.seconds for event in events]), run.seconds)
        for events, run in zip(runs, found.runs, strict=True)
    ]


def _in_passes(found: SearchTrace) -> list[tuple[Floats, float]]:
    """Return the same in passes, one run after another."""
    own = [np.array([event.passes for event in events], dtype=np.float64) for events in _by_run(found)]
    own = [passes - passes[0] for passes in own]
    gap = max(1.0, _GAP * sum(float(passes[-1]) for passes in own))
    placed, begins = [], 0.0
    for passes in own:
        placed.append((begins + passes, begins + float(passes[-1]) + gap))
        begins = placed[-1][1] + gap
    return placed


def _by_run(found: SearchTrace) -> list[list[SearchEvent]]:
    return [[event for event in found.events if event.run == run] for run in range(len(found.runs))]


_GAP = 0.01
_PLACES = {"passes": ("passes over the rows, run after run", _in_passes), "seconds": ("seconds", _in_seconds)}


class _Line:
    """A run as a line of steps, with its moves.

    Parameters
    ----------
    places : (m,) array
        Positions of the events on the horizontal axis.
    end : float
        Position of the end of the run.
    """

    def __init__(self, found: SearchTrace, run: int, places: Floats, end: float) -> None:
        self.number, self.best, self.total_weight = run, run == found.best, found.total_weight
        events = [event for event in found.events if event.run == run]
        tried = np.array([event.is_move for event in events], dtype=bool)
        self.moves, self.places = [event for event in events if event.is_move], places[tried]
        last = found.runs[run].log_likelihood
        # The first step begins where EM from the start ends.
        first = events[1].before if len(events) > 1 else last
        values = np.array([first, *(event.log_likelihood for event in events[1:])])
        # EM goes on between the moves: a step is also where the log-likelihood changes by it.
        steps = np.array([event.is_move and event.taken for event in events]) | (
            np.diff(values, prepend=first) != 0.0
        )
        self.x = np.array([places[0], *places[steps], end])
        self.y = np.array([first, *values[steps], last])

    @property
    def expected(self) -> Floats:
        """The predicted mean log-likelihood of each move; NaN without a prediction."""
        return np.array([event.before + event.predicted / event.total_weight for event in self.moves])

    def draw(self, ax: Axes) -> None:
        """Draw the line, the moves and their predictions."""
        style = Style.of(ax)
        colour: Any = style.accent if self.best else style.faded(0.4)
        above = 3 if self.best else 2
        ax.plot(
            self.x,
            self.y,
            drawstyle="steps-post",
            color=colour,
            linewidth=2.0 if self.best else 1.1,
            zorder=above,
        )
        taken = np.array([event.taken for event in self.moves], dtype=bool)
        mark: dict[str, Any] = {"linestyle": "none", "zorder": above + 0.2}
        values = np.array([event.log_likelihood for event in self.moves])
        ax.plot(
            self.places[~taken], values[~taken], marker="|", markersize=7, color=colour, alpha=0.45, **mark
        )
        expected = self.expected
        predicted = taken & np.array([event.has_prediction for event in self.moves], dtype=bool)
        # One line with gaps, which the legend keeps clear of.
        gap = np.full(predicted.sum(), np.nan)
        x = np.column_stack([self.places[predicted], self.places[predicted], gap])
        y = np.column_stack([expected[predicted], values[predicted], gap])
        ax.plot(x.ravel(), y.ravel(), color=style.second, linewidth=0.8, zorder=above + 0.1)
        ax.plot(
            self.places[predicted], expected[predicted], marker="D", markersize=4.6, **_hollow(style), **mark
        )
        ax.plot(self.places[taken], values[taken], marker="o", markersize=4.8, color=colour, **mark)


def _hollow(style: Style) -> dict[str, Any]:
    """Return the style of the mark of a prediction."""
    return {"markerfacecolor": style.background, "markeredgewidth": 1.2, "markeredgecolor": style.second}


def _heights(lines: list[_Line]) -> Floats:
    """Return the vertical limits: nearly all ends of runs, and the increases not far below them."""
    ends = np.array([line.y[-1] for line in lines])
    top, bottom = float(ends.max()), min(float(line.y.min()) for line in lines)
    least = _LEAST / lines[0].total_weight
    if len(lines) > 1:
        # A run from far below would hide the differences of the others.
        spread = max(top - float(np.quantile(ends, 1 - _SHOWN_OF_ENDS)), least)
        bottom = max(bottom, top - _SHOWN_OF_INCREASES * spread)
    # A prediction far above the result would hide the rest.
    most = top + _SHOWN_OF_PREDICTIONS * (top - bottom)
    predicted = np.concatenate([line.expected for line in lines])
    expected = min(most, float(predicted.max(initial=top, where=np.isfinite(predicted))))
    return padded(np.array([min(bottom, top - least), max(top + 0.3 * least, expected)]), 0.09)


def _name_runs(ax: Axes, lines: list[_Line]) -> None:
    """Write the numbers of the runs over their last parts, if there are not too many."""
    if not 1 < len(lines) <= 12:
        return
    style = Style.of(ax)
    for line in lines:
        text = ax.annotate(
            str(line.number + 1),
            ((line.x[-2] + line.x[-1]) / 2, line.y[-1]),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=font_size(0.85),
            color=style.written(style.accent) if line.best else style.muted,
            fontweight="bold" if line.best else "normal",
            path_effects=style.halo(),
            zorder=5,
        )
        text.set_clip_on(True)


def _add_legend(ax: Axes, lines: list[_Line]) -> None:
    from matplotlib.lines import Line2D

    style = Style.of(ax)
    blue = style.accent
    moves = [event for line in lines for event in line.moves]
    several, taken = len(lines) > 1, any(event.taken for event in moves)
    bare: dict[str, Any] = {"linestyle": "none"}
    best = f"run {_best(lines)}, the best" if several else "the only run"
    entries: list[tuple[bool, dict[str, Any]]] = [
        (True, {"color": blue, "linewidth": 2.0, "label": best}),
        (several, {"color": style.faded(0.4), "linewidth": 1.1, "label": "other runs"}),
        (taken, {"marker": "o", "markersize": 4.8, "color": blue, "label": "accepted move", **bare}),
        (
            any(event.taken and event.has_prediction for event in moves),
            {"marker": "D", "markersize": 4.6, "label": "predicted value", **_hollow(style), **bare},
        ),
        (
            any(not event.taken for event in moves),
            {
                "marker": "|",
                "markersize": 7,
                "color": blue,
                "alpha": 0.45,
                "label": "rejected move",
                **bare,
            },
        ),
    ]
    shown = [Line2D([], [], **look) for there, look in entries if there]
    ax.legend(
        handles=shown,
        frameon=True,
        framealpha=0.0 if style.clear else 0.85,
        edgecolor="none",
        facecolor=tuple(style.background),
        fontsize=font_size(0.85),
        labelcolor=style.foreground,
    )


def _best(lines: list[_Line]) -> int:
    return next(line.number for line in lines if line.best) + 1


def _title(verdict: str, ax: Axes) -> str:
    """Return the verdict as a title, in lines of the width of the axes."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    width = ax.get_position().width * figure.get_figwidth()
    return textwrap.fill(verdict[0].upper() + verdict[1:], max(20, int(_LETTERS * width)))
