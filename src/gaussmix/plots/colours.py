"""Colours: a palette for components, mixtures of its colours, and maps for densities.

Colours are mixed in Oklab, where equal steps look equal, so that a point between two components gets the
colour that the eye expects between theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gaussmix._types import Floats

if TYPE_CHECKING:
    from matplotlib.colors import ListedColormap

__all__ = [
    "GREY",
    "INK",
    "density_map",
    "doubt_map",
    "from_oklab",
    "line_style",
    "mixed",
    "palette",
    "shaded",
]

INK = "#222222"
GREY = "#6b6b6b"

# Okabe and Ito (2008), in an order whose first members also differ in lightness; their black is softened, and
# their yellow deepened so that a line of it is seen on white.
_BASE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#4D4D4D", "#DCC91B")
_LINE_STYLES = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)))

# Ottosson, B. (2020), "A perceptual color space for image processing".
_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_LMS_INVERSE, _LAB_INVERSE = np.linalg.inv(_LMS), np.linalg.inv(_LAB)


def palette(n_colours: int) -> Floats:
    """Return colours for components or classes, as red, green and blue in [0, 1].

    The first eight are those of Okabe and Ito, which people with any colour vision can tell apart. The next
    eight are the same, darker; then the same, lighter; components also carry numbers and line styles.

    Parameters
    ----------
    n_colours : int
        How many.

    Returns
    -------
    (n_colours, 3) array

    References
    ----------
    Okabe, M. and Ito, K. (2008). Color universal design: how to make figures and presentations that are
    friendly to colorblind people.

    Examples
    --------
    >>> from gaussmix import plots
    >>> plots.palette(12).shape
    (12, 3)
    """
    base = to_oklab(np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in _BASE]))
    index = np.arange(n_colours)
    colours, turn = base[index % len(base)], (index // len(base)) % 3
    colours[turn == 1] *= 0.68
    colours[turn == 2] = 0.55 * colours[turn == 2] + 0.45 * np.array([1.0, 0.0, 0.0])
    return from_oklab(colours)


def line_style(component: int) -> str | tuple[float, tuple[float, ...]]:
    """Return the line style of a component: solid for the first eight, then dashed, then dotted."""
    return _LINE_STYLES[(component // len(_BASE)) % len(_LINE_STYLES)]


def mixed(shares: Floats, colours: Floats) -> Floats:
    """Return the mixtures (n, 3) of colours (K, 3) in the proportions of shares (n, K).

    Examples
    --------
    >>> import numpy as np
    >>> mixed(np.array([[0.5, 0.5]]), np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])).round(2)
    array([[0.39, 0.39, 0.39]])
    """
    return from_oklab(shares @ to_oklab(colours))


def shaded(colours: Floats, strength: Floats) -> Floats:
    """Return colours (..., 3) faded to white: strength 1 leaves a colour, 0 gives white."""
    white = np.array([1.0, 0.0, 0.0])
    return from_oklab(white + strength[..., None] * (to_oklab(colours) - white))


def to_oklab(rgb: Floats) -> Floats:
    """Return Oklab coordinates (..., 3) of sRGB colours (..., 3)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _LMS.T) @ _LAB.T)


def from_oklab(lab: Floats) -> Floats:
    """Return sRGB colours (..., 3) of Oklab coordinates (..., 3), clipped to what a screen can show."""
    linear = np.clip((lab @ _LAB_INVERSE.T) ** 3 @ _LMS_INVERSE.T, 0.0, 1.0)
    root = np.maximum(linear, 0.0031308) ** (1 / 2.4)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * root - 0.055)


def density_map() -> ListedColormap:
    """Return a map from white to a deep blue in even steps of lightness: it prints well in grey."""
    return _sequential("gaussmix_density", hues=(215.0, 268.0), chroma=0.125, darkest=0.27)


def doubt_map() -> ListedColormap:
    """Return a map from white to a deep plum in even steps of lightness."""
    return _sequential("gaussmix_doubt", hues=(20.0, 345.0 - 360.0), chroma=0.15, darkest=0.33)


def _sequential(name: str, hues: tuple[float, float], chroma: float, darkest: float) -> ListedColormap:
    from matplotlib.colors import ListedColormap

    t = np.linspace(0.0, 1.0, 256)
    hue = np.radians(hues[0] + t * (hues[1] - hues[0]))
    # No chroma at white, most past the middle, a little less in the dark, where a screen has less to give.
    strength = chroma * np.sin(np.pi * t**0.9 * 0.72) / np.sin(np.pi * 0.5)
    lightness = 1.0 - (1.0 - darkest) * t
    lab = np.stack([lightness, strength * np.cos(hue), strength * np.sin(hue)], axis=1)
    return ListedColormap(from_oklab(lab), name=name)
