"""The log-likelihood of fits by iteration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError
from gaussmix.plots.axes import Canvas, dress, font_size, padded, rising_limits, whole_numbers
from gaussmix.plots.legends import marker_of, name_beside
from gaussmix.plots.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["trace"]


def trace(runs: Any, *, zoom: bool = True, ax: Axes | None = None) -> Axes:
    """Draw the mean log-likelihood, or the objective of a fit with a prior, at each iteration of one fit or several.

    The best run is drawn strongly, the others in grey. An inset shows the distance of the best run to its last value on
    a logarithmic scale: a straight line means linear convergence, even where the curve looks flat.
    After a search, EM has little left to do: :func:`search` draws the search.

    Parameters
    ----------
    runs : fitted estimator, Trace, (m,) array, sequence of them, or mapping from names to them
        An estimator shows all its runs; the entries of a mapping are named beside the axes.
    zoom : bool
        Whether the inset is drawn; it needs five iterations.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If there is no run, or a run is not a sequence of numbers.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> model = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data)
    >>> ax = plots.trace(model)
    >>> ax = plots.trace({"one": [-4.0, -3.0, -2.9], "two": [-5.0, -3.1, -2.8]})
    """
    curves = _curves(runs)
    canvas = Canvas(ax)
    if len({curve.name for curve in curves}) > 1:
        _draw_named(canvas.ax, curves)
    else:
        _draw_best(canvas.ax, curves)
    longest = max(len(curve.values) for curve in curves)
    finite = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    y = rising_limits(finite, 0.06) if len(finite) else np.array([0.0, 1.0])
    canvas.frame(padded(np.array([1.0, longest]), 0.03), y, ["iteration", _label(runs)])
    whole_numbers(canvas.ax)
    canvas.ax.ticklabel_format(axis="y", useOffset=False)
    best = next(curve for curve in curves if curve.best)
    if zoom:
        _draw_inset(canvas.ax, best.values, _best_place(canvas.ax, curves))
    return canvas.ax


@dataclass(frozen=True, eq=False)
class _Curve:
    values: Floats
    best: bool
    name: str = ""


def _label(runs: Any) -> str:
    """Return the name of the vertical axis: the objective of the runs, if they have one in common."""
    several = (
        runs.values() if isinstance(runs, Mapping) else runs if isinstance(runs, (list, tuple)) else [runs]
    )
    names = {getattr(getattr(run, "trace_", run), "objective", "log-likelihood") for run in several}
    return f"mean {names.pop() if len(names) == 1 else 'objective'} (nats per row)"


def _curves(runs: Any) -> list[_Curve]:
    """Return the curves, one of them marked as the best."""
    if isinstance(runs, Mapping):
        named = [(str(name), _best_values(run)) for name, run in runs.items()]
    elif hasattr(runs, "trace_") or hasattr(runs, "runs"):
        held = getattr(runs, "trace_", runs)
        return [_Curve(run.log_likelihood, i == held.best) for i, run in enumerate(held.runs)]
    elif hasattr(runs, "log_likelihood") or _is_numbers(runs):
        named = [("", _best_values(runs))]
    elif isinstance(runs, (list, tuple)):
        named = [("", _best_values(run)) for run in runs]
    else:
        raise InputError(
            f"runs is of type {type(runs).__name__}: give a fitted estimator, a Trace or log-likelihoods."
        )
    if not named:
        raise InputError("runs is empty: give at least one run.")
    best = int(np.argmax([values[-1] for _, values in named]))
    return [_Curve(values, i == best, name) for i, (name, values) in enumerate(named)]


def _is_numbers(runs: Any) -> bool:
    if isinstance(runs, (list, tuple)):
        return bool(runs) and bool(np.isscalar(runs[0]))
    return isinstance(runs, np.ndarray)


def _best_values(run: Any) -> Floats:
    held = getattr(run, "trace_", run)
    values = np.atleast_1d(np.asarray(getattr(held, "log_likelihood", held), dtype=np.float64))
    if values.ndim != 1 or not len(values):
        raise InputError(f"a run has shape {values.shape}: give one log-likelihood for each iteration.")
    return values


def _draw_best(ax: Axes, curves: list[_Curve]) -> None:
    paper = Style.of(ax)
    for curve in curves:
        style: dict[str, Any] = {"color": paper.accent, "linewidth": 1.8, "zorder": 3}
        if not curve.best:
            style = {"color": paper.faded(0.3), "linewidth": 1.0, "zorder": 2}
        _draw_curve(ax, curve, style)


def _draw_named(ax: Axes, curves: list[_Curve]) -> None:
    colours = Style.of(ax).components(len(curves))
    for i, (curve, colour) in enumerate(zip(curves, colours, strict=True)):
        marker, larger = marker_of(i)
        end = {"marker": marker, "markersize": 5.5 * np.sqrt(larger)}
        _draw_curve(ax, curve, {"color": colour, "linewidth": 1.8, "zorder": 3}, end)
    name_beside(ax, [curve.name for curve in curves], colours, line="solid")


def _draw_curve(
    ax: Axes,
    curve: _Curve,
    style: dict[str, Any],
    end: Mapping[str, Any] = {"marker": "o", "markersize": 4.5},
) -> None:
    iterations = np.arange(1, len(curve.values) + 1)
    ax.plot(iterations, curve.values, **style, label=curve.name or None)
    ax.plot(iterations[-1:], curve.values[-1:], **end, **style)


Box: TypeAlias = tuple[float, float, float, float]

_BOXES: list[Box] = [
    (x, y, 0.46, height)
    for height in (0.42, 0.34, 0.25)
    for y in (0.14, 0.1, 0.23, 0.32, 0.41)
    for x in (0.5, 0.4, 0.3)
]
"""Where the inset may be, in shares of the axes: left, bottom, width, height. The first that hides least is taken."""
_LABELS, _LINE = 0.08, 0.03
"""How far its labels reach to the left and below, and how near a line may come."""


def _best_place(ax: Axes, curves: list[_Curve]) -> Box:
    """Return the position of the inset that hides the least of the curves; each end counts as half a curve."""
    seen = []
    for curve in curves:
        iterations = np.arange(1.0, len(curve.values) + 1)
        fine = np.concatenate([np.linspace(1.0, iterations[-1], 100), np.full(50, iterations[-1])])
        seen.append(np.column_stack([fine, np.interp(fine, iterations, curve.values)]))
    points = np.concatenate(seen)
    points = ax.transAxes.inverted().transform(
        ax.transData.transform(points[np.isfinite(points).all(axis=1)])
    )

    def hidden(box: Box) -> int:
        corner, size = np.array(box[:2]), np.array(box[2:])
        inside = (points > corner - _LABELS) & (points < corner + size + _LINE)
        return int(inside.all(axis=1).sum())

    return min(_BOXES, key=hidden)


def _draw_inset(ax: Axes, values: Floats, box: Box) -> None:
    """Draw the distance of a run to its last value."""
    missing = values[-1] - values[:-1]
    seen = np.flatnonzero(missing > 0)
    if len(values) < 5 or len(seen) < 3:
        return
    inset = ax.inset_axes(box, zorder=6)
    dress(inset)
    paper = Style.of(ax)
    inset.set_facecolor((*paper.background, 0.0 if paper.clear else 0.9))
    inset.plot(seen + 1, missing[seen], color=paper.accent, linewidth=1.3)
    inset.set_yscale("log")
    style: dict[str, Any] = {
        "fontsize": font_size(0.85),
        "color": paper.muted,
        "ha": "left",
        "va": "bottom",
        "path_effects": paper.halo(),
    }
    inset.text(0.03, 0.05, "distance to\nthe last value", transform=inset.transAxes, **style)
    inset.tick_params(labelsize=font_size(0.75), length=2)
    inset.minorticks_off()
    whole_numbers(inset)
