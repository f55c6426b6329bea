"""Discriminant directions of the components, and projections on planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError, InputTypeError
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import Canvas, font_size, padded, whole_numbers
from gaussmix.plots.ellipses import ellipses
from gaussmix.plots.inputs import as_mixture, completed, pick_columns, rows_with_holes
from gaussmix.plots.legends import name_beside
from gaussmix.plots.marks import draw_points
from gaussmix.plots.strips import classification
from gaussmix.plots.style import Style
from gaussmix.plots.tints import Tint, by_responsibilities, tint_of
from gaussmix.reduction import DimensionReduction
from gaussmix.validation import as_generator, finite_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["directions", "eigenvalues", "projection"]


def eigenvalues(reduction: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the eigenvalues of a dimension reduction, with the parts due to means and to covariances.

    Parameters
    ----------
    reduction : DimensionReduction
        The result of :func:`gaussmix.reduce_dimension`.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputTypeError
        If the object is no dimension reduction.

    References
    ----------
    Scrucca, L. (2010). Dimension reduction for model-based clustering. Statistics and Computing 20, 471-484.

    Examples
    --------
    >>> import gaussmix
    >>> vowels = gaussmix.datasets.load_vowels()
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(vowels.data)
    >>> reduction = gaussmix.reduce_dimension(model, vowels.data, means_share=0.5)
    >>> gaussmix.plots.eigenvalues(reduction).get_ylabel()
    'eigenvalue'
    """
    _check(reduction)
    canvas, x = Canvas(ax), np.arange(1, reduction.n_directions + 1)
    look = canvas.style
    low, high = padded(np.array([0.0, reduction.eigenvalues.max()]), 0.06)
    canvas.frame(padded(x, 0.06), np.array([low, high]), ["direction", "eigenvalue"])
    parts: list[tuple[Floats, str, dict[str, Any]]] = [
        (
            reduction.from_covariances,
            "from covariances",
            {"marker": "^", "color": look.second, "linestyle": ":"},
        ),
        (reduction.from_means, "from means", {"marker": "s", "color": look.accent, "linestyle": "--"}),
        (reduction.eigenvalues, "eigenvalue", {"marker": "o", "color": look.foreground, "linestyle": "-"}),
    ]
    both = 0.0 < reduction.means_share < 1.0
    for values, label, options in parts if both else parts[2:]:
        canvas.ax.plot(x, values, label=label, linewidth=1.4, markersize=6, zorder=3, **options)
    if both:
        handles, labels = canvas.ax.get_legend_handles_labels()
        legend: dict[str, Any] = {"frameon": False, "fontsize": font_size(0.9), "loc": "best"}
        canvas.ax.legend(handles[::-1], labels[::-1], labelcolor=look.foreground, **legend)
    whole_numbers(canvas.ax)
    return canvas.ax


def directions(
    reduction: Any,
    X: Any = None,
    y: Any = None,
    *,
    columns: Any = (0, 1),
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows and components in the plane of two directions of a dimension reduction.

    Parameters
    ----------
    reduction : DimensionReduction
        The result of :func:`gaussmix.reduce_dimension`. With one direction, its density is drawn.
    X : (n, D) array, optional
        Rows to draw, in the units of the fit.
    y : (n,) array, optional
        Labels to colour the rows by; by default they have the colours of their responsibilities in all columns. A
        missing label, and of a classifier one of no class, is a small grey cross.
    columns : pair of int
        Positions of the two directions.
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
        If X has other columns, or a direction is not known.

    Examples
    --------
    >>> import gaussmix
    >>> vowels = gaussmix.datasets.load_vowels()
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(vowels.data)
    >>> ax = gaussmix.plots.directions(gaussmix.reduce_dimension(model, vowels.data), vowels.data)
    >>> ax.get_xlabel()
    'direction 1'
    """
    _check(reduction)
    shown: Mixture = reduction.projection
    Z = None if X is None else reduction.transform(X)
    if reduction.n_directions == 1:
        return classification(shown, Z, labels=y, ax=ax)
    if Z is None and reduction.classes is None:
        return ellipses(shown, columns=columns, equal=equal, ax=ax)
    if Z is None:
        return _of_classes_alone(reduction, columns, equal, ax)
    chosen = pick_columns(columns, reduction.n_directions, None, 2)
    rows = rows_with_holes(X, reduction.mixture.n_features)
    tint = tint_of(reduction.mixture, rows, by_responsibilities, y, classes=reduction.classes)
    canvas = Canvas(ax)
    _draw_coloured(canvas, Z[:, chosen], tint, equal)
    colors = None if y is None else _colours_of_classes(reduction, canvas.style)
    drawn = ellipses(shown, columns=chosen, fill=False, colors=colors, equal=equal, ax=canvas.ax)
    if tint.classes is not None:
        names = [str(name) for name in tint.classes]
        name_beside(drawn, names, tint.colours(Style.around(drawn)))
    drawn.set(xlabel=f"direction {chosen[0] + 1}", ylabel=f"direction {chosen[1] + 1}")
    return drawn


def _of_classes_alone(reduction: DimensionReduction, columns: Any, equal: bool, ax: Axes | None) -> Axes:
    """Draw the components of a classifier in the colours of their classes, which a legend names."""
    canvas = Canvas(ax)
    colors = _colours_of_classes(reduction, canvas.style)
    drawn = ellipses(reduction.projection, columns=columns, colors=colors, equal=equal, ax=canvas.ax)
    names = [str(name) for name in np.asarray(reduction.classes)]
    name_beside(drawn, names, Style.around(drawn).components(len(names)))
    return drawn


def _colours_of_classes(reduction: DimensionReduction, style: Style) -> Any:
    """Return the colours of components beside labels: those of their classes, or one of no label."""
    if reduction.classes is None or reduction.component_classes is None:
        return tuple(style.line)
    return style.components(len(reduction.classes))[reduction.component_classes]


def _check(reduction: Any) -> None:
    if not isinstance(reduction, DimensionReduction):
        raise InputTypeError(
            "a plot of directions needs the result of gaussmix.reduce_dimension, and this is a "
            f"{type(reduction).__name__}."
        )


def projection(
    mixture: Any,
    X: Any = None,
    *,
    onto: Any = None,
    random_state: Any = 0,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw rows and components projected on a plane, random by default.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in two columns or more.
    X : (n, D) array, optional
        Rows to draw, coloured by their responsibilities in all columns.
    onto : (D, 2) array, optional
        Two directions. By default an orthonormal pair is drawn at random, in columns that are scaled to the standard
        deviations of the mixture.
    random_state : int, RandomState, Generator or None, default=0
        Chooses the random plane.
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
        If X has other columns than the mixture, or the directions do not fit or are parallel.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 5, random_state=0)
    >>> ax = plots.projection(mixture, mixture.sample(200, random_state=0)[0], random_state=1)
    """
    whole = as_mixture(mixture)
    plane = _plane(whole, onto, random_state)
    gaussian = whole if whole.uniform is None else whole.take(range(whole.n_components))
    shown = (plane.T @ gaussian).named(("projection 1", "projection 2"))
    if X is None:
        return ellipses(shown, equal=equal, ax=ax)
    rows = rows_with_holes(X, whole.n_features)
    Z = completed(whole, rows) @ plane
    canvas = Canvas(ax)
    _draw_coloured(canvas, Z, tint_of(whole, rows, by_responsibilities))
    return ellipses(shown, fill=False, equal=equal, ax=canvas.ax)


def _draw_coloured(canvas: Canvas, Z: Floats, tint: Tint, equal: bool = False) -> None:
    """Draw points (n, 2) in the colours of rows."""
    x, y = (padded(values) for values in Z.T)
    canvas.frame(x, y, equal=equal)
    draw_points(canvas.ax, Z, tint)


def _plane(mixture: Mixture, onto: Any, random_state: Any) -> Floats:
    """Return the two directions, (D, 2)."""
    D = mixture.n_features
    if D < 2:
        raise InputError(
            "a projection on a plane needs two columns, and there is 1: use density_1d for one column."
        )
    if onto is None:
        drawn = np.linalg.qr(as_generator(random_state).standard_normal((D, 2)))[0]
        return np.asarray(drawn / np.sqrt(np.diag(mixture.covariance()))[:, None])
    plane = finite_array(onto, "onto", (D, 2))
    if np.linalg.matrix_rank(plane) < 2:
        raise InputError("onto has parallel columns: give two directions that span a plane.")
    return plane
