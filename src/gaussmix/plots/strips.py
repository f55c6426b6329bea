"""The components of rows: marks in the plane, strips below the density of one column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError
from gaussmix.names import short_apart
from gaussmix.plots.axes import size_in_points, some_of
from gaussmix.plots.density_1d import draw_density
from gaussmix.plots.ellipses import ellipses
from gaussmix.plots.inputs import (
    UNKNOWN,
    as_labels,
    as_mixture,
    errors_of,
    is_one,
    names_in,
    pick_columns,
    rows_with_holes,
)
from gaussmix.plots.legends import name_beside
from gaussmix.plots.scatter import points
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["classification"]

_MOST_NUMBERS = 30
_MOST_ROWS = 3_000
_NARROW = 9.0
"""Height of a strip in points that is too small for a name."""


def classification(
    mixture: Any,
    X: Any = None,
    *,
    labels: Any = None,
    noise: Any = None,
    columns: Any = None,
    limits: Any = None,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the most probable component of each row: marks and ellipses in the plane, strips of ticks on a line.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in D columns.
    X : (n, D) array, optional
        Rows to draw.
    labels : (n,) array, optional
        Labels to show instead, such as combined clusters or true classes; a legend names them.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, as in :func:`points`.
    columns : pair of int or str, or one, optional
        The columns to draw, by position or name; the first two by default (a note says
        so if there are more), the only one if D is 1.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default where the rows are.
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
        If X has other columns than the mixture, a column is not known, or labels come without rows.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> ax = plots.classification(mixture, mixture.sample(200, random_state=0)[0])
    """
    whole = as_mixture(mixture)
    if labels is not None and X is None:
        raise InputError("labels are given without X: give the rows that they belong to.")
    if X is None:
        errors_of(noise, None)
    if is_one(columns, whole.n_features):
        return _draw_strips(whole, X, labels, noise, columns, ax)
    options: dict[str, Any] = {"columns": columns, "equal": equal}
    if X is None:
        return ellipses(whole, ax=ax, **options)
    drawn = points(whole, X, by="component", labels=labels, noise=noise, limits=limits, ax=ax, **options)
    numbers = whole.n_components <= _MOST_NUMBERS
    # The colours are those of the labels, which are not the components.
    colors = None if labels is None else tuple(Style.of(drawn).line)
    return ellipses(whole, fill=False, numbers=numbers, colors=colors, ax=drawn, **options)


def _draw_strips(mixture: Any, X: Any, labels: Any, noise: Any, columns: Any, ax: Axes | None) -> Axes:
    """Draw the density, and below it a strip of ticks for each component or label."""
    names = mixture.feature_names or names_in(X)
    column = pick_columns(columns, mixture.n_features, names, 1)
    if X is None:
        return draw_density(mixture, X, column, True, ax)
    rows = rows_with_holes(X, mixture.n_features)
    values = mixture.predict(rows, noise) if labels is None else labels
    classes, positions = as_labels(values, len(rows))
    count = len(classes)
    share = min(0.055, 0.4 / count)
    drawn = draw_density(mixture, X, column, True, ax, (count + 0.2) * share)
    top = float(drawn.get_ylim()[1])
    step, look = share * top, Style.of(drawn)
    colours = look.components(mixture.n_components if labels is None else count)
    for place, name in enumerate(classes):
        mine = rows[positions == place, column[0]]
        shown = some_of(mine[~np.isnan(mine), None], _MOST_ROWS)[:, 0]
        noise = int(name) < 0 if labels is None else str(name) == UNKNOWN
        colour = look.line if noise else colours[int(name) if labels is None else place]
        drawn.vlines(
            shown,
            -(place + 0.9) * step,
            -(place + 0.1) * step,
            color=colour,
            linewidth=0.8,
            alpha=0.8,
            zorder=2,
        )
    drawn.set_yticks([tick for tick in drawn.get_yticks() if 0 <= tick <= top])
    drawn.axhline(0.0, color=look.line, linewidth=0.8, zorder=1)
    if labels is not None:
        _name_strips(drawn, [str(name) for name in classes], step, colours)
    return drawn


def _name_strips(ax: Axes, names: list[str], step: float, colours: Floats) -> None:
    """Write the names of the labels beside their strips; a legend has those of strips too narrow for it."""
    low, high = ax.get_ylim()
    if step / (high - low) * size_in_points(ax)[1] < _NARROW:
        name_beside(ax, names, colours)
        return
    for place, name in enumerate(short_apart(names, 18)):
        text = ax.annotate(
            name,
            (1.0, -(place + 0.5) * step),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color=Style.around(ax).soft,
        )
        as_name(text)
