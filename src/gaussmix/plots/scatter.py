"""Rows as points of two columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.plots.axes import Canvas, note_columns, padded
from gaussmix.plots.inputs import (
    as_limits,
    as_mixture,
    column_names,
    completed,
    names_in,
    option,
    pick_columns,
    rows_of,
    rows_with_holes,
)
from gaussmix.plots.legends import name_beside
from gaussmix.plots.marks import MOST_ERRORS, draw_errors, draw_points, name_marks
from gaussmix.plots.style import Style
from gaussmix.plots.tints import TINTS, tint_of
from gaussmix.validation import as_noise

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["points"]


def points(
    mixture: Any,
    X: Any,
    *,
    by: str = "responsibilities",
    labels: Any = None,
    noise: Any = None,
    legend: bool = True,
    columns: Any = None,
    how: str = "auto",
    limits: Any = None,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw rows as points of two columns, coloured by their responsibilities.

    A point's colour is the mixture of the components' colours in the proportions of its responsibilities

    .. math:: r_{nk} = \frac{p_k N(x_n \mid \mu_k, \Sigma_k)}{\sum_j p_j N(x_n \mid \mu_j, \Sigma_j)}

    in all D columns, although two are drawn. A row with a missing value is a hollow mark at its conditional mean; a row
    of the uniform noise component, or with the label −1, is a small grey cross. Too many points for the size of the
    axes are counted in bins: the colour of a bin is the mixture of the colours of its points, and it is stronger for
    more points.

    Parameters
    ----------
    mixture : Mixture, fitted estimator or None
        None draws points without a mixture.
    X : (n, D) array
        Rows to draw.
    by : "responsibilities", "component" or "nothing"
        The meaning of the colours: responsibilities, most probable component, or none.
    labels : (n,) array, optional
        Labels to colour by instead; they get different marks where the points are few. A missing label is a small grey
        cross.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors. The responsibilities account for them; of at most
        500 rows they are drawn as faint ellipses of one standard deviation.
    legend : bool
        Whether a legend names the labels, or the marks of noise and of rows with missing values.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name.
    how : "auto", "marks" or "bins"
        Whether each point is drawn; "auto" decides by n and the size of the axes.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default that of the rows.
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
        If X has other columns than the mixture, a column is not known, or labels are not one for each row.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> X, made_by = mixture.sample(300, random_state=0)
    >>> ax = plots.points(mixture, X)
    >>> ax = plots.points(mixture, X, labels=made_by)
    """
    whole = None if mixture is None else as_mixture(mixture)
    rows = rows_of(X) if whole is None else rows_with_holes(X, whole.n_features)
    errors = as_noise(noise, rows)
    names = names_in(X) if whole is None or whole.feature_names is None else whole.feature_names
    chosen = pick_columns(columns, rows.shape[1], names, 2)
    option("how", how, {"auto": 0, "marks": 0, "bins": 0})
    tint = tint_of(whole, rows, option("by", by, TINTS), labels, errors)
    canvas = Canvas(ax)
    shown, holed = rows[:, chosen], np.asarray(np.isnan(rows[:, chosen]).any(axis=1))
    if whole is not None:
        shown = completed(whole, rows, errors)[:, chosen]
    x, y = _range(shown) if limits is None else as_limits(limits)
    # The limits come first: the size of the axes decides how the points are drawn.
    canvas.frame(x, y, column_names(chosen, rows.shape[1], names), equal)
    note_columns(canvas.ax, columns, 2, rows.shape[1])
    draw_points(canvas.ax, shown, replace(tint, holed=holed), how)
    if errors is not None and len(rows) <= MOST_ERRORS:
        draw_errors(canvas.ax, shown[~holed], errors[~holed], chosen)
    if legend and tint.classes is not None:
        labelled = [str(name) for name in tint.classes]
        name_beside(canvas.ax, labelled, tint.colours(Style.around(canvas.ax)))
    elif legend:
        name_marks(canvas.ax, {"noise": tint.noise.any(), "with a missing value": holed.any()})
    return canvas.ax


def _range(X: Rows) -> Floats:
    """Return (low, high) of both columns, (2, 2), a little wider."""
    return np.array([padded(column) if len(X) else (0.0, 1.0) for column in X.T])
