"""The density of two columns as a surface in space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gaussmix.errors import InputTypeError
from gaussmix.plots.axes import font_size, need_matplotlib
from gaussmix.plots.grids import Grid, image_of, view_of
from gaussmix.plots.inputs import as_limits, as_mixture, column_names, marginal_of, pick_columns
from gaussmix.plots.style import Style
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["surface"]


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
    return drawn  # type: ignore[no-any-return]


def _axes_in_space(ax: Any) -> Any:
    need_matplotlib()
    import matplotlib.pyplot as plt

    if ax is None:
        return plt.subplots(figsize=(6.4, 5.4), subplot_kw={"projection": "3d"})[1]
    if getattr(ax, "name", "") != "3d":
        raise InputTypeError(
            "a surface needs 3D axes: make them with plt.subplots(subplot_kw={'projection': '3d'})."
        )
    return ax


def _dress(ax: Any, look: Style, names: list[str]) -> None:
    """Clear the walls, and give lines and letters the colours of the style."""
    for axis, name in zip((ax.xaxis, ax.yaxis, ax.zaxis), names, strict=True):
        # The floor alone is seen: the walls would hide peaks.
        axis.set_pane_color((*look.faint, 0.5) if axis is ax.zaxis else (*look.background, 0.0))
        axis.line.set_color(tuple(look.line))
        axis.set_tick_params(color=tuple(look.line), labelcolor=tuple(look.soft), labelsize=font_size(0.8))
        axis.set_label_text(name, parse_math=False, color=tuple(look.foreground))
        axis.set_major_locator(_few_ticks())
    ax.grid(False)
    ax.view_init(elev=32.0, azim=-60.0)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)
