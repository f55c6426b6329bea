from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gaussmix import Mixture, plots


def test_the_plane_shows_one_minus_the_largest_responsibility(mixture: Mixture) -> None:
    ax = plots.uncertainty(mixture, pixels=20)
    image = ax.images[0]
    left, right, bottom, top = image.get_extent()
    x = left + (np.arange(20) + 0.5) * (right - left) / 20
    y = bottom + (np.arange(20) + 0.5) * (top - bottom) / 20
    plane = np.column_stack([np.tile(x, 20), np.repeat(y, 20)])
    expected = 1.0 - mixture.responsibilities(plane).max(axis=1)
    np.testing.assert_allclose(np.asarray(image.get_array()).ravel(), expected, atol=1e-9)


def test_less_sure_rows_are_larger(wide: Mixture) -> None:
    X = np.concatenate([wide.sample(100, random_state=0)[0], 0.5 * (wide.means[:1] + wide.means[1:2])])
    ax = plots.uncertainty(wide, X, columns=("a", "d"))
    rows = ax.collections[-1]
    sizes = rows.get_sizes()  # type: ignore[attr-defined]
    unsure = 1.0 - wide.responsibilities(X).max(axis=1)
    assert (np.diff(sizes) >= 0).all()
    np.testing.assert_allclose(rows.get_offsets()[-1], X[unsure.argmax(), [0, 3]])


def test_one_component_is_sure_everywhere(X: NDArray[np.float64]) -> None:
    ax = plots.uncertainty(Mixture([1.0], [[0.0, 0.0]], [1.0]), X)
    assert np.asarray(ax.images[0].get_array()).max() == pytest.approx(0.0)


def test_a_singular_mixture_is_drawn_without_a_warning() -> None:
    line = [[1.0, 1.0], [1.0, 1.0]]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [line, line], allow_singular=True)
    assert plots.uncertainty(mixture).has_data()


def test_of_very_many_rows_some_are_drawn_and_the_limits_hold_all(mixture: Mixture) -> None:
    X = np.concatenate([mixture.sample(50_000, random_state=0)[0], [[500.0, 0.0]]])
    ax = plots.uncertainty(mixture, X)
    assert len(ax.collections[-1].get_offsets()) == 10_000
    assert ax.get_xlim()[1] >= 500.0
