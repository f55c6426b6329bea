"""The criteria of a selection: curves over the number of components, and a map of all models."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError, InputTypeError
from gaussmix.model_sweep import FittedModel, Stability, best_of
from gaussmix.model_sweep.dendrogram import dendrogram_of, largest_sound
from gaussmix.model_sweep.fitted import SIGNS, signs_in_words
from gaussmix.model_sweep.names import criterion_title
from gaussmix.plots.axes import (
    Canvas,
    add_colour_bar,
    dress,
    font_size,
    need_matplotlib,
    padded,
    size_in_points,
    whole_numbers,
)
from gaussmix.plots.dendrogram import dendrogram
from gaussmix.plots.legends import marker_of, name_beside
from gaussmix.plots.stability import stability
from gaussmix.plots.style import Style, readable_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["criterion_curves", "criterion_map", "selection"]

_SHOWN = 0.6
"""Curves are shown from the best value up to this quantile, at least: worse values would press the others together."""
_FAINTEST = 0.15
"""The place of the worst model in the colour map, between the background and the best model."""


def criterion_curves(
    selection: Any, criterion: str | None = None, *, mclust_sign: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw a criterion over the number of components, a curve for each family; a ring marks the best model.

    Curves are broken where a model is singular or degenerate. The axis ends where only poor models are left.

    Parameters
    ----------
    selection : Selection, fitted estimator with ``n_components="auto"``, or sequence of FittedModel
        The models.
    criterion : str, optional
        "bic", "aic", "icl" or another one of the models; that of the selection by default.
    mclust_sign : bool
        Whether to draw the negative of the criterion, which is mclust's: higher is better.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If no model has a value of the criterion.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), ["EEE", "VVV"], random_state=0)
    >>> ax = gaussmix.plots.criterion_curves(chosen)
    >>> ax.get_ylabel()
    'BIC (lower is better)'
    """
    models, criterion = _models_of(selection, criterion)
    counts, names, values = _values(models, criterion)
    canvas = Canvas(ax, (7.0, 4.6))
    sign = -1.0 if mclust_sign else 1.0
    colours = canvas.style.components(len(names))
    for f in range(len(names)):
        _draw_curve(canvas.ax, counts, sign * values[f], f, colours[f])
    best = best_of(models, criterion)
    assert best is not None
    _ring(canvas.ax, best.n_components, sign * best.value(criterion))
    finite = values[np.isfinite(values)]
    y = sign * padded(np.array([finite.min(), np.quantile(finite, _most(finite))]), 0.08)
    label = f"{criterion_title(criterion)} ({'higher' if mclust_sign else 'lower'} is better)"
    x = np.array([counts[0] - 0.4, counts[-1] + 0.4])
    canvas.frame(x, np.sort(y), ["number of components", label])
    whole_numbers(canvas.ax)
    if canvas.fresh:
        name_beside(canvas.ax, names, colours, line="solid")
        canvas.ax.set_title(
            f"best: {best.name}", loc="right", fontsize=font_size(0.9), color=canvas.style.muted
        )
    return canvas.ax


def _most(finite: Floats) -> float:
    """Return the quantile at the end of the axis: 1 if no value is far beyond the others."""
    low, middle, most, high = np.quantile(finite, [0.0, _SHOWN, _SHOWN + 0.25, 1.0])
    few = max(4.0 * (middle - low), 1.5 * (most - low), 1e-12)
    return 1.0 if high - low < few else _SHOWN + 0.25


def _draw_curve(ax: Axes, counts: Floats, values: Floats, position: int, colour: Floats) -> None:
    marker, larger = marker_of(position)
    dashes = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)))[position // 8 % 3]
    look: dict[str, Any] = {"marker": marker, "markersize": 4.5 * np.sqrt(larger), "markeredgewidth": 0.0}
    ax.plot(counts, values, color=colour, linewidth=1.3, linestyle=dashes, zorder=3, **look)


def _ring(ax: Axes, x: float, y: float) -> None:
    style = Style.of(ax)
    ax.scatter([x], [y], s=130, facecolor="none", edgecolor=style.foreground, linewidth=1.4, zorder=4)


def criterion_map(selection: Any, criterion: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw a criterion of all models as a map, families by numbers of components; a frame marks the best model.

    Colours show the difference from the best value on a logarithmic scale; models within 10 of it show the difference
    as a number. Models without a sound fit are left empty, with a letter that the line below explains.

    Parameters
    ----------
    selection : Selection, fitted estimator with ``n_components="auto"``, or sequence of FittedModel
        The models.
    criterion : str, optional
        "bic", "aic", "icl" or another one of the models; that of the selection by default.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If no model has a value of the criterion.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), ["EEE", "VVV"], random_state=0)
    >>> ax = gaussmix.plots.criterion_map(chosen)
    >>> ax.get_xlabel()
    'number of components'
    """
    models, criterion = _models_of(selection, criterion)
    counts, names, values = _values(models, criterion)
    canvas = Canvas(ax, (0.42 * len(counts) + 3.2, 0.3 * len(names) + 1.2))
    above = values - np.nanmin(values)
    drawn = _draw_cells(canvas.ax, above)
    add_colour_bar(canvas.ax, drawn, f"{criterion_title(criterion)} above the best", ticks=_ticks(above))
    _number_cells(canvas.ax, models, counts, names, above, drawn.to_rgba(above))
    best = np.unravel_index(np.nanargmin(values), values.shape)
    _frame_cell(canvas.ax, int(best[1]), int(best[0]))
    canvas.frame(
        np.array([-0.5, len(counts) - 0.5]), np.array([-0.5, len(names) - 0.5]), ["number of components", ""]
    )
    canvas.ax.set_xticks(range(len(counts)), labels=[str(int(K)) for K in counts])
    size = min(font_size(0.9), 0.8 * size_in_points(canvas.ax)[1] / len(names))
    canvas.ax.set_yticks(range(len(names)), labels=names, fontsize=size)
    canvas.ax.invert_yaxis()
    canvas.ax.tick_params(length=0)
    for spine in canvas.ax.spines.values():
        spine.set_visible(False)
    _explain_signs(canvas.ax, models)
    return canvas.ax


def _draw_cells(ax: Axes, above: Floats) -> Any:
    """Draw the models as the cells of a heat map, the best ones darkest."""
    from matplotlib.colors import FuncNorm, ListedColormap

    style = Style.of(ax)
    # The worst model keeps a colour of its own: that of the background is for models without a sound fit.
    colours = ListedColormap(style.density_map()(np.linspace(1.0, _FAINTEST, 256)))
    drawn = ax.pcolormesh(
        np.arange(above.shape[1] + 1) - 0.5,
        np.arange(above.shape[0] + 1) - 0.5,
        np.ma.masked_invalid(above),
        cmap=colours,
        norm=FuncNorm((np.log1p, np.expm1), 0.0, max(float(np.nanmax(above)), 1.0)),
        edgecolor=tuple(style.background),
        linewidth=1.5,
    )
    drawn.set_rasterized(False)
    return drawn


def _ticks(above: Floats) -> list[float]:
    """Return 0 and the powers of ten up to the largest difference, without 1 if there are others."""
    largest = int(np.log10(max(float(np.nanmax(above)), 1.0)))
    return [0.0, *(10.0**power for power in range(min(1, largest), largest + 1))]


def _explain_signs(ax: Axes, models: list[FittedModel]) -> None:
    """Write the legend of the statuses below the axes."""
    words = signs_in_words(models)
    look: dict[str, Any] = {"ha": "center", "va": "top", "annotation_clip": False}
    look |= {"fontsize": font_size(0.8), "color": Style.around(ax).muted, "textcoords": "offset points"}
    if words:
        text = textwrap.fill(words, 36)
        ax.annotate(text, (0.5, 0.0), xycoords=ax.xaxis.label, xytext=(0, -4), **look)


def _number_cells(
    ax: Axes, models: list[FittedModel], counts: Floats, names: list[str], above: Floats, colours: Any
) -> None:
    """Write the difference into the cells near the best, and the status into empty ones."""
    muted = Style.of(ax).muted
    places = {(model.family_name, model.n_components): model for model in models}
    size = min(font_size(0.8), 0.8 * size_in_points(ax)[1] / len(names))
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size}
    for f, name in enumerate(names):
        for k, K in enumerate(counts):
            model = places.get((name, int(K)))
            if model is None:
                continue
            if not np.isfinite(above[f, k]):
                ax.text(k, f, SIGNS.get(model.status, ""), color=muted, **look)
            elif above[f, k] <= 10.0:
                text = "0" if above[f, k] == 0 else f"{above[f, k]:.1f}"
                ax.text(k, f, text, color=tuple(readable_on(np.array(colours[f, k][:3]))), **look)


def _frame_cell(ax: Axes, x: int, y: int) -> None:
    from matplotlib.patches import Rectangle

    edge = tuple(Style.of(ax).foreground)
    ax.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=edge, linewidth=1.8, zorder=4))


def selection(model: Any, criterion: str | None = None, *, mclust_sign: bool = False) -> Figure:
    """Draw a selection: the curves of its criterion, and the map of all models.

    For "instability" of one family, the stability with its spread takes the place of both; for "dendrogram", the tree
    of mergers takes that of the map.

    Parameters
    ----------
    model : Selection, fitted estimator with ``n_components="auto"``, or sequence of FittedModel
        The models.
    criterion : str, optional
        "bic", "aic", "icl" or another one of the models; that of the selection by default.
    mclust_sign : bool
        Whether the curves have mclust's sign: higher is better.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    InputError
        If no model has a value of the criterion.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), ["EEE", "VVV"], random_state=0)
    >>> figure = gaussmix.plots.selection(chosen)
    >>> figure.axes[0].get_ylabel()
    'BIC (lower is better)'
    """
    need_matplotlib()
    import matplotlib.pyplot as plt

    models, name = _models_of(model, criterion)
    whole = _OF_ONE_FAMILY.get(name)
    if whole is not None and len({each.family for each in models}) == 1:
        return whole(models)
    width = 0.36 * len({each.n_components for each in models}) + 2.1
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(6.6 + width, 4.6), layout="constrained", width_ratios=[6.0, width]
    )
    for ax in (left, right):
        dress(ax)
    criterion_curves(model, criterion, mclust_sign=mclust_sign, ax=left)
    criterion_map(model, criterion, ax=right)
    return figure


def _stability(models: list[FittedModel]) -> Figure:
    figure = stability(Stability.of(models)).get_figure(root=True)
    assert figure is not None
    return figure


def _dendrogram(models: list[FittedModel]) -> Figure:
    import matplotlib.pyplot as plt

    largest, best = largest_sound(models), best_of(models, "dendrogram")
    assert largest is not None
    assert largest.mixture is not None
    assert best is not None
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.6), layout="constrained")
    for ax in (left, right):
        dress(ax)
    dendrogram(dendrogram_of(largest.mixture, best.n_components), ax=left)
    criterion_curves(models, "dendrogram", ax=right)
    return figure


_OF_ONE_FAMILY = {"dendrogram": _dendrogram, "instability": _stability}
"""Figures of a criterion for one family."""


def _models_of(selection: Any, criterion: str | None) -> tuple[list[FittedModel], str]:
    """Return the models of a selection, and the criterion to draw."""
    held = getattr(selection, "models", getattr(selection, "candidates_", selection))
    if not isinstance(held, (list, tuple)) or not all(isinstance(model, FittedModel) for model in held):
        raise InputTypeError(
            f"selection is of type {type(selection).__name__}: give the result of gaussmix.select, or an estimator "
            'fitted with n_components="auto".'
        )
    name = str(criterion or getattr(selection, "criterion", "bic"))
    if best_of(held, name) is None:
        raise InputError(f"no sound model has a value of {name!r}: give another criterion.")
    return list(held), name


def _values(models: list[FittedModel], criterion: str) -> tuple[Floats, list[str], Floats]:
    """Return numbers of components, names of families, and the values of the sound models (families, counts)."""
    counts = sorted({model.n_components for model in models})
    names = list(dict.fromkeys(model.family_name for model in models))
    values = np.full((len(names), len(counts)), np.nan)
    for model in models:
        if model.sound:
            value = model.value(criterion)
            values[names.index(model.family_name), counts.index(model.n_components)] = value
    return np.array(counts, dtype=np.float64), names, values
