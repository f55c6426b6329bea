"""The density of two columns as a surface in space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.errors import InputTypeError
from gaussmix.plots.axes import columns_drawn, font_size, need_matplotlib, note_columns, note_on_figure
from gaussmix.plots.grids import Grid, image_of, view_of
from gaussmix.plots.inputs import as_limits, as_mixture, column_names, marginal_of, pick_columns
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name, fitted
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["surface"]

_ZOOMS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Sizes of the box of the axes, of which the first without a cut label is drawn."""
_HALF_LINE = 0.6
"""Half the distance of two lines of text, in sizes of the font."""
_TICK = 30.0
"""Least distance of ticks, points."""


def surface(
    mixture: Any, *, columns: Any = None, limits: Any = None, pixels: int = 120, ax: Axes | None = None
) -> Axes:
    """Draw the density of two columns as a 3D surface.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in two columns or more.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name; of a wider mixture the marginal is drawn.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default 3 standard deviations about the means.
    pixels : int
        Number of points in each direction.
    ax : matplotlib Axes with projection="3d", optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If a column is not known, or the limits span no range.
    InputTypeError
        If the axes are not 3D.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> plots.surface(datasets.random_mixture(3, 2, random_state=0), pixels=30).name
    '3d'
    """
    whole = as_mixture(mixture)
    chosen = pick_columns(columns, whole.n_features, whole.feature_names, 2)
    shown = marginal_of(whole, chosen)
    box = view_of(shown) if limits is None else as_limits(limits)
    grid = Grid.over(box[0], box[1], as_count(pixels, "pixels", 2))
    drawn: Any = _axes_in_space(ax)
    look = Style.of(drawn)
    x, y = grid.rows().T
    heights = image_of(shown, grid)
    colours = look.density_map()
    drawn.plot_surface(
        grid.picture(x),
        grid.picture(y),
        heights,
        cmap=colours,
        rcount=pixels,
        ccount=pixels,
        linewidth=0,
        antialiased=True,
    )
    drawn.contour(
        grid.x, grid.y, heights, 8, zdir="z", offset=0.0, colors=[tuple(look.faded(0.4))], linewidths=0.6
    )
    _dress(drawn, look, [*column_names(chosen, whole.n_features, whole.feature_names), "density"])
    if ax is not None:
        note_columns(drawn, columns, 2, whole.n_features)
    elif columns is None and whole.n_features > 2:
        note_on_figure(np.array([[drawn]]), [columns_drawn(2, whole.n_features)])
    return drawn  # type: ignore[no-any-return]


def _axes_in_space(ax: Any) -> Any:
    need_matplotlib()
    import matplotlib.pyplot as plt

    if ax is None:
        # The labels are in front of the box, and above it there is nothing.
        margins = {"left": 0.0, "right": 0.94, "bottom": 0.12, "top": 1.1}
        return plt.subplots(figsize=(6.4, 5.4), subplot_kw={"projection": "3d"}, gridspec_kw=margins)[1]
    if getattr(ax, "name", "") != "3d":
        raise InputTypeError(
            "a surface needs 3D axes: make them with plt.subplots(subplot_kw={'projection': '3d'})."
        )
    return ax


def _dress(ax: Any, look: Style, names: list[str]) -> None:
    """Clear the walls, name the axes, and give lines and letters the colours of the style."""
    ax.view_init(elev=32.0, azim=-60.0)
    for axis, name, length in zip((ax.xaxis, ax.yaxis, ax.zaxis), names, _lengths(ax), strict=True):
        # The floor alone is seen: the walls would hide peaks.
        axis.set_pane_color((*look.faint, 0.5) if axis is ax.zaxis else (*look.background, 0.0))
        axis.line.set_color(tuple(look.line))
        axis.set_tick_params(color=tuple(look.line), labelcolor=tuple(look.soft), labelsize=font_size(0.8))
        size = float(axis.label.get_fontsize())
        text = fitted(name, length, size)
        axis.set_label_text(text, color=tuple(look.foreground))
        as_name(axis.label)
        # A label is centred: each line more moves it away from the ticks by half a line, as larger letters do.
        axis.labelpad += _HALF_LINE * size * text.count("\n") + max(0.0, size - 10.0)
        axis.set_major_locator(_few_ticks(length))
    ax.grid(False)
    _keep_labels_inside(ax)


def _keep_labels_inside(ax: Any) -> None:
    """Shrink the box of the axes until no label is cut at an edge of the figure."""
    figure, labels = ax.get_figure(root=True), [axis.label for axis in (ax.xaxis, ax.yaxis, ax.zaxis)]
    for zoom in _ZOOMS:
        ax.set_box_aspect(None, zoom=zoom)
        figure.draw_without_rendering()
        corners = np.concatenate([label.get_window_extent().get_points() for label in labels])
        if (corners >= 0.0).all() and (corners <= figure.bbox.max).all():
            return


def _lengths(ax: Any) -> list[float]:
    """Return the lengths of the three axes in the picture, in points."""
    ax.apply_aspect()
    low, high = np.array([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()]).T
    # The edges that the axes are drawn along: x and y in front, z on the right.
    edges = [
        ((low[0], low[1], low[2]), (high[0], low[1], low[2])),
        ((high[0], low[1], low[2]), (high[0], high[1], low[2])),
        ((high[0], high[1], low[2]), (high[0], high[1], high[2])),
    ]
    ends = np.column_stack([np.array(edges).reshape(-1, 3), np.ones(6)]) @ ax.get_proj().T
    places = ax.transData.transform(ends[:, :2] / ends[:, 3:]).reshape(3, 2, 2)
    return [
        float(length) for length in np.linalg.norm(places[:, 1] - places[:, 0], axis=1) * 72.0 / ax.figure.dpi
    ]


def _few_ticks(length: float) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(int(np.clip(length / _TICK, 2, 5)))
