"""Creation, style and limits of axes, without changes to matplotlib's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats, Rows
from gaussmix.errors import InputTypeError, MissingDependencyError
from gaussmix.plots.fonts import width_of
from gaussmix.plots.style import Style
from gaussmix.plots.text import as_name, fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar

__all__ = [
    "Canvas",
    "add_colour_bar",
    "columns_drawn",
    "dress",
    "font_size",
    "need_matplotlib",
    "note_columns",
    "note_on_figure",
    "note_rows",
    "padded",
    "rising_limits",
    "room_of_offset",
    "say",
    "size_in_points",
    "some_of",
    "whole_numbers",
]

T = TypeVar("T", bound=np.generic)


def need_matplotlib() -> None:
    """Raise one clear sentence where matplotlib is not installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise MissingDependencyError('plots need matplotlib: pip install "gaussmix[plot]"') from None


class Canvas:
    """Axes to draw into, with the information whether they are empty.

    The first plot dresses the axes and sets their limits; a later one only widens them, so that plots can be
    laid over each other in any order.

    Parameters
    ----------
    ax : matplotlib Axes or None
        None makes a new figure.
    size : tuple of float
        Its width and height, inches.
    """

    def __init__(self, ax: Axes | None, size: tuple[float, float] = (6.0, 4.5)) -> None:
        need_matplotlib()
        self.ax = _new_axes(size) if ax is None else _checked(ax)
        self.fresh = not self.ax.has_data()
        self._limits = self.ax.get_xlim(), self.ax.get_ylim()
        if self.fresh:
            dress(self.ax)

    @property
    def style(self) -> Style:
        """The colours for these axes."""
        return Style.of(self.ax)

    def frame(self, x: Floats, y: Floats, names: list[str] | None = None, equal: bool = False) -> None:
        """Set the limits to (low, high) of x and y, or widen them; name the axes if they have no names."""
        for axis, wanted, now in (("x", x, self._limits[0]), ("y", y, self._limits[1])):
            low, high = (float(wanted[0]), float(wanted[1]))
            if not self.fresh:
                low, high = min(low, *now), max(high, *now)
            if now[0] > now[1] and not self.fresh:
                low, high = high, low
            self.ax.set(**{f"{axis}lim": (low, high)})
        self.ax.xaxis.labelpad = max(self.ax.xaxis.labelpad, _LABEL_PAD + room_of_offset(self.ax.xaxis))
        if names is not None:
            self._name(names)
        if equal:
            self.ax.set_aspect("equal", adjustable="box")

    def _name(self, names: list[str]) -> None:
        """Label the axes without a label, in text no longer than the axes."""
        width, height = size_in_points(self.ax)
        for axis, name in ((self.ax.yaxis, names[1]), (self.ax.xaxis, names[0])):
            if not axis.label.get_text():
                length = height if axis is self.ax.yaxis else width - self._lost_width()
                axis.set_label_text(fitted(name, length, float(axis.label.get_fontsize()), lines=4))
                as_name(axis.label)

    def _lost_width(self) -> float:
        """Return by how much the y axis of a small figure makes the axes narrower, in points."""
        label, figure = self.ax.yaxis.label, self.ax.get_figure(root=True)
        lines = 1 + label.get_text().count("\n")
        needed = (1.2 * lines + 3.5) * float(label.get_fontsize())
        margin = needed if figure is None else 72.0 * figure.subplotpars.left * figure.get_figwidth()
        return float(max(0.0, needed - margin))


def _new_axes(size: tuple[float, float]) -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def _checked(ax: Any) -> Axes:
    from matplotlib.axes import Axes

    if not isinstance(ax, Axes):
        kind = type(ax).__name__
        raise InputTypeError(f"ax is of type {kind}: give one matplotlib Axes, or None for a new figure.")
    return ax


def dress(ax: Axes) -> None:
    """Simplify the axes: two spines instead of four, thin lines, short ticks whose labels keep apart."""
    from matplotlib.ticker import AutoLocator

    from gaussmix.plots.ticks import RoomyLocator

    style = Style.around(ax)
    if type(ax.xaxis.get_major_locator()) is AutoLocator:
        ax.xaxis.set_major_locator(RoomyLocator())
    # The lines of a grid lie below everything.
    ax.set_axisbelow(True)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(style.line)
        ax.spines[side].set_linewidth(0.8)
    ax.tick_params(length=3, width=0.8, color=style.line, labelcolor=style.soft, labelsize=font_size(0.9))
    for label in (ax.xaxis.label, ax.yaxis.label, ax.title):
        label.set_color(style.foreground)
    for axis in (ax.xaxis, ax.yaxis):
        axis.offsetText.set_fontsize(font_size(0.9))


_LABEL_PAD = 4.0
"""Distance of a label from the numbers at ticks, points."""


def room_of_offset(axis: Any) -> float:
    """Return the height of the offset text of an axis, such as "+1e6", in points; 0 without one."""
    axis.get_major_formatter().set_locs(axis.get_majorticklocs())
    there = bool(axis.get_major_formatter().get_offset())
    return 1.3 * float(axis.offsetText.get_fontsize()) if there else 0.0


def font_size(share: float) -> float:
    """Return a share of the size of letters in matplotlib's settings, points."""
    import matplotlib as mpl

    return share * float(mpl.rcParams["font.size"])


def add_colour_bar(ax: Axes, mappable: ScalarMappable, label: str, **options: Any) -> Colorbar:
    """Add a thin colour bar with a name."""
    bar: Any = ax.figure.colorbar(mappable, ax=ax, aspect=28, pad=0.02, **options)
    style = Style.around(ax)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=2, width=0.8, color=style.line, labelcolor=style.soft, labelsize=font_size(0.8))
    size = font_size(0.9)
    bar.set_label(fitted(label, 0.8 * size_in_points(ax)[1], size), color=style.muted, fontsize=size)
    return bar  # type: ignore[no-any-return]


def some_of(X: NDArray[T], most: int) -> NDArray[T]:
    """Return the rows, or a random sample of at most ``most`` of them, the same at each call."""
    if len(X) <= most:
        return X
    return X[np.sort(np.random.default_rng(0).choice(len(X), size=most, replace=False))]


def note_rows(ax: Axes, shown: int, total: int) -> None:
    """Write the number of rows drawn above the upper right corner, unless it is all rows."""
    if shown < total:
        _note(ax, f"{shown:,} of {total:,} rows", "rows")


def note_columns(ax: Axes, columns: Any, count: int, n_features: int, first: bool = True) -> None:
    """Write the number of columns drawn above the upper right corner, unless they are chosen or all are drawn."""
    if columns is None and count < n_features:
        _note(ax, columns_drawn(count, n_features, first), "columns")


def columns_drawn(count: int, n_features: int, first: bool = True) -> str:
    """Return in words how many columns are drawn, and whether they are the first."""
    if first:
        return f"first {'' if count == 1 else f'{count} '}of {n_features:,} columns"
    return f"{count} of {n_features:,} columns"


def note_on_figure(axes: NDArray[Any], notes: list[str]) -> None:
    """Write notes above the upper right panel of a figure, if there are any."""
    if notes:
        look: dict[str, Any] = {"fontsize": font_size(0.9), "color": Style.around(axes[0, 0]).muted}
        axes[0, 0].figure.suptitle(", ".join(notes), x=0.99, ha="right", **look)


def _note(ax: Axes, text: str, what: str) -> None:
    """Write a note above the upper right corner of the axes; it replaces one on the same subject."""
    before = ax.get_title(loc="right").replace(";\n", "; ")
    notes = {note.rsplit(" ", 1)[-1]: note for note in before.split("; ") if note}
    notes[what] = text
    size, width = font_size(0.8), size_in_points(ax)[0]
    written = "; ".join(notes.values())
    written = written if width_of(written, size) <= width else written.replace("; ", ";\n")
    ax.set_title(written, loc="right", fontsize=size, color=Style.around(ax).muted)


def padded(values: Rows, share: float = 0.05) -> Floats:
    """Return (low, high) of values, a little wider; of a constant too."""
    low, high = float(np.min(values)), float(np.max(values))
    room = share * (high - low) if high > low else 0.5 * abs(low) or 0.5
    return np.array([low - room, high + room])


def rising_limits(values: Rows, share: float) -> Floats:
    """Return (low, high) of log-likelihoods, in nats per row: a little wider, and 1e-4 wide at least.

    A smaller increase is not visible, and the ticks remain readable.
    """
    low, high = float(np.min(values)), float(np.max(values))
    return padded(np.array([min(low, high - 1e-4), high]), share)


def whole_numbers(ax: Axes) -> None:
    """Let the x axis have ticks at whole numbers only."""
    from gaussmix.plots.ticks import RoomyLocator

    ax.xaxis.set_major_locator(RoomyLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the axes in points (1/72 inch)."""
    box, figure = ax.get_window_extent(), ax.get_figure(root=True)
    dpi = 100.0 if figure is None else float(figure.dpi)
    return 72.0 * box.width / dpi, 72.0 * box.height / dpi


def say(ax: Axes, text: str, height: float) -> None:
    """Write a remark into axes, at a share of their height."""
    style = Style.of(ax)
    centre: dict[str, Any] = {"ha": "center", "va": "center", "transform": ax.transAxes, "zorder": 5}
    look: dict[str, Any] = {
        "color": style.muted,
        "fontsize": font_size(0.9),
        "path_effects": style.halo(4.0, 1.0),
    }
    ax.text(0.5, height, text, **centre, **look)
