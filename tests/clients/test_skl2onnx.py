"""skl2onnx: the estimators as members of meta-estimators, whose converters it looks up by class.

Models alone and in pipelines are in test_onnxruntime.py.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import MixtureClassifier, MixtureRegressor, datasets, exchange

skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed: make test-clients")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: make test-clients")

VOWELS = datasets.load_vowels()
CHOSEN = np.isin(VOWELS.target, np.unique(VOWELS.target)[:3])
X, Y = VOWELS.data[CHOSEN, 1:4] / 1000.0, VOWELS.target[CHOSEN]
OURS, THEIRS = MixtureClassifier(1), LogisticRegression(max_iter=500)
BOTH = [("mixtures", OURS), ("logistic", THEIRS)]
CLASSIFIERS = {
    "soft votes": VotingClassifier(BOTH, voting="soft", flatten_transform=False),
    "votes": VotingClassifier(BOTH, voting="hard", flatten_transform=False),
    "a stack": StackingClassifier(BOTH),
    "the top of a stack": StackingClassifier([BOTH[1]], final_estimator=OURS),
    "one against the rest": OneVsRestClassifier(OURS),
    "bags": BaggingClassifier(OURS, 3, random_state=0),
    "calibrated": CalibratedClassifierCV(OURS, cv=3),
}
REGRESSORS = {
    "votes": VotingRegressor([("mixtures", MixtureRegressor()), ("line", LinearRegression())]),
    "a stack": StackingRegressor([("mixtures", MixtureRegressor()), ("line", LinearRegression())]),
}


def converted(model, rows):
    exchange.register_skl2onnx()
    options = {id(model): {"zipmap": False}} if hasattr(model, "classes_") else None
    graph = skl2onnx.to_onnx(model, rows[:1], options=options)
    return onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"X": rows})


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_as_members(name):
    model = CLASSIFIERS[name].fit(X, Y)
    label, probabilities = converted(model, X)
    assert (label == model.predict(X)).all()
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-10)


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_as_members(name):
    model = REGRESSORS[name].fit(X[:, :2], X[:, 2])
    (variable,) = converted(model, X[:, :2])
    np.testing.assert_allclose(variable.ravel(), model.predict(X[:, :2]), atol=1e-10)


def test_text_classes_of_a_stack():
    model = StackingClassifier(BOTH).fit(X, np.array(["a", "b", "c"])[np.unique(Y, return_inverse=True)[1]])
    label, probabilities = converted(model, X)
    assert (label == model.predict(X)).all()
    np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-10)


def test_a_grid_search():
    exchange.register_skl2onnx()
    model = GridSearchCV(OURS, {"n_components": [1, 2]}).fit(X, Y)
    session = onnxruntime.InferenceSession(skl2onnx.to_onnx(model, X[:1]).SerializeToString())
    np.testing.assert_allclose(session.run(None, {"X": X})[1], model.predict_proba(X), atol=1e-10)


def test_a_pipeline_as_a_member():
    # skl2onnx 1.20 sets the option "zipmap" of the last step of such a pipeline, which only its own classifiers have.
    scaled = make_pipeline(StandardScaler(), OURS)
    model = VotingClassifier([("scaled", scaled), BOTH[1]], voting="soft", flatten_transform=False)
    with pytest.raises(NameError, match="Option 'zipmap'"):
        converted(model.fit(X, Y), X)


def test_boosting_of_float32_rows():
    # Of float64 rows the graph of AdaBoost by skl2onnx 1.20 mixes two types, whatever its members.
    model = AdaBoostClassifier(OURS, n_estimators=3, random_state=0).fit(X, Y)
    label, _ = converted(model, X.astype(np.float32))
    assert np.mean(label == model.predict(X)) > 0.99
