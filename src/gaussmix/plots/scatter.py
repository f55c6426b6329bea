"""Points: as marks if there are few, as an image of bins if there are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats, Ints, Rows
from gaussmix.plots.axes import Canvas, font_size, padded, size_in_points
from gaussmix.plots.bins import count_bins
from gaussmix.plots.colours import mixed
from gaussmix.plots.ellipses import ellipse_points
from gaussmix.plots.inputs import (
    as_labels,
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
from gaussmix.plots.legends import marker_of, name_beside
from gaussmix.plots.style import Style
from gaussmix.validation import as_noise

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Tint", "by_responsibilities", "draw_points", "plain", "points", "tint_of"]


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
        Labels to colour by instead; they get different marks where the points are few.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors; of at most 500 rows they are drawn as faint
        ellipses of one standard deviation.
    legend : bool
        Whether a legend names the labels, or the marks of noise and of rows with missing values.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name.
    how : "auto", "marks" or "bins"
        Whether each point is drawn; "auto" decides by n and the size of the axes.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default that of the rows.
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
    rows = rows_of(X) if whole is None else rows_with_holes(X, whole.n_features)
    errors = as_noise(noise, rows)
    names = names_in(X) if whole is None or whole.feature_names is None else whole.feature_names
    chosen = pick_columns(columns, rows.shape[1], names, 2)
    option("how", how, {"auto": 0, "marks": 0, "bins": 0})
    tint = tint_of(whole, rows, option("by", by, _TINTS), labels)
    canvas = Canvas(ax)
    shown, holed = rows[:, chosen], np.asarray(np.isnan(rows[:, chosen]).any(axis=1))
    if whole is not None:
        shown = completed(whole, rows)[:, chosen]
    x, y = _range(shown) if limits is None else as_limits(limits)
    # The limits come first: the size of the axes decides how the points are drawn.
    canvas.frame(x, y, column_names(chosen, rows.shape[1], names), equal)
    draw_points(canvas.ax, shown, replace(tint, holed=holed), how)
    if errors is not None and len(rows) <= _MOST_ERRORS:
        _draw_errors(canvas.ax, shown[~holed], errors[~holed], chosen)
    if legend and tint.classes is not None:
        labelled = [str(name) for name in tint.classes]
        name_beside(canvas.ax, labelled, tint.colours(Style.around(canvas.ax)))
    elif legend:
        _name_marks(canvas.ax, {"noise": tint.noise.any(), "with a missing value": holed.any()})
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
        The colour of each row, if it has only one.
    noise, holed : (n,) or (1,) array of bool
        Which rows are noise, and which have a missing value.
    """

    colours: Callable[[Style], Floats]
    shares: Callable[[slice], Floats]
    classes: np.ndarray[Any, Any] | None = None
    positions: Ints | None = None
    noise: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, dtype=bool))
    holed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, dtype=bool))


def tint_of(mixture: Any, rows: Rows, tint: Callable[[Any, Rows], Tint], labels: Any = None) -> Tint:
    """Return the colours of rows: by their labels if there are labels, plain without a mixture."""
    if labels is not None:
        classes, positions = as_labels(labels, len(rows))
        noise = classes == -1 if classes.dtype.kind in "iuf" else np.zeros(len(classes), dtype=bool)
        own_colours = _one_each(positions, len(classes), classes)
        if not noise.any():
            return own_colours

        def colours(style: Style) -> Floats:
            own = np.tile(style.line, (len(classes), 1))
            own[~noise] = style.components(len(classes) - 1)
            return own

        return replace(own_colours, colours=colours, noise=noise[positions])
    return _by_nothing(mixture, rows) if mixture is None else tint(mixture, rows)


def by_responsibilities(mixture: Any, rows: Rows) -> Tint:
    """Return colours mixed in the proportions of the responsibilities."""
    noise = np.zeros(1, dtype=bool) if mixture.uniform is None else mixture.predict(rows) < 0
    return Tint(_of_mixture(mixture), lambda part: mixture.responsibilities(rows[part]), noise=noise)


def _by_component(mixture: Any, rows: Rows) -> Tint:
    positions = mixture.predict(rows)
    # The uniform component has the last of K + 1 colours, which −1 picks.
    tint = _one_each(positions, mixture.n_components + (mixture.uniform is not None))
    return replace(tint, colours=_of_mixture(mixture), noise=positions < 0)


def _by_nothing(mixture: Any, rows: Rows) -> Tint:
    return plain(rows)


def plain(rows: Rows, strength: float = 0.7) -> Tint:
    """Return the colour of rows of unknown component: the colour of text, faded."""
    return Tint(lambda style: style.faded(strength)[None], lambda part: np.ones((len(rows[part]), 1)))


def _of_mixture(mixture: Any) -> Callable[[Style], Floats]:
    """Return the colours of components, and a grey for a uniform one."""
    if mixture.uniform is None:
        return _components(mixture.n_components)
    return lambda style: np.vstack([style.components(mixture.n_components), style.line])


def _components(count: int) -> Callable[[Style], Floats]:
    return lambda style: style.components(count)


def _one_each(positions: Any, count: int, classes: Any = None) -> Tint:
    identity = np.eye(count)
    return Tint(_components(count), lambda part: identity[positions[part]], classes, positions)


def _draw_quiet(ax: Axes, X: Rows, colour: Any, size: float) -> None:
    """Draw noise as small grey crosses."""
    if len(X):
        ax.scatter(X[:, 0], X[:, 1], s=0.5 * size, marker="x", color=colour, linewidths=0.8, zorder=1.9)


def _draw_hollow(ax: Axes, X: Rows, colours: Floats, holed: Any, size: float) -> None:
    """Draw rows with a missing value as rings."""
    if holed.any():
        look: dict[str, Any] = {
            "s": max(0.8 * size, 5.0),
            "facecolors": "none",
            "linewidths": 1.0,
            "zorder": 2.1,
        }
        ax.scatter(X[holed, 0], X[holed, 1], edgecolors=colours[holed], **look)


def _draw_errors(ax: Axes, X: Rows, errors: Floats, chosen: list[int]) -> None:
    """Draw measurement errors as ellipses of one standard deviation."""
    from matplotlib.collections import LineCollection

    if errors.ndim == 2:
        errors = errors[:, :, None] * np.eye(errors.shape[1])
    rings = [
        ellipse_points(row, covariance, 1.0, 49)
        for row, covariance in zip(X, errors[:, chosen][:, :, chosen], strict=True)
    ]
    ax.add_collection(
        LineCollection(rings, colors=[Style.of(ax).line], linewidths=0.6, alpha=0.5, zorder=1.8),
        autolim=False,
    )


def _name_marks(ax: Axes, present: Mapping[str, Any]) -> None:
    """Add a legend of the special marks."""
    from matplotlib.lines import Line2D

    style = Style.of(ax)
    marks: dict[str, dict[str, Any]] = {
        "noise": {"marker": "x", "color": style.line},
        "with a missing value": {"marker": "o", "markerfacecolor": "none", "color": style.soft},
    }
    handles = [
        Line2D([], [], linestyle="none", markersize=5, label=name, **marks[name])
        for name, there in present.items()
        if there
    ]
    if handles:
        look: dict[str, Any] = {"facecolor": tuple(style.background), "framealpha": 0.8, "edgecolor": "none"}
        look |= {"labelcolor": tuple(style.soft), "fontsize": font_size(0.8), "handletextpad": 0.2}
        ax.legend(handles=handles, loc="upper right", **look)


_MOST_ERRORS = 500
_TINTS = {"responsibilities": by_responsibilities, "component": _by_component, "nothing": _by_nothing}


def draw_points(ax: Axes, X: Rows, tint: Tint, how: str = "auto") -> None:
    """Draw points (n, 2) into axes with fixed limits."""
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
    noise, holed = (np.broadcast_to(mask, len(X)) for mask in (tint.noise, tint.holed))
    _draw_quiet(ax, X[noise], paper.line, size)
    _draw_hollow(ax, X[order], colours, (holed & ~noise)[order], size)
    solid = ~noise & ~holed
    if tint.positions is None or tint.classes is None or size < 6:
        kept = solid[order]
        ax.scatter(X[order[kept], 0], X[order[kept], 1], c=colours[kept], **style)
        return
    for position, colour in enumerate(own):
        mine = (tint.positions == position) & solid
        if not mine.any():
            continue
        marker, larger = marker_of(position)
        ax.scatter(
            X[mine, 0],
            X[mine, 1],
            color=colour,
            marker=marker,
            **(style | {"s": size * larger}),
        )
