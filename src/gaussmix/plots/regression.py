"""The conditional distribution of a target given an input: its mean, bands of probability, and its density."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError, InputTypeError
from gaussmix.estimators import MixtureRegressor
from gaussmix.mixture import ConditionalMixtures, Mixture
from gaussmix.mixture.one_dimensional import as_probabilities
from gaussmix.plots.axes import (
    Canvas,
    add_colour_bar,
    font_size,
    note_columns,
    note_rows,
    padded,
    size_in_points,
    some_of,
)
from gaussmix.plots.grids import Grid, view_of
from gaussmix.plots.inputs import as_mixture, column_names, names_in, option, pick_columns
from gaussmix.plots.style import Style
from gaussmix.validation import as_count, as_rows_with_holes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["regression"]

_MOST_ROWS = 2_000
_POINTS = 200
"""Points of the curves."""
_TOP = 0.995
"""Share of the pixels below the darkest shade: beside a narrow band the rest would be white."""


def regression(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    columns: Any = None,
    target: int = 0,
    kind: str = "bands",
    probabilities: Any = (0.5, 0.9),
    pixels: int = 240,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the distribution of a target given one input: its mean with bands of probability, or its density.

    .. math:: E(y \mid x) = \sum_k r_k(x) \, (\mu_{ky} + B_k (x - \mu_{kx}))

    Other inputs are integrated out. A band of probability P lies between the quantiles (1 − P)/2 and (1 + P)/2.

    Parameters
    ----------
    model : fitted MixtureRegressor
        The regression to draw.
    X : (n, D) array or data frame, optional
        Inputs of rows to draw over it.
    y : (n,) or (n, q) array, optional
        Their targets.
    columns : int or str, default=0
        The input, by position or name.
    target : int, default=0
        The position of the target, of several.
    kind : "bands" or "image"
        Bands of probability, or an image of the conditional density p(y | x).
    probabilities : float or sequence of float, default=(0.5, 0.9)
        Probabilities of the bands.
    pixels : int
        Number of pixels of the image in each direction.
    ax : matplotlib Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    InputError
        If a column or the target is not known, rows have no targets, or a probability is out of range.
    InputTypeError
        If the model is no regression.

    References
    ----------
    Sung, H. G. (2004). Gaussian mixture regression and classification. PhD thesis, Rice University.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, MixtureRegressor, datasets, plots
    >>> faithful = datasets.load_faithful().data
    >>> model = MixtureRegressor(GaussianMixture(2, random_state=0)).fit(faithful[:, :1], faithful[:, 1])
    >>> ax = plots.regression(model, faithful[:, :1], faithful[:, 1])
    >>> ax = plots.regression(model, kind="image")
    """
    if not isinstance(model, MixtureRegressor):
        raise InputTypeError(f"model is of type {type(model).__name__}: give a fitted MixtureRegressor.")
    mixture, draw = as_mixture(model), option("kind", kind, _KINDS)
    D, q = model.n_features_in_, model.n_outputs_
    if not 0 <= as_count(target, "target", 0) < q:
        raise InputError(f"target is {target}, and the model has {q}: give a position from 0 to {q - 1}.")
    names = mixture.feature_names
    chosen = pick_columns(columns, D, None if names is None else names[:D], 1)
    both = [chosen[0], D + target]
    joint = mixture.marginal(both)
    rows = _rows(X, y, D, q, both)
    box = view_of(joint, rows, 3.0)
    box = box if rows is None else np.stack([padded(rows[:, 0], 0.03), box[1]])
    canvas = Canvas(ax)
    levels = np.sort(np.atleast_1d(as_probabilities(probabilities, "probabilities")))[::-1]
    grid = Grid.over(box[0], box[1], as_count(pixels, "pixels", 2))
    draw(canvas.ax, joint, grid, levels)
    own = [_name(X, chosen[0]), "target" if q == 1 else f"target {target}"]
    label = own if names is None else column_names(both, D + q, names)
    canvas.frame(box[0], box[1], label)
    note_columns(canvas.ax, columns, 1, D)
    if rows is not None:
        _draw_rows(canvas.ax, rows)
    canvas.ax.legend(loc="best", frameon=False, fontsize=font_size(0.9), labelcolor=canvas.style.foreground)
    return canvas.ax


def _name(X: Any, column: int) -> str:
    names = names_in(X)
    return f"input {column}" if names is None else names[column]


def _rows(X: Any, y: Any, D: int, q: int, both: list[int]) -> Floats | None:
    """Return the input and the target of complete rows, (m, 2)."""
    if X is None or y is None:
        if X is not None or y is not None:
            raise InputError("X and y are inputs and targets of the same rows: give both, or none.")
        return None
    inputs, _ = as_rows_with_holes(X, n_features=D, one_column=True)
    targets, _ = as_rows_with_holes(y, name="y", n_features=q, one_column=True)
    if len(inputs) != len(targets):
        raise InputError(
            f"X has {len(inputs):,} rows and y has {len(targets):,}: give the targets of the rows."
        )
    rows = np.hstack([inputs, targets])[:, both]
    return np.asarray(rows[~np.isnan(rows).any(axis=1)], dtype=np.float64)


def _draw_rows(ax: Axes, rows: Floats) -> None:
    shown = some_of(rows, _MOST_ROWS)
    note_rows(ax, len(shown), len(rows))
    style, (width, height) = Style.of(ax), size_in_points(ax)
    size = float(np.clip(0.05 * width * height / max(len(shown), 1), 2.0, 14.0))
    look: dict[str, Any] = {"color": style.soft, "edgecolors": [style.background], "alpha": 0.8}
    ax.scatter(shown[:, 0], shown[:, 1], s=size, linewidths=0.3, zorder=2.5, **look)


def _draw_mean(ax: Axes, grid: Grid, conditionals: ConditionalMixtures, colour: Any) -> None:
    x, mean = np.linspace(*grid.extent[:2], _POINTS), conditionals.mean()[:, 0]
    look: dict[str, Any] = {"color": colour, "linewidth": 2.0, "path_effects": Style.of(ax).halo()}
    ax.plot(x, mean, label="mean", zorder=3, **look)


def _conditionals(joint: Mixture, grid: Grid) -> ConditionalMixtures:
    return joint.conditionals([0], np.linspace(*grid.extent[:2], _POINTS)[:, None])


def _draw_bands(ax: Axes, joint: Mixture, grid: Grid, levels: Floats) -> None:
    style, conditionals = Style.of(ax), _conditionals(joint, grid)
    x = np.linspace(*grid.extent[:2], _POINTS)
    for number, level in enumerate(levels):
        low, high = conditionals.quantile([0.5 - 0.5 * level, 0.5 + 0.5 * level]).T
        strength = 0.12 + 0.16 * number / max(len(levels) - 1, 1)
        look: dict[str, Any] = {
            "color": [style.faded(strength)],
            "linewidth": 0.0,
            "label": f"{100 * level:g} %",
        }
        ax.fill_between(x, low, high, zorder=1 + 0.01 * number, **look)
    _draw_mean(ax, grid, conditionals, style.accent)


def _draw_image(ax: Axes, joint: Mixture, grid: Grid, levels: Floats) -> None:
    from matplotlib.colors import PowerNorm

    # Far from all rows both densities vanish, and their ratio does not.
    inputs = joint.marginal([0]).log_prob(grid.x[:, None])
    picture = np.exp(grid.picture(joint.log_prob(grid.rows())) - inputs)
    top = float(np.quantile(picture, _TOP))
    extend = "max" if float(picture.max()) > top else "neither"
    style: dict[str, Any] = {"origin": "lower", "extent": grid.extent, "aspect": "auto", "zorder": 0.6}
    image = ax.imshow(picture, cmap=Style.of(ax).density_map(), norm=PowerNorm(0.5, 0.0, top or 1.0), **style)
    add_colour_bar(ax, image, "conditional density", extend=extend)
    _draw_mean(ax, grid, _conditionals(joint, grid), Style.of(ax).second)


_KINDS = {"bands": _draw_bands, "image": _draw_image}
