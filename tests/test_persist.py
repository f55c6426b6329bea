"""Saving and loading: what comes back is equal to the last bit, and a bad file is refused in one sentence."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gaussmix
from gaussmix import (
    Diagonal,
    Full,
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    Spherical,
    Tied,
    persist,
    storage,
)
from gaussmix.covariances import standard_families
from gaussmix.datasets import load_faithful, load_vowels, random_mixture
from gaussmix.engines import ThreadEngine
from gaussmix.errors import (
    DataWarning,
    FileFormatError,
    GaussmixError,
    InputError,
    InputTypeError,
    SingularCovarianceError,
)
from gaussmix.files import FileAccessError, MissingFileError
from gaussmix.fitting import Aitken, RelativeChange
from gaussmix.search import Budget

FAMILIES = list(standard_families)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("persist")


@pytest.fixture(scope="module")
def X():
    return load_faithful().data


def back(obj, folder):
    """The object after a round trip through a file."""
    path = folder / "back.safetensors"
    gaussmix.save(obj, path)
    return gaussmix.load(path)


def mixture_of(family, K=3, D=2, **options):
    drawn = random_mixture(K, D, random_state=0)
    covariances = family.from_dense(drawn.covariances.dense(), drawn.weights)
    return Mixture(drawn.weights, drawn.means, covariances, **options)


# ------------------------------------------------------------------------------------------ mixtures


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
@pytest.mark.parametrize(("K", "D"), [(1, 1), (2, 2), (3, 2), (3, 1)])
def test_a_mixture_comes_back_to_the_last_bit(folder, family, K, D):
    mixture = mixture_of(family, K, D, feature_names=[f"F{d} ɪ" for d in range(D)])
    found = back(mixture, folder)
    assert found == mixture
    assert found.family == family
    assert found.feature_names == mixture.feature_names
    rows = mixture.sample(50, random_state=0)[0]
    assert np.array_equal(found.log_joint(rows), mixture.log_joint(rows))


def test_a_singular_mixture_comes_back(folder):
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True)
    found = back(mixture, folder)
    assert found == mixture
    assert found.covariances.singular
    rows = np.array([[1.0, 1.0], [1.0, 2.0]])
    assert np.array_equal(found.log_prob(rows), mixture.log_prob(rows))


def test_a_mixture_with_a_weight_of_zero_and_wide_scales_comes_back(folder):
    mixture = Mixture([0.0, 1.0], [[1e150], [-1e-150]], [1e-290, 1e290])
    assert back(mixture, folder) == mixture


def test_the_method_and_the_function_write_the_same(folder):
    mixture = mixture_of(Full())
    mixture.save(folder / "a")
    gaussmix.save(mixture, folder / "b")
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    assert storage.read(folder / "a").description["version"] == gaussmix.__version__


def test_the_file_is_a_safetensors_file_that_others_can_read(folder):
    from safetensors.numpy import load_file

    mixture = mixture_of(Full())
    mixture.save(folder / "a.safetensors")
    tensors = load_file(folder / "a.safetensors")
    assert np.array_equal(tensors["means"], mixture.means)
    assert set(tensors) == {"weights", "means", "covariances"}


def test_loading_a_mixture_loads_no_scikit_learn(folder):
    mixture_of(Full()).save(folder / "light")
    code = (
        "import sys, gaussmix; gaussmix.load(sys.argv[1]); "
        "assert not {'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder / "light")], check=True, timeout=60)


# ------------------------------------------------------------------------------------------ estimators


def assert_same_fitted(found, estimator):
    """Every fitted attribute and every parameter is the same, and nothing is left out."""
    assert type(found) is type(estimator)
    assert repr(found.get_params()) == repr(estimator.get_params())
    fitted = {name for name in vars(estimator) if name.endswith("_")}
    assert {name for name in vars(found) if name.endswith("_")} == fitted
    for name in fitted - {"trace_", "traces_"}:
        value, other = getattr(estimator, name), getattr(found, name)
        assert type(other) is type(value), name
        if isinstance(value, np.ndarray):
            assert other.dtype == value.dtype, name
            assert np.array_equal(other, value), name
        else:
            assert other == value, name


def assert_same_trace(found, trace):
    assert found.best == trace.best
    assert len(found.runs) == len(trace.runs)
    for run, other in zip(trace.runs, found.runs, strict=True):
        assert (other.status, other.message) == (run.status, run.message)
        assert np.array_equal(other.log_likelihood, run.log_likelihood)
        assert np.array_equal(other.seconds, run.seconds)
    assert found.warnings == trace.warnings
    assert_same_search(found.search, trace.search)


def assert_same_search(found, search):
    """A file holds the story of a search without its mixtures."""
    assert (found is None) == (search is None)
    if search is None:
        return
    assert found.runs == search.runs
    assert found.summary() == search.summary()
    for name in ("best", "n_rows", "passes", "seconds", "clear", "verdict", "total_weight"):
        assert getattr(found, name) == getattr(search, name), name
    told, again = ([vars(replace(e, mixture=None)) for e in trace.events] for trace in (search, found))
    assert repr(told) == repr(again)  # no gain is predicted of crossovers, and NaN differs from itself


def test_the_story_of_a_search_comes_back(folder, searched):
    search = back(searched, folder).trace_.search
    assert search.n_tried > 0
    assert any("split" in event.words or "refitted" in event.words for event in search.events)
    assert {event.mixture for event in search.events} == {None}


@pytest.mark.parametrize("family", [f.name for f in FAMILIES])
def test_a_fitted_estimator_comes_back_to_the_last_bit(folder, X, family):
    estimator = GaussianMixture(2, covariance_type=family, n_init=2, random_state=0).fit(X)
    found = back(estimator, folder)
    assert_same_fitted(found, estimator)
    assert_same_trace(found.trace_, estimator.trace_)
    for method in ("predict", "predict_proba", "score_samples", "bic", "icl"):
        assert np.array_equal(getattr(found, method)(X), getattr(estimator, method)(X)), method
    assert np.array_equal(found.precisions_cholesky_, estimator.precisions_cholesky_)
    assert np.array_equal(found.sample(5)[0], estimator.sample(5)[0])


def test_a_loaded_estimator_can_be_fitted_again(folder, X):
    estimator = GaussianMixture(2, random_state=0, warm_start=True).fit(X)
    found = back(estimator, folder)
    # A file holds the mixture, not the run that led there: a new one begins at it.
    again, other = found.fit(X).mixture_, estimator.fit(X).mixture_
    np.testing.assert_allclose(again.means, other.means, rtol=1e-3)
    np.testing.assert_allclose(again.weights, other.weights, rtol=1e-3)


@pytest.mark.parametrize(
    "parameters",
    [
        {"covariance_type": Tied(Diagonal())},
        {"tol": Aitken(1e-3)},
        {"tol": RelativeChange()},
        {"tol": 0, "max_iter": 3},
        {"tol": np.float64(1e-2), "max_iter": np.int64(50)},
        {"reg_covar": 1e-6, "verbose": 0, "search": "off", "acceleration": "off"},
        {"search": 0.01},
        {"search": Budget(runs=2)},
        {"weights_init": [0.5, 0.5], "means_init": np.array([[2.0, 55.0], [4.0, 80.0]])},
        {"weights_init": (0.5, 0.5), "precisions_init": np.stack([np.eye(2), np.eye(2)])},
    ],
)
def test_parameters_of_all_kinds_come_back(folder, X, parameters):
    estimator = GaussianMixture(2, random_state=np.int32(3)).set_params(**parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X)
    found = back(estimator, folder)
    for name, value in estimator.get_params().items():
        other = getattr(found, name)
        assert np.array_equal(other, value) if isinstance(value, np.ndarray) else other == value, name
    assert found.mixture_ == estimator.mixture_


def test_what_a_file_cannot_hold_is_named_in_a_warning(folder, X):
    options = {
        "random_state": np.random.RandomState(0),
        "callbacks": [lambda step: None],
        "engine": ThreadEngine(1),
    }
    estimator = GaussianMixture(2, **options).fit(X)
    with pytest.warns(DataWarning, match="a file cannot hold callbacks and engine and random_state"):
        found = back(estimator, folder)
    assert found.callbacks is None
    assert found.engine is None
    assert found.random_state is None
    assert found.mixture_ == estimator.mixture_


def test_names_of_columns_come_back(folder):
    pytest.importorskip("pandas")
    frame = load_faithful(as_frame=True).frame
    estimator = GaussianMixture(2, random_state=0).fit(frame)
    found = back(estimator, folder)
    assert_same_fitted(found, estimator)
    assert found.mixture_.feature_names == ("eruptions", "waiting")
    assert np.array_equal(found.predict(frame), estimator.predict(frame))


@pytest.fixture(scope="module")
def vowels():
    X, y = load_vowels(return_X_y=True)
    three = np.isin(y, ["iy", "ih", "uw"])
    return X[three], y[three]


@pytest.mark.parametrize(
    "relabel",
    [
        lambda y: y,
        lambda y: y.astype(object),
        lambda y: np.unique(y, return_inverse=True)[1],
        lambda y: np.unique(y, return_inverse=True)[1].astype(np.int16) - 1,
        lambda y: np.unique(y, return_inverse=True)[1] + 2.0,
        lambda y: y == "iy",
    ],
    ids=["text", "objects", "int64", "int16", "float64", "bool"],
)
def test_a_classifier_comes_back_to_the_last_bit(folder, vowels, relabel):
    X, y = vowels[0][:, 1:3], relabel(vowels[1])
    estimator = MixtureClassifier(2, covariance_type="diag", random_state=0).fit(X, y)
    found = back(estimator, folder)
    assert_same_fitted(found, estimator)
    for trace, other in zip(estimator.traces_, found.traces_, strict=True):
        assert_same_trace(other, trace)
    assert found.predict(X).dtype == estimator.predict(X).dtype
    assert np.array_equal(found.predict(X), estimator.predict(X))
    assert np.array_equal(found.predict_proba(X), estimator.predict_proba(X))


def test_an_estimator_before_fit_is_refused(folder):
    from sklearn.exceptions import NotFittedError

    for estimator in (GaussianMixture(2), MixtureClassifier(2)):
        with pytest.raises(NotFittedError):
            gaussmix.save(estimator, folder / "never")
    assert not (folder / "never").exists()


def test_parameters_that_could_not_be_loaded_are_not_saved(folder, X):
    estimator = GaussianMixture(2, random_state=0).fit(X).set_params(tol="never")
    with pytest.raises(InputError, match="tol is 'never'"):
        gaussmix.save(estimator, folder / "never")
    assert not (folder / "never").exists()


class _Own(GaussianMixture):
    pass


@pytest.mark.parametrize(
    "make", [lambda X: 3, lambda X: {"weights": 1}, lambda X: _Own(1).fit(X), lambda X: None]
)
def test_other_objects_are_refused(folder, X, make):
    with pytest.raises(InputTypeError, match="cannot be saved: give a Mixture"):
        gaussmix.save(make(X), folder / "never")


# ------------------------------------------------------------------------------------------ bad files


def changed(folder, source, description=None, **arrays):
    """A file like that of an object, with some arrays (None: left out) and entries changed."""
    gaussmix.save(source, folder / "source")
    record = storage.read(folder / "source")
    kept = {name: array for name, array in {**record.arrays, **arrays}.items() if array is not None}
    storage.write(folder / "changed", kept, {**record.description, **(description or {})})
    return folder / "changed"


def refused(path, error=FileFormatError):
    with pytest.raises(error) as caught:
        gaussmix.load(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


A = np.array


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"weights": None}, "there is no array 'weights'"),
        ({"weights": A([0.5, -0.5, 1.0])}, "weights[1] is -0.5"),
        ({"weights": A([0.5, 0.4, 0.2])}, "weights sum to 1.1"),
        ({"weights": A([0.5, 0.5])}, "array 'means' has shape (3, 2), and (2, any) is expected"),
        ({"weights": A([[0.5, 0.5]])}, "array 'weights' has shape"),
        ({"weights": A([np.nan, 0.5, 0.5])}, "array 'weights' holds NaN or infinity"),
        ({"weights": A([1, 0, 0])}, "array 'weights' is int64, and float64 is expected"),
        ({"means": np.zeros((3, 0)), "covariances": np.zeros((3, 0, 0))}, "it describes an impossible model"),
        ({"means": np.zeros(3)}, "array 'means' has shape (3,), and (3, any) is expected"),
        ({"means": np.full((3, 2), np.inf)}, "array 'means' holds NaN or infinity"),
        ({"means": np.zeros((3, 5))}, "array 'covariances' has shape (3, 2, 2), and (3, 5, 5) is expected"),
        ({"covariances": np.zeros((3, 2))}, "array 'covariances' has shape (3, 2)"),
        ({"covariances": np.zeros((3, 2, 2))}, "covariance of component 0 is not positive definite"),
        ({"covariances": np.stack([np.eye(2), np.eye(2), -np.eye(2)])}, "component 2"),
        ({"covariances": np.stack([A([[1.0, 9.0], [0.0, 1.0]])] * 3)}, "component 0"),
        ({"covariances": np.full((3, 2, 2), np.nan)}, "array 'covariances' holds NaN or infinity"),
    ],
)
def test_mixtures_that_cannot_be_are_refused(folder, arrays, says):
    assert says in refused(changed(folder, mixture_of(Full()), **arrays))


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ({"kind": "kitten"}, "it holds 'kitten', and this version loads bayesian-gaussian-mixture"),
        ({"kind": "gaussian-mixture"}, "the description has no"),
        ({"family": "tartan"}, "this version has no covariance family 'tartan'"),
        ({"family": "diag"}, "array 'covariances' has shape (3, 2, 2), and (3, 2) is expected"),
        ({"family": None}, "'family' is None, and str is expected"),
        ({"feature_names": ["a"]}, "do not name the 2 columns"),
        ({"feature_names": ["a", "a"]}, "do not name the 2 columns"),
        ({"feature_names": ["a", 2]}, "its feature_names are not all text"),
        ({"feature_names": "ab"}, "'feature_names' is 'ab', and NoneType or list is expected"),
        ({"allow_singular": "no"}, "'allow_singular' is 'no', and bool is expected"),
    ],
)
def test_descriptions_that_cannot_be_are_refused(folder, description, says):
    assert says.replace("NoneType or list", "list or null") in refused(
        changed(folder, mixture_of(Full()), description)
    )


def test_a_singular_matrix_with_a_negative_eigenvalue_is_refused(folder):
    mixture = Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True)
    path = changed(folder, mixture, covariances=A([[[1.0, 2.0], [2.0, 1.0]]]))
    assert "negative eigenvalue" in refused(path)


def test_a_wide_spherical_file_that_claims_to_be_singular_allocates_little(folder):
    """Its matrices would take 80 GB."""
    wide = Mixture([1.0], np.zeros((1, 100_000)), [1.0], family=Spherical())
    path = changed(folder, wide, {"allow_singular": True})
    assert "may be singular are spherical, not full" in refused(path)


@pytest.fixture(scope="module")
def fitted(X):
    return GaussianMixture(2, random_state=0, means_init=[[2.0, 55.0], [4.0, 80.0]]).fit(X)


def entry(folder, source, path, value):
    """A file like that of an object, with one entry somewhere in the description changed."""
    gaussmix.save(source, folder / "source")
    record = storage.read(folder / "source")
    description = json.loads(json.dumps(record.description))
    *inner, last = path.split("/")
    place = description
    for name in inner:
        place = place[int(name) if isinstance(place, list) else name]
    if value is ...:
        del place[int(last) if isinstance(place, list) else last]
    else:
        place[last] = value
    storage.write(folder / "changed", record.arrays, description)
    return folder / "changed"


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("parameters", ..., "the description has no 'parameters'"),
        ("parameters/colour", "red", "a GaussianMixture has no parameter 'colour'"),
        ("parameters/n_components", "two", "n_components is 'two'"),
        ("parameters/n_components", {"call": "os.system"}, "not a value"),
        ("parameters/tol", {"kind": "Popen", "tol": 1}, "not a value"),
        (
            "parameters/tol",
            {"kind": "Aitken", "tol": "x"},
            "'parameters/tol/tol' is 'x', and float or int is expected",
        ),
        ("parameters/tol", {"kind": "Aitken", "tol": True}, "is True, and float or int is expected"),
        ("parameters/tol", {"kind": []}, "not a value"),
        ("parameters/tol", {"kind": "float", "value": "1"}, "not a number"),
        ("parameters/covariance_type", {"kind": "family", "name": "tartan"}, "not a known family"),
        ("parameters/covariance_type", {"kind": "family", "name": []}, "and str is expected"),
        ("parameters/means_init", {"kind": "tuple", "items": 3}, "and list is expected"),
        ("parameters/means_init", {"kind": "array", "dtype": "O"}, "not an array"),
        ("parameters/means_init", {"kind": "array", "dtype": "int64"}, "not an array"),
        (
            "parameters/means_init",
            {"kind": "array", "texts": [1], "objects": True},
            "not an array of text",
        ),
        ("parameters/means_init", [[1.0, 2.0]], "means_init has shape (1, 2), expected (2, 2)"),
        ("n_features_in_", 3, "n_features_in_ is 3, but a mixture"),
        ("n_features_in_", None, "'n_features_in_' is None, and int is expected"),
        ("feature_names_in_", ["a"], "feature_names_in_ is ['a'], and 2 names are expected"),
        ("feature_names_in_", [1, 2], "2 names are expected"),
        ("mixture_/family", "diag", "array 'mixture_/covariances' has shape (2, 2, 2)"),
        ("mixture_", [], "'mixture_' is [], and dict is expected"),
        ("converged_", "yes", "'converged_' is 'yes', and bool is expected"),
        ("n_iter_", 1.5, "'n_iter_' is 1.5, and int is expected"),
        ("trace_/best", 1, "the best run is 1, of 1"),
        ("trace_/runs/0/status", "fine", "the status of a run is 'fine'"),
        ("trace_/runs", {}, "'trace_/runs' is {}, and list is expected"),
        ("trace_/runs", [[]], "and a list of objects is expected"),
        ("trace_/warnings", "few rows", "'trace_/warnings' is 'few rows', and list is expected"),
        ("trace_/warnings", [3], "'trace_/warnings' is [3], and a list of texts is expected"),
        ("parameters/search", {"kind": "Budget", "runs": "x"}, "and int or null is expected"),
        ("parameters/search", {"kind": "Budget", "moves": 3}, "a Budget has no 'moves'"),
        ("parameters/search", {"kind": "Aitken", "tol": 0.1}, "search is "),
    ],
)
def test_estimators_that_cannot_be_are_refused(folder, fitted, path, value, says):
    assert says in refused(entry(folder, fitted, path, value))


@pytest.fixture(scope="module")
def searched():
    """A search with split-merge moves, for which few rows are not enough."""
    X, _ = random_mixture(12, 2, random_state=2).sample(4000, random_state=2)
    return GaussianMixture(12, random_state=0).fit(X)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("trace_/search", [], "'trace_/search' is [], and dict is expected"),
        ("trace_/search/starts", [1], "has no description of the start of each run"),
        ("trace_/search/starts", ["a"] * 40, "array 'trace_/search/runs/log_likelihood' has shape"),
        ("trace_/search/best", 99, "the best run of the search is 99, of"),
        ("trace_/search/clear", 1, "'trace_/search/clear' is 1, and bool is expected"),
        ("trace_/search/kinds", "start", "'trace_/search/kinds' is 'start', and list is expected"),
        (
            "trace_/search/kinds",
            ["start", "merge"],
            "an event of the unknown kind 'merge'; known are 'start'",
        ),
        ("trace_/search/kinds", [0], "an event of the unknown kind 0"),
        ("trace_/search/kinds", [["start"]], "an event of the unknown kind ['start']"),
        ("trace_/search/kinds", ["Start"], "an event of the unknown kind 'Start'"),
        ("trace_/search/kinds", [None], "an event of the unknown kind None"),
        ("trace_/search/kinds", ["start"], "a change of event"),
    ],
)
def test_searches_that_cannot_be_are_refused(folder, searched, path, value, says):
    assert says in refused(entry(folder, searched, path, value))


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("runs/degenerate", None, "there is no array 'trace_/search/runs/degenerate'"),
        ("events/run", 99, "an event of run 99, of"),
        ("changes/event", -1, "a change of event -1, of"),
    ],
)
def test_numbers_of_a_search_that_cannot_be_are_refused(folder, searched, name, wrong, says):
    gaussmix.save(searched, folder / "source")
    full = f"trace_/search/{name}"
    array = storage.read(folder / "source").arrays[full].copy()
    array[0] = 0 if wrong is None else wrong
    assert says in refused(changed(folder, searched, **{full: None if wrong is None else array}))


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (
            "classes_",
            {"kind": "array", "texts": ["b", "a"], "objects": False},
            "are not 2 classes in sorted order",
        ),
        (
            "classes_",
            {"kind": "array", "texts": ["a", "a"], "objects": True},
            "are not 2 classes in sorted order",
        ),
        (
            "classes_",
            {"kind": "array", "texts": ["a"], "objects": False},
            "are not 2 classes in sorted order",
        ),
        ("classes_", ["a", "b"], "are not 2 classes in sorted order"),
        ("mixtures_/1", ..., "priors_"),
        ("mixtures_", [], "there are no mixtures_"),
        ("traces_/1", ..., "there are 1 traces for 2 classes"),
        ("parameters/priors", [0.5], "priors"),
    ],
)
def test_classifiers_that_cannot_be_are_refused(folder, vowels, path, value, says):
    X, y = vowels
    two = y != "uw"
    model = MixtureClassifier(1, random_state=0, priors=[0.5, 0.5]).fit(X[two, 1:2], y[two])
    if path == "parameters/priors":  # read as it is, and refused when it is used
        assert gaussmix.load(entry(folder, model, path, value)).priors == value
        return
    assert says in refused(entry(folder, model, path, value)) or "classes_" in refused(folder / "changed")


def test_priors_that_cannot_be_are_refused(folder, vowels):
    model = MixtureClassifier(1, random_state=0).fit(vowels[0][:, 1:2], vowels[1])
    assert "priors_ are not probabilities" in refused(changed(folder, model, priors_=A([0.5, 0.6, 0.1])))
    assert "array 'priors_' has shape (1,)" in refused(changed(folder, model, priors_=A([1.0])))


@pytest.fixture(scope="module")
def contents(folder, fitted):
    """The bytes of a small file of each kind."""
    result = {}
    rows, labels = np.array([[0.0], [1.0], [5.0], [7.0]]), ["a", "a", "b", "b"]
    for source in (mixture_of(Full(), 2, 1), fitted, MixtureClassifier(1).fit(rows, labels)):
        gaussmix.save(source, folder / "whole")
        result[type(source).__name__] = (folder / "whole").read_bytes()
    return result


KINDS = ["Mixture", "GaussianMixture", "MixtureClassifier"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_at_any_byte_is_refused(folder, contents, kind):
    content, path = contents[kind], folder / "cut"
    for length in range(0, len(content), 1 if kind == "Mixture" else 7):
        path.write_bytes(content[:length])
        refused(path)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_file_with_changed_bytes_is_refused_or_loaded(folder, contents, kind, data):
    content, path = bytearray(contents[kind]), folder / "flipped"
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = gaussmix.load(path)
    except GaussmixError as error:
        message = str(error)
    else:
        message = ""
        assert type(found).__name__ == kind
    assert "\n" not in message


def test_missing_files_folders_and_other_files(folder):
    assert "there is no file" in refused(folder / "nowhere", MissingFileError)
    assert "is a folder" in refused(folder, FileAccessError)
    (folder / "a.csv").write_text("a,b\n1,2\n")
    assert "not a safetensors file" in refused(folder / "a.csv")


def test_a_pickle_is_not_run(folder):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(folder / "code was run"),)

    (folder / "bomb.safetensors").write_bytes(pickle.dumps(Bomb()))
    assert "not a safetensors file" in refused(folder / "bomb.safetensors")
    assert not (folder / "code was run").exists()


def test_the_reason_of_a_refusal_is_kept(folder):
    with pytest.raises(FileFormatError) as caught:
        gaussmix.load(changed(folder, mixture_of(Full()), covariances=np.zeros((3, 2, 2))))
    assert isinstance(caught.value.__cause__, SingularCovarianceError)


# ------------------------------------------------------------------------------------------ the table of classes


def through_a_file(folder, value):
    """A value as it comes back from a file of its own."""
    storage.write(
        folder / "value", *storage.flattened({"kind": "test", "value": persist.encode("value", value)})
    )
    return persist.decode(storage.read(folder / "value"), "value")


scalars = st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats() | st.text(max_size=5)
budgets = st.builds(Budget, st.none() | st.integers(1, 9), st.none() | st.floats(0.1, 9.0))
rules = st.builds(Aitken, st.floats(1e-9, 1.0)) | budgets
dtypes = st.sampled_from(["float64", "float32", "float16", "int8", "uint16", "bool"])
vectors = dtypes.map(lambda dtype: np.arange(4).astype(dtype))
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=3)
leaves = scalars | rules | st.sampled_from(FAMILIES) | vectors | st.lists(words, min_size=1).map(np.array)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner), max_leaves=6
)


def same(one, other):
    if isinstance(one, np.ndarray):
        return type(other) is np.ndarray and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or one != one)


@settings(max_examples=150, deadline=None)
@given(value=values)
def test_any_parameter_comes_back(folder, value):
    assert same(value, through_a_file(folder, value))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (object(), "value is <object object at"),
        ([1, {2}], "value is .2. .set., which a file cannot hold"),
        ((1, 2j), "value is 2j .complex., which"),
        (np.array([1j]), "value is an array of complex128, which"),
        (np.array([None, "a"]), "value is an array of object, which"),
    ],
)
def test_a_parameter_of_another_type_is_named(value, says):
    with pytest.raises(InputError, match=says):
        persist.encode("value", value)


@dataclass(frozen=True)
class Later:
    """A class that got two fields after its first files were written."""

    tol: float
    name: str = "plain"
    limit: float | None = None


@pytest.fixture(scope="module")
def later():
    persist.register_fields(Later)
    return Later


def record_of(**description):
    return storage.Record("file", {"value": {"kind": "Later", **description}}, {})


def test_a_field_that_a_file_lacks_has_its_default(later):
    assert persist.decode(record_of(tol=1), "value") == Later(1)
    assert persist.decode(record_of(tol=0.5, limit=None, name="other"), "value") == Later(0.5, "other")


@pytest.mark.parametrize(
    ("description", "says"),
    [
        ({}, "has no 'value/tol'"),
        ({"tol": "1"}, "'value/tol' is '1', and float or int is expected"),
        ({"tol": True}, "'value/tol' is True"),
        ({"tol": 1.0, "limit": "x"}, "'value/limit' is 'x'"),
        ({"tol": 1.0, "colour": "red"}, "a Later has no 'colour'"),
    ],
)
def test_fields_are_checked_by_their_types(later, description, says):
    with pytest.raises(FileFormatError, match=says):
        persist.decode(record_of(**description), "value")


def test_what_is_registered_as_a_value_is_no_model(folder, later):
    with pytest.raises(InputTypeError, match="a Later cannot be saved"):
        gaussmix.save(Later(1.0), folder / "never")
    storage.write(folder / "value", {}, {"kind": "Later", "tol": 1.0})
    assert "it holds 'Later', and this version loads bayesian-gaussian-mixture, gaussian-mixture" in refused(
        folder / "value"
    )
