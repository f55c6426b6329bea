"""Colours of plots (background, text, accents), derived from matplotlib's settings and the axes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from gaussmix._types import Floats
from gaussmix.plots.colours import component_colours, contrast, from_oklab, sequential_map, shaded, to_oklab

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import ListedColormap

__all__ = ["Style", "palette", "readable_on"]

Colour: TypeAlias = Any
"""A (3,) array of red, green and blue in [0, 1]: matplotlib takes one, but its annotations do not say so."""

_BLACK, _WHITE = np.zeros(3), np.ones(3)
_DARK_PAPER = np.full(3, 0.07)
_LEGIBLE = 4.5
"""The least contrast of text with its background that the guidelines of the web ask for."""


@dataclass(frozen=True, eq=False)
class Style:
    """The colours of a picture, derived from its background and its text.

    Parameters
    ----------
    background : (3,) array
        What lies behind everything, as red, green and blue in [0, 1].
    foreground : (3,) array
        The colour of text.
    clear : bool
        Whether the background is transparent, with a guess at the colour behind it.
    """

    background: Colour
    foreground: Colour
    clear: bool = False

    @classmethod
    def of(cls, ax: Axes) -> Style:
        """Return the style of axes, from the colour behind them and that of their text."""
        import matplotlib as mpl

        root = ax.get_figure(root=True)
        behind = [
            ax.get_facecolor(),
            mpl.rcParams["figure.facecolor"] if root is None else root.get_facecolor(),
        ]
        return cls._on(behind, ax.xaxis.label.get_color())

    @classmethod
    def around(cls, ax: Axes) -> Style:
        """Return the style of the surroundings of axes: their labels, numbers and titles."""
        import matplotlib as mpl

        root = ax.get_figure(root=True)
        behind = mpl.rcParams["figure.facecolor"] if root is None else root.get_facecolor()
        return cls._on([behind], ax.xaxis.label.get_color())

    @classmethod
    def current(cls) -> Style:
        """Return the style of matplotlib's settings; black on white if there is no matplotlib."""
        try:
            import matplotlib as mpl
        except ImportError:
            return cls(_WHITE, _BLACK)
        settings = mpl.rcParams
        return cls._on(
            [settings["axes.facecolor"], settings["figure.facecolor"]], settings["axes.labelcolor"]
        )

    @classmethod
    def on(cls, background: Any) -> Style:
        """Return the style of a background, in any of matplotlib's notations of colours."""
        return cls._on([background], "black")

    @classmethod
    def _on(cls, behind: list[Any], text: Any) -> Style:
        """Return the style of layers, the uppermost first; the text tells the colour behind transparent ones."""
        from matplotlib.colors import to_rgb, to_rgba

        ink = np.array(to_rgb(text))
        paper = _DARK_PAPER if to_oklab(ink)[0] > 0.6 else _WHITE
        seen_through = 1.0
        for layer in reversed(behind):
            *colour, alpha = to_rgba(layer)
            seen_through *= 1.0 - alpha
            paper = alpha * np.array(colour) + (1.0 - alpha) * paper
        if contrast(ink, paper) < _LEGIBLE:
            ink = max(_BLACK, _WHITE, key=lambda extreme: contrast(extreme, paper))
        return cls(paper, ink, seen_through > 0.01)

    @cached_property
    def dark(self) -> bool:
        """Whether the background is dark."""
        return float(to_oklab(self.background)[0]) < 0.6

    @property
    def muted(self) -> Colour:
        """The colour of notes: legible, but less prominent."""
        return self.written(self.faded(0.68))

    @property
    def soft(self) -> Colour:
        """The colour of secondary text, such as the numbers at ticks."""
        return self.written(self.faded(0.85))

    @property
    def line(self) -> Colour:
        """The colour of spines, ticks and minor lines."""
        return self.faded(0.5)

    @property
    def faint(self) -> Colour:
        """The colour of background elements, such as a histogram."""
        return self.faded(0.16)

    @property
    def accent(self) -> Colour:
        """The colour of the main element."""
        return component_colours(1, self.dark)[0]

    @property
    def second(self) -> Colour:
        """A colour clearly different from the accent."""
        return component_colours(2, self.dark)[1]

    def faded(self, strength: float) -> Colour:
        """Return the colour of text faded to the background."""
        # The eye tells dark shades apart less well than Oklab says.
        share = strength**0.7 if self.dark else strength
        return shaded(self.foreground, np.asarray(share), self.background)

    def components(self, count: int) -> Floats:
        """Return colours (count, 3) for components."""
        return component_colours(count, self.dark)

    def written(self, colour: Floats) -> Colour:
        """Return a colour moved towards that of text until it is legible on the background."""
        for share in np.linspace(0.0, 1.0, 11):
            ink = from_oklab((1.0 - share) * to_oklab(colour) + share * to_oklab(self.foreground))
            if contrast(ink, self.background) >= _LEGIBLE:
                return ink
        return self.foreground

    def halo(self, width: float = 2.5, alpha: float = 0.85) -> list[Any]:
        """Return path effects with a border in the background's colour around a line or a letter."""
        from matplotlib import patheffects

        colour = tuple(float(value) for value in self.background)
        return [patheffects.withStroke(linewidth=width, foreground=colour, alpha=alpha)]

    def density_map(self) -> ListedColormap:
        """Return a map from the background to a strong blue."""
        if self.dark:
            return sequential_map(
                "gaussmix_density_dark", self.background, 0.94, (272.0, 205.0), 0.13, self.clear
            )
        return sequential_map("gaussmix_density", self.background, 0.27, (215.0, 268.0), 0.125, self.clear)

    def uncertainty_map(self) -> ListedColormap:
        """Return a map from the background to a strong plum."""
        if self.dark:
            return sequential_map(
                "gaussmix_uncertainty_dark", self.background, 0.92, (335.0, 375.0), 0.15, self.clear
            )
        return sequential_map("gaussmix_uncertainty", self.background, 0.33, (20.0, -15.0), 0.15, self.clear)


def readable_on(colour: Floats) -> Colour:
    """Return black or white, whichever is read better on a colour."""
    return max(_BLACK, _WHITE, key=lambda extreme: contrast(extreme, colour))


def palette(n_colours: int, *, background: Any = None) -> Floats:
    """Return colours for components or classes, as red, green and blue in [0, 1].

    The first eight are distinct for all types of colour vision. The next eight are the same, shifted to the colour of
    text, and the next eight are shifted to the background. Numbers, line styles and marks distinguish them further.

    Parameters
    ----------
    n_colours : int
        How many.
    background : colour, optional
        The background; by default that of matplotlib's current style.

    Returns
    -------
    (n_colours, 3) array

    References
    ----------
    Okabe, M. and Ito, K. (2008). Color universal design: how to make figures and presentations that are
    friendly to colorblind people.

    Machado, G. M., Oliveira, M. M. and Fernandes, L. A. F. (2009). A physiologically-based model for simulation of
    color vision deficiency. IEEE Transactions on Visualization and Computer Graphics 15, 1291-1298.

    Examples
    --------
    >>> from gaussmix import plots
    >>> plots.palette(12).shape
    (12, 3)
    """
    style = Style.current() if background is None else Style.on(background)
    return style.components(n_colours)
