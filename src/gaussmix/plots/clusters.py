"""Clusters of several components: entropies and modes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.clusters import Combination, ModalClustering
from gaussmix.clusters.elbow import change_points
from gaussmix.plots.axes import Canvas, font_size, note_columns, padded, whole_numbers
from gaussmix.plots.dendrogram import LEAST_ENTROPY
from gaussmix.plots.density_1d import density_1d
from gaussmix.plots.density_2d import density_2d
from gaussmix.plots.inputs import as_limits, check_result, is_one, pick_columns, rows_with_holes
from gaussmix.plots.marks import draw_points
from gaussmix.plots.places import Places
from gaussmix.plots.style import Style
from gaussmix.plots.tints import Tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["entropy", "modes"]


def entropy(combination: Any, *, normalized: bool = False, n_pieces: int = 2, ax: Axes | None = None) -> Axes:
    """Draw the entropy of 1 to K clusters, and a piecewise linear fit with the elbow at its first change point.

    There are no lines where :meth:`gaussmix.Combination.elbow` has none: with few components, or with clusters that do
    not overlap.

    Parameters
    ----------
    combination : Combination
        The result of :func:`gaussmix.combine`.
    normalized : bool
        Whether the x axis shows the cumulative number of rows in the mergers, instead of the number of clusters,
        because mergers of large clusters change the entropy more. The points are then labelled with the numbers of
        clusters.
    n_pieces : int
        Number of lines, 2 or 3.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputTypeError
        If the object is no combination.

    References
    ----------
    Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture components for
    clustering. J. Comput. Graph. Stat. 19, 332-353.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(4, random_state=0).fit(X)
    >>> gaussmix.plots.entropy(gaussmix.combine(model, X)).get_ylabel()
    'entropy (nats)'
    """
    check_result(combination, Combination, "an entropy plot", "gaussmix.combine")
    y, K = combination.entropies, len(combination.entropies)
    best = combination.elbow(n_pieces, normalized=normalized)
    x = combination.merged_rows if normalized else np.arange(1.0, K + 1)
    canvas = Canvas(ax)
    canvas.frame(
        padded(x, 0.06), padded(np.append(y, LEAST_ENTROPY), 0.1), [_X[normalized], "entropy (nats)"]
    )
    if best < K:
        _draw_pieces(canvas.ax, x, y, change_points(x, y, n_pieces))
    look = canvas.style
    canvas.ax.plot(x, y, "o", color=look.foreground, markersize=5.5, zorder=4)
    ring: dict[str, Any] = {"markersize": 12, "markerfacecolor": "none", "markeredgewidth": 1.8}
    canvas.ax.plot(x[best - 1], y[best - 1], "o", color=look.accent, zorder=5, **ring)
    text: dict[str, Any] = {"textcoords": "offset points", "va": "center", "zorder": 5}
    text |= {"path_effects": look.halo(3.5, 0.95)}
    words = f"{best} cluster{'s' * (best > 1)}"
    canvas.ax.annotate(
        words,
        (x[best - 1], y[best - 1]),
        xytext=(-10, 24 if normalized else 13),
        ha="right",
        color=look.written(look.accent),
        **text,
    )
    if normalized:
        _number_points(canvas.ax, np.column_stack([x, y]), best, text)
    else:
        whole_numbers(canvas.ax)
    return canvas.ax


def _number_points(ax: Axes, points: Floats, best: int, look: dict[str, Any]) -> None:
    """Write the numbers of clusters at their points, where there is room for them."""
    room, size = Places(ax), font_size(0.85)
    for C in range(len(points), 0, -1):
        tried = room.in_points(points[C - 1 : C]) + np.array(_AROUND)
        found = None if best == C else room.take(tried, (_DIGIT * size * len(str(C)), size))
        if found is not None:
            look = {**look, "color": Style.of(ax).soft, "fontsize": size, "ha": "center"}
            place = float(points[C - 1, 0]), float(points[C - 1, 1])
            ax.annotate(str(C), place, xytext=_AROUND[found], **look)


_AROUND = [(-3.0, 9.0), (-9.0, 3.0), (9.0, -3.0)]
"""Where the number of a point may stand, points from its middle."""
_DIGIT = 0.7
"""The width of a digit, in sizes of its font."""
_X = {False: "number of clusters", True: "rows in merged clusters, cumulated"}


def _draw_pieces(ax: Axes, x: Floats, y: Floats, inner: list[int]) -> None:
    colour = Style.of(ax).accent
    ends = [0, *inner, len(x) - 1]
    for start, end in pairwise(ends):
        slope, level = np.polyfit(x[start : end + 1], y[start : end + 1], 1)
        piece = x[[start, end]]
        ax.plot(piece, slope * piece + level, "--", color=colour, linewidth=1.3, zorder=3)


def modes(
    clustering: Any,
    X: Any = None,
    *,
    columns: Any = None,
    limits: Any = None,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the modes of a mixture: stars on the density, and rows coloured by their modes.

    Parameters
    ----------
    clustering : ModalClustering
        The result of :func:`gaussmix.modal_clustering`.
    X : (n, D) array, optional
        Rows to draw; those of the clustering have the colours of their modes without another run of modal EM.
    columns : pair of int or str, or one, optional
        The columns to draw, by position or name; the first two by default (a note says
        so if there are more), the only one if D is 1. Of a wider
        mixture the density is that of these columns, and the modes are those of all columns.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default 3.5 standard deviations about the means, and where the rows are.
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

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(X)
    >>> ax = gaussmix.plots.modes(gaussmix.modal_clustering(model, X), X)
    """
    check_result(clustering, ModalClustering, "a plot of modes", "gaussmix.modal_clustering")
    mixture = clustering.mixture
    if is_one(columns, mixture.n_features):
        return _draw_line(clustering, X, columns, ax)
    chosen = pick_columns(columns, mixture.n_features, mixture.feature_names, 2)
    options: dict[str, Any] = {"columns": chosen, "equal": equal}
    canvas = Canvas(ax)
    if X is not None:
        _draw_members(canvas, clustering, rows_with_holes(X, mixture.n_features), chosen, limits)
    density_2d(mixture, kind="lines", colour_bar=False, limits=limits, ax=canvas.ax, **options)
    _draw_stars(canvas.ax, clustering.modes[:, chosen])
    note_columns(canvas.ax, columns, 2, mixture.n_features)
    return canvas.ax


def _draw_members(
    canvas: Canvas, clustering: ModalClustering, rows: Rows, chosen: list[int], limits: Any
) -> None:
    """Draw rows in the colours of their modes."""
    known = len(rows) == len(clustering.labels)
    labels = clustering.labels if known else clustering.predict(rows)
    shown, M = rows[:, chosen], len(clustering.modes)
    x, y = (padded(values) for values in shown.T) if limits is None else as_limits(limits)
    canvas.frame(x, y)
    one_each = np.eye(M + 1)

    def colours(style: Style) -> Floats:
        # Noise has the last of M + 1 colours, which −1 picks.
        return np.vstack([style.components(M), style.line])

    draw_points(canvas.ax, shown, Tint(colours, lambda part: one_each[labels[part]], noise=labels < 0))


def _draw_line(clustering: ModalClustering, X: Any, columns: Any, ax: Axes | None) -> Axes:
    mixture = clustering.mixture
    chosen = pick_columns(columns, mixture.n_features, mixture.feature_names, 1)
    drawn = density_1d(mixture, X, columns=chosen, components=False, ax=ax)
    places = clustering.modes[:, chosen[0]]
    curve = next(line for line in drawn.lines if line.get_label() == "density")
    x, y = (np.asarray(values, dtype=np.float64) for values in curve.get_data())
    # On the curve: it is that of a density as pixels show it.
    _draw_stars(drawn, np.column_stack([places, np.interp(places, x, y)]))
    return drawn


def _draw_stars(ax: Axes, places: Floats) -> None:
    """Draw modes as stars, and their numbers beside them, each where there is room."""
    look, room = Style.of(ax), Places(ax)
    colours, points = look.components(len(places)), room.in_points(places)
    star: dict[str, Any] = {"markersize": 17, "markeredgecolor": look.foreground, "markeredgewidth": 1.0}
    for place, point, colour in zip(places, points, colours, strict=True):
        ax.plot(place[0], place[1], marker="*", color=colour, zorder=6, **star)
        room.take(point[None], (_STAR, _STAR), always=True)
    text: dict[str, Any] = {"textcoords": "offset points", "fontweight": "bold", "zorder": 7}
    text |= {"fontsize": font_size(0.95), "ha": "center", "va": "center", "annotation_clip": True}
    for number, (place, point, colour) in enumerate(zip(places, points, colours, strict=True)):
        size = (_DIGIT * text["fontsize"] * len(str(number)), text["fontsize"])
        found = room.take(point + np.array(_BESIDE), size, always=True)
        text |= {"color": look.written(colour), "path_effects": look.halo(3.5, 0.95)}
        ax.annotate(str(number), (float(place[0]), float(place[1])), xytext=_BESIDE[found or 0], **text)


_STAR = 9.0
"""Width of the part of a star that a number is not to cover, points."""
_SIDES = ((12, 10), (-12, 10), (12, -10), (-12, -10), (0, 14), (0, -14))
_BESIDE = [(far * x, far * y) for far in (1.0, 1.6) for x, y in _SIDES]
"""Where the number of a star may stand, points from its middle."""
