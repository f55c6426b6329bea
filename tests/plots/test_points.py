from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from numpy.typing import NDArray

from gaussmix import Mixture, plots
from gaussmix.errors import InputError
from gaussmix.plots.bins import count_bins
from gaussmix.plots.colours import mixed


def marks(ax: Axes) -> list[PathCollection]:
    return [artist for artist in ax.collections if isinstance(artist, PathCollection)]


def test_the_colour_of_a_point_is_its_responsibilities_mixed(
    mixture: Mixture, X: NDArray[np.float64]
) -> None:
    (drawn,) = marks(plots.points(mixture, X))
    places = np.asarray(drawn.get_offsets())
    expected = mixed(mixture.responsibilities(places), plots.palette(3))
    np.testing.assert_allclose(drawn.get_facecolors()[:, :3], expected, atol=1e-6)
    np.testing.assert_allclose(np.sort(places, axis=0), np.sort(X, axis=0))


def test_responsibilities_are_judged_in_all_columns(wide: Mixture) -> None:
    X = wide.sample(50, random_state=0)[0]
    (drawn,) = marks(plots.points(wide, X, columns=("b", "d")))
    by_place = {tuple(row[[1, 3]]): row for row in X}
    rows = np.array([by_place[tuple(place)] for place in np.asarray(drawn.get_offsets())])
    expected = mixed(wide.responsibilities(rows), plots.palette(3))
    np.testing.assert_allclose(drawn.get_facecolors()[:, :3], expected, atol=1e-6)


def test_by_component_has_no_mixed_colour(mixture: Mixture, X: NDArray[np.float64]) -> None:
    (drawn,) = marks(plots.points(mixture, X, by="component"))
    colours = np.unique(np.round(drawn.get_facecolors()[:, :3], 6), axis=0)
    assert len(colours) == len(np.unique(mixture.predict(X)))


def test_labels_get_a_mark_each_and_a_legend(mixture: Mixture) -> None:
    X, made_by = mixture.sample(30, random_state=0)
    ax = plots.points(None, X, labels=np.array(["ann", "bo", "cy"])[made_by])
    assert len(marks(ax)) == 3
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["ann", "bo", "cy"]


def test_few_points_are_marks_and_many_are_a_picture(mixture: Mixture) -> None:
    X = mixture.sample(200_000, random_state=0)[0]
    few, many = plots.points(mixture, X[:2000]), plots.points(mixture, X)
    assert len(marks(few)) == 1
    assert not few.images
    assert not marks(many)
    assert len(many.images) == 1


def test_the_size_of_the_axes_decides_too(mixture: Mixture) -> None:
    X = mixture.sample(12_000, random_state=0)[0]
    _, small = plt.subplots(figsize=(2, 2))
    _, large = plt.subplots(figsize=(10, 8))
    assert plots.points(mixture, X, ax=small).images
    assert not plots.points(mixture, X, ax=large).images


def test_the_choice_can_be_made_by_hand(mixture: Mixture, X: NDArray[np.float64]) -> None:
    assert plots.points(mixture, X, how="bins").images
    assert marks(plots.points(mixture, np.repeat(X, 200, axis=0), how="marks"))


def test_bins_count_every_row_and_mix_their_colours() -> None:
    X = np.array([[0.1, 0.1], [0.2, 0.2], [0.9, 0.9]])
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    colours = plots.palette(2)
    bins = count_bins(X, np.array([[0.0, 1.0], [0.0, 1.0]]), (2, 2), colours, lambda part: shares[part])
    np.testing.assert_array_equal(bins.counts, [[2.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(bins.colours[0, 0], mixed(np.array([[0.5, 0.5]]), colours)[0], atol=1e-6)
    np.testing.assert_allclose(bins.colours[1, 1], colours[0], atol=1e-6)
    picture = bins.picture(np.ones(3))
    np.testing.assert_array_equal(picture[..., 3], [[1.0, 0.0], [0.0, 1.0]])


def test_bins_do_not_depend_on_how_rows_are_cut_into_pieces() -> None:
    X = np.random.default_rng(0).random((150_000, 2))
    limits = np.array([[0.0, 1.0], [0.0, 1.0]])
    bins = count_bins(X, limits, (20, 30), plots.palette(1), lambda part: np.ones((len(X[part]), 1)))
    expected, _, _ = np.histogram2d(X[:, 1], X[:, 0], bins=(20, 30), range=limits)
    np.testing.assert_array_equal(bins.counts, expected)


def test_the_picture_lies_where_the_points_are(mixture: Mixture) -> None:
    X = np.concatenate([np.full((50_000, 2), [1.0, 5.0]), [[0.0, 0.0], [4.0, 6.0]]])
    ax = plots.points(None, X)
    picture, (left, right, bottom, top) = np.asarray(ax.images[0].get_array()), ax.images[0].get_extent()
    line, column = np.unravel_index(picture[..., :3].sum(axis=2).argmin(), picture.shape[:2])
    assert left + (column + 0.5) * (right - left) / picture.shape[1] == pytest.approx(1.0, abs=0.03)
    assert bottom + (line + 0.5) * (top - bottom) / picture.shape[0] == pytest.approx(5.0, abs=0.05)


def test_a_data_frame_names_the_axes(X: NDArray[np.float64], mixture: Mixture) -> None:
    ax = plots.points(mixture, pd.DataFrame(X, columns=["height", "weight"]), columns=("weight", "height"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weight", "height")


def test_limits_hold_all_points_and_widen_over_another_plot(mixture: Mixture, X: NDArray[np.float64]) -> None:
    _, ax = plt.subplots()
    plots.ellipses(mixture, ax=ax)
    before = ax.get_xlim()
    far = np.concatenate([X, [[100.0, 0.0]]])
    assert plots.points(mixture, far, ax=ax) is ax
    assert ax.get_xlim()[0] <= before[0]
    assert ax.get_xlim()[1] >= 100.0


def test_an_inverted_axis_stays_inverted(mixture: Mixture, X: NDArray[np.float64]) -> None:
    ax = plots.points(mixture, X)
    ax.invert_yaxis()
    plots.ellipses(mixture, ax=ax)
    plots.points(mixture, X, how="bins", ax=ax)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_equal_units_on_demand_only(mixture: Mixture, X: NDArray[np.float64]) -> None:
    assert plots.points(mixture, X).get_aspect() == "auto"
    assert plots.points(mixture, X, equal=True).get_aspect() == 1.0
    assert plots.points(mixture, X, equal=True, how="bins").get_aspect() == 1.0


def test_bad_input_is_one_sentence(mixture: Mixture, X: NDArray[np.float64]) -> None:
    with pytest.raises(InputError, match="X has 3 features, but the mixture has 2"):
        plots.points(mixture, np.zeros((5, 3)))
    with pytest.raises(InputError, match=r"labels has shape \(3,\), expected \(200,\)"):
        plots.points(mixture, X, labels=[1, 2, 3])
    with pytest.raises(InputError, match="by is 'mood'"):
        plots.points(mixture, X, by="mood")
    with pytest.raises(InputError, match="how is 'slowly'"):
        plots.points(mixture, X, how="slowly")
    with pytest.raises(InputError, match="infinity"):
        plots.points(mixture, [[np.inf, 0.0]])


@pytest.mark.parametrize("count", [1, 8, 9, 30, 76, 300])
def test_a_legend_names_as_many_labels_as_it_has_room_for_and_says_how_many_more(count: int) -> None:
    X = np.random.default_rng(0).random((600, 2))
    labels = np.array([f"speaker {i % count:03d}" for i in range(600)])
    ax = plots.points(None, X, labels=labels)
    legend = ax.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    shown = texts[:-1] if texts[-1].startswith("and ") else texts
    assert shown == sorted(set(labels))[: len(shown)]
    assert (texts[-1] == f"and {count - len(shown)} more") == (len(shown) < count)
    ax.figure.canvas.draw()
    assert legend.get_window_extent().height <= 1.05 * ax.get_window_extent().height


@pytest.mark.parametrize(
    "names",
    [
        ["component number 1 of the mixture of ten", "component number 2 of the mixture of ten"],
        ["a" * 40 + "b", "a" * 40 + "c"],
        ["$x$ and $y$", "100 $ a year", "_hidden"],
        ["tab\there", "bell\x07", "new\nline"],
        ["", " ", "x"],
    ],
)
def test_names_of_labels_are_shortened_but_differ_and_are_no_formulas(names: list[str]) -> None:
    X = np.random.default_rng(0).random((40, 2))
    ax = plots.points(None, X, labels=np.array(names)[np.arange(40) % len(names)])
    legend = ax.get_legend()
    assert legend is not None
    texts = legend.get_texts()
    ax.figure.canvas.draw()
    assert len(texts) == len(names)
    assert not any(text.get_parse_math() for text in texts)
    assert not any("\n" in text.get_text() or "\x07" in text.get_text() for text in texts)
