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
    "LineStyle",
    "component_colours",
    "contrast",
    "from_oklab",
    "from_text",
    "line_style",
    "mixed",
    "sequential_map",
    "shaded",
    "to_oklab",
]

LineStyle = str | tuple[float, tuple[float, ...]]

# Near Okabe and Ito (2008), moved apart until people with any colour vision see any two of them differ by 8 units of
# CIEDE2000, and the first four by 15; with a contrast of 2.5 on white, and of 3.5 on a dark paper.
_ON_LIGHT = ("#103EBD", "#E09400", "#0B8460", "#3AA3E0", "#EE59BB", "#D43D07", "#4D504E", "#A5A662")
_ON_DARK = ("#056EDB", "#FFCC0F", "#21B684", "#D25D04", "#F97BC5", "#42CBFB", "#B8D2CC", "#A4BD5B")
_LINE_STYLES: tuple[LineStyle, ...] = ("solid", (0, (5, 1.6)), (0, (1.2, 1.2)))

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


def component_colours(count: int, dark: bool) -> Floats:
    """Return colours (count, 3) for components on a light or a dark background.

    After eight they come again nearer to the text, then nearer to the background.
    """
    base = to_oklab(np.array([from_text(colour) for colour in (_ON_DARK if dark else _ON_LIGHT)]))
    index = np.arange(count)
    colours, turn = base[index % len(base)], (index // len(base)) % 3
    nearer, further = np.array([1.0, 0.0, 0.0]), np.zeros(3)
    text, paper = (nearer, further) if dark else (further, nearer)
    colours[turn == 1] = 0.66 * colours[turn == 1] + 0.34 * text
    colours[turn == 2] = 0.75 * colours[turn == 2] + 0.25 * paper
    return from_oklab(colours)


def line_style(component: int) -> LineStyle:
    """Return the line style of a component: solid for the first eight, then dashed, then dotted."""
    return _LINE_STYLES[(component // len(_ON_LIGHT)) % len(_LINE_STYLES)]


def from_text(colour: str) -> Floats:
    """Return red, green and blue in [0, 1] of a colour such as "#E09400"."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def contrast(one: Floats, other: Floats) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

    References
    ----------
    W3C (2023). Web Content Accessibility Guidelines 2.2.
    """
    low, high = sorted(float(_linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def mixed(shares: Floats, colours: Floats) -> Floats:
    """Return the mixtures (n, 3) of colours (K, 3) in the proportions of shares (n, K).

    Examples
    --------
    >>> import numpy as np
    >>> mixed(np.array([[0.5, 0.5]]), np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])).round(2)
    array([[0.39, 0.39, 0.39]])
    """
    return from_oklab(shares @ to_oklab(colours))


def shaded(colours: Floats, strength: Floats, background: Floats) -> Floats:
    """Return colours (..., 3) faded to a background: strength 1 leaves a colour, 0 gives the background."""
    paper = to_oklab(background)
    return from_oklab(paper + strength[..., None] * (to_oklab(colours) - paper))


def _linear(rgb: Floats) -> Floats:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((np.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4)


def to_oklab(rgb: Floats) -> Floats:
    """Return Oklab coordinates (..., 3) of sRGB colours (..., 3)."""
    return np.asarray(np.cbrt(_linear(rgb) @ _LMS.T) @ _LAB.T)


def from_oklab(lab: Floats) -> Floats:
    """Return sRGB colours (..., 3) of Oklab coordinates (..., 3), clipped to the range of sRGB."""
    linear = np.clip((lab @ _LAB_INVERSE.T) ** 3 @ _LMS_INVERSE.T, 0.0, 1.0)
    root = np.maximum(linear, 0.0031308) ** (1 / 2.4)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * root - 0.055)


_CLEAR = 0.2
"""A map that begins clear is opaque from this share of it on."""


def sequential_map(
    name: str, background: Floats, end: float, hues: tuple[float, float], chroma: float, clear: bool = False
) -> ListedColormap:
    """Return a map from a background to a lightness in even steps: it prints well in grey.

    Parameters
    ----------
    background : (3,) array
        The first colour.
    end : float
        The lightness of the last one, in Oklab.
    hues : pair of float
        Degrees, of the first and of the last colour.
    chroma : float
        The greatest.
    clear : bool
        Whether the map begins clear, as the background does.
    """
    from matplotlib.colors import ListedColormap

    t, paper = np.linspace(0.0, 1.0, 256), to_oklab(background)
    hue = np.radians(hues[0] + t * (hues[1] - hues[0]))
    # No chroma at the background, most past the middle, less at the end, where a screen has less to give.
    strength = chroma * np.sin(np.pi * t**0.9 * (0.72 if end < paper[0] else 0.88))
    own = (1.0 - t)[:, None] * paper[1:]
    # The eye tells dark shades apart less well than Oklab says: on a dark background the first steps are larger.
    lightness = paper[0] + (end - paper[0]) * (t * (1.4 - 0.4 * t) if end > paper[0] else t)
    lab = np.column_stack([lightness, strength * np.cos(hue) + own[:, 0], strength * np.sin(hue) + own[:, 1]])
    opacity = np.minimum(1.0, t / _CLEAR) if clear else np.ones_like(t)
    return ListedColormap(np.column_stack([from_oklab(lab), opacity]), name=name)
