"""The dendrogram of components: mergers by entropy, or by the distance of a mixing measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.clusters import Combination
from gaussmix.model_sweep import MixingDendrogram
from gaussmix.plots.axes import Canvas, font_size, size_in_points
from gaussmix.plots.inputs import check_result, option
from gaussmix.plots.style import Style, readable_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LEAST_ENTROPY", "dendrogram"]

LEAST_ENTROPY = 0.0005
"""Smaller entropies, in nats, are not distinguished from zero."""


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
    check_result(combination, Combination, "a dendrogram", "gaussmix.combine")
    by_entropy = option("height", height, {"clusters": False, "entropy": True})
    tree, K = combination.linkage(), combination.mixture.n_components
    if not by_entropy:
        tree[:, 2] = np.arange(1.0, K)
    canvas, tops = _draw_tree(tree, combination.n_clusters, _Y[by_entropy], ax, LEAST_ENTROPY)
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
    tree: Floats, n_clusters: int, label: str, ax: Axes | None, least: float = 0.0
) -> tuple[Canvas, list[tuple[float, float]]]:
    """Draw the brackets of mergers over the components, with a cut; return the middles of the tops."""
    K = len(tree) + 1
    canvas = Canvas(ax, (max(6.0, 0.32 * K + 1.5), 4.5))
    places, heights = _branches(tree, K)
    top = float(tree[:, 2].max(initial=least)) or 1.0
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
_LEGIBLE = 0.6
"""The least size of a numbered disc, as a share of the usual one."""


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
    look, text = Style.of(ax), f"\u2212{loss:.3g}" if loss >= LEAST_ENTROPY else "< 0.001"
    style: dict[str, Any] = {"textcoords": "offset points", "ha": "left", "va": "bottom", "zorder": 4}
    style |= {"color": look.soft, "fontsize": font_size(0.8), "path_effects": look.halo(3.0, 0.95)}
    ax.annotate(text, place, xytext=(3, 2), **style)


def _draw_leaves(ax: Axes, tree: Floats, K: int, y: float) -> None:
    """Draw the components as discs with their numbers, in their colours."""
    colours = Style.of(ax).components(K)
    widest = size_in_points(ax)[0] / (K + 0.4)
    for place, k in enumerate(_leaf_order(tree, K)):
        size = 12 if k < 10 else 14
        share = min(1.0, widest / size)
        ax.plot(place, y, "o", color=colours[k], markersize=share * size, zorder=5, clip_on=False)
        if share >= _LEGIBLE:
            style: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontweight": "bold"}
            style |= {"fontsize": 8 * share, "color": readable_on(colours[k])}
            ax.text(place, y, str(k), zorder=6, **style)


def _tick(ax: Axes, K: int, by_entropy: bool) -> None:
    ax.set_xticks([])
    if by_entropy:
        ax.set_yticks([tick for tick in ax.get_yticks() if tick >= 0 and tick <= ax.get_ylim()[1]])
        return
    step = 1 + (K - 1) // 20
    shown = np.arange(0, K, step)
    ax.set_yticks(shown, labels=[str(K - s) for s in shown])
