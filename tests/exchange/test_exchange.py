"""Mixtures in the forms of other programs, and back: equal numbers, exact text, clear refusals."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.exceptions import NotFittedError
from sklearn.mixture import BayesianGaussianMixture as SklearnBayesian
from sklearn.mixture import GaussianMixture as SklearnGaussianMixture

import gaussmix
from gaussmix import FactorAnalysers, GaussianMixture, Mixture, MixtureClassifier, datasets, exchange
from gaussmix.covariances import standard_families
from gaussmix.errors import FileFormatError, InputError, InputTypeError

X = datasets.random_mixture(3, 3, random_state=1).sample(300, random_state=2)[0]
TYPES = ["full", "tied", "diag", "spherical"]


def fitted(family="full", **options):
    return GaussianMixture(3, covariance_type=family, search="off", random_state=0, **options).fit(X)


FITS = {family.mclust_name: fitted(family).mixture_ for family in standard_families}
FITS |= {name: fitted(name).mixture_ for name in (*TYPES, "tied-diag", "tied-spherical")}
FITS["factors"] = fitted(FactorAnalysers(1)).mixture_
FITS["noise"] = fitted(noise_component=True).mixture_
FITS["names"] = FITS["full"].named(("größe", 'a"b\\', "<c>"))
FITS["singular"] = Mixture([1.0], [[0.0, 1.0]], np.ones((1, 2, 2)), allow_singular=True)


# ------------------------------------------------------------------------------------------ scikit-learn


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("Theirs", [SklearnGaussianMixture, SklearnBayesian])
def test_from_scikit_learn(name, Theirs):
    table = pd.DataFrame(X, columns=list("abc"))
    theirs = Theirs(n_components=3, covariance_type=name, random_state=0, max_iter=300).fit(table)
    ours = exchange.from_sklearn(theirs)
    for attribute in ("weights_", "means_", "feature_names_in_"):
        np.testing.assert_array_equal(getattr(ours, attribute), getattr(theirs, attribute))
    # Symmetric here, and there to rounding.
    np.testing.assert_allclose(ours.covariances_, theirs.covariances_, rtol=1e-13)
    assert (ours.converged_, ours.n_iter_, ours.lower_bound_) == (
        theirs.converged_,
        theirs.n_iter_,
        theirs.lower_bound_,
    )
    assert ours.mixture_.feature_names == ("a", "b", "c")
    if Theirs is SklearnGaussianMixture:
        np.testing.assert_allclose(
            ours.score_samples(table), theirs.score_samples(table), rtol=1e-12, atol=1e-12
        )
        np.testing.assert_allclose(
            ours.predict_proba(table), theirs.predict_proba(table), rtol=1e-10, atol=1e-12
        )
        assert ours.bic(table) == pytest.approx(theirs.bic(table), rel=1e-12)


@pytest.mark.parametrize("name", TYPES)
def test_there_and_back(name):
    ours = fitted(name, reg_covar=1e-6, tol=1e-4)
    theirs = exchange.to_sklearn(ours)
    assert theirs.covariance_type == name
    for attribute in ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_"):
        np.testing.assert_allclose(getattr(theirs, attribute), getattr(ours, attribute), rtol=1e-12)
    np.testing.assert_allclose(theirs.score_samples(X), ours.score_samples(X), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))
    assert (theirs.reg_covar, theirs.tol, theirs.random_state) == (1e-6, 1e-4, 0)
    assert exchange.from_sklearn(theirs).mixture_ == ours.mixture_


@pytest.mark.parametrize("name", [name for name in FITS if name not in ("noise", "singular")])
def test_every_family_predicts_the_same_in_scikit_learn(name):
    theirs = exchange.to_sklearn(FITS[name])
    rows = (
        X if not hasattr(theirs, "feature_names_in_") else pd.DataFrame(X, columns=theirs.feature_names_in_)
    )
    np.testing.assert_allclose(theirs.score_samples(rows), FITS[name].log_prob(X), rtol=1e-10, atol=1e-10)


def test_a_new_fit_is_scikit_learn_s():
    theirs = SklearnGaussianMixture(3, random_state=0).fit(X)
    again = exchange.from_sklearn(theirs).fit(X)
    assert again.score(X) == pytest.approx(theirs.score(X), abs=0.05)


def test_a_model_from_scikit_learn_is_saved(tmp_path):
    model = exchange.from_sklearn(SklearnGaussianMixture(2, random_state=0).fit(X))
    model.save(tmp_path / "model.safetensors")
    assert gaussmix.load(tmp_path / "model.safetensors").mixture_ == model.mixture_


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: exchange.to_sklearn(FITS["noise"]), InputError, "no uniform component"),
        (lambda: exchange.to_sklearn(FITS["singular"]), InputError, "no singular covariances"),
        (lambda: exchange.to_sklearn(GaussianMixture()), InputError, "call its fit first"),
        (lambda: exchange.from_sklearn(SklearnGaussianMixture()), NotFittedError, "not fitted"),
        (lambda: exchange.from_sklearn(fitted()), InputTypeError, "is of type GaussianMixture"),
        (lambda: exchange.from_sklearn(FITS["full"]), InputTypeError, "is of type Mixture"),
    ],
)
def test_faults_of_scikit_learn(call, error, message):
    with pytest.raises(error, match=message):
        call()


# -------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize("name", FITS)
def test_json_is_exact(name):
    text = exchange.to_json(FITS[name])
    assert exchange.from_json(text) == FITS[name]
    assert exchange.from_json(text.encode()) == FITS[name]
    assert exchange.to_json(exchange.from_json(text)) == text
    content = json.loads(text)
    assert len(content["components"]) == FITS[name].n_components
    assert content["components"][0]["mean"] == FITS[name].means[0].tolist()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=4), st.floats(1e-200, 1e200))
def test_json_of_any_numbers(mean, variance):
    mixture = Mixture([1.0], [mean], [variance])
    assert exchange.from_json(exchange.to_json(mixture)) == mixture


def changed(**entries):
    return json.dumps({**json.loads(exchange.to_json(FITS["full"])), **entries})


def component(**entries):
    content = json.loads(exchange.to_json(FITS["full"]))
    content["components"][1].update(entries)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON"),
        ("[1]", "not a JSON object"),
        ("{" * 1000, "it is not JSON"),
        (b"\xff", "it is not JSON"),
        ("{}", "no 'format'"),
        (changed(format="other"), "'gaussmix mixture' is expected"),
        (changed(version=2), "its version is 2"),
        (changed(components=[]), "no components"),
        (changed(components=[1]), "a list of objects"),
        (changed(covariance_type="round"), "'round', which is not known"),
        (changed(columns=["a"]), "do not name the 3 columns"),
        (changed(columns=[1, 2, 3]), "not all text"),
        (component(weight=0.9), "weights sum to"),
        (component(weight=True), "'components/1/weight' is True"),
        (component(mean=[1.0]), "equal lengths"),
        (component(mean=["a", "b", "c"]), "numbers in lists"),
        (component(covariance=1.0), "equal lengths"),
        (component(covariance=(-np.eye(3)).tolist()), "not positive definite"),
        (changed(uniform={"weight": 0.1}), "no 'uniform/log_volume'"),
        (component(weight=1e400), "finite"),
        (component(covariance=[[1e300, 2e300, 0.0]] * 3), "not symmetric|definite"),
        (changed(covariance_type=math.inf), "finite"),
    ],
)
def test_other_texts_are_refused(text, message):
    with pytest.raises(FileFormatError, match=message) as info:
        exchange.from_json(text)
    assert "\n" not in str(info.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["full", "EEE", "noise", "factors", "EVE"]), st.data())
def test_any_changed_entry_is_read_or_refused(name, data):
    content = json.loads(exchange.to_json(FITS[name]))
    place = content
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(place[key], (dict, list)) and place[key] and data.draw(st.booleans())):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
    try:
        mixture = exchange.from_json(json.dumps(content))
    except FileFormatError:
        return
    assert exchange.from_json(exchange.to_json(mixture)) == mixture


def test_a_path_is_no_text():
    with pytest.raises(InputTypeError, match="give the JSON text itself"):
        exchange.from_json(5)


# ------------------------------------------------------------------------------------------- data frames


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize("name", ["full", "tied-diag", "noise", "names"])
def test_frames(backend, name):
    pytest.importorskip(backend)
    frame = exchange.to_frame(FITS[name], backend=backend)
    assert type(frame).__module__.split(".")[0] == backend
    data = (
        frame.to_dict(orient="list")
        if backend == "pandas"
        else frame.to_pydict()
        if backend == "pyarrow"
        else (frame.to_dict(as_series=False))
    )
    assert sum(data["weight"]) == pytest.approx(1.0)
    assert (data["component"][-1] == -1) == (name == "noise")
    names = FITS[name].feature_names or ("x0", "x1", "x2")
    assert data[f"mean {names[1]}"][:3] == FITS[name].means[:, 1].tolist()
    assert data[f"covariance {names[0]} {names[2]}"][:3] == FITS[name].covariances.dense()[:, 0, 2].tolist()


def test_faults_of_frames():
    with pytest.raises(InputError, match="'dask': give one of 'pandas'"):
        exchange.to_frame(FITS["full"], backend="dask")
    with pytest.raises(InputError, match="two columns of the table would be named 'covariance a b c'"):
        exchange.to_frame(Mixture([1.0], [[0.0] * 4], [1.0], feature_names=["a", "b c", "a b", "c"]))


# ------------------------------------------------------------------------------------------- Gating-ML

CHANNELS = FITS["full"].named(("FSC-A", "SSC-A", 'µ<"&'))
SPACE = {
    "g": "http://www.isac-net.org/std/Gating-ML/v2.0/gating",
    "d": "http://www.isac-net.org/std/Gating-ML/v2.0/datatypes",
}


def test_gates_hold_the_components():
    root = ElementTree.fromstring(exchange.to_gatingml(CHANNELS, level=0.9).encode())
    gates = root.findall("g:EllipsoidGate", SPACE)
    value, name = (f"{{{SPACE['d']}}}{word}" for word in ("value", "name"))
    assert len(gates) == 3
    for k, gate in enumerate(gates):
        names = [each.get(name) for each in gate.findall("g:dimension/d:fcs-dimension", SPACE)]
        mean = [float(each.get(value)) for each in gate.findall("g:mean/g:coordinate", SPACE)]
        matrix = [
            [float(each.get(value)) for each in row.findall("g:entry", SPACE)]
            for row in gate.findall("g:covarianceMatrix/g:row", SPACE)
        ]
        assert tuple(names) == CHANNELS.feature_names
        assert mean == CHANNELS.means[k].tolist()
        assert matrix == CHANNELS.covariances.dense()[k].tolist()
        assert float(gate.find("g:distanceSquare", SPACE).get(value)) == pytest.approx(stats.chi2.ppf(0.9, 3))
        assert gate.get(f"{{{SPACE['g']}}}id") == f"component_{k}"


def test_gates_of_two_channels_with_identifiers():
    root = ElementTree.fromstring(
        exchange.to_gatingml(CHANNELS, columns=["SSC-A", "FSC-A"], ids=["T.cells", "B_cells", "x-1"]).encode()
    )
    assert [gate.get(f"{{{SPACE['g']}}}id") for gate in root] == ["T.cells", "B_cells", "x-1"]
    assert len(root[0].findall("g:dimension", SPACE)) == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: exchange.to_gatingml(FITS["full"]), InputError, "have no names"),
        (lambda: exchange.to_gatingml(CHANNELS, columns=["FSC-A"]), InputError, "at least two columns"),
        (lambda: exchange.to_gatingml(CHANNELS, level=1), InputError, "level is 1"),
        (lambda: exchange.to_gatingml(CHANNELS, level="high"), InputTypeError, "'high'"),
        (lambda: exchange.to_gatingml(CHANNELS, ids=["a"]), InputError, "3 distinct identifiers"),
        (lambda: exchange.to_gatingml(CHANNELS, ids=["a", "a", "b"]), InputError, "3 distinct identifiers"),
        (lambda: exchange.to_gatingml(CHANNELS, ids=["a", "b c", "d"]), InputError, "'b c' is not valid"),
        (
            lambda: exchange.to_gatingml(FITS["full"].named(("a", "b\x00", "c"))),
            InputError,
            "cannot be named",
        ),
    ],
)
def test_faults_of_gates(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ------------------------------------------------------------------------------------------------- ONNX

onnx_only = pytest.mark.skipif(
    __import__("importlib.util").util.find_spec("onnx") is None,
    reason="onnx is not installed: gaussmix[onnx]",
)


@onnx_only
def test_faults_of_onnx():
    with pytest.raises(InputError, match="dtype is 'int8'"):
        exchange.to_onnx(FITS["full"], dtype="int8")
    with pytest.raises(InputError, match="dtype is 'real'"):
        exchange.to_onnx(FITS["full"], dtype="real")
    with pytest.raises(InputError, match="singular"):
        exchange.to_onnx(FITS["singular"])
    with pytest.raises(NotFittedError):
        exchange.to_onnx(GaussianMixture())
    with pytest.raises(InputError, match="whole numbers or text"):
        exchange.to_onnx(MixtureClassifier().fit(X, np.repeat([1.0, 2.0], 150)))


@onnx_only
def test_the_model_names_its_results():
    graph = exchange.to_onnx(FITS["noise"]).graph
    assert [each.name for each in graph.input] == ["X"]
    assert [each.name for each in graph.output] == ["label", "probabilities", "score_samples"]
