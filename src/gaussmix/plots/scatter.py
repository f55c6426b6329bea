"""Points: as marks if there are few, as an image of bins if there are many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.plots.axes import Canvas, padded, size_in_points
from gaussmix.plots.bins import count_bins
from gaussmix.plots.colours import mixed
from gaussmix.plots.inputs import (
    as_labels,
    as_limits,
    as_mixture,
    column_names,
    names_in,
    option,
    pick_columns,
    rows_of,
)
from gaussmix.plots.legends import marker_of, name_beside
from gaussmix.plots.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Tint", "draw_points", "plain", "points", "tint_of"]


def points(
    mixture: Any,
    X: Any,
    *,
    by: str = "responsibilities",
    labels: Any = None,
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

    in all D columns, although two are drawn. Too many points for the size of the axes are counted in bins: the colour
    of a bin is the mixture of the colours of its points, and it is stronger for more points.

    Parameters
    ----------
    mixture : Mixture, fitted estimator or None
        None draws points without a mixture.
    X : (n, D) array
        Rows to draw.
    by : "responsibilities", "component" or "nothing"
        The meaning of the colours: responsibilities, most probable component, or none.
    labels : (n,) array, optional
        Labels to colour by instead; they get different marks where the points are few.
    legend : bool
        Whether a legend beside the axes names the labels.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name.
    how : "auto", "marks" or "bins"
        Whether each point is drawn; "auto" decides by n and the size of the axes.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default where the rows are.
    equal : bool
        Whether a unit is as long on both axes: useful for columns of the same unit.
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
    rows = rows_of(X, None if whole is None else whole.n_features)
    names = names_in(X) if whole is None or whole.feature_names is None else whole.feature_names
    chosen = pick_columns(columns, rows.shape[1], names, 2)
    option("how", how, {"auto": 0, "marks": 0, "bins": 0})
    tint = tint_of(whole, rows, option("by", by, _TINTS), labels)
    canvas = Canvas(ax)
    shown = rows[:, chosen]
    x, y = _range(shown) if limits is None else as_limits(limits)
    # The limits come first: the size of the axes decides how the points are drawn.
    canvas.frame(x, y, column_names(chosen, rows.shape[1], names), equal)
    draw_points(canvas.ax, shown, tint, how)
    if legend and tint.classes is not None:
        labelled = [str(name) for name in tint.classes]
        name_beside(canvas.ax, labelled, tint.colours(Style.around(canvas.ax)))
    return canvas.ax


def _range(X: Rows) -> Floats:
    """Return (low, high) of both columns, (2, 2), a little wider."""
    return np.array([padded(column) if len(X) else (0.0, 1.0) for column in X.T])


@dataclass(frozen=True, eq=False)
class Tint:
    """Which colours rows have.

    Parameters
    ----------
    colours : callable
        From the style of the axes to colours (K, 3).
    shares : callable
        From a slice of rows to their shares (m, K) of the colours.
    classes : array or None
        Names of the colours, for a legend.
    positions : (n,) array or None
        The colour of each row, where it has only one.
    """

    colours: Callable[[Style], Floats]
    shares: Callable[[slice], Floats]
    classes: np.ndarray[Any, Any] | None = None
    positions: Ints | None = None


def tint_of(mixture: Any, rows: Rows, tint: Callable[[Any, Rows], Tint], labels: Any = None) -> Tint:
    """Return the colours of rows: by their labels where there are labels, plain without a mixture."""
    if labels is not None:
        classes, positions = as_labels(labels, len(rows))
        return _one_each(positions, len(classes), classes)
    return _by_nothing(mixture, rows) if mixture is None else tint(mixture, rows)


def _by_responsibilities(mixture: Any, rows: Rows) -> Tint:
    return Tint(_components(mixture.n_components), lambda part: mixture.responsibilities(rows[part]))


def _by_component(mixture: Any, rows: Rows) -> Tint:
    return _one_each(mixture.predict(rows), mixture.n_components)


def _by_nothing(mixture: Any, rows: Rows) -> Tint:
    return plain(rows)


def plain(rows: Rows, strength: float = 0.7) -> Tint:
    """Return the colour of rows of unknown component: the colour of text, faded."""
    return Tint(lambda style: style.faded(strength)[None], lambda part: np.ones((len(rows[part]), 1)))


def _components(count: int) -> Callable[[Style], Floats]:
    return lambda style: style.components(count)


def _one_each(positions: Any, count: int, classes: Any = None) -> Tint:
    identity = np.eye(count)
    return Tint(_components(count), lambda part: identity[positions[part]], classes, positions)


_TINTS = {"responsibilities": _by_responsibilities, "component": _by_component, "nothing": _by_nothing}


def draw_points(ax: Axes, X: Rows, tint: Tint, how: str = "auto") -> None:
    """Draw points (n, 2) into axes whose limits are set."""
    if not len(X):
        return
    width, height = size_in_points(ax)
    # Marks of three square points that would cover most of the axes are too many to be distinguished.
    many = 3.0 * len(X) > 0.6 * width * height
    if how == "bins" or (how == "auto" and many):
        _draw_bins(ax, X, tint, width, height)
    else:
        _draw_marks(ax, X, tint, float(np.clip(0.16 * width * height / len(X), 3.0, 34.0)))


def _draw_bins(ax: Axes, X: Rows, tint: Tint, width: float, height: float) -> None:
    # Bins of 1.2 points, larger where there would be more bins than rows.
    side = max(1.2, np.sqrt(1.5 * width * height / len(X)))
    shape = (max(8, int(height / side)), max(8, int(width / side)))
    x, y = ax.get_xlim(), ax.get_ylim()
    limits = np.array([sorted(x), sorted(y)])
    style = Style.of(ax)
    picture = count_bins(X, limits, shape, tint.colours(style), tint.shares).picture(style.background)
    ax.imshow(picture, origin="lower", extent=(*limits[0], *limits[1]), aspect=ax.get_aspect(), zorder=1.5)
    # imshow sets the limits, and must not turn an axis round.
    ax.set(xlim=x, ylim=y)


def _draw_marks(ax: Axes, X: Rows, tint: Tint, size: float) -> None:
    # Rows often come sorted: in that order, the last group would hide the others.
    order = np.random.default_rng(0).permutation(len(X))
    paper = Style.of(ax)
    own = tint.colours(paper)
    colours = mixed(tint.shares(slice(None)), own)[order]
    style: dict[str, Any] = {
        "s": size,
        "linewidths": 0.5 if size > 12 else 0.0,
        "edgecolors": paper.background,
        "alpha": 0.9 if size > 12 else 0.7,
        "rasterized": len(X) > 3000,
        "zorder": 2,
    }
    if tint.positions is None or tint.classes is None or size < 6:
        ax.scatter(X[order, 0], X[order, 1], c=colours, **style)
        return
    for position, colour in enumerate(own):
        mine = tint.positions == position
        marker, larger = marker_of(position)
        ax.scatter(
            X[mine, 0],
            X[mine, 1],
            color=colour,
            marker=marker,
            **(style | {"s": size * larger}),
        )
