from __future__ import annotations

import numpy as np
import pytest

from gaussmix import plots
from gaussmix.plots.colours import density_map, doubt_map, from_oklab, line_style, mixed, shaded, to_oklab


def test_oklab_of_white_and_a_round_trip() -> None:
    # Ottosson (2020): white is L = 1, a = b = 0.
    np.testing.assert_allclose(to_oklab(np.ones((1, 3))), [[1.0, 0.0, 0.0]], atol=1e-6)
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(colours)), colours, atol=1e-6)


def test_mixing_with_one_hot_shares_gives_the_colours_themselves() -> None:
    colours = plots.palette(5)
    np.testing.assert_allclose(mixed(np.eye(5), colours), colours, atol=1e-6)


def test_a_half_and_half_mixture_is_as_far_from_both_colours() -> None:
    colours = plots.palette(2)
    middle = to_oklab(mixed(np.array([[0.5, 0.5]]), colours))
    distances = np.linalg.norm(to_oklab(colours) - middle, axis=1)
    assert distances[0] == pytest.approx(distances[1], rel=1e-3)


def test_shading_ends_at_white() -> None:
    colours = plots.palette(3)
    np.testing.assert_allclose(shaded(colours, np.zeros(3)), np.ones((3, 3)), atol=1e-6)
    np.testing.assert_allclose(shaded(colours, np.ones(3)), colours, atol=1e-6)


def test_any_two_of_24_components_differ_in_colour_or_line_style() -> None:
    lab = to_oklab(plots.palette(24))
    for i in range(24):
        for j in range(i):
            assert np.linalg.norm(lab[i] - lab[j]) > 0.02 or line_style(i) != line_style(j)


def test_the_first_eight_are_told_apart_without_red_green_vision() -> None:
    # Viénot, Brettel and Mollon (1999): how deuteranopes see linear RGB.
    rgb = plots.palette(8)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = linear @ np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]).T
    lab = to_oklab(
        np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen.clip(0.0031308) ** (1 / 2.4) - 0.055)
    )
    distances = np.linalg.norm(lab[:, None] - lab[None], axis=2) + np.eye(8)
    assert distances.min() > 0.05


@pytest.mark.parametrize("colour_map", [density_map(), doubt_map()], ids=["density", "doubt"])
def test_maps_fall_in_even_steps_of_lightness(colour_map: object) -> None:
    lightness = to_oklab(np.asarray(colour_map.colors))[:, 0]  # type: ignore[attr-defined]
    steps = -np.diff(lightness)
    assert steps.min() > 0.5 * steps.mean()
    assert steps.max() < 1.5 * steps.mean()
