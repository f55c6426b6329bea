"""Components as ellipses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import Canvas, note_columns
from gaussmix.plots.colours import line_style
from gaussmix.plots.inputs import as_mixture, column_names, marginal_of, pick_columns
from gaussmix.plots.style import Style, readable_on

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Ellipses", "ellipse_points", "ellipses", "radii_of"]


def ellipses(
    mixture: Any,
    *,
    columns: Any = None,
    sigmas: float | Sequence[float] | None = None,
    scale: float | Sequence[float] | None = None,
    content: float | Sequence[float] | None = None,
    means: bool = True,
    numbers: bool = True,
    fill: bool = True,
    colors: Any = None,
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the ellipses of the components, with their means and numbers.

    .. math:: (x - \mu_k)^T \Sigma_k^{-1} (x - \mu_k) = r^2

    The size is given as r (`sigmas`), as r² (`scale`), or as the probability of the ellipse under its component
    (`content`, 1 − exp(−r²/2)). By default r = 2, which contains 86 %.

    Parameters
    ----------
    mixture : Mixture or fitted estimator
        The mixture to draw, in two columns or more.
    columns : pair of int or str, default=(0, 1)
        The columns to draw, by position or name.
    sigmas : float or sequence of float, optional
        Size r in standard deviations: 1 is one standard deviation in each direction.
    scale : float or sequence of float, optional
        The multiple of Σ whose unit ellipse is drawn, :math:`(x - \mu)^T (s\Sigma)^{-1} (x - \mu) = 1`.
    content : float or sequence of float, optional
        Probability of the ellipse, between 0 and 1.
    means, numbers : bool
        Whether to mark the means, and to write the number of the component, from 0.
    fill : bool
        Whether to fill the ellipses lightly, more for components of larger weight.
    colors : (K, 3) array or one colour, optional
        The colours of the components; those of :func:`palette` by default.
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
        If the mixture has one column, a column is not known, or a size is not positive.

    Examples
    --------
    >>> from gaussmix import datasets, plots
    >>> mixture = datasets.random_mixture(3, 2, random_state=0)
    >>> ax = plots.ellipses(mixture, sigmas=[1, 2], fill=False)
    >>> len(ax.patches)
    6
    """
    whole = as_mixture(mixture)
    chosen = pick_columns(columns, whole.n_features, whole.feature_names, 2)
    radii = radii_of(sigmas, scale, content)
    canvas = Canvas(ax)
    drawn = Ellipses(
        canvas.ax,
        marginal_of(whole, chosen),
        radii,
        means=means,
        numbers=numbers,
        fill=fill,
        colours=None if colors is None else _as_colours(colors, whole.n_components),
    )
    low, high = drawn.box()
    room = 0.06 * np.where(high > low, high - low, 1.0)
    names = column_names(chosen, whole.n_features, whole.feature_names)
    x, y = np.stack([low - room, high + room], axis=1)
    canvas.frame(x, y, names, equal)
    note_columns(canvas.ax, columns, 2, whole.n_features)
    return canvas.ax


def _as_colours(colors: Any, count: int) -> Floats:
    """Return a colour for each component as (K, 3)."""
    from matplotlib.colors import is_color_like, to_rgb, to_rgba_array

    if is_color_like(colors):
        return np.tile(to_rgb(colors), (count, 1))
    try:
        found = to_rgba_array(colors)[:, :3]
    except ValueError:
        raise InputError(
            f"colors is {colors!r}: give a colour of matplotlib's, or {count} of them."
        ) from None
    if len(found) != count:
        raise InputError(f"colors are {len(found)} colours for {count} components: give one for each.")
    return np.asarray(found, dtype=np.float64)


def radii_of(sigmas: Any = None, scale: Any = None, content: Any = None) -> list[float]:
    """Return the Mahalanobis radii r, descending, from standard deviations, a scale, or a probability content."""
    given = {"sigmas": sigmas, "scale": scale, "content": content}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} are given together: give one size of the ellipses.")
    name = named[0] if named else "sigmas"
    values = [float(v) for v in np.atleast_1d(2.0 if not named else given[name])]
    for value in values:
        if not 0 < value < (1 if name == "content" else math.inf):
            wanted = "a probability between 0 and 1" if name == "content" else "a positive number"
            raise InputError(f"{name} is {value:g}: give {wanted}.")
    return sorted((_RADIUS[name](value) for value in values), reverse=True)


_RADIUS: dict[str, Callable[[float], float]] = {
    "sigmas": lambda value: value,
    "scale": math.sqrt,
    # In two columns the squared radius has the exponential distribution with mean 2.
    "content": lambda value: math.sqrt(-2.0 * math.log1p(-value)),
}


def ellipse_points(mean: Floats, covariance: Floats, radius: float, count: int = 145) -> Floats:
    """Return points (count, 2) of the ellipse (x − μ)ᵀ Σ⁻¹ (x − μ) = radius², the first again at the end.

    Examples
    --------
    >>> import numpy as np
    >>> points = ellipse_points(np.zeros(2), np.diag([4.0, 1.0]), radius=1.0)
    >>> np.abs(points).max(axis=0).round(6).tolist()
    [2.0, 1.0]
    """
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    angle = np.linspace(0.0, 2.0 * np.pi, count)
    points = mean + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1) @ root.T
    points[-1] = points[0]
    return np.asarray(points)


class Ellipses:
    """The ellipses, means and numbers of a mixture in two columns, movable to another mixture.

    Parameters
    ----------
    mixture : Mixture
        In two columns.
    radii : list of float
        Mahalanobis radii, descending.
    means, numbers, fill : bool
        Whether to draw means, numbers and fillings.
    colours : (K, 3) array, optional
        The colours of the components; by default those of the style.
    """

    def __init__(
        self,
        ax: Axes,
        mixture: Mixture,
        radii: list[float],
        *,
        means: bool,
        numbers: bool,
        fill: bool,
        colours: Floats | None = None,
    ) -> None:
        self._ax, self._radii, self._colours = ax, radii, colours
        self._style = {"mean": means, "number": numbers, "fill": fill}
        self.components: list[_Component] = []
        self.move(mixture)

    def move(self, mixture: Mixture) -> None:
        """Move everything to another mixture; draw new artists if its number of components differs."""
        if mixture.n_components != len(self.components):
            for component in self.components:
                component.remove()
            own = Style.of(self._ax).components(mixture.n_components)
            colours = own if self._colours is None else self._colours
            self.components = [
                _Component(self._ax, k, c, self._radii, **self._style) for k, c in enumerate(colours)
            ]
        dense = mixture.covariances.dense()
        for component, weight, mean, covariance in zip(
            self.components, mixture.weights, mixture.means, dense, strict=True
        ):
            component.move(float(weight), mean, covariance)

    @property
    def artists(self) -> list[Artist]:
        """The artists that change with the mixture."""
        return [artist for component in self.components for artist in component.artists]

    def box(self) -> tuple[Floats, Floats]:
        """Return the lower left and the upper right corner of the ellipses, (2,) each."""
        points = np.concatenate([ring.get_xy() for component in self.components for ring in component.rings])
        return points.min(axis=0), points.max(axis=0)


class _Component:
    """One component: its rings, the outermost lightly filled, and its mean as a numbered disc."""

    def __init__(
        self, ax: Axes, k: int, colour: Floats, radii: list[float], *, mean: bool, number: bool, fill: bool
    ) -> None:
        from matplotlib.patches import Polygon

        self._radii, self._colour, self._paper = radii, colour, Style.of(ax)
        nowhere = np.zeros((2, 2))
        line: dict[str, Any] = {"fill": False, "edgecolor": colour, "linestyle": line_style(k), "zorder": 4}
        line["path_effects"] = self._paper.halo(3.4, 0.75)
        # The innermost line is the strongest.
        widths = [1.8 if radius == radii[-1] else 1.1 for radius in radii]
        self.rings = [Polygon(nowhere, linewidth=width, **line) for width in widths]
        self._face = Polygon(nowhere, linewidth=0, zorder=3) if fill else None
        for patch in [*self.rings, *([] if self._face is None else [self._face])]:
            ax.add_patch(patch)
        self._marks = self._draw_mean(ax, k, number) if mean else []

    def _draw_mean(self, ax: Axes, k: int, number: bool) -> list[Any]:
        colour, order = self._colour, 6 + 0.01 * k
        if not number:
            style: dict[str, Any] = {"marker": "+", "markersize": 8, "markeredgewidth": 2.0, "color": colour}
            return ax.plot(
                [], [], linestyle="none", zorder=order, path_effects=self._paper.halo(4.0), **style
            )
        style = {"marker": "o", "markersize": 12 if k < 10 else 14, "color": colour}
        style |= {"markeredgecolor": self._paper.background, "markeredgewidth": 1.2}
        disc = ax.plot([], [], linestyle="none", zorder=order, **style)
        return [*disc, ax.text(0.0, 0.0, str(k), **_number_style(colour), zorder=order + 0.005)]

    def move(self, weight: float, mean: Floats, covariance: Floats) -> None:
        """Move to other parameters; the heavier the component, the stronger its filling."""
        for ring, radius in zip(self.rings, self._radii, strict=True):
            ring.set_xy(ellipse_points(mean, covariance, radius))
        if self._face is not None:
            self._face.set_xy(self.rings[0].get_xy())
            self._face.set_facecolor((*self._colour, 0.07 + 0.23 * weight))
        for disc in self._marks[:1]:
            disc.set_data(mean[:1], mean[1:])
        for text in self._marks[1:]:
            text.set_position((float(mean[0]), float(mean[1])))

    @property
    def artists(self) -> list[Artist]:
        """The artists of the component."""
        return [*self.rings, *self._marks, *([] if self._face is None else [self._face])]

    def remove(self) -> None:
        """Take everything off the axes."""
        for artist in self.artists:
            artist.remove()


def _number_style(colour: Floats) -> dict[str, Any]:
    """Return the style of a number on a disc of a colour."""
    return {
        "color": readable_on(colour),
        "ha": "center",
        "va": "center_baseline",
        "fontsize": 8,
        "fontweight": "bold",
        "clip_on": True,
    }
