"""Uncertainty of the assignment to components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import Canvas, add_colour_bar, note_columns, note_rows, size_in_points, some_of
from gaussmix.plots.density_1d import line_points
from gaussmix.plots.grids import Grid, view_of
from gaussmix.plots.inputs import (
    as_limits,
    as_mixture,
    column_names,
    completed,
    errors_of,
    is_one,
    marginal_of,
    names_in,
    pick_columns,
    rows_with_holes,
)
from gaussmix.plots.style import Style
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["uncertainty"]

_MOST_ROWS = 10_000


def uncertainty(
    mixture: Any,
    X: Any = None,
    *,
    noise: Any = None,
    columns: Any = None,
    limits: Any = None,
    pixels: int = 300,
    colour_bar: bool = True,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the uncertainty, one minus the largest responsibility, in the plane of two columns.

    .. math:: u(x) = 1 - \max_k r_k(x)

    In the plane, the background is shaded by u, and lines separate the regions of the most probable components. The
    size of a row shows its uncertainty in all D columns. With one column, u is drawn as a curve. At most 10,000 random
    rows are drawn; a note in the plot gives their number.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in D columns; the plane shows the marginal of two of them.
    X : (n, D) array, optional
        Rows to draw.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, as in :func:`points`.
    columns : pair of int or str, or one, optional
        The columns to draw, by position or name; the first two by default (a note says
        so if there are more), the only one if D is 1.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default 3 standard deviations about the means, and the rows.
    pixels : int
        Number of pixels in each direction.
    colour_bar : bool
        Whether to draw a colour bar.
    equal : bool
        Whether both axes have the same scale.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If X has other columns than the mixture, or a column is not known.

    References
    ----------
    Scrucca, L., Fraley, C., Murphy, T. B. and Raftery, A. E. (2023). Model-Based Clustering, Classification,
    and Density Estimation Using mclust in R. Chapman and Hall/CRC.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> ax = plots.uncertainty(mixture, mixture.sample(200, random_state=0)[0])
    """
    whole = as_mixture(mixture)
    names = whole.feature_names or names_in(X)
    rows = None if X is None else rows_with_holes(X, whole.n_features)
    errors = errors_of(noise, rows)
    if is_one(columns, whole.n_features):
        return _draw_line(
            whole.named(names), rows, errors, pick_columns(columns, whole.n_features, names, 1), ax
        )
    chosen = pick_columns(columns, whole.n_features, names, 2)
    placed = None if rows is None else completed(whole, rows, errors)[:, chosen]
    canvas = Canvas(ax)
    shown = marginal_of(whole, chosen)
    box = view_of(shown, placed) if limits is None else as_limits(limits)
    _draw_plane(canvas.ax, shown, Grid.over(box[0], box[1], as_count(pixels, "pixels", 2)), colour_bar)
    canvas.frame(box[0], box[1], names=column_names(chosen, whole.n_features, names), equal=equal)
    note_columns(canvas.ax, columns, 2, whole.n_features)
    if rows is not None and placed is not None and len(rows):
        some, some_errors = some_of(rows, _MOST_ROWS), None if errors is None else some_of(errors, _MOST_ROWS)
        note_rows(canvas.ax, len(some), len(rows))
        _draw_rows(canvas.ax, some_of(placed, _MOST_ROWS), _unsure(whole, some, some_errors))
    return canvas.ax


def _draw_line(
    mixture: Mixture, rows: Rows | None, errors: Floats | None, column: list[int], ax: Axes | None
) -> Axes:
    """Draw the uncertainty along one column as a curve, and rows as ticks below it, taller for more uncertain ones."""
    canvas, shown = Canvas(ax), marginal_of(mixture, column)
    known = None if rows is None else ~np.isnan(rows[:, column[0]])
    seen = None if rows is None else rows[known]
    limits = view_of(shown, None if seen is None else seen[:, column])[0]
    x = line_points(shown, limits)
    u = _unsure(shown, x[:, None])
    most = max(1.0 - 1.0 / (mixture.n_components + (mixture.uniform is not None)), 0.5)
    look = canvas.style
    accent = tuple(float(part) for part in look.uncertainty_map()(0.8)[:3])
    canvas.ax.fill_between(x, u, color=accent, alpha=0.25, linewidth=0, zorder=2)
    canvas.ax.plot(x, u, color=accent, linewidth=1.6, zorder=3)
    canvas.frame(
        limits,
        np.array([-0.22 * most if seen is not None else 0.0, 1.04 * most]),
        [*column_names(column, mixture.n_features, mixture.feature_names), "uncertainty (1 − max r)"],
    )
    if seen is not None and len(seen):
        some = some_of(seen, _MOST_ROWS)
        note_rows(canvas.ax, len(some), len(seen))
        some_errors = None if errors is None else some_of(errors[known], _MOST_ROWS)
        share = np.clip(_unsure(mixture, some, some_errors) / 0.5, 0.0, 1.0)
        low, tall = -0.2 * most, 0.18 * most * (0.3 + 0.7 * share)
        colour = tuple(float(part) for part in look.faded(0.9))
        canvas.ax.vlines(
            some[:, column[0]], low, low + tall, color=colour, alpha=0.5, linewidth=0.7, zorder=2
        )
        canvas.ax.axhline(0.0, color=look.line, linewidth=0.8, zorder=1)
        canvas.ax.set_yticks([tick for tick in canvas.ax.get_yticks() if 0 <= tick <= most])
    return canvas.ax


def _unsure(mixture: Mixture, rows: Rows, errors: Floats | None = None) -> Floats:
    """Return 1 − max r of rows, (n,)."""
    return np.asarray(1.0 - mixture.responsibilities(rows, errors).max(axis=1))


def _draw_plane(ax: Axes, mixture: Mixture, grid: Grid, colour_bar: bool) -> None:
    joint = mixture.log_joint(grid.rows())
    finite = np.isfinite(joint.max(axis=1))
    # Far from singular components no component is possible, and there is nothing to be sure of.
    joint[~finite] = 0.0
    r = np.exp(joint - joint.max(axis=1, keepdims=True))
    unsure = grid.picture(np.where(finite, 1.0 - 1.0 / r.sum(axis=1), np.nan))
    look = Style.of(ax)
    most = max(1.0 - 1.0 / joint.shape[1], 0.5)
    style: dict[str, Any] = {"origin": "lower", "extent": grid.extent, "aspect": "auto", "zorder": 0.6}
    image = ax.imshow(unsure, cmap=look.uncertainty_map(), vmin=0.0, vmax=most, **style)
    if colour_bar:
        add_colour_bar(ax, image, "uncertainty (1 − max r)")
    first = joint.argmax(axis=1)
    for k in np.unique(first):
        others = np.delete(joint, k, axis=1)
        if others.shape[1]:
            lead = np.clip(joint[:, k] - others.max(axis=1), -50.0, 50.0)
            ax.contour(
                grid.x, grid.y, grid.picture(lead), [0.0], colors=[look.line], linewidths=0.7, zorder=1
            )


def _draw_rows(ax: Axes, X: Rows, unsure: Floats) -> None:
    """Draw sure rows as small pale dots, unsure ones large and dark, the latter last."""
    width, height = size_in_points(ax)
    small = float(np.clip(0.06 * width * height / len(X), 0.6, 12.0))
    order = np.argsort(unsure, kind="stable")
    share = np.clip(unsure[order] / 0.5, 0.0, 1.0)
    colours = np.zeros((len(X), 4))
    colours[:, :3] = Style.of(ax).faded(0.9)
    colours[:, 3] = 0.4 + 0.5 * share
    sizes = small * (1.0 + 4.0 * share)
    x, y = X[order].T
    ax.scatter(x, y, s=sizes, c=colours, linewidths=0, rasterized=len(X) > 3000, zorder=2)
