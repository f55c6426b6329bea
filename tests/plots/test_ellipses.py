from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gaussmix import Mixture, datasets, plots
from gaussmix.errors import InputError
from gaussmix.plots.ellipses import Ellipses, ellipse_points, radii_of


@given(st.integers(0, 10**6), st.floats(0.1, 5.0))
def test_points_satisfy_the_quadratic_form(seed: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((2, 2)) + 0.1 * np.eye(2)
    mean, covariance = rng.standard_normal(2), A.T @ A + 1e-3 * np.eye(2)
    deviation = ellipse_points(mean, covariance, radius) - mean
    form = np.einsum("ni,ij,nj->n", deviation, np.linalg.inv(covariance), deviation)
    np.testing.assert_allclose(form, radius**2, rtol=1e-6)


def test_a_scale_of_two_is_the_unit_ellipse_of_twice_the_covariance(mixture: Mixture) -> None:
    ax = plots.ellipses(mixture, scale=2.0, fill=False)
    for ring, mean, covariance in zip(ax.patches, mixture.means, mixture.covariances.dense(), strict=True):
        deviation = ring.get_xy() - mean  # type: ignore[attr-defined]
        form = np.einsum("ni,ij,nj->n", deviation, np.linalg.inv(2.0 * covariance), deviation)
        np.testing.assert_allclose(form, 1.0, rtol=1e-9)


def test_content_is_the_share_of_draws_inside() -> None:
    X = np.random.default_rng(0).standard_normal((100_000, 2))
    (radius,) = radii_of(content=0.75)
    assert (np.linalg.norm(X, axis=1) < radius).mean() == pytest.approx(0.75, abs=0.005)


def test_several_sizes_make_rings_from_outside_in(mixture: Mixture) -> None:
    assert radii_of(sigmas=[1, 3, 2]) == [3.0, 2.0, 1.0]
    assert len(plots.ellipses(mixture, sigmas=[1, 2, 3], fill=False).patches) == 9
    assert len(plots.ellipses(mixture).patches) == 6


def test_the_marginal_of_named_columns_is_drawn(wide: Mixture) -> None:
    ax = plots.ellipses(wide, columns=("c", "a"), fill=False)
    points = ax.patches[1].get_xy()  # type: ignore[attr-defined]
    expected = ellipse_points(wide.means[1, [2, 0]], wide.covariances.dense()[1][np.ix_([2, 0], [2, 0])], 2.0)
    np.testing.assert_allclose(points, expected)


def test_numbers_stand_at_the_means(mixture: Mixture) -> None:
    ax = plots.ellipses(mixture)
    assert {text.get_text(): text.get_position() for text in ax.texts} == {
        str(k): pytest.approx(tuple(mean)) for k, mean in enumerate(mixture.means)
    }
    assert not plots.ellipses(mixture, numbers=False).texts
    assert not plots.ellipses(mixture, means=False).lines


def test_all_ellipses_are_inside_the_limits() -> None:
    ax = plots.ellipses(datasets.random_mixture(12, 2, random_state=5))
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    points = np.concatenate([patch.get_xy() for patch in ax.patches])  # type: ignore[attr-defined]
    assert (points > [left, bottom]).all()
    assert (points < [right, top]).all()


def test_a_singular_component_is_a_line_and_its_neighbour_unharmed() -> None:
    line = [[1.0, 1.0], [1.0, 1.0]]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 0.0]], [line, np.eye(2)], allow_singular=True)
    ax = plots.ellipses(mixture, fill=False)
    flat = ax.patches[0].get_xy()  # type: ignore[attr-defined]
    np.testing.assert_allclose(flat[:, 0], flat[:, 1], atol=1e-7)
    assert flat.max() == pytest.approx(2.0)


def move(outlines: Ellipses, mixture: Mixture) -> list[NDArray[np.float64]]:
    outlines.move(mixture)
    return [component.rings[0].get_xy() for component in outlines.components]


def test_outlines_move_without_new_artists(mixture: Mixture) -> None:
    _, ax = plt.subplots()
    outlines = Ellipses(ax, mixture, [1.0], means=True, numbers=True, fill=True)
    before = ax.get_children()
    moved = move(outlines, mixture + np.array([5.0, -3.0]))
    assert ax.get_children() == before
    np.testing.assert_allclose(moved[2].mean(axis=0), mixture.means[2] + [5.0, -3.0], atol=0.1)


def test_outlines_follow_when_a_component_is_dropped(mixture: Mixture) -> None:
    _, ax = plt.subplots()
    bare = len(ax.get_children())
    outlines = Ellipses(ax, mixture, [1.0], means=True, numbers=True, fill=True)
    per_component = (len(ax.get_children()) - bare) // 3
    assert len(move(outlines, mixture.take([0, 2]))) == 2
    assert len(ax.get_children()) == bare + 2 * per_component


def test_bad_sizes_are_one_sentence(mixture: Mixture) -> None:
    with pytest.raises(InputError, match="sigmas and scale are given together"):
        plots.ellipses(mixture, sigmas=1, scale=2)
    with pytest.raises(InputError, match="content is 95: give a probability between 0 and 1"):
        plots.ellipses(mixture, content=95)
    with pytest.raises(InputError, match="sigmas is -1: give a positive number"):
        plots.ellipses(mixture, sigmas=[1, -1])
