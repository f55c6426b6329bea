"""Clusters of several components: entropies, the tree of mergers, and modes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.clusters import Combination, ModalClustering
from gaussmix.clusters.elbow import change_points
from gaussmix.errors import InputTypeError
from gaussmix.model_sweep import MixingDendrogram
from gaussmix.plots.axes import Canvas, font_size, padded, whole_numbers
from gaussmix.plots.density_1d import density_1d
from gaussmix.plots.density_2d import density_2d
from gaussmix.plots.inputs import as_limits, is_one, option, pick_columns, rows_with_holes
from gaussmix.plots.marks import draw_points
from gaussmix.plots.style import Style, readable_on
from gaussmix.plots.tints import Tint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["dendrogram", "entropy", "modes"]


def entropy(combination: Any, *, normalized: bool = False, n_pieces: int = 2, ax: Axes | None = None) -> Axes:
    """Draw the entropy of 1 to K clusters, and a piecewise linear fit with the elbow at its first change point.

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
    _check(combination, Combination, "an entropy plot", "gaussmix.combine")
    y, K = combination.entropies, len(combination.entropies)
    best = combination.elbow(n_pieces, normalized=normalized)
    x = combination.merged_rows if normalized else np.arange(1.0, K + 1)
    canvas = Canvas(ax)
    canvas.frame(padded(x, 0.06), padded(y, 0.1), [_X[normalized], "entropy (nats)"])
    if n_pieces < K:
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
        for C in range(1, K + 1):
            if best != C:
                place = (float(x[C - 1]), float(y[C - 1]))
                canvas.ax.annotate(
                    str(C), place, xytext=(-6, 9), color=look.soft, fontsize=font_size(0.85), **text
                )
    else:
        whole_numbers(canvas.ax)
    return canvas.ax


_X = {False: "number of clusters", True: "rows in merged clusters, cumulated"}


def _draw_pieces(ax: Axes, x: Floats, y: Floats, inner: list[int]) -> None:
    colour = Style.of(ax).accent
    ends = [0, *inner, len(x) - 1]
    for start, end in pairwise(ends):
        slope, level = np.polyfit(x[start : end + 1], y[start : end + 1], 1)
        piece = x[[start, end]]
        ax.plot(piece, slope * piece + level, "--", color=colour, linewidth=1.3, zorder=3)


def dendrogram(combination: Any, *, height: str = "clusters", ax: Axes | None = None) -> Axes:
    """Draw the tree of the mergers of components into clusters.

    The dashed line cuts the tree at the number of clusters of the elbow, or at the number of components that is chosen.

    Parameters
    ----------
    combination : Combination or MixingDendrogram
        The result of :func:`gaussmix.combine`, of two components or more; or that of
        :meth:`gaussmix.Selection.dendrogram`, whose heights are the distances of the merged components.
    height : "clusters" or "entropy"
        The height of a merger: the number of clusters after it, with the decrease of the entropy beside it; or the
        total decrease of the entropy so far, in nats.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If `height` is neither of the two.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(4, random_state=0).fit(X)
    >>> gaussmix.plots.dendrogram(gaussmix.combine(model, X)).get_xlabel()
    'component'
    """
    if isinstance(combination, MixingDendrogram):
        return _draw_mixing_dendrogram(combination, ax)
    _check(combination, Combination, "a dendrogram", "gaussmix.combine")
    by_entropy = option("height", height, {"clusters": False, "entropy": True})
    tree, K = combination.linkage(), combination.mixture.n_components
    if not by_entropy:
        tree[:, 2] = np.arange(1.0, K)
    canvas, tops = _draw_tree(tree, combination.n_clusters, _Y[by_entropy], ax)
    if not by_entropy and K <= _MOST_NOTES:
        for top, merger in zip(tops, combination.mergers, strict=True):
            _note_loss(canvas.ax, top, merger.decrease)
    _tick(canvas.ax, K, by_entropy)
    return canvas.ax


def _draw_mixing_dendrogram(found: MixingDendrogram, ax: Axes | None) -> Axes:
    tree = found.tree.copy()
    # A merged pair can be closer to another than its parts were to each other.
    tree[:, 2] = np.maximum.accumulate(tree[:, 2])
    chosen = len(tree) + 1 if found.n_components is None else found.n_components
    canvas, _ = _draw_tree(tree, chosen if found.n_components else 1, "distance of merged components", ax)
    _tick(canvas.ax, len(tree) + 1, True)
    return canvas.ax


def _draw_tree(
    tree: Floats, n_clusters: int, label: str, ax: Axes | None
) -> tuple[Canvas, list[tuple[float, float]]]:
    """Draw the brackets of mergers over the components, with a cut; return the middles of the tops."""
    K = len(tree) + 1
    canvas = Canvas(ax, (max(6.0, 0.32 * K + 1.5), 4.5))
    places, heights = _branches(tree, K)
    top = float(tree[:, 2].max(initial=0.0)) or 1.0
    canvas.frame(np.array([-0.7, K - 0.3]), np.array([-0.14 * top, 1.08 * top]), ["component", label])
    look, cut = canvas.style, _cut(tree, n_clusters)
    for x, y in zip(places, heights, strict=True):
        canvas.ax.plot(x, y, color=look.foreground, linewidth=1.4, solid_joinstyle="miter", zorder=3)
    if cut is not None:
        canvas.ax.axhline(cut, color=look.accent, linestyle="--", linewidth=1.3, zorder=2)
    _draw_leaves(canvas.ax, tree, K, -0.03 * top)
    return canvas, [(float(np.mean(x[1:3])), float(y[1])) for x, y in zip(places, heights, strict=True)]


_Y = {False: "number of clusters", True: "entropy lost (nats)"}
_MOST_NOTES = 16


def _leaf_order(tree: Floats, K: int) -> list[int]:
    from scipy.cluster.hierarchy import leaves_list

    return [0] if K == 1 else leaves_list(tree).tolist()


def _branches(tree: Floats, K: int) -> tuple[list[Floats], list[Floats]]:
    """Return the x and y of the bracket of each merger, in their order."""
    middle = {leaf: float(place) for place, leaf in enumerate(_leaf_order(tree, K))}
    height = dict.fromkeys(range(K), 0.0)
    places, heights = [], []
    for step, (first, second, top, _) in enumerate(tree):
        a, b = int(first), int(second)
        if middle[a] > middle[b]:
            a, b = b, a
        places.append(np.array([middle[a], middle[a], middle[b], middle[b]]))
        heights.append(np.array([height[a], top, top, height[b]]))
        middle[K + step], height[K + step] = 0.5 * (middle[a] + middle[b]), float(top)
    return places, heights


def _cut(tree: Floats, n_clusters: int) -> float | None:
    """Return the height between the last merger and the next; None without a cut."""
    kept = len(tree) + 1 - n_clusters
    if n_clusters == 1 or not len(tree):
        return None
    return 0.5 * ((float(tree[kept - 1, 2]) if kept else 0.0) + float(tree[kept, 2]))


def _note_loss(ax: Axes, place: tuple[float, float], loss: float) -> None:
    look, text = Style.of(ax), f"\u2212{loss:.3g}" if loss >= 0.0005 else "< 0.001"
    style: dict[str, Any] = {"textcoords": "offset points", "ha": "left", "va": "bottom", "zorder": 4}
    style |= {"color": look.soft, "fontsize": font_size(0.8), "path_effects": look.halo(3.0, 0.95)}
    ax.annotate(text, place, xytext=(3, 2), **style)


def _draw_leaves(ax: Axes, tree: Floats, K: int, y: float) -> None:
    """Draw the components as discs with their numbers, in their colours."""
    colours = Style.of(ax).components(K)
    small = K > 30
    for place, k in enumerate(_leaf_order(tree, K)):
        size = 6 if small else 12 if k < 10 else 14
        ax.plot(place, y, "o", color=colours[k], markersize=size, zorder=5, clip_on=False)
        if not small:
            style: dict[str, Any] = {
                "ha": "center",
                "va": "center_baseline",
                "fontsize": 8,
                "fontweight": "bold",
            }
            ax.text(place, y, str(k), color=readable_on(colours[k]), zorder=6, **style)


def _tick(ax: Axes, K: int, by_entropy: bool) -> None:
    ax.set_xticks([])
    if by_entropy:
        ax.set_yticks([tick for tick in ax.get_yticks() if tick >= 0 and tick <= ax.get_ylim()[1]])
        return
    step = 1 + (K - 1) // 20
    shown = np.arange(0, K, step)
    ax.set_yticks(shown, labels=[str(K - s) for s in shown])


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
        The columns to draw, by position or name; the first two by default, the only one if D is 1. Of a wider
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
    _check(clustering, ModalClustering, "a plot of modes", "gaussmix.modal_clustering")
    mixture = clustering.mixture
    if is_one(columns, mixture.n_features):
        return _draw_line(clustering, X, columns, ax)
    chosen = pick_columns(columns, mixture.n_features, mixture.feature_names, 2)
    options: dict[str, Any] = {"columns": chosen, "equal": equal}
    canvas = Canvas(ax)
    if X is not None:
        _draw_members(canvas, clustering, rows_with_holes(X, mixture.n_features), chosen, limits)
    density_2d(mixture, kind="lines", colour_bar=False, limits=limits, ax=canvas.ax, **options)
    for number, place in enumerate(clustering.modes[:, chosen]):
        _draw_star(canvas.ax, place, number, len(clustering.modes))
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
    places = clustering.modes[:, chosen]
    heights = mixture.marginal(chosen).pdf(places) if mixture.n_features > 1 else mixture.pdf(places)
    for number, (place, height) in enumerate(zip(places[:, 0], heights, strict=True)):
        _draw_star(drawn, np.array([place, height]), number, len(places))
    return drawn


def _draw_star(ax: Axes, place: Floats, number: int, count: int) -> None:
    look = Style.of(ax)
    colour = look.components(count)[number]
    star: dict[str, Any] = {"markersize": 17, "markeredgecolor": look.foreground, "markeredgewidth": 1.0}
    ax.plot(place[0], place[1], marker="*", color=colour, zorder=6, **star)
    text: dict[str, Any] = {"textcoords": "offset points", "fontweight": "bold", "zorder": 7}
    text |= {"fontsize": font_size(0.95), "color": look.written(colour), "path_effects": look.halo(3.5, 0.95)}
    ax.annotate(str(number), (float(place[0]), float(place[1])), xytext=(8, 7), annotation_clip=True, **text)


def _check(value: Any, kind: type, what: str, maker: str) -> None:
    if not isinstance(value, kind):
        raise InputTypeError(f"{what} needs the result of {maker}, and this is a {type(value).__name__}.")
