"""The distributions of replicates of parameters, and of likelihood ratios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.errors import InputError, InputTypeError
from gaussmix.inference import LikelihoodRatio, LikelihoodRatioTest, ParameterArrays, ResampledEstimates
from gaussmix.plots.axes import Canvas, columns_drawn, font_size, need_matplotlib, note_on_figure, padded
from gaussmix.plots.inputs import column_names, option
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name, fitted
from gaussmix.validation import as_columns

__all__ = ["intervals", "likelihood_ratios"]


def intervals(
    resampled: Any, *, parameter: str = "means", level: float = 0.95, columns: Any = None
) -> NDArray[Any]:
    """Draw the distribution of the replicates of each parameter, with its estimate and confidence interval.

    Parameters
    ----------
    resampled : ResampledEstimates
        The result of :func:`gaussmix.inference.bootstrap` or :func:`gaussmix.inference.jackknife`.
    parameter : "weights", "means" or "variances"
        What to draw: a line of panels for each component, and for means and variances a panel for each column.
        Variances that components or columns share are drawn once.
    level : float
        The probability of the intervals.
    columns : sequence of int or str, optional
        The columns to draw, by position or name; the first 6 by default, as a note says if there are more.

    Returns
    -------
    (K, m) array of matplotlib Axes
        The panels; the figure is ``axes[0, 0].figure``.

    Raises
    ------
    InputError
        If the parameter or a column is not known.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import inference, plots
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(2, random_state=0).fit(X)
    >>> resampled = inference.bootstrap(model, X, n_replicates=100, random_state=0)
    >>> plots.intervals(resampled).shape
    (2, 2)
    """
    if not isinstance(resampled, ResampledEstimates):
        raise InputTypeError(
            "a plot of intervals needs the result of inference.bootstrap, and this is of type "
            f"{type(resampled).__name__}."
        )
    need_matplotlib()
    import matplotlib.pyplot as plt

    parts = option("parameter", parameter, _PARAMETERS)(resampled, columns)
    names = ["all"] if parts[0].shared else [str(k) for k in range(resampled.mixture.n_components)]
    if parameter == "weights" and resampled.mixture.uniform is not None:
        names.append("noise")
    interval = resampled.intervals(level)
    K, m = len(names), len(parts)
    size = (max(5.0, 1.0 + 2.9 * m), 0.7 + K * (1.25 if K <= _MANY else 0.8))
    axes = plt.subplots(K, m, figsize=size, layout="constrained", squeeze=False)[1]
    colours = (
        [None] if parts[0].shared else [*Style.of(axes[0, 0]).components(resampled.mixture.n_components)]
    )
    for d, part in enumerate(parts):
        numbers = [
            part.of(each)
            for each in (resampled.replicates, resampled.estimates, interval.lower, interval.upper)
        ]
        for k in range(K):
            _draw_cell(
                Canvas(axes[k, d]),
                [number[..., k] for number in numbers],
                colours[k] if k < len(colours) else None,
            )
    _label(axes, names, parts)
    if columns is None and 1 < m < resampled.mixture.n_features:
        note_on_figure(axes, [columns_drawn(m, resampled.mixture.n_features)])
    return axes


def _label(axes: NDArray[Any], names: list[str], parts: list[_Part]) -> None:
    """Label the rows of panels by component and the columns by parameter."""
    for ax, name in zip(axes[:, 0], names, strict=True):
        ax.set_ylabel(name, rotation=0, ha="right", va="center", fontweight="bold")
    for ax, part in zip(axes[-1], parts, strict=True):
        as_name(ax.set_xlabel(fitted(part.title, 200.0, font_size(1.0))))
    if not parts[0].shared:
        ink = Style.around(axes[0, 0]).foreground
        axes[0, 0].figure.supylabel("component", fontsize=font_size(1.0), color=ink)


_MANY = 8
_MOST_COLUMNS = 6


@dataclass(frozen=True)
class _Part:
    """Numbers of one kind about each component.

    Parameters
    ----------
    of : callable
        From all parameters to those of this part, (…, K), or (…, 1) where the components share one.
    shared : bool
        Whether the components share one.
    """

    title: str
    of: Callable[[ParameterArrays], Floats]
    shared: bool = False


def _draw_cell(canvas: Canvas, numbers: list[Floats], colour: Any) -> None:
    """Draw the replicates as a histogram, and the interval and the estimate below it."""
    replicates, estimate, lower, upper = numbers
    look, ax = canvas.style, canvas.ax
    seen = np.array([*replicates, estimate, lower, upper])
    canvas.frame(padded(seen), np.array([-0.45, 1.08]))
    heights, edges = np.histogram(replicates, bins=_bins(replicates))
    own = look.faded(0.5) if colour is None else colour
    ax.stairs(heights / heights.max(), edges, fill=True, color=own, alpha=0.45, zorder=2)
    ax.plot(
        [lower, upper], [-0.22] * 2, color=look.foreground, linewidth=2.2, solid_capstyle="butt", zorder=3
    )
    ax.plot(estimate, -0.22, "o", color=look.foreground, markersize=5.5, zorder=4)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.locator_params(nbins=5, axis="x")


def _bins(values: Floats) -> Any:
    if np.ptp(values) == 0:
        return padded(values, 0.5)
    return np.linspace(values.min(), values.max(), int(np.clip(np.sqrt(len(values)), 6, 40)) + 1)


def _weights(resampled: ResampledEstimates, columns: Any) -> list[_Part]:
    if columns is not None:
        raise InputError("columns is given, but weights have no columns: leave it out.")
    if resampled.mixture.uniform is None:
        return [_Part("weight", lambda part: part.weights)]
    return [
        _Part(
            "weight",
            lambda part: np.append(part.weights, np.asarray(part.uniform_weight)[..., None], axis=-1),
        )
    ]


def _means(resampled: ResampledEstimates, columns: Any) -> list[_Part]:
    return [
        _Part(f"mean of {title}", lambda part, d=d: part.means[..., d])  # type: ignore[misc]
        for d, title in _titled(resampled, columns)
    ]


def _variances(resampled: ResampledEstimates, columns: Any) -> list[_Part]:
    # Which axes are components and columns is seen from the shape for other numbers of them.
    shape = resampled.mixture.family.shape(7, 11)
    shared, of_columns = 7 not in shape, shape.count(11)
    chosen = _titled(resampled, columns) if of_columns else [(0, "all columns")]

    def variances(part: ParameterArrays, d: int) -> Floats:
        at: Any = (..., *([d] * of_columns))
        found: Floats = np.asarray(part.covariances)[at]
        return found[..., None] if shared else found

    return [
        _Part(f"variance of {title}", lambda part, d=d: variances(part, d), shared)  # type: ignore[misc]
        for d, title in chosen
    ]


def _titled(resampled: ResampledEstimates, columns: Any) -> list[tuple[int, str]]:
    mixture = resampled.mixture
    D = mixture.n_features
    chosen = list(range(min(D, _MOST_COLUMNS)))
    if columns is not None:
        chosen = as_columns(columns, D, mixture.feature_names)
    return list(zip(chosen, column_names(chosen, D, mixture.feature_names), strict=True))


_PARAMETERS = {"weights": _weights, "means": _means, "variances": _variances}


def likelihood_ratios(test: Any) -> NDArray[Any]:
    """Draw the likelihood ratio of each test beside the distribution of its replicates.

    Parameters
    ----------
    test : LikelihoodRatioTest
        The result of :func:`gaussmix.inference.likelihood_ratio_test`.

    Returns
    -------
    array of matplotlib Axes
        A panel for each test; the figure is ``axes[0].figure``.

    Raises
    ------
    InputTypeError
        If the object is no test.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, inference, plots
    >>> X = datasets.load_faithful().data
    >>> test = inference.likelihood_ratio_test(
    ...     GaussianMixture(), X, max_components=2, n_replicates=19, random_state=0
    ... )
    >>> len(plots.likelihood_ratios(test))
    1
    """
    if not isinstance(test, LikelihoodRatioTest):
        raise InputTypeError(
            "a plot of likelihood ratios needs the result of inference.likelihood_ratio_test, and this is a "
            f"{type(test).__name__}."
        )
    need_matplotlib()
    import matplotlib.pyplot as plt

    count = len(test.tests)
    width = min(3, count)
    lines = -(-count // width)
    size = (max(5.5, 3.9 * width), 3.4 * lines)
    axes = np.ravel(plt.subplots(lines, width, figsize=size, layout="constrained", squeeze=False)[1])
    for ax, each in zip(axes, test.tests, strict=False):
        _draw_test(Canvas(ax), each)
    for ax in axes[count:]:
        ax.remove()
    return axes[:count]


def _draw_test(canvas: Canvas, test: LikelihoodRatio) -> None:
    look, values = canvas.style, test.replicates
    limits = padded(np.array([0.0, test.statistic, *values]), 0.04)
    heights, edges = np.histogram(values, bins=_bins(values)) if len(values) else (np.ones(1), np.zeros(2))
    top = float(heights.max()) * 1.45
    canvas.frame(limits, np.array([0.0, top]), ["2 log likelihood ratio", "replicates"])
    canvas.ax.stairs(heights, edges, fill=True, color=look.faded(0.3), zorder=2)
    canvas.ax.plot([test.statistic] * 2, [0.0, 0.97 * top], color=look.accent, linewidth=2.0, zorder=3)
    right = test.statistic < 0.5 * limits.sum()
    style: dict[str, Any] = {
        "textcoords": "offset points",
        "va": "top",
        "zorder": 4,
        "fontsize": font_size(0.9),
    }
    style |= {"color": look.written(look.accent), "ha": "left" if right else "right"}
    canvas.ax.annotate(
        f"{test.statistic:.1f}\np = {test.p_value:.3g}",
        (test.statistic, 0.97 * top),
        xytext=(5 if right else -5, 0),
        path_effects=look.halo(3.5, 0.95),
        **style,
    )
    K = test.n_components
    title = f"{K} against {K + 1} components"
    canvas.ax.set_title(title, loc="left", fontsize=font_size(1.0), color=Style.around(canvas.ax).foreground)
