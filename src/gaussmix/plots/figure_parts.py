"""The figure of LivePlot and animate: fixed data, a changing mixture, and the log-likelihood below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from gaussmix._types import Floats, Rows
from gaussmix.errors import InputError
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import (
    Canvas,
    dress,
    font_size,
    note_columns,
    padded,
    rising_limits,
    room_of_offset,
    some_of,
    whole_numbers,
)
from gaussmix.plots.colours import line_style
from gaussmix.plots.density_1d import draw_histogram, highest_bar
from gaussmix.plots.ellipses import Ellipses, ellipse_points
from gaussmix.plots.grids import smoothed
from gaussmix.plots.inputs import (
    column_names,
    completed,
    is_one,
    marginal_of,
    names_in,
    observed_range,
    pick_columns,
)
from gaussmix.plots.marks import draw_points, hollow, size_of_marks
from gaussmix.plots.style import Style
from gaussmix.plots.tints import plain
from gaussmix.validation import as_rows_with_holes

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FitFigure", "View"]


_MOST_HOLED = 5_000
"""Largest number of rows with a missing value to draw; of more, a random sample."""
_MOST_ROOM = 0.3
"""Largest margin around the rows for wide ellipses, as a fraction of the range of the rows."""


@dataclass(frozen=True)
class View:
    """The columns to draw and the size of the ellipses.

    Parameters
    ----------
    columns : pair of int or str, or one, optional
        The columns; the first two by default, the only one if D is 1.
    radii : list of float
        Mahalanobis radii of the ellipses, descending.
    equal : bool
        Whether both axes have the same scale.
    names : tuple of str, optional
        Names of the D columns, if the data have none.
    """

    columns: Any
    radii: list[float]
    equal: bool = False
    names: tuple[str, ...] | None = None


class _MixturePanel(Protocol):
    def show(self, mixture: Mixture) -> None:
        """Move to a mixture."""
        ...

    def extend_limits(self, mixture: Mixture) -> None:
        """Widen the limits for a mixture."""
        ...

    @property
    def artists(self) -> list[Artist]:
        """The changing artists."""
        ...


class _EllipsePanel:
    """Points of two columns, drawn once, and the ellipses of the current mixture.

    Rows with a missing value are rings at their conditional means given the current mixture.
    """

    def __init__(self, ax: Axes, rows: Rows, chosen: list[int], names: list[str], view: View) -> None:
        self._canvas, self._radii, self._chosen = Canvas(ax), view.radii, chosen
        self._ellipses: Ellipses | None = None
        shown = rows[:, chosen]
        holed = np.isnan(shown).any(axis=1)
        self._box = np.array([observed_range(column) for column in shown.T])
        self._canvas.frame(padded(self._box[0], 0.08), padded(self._box[1], 0.08), names, view.equal)
        draw_points(ax, shown[~holed], plain(shown, 0.4))
        self._holed = some_of(rows[holed], _MOST_HOLED)
        # Before the first mixture, nothing places a row with a missing value.
        nowhere = np.full((len(self._holed), 2), np.nan)
        self._rings = hollow(ax, nowhere, Style.of(ax).faded(0.4), size_of_marks(ax, len(rows)))

    def show(self, mixture: Mixture) -> None:
        """Move the ellipses and the rows with a missing value to a mixture."""
        shown = marginal_of(mixture, self._chosen)
        if self._ellipses is None:
            ax = self._canvas.ax
            self._ellipses = Ellipses(ax, shown, self._radii, means=True, numbers=True, fill=True)
        else:
            self._ellipses.move(shown)
        self._rings.set_offsets(self._placed(mixture))

    def _placed(self, mixture: Mixture) -> Rows:
        """Return the rows with a missing value at their conditional means."""
        return completed(mixture, self._holed)[:, self._chosen]

    def extend_limits(self, mixture: Mixture) -> None:
        """Widen the limits where an ellipse or a row would be cut, up to a margin around the rows."""
        shown = marginal_of(mixture, self._chosen)
        rings = [
            ellipse_points(mean, covariance, self._radii[0])
            for mean, covariance in zip(shown.means, shown.covariances.dense(), strict=True)
        ]
        reached, ax = np.concatenate([*rings, self._placed(mixture)]), self._canvas.ax
        for name, values, rows in zip("xy", reached.T, self._box, strict=True):
            low, high = padded(rows, _MOST_ROOM)
            now = getattr(ax, f"get_{name}lim")()
            room = min(now[0], max(low, values.min())), max(now[1], min(high, values.max()))
            ax.set(**{f"{name}lim": room})

    @property
    def artists(self) -> list[Artist]:
        """The rings, ellipses, means and numbers."""
        return [self._rings, *([] if self._ellipses is None else self._ellipses.artists)]


class _CurvePanel:
    """A histogram of the values of one column, drawn once, and the density of the current mixture."""

    def __init__(self, ax: Axes, rows: Rows, chosen: list[int], names: list[str]) -> None:
        self._canvas, self._chosen = Canvas(ax), chosen
        values = rows[:, chosen[0]]
        values = values[~np.isnan(values)]
        limits = padded(observed_range(values), 0.08)
        draw_histogram(ax, values, limits)
        self._x = np.linspace(limits[0], limits[1], 500)
        self._pixel = float(self._x[1] - self._x[0])
        self._canvas.frame(limits, np.array([0.0, 1.25 * highest_bar(ax)]), [*names, "density"])
        self._curves: list[Any] = []

    def show(self, mixture: Mixture) -> None:
        """Move the curves to a mixture."""
        joint = smoothed(marginal_of(mixture, self._chosen), (self._pixel,)).joint(self._x)
        values = [*joint.T, joint.sum(axis=1)]
        if len(values) != len(self._curves):
            for curve in self._curves:
                curve.remove()
            self._curves = self._new_curves(len(values))
        for curve, value in zip(self._curves, values, strict=True):
            curve.set_data(self._x, value)

    def extend_limits(self, mixture: Mixture) -> None:
        """Raise the upper limit where the density would be cut."""
        shown = marginal_of(mixture, self._chosen)
        ax, total = self._canvas.ax, smoothed(shown, (self._pixel,)).pdf(self._x)
        ax.set_ylim(0.0, max(ax.get_ylim()[1], 1.05 * float(total.max())))

    @property
    def artists(self) -> list[Artist]:
        """The curves."""
        return list(self._curves)

    def _new_curves(self, count: int) -> list[Any]:
        ax = self._canvas.ax
        style = Style.of(ax)
        colours = style.components(count - 1)
        curves = [
            # Seen beside the sum, which lies over a component that stands alone.
            ax.plot([], [], color=colour, linewidth=3.0, linestyle=line_style(k), zorder=3)[0]
            for k, colour in enumerate(colours)
        ]
        return [*curves, ax.plot([], [], color=style.foreground, linewidth=1.0, zorder=4)[0]]


class FitFigure:
    """The figure of a fit in progress.

    Parameters
    ----------
    figure : matplotlib Figure
        Empty.
    X : (n, D) array or data frame
    """

    def __init__(self, figure: Figure, X: Any, view: View) -> None:
        rows, names = as_rows_with_holes(X, one_column=True)[0], names_in(X) or view.names
        D = rows.shape[1]
        if names is not None and len(names) != D:
            raise InputError(f"feature_names has {len(names)} names for {D} columns: give one for each.")
        one = is_one(view.columns, D)
        chosen = pick_columns(view.columns, D, names, 1 if one else 2)
        self.figure = figure
        grid = figure.add_gridspec(2, 1, height_ratios=(4.2, 1.0))
        self.ax, self.trace_ax = figure.add_subplot(grid[0]), figure.add_subplot(grid[1])
        labels = column_names(chosen, D, names)
        self._panel: _MixturePanel = (
            _CurvePanel(self.ax, rows, chosen, labels)
            if one
            else _EllipsePanel(self.ax, rows, chosen, labels, view)
        )
        note_columns(self.ax, view.columns, len(chosen), D)
        self._style_trace()

    def _style_trace(self) -> None:
        dress(self.trace_ax)
        blue = Style.of(self.trace_ax).accent
        (self._curve,) = self.trace_ax.plot([], [], color=blue, linewidth=1.5)
        (self._now,) = self.trace_ax.plot([], [], color=blue, marker="o", markersize=5, linestyle="none")
        self.trace_ax.set_xlabel("iteration")
        self.trace_ax.set_ylabel("mean log-lik.", fontsize=font_size(0.9))
        whole_numbers(self.trace_ax)
        self.trace_ax.locator_params(axis="y", nbins=3)
        self.trace_ax.ticklabel_format(axis="y", useOffset=False)
        # With a given height, matplotlib does not compute it at each draw.
        pad = 6.0 + room_of_offset(self.ax.yaxis)
        self._title = self.ax.set_title(" ", loc="left", y=1.0, pad=pad, fontsize=font_size(1.1))

    @property
    def artists(self) -> list[Artist]:
        """The changing artists, in drawing order."""
        moving = [*self._panel.artists, self._title, self._curve, self._now]
        return sorted(moving, key=lambda artist: artist.get_zorder())

    def extend_limits(self, mixture: Mixture) -> None:
        """Widen the limits where a mixture would be cut."""
        self._panel.extend_limits(mixture)

    def show(self, mixture: Mixture, title: str, curve: Floats, whole: Floats | None = None) -> None:
        """Show a mixture, a title, and a curve (m, 2) of iterations and log-likelihoods.

        The axes hold the whole curve if it is known, else the part that is shown.
        """
        self._panel.show(mixture)
        self._title.set_text(title)
        self._curve.set_data(curve[:, 0], curve[:, 1])
        self._now.set_data(curve[-1:, 0], curve[-1:, 1])
        seen = curve if whole is None else whole
        seen = seen[np.isfinite(seen).all(axis=1)]
        if len(seen):
            last = max(float(seen[:, 0].max()), 2.0)
            self.trace_ax.set(xlim=padded(np.array([1.0, last]), 0.03), ylim=rising_limits(seen[:, 1], 0.12))
