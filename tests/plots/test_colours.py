from __future__ import annotations

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE
from numpy.typing import NDArray

from gaussmix import plots
from gaussmix.plots.colours import contrast, from_oklab, line_style, mixed, shaded, to_oklab
from gaussmix.plots.legends import marker_of
from gaussmix.plots.style import Style

Floats = NDArray[np.float64]
BACKGROUNDS = ["white", "#f6f7f9", "#fdf6e3", "#e5e5e5", "black", "#14181e", "#1e1e1e", "#002b36"]
WHITE, BLACK = np.ones(3), np.zeros(3)


def test_oklab_of_white_and_a_round_trip() -> None:
    # Ottosson (2020): white is L = 1, a = b = 0.
    np.testing.assert_allclose(to_oklab(np.ones((1, 3))), [[1.0, 0.0, 0.0]], atol=1e-6)
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(colours)), colours, atol=1e-6)


def test_contrast_is_that_of_the_guidelines() -> None:
    # WCAG 2.2: black on white is 21; #767676 is the lightest grey that reaches 4.5 on white.
    assert contrast(BLACK, WHITE) == pytest.approx(21.0)
    assert contrast(np.full(3, 0x76 / 255), WHITE) == pytest.approx(4.54, abs=0.01)


def test_mixing_with_one_hot_shares_gives_the_colours_themselves() -> None:
    colours = plots.palette(5)
    np.testing.assert_allclose(mixed(np.eye(5), colours), colours, atol=1e-6)


def test_a_half_and_half_mixture_is_as_far_from_both_colours() -> None:
    colours = plots.palette(2)
    middle = to_oklab(mixed(np.array([[0.5, 0.5]]), colours))
    distances = np.linalg.norm(to_oklab(colours) - middle, axis=1)
    assert distances[0] == pytest.approx(distances[1], rel=1e-3)


@pytest.mark.parametrize("background", [WHITE, BLACK, np.array([0.1, 0.2, 0.3])])
def test_shading_ends_at_the_background(background: Floats) -> None:
    colours = plots.palette(3)
    np.testing.assert_allclose(shaded(colours, np.zeros(3), background), [background] * 3, atol=1e-6)
    np.testing.assert_allclose(shaded(colours, np.ones(3), background), colours, atol=1e-6)


VISIONS = ["all cones", "protanomaly", "deuteranomaly", "tritanomaly"]


def apart(colours: Floats, vision: str) -> Floats:
    """How far apart colours are seen, CAM02-UCS (K, K), by the model of Machado, Oliveira and Fernandes (2009)."""
    if vision != "all cones":
        space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        colours = np.clip(cspace_convert(colours, space, "sRGB1"), 0.0, 1.0)
    distances = deltaE(colours[:, None], colours[None], input_space="sRGB1")
    return np.asarray(distances + np.diag(np.full(len(colours), np.inf)))


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("background", ["white", "black"])
def test_any_two_of_eight_are_told_apart(background: str, vision: str) -> None:
    eight = plots.palette(8, background=background)
    # Of Okabe and Ito's colours, the nearest two are 7.9 apart.
    assert apart(eight, vision).min() > 10.0
    # The first four, which most pictures need, lie further apart.
    assert apart(eight[:4], vision).min() > 15.0


@pytest.mark.parametrize("background", ["white", "black"])
def test_the_first_four_print_in_grey(background: str) -> None:
    lightness = np.sort(to_oklab(plots.palette(4, background=background))[:, 0])
    assert np.diff(lightness).min() > 0.03


def test_repeated_colours_have_other_line_styles_and_other_markers() -> None:
    for background in ("white", "black"):
        lab = to_oklab(plots.palette(100, background=background))
        for i in range(100):
            for j in range(i):
                differ = np.linalg.norm(lab[i] - lab[j]) > 0.02
                assert i >= 24 or differ or line_style(i) != line_style(j)
                assert differ or marker_of(i) != marker_of(j)


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_components_are_seen_on_any_background(background: str) -> None:
    style = Style.on(background)
    for k, colour in enumerate(style.components(16)):
        # A mid-grey paper leaves less room on both sides.
        assert contrast(colour, style.background) > (1.9 if background == "#e5e5e5" else 2.2), k
        assert contrast(style.written(colour), style.background) >= 4.5


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_text_and_lines_have_the_contrast_that_the_guidelines_ask_for(background: str) -> None:
    style = Style.on(background)
    assert contrast(style.foreground, style.background) >= 4.5
    assert contrast(style.muted, style.background) >= 4.5
    assert contrast(style.line, style.background) >= 2.2


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("name", ["density_map", "uncertainty_map"])
def test_maps_begin_at_the_background_and_go_in_even_steps_of_lightness(background: str, name: str) -> None:
    style = Style.on(background)
    colours = np.asarray(getattr(style, name)().colors)[:, :3]
    np.testing.assert_allclose(colours[0], style.background, atol=1e-6)
    steps = np.diff(to_oklab(colours)[:, 0]) * (1 if style.dark else -1)
    assert steps.min() > 0.4 * steps.mean()
    assert steps.max() < 1.6 * steps.mean()
    assert contrast(colours[-1], style.background) > 7.0


def test_the_palette_follows_the_style_at_hand() -> None:
    light = plots.palette(8)
    with mpl.style.context("dark_background"):
        dark = plots.palette(8)
    np.testing.assert_allclose(light, plots.palette(8, background="white"))
    np.testing.assert_allclose(dark, plots.palette(8, background="#000000"))
    assert (light != dark).any(axis=1).all()
