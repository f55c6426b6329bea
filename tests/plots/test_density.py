from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import integrate

from gaussmix import GaussianMixture, Mixture, datasets, plots
from gaussmix.errors import InputError, InputTypeError
from gaussmix.plots.grids import contained_levels


def integral(ax: Axes) -> float:
    image = ax.images[0]
    picture = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    return float(picture.sum() * (right - left) * (top - bottom) / picture.size)


@pytest.mark.parametrize("seed", range(4))
def test_the_image_integrates_to_one(seed: int) -> None:
    ax = plots.density_2d(datasets.random_mixture(5, 2, random_state=seed))
    assert integral(ax) == pytest.approx(1.0, abs=0.005)


def test_the_image_of_a_component_far_thinner_than_a_pixel_integrates_to_one() -> None:
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    thin = turn @ np.diag([9.0, 1e-10]) @ turn.T
    ax = plots.density_2d(Mixture([0.5, 0.5], [[0.0, 0.0], [3.0, -2.0]], [thin, np.eye(2)]))
    assert integral(ax) == pytest.approx(1.0, abs=0.02)


def test_the_image_of_a_singular_mixture_integrates_to_one() -> None:
    singular = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True)
    assert integral(plots.density_2d(singular)) == pytest.approx(1.0, abs=0.02)


def test_each_pixel_is_the_density_at_its_centre(mixture: Mixture) -> None:
    (x, y), shift = mixture.means[0], np.array([-0.015, -0.005, 0.005, 0.015])
    ax = plots.density_2d(mixture, limits=((x - 0.02, x + 0.02), (y - 0.02, y + 0.02)), pixels=4)
    centres = np.column_stack([np.tile(x + shift, 4), np.repeat(y + shift, 4)])
    np.testing.assert_allclose(ax.images[0].get_array(), mixture.pdf(centres).reshape(4, 4))


@pytest.mark.parametrize("kind", ["image", "filled", "lines"])
def test_every_kind_returns_the_axes_and_adds_a_colour_bar(mixture: Mixture, kind: str) -> None:
    figure, ax = plt.subplots()
    assert plots.density_2d(mixture, kind=kind, ax=ax) is ax
    assert len(figure.axes) == 2
    figure.canvas.draw()


def test_no_colour_bar_on_demand(mixture: Mixture) -> None:
    ax = plots.density_2d(mixture, colour_bar=False)
    assert isinstance(ax.figure, Figure)
    assert len(ax.figure.axes) == 1


def test_contours_enclose_their_shares() -> None:
    # Of one normal in two columns, the region of density above (1 - share) of the peak holds that share.
    mixture = Mixture([1.0], [[0.0, 0.0]], [1.0])
    levels = contained_levels(mixture, np.array([0.5, 0.9]))
    np.testing.assert_allclose(levels, np.array([0.1, 0.5]) / (2 * np.pi), rtol=0.03)


def test_columns_by_name_draw_the_marginal(wide: Mixture) -> None:
    ax = plots.density_2d(wide, columns=("d", "b"), pixels=50)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("d", "b")
    by_hand = plots.density_2d(wide.marginal([3, 1]), pixels=50)
    np.testing.assert_allclose(ax.images[0].get_array(), by_hand.images[0].get_array())


def test_the_curve_is_the_density_and_integrates_to_one() -> None:
    mixture = datasets.random_mixture(4, 1, random_state=2)
    ax = plots.density_1d(mixture)
    x, y = next(line for line in ax.lines if line.get_label() == "density").get_data()
    np.testing.assert_allclose(y, mixture.pdf(np.asarray(x)))
    assert integrate.trapezoid(y, x) == pytest.approx(1.0, abs=0.003)


def test_the_components_add_up_to_the_curve() -> None:
    ax = plots.density_1d(datasets.random_mixture(4, 1, random_state=2))
    *components, total = (np.asarray(line.get_ydata()) for line in ax.lines)
    assert len(components) == 4
    np.testing.assert_allclose(np.sum(components, axis=0), total)


def test_a_histogram_of_data_has_area_one(wide: Mixture) -> None:
    X = wide.sample(500, random_state=0)[0]
    ax = plots.density_1d(wide, X, columns="c")
    area = sum(bar.get_width() * bar.get_height() for bar in ax.patches)  # type: ignore[attr-defined]
    assert area == pytest.approx(1.0)
    assert ax.get_xlabel() == "c"
    low, high = ax.get_xlim()
    assert low <= X[:, 2].min()
    assert high >= X[:, 2].max()


def test_density_picks_by_dimension(wide: Mixture) -> None:
    assert plots.density(wide, columns="a").get_ylabel() == "density"
    assert plots.density(wide, columns=["a"]).get_ylabel() == "density"
    assert plots.density(wide).get_ylabel() == "b"
    assert plots.density(datasets.random_mixture(2, 1, random_state=0)).get_xlabel() == "x"


def test_constant_data_are_drawn() -> None:
    ax = plots.density_1d(Mixture([1.0], [[2.0]], [1e-12]), np.full(10, 2.0))
    low, high = ax.get_xlim()
    assert low < 2.0 < high


def test_a_fitted_estimator_and_scikit_learns_are_mixtures_too() -> None:
    from sklearn.mixture import GaussianMixture as Theirs

    X = datasets.load_faithful().data
    ours = GaussianMixture(2, random_state=0).fit(X)
    assert plots.density_2d(ours).has_data()
    for kind in ("full", "tied", "diag", "spherical"):
        theirs = Theirs(2, covariance_type=kind, random_state=0).fit(X)
        ax = plots.density_2d(theirs, limits=((1.2, 1.3), (52.0, 53.0)), pixels=2)
        density = np.exp(theirs.score_samples([[1.225, 52.25]]))[0]
        assert np.asarray(ax.images[0].get_array())[0, 0] == pytest.approx(density, rel=1e-6)


def test_bad_input_is_one_sentence(mixture: Mixture, wide: Mixture) -> None:
    with pytest.raises(InputError, match="kind is 'heap': give one of 'image', 'filled', 'lines'"):
        plots.density_2d(mixture, kind="heap")
    with pytest.raises(InputError, match="column 'e' is not known"):
        plots.density_2d(wide, columns=("a", "e"))
    with pytest.raises(InputError, match="name 3 columns, and this plot shows 2"):
        plots.density_2d(wide, columns=("a", "b", "c"))
    with pytest.raises(InputError, match="low < high"):
        plots.density_2d(mixture, limits=((1.0, 0.0), (0.0, 1.0)))
    with pytest.raises(InputError, match="call its fit first"):
        plots.density_2d(GaussianMixture(2))
    with pytest.raises(InputTypeError, match="this is of type str"):
        plots.density_2d("mixture")
    with pytest.raises(InputTypeError, match="ax is of type list"):
        plots.density_2d(mixture, ax=[])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="use density_1d"):
        plots.density_2d(datasets.random_mixture(2, 1, random_state=0))
