"""Plots of combined components, modes, replicates, tests and directions; classification, projections, surfaces."""

from __future__ import annotations

import re
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from gaussmix import (
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    combine,
    datasets,
    inference,
    modal_clustering,
    plots,
    reduce_dimension,
    select,
)
from gaussmix.errors import InputError, InputTypeError

from ..support import quiet

MIXTURE = datasets.random_mixture(5, 2, random_state=4)
X = MIXTURE.sample(300, random_state=0)[0]
DRAWN = datasets.random_mixture(3, 4, random_state=1)
WIDE = Mixture(np.full(3, 1 / 3), DRAWN.means, DRAWN.covariances)
XW = WIDE.sample(150, random_state=0)[0]
LINE = Mixture([0.5, 0.3, 0.2], [[0.0], [6.0], [7.0]], [1.0, 0.5, 0.5])
XL = LINE.sample(200, random_state=0)[0]


def points_of(ax: Any) -> np.ndarray:
    return np.concatenate(
        [each.get_offsets() for each in ax.collections if type(each).__name__ == "PathCollection"]
    )


def titles(axes: Any) -> list[str]:
    return [ax.get_title(loc="left") for ax in axes]


# --------------------------------------------------------------------------------------- entropy and mergers


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("n_pieces", [2, 3])
def test_entropies_are_points_and_the_elbow_has_a_ring(normalized: bool, n_pieces: int) -> None:
    combined = combine(MIXTURE, X)
    ax = plots.entropy(combined, normalized=normalized, n_pieces=n_pieces)
    *lines, dots, ring = ax.lines
    assert len(lines) == n_pieces
    np.testing.assert_allclose(dots.get_ydata(), combined.entropies)
    best = combined.elbow(n_pieces, normalized=normalized)
    assert ring.get_ydata() == combined.entropies[best - 1]
    assert any(f"{best} cluster" in text.get_text() for text in ax.texts)


def test_entropies_near_zero_are_drawn_as_zero() -> None:
    far = Mixture([0.5, 0.5], [[0.0], [30.0]], [1.0, 1.0])
    ax = plots.entropy(combine(far, far.sample(50, random_state=0)[0]))
    assert ax.get_ylim()[1] > 0.0005


def test_clusters_that_do_not_overlap_have_no_lines() -> None:
    far = Mixture(np.full(4, 0.25), 100.0 * np.arange(4.0)[:, None], np.ones(4))
    ax = plots.entropy(combine(far, far.sample(50, random_state=0)[0]))
    assert [line.get_linestyle() for line in ax.lines] == ["None", "None"]
    assert [text.get_text() for text in ax.texts] == ["4 clusters"]


def test_one_and_two_components_have_entropies_too() -> None:
    for K in (1, 2):
        ax = plots.entropy(combine(MIXTURE.take(range(K)), X))
        assert len(ax.lines) == 2


@pytest.mark.parametrize("height", ["clusters", "entropy"])
@pytest.mark.parametrize("K", [1, 2, 5, 40])
def test_the_tree_has_a_bracket_for_each_merger(height: str, K: int) -> None:
    mixture = datasets.random_mixture(K, 2, random_state=0)
    combined = combine(mixture, mixture.sample(200, random_state=0)[0])
    ax = plots.dendrogram(combined, height=height)
    brackets = [line for line in ax.lines if len(line.get_xdata()) == 4]
    assert len(brackets) == K - 1
    # No bracket crosses another: leaves lie in the order of the tree.
    tops = sorted(float(line.get_ydata()[1]) for line in brackets)
    expected = np.arange(1, K) if height == "clusters" else combined.linkage()[:, 2]
    np.testing.assert_allclose(tops, np.sort(expected))
    low, high = ax.get_ylim()
    assert all(low <= value <= high for value in tops)


def test_the_cut_leaves_as_many_branches_as_clusters() -> None:
    combined = combine(MIXTURE, X)
    ax = plots.dendrogram(combined)
    cut = next(line for line in ax.lines if line.get_linestyle() == "--").get_ydata()[0]
    verticals = [
        (line.get_ydata()[i], line.get_ydata()[i + 1])
        for line in ax.lines
        if len(line.get_xdata()) == 4
        for i in (0, 2)
    ]
    assert sum(min(pair) < cut < max(pair) for pair in verticals) == combined.n_clusters


# ---------------------------------------------------------------------------------------------------- modes


@pytest.mark.parametrize(
    ("mixture", "rows"), [(MIXTURE, X), (WIDE, XW), (LINE, XL), (MIXTURE, None), (LINE, None)]
)
def test_each_mode_has_a_star(mixture: Mixture, rows: Any) -> None:
    found = modal_clustering(mixture, rows)
    ax = plots.modes(found, rows)
    stars = [line for line in ax.lines if line.get_marker() == "*"]
    places = np.array([[float(np.ravel(s.get_xdata())[0]), float(np.ravel(s.get_ydata())[0])] for s in stars])
    assert len(stars) == len(found.modes)
    np.testing.assert_allclose(places[:, 0], found.modes[:, 0])
    if mixture.n_features > 1:
        np.testing.assert_allclose(places, found.modes[:, :2])


def test_new_rows_are_led_to_their_modes() -> None:
    found = modal_clustering(MIXTURE, X)
    drawn = points_of(plots.modes(found, X[:10]))
    assert sorted(drawn.tolist()) == sorted(X[:10].tolist())


# ----------------------------------------------------------------------------------------- replicates, tests


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical", "tied-spherical"])
def test_intervals_of_every_family(family: str) -> None:
    model = GaussianMixture(2, covariance_type=family, random_state=0).fit(datasets.load_faithful().data)
    found = inference.bootstrap(model, datasets.load_faithful().data, n_replicates=20, random_state=0)
    interval = found.intervals(0.8)
    axes = plots.intervals(found, level=0.8)
    assert axes.shape == (2, 2)
    for (k, d), ax in np.ndenumerate(axes):
        line, dot = ax.lines
        ends = [interval.lower.means[k, d], interval.upper.means[k, d]]
        np.testing.assert_allclose(line.get_xdata(), ends)
        np.testing.assert_allclose(dot.get_xdata(), model.means_[k, d])
    assert plots.intervals(found, parameter="weights").shape == (2, 1)
    variances = plots.intervals(found, parameter="variances")
    assert variances.shape == (1 if "tied" in family else 2, 1 if "spherical" in family else 2)


def test_the_weight_of_noise_has_a_panel() -> None:
    rows = datasets.load_chevron().data
    model = GaussianMixture(2, noise_component=True, random_state=0).fit(rows)
    found = inference.bootstrap(model, rows, n_replicates=5, random_state=0)
    assert [ax.get_ylabel() for ax in plots.intervals(found, parameter="weights").ravel()] == [
        "0",
        "1",
        "noise",
    ]


def test_likelihood_ratios_stand_on_their_lines() -> None:
    test = inference.LikelihoodRatioTest(
        tuple(
            inference.LikelihoodRatio(K, t, np.arange(30.0))
            for K, t in ((1, 300.0), (2, 12.0), (3, 0.0), (4, 2.0))
        ),
        0.05,
        (),
    )
    axes = plots.likelihood_ratios(test)
    assert titles(axes) == [f"{K} against {K + 1} components" for K in (1, 2, 3, 4)]
    assert [ax.lines[0].get_xdata()[0] for ax in axes] == [300.0, 12.0, 0.0, 2.0]
    assert axes[0].texts[0].get_text() == "300.0\np = 0.0323"


# ------------------------------------------------------------------------------------------------ directions


def test_eigenvalues_and_their_parts() -> None:
    both = plots.eigenvalues(reduce_dimension(WIDE, XW, means_share=0.5))
    assert [line.get_label() for line in both.lines] == ["from covariances", "from means", "eigenvalue"]
    one = plots.eigenvalues(reduce_dimension(WIDE, XW))
    assert [line.get_label() for line in one.lines] == ["eigenvalue"]


@pytest.mark.parametrize("columns", [(0, 1), (1, 0)])
def test_rows_stand_where_the_directions_put_them(columns: Any) -> None:
    found = reduce_dimension(WIDE, XW)
    ax = plots.directions(found, XW, columns=columns)
    expected = found.transform(XW)[:, list(columns)]
    np.testing.assert_allclose(np.sort(points_of(ax), axis=0), np.sort(expected, axis=0))
    assert ax.get_xlabel() == f"direction {columns[0] + 1}"


def test_one_direction_is_a_line() -> None:
    found = reduce_dimension(MIXTURE.take([0, 1]))
    assert plots.directions(found, X).get_ylabel() == "density"


def test_labels_of_directions_have_a_legend() -> None:
    ax = plots.directions(reduce_dimension(WIDE, XW), XW, ["a", "b", "c"] * 50)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]
    # Components that are not the labels have none of their colours; those of a classifier have that of their class.
    assert len({patch.get_edgecolor() for patch in ax.patches}) == 1
    y = np.where(XW[:, 0] > np.median(XW[:, 0]), "right", "left")
    classifier = MixtureClassifier(2, covariance_type="spherical", random_state=0).fit(XW, y)
    ax = plots.directions(reduce_dimension(classifier, XW), XW, y)
    edges = [patch.get_edgecolor() for patch in ax.patches]
    assert edges[0] == edges[1] != edges[2] == edges[3]


def test_classes_alone_have_a_legend() -> None:
    y = np.array(["a", "b", "c"])[WIDE.predict(XW)]
    with quiet():
        model = MixtureClassifier(2, random_state=0, covariance_type="spherical").fit(XW, y)
    ax = plots.directions(reduce_dimension(model))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c"]
    edges = [patch.get_edgecolor() for patch in ax.patches if patch.get_edgecolor()[3] > 0]
    assert edges[0] == edges[1] != edges[2] == edges[3] != edges[4] == edges[5]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "other"])
def test_rows_without_a_class_are_crosses_beside_the_colours_of_all_classes(missing: Any) -> None:
    y = np.array(["a", "b", "c"], dtype=object)[WIDE.predict(XW)]
    found = reduce_dimension(MixtureClassifier(1, random_state=0).fit(XW, y), XW)
    partly = np.where((np.arange(150) % 5 == 0) | (y == "a"), missing, y)
    ax, whole = plots.directions(found, XW, partly), plots.directions(found, XW, y)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b", "c", "unknown"]
    assert [patch.get_edgecolor() for patch in ax.patches] == [p.get_edgecolor() for p in whole.patches]
    lines = [ax.get_legend().legend_handles, whole.get_legend().legend_handles]
    assert [line.get_color().tolist() for line in lines[0][:3]] == [
        line.get_color().tolist() for line in lines[1]
    ]
    assert sum(len(drawn.get_offsets()) for drawn in ax.collections) == 150


def test_labels_of_several_types_are_refused() -> None:
    with pytest.raises(InputTypeError, match=r"labels holds labels of several types \(int, str\)"):
        plots.points(None, XW, labels=["a", 1, "b"] * 50)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_projections_are_of_rows_and_components(seed: int) -> None:
    onto = np.random.default_rng(seed).normal(size=(4, 2))
    ax = plots.projection(WIDE, XW, onto=onto)
    np.testing.assert_allclose(np.sort(points_of(ax), axis=0), np.sort(XW @ onto, axis=0))
    one, same, other = (plots.projection(WIDE, XW, random_state=s) for s in (seed, seed, seed + 1))
    assert np.array_equal(points_of(one), points_of(same))
    assert not np.array_equal(points_of(one), points_of(other))


# -------------------------------------------------------------------- classification, uncertainty, surfaces


def test_classification_in_the_plane_and_on_a_line() -> None:
    assert len(plots.classification(MIXTURE, X).patches) == 5
    ax = plots.classification(LINE, XL)
    strips = [c for c in ax.collections if c.__class__.__name__ == "LineCollection"]
    assert sum(len(strip.get_segments()) for strip in strips) == len(XL)
    assert ax.get_ylim()[0] < 0
    labelled = plots.classification(LINE, XL, labels=np.where(XL[:, 0] > 3, "high", "low"))
    assert {"high", "low"} <= {text.get_text() for text in labelled.texts}


def test_uncertainty_of_one_column_is_a_curve() -> None:
    ax = plots.uncertainty(LINE, XL)
    x, u = ax.lines[0].get_data()
    np.testing.assert_allclose(u, 1 - LINE.responsibilities(np.asarray(x)[:, None]).max(axis=1))
    assert ax.get_xlabel() == "x"
    assert plots.uncertainty(WIDE, XW, columns=2).get_xlabel() == "column 2"


def test_a_surface_is_as_high_as_the_density() -> None:
    ax: Any = plots.surface(MIXTURE, pixels=40)
    top = float(ax.get_zlim()[1])
    grid = np.stack(np.meshgrid(*[np.linspace(*lim, 60) for lim in (ax.get_xlim(), ax.get_ylim())]), axis=-1)
    assert top == pytest.approx(MIXTURE.pdf(grid.reshape(-1, 2)).max(), rel=0.5)
    again = plots.surface(MIXTURE, pixels=20, ax=plt.subplots(subplot_kw={"projection": "3d"})[1])
    assert again.name == "3d"


@pytest.mark.parametrize("style", ["default", "dark_background"])
@pytest.mark.parametrize("given", [False, True])
def test_long_names_beside_a_surface_stay_inside_the_figure(style: str, given: bool) -> None:
    names = (
        "mean_annual_precipitation_in_millimetres",
        "height above the sea level of the station in the north",
    )
    mixture = Mixture(MIXTURE.weights, MIXTURE.means, MIXTURE.covariances, feature_names=names)
    with plt.style.context(style):
        ax: Any = plt.figure(figsize=(10, 4)).add_subplot(121, projection="3d") if given else None
        ax = plots.surface(mixture, pixels=20, ax=ax)
    ax.figure.canvas.draw()
    width, height = ax.figure.bbox.size
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        corners = axis.label.get_window_extent().get_points()
        assert (corners >= 0).all()
        assert (corners <= [width, height]).all()
    assert [re.sub(r"\s", "", ax.get_xlabel()), re.sub(r"\s", "", ax.get_ylabel())] == [
        name.replace(" ", "") for name in names
    ]


def test_the_floor_of_a_surface_and_ellipses_have_given_colours() -> None:
    ax = plots.ellipses(MIXTURE, colors="red", fill=False)
    assert {patch.get_edgecolor()[:3] for patch in ax.patches} == {(1.0, 0.0, 0.0)}
    with pytest.raises(InputError, match="colors are 2 colours for 5 components"):
        plots.ellipses(MIXTURE, colors=["red", "blue"])
    with pytest.raises(InputError, match="give a colour of matplotlib's"):
        plots.ellipses(MIXTURE, colors="no such colour")


# ------------------------------------------------------------------------------------------------- one figure


def models() -> dict[str, Any]:
    faithful = datasets.load_faithful().data
    fitted = GaussianMixture(2, random_state=0).fit(faithful)
    combined = combine(MIXTURE, X)
    y = WIDE.predict(XW)
    classifier = MixtureClassifier(1, random_state=0)
    return {
        "fit of one column": (
            GaussianMixture(2, random_state=0).fit(XL),
            XL,
            None,
            {"Density", "Uncertainty"},
        ),
        "mixture of one column": (LINE, None, None, {"Density", "Uncertainty"}),
        "fit": (fitted, faithful, None, {"Responsibilities", "Density", "Uncertainty"}),
        "mixture": (MIXTURE, None, None, {"Components", "Density"}),
        "wide": (WIDE, XW, None, {""}),
        "classifier": (classifier.fit(XW, y), XW, y, {"Decision regions", "Directions"}),
        "flat classifier": (
            MixtureClassifier(1, random_state=0).fit(XW[:, :2], y),
            XW[:, :2],
            y,
            {"Decision regions"},
        ),
        "line classifier": (MixtureClassifier(1, random_state=0).fit(XW[:, :1], y), XW[:, :1], y, {""}),
        "classifier alone": (classifier, None, None, {"Directions"}),
        "incomplete classifier": (
            classifier,
            np.where(np.arange(150)[:, None] % 7 == np.arange(XW.shape[1]), np.nan, XW),
            np.where(np.arange(150) % 3 == 0, None, y),
            {"Directions"},
        ),
        "classifier of one class": (MixtureClassifier(1).fit(XW, np.zeros(150)), XW, np.zeros(150), {""}),
        "flat classifier of one class": (
            MixtureClassifier(1).fit(XW[:, :2], y * 0),
            XW[:, :2],
            None,
            {"Density"},
        ),
        "combination": (combined, X, None, {"Entropy", "Mergers", "Clusters"}),
        "combination alone": (combined, None, None, {"Entropy", "Mergers"}),
        "line combination": (combine(LINE, XL), XL, None, {"Entropy", "Mergers", "Clusters"}),
        "modes": (modal_clustering(MIXTURE, X), X, None, {""}),
        "reduction": (reduce_dimension(WIDE, XW), XW, y, {"Eigenvalues", "Directions"}),
        "bootstrap": (
            inference.bootstrap(fitted, faithful, n_replicates=5, random_state=0),
            None,
            None,
            {""},
        ),
        "trace": (fitted.trace_, None, None, {"Search", "EM"}),
        "search": (fitted.trace_.search, None, None, set()),
    }


@pytest.mark.parametrize("name", list(models()))
def test_one_call_draws_what_suits(name: str) -> None:
    fitted, rows, y, expected = models()[name]
    figure = plots.plot(fitted, rows, y)
    assert set(titles(figure.axes)) >= expected
    figure.canvas.draw()


def test_an_object_that_draws_itself_is_asked() -> None:
    class Own:
        def plot(self) -> Any:
            return plots.ellipses(MIXTURE)

    assert len(plots.plot(Own()).axes) == 1
    chosen = select(datasets.load_faithful().data, range(1, 3), ["EEE", "VVV"], random_state=0)
    assert len(plots.plot(chosen).axes) >= 2
    assert plots.plot(chosen.dendrogram()).axes[0].get_ylabel().startswith("distance")


def test_the_figure_of_one_call_is_saved(tmp_path) -> None:
    figure = plots.plot(MIXTURE)
    figure.savefig(tmp_path / "fit.png")
    assert (tmp_path / "fit.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: plots.plot("faithful"), InputTypeError, "a plot needs a Mixture or a fitted estimator"),
        (lambda: plots.plot(GaussianMixture(2)), InputError, "holds no fitted mixture"),
        (lambda: plots.plot(combine(MIXTURE.take([0]), X)), InputError, "the combination has one component"),
        (
            lambda: plots.entropy(MIXTURE),
            InputTypeError,
            "an entropy plot needs the result of gaussmix.combine",
        ),
        (lambda: plots.dendrogram(combine(MIXTURE, X), height="steps"), InputError, "height is 'steps'"),
        (lambda: plots.modes(MIXTURE), InputTypeError, "needs the result of gaussmix.modal_clustering"),
        (lambda: plots.intervals(MIXTURE), InputTypeError, "needs the result of inference.bootstrap"),
        (
            lambda: plots.likelihood_ratios(1),
            InputTypeError,
            "needs the result of inference.likelihood_ratio_test",
        ),
        (lambda: plots.eigenvalues(MIXTURE), InputTypeError, "needs the result of gaussmix.reduce_dimension"),
        (lambda: plots.projection(LINE), InputError, "a projection on a plane needs two columns"),
        (lambda: plots.projection(WIDE, onto=np.ones((4, 2))), InputError, "onto has parallel columns"),
        (lambda: plots.projection(WIDE, onto=np.ones((3, 2))), InputError, "onto has shape (3, 2)"),
        (
            lambda: plots.surface(MIXTURE, ax=plt.subplots()[1]),
            InputTypeError,
            "a surface needs 3D axes",
        ),
        (lambda: plots.classification(MIXTURE, labels=[1]), InputError, "labels are given without X"),
    ],
)
def test_bad_input_gets_a_sentence(call: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        call()
