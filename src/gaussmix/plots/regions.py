"""The predicted class at each point of the plane."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.classify import ClassMixtures
from gaussmix.errors import InputError, InputTypeError
from gaussmix.names import short_apart
from gaussmix.plots.axes import Canvas, font_size, note_columns, padded, size_in_points
from gaussmix.plots.classified_rows import ClassifiedRows, classified_rows
from gaussmix.plots.colours import shaded
from gaussmix.plots.fonts import width_of
from gaussmix.plots.grids import Grid, reach
from gaussmix.plots.inputs import as_limits, column_names, names_in, option, pick_columns, rows_with_holes
from gaussmix.plots.legends import name_beside
from gaussmix.plots.places import Places
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name
from gaussmix.validation import as_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["decision_map"]


def decision_map(
    classifier: Any,
    X: Any = None,
    y: Any = None,
    *,
    columns: Any = None,
    limits: Any = None,
    pixels: int = 300,
    names: str = "direct",
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the predicted class at each point of the plane, and its probability.

    A region has the colour of its class, paler for lower probabilities; lines separate the regions. With more than two
    columns, a :class:`gaussmix.MixtureClassifier` is drawn by the marginals of its mixtures, and any other classifier
    with the other columns at their medians in X.

    A row with a missing value in the drawn columns is a hollow mark at its conditional mean, given its class if y has
    it. A classifier without mixtures has no such mean.

    Parameters
    ----------
    classifier : fitted classifier
        A classifier with ``predict_proba`` and ``classes_``, as in scikit-learn.
    X : (n, D) array, optional
        Rows to draw.
    y : (n,) array, optional
        Their classes. Rows with the ``unknown_label`` of the classifier, or without a label, are drawn in grey.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name.
    limits : ((low, high), (low, high)), optional
        The part of the plane to draw; by default the range of X.
    pixels : int
        Pixels in each direction.
    names : "direct", "legend" or "none"
        Whether the names of the classes are written in the plot, beside it, or not at all. Where there is no room for
        all of them in the plot, they are beside it.
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
        If the classifier is not fitted or has no ``predict_proba``, X and y have the wrong columns or classes, or a
        value to draw is missing and the classifier has no mixtures.

    Examples
    --------
    >>> from gaussmix import MixtureClassifier, datasets, plots
    >>> vowels = datasets.load_vowels()
    >>> X, y = vowels.data[:, 1:3], vowels.target
    >>> ax = plots.decision_map(MixtureClassifier(2, random_state=0).fit(X, y), X, y)
    """
    classes, n_features = _described(classifier)
    known = _feature_names(classifier) or names_in(X)
    chosen = pick_columns(columns, n_features, known, 2)
    option("names", names, {"direct": 0, "legend": 0, "none": 0})
    rows = None if X is None else rows_with_holes(X, n_features)
    points = None if rows is None else classified_rows(classifier, rows, y, chosen)
    box = _limits(classifier, None if points is None else points.places, chosen, limits)
    grid = Grid.over(box[0], box[1], as_count(pixels, "pixels", 2))
    probabilities = _surface(classifier, rows, chosen)(grid.rows())
    canvas = Canvas(ax)
    look = _Look(classes, canvas.style, grid, probabilities)
    _draw_regions(canvas.ax, look)
    canvas.frame(box[0], box[1], column_names(chosen, n_features, known), equal)
    note_columns(canvas.ax, columns, 2, n_features)
    if points is not None:
        points.draw(canvas.ax, look.colours)
    _name_classes(canvas.ax, look, points, names)
    return canvas.ax


@dataclass(frozen=True, eq=False)
class _Look:
    """Classes, the style of the picture, and the probabilities (pixels, C) of the classes on a grid."""

    classes: np.ndarray[Any, Any]
    style: Style
    grid: Grid
    probabilities: Floats

    @property
    def colours(self) -> Floats:
        """The colours of the classes, (C, 3)."""
        return self.style.components(len(self.classes))

    @cached_property
    def first(self) -> Ints:
        """The number of the most probable class of each pixel."""
        return np.asarray(self.probabilities.argmax(axis=1))


def _described(classifier: Any) -> tuple[np.ndarray[Any, Any], int]:
    """Return the classes of a fitted classifier and the number of its features."""
    kind = type(classifier).__name__
    if not hasattr(classifier, "predict_proba"):
        raise InputTypeError(
            f"a decision map needs a classifier with predict_proba, and this is of type {kind}."
        )
    if not hasattr(classifier, "classes_"):
        raise InputError(f"this {kind} has no classes_: call its fit first.")
    return np.asarray(classifier.classes_), int(getattr(classifier, "n_features_in_", 2))


def _feature_names(classifier: Any) -> tuple[str, ...] | None:
    names = getattr(classifier, "feature_names_in_", None)
    return None if names is None else tuple(str(name) for name in names)


def _limits(classifier: Any, places: Rows | None, chosen: list[int], limits: Any) -> Any:
    if limits is not None:
        return as_limits(limits)
    if places is not None and len(places):
        return [padded(column, 0.07) for column in places.T]
    if hasattr(classifier, "mixtures_"):
        boxes = np.array([reach(mixture.marginal(chosen), 3.0) for mixture in classifier.mixtures_])
        return np.stack([boxes[..., 0].min(axis=0), boxes[..., 1].max(axis=0)], axis=1)
    raise InputError("neither X nor limits is given: give one of them, which sets the part of the plane.")


def _surface(classifier: Any, rows: Rows | None, chosen: list[int]) -> Callable[[Floats], Floats]:
    """Return the function from points of the plane (m, 2) to probabilities (m, C)."""
    D = int(getattr(classifier, "n_features_in_", 2))
    if hasattr(classifier, "mixtures_") and hasattr(classifier, "priors_"):
        marginals = ClassMixtures(classifier.priors_, [m.marginal(chosen) for m in classifier.mixtures_])
        return lambda plane: np.exp(marginals.log_posterior(plane))
    if D > 2 and (rows is None or not len(rows)):
        raise InputError(f"the classifier has {D} columns: give X for the values (medians) of the others.")
    held = np.zeros(D) if rows is None or not len(rows) else np.nanmedian(rows, axis=0)

    def cut(plane: Floats) -> Floats:
        full = np.tile(held, (len(plane), 1))
        full[:, chosen] = plane
        with warnings.catch_warnings():
            # The grid has no column names, and needs none: its columns are in order.
            warnings.filterwarnings("ignore", message="X does not have valid feature names")
            return np.asarray(classifier.predict_proba(full), dtype=np.float64)

    return cut


def _draw_regions(ax: Axes, look: _Look) -> None:
    grid, p = look.grid, look.probabilities
    first = look.first
    top, least = p.max(axis=1), 1.0 / len(look.classes)
    sure = np.clip((top - least) / max(1.0 - least, 1e-9), 0.0, 1.0)
    picture = grid.picture(shaded(look.colours[first], 0.10 + 0.38 * sure, look.style.background))
    ax.imshow(picture, origin="lower", extent=grid.extent, aspect="auto", zorder=0.6)
    if p.shape[1] == 1:
        return
    second = np.partition(p, -2, axis=1)[:, -2]
    for c in np.unique(first):
        lead = grid.picture(p[:, c] - np.where(first == c, second, top))
        ax.contour(grid.x, grid.y, lead, [0.0], colors=[look.style.background], linewidths=2.0, zorder=1)
        ax.contour(grid.x, grid.y, lead, [0.0], colors=[look.style.faded(0.75)], linewidths=0.8, zorder=1.1)


def _name_classes(ax: Axes, look: _Look, points: ClassifiedRows | None, names: str) -> None:
    written = [str(name) for name in look.classes]
    if names == "none" or (names == "direct" and _name_regions(ax, look, points, written)):
        return
    name_beside(ax, written, look.colours)


def _name_regions(ax: Axes, look: _Look, points: ClassifiedRows | None, written: list[str]) -> bool:
    """Write the names of the classes into their regions, and return whether there was room for all."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    # The layout decides on the size of the axes, and that on the room.
    figure.draw_without_rendering()
    size, places = font_size(1.3), Places(ax)
    longest = int(np.clip(0.5 * size_in_points(ax)[0] / (_WIDE * size), 6, _LONGEST))
    style: dict[str, Any] = {"fontsize": size, "fontweight": "bold", "ha": "center", "va": "center"}
    style |= {"color": look.style.foreground, "path_effects": look.style.halo(3.5, 0.95), "zorder": 5}
    texts: list[Any] = []
    for c, name in enumerate(short_apart(written, longest)):
        tried = _middles(look, c, points)
        if not len(tried):
            continue
        found = places.take(places.in_points(tried), (1.1 * width_of(name, size) + 4.0, 1.3 * size))
        if found is None:
            for text in texts:
                text.remove()
            return False
        texts.append(as_name(ax.text(tried[found, 0], tried[found, 1], name, clip_on=True, **style)))
    return True


_LONGEST, _WIDE = 18, 0.62
"""The longest name, and the mean width of a bold letter in sizes of its font."""
_TRIED = 400
"""Places tried in a region, about."""


def _middles(look: _Look, c: int, points: ClassifiedRows | None) -> Floats:
    """Return where the name of a class may stand (m, 2): in the middle of its rows or region, or near to it."""
    middle = None if points is None else points.middle(c)
    won = look.first == c
    x, y = np.divmod(np.flatnonzero(won), len(look.grid.x))[::-1]
    inside = np.column_stack([look.grid.x[x], look.grid.y[y]])
    if middle is None and not len(inside):
        return np.empty((0, 2))
    weights = look.probabilities[won, c]
    centre = weights @ inside / weights.sum() if middle is None else middle
    # The middle of a bent region may lie outside it, and the names of other classes may be there.
    distance = (((inside - centre) / look.grid.pixel) ** 2).sum(axis=1)
    near = inside[np.argsort(distance, kind="stable")[:: 1 + len(inside) // _TRIED]]
    return np.asarray(near if middle is None else np.vstack([middle, near]))
