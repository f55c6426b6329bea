"""The density of one column, as a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import Canvas, font_size, note_columns, padded
from gaussmix.plots.colours import line_style
from gaussmix.plots.grids import reach, smoothed
from gaussmix.plots.inputs import (
    as_mixture,
    column_names,
    marginal_of,
    names_in,
    pick_columns,
    rows_with_holes,
)
from gaussmix.plots.places import Places
from gaussmix.plots.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["density_1d", "draw_density", "draw_histogram", "highest_bar", "line_points"]


def density_1d(
    mixture: Any, X: Any = None, *, columns: Any = None, components: bool = True, ax: Axes | None = None
) -> Axes:
    r"""Draw the density of one column as a curve, with its weighted components under it.

    .. math:: p(x) = \sum_k p_k \, N(x \mid \mu_k, \sigma_k^2)

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in D columns.
    X : (n, D) array, optional
        Data, drawn behind the curve as a histogram; also (n,) if D is 1.
    columns : int or str, default=0
        The column, by position or name, of a mixture in several.
    components : bool
        Whether the weighted component densities are drawn, each with its number.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If the column is not known, or X has other columns than the mixture.

    Examples
    --------
    >>> from gaussmix import Mixture, plots
    >>> ax = plots.density_1d(Mixture([0.3, 0.7], [[-2.0], [1.0]], [0.5, 1.0]))
    >>> ax.get_ylabel()
    'density'
    """
    return draw_density(as_mixture(mixture), X, columns, components, ax)


def draw_density(
    whole: Mixture, X: Any, columns: Any, components: bool, ax: Axes | None, below: float = 0.0
) -> Axes:
    """Draw the density of one column, with room below it as a share of the height of the axes above zero."""
    names = whole.feature_names or names_in(X)
    chosen = pick_columns(columns, whole.n_features, names, 1)
    shown = marginal_of(whole, chosen)
    values = None if X is None else _observed(rows_with_holes(X, whole.n_features)[:, chosen[0]])
    canvas = Canvas(ax)
    limits = reach(shown)[0]
    if values is not None and len(values):
        limits = padded(np.concatenate([limits, values]), 0.0)
        draw_histogram(canvas.ax, values, limits)
    x = line_points(shown, limits)
    shown = smoothed(shown, ((limits[1] - limits[0]) / 2000,))
    joint = shown.joint(x)
    if components:
        _draw_components(canvas.ax, shown, x, joint)
    total = joint.sum(axis=1)
    canvas.ax.plot(x, total, color=canvas.style.foreground, linewidth=1.6, zorder=4, label="density")
    top = 1.08 * max(float(total.max()), highest_bar(canvas.ax))
    labels = [*column_names(chosen, whole.n_features, names), "density"]
    canvas.frame(limits, np.array([-below * top, top]), labels)
    note_columns(canvas.ax, columns, 1, whole.n_features)
    if components:
        # The limits come first: the size of the axes decides on the places.
        _number_components(canvas.ax, shown, x, joint)
    return canvas.ax


def _observed(values: Any) -> Any:
    return values[~np.isnan(values)]


def line_points(mixture: Mixture, limits: Floats, count: int = 600) -> Floats:
    """Return the points to evaluate a density in one column: even, and closer at narrow components."""
    sigma = np.sqrt(np.maximum(mixture.covariances.variances()[:, 0], ((limits[1] - limits[0]) / 4000) ** 2))
    near = mixture.means[:, :1] + sigma[:, None] * np.linspace(-4.0, 4.0, 81)
    x = np.concatenate([np.linspace(limits[0], limits[1], count), near.ravel()])
    return np.asarray(np.unique(x[(x >= limits[0]) & (x <= limits[1])]))


def draw_histogram(ax: Axes, values: Any, limits: Floats) -> None:
    """Draw data as a pale histogram of area one."""
    bins = _bin_edges(np.asarray(values, dtype=np.float64), limits)
    style = Style.of(ax)
    look: dict[str, Any] = {
        "color": style.faint,
        "edgecolor": style.background,
        "linewidth": 0.4 if len(bins) < 80 else 0.0,
    }
    ax.hist(values, bins=bins.tolist(), density=True, zorder=1, **look)


def highest_bar(ax: Axes) -> float:
    """Return the height of the highest bar of a histogram, 0 if there is none."""
    return max((float(bar.get_height()) for bar in ax.patches if hasattr(bar, "get_height")), default=0.0)


def _bin_edges(values: Floats, limits: Floats) -> Floats:
    """Return edges for about 1.3 √n bins: several modes need more than the rules for one."""
    low, high = float(values.min()), float(values.max())
    count = 1.3 * np.sqrt(len(values))
    if low == high:
        low, high = low - 0.01 * (limits[1] - limits[0]), high + 0.01 * (limits[1] - limits[0])
    return np.linspace(low, high, int(np.clip(np.ceil(count), 8, 160)) + 1)


def _draw_components(ax: Axes, mixture: Mixture, x: Floats, joint: Floats) -> None:
    style = Style.of(ax)
    # Many fillings on top of each other would hide the elements below.
    opacity = min(0.28, 2.0 / mixture.n_components)
    for k, colour in enumerate(style.components(mixture.n_components)):
        if mixture.weights[k] == 0:
            continue
        ax.fill_between(x, joint[:, k], color=colour, alpha=opacity, linewidth=0, zorder=2)
        ax.plot(x, joint[:, k], color=colour, linewidth=1.2, linestyle=line_style(k), zorder=3)
    if mixture.uniform is not None:
        ax.plot(x, joint[:, -1], color=style.line, linewidth=1.0, linestyle=":", zorder=3, label="noise")


def _number_components(ax: Axes, mixture: Mixture, x: Floats, joint: Floats) -> None:
    """Write the numbers of the components at their curves, the highest first, if there is room for them."""
    style, room = Style.of(ax), Places(ax)
    colours, floor = style.components(mixture.n_components), room.in_points(np.zeros((1, 2)))[0, 1]
    for k in np.argsort(-joint[:, : mixture.n_components].max(axis=0), kind="stable").tolist():
        if mixture.weights[k] == 0:
            continue
        seen = np.flatnonzero(joint[:, k] >= _LOW * joint[:, k].max())
        tried = seen[np.argsort(-joint[seen, k], kind="stable")]
        places = np.column_stack([x[tried], joint[tried, k]])
        middle = room.in_points(places)
        # Under the curve, or over it if there is no room.
        up = np.where(middle[:, 1] > floor + 20.0, -8.0, 7.0)
        middle[:, 1] += up
        free = room.take(middle, _SIDES)
        if free is not None:
            _number(ax, k, places[free], float(up[free]), style.written(colours[k]))


_LOW, _SIDES = 0.3, (11.0, 11.0)
"""Smallest height of a number, as a fraction of its curve's, and its width and height in points."""


def _number(ax: Axes, k: int, place: Floats, up: float, colour: Any) -> None:
    ax.annotate(
        str(k),
        (float(place[0]), float(place[1])),
        xytext=(0, up),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=font_size(0.9),
        fontweight="bold",
        color=colour,
        path_effects=Style.of(ax).halo(),
        zorder=5,
        annotation_clip=True,
    )
