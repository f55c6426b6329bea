"""The density of two columns, as an image or as contours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import Canvas, add_colour_bar, note_columns, note_rows, size_in_points, some_of
from gaussmix.plots.density_1d import density_1d
from gaussmix.plots.grids import Grid, contained_levels, image_of, smoothed, view_of
from gaussmix.plots.inputs import (
    as_limits,
    as_mixture,
    column_names,
    completed,
    is_one,
    marginal_of,
    names_in,
    option,
    pick_columns,
    rows_with_holes,
)
from gaussmix.plots.style import Style
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["density", "density_2d"]

_MOST_ROWS = 2_000
_SHARES = np.array([0.25, 0.5, 0.75, 0.9, 0.99])


def density(mixture: Any, X: Any = None, *, columns: Any = None, ax: Axes | None = None) -> Axes:
    """Draw the density of a mixture: :func:`density_1d` of one column, :func:`density_2d` of two.

    Those functions have options of their own.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in D columns.
    X : (n, D) array, optional
        Rows: a histogram behind the curve, or points over the image.
    columns : int, str, or pair of them, optional
        The columns to draw, by position or name; the first two by default (a note says
        so if there are more), the only one if D is 1.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If a column is not known, or X has other columns than the mixture.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> X, _ = mixture.sample(100, random_state=0)
    >>> plots.density(mixture, X).get_xlabel(), plots.density(mixture, X, columns=1).get_xlabel()
    ('column 0', 'column 1')
    """
    whole = as_mixture(mixture)
    if is_one(columns, whole.n_features):
        return density_1d(whole, X, columns=columns, ax=ax)
    return density_2d(whole, X, columns=columns, ax=ax)


def density_2d(
    mixture: Any,
    X: Any = None,
    *,
    columns: Any = None,
    kind: str = "image",
    limits: Any = None,
    pixels: int = 360,
    colour_bar: bool = True,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the density of two columns.

    The shade of the image is proportional to the square root of the density, so that broad components are visible
    beside narrow ones; the colour bar shows the density. Contours enclose 25, 50, 75, 90 and 99 % of the probability.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in two columns or more.
    X : (n, D) array, optional
        Rows, drawn over the density; of more than 2,000, a random 2,000.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name; of a wider mixture the marginal is drawn.
    kind : "image", "filled" or "lines"
        An image, filled contours or contour lines.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default 3.5 standard deviations about the means, and the rows.
    pixels : int
        Number of pixels in each direction.
    colour_bar : bool
        Whether to draw a colour bar.
    equal : bool
        Whether both axes have the same scale: useful for columns of the same unit.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If a column is not known, `kind` is not one of the three, or the limits span no range.

    References
    ----------
    Hyndman, R. J. (1996). Computing and graphing highest density regions. The American Statistician 50,
    120-126.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> ax = plots.density_2d(mixture)
    >>> ax is plots.density_2d(mixture, kind="lines", ax=ax)
    True
    """
    whole, draw = as_mixture(mixture), option("kind", kind, _KINDS)
    names = whole.feature_names or names_in(X)
    chosen = pick_columns(columns, whole.n_features, names, 2)
    shown = marginal_of(whole, chosen)
    rows = None if X is None else completed(whole, rows_with_holes(X, whole.n_features))[:, chosen]
    box = view_of(shown, rows, 3.5) if limits is None else as_limits(limits)
    grid = Grid.over(box[0], box[1], as_count(pixels, "pixels", 2))
    canvas = Canvas(ax)
    draw(canvas.ax, shown, grid, colour_bar)
    canvas.frame(box[0], box[1], column_names(chosen, whole.n_features, names), equal)
    note_columns(canvas.ax, columns, 2, whole.n_features)
    if rows is not None:
        _draw_rows(canvas.ax, rows)
    return canvas.ax


def _draw_rows(ax: Axes, X: Rows) -> None:
    """Draw rows as small marks, visible on any shade."""
    shown = some_of(X, _MOST_ROWS)
    note_rows(ax, len(shown), len(X))
    style, (width, height) = Style.of(ax), size_in_points(ax)
    size = float(np.clip(0.05 * width * height / max(len(shown), 1), 1.5, 14.0))
    look: dict[str, Any] = {"color": style.foreground, "edgecolors": [style.background], "alpha": 0.6}
    ax.scatter(
        shown[:, 0], shown[:, 1], s=size, linewidths=0.3, rasterized=len(shown) > 3000, zorder=2, **look
    )


def _draw_image(ax: Axes, mixture: Mixture, grid: Grid, colour_bar: bool) -> None:
    from matplotlib.colors import PowerNorm

    picture = image_of(mixture, grid)
    # Beside a spike the rest would be white: shades end at 100 times the density that encloses 90 %.
    seen = 100.0 * float(contained_levels(smoothed(mixture, grid.pixel), np.array([0.9]))[0])
    top = float(picture.max())
    norm = PowerNorm(0.5, 0.0, min(top, seen) or 1.0)
    style: dict[str, Any] = {"origin": "lower", "extent": grid.extent, "aspect": "auto", "zorder": 0.6}
    image = ax.imshow(picture, cmap=Style.of(ax).density_map(), norm=norm, **style)
    if colour_bar:
        add_colour_bar(ax, image, "density", extend="max" if top > seen else "neither")


def _draw_filled(ax: Axes, mixture: Mixture, grid: Grid, colour_bar: bool) -> None:
    picture, levels, shares = _levels(mixture, grid)
    style = Style.of(ax)
    steps = np.linspace(0.25 if style.dark else 0.12, 0.92, len(levels))
    colours = style.density_map()(steps)
    edges = [*levels, max(float(picture.max()), float(levels[-1])) * 1.001]
    filled = ax.contourf(grid.x, grid.y, picture, edges, colors=colours, zorder=0.6)
    if colour_bar:
        _add_share_bar(ax, filled, levels, shares)


def _draw_lines(ax: Axes, mixture: Mixture, grid: Grid, colour_bar: bool) -> None:
    picture, levels, shares = _levels(mixture, grid)
    colours = Style.of(ax).density_map()(np.linspace(0.4, 1.0, len(levels)))
    lines = ax.contour(grid.x, grid.y, picture, levels, colors=colours, linewidths=1.1, zorder=2.5)
    if colour_bar:
        _add_share_bar(ax, lines, levels, shares)


def _add_share_bar(ax: Axes, contours: Any, levels: Floats, shares: Floats) -> None:
    bar = add_colour_bar(ax, contours, "probability inside", ticks=levels, spacing="uniform")
    bar.ax.set_yticklabels([f"{share:.0%}" for share in shares])
    if not contours.filled:
        bar.ax.collections[0].set_linewidth(3.0)


def _levels(mixture: Mixture, grid: Grid) -> tuple[Floats, Floats, Floats]:
    """Return the picture, its distinct levels in ascending order, and the probability within each."""
    thick = smoothed(mixture, grid.pixel)
    levels = contained_levels(thick, _SHARES)
    levels, kept = np.unique(levels, return_index=True)
    return image_of(mixture, grid), levels, np.sort(_SHARES)[::-1][kept]


_KINDS = {"image": _draw_image, "filled": _draw_filled, "lines": _draw_lines}
