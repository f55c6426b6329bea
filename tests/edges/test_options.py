"""Wrong values and types of every constructor parameter: one sentence that names the parameter."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from gaussmix import Full, GaussianMixture, MclustPrior, Mixture, MixtureClassifier, Tied
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import GaussmixError

from ..support import quiet

X = np.random.default_rng(0).standard_normal((30, 2))
Y = np.arange(30) % 2
EYE = np.tile(np.eye(2), (2, 1, 1))

WRONG = {
    "bounds": [3.0, "wide", (1.0,), (1.0, 0.0), ([0.0], [1.0]), ("a", 1.0)],
    "censored": [3.0, "wide", (1.0,), (1.0, 0.0), ([0.0], [1.0]), ("a", 1.0)],
    "trim": [-0.1, 0.6, np.nan, "10 %", None, True, [0.1]],
    "prior": ["jeffreys", "", 1.0, True, ["mclust"], np.eye(2), MclustPrior],
    "fix": [
        "means",
        ["means"],
        {"mean": [0]},
        {"means": [2]},
        {"means": [-1]},
        {"means": [0, 0]},
        {"means": 0},
        {"means": [0.5]},
        {"means": "one"},
        {"means": [True]},
        {"means": [0]},
        {"weights": "same"},
        {"weights": [0]},
        {"covariances": "zero"},
        {"covariances": [0]},
        {"covariances": None},
    ],
    "max_eigenvalue_ratio": [0.5, 0, -1.0, np.nan, "auto", [2.0], True],
    "min_weight": [-0.1, 0.51, 1.0, np.nan, None, "0.1", True, [0.1]],
    "noise_component": ["yes", -1.0, 0.0, float("nan"), None, [1.0]],
    "n_components": [0, -1, 1.5, "2", None, True, [2], np.nan, 31],
    "covariance_type": ["Full", "banana", "", None, 3, ["full"], Tied, np.array(["full"])],
    "tol": [-1e-3, np.nan, np.inf, "fast", None, [1e-3], True],
    "reg_covar": [-1e-6, np.nan, np.inf, "none", None, [1e-6, 1e-6], True],
    "max_iter": [-1, 1.5, "100", None, True, np.inf],
    "n_init": [0, -1, 1.5, "1", None, True],
    "init_params": ["kmean", None, 3, ["kmeans"], ""],
    "weights_init": [
        [0.5],
        [0.5, 0.6],
        [-0.5, 1.5],
        [np.nan, 1.0],
        "half",
        [["a", "b"]],
        [[0.5, 0.5]],
        [0.0, 0.0],
        [0.5 + 1j, 0.5],
    ],
    "means_init": [
        [0.0, 0.0],
        np.zeros((3, 2)),
        np.zeros((2, 3)),
        np.full((2, 2), np.nan),
        "zero",
        [[1], [2, 3]],
    ],
    "precisions_init": [
        np.eye(3),
        EYE * np.nan,
        EYE * -1,
        EYE * 0,
        [[[1.0, 0.5], [0.0, 1.0]]] * 2,
        "eye",
        np.ones((2, 2)),
    ],
    "random_state": [-1, 1.5, "seed", [1, 2], object(), True],
    "warm_start": ["yes", None, 2],
    "verbose": ["loud", -1, None, [1]],
    "verbose_interval": [0, -1, "ten", None, 1.5],
    "search": ["on", None, True, 0, -1.0, np.nan, np.inf, [1], "1"],
    "acceleration": ["on", None, False, 1],
    "callbacks": [3, "print", ["print"], [None], {"a": 1}],
    "engine": ["thread", "threads:0", 2, ThreadEngine, EYE, {}, sum],
}
CASES = [(name, i) for name, values in WRONG.items() for i in range(len(values))]


def test_every_parameter_is_covered():
    assert set(WRONG) == set(inspect.signature(GaussianMixture).parameters)
    others = {"priors", "unknown_label", "across_classes"}
    assert set(inspect.signature(MixtureClassifier).parameters) - set(WRONG) == others


def refused(call, name):
    with pytest.raises(GaussmixError) as info:
        call()
    message = str(info.value)
    assert name in message, message
    assert message.endswith("."), message
    assert "\n" not in message
    assert len(message) < 300
    assert info.value.__cause__ is None


@pytest.mark.parametrize(("name", "index"), CASES)
def test_gaussian_mixture(name, index):
    refused(
        lambda: GaussianMixture(**{"n_components": 2, name: WRONG[name][index]}).fit(X),
        name.split("_init")[0],
    )


CLASSIFIER = [case for case in CASES if case[0] in inspect.signature(MixtureClassifier).parameters]


@pytest.mark.parametrize(("name", "index"), CLASSIFIER)
def test_classifier(name, index):
    refused(lambda: MixtureClassifier(**{"n_components": 1, name: WRONG[name][index]}).fit(X, Y), name)


@pytest.mark.parametrize(
    "priors", [[0.5], [0.5, 0.6], [-0.5, 1.5], [np.nan, 1.0], "half", {"a": 1}, [1, 0, 0]]
)
def test_priors(priors):
    refused(lambda: MixtureClassifier(priors=priors).fit(X, Y), "priors")


@pytest.mark.parametrize("y", [None, Y[:-1], np.linspace(0.1, 1.9, 30), np.full(30, np.nan), [[1, 2]] * 30])
def test_classes(y):
    with pytest.raises(ValueError, match=r".{20}"):
        MixtureClassifier().fit(X, y)


@pytest.mark.parametrize(
    "covariance_type", ["full", "tied", "diag", "spherical", "tied-diag", "tied-spherical"]
)
def test_precisions_of_the_wrong_shape_say_which_is_expected(covariance_type):
    expected = {"full": "(2, 2, 2)", "tied": "(2, 2)", "diag": "(2, 2)", "spherical": "(2,)"}
    with pytest.raises(GaussmixError, match="precisions") as info:
        GaussianMixture(2, covariance_type=covariance_type, precisions_init=np.ones((5, 5))).fit(X)
    assert expected.get(covariance_type, "()" if "spherical" in covariance_type else "(2,)") in str(
        info.value
    )


@pytest.mark.parametrize(
    "accepted",
    [
        {"n_components": np.int64(2)},
        {"covariance_type": Full()},
        {"covariance_type": Full},
        {"tol": np.float32(1e-3)},
        {"tol": 0},
        {"tol": 1},
        {"reg_covar": 0},
        {"reg_covar": np.float64(0.1)},
        {"max_iter": np.int32(5)},
        {"random_state": np.random.RandomState(0)},
        {"random_state": np.random.default_rng(0)},
        {"random_state": np.int64(3)},
        {"random_state": None},
        {"weights_init": [0.5, 0.5]},
        {"weights_init": (1.0, 0.0)},
        {"means_init": [[0, 0], [1, 1]]},
        {"precisions_init": EYE.tolist()},
        {"engine": ThreadEngine(2)},
        {"engine": SerialEngine()},
        {"callbacks": []},
        {"callbacks": lambda step: None},
        {"warm_start": True},
        {"warm_start": np.bool_(False)},
        {"verbose": False},
    ],
    ids=lambda accepted: next(iter(accepted)),
)
def test_values_that_are_fine(accepted):
    with quiet():
        model = GaussianMixture(**{"n_components": 2, "max_iter": 5, **accepted}).fit(X)
    assert model.weights_.sum() == pytest.approx(1.0)


MIXTURES = {
    "weights sum": (([0.5, 0.6], [[0.0], [1.0]], [1.0, 1.0]), ["weights", "1.1"]),
    "negative weight": (([1.5, -0.5], [[0.0], [1.0]], [1.0, 1.0]), ["weights[1]", "-0.5"]),
    "NaN weight": (([np.nan, 0.5], [[0.0], [1.0]], [1.0, 1.0]), ["weights[0]", "nan"]),
    "no weights": (([], np.zeros((0, 1)), []), ["weights", "(0,)"]),
    "weights by row": (([[1.0]], [[0.0]], [1.0]), ["weights", "(1, 1)"]),
    "means of one dimension": (([1.0], [0.0], [1.0]), ["means", "(1,)"]),
    "too many means": (([1.0], [[0.0], [1.0]], [1.0]), ["means", "(2, 1)"]),
    "no columns": (([1.0], np.zeros((1, 0)), [1.0]), ["means", "(1, 0)"]),
    "infinite mean": (([1.0], [[np.inf]], [1.0]), ["means[0, 0]", "inf"]),
    "text mean": (([1.0], [["a"]], [1.0]), ["means"]),
    "shape of covariances": (([1.0], [[0.0, 0.0]], np.ones((3, 3, 3))), ["covariances", "(3, 3, 3)"]),
    "NaN covariance": (([1.0], [[0.0]], [np.nan]), ["covariances", "nan"]),
    "asymmetric": (
        ([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.2, 1.0]]]),
        ["component 0", "symmetric", "0.5", "0.2"],
    ),
    "negative variance": (([1.0], [[0.0]], [-1.0]), ["component 0", "-1"]),
    "zero variance": (([0.5, 0.5], [[0.0], [1.0]], [1.0, 0.0]), ["component 1", "0"]),
    "no inverse": (([1.0], [[0.0, 0.0]], np.ones((1, 2, 2))), ["component 0", "positive definite"]),
    "None": ((None, [[0.0]], [1.0]), ["weights"]),
    "complex means": (([1.0], [[1j]], [1.0]), ["means"]),
    "ambiguous": (([0.5, 0.5], np.zeros((2, 2)), np.eye(2) + 1), ["Diagonal", "Tied"]),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_mixture(name):
    arguments, parts = MIXTURES[name]
    with pytest.raises(GaussmixError) as info:
        Mixture(*arguments)
    assert str(info.value).endswith(".")
    for part in parts:
        assert part in str(info.value), str(info.value)
