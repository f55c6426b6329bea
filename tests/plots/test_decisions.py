from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from gaussmix import MixtureClassifier, datasets, plots
from gaussmix.classify import ClassMixtures
from gaussmix.errors import InputError, InputTypeError
from gaussmix.plots.colours import to_oklab

VOWELS = datasets.load_vowels()
X, Y = VOWELS.data[:, 1:3], VOWELS.target


def regions(ax: plots.regions.Axes, n_classes: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:  # type: ignore[name-defined]
    """Read the class of each pixel off its hue, with the centres of the pixels."""
    image = ax.images[0]
    picture = np.asarray(image.get_array())[..., :3]
    tint = to_oklab(picture)[..., 1:].reshape(-1, 2)
    hues = to_oklab(plots.palette(n_classes))[:, 1:]
    unit = hues / np.linalg.norm(hues, axis=1, keepdims=True)
    left, right, bottom, top = image.get_extent()
    lines, columns = picture.shape[:2]
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = bottom + (np.arange(lines) + 0.5) * (top - bottom) / lines
    return (tint @ unit.T).argmax(axis=1), np.column_stack([np.tile(x, lines), np.repeat(y, columns)])


@pytest.mark.parametrize(
    "classifier",
    [MixtureClassifier(2, random_state=0), LogisticRegression(max_iter=2000)],
    ids=["ours", "scikit-learn's"],
)
def test_regions_equal_predict(classifier: object) -> None:
    few = np.isin(Y, ["aa", "iy", "uw"])
    model = classifier.fit(X[few] / 1000.0, Y[few])  # type: ignore[attr-defined]
    ax = plots.decision_map(model, X[few] / 1000.0, Y[few], pixels=60)
    shown, plane = regions(ax, 3)
    np.testing.assert_array_equal(model.classes_[shown], model.predict(plane))


def test_the_surer_the_stronger() -> None:
    few = np.isin(Y, ["iy", "ih"])
    model = MixtureClassifier(1, random_state=0).fit(X[few], Y[few])
    ax = plots.decision_map(model, X[few], Y[few], pixels=40)
    _, plane = regions(ax, 2)
    chroma = np.linalg.norm(to_oklab(np.asarray(ax.images[0].get_array())[..., :3])[..., 1:], axis=-1).ravel()
    proba = model.predict_proba(plane)
    first = proba[:, 0] > 0.5
    order = np.argsort(proba[first].max(axis=1))
    assert (np.diff(chroma[first][order]) > -1e-9).all()


def test_wider_mixtures_are_drawn_by_their_marginals() -> None:
    data = VOWELS.data
    model = MixtureClassifier(1, random_state=0).fit(datasets.load_vowels(as_frame=True).data, Y)
    ax = plots.decision_map(model, data, Y, columns=("F2", "F3"), pixels=30)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("F2", "F3")
    shown, plane = regions(ax, 10)
    marginals = ClassMixtures(model.priors_, [mixture.marginal([2, 3]) for mixture in model.mixtures_])
    expected = marginals.log_joint(plane).argmax(axis=1)
    # The seventh colour is grey and has no hue to read.
    coloured = (expected != 6) & (shown != 6)
    assert (shown[coloured] % 8 == expected[coloured] % 8).mean() > 0.999


def test_other_classifiers_are_cut_at_the_medians() -> None:
    data = VOWELS.data / 1000.0
    few = np.isin(Y, ["aa", "iy", "uw"])
    model = LogisticRegression(max_iter=2000).fit(data[few], Y[few])
    shown, plane = regions(plots.decision_map(model, data[few], Y[few], columns=(1, 2), pixels=30), 3)
    full = np.tile(np.median(data[few], axis=0), (len(plane), 1))
    full[:, [1, 2]] = plane
    np.testing.assert_array_equal(model.classes_[shown], model.predict(full))


@pytest.mark.parametrize(
    ("names", "texts", "legend"), [("direct", 3, False), ("legend", 0, True), ("none", 0, False)]
)
def test_names_of_classes(names: str, texts: int, legend: bool) -> None:
    few = np.isin(Y, ["aa", "iy", "uw"])
    model = MixtureClassifier(1, random_state=0).fit(X[few], Y[few])
    ax = plots.decision_map(model, X[few], Y[few], names=names, pixels=20)
    assert len(ax.texts) == texts
    assert (ax.get_legend() is not None) == legend


@pytest.mark.parametrize(
    "names",
    [
        ["the first of three rather long names", "the second of three rather long names", "x"],
        ["$a$", "$b$ and $c$", "100 $"],
        ["tab\there", "bell\x07", "new\nline"],
    ],
)
@pytest.mark.parametrize("how", ["direct", "legend"])
def test_long_names_of_classes_are_shortened_and_are_no_formulas(names: list[str], how: str) -> None:
    few = np.isin(Y, ["aa", "iy", "uw"])
    labels = np.array(names)[np.unique(Y[few], return_inverse=True)[1]]
    model = MixtureClassifier(1, random_state=0).fit(X[few], labels)
    ax = plots.decision_map(model, X[few], labels, names=how, pixels=20)
    legend = ax.get_legend()
    texts = ax.texts if legend is None else legend.get_texts()
    ax.figure.canvas.draw()
    shown = [text.get_text() for text in texts]
    assert len(set(shown)) == 3
    assert all(text.isprintable() and len(text) <= 24 for text in shown)
    assert not any(text.get_parse_math() for text in texts)


def test_a_map_without_data_names_its_regions() -> None:
    few = np.isin(Y, ["aa", "iy", "uw"])
    model = MixtureClassifier(1, random_state=0).fit(X[few], Y[few])
    ax = plots.decision_map(model, pixels=50)
    for text in ax.texts:
        assert model.predict([text.get_position()])[0] == text.get_text()
    assert len(ax.texts) == 3


def test_bad_input_is_one_sentence() -> None:
    few = np.isin(Y, ["aa", "iy"])
    model = MixtureClassifier(1, random_state=0).fit(X[few], Y[few])
    with pytest.raises(InputError, match="call its fit first"):
        plots.decision_map(MixtureClassifier(1))
    with pytest.raises(InputTypeError, match="needs a classifier with predict_proba"):
        plots.decision_map(object())
    with pytest.raises(InputError, match="y holds the class 'uw', unknown to the classifier"):
        plots.decision_map(model, X, np.where(few, Y, "uw"), pixels=10)
    with pytest.raises(InputError, match="neither X nor limits"):
        plots.decision_map(LogisticRegression(max_iter=2000).fit(X[few] / 1000, Y[few]))
    with pytest.raises(InputError, match="pixels is 0: give a whole number ≥ 2"):
        plots.decision_map(model, pixels=0)
    with pytest.raises(InputTypeError, match="pixels is nan"):
        plots.decision_map(model, pixels=float("nan"))
    with pytest.raises(InputError, match=r"limits\[1, 1\] is 'x'"):
        plots.decision_map(model, limits=((0, 1), (0, "x")))


def test_other_plots_name_what_a_classifier_has() -> None:
    few = np.isin(Y, ["aa", "iy"])
    model = MixtureClassifier(1, random_state=0).fit(X[few], Y[few])
    for draw in (plots.density_1d, plots.ellipses, plots.density_2d):
        with pytest.raises(
            InputTypeError, match="this is of type MixtureClassifier: give one of its mixtures_"
        ):
            draw(model)
