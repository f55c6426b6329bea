"""Each warning names the line of the user, whichever method gave it and whatever stood between."""

from __future__ import annotations

import inspect
import linecache
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import ComponentWarning, DataWarning, GaussmixWarning

from ..support import clusters, quiet

X = clusters(np.random.default_rng(4), 200, 2, 2)
Y = (X[:, 0] > np.median(X[:, 0])).astype(int)
NAMED = pd.DataFrame(X, columns=["a", "b"])


def warned(call):
    """Call and return the warnings, each of which names the line of the call."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        call()
    source, first = inspect.getsourcelines(call)
    for warning in told:
        assert warning.filename == __file__, f"{warning.filename}:{warning.lineno} {warning.message}"
        assert first <= warning.lineno < first + len(source), linecache.getline(__file__, warning.lineno)
    return told


def assert_told(told, category):
    assert [w for w in told if issubclass(w.category, category)], [str(w.message) for w in told]


FITS = {
    "too few iterations": (
        {"n_components": 2, "max_iter": 1, "tol": 1e-9, "search": "off"},
        X,
        ConvergenceWarning,
    ),
    "too few rows": ({"n_components": 3}, X[:20], DataWarning),
    "constant column": ({"n_components": 1}, np.column_stack([X, np.ones(len(X))]), DataWarning),
    "columns on a line": ({"n_components": 1}, np.column_stack([X, X[:, 0] + X[:, 1]]), DataWarning),
    "collapse": ({"n_components": 4, "search": "off"}, np.repeat(X[:4], 30, axis=0), ComponentWarning),
    "tied": (
        {"n_components": 2, "covariance_type": "tied", "max_iter": 1, "tol": 1e-9, "search": "off"},
        X,
        ConvergenceWarning,
    ),
    "a search": ({"n_components": 4, "search": 0.2}, X[:30], DataWarning),
}


@pytest.mark.parametrize("method", ["fit", "fit_predict"])
@pytest.mark.parametrize("kind", FITS)
def test_a_fit(kind, method):
    options, rows, category = FITS[kind]
    model = GaussianMixture(random_state=0, **options)
    assert_told(warned(lambda: getattr(model, method)(rows)), category)


def test_a_fit_that_goes_on():
    model = GaussianMixture(2, max_iter=1, tol=1e-9, search="off", warm_start=True, random_state=0)
    for _ in range(2):
        assert_told(warned(lambda: model.fit(X)), ConvergenceWarning)


def test_a_classifier():
    few = MixtureClassifier(4, max_iter=1, tol=1e-9, search="off", random_state=0)
    told = warned(lambda: few.fit(X[:40], Y[:40, None]))
    for category in (ConvergenceWarning, DataWarning, DataConversionWarning):
        assert_told(told, category)


def public_methods(kind):
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]


NO_ROWS = {
    "sample",
    "save",
    "get_params",
    "set_params",
    "get_metadata_routing",
    "set_fit_request",
    "set_score_request",
    "set_callbacks",
    "fit",
    "fit_predict",
    "cross_validate",
    "onnx_converter",
    "onnx_parser",
    "onnx_shape_calculator",
}


@pytest.mark.parametrize(
    ("fitted", "asked"), [(X, NAMED), (NAMED, X)], ids=["names are new", "names are missing"]
)
@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (kind, method)
        for kind in (GaussianMixture, MixtureClassifier)
        for method in public_methods(kind)
        if method not in NO_ROWS and not method.startswith("set_")
    ],
)
def test_every_method_that_takes_rows(kind, method, fitted, asked):
    with quiet():
        model = kind(2, random_state=0, search="off").fit(fitted, Y)
    more = (Y,) if kind is MixtureClassifier and method == "score" else ()
    more = (np.ones(X.shape),) if method == "denoise" else more
    assert_told(warned(lambda: getattr(model, method)(asked, *more)), UserWarning)


def test_a_model_that_a_file_cannot_hold_whole(tmp_path):
    for kind in (GaussianMixture, MixtureClassifier):
        with quiet():
            model = kind(1, random_state=np.random.default_rng(0), callbacks=[print]).set_params(
                callbacks=None
            )
            model.fit(X, Y).set_params(callbacks=[len])
        assert_told(warned(lambda model=model: model.save(tmp_path / "m.safetensors")), DataWarning)


class Own(GaussianMixture):
    """A subclass, whose own line is its user's."""

    def fit(self, X, y=None, sample_weight=None):
        return super().fit(X, y, sample_weight)


def test_through_other_classes():
    options = {"n_components": 2, "max_iter": 1, "tol": 1e-9, "search": "off", "random_state": 0}
    model = GaussianMixture(**options)
    assert_told(warned(lambda: make_pipeline(StandardScaler(), model).fit(X)), ConvergenceWarning)
    assert_told(warned(lambda: cross_val_score(model, X, cv=2)), ConvergenceWarning)
    assert_told(
        warned(lambda: GridSearchCV(model, {"n_components": [1, 2]}, cv=2).fit(X)), ConvergenceWarning
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Own(**options).fit(X)
    assert {linecache.getline(w.filename, w.lineno).strip() for w in told} == {
        "return super().fit(X, y, sample_weight)"
    }


def test_in_a_thread():
    told = []

    def work():
        told.extend(warned(lambda: GaussianMixture(3).fit(X[:20])))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert_told(told, GaussmixWarning)


def test_a_filter_by_module_and_once_for_each_line():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("default")
        for _ in range(3):
            GaussianMixture(3, search="off").fit(X[:20])
        GaussianMixture(3, search="off").fit(X[:20])
    assert len({w.lineno for w in told}) == 2
    assert len([w for w in told if issubclass(w.category, DataWarning)]) == 2
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("ignore")
        warnings.filterwarnings("always", module=__name__.rpartition(".")[2].join([".*", "$"]))
        GaussianMixture(3, search="off").fit(X[:20])
    assert_told(told, DataWarning)
