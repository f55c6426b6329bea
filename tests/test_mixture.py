"""Mixture as a value: shapes of covariances, equality, text, edges of its methods."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Full, Mixture, Spherical, Tied
from gaussmix.errors import GaussmixError, InputError

from .support import FAMILIES, NAMES, random_mixture

NAMED = Mixture([0.4, 0.6], [[0.0, 1.0], [3.0, 4.0]], [1.0, 2.0], feature_names=["width", "height"])


@pytest.mark.parametrize(
    ("shape", "family"),
    [((2, 3, 3), Full()), ((2, 3), Diagonal()), ((2,), Spherical()), ((3, 3), Tied(Full()))],
)
def test_the_shape_says_which_family(shape, family):
    array = np.broadcast_to(np.eye(3), shape) if shape[-2:] == (3, 3) else np.ones(shape)
    mixture = Mixture([0.5, 0.5], np.zeros((2, 3)), array)
    assert mixture.family == family
    assert np.array_equal(mixture.covariances.dense(), np.tile(np.eye(3), (2, 1, 1)))


def test_where_the_shape_leaves_it_open_the_family_decides():
    array = np.array([[2.0, 0.5], [0.5, 3.0]])
    for family in (Diagonal(), Tied(Full())):
        assert Mixture([0.5, 0.5], np.zeros((2, 2)), array, family=family).family == family
    with pytest.raises(InputError, match="Diagonal.*Tied"):
        Mixture([0.5, 0.5], np.zeros((2, 2)), array)
    # An off-diagonal zero is no variance; a matrix that is not symmetric is no covariance.
    assert Mixture([0.5, 0.5], np.zeros((2, 2)), np.eye(2)).family == Tied(Full())
    assert Mixture([0.5, 0.5], np.zeros((2, 2)), [[1.0, 2.0], [3.0, 4.0]]).family == Diagonal()


@pytest.mark.parametrize("array", [[[[2.0]]], [[2.0]], [2.0]])
def test_one_component_in_one_dimension(array):
    mixture = Mixture([1.0], [[0.0]], array)
    assert mixture.pdf([0.0]) == pytest.approx([1 / np.sqrt(4 * np.pi)])


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_covariances_of_another_mixture(family):
    mixture = random_mixture(np.random.default_rng(0), 2, 3, family)
    again = Mixture(mixture.weights, mixture.means + 1, mixture.covariances)
    assert again.family == family
    assert again == mixture + 1
    with pytest.raises(InputError, match="2 components and 3 features"):
        Mixture([1.0], [[0.0]], mixture.covariances)


def test_equality():
    assert Mixture([1.0], [[0.0]], [1.0]) == Mixture([1.0], [[0.0]], [1.0])
    assert Mixture([1.0], [[0.0]], [1.0]) != Mixture([1.0], [[0.0]], [2.0])
    assert Mixture([1.0], [[0.0]], [1.0]) != Mixture([1.0], [[0.1]], [1.0])
    assert Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0]) != Mixture([0.4, 0.6], [[0.0], [1.0]], [1.0, 1.0])
    assert Mixture([1.0], [[0.0]], [1.0], feature_names=["x"]) != Mixture([1.0], [[0.0]], [1.0])
    full, tied = (Mixture([1.0], [[0.0]], [[[1.0]]]), Mixture([1.0], [[0.0]], [[1.0]], family=Tied(Full())))
    assert full != tied
    assert full != 3
    with pytest.raises(TypeError, match="unhashable"):
        hash(full)


def test_it_is_frozen_and_keeps_no_reference():
    weights, means, variances = np.array([1.0]), np.array([[0.0]]), np.array([1.0])
    mixture = Mixture(weights, means, variances)
    weights[0], means[0], variances[0] = 9.0, 9.0, 9.0
    assert (mixture.weights[0], mixture.means[0, 0], mixture.covariances.array[0]) == (1.0, 0.0, 1.0)
    for array in (mixture.weights, mixture.means, mixture.covariances.array):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
    with pytest.raises(AttributeError, match="frozen"):
        mixture.means = means


def test_text():
    text = repr(NAMED)
    assert (
        text.splitlines()[0]
        == "Mixture of 2 Gaussians in 2 dimensions, covariances spherical, features width, height"
    )
    assert "1: weight 0.6000, mean (3, 4), standard deviations (1.414, 1.414)" in text
    many = Mixture(np.full(30, 1 / 30), np.zeros((30, 9)), np.ones(30))
    assert "and 20 more" in repr(many)
    assert "…" in repr(many)
    assert max(map(len, repr(many).splitlines())) < 160


def test_html_is_escaped():
    mixture = Mixture([1.0], [[0.0]], [1.0], feature_names=["<script>alert(1)</script>"])
    html = mixture._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert html.count("<table>") == html.count("</table>") == 1
    assert "0 ± 1" in html


def test_names_of_columns():
    assert NAMED.marginal("height").means.ravel().tolist() == [1.0, 4.0]
    assert NAMED.marginal(["height", "width"]).feature_names == ("height", "width")
    assert NAMED.condition("width", 0.0).feature_names == ("height",)
    assert (NAMED + 1).feature_names == ("width", "height")
    assert (np.diag([2.0, 3.0]) @ NAMED).feature_names == ("width", "height")
    assert (np.array([[0.0, 1.0], [1.0, 0.0]]) @ NAMED).feature_names is None
    assert ([[1.0, 0.0]] @ NAMED).feature_names is None
    assert NAMED.marginal(-1).means.ravel().tolist() == [1.0, 4.0]
    for names in (["x"], ["x", "x"], ["a", "b", "c"]):
        with pytest.raises(InputError, match="feature_names"):
            Mixture([1.0], [[0.0, 1.0]], [1.0], feature_names=names)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ("depth", "'depth'.*'width', 'height'"),
        (2, "2 is out of range"),
        (-3, "-3 is out of range"),
        ([0, 0], "twice"),
        ([0, -2], "twice"),
        ([], "empty"),
        (1.5, "1.5"),
        (None, "None"),
        ([True], "neither"),
        ({"a": 1}, "'a'"),
    ],
)
def test_columns_that_are_not_there(columns, what):
    with pytest.raises(GaussmixError, match=what):
        NAMED.marginal(columns)


@pytest.mark.parametrize(
    ("columns", "values", "what"),
    [
        ([0, 1], [1.0, 2.0], "leave at least one"),
        ([0], [1.0, 2.0], "values"),
        ([0], [np.nan], "values"),
        ([0], "x", "values"),
        ([0], [[1.0]], "values"),
        ([0], None, "values"),
    ],
)
def test_conditions_that_cannot_be(columns, values, what):
    with pytest.raises(GaussmixError, match=what):
        NAMED.condition(columns, values)


def test_a_condition_off_every_support():
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[0.0, 0.0], [0.0, 1.0]]], allow_singular=True)
    assert mixture.condition([0], [0.0]).covariance().tolist() == [[1.0]]
    with pytest.raises(InputError, match="outside the support of every component"):
        mixture.condition([0], [1.0])


def test_a_condition_far_in_the_tail_of_all():
    conditional = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 5.0]], [1.0, 1.0]).condition([0], [1e6])
    assert conditional.weights.tolist() == [0.0, 1.0]
    assert conditional.mean().tolist() == [5.0]


@pytest.mark.parametrize(
    "act",
    [
        lambda m: np.ones((2, 3)) @ m,
        lambda m: np.ones(2) @ m,
        lambda m: np.full((2, 2), np.nan) @ m,
        lambda m: m + np.ones(3),
        lambda m: m + "b",
        lambda m: m - [1.0, np.inf],
        lambda m: np.ones((3, 2)) @ m,
        lambda m: np.zeros((2, 2)) @ m,
    ],
)
def test_maps_that_do_not_fit(act):
    with pytest.raises(GaussmixError, match=r"[Ab]\b|component"):
        act(NAMED)


def test_no_rows_and_no_samples():
    assert NAMED.log_prob(np.empty((0, 2))).shape == (0,)
    assert NAMED.responsibilities(np.empty((0, 2))).shape == (0, 2)
    assert NAMED.predict(np.empty((0, 2))).shape == (0,)
    X, labels = NAMED.sample(0)
    assert (X.shape, labels.shape) == ((0, 2), (0,))


def test_a_seed_repeats_a_sample():
    for seed in (3, np.int64(3)):
        assert np.array_equal(NAMED.sample(5, seed)[0], NAMED.sample(5, 3)[0])
    rng = np.random.default_rng(3)
    assert not np.array_equal(NAMED.sample(5, rng)[0], NAMED.sample(5, rng)[0])
    state = np.random.RandomState(0)
    assert np.array_equal(NAMED.sample(5, state)[0], NAMED.sample(5, np.random.RandomState(0))[0])


def test_predict_works_in_pieces():
    X = NAMED.sample(70_000, 0)[0]
    assert np.array_equal(NAMED.predict(X), NAMED.log_joint(X).argmax(axis=1))


def test_weights_may_miss_one_by_rounding():
    weights = np.full(3, 1 / 3).astype(np.float32)
    mixture = Mixture(weights, np.zeros((3, 1)), np.ones(3))
    assert mixture.sample(100, 0)[0].shape == (100, 1)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_take(family):
    mixture = random_mixture(np.random.default_rng(0), 4, 2, family)
    some = mixture.take([2, 0])
    assert some.weights.sum() == pytest.approx(1.0)
    assert np.array_equal(some.means, mixture.means[[2, 0]])
    assert np.array_equal(some.covariances.dense(), mixture.covariances.dense()[[2, 0]])
    for wrong in ([], [4], [0.5], 1, [True]):
        with pytest.raises(GaussmixError, match="components"):
            mixture.take(wrong)


@pytest.mark.parametrize("family", FAMILIES, ids=repr)
@pytest.mark.parametrize("seed", range(3))
def test_a_permuted_mixture_is_matched_to_itself(family, seed):
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, 5, 3, family)
    permuted = mixture.take(rng.permutation(5))
    assert np.array_equal(permuted.match(mixture).means, mixture.means)
    assert permuted.match(mixture).covariances == mixture.covariances
    # In any units, and about any origin.
    A, b = np.diag([1e-3, 7.0, 1e5]), np.array([1.0, 2.0, 3.0])
    moved = (A @ permuted + b).match(A @ mixture + b)
    assert np.allclose(moved.means, (A @ mixture + b).means)


def test_matching_is_optimal_rather_than_greedy():
    before = Mixture([0.5, 0.5], [[0.0], [3.0]], [1.0, 1.0])
    # The first is nearest to the second one before, and would leave a distant pair.
    after = Mixture([0.5, 0.5], [[2.0], [4.9]], [1.0, 1.0])
    assert after.match(before).means.ravel().tolist() == [2.0, 4.9]


def test_components_left_over_come_last():
    before = Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])
    after = Mixture([0.1, 0.2, 0.3, 0.4], [[4.0], [9.1], [5.0], [0.1]], [1.0] * 4)
    assert after.match(before).means.ravel().tolist() == [0.1, 9.1, 5.0, 4.0]
    assert before.match(after).means.ravel().tolist() == [9.0, 0.0]


def test_other_columns_cannot_be_matched():
    one = Mixture([1.0], [[0.0]], [1.0], feature_names=["a"])
    with pytest.raises(InputError, match="have 1 and 2 columns"):
        one.match(Mixture([1.0], [[0.0, 1.0]], [1.0]))
    with pytest.raises(InputError, match="have the columns 'a' and 'b'"):
        one.match(Mixture([1.0], [[0.0]], [1.0], feature_names=["b"]))
