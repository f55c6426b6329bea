"""onnxruntime: our ONNX models and those of skl2onnx have the results of this library."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gaussmix import (
    FactorAnalysers,
    GaussianMixture,
    Mixture,
    MixtureClassifier,
    MixtureRegressor,
    StudentMixture,
    TMixture,
    datasets,
    exchange,
)
from gaussmix.errors import InputError

onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: make test-clients")
pytest.importorskip("onnx", reason="onnx is not installed: make test-clients")

X = datasets.random_mixture(3, 4, random_state=1).sample(400, random_state=2)[0]
FAMILIES = ["full", "tied", "diag", "spherical", "tied-diag", "VEV", FactorAnalysers(1)]


def run(model, rows):
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": rows}), strict=True))


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_mixtures(family, noise):
    model = GaussianMixture(
        3, covariance_type=family, noise_component=noise, search="off", random_state=0
    ).fit(X)
    for dtype, tolerance in (("float64", 1e-12), ("float32", 2e-6)):
        rows = X.astype(dtype)
        found, exact = run(exchange.to_onnx(model, dtype), rows), rows.astype(np.float64)
        np.testing.assert_array_equal(found["label"], model.predict(exact))
        np.testing.assert_allclose(
            found["probabilities"], model.predict_proba(exact), rtol=tolerance, atol=tolerance
        )
        np.testing.assert_allclose(
            found["score_samples"], model.score_samples(exact), rtol=tolerance, atol=tolerance
        )
        assert found["score_samples"].dtype == dtype


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("degrees", [3.0, "each"])
def test_t_distributions(degrees, noise):
    mixture = StudentMixture(3, degrees_of_freedom=degrees, noise_component=noise, random_state=0)
    model = clone(mixture).fit(X)
    for each in (model, model.mixture_):
        found = run(exchange.to_onnx(each, "float64"), X)
        np.testing.assert_array_equal(found["label"], model.predict(X))
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-11)
        np.testing.assert_allclose(found["score_samples"], model.score_samples(X), rtol=1e-11)
    regressor = MixtureRegressor(mixture).fit(X[:, :2], X[:, 2:])
    found = run(exchange.to_onnx(regressor, "float64"), X[:, :2])
    mean, deviation = regressor.predict(X[:, :2], return_std=True)
    np.testing.assert_allclose(found["variable"], mean, rtol=1e-9)
    np.testing.assert_allclose(found["std"], deviation, rtol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        GaussianMixture(3, trim=0.1, random_state=0),
        StudentMixture(3, trim=0.1, random_state=0),
        GaussianMixture(3, trim=0.1, noise_component=True, random_state=0),
        GaussianMixture(3, bounds=(X.min(axis=0) - 0.1, None), random_state=0),
    ],
    ids=str,
)
def test_trimmed_and_truncated_fits(model):
    found = run(exchange.to_onnx(clone(model).fit(X), "float64"), X)
    fitted = clone(model).fit(X)
    np.testing.assert_array_equal(found["label"], fitted.predict(X))
    np.testing.assert_allclose(found["probabilities"], fitted.predict_proba(X), atol=1e-11)
    np.testing.assert_allclose(found["score_samples"], fitted.score_samples(X), rtol=1e-11)
    assert not model.trim or 35 <= (found["label"] == -1).sum() <= 45


def test_censored_fits_are_told():
    model = GaussianMixture(2, censored=(X.min(axis=0), None), random_state=0).fit(X)
    with pytest.raises(InputError, match=r"censored columns have no form in ONNX.* give model\.mixture_"):
        exchange.to_onnx(model)
    found = run(exchange.to_onnx(model.mixture_, "float64"), X)
    np.testing.assert_allclose(found["score_samples"], model.mixture_.log_prob(X), rtol=1e-11)


def test_tails_without_variance_are_told():
    cauchy = TMixture([1.0], [[0.0, 0.0]], [1.0], 0.5)
    rows = np.array([[0.0, 1.0], [50.0, -3.0]])
    found = run(exchange.to_onnx(cauchy, "float64"), rows)
    np.testing.assert_allclose(found["score_samples"], cauchy.log_prob(rows), rtol=1e-12)
    regressor = MixtureRegressor(StudentMixture(1, degrees_of_freedom=0.5)).fit(X[:, :1], X[:, 1])
    with pytest.raises(InputError, match=r"0\.5 degrees of freedom, and given 1 input no variance"):
        exchange.to_onnx(regressor)


def test_far_rows_and_components_without_weight():
    mixture = Mixture([0.5, 0.5, 0.0], [[0.0], [1e6], [5.0]], [1e-6, 1.0, 1.0])
    rows = np.array([[0.0], [1e6], [-3e8], [5.0], [1e6 - 1e-3]])
    found = run(exchange.to_onnx(mixture, "float64"), rows)
    np.testing.assert_allclose(found["score_samples"], mixture.log_prob(rows), rtol=1e-12)
    np.testing.assert_allclose(found["probabilities"], mixture.responsibilities(rows), atol=1e-12)


@pytest.mark.parametrize("classes", [["a", "é", "z"], [-1, 3, 10**12], [False, True]])
def test_classifiers(classes):
    y = np.array(classes)[np.arange(len(X)) % len(classes)]
    model = MixtureClassifier(2, search="off", random_state=0).fit(X, y)
    found = run(exchange.to_onnx(model, "float64"), X)
    assert (found["label"] == model.predict(X)).all()
    np.testing.assert_allclose(found["probabilities"], model.predict_proba(X), atol=1e-12)


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("targets", [1, 2])
def test_regressors(targets, noise):
    y = X[:, 4 - targets :]
    model = MixtureRegressor(GaussianMixture(3, noise_component=noise, search="off", random_state=0))
    model.fit(X[:, : 4 - targets], y)
    found = run(exchange.to_onnx(model, "float64"), X[:, : 4 - targets])
    mean, deviation = model.predict(X[:, : 4 - targets], return_std=True)
    np.testing.assert_allclose(found["variable"], mean, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(found["std"], deviation, rtol=1e-9)


MODELS = {
    "mixture": (GaussianMixture(2, random_state=0, search="off"), None),
    "noise": (GaussianMixture(2, noise_component=True, random_state=0, search="off"), None),
    "classifier": (MixtureClassifier(1), np.array(["x", "y"])[np.arange(len(X)) % 2]),
    "regressor": (MixtureRegressor(GaussianMixture(2, random_state=0, search="off")), X[:, :2] ** 2),
}


@pytest.mark.parametrize("opset", [13, 17, 18, None])
@pytest.mark.parametrize("kind", MODELS)
def test_skl2onnx_in_pipelines(kind, opset):
    skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed: make test-clients")
    model, y = MODELS[kind]
    for whole in (
        model,
        make_pipeline(StandardScaler(), model),
        make_pipeline(make_pipeline(StandardScaler()), model),
    ):
        whole.fit(X, y)
        for dtype, tolerance in ((np.float64, 1e-9), (np.float32, 1e-3)):
            rows = X.astype(dtype)
            found = run(skl2onnx.to_onnx(whole, rows[:1], target_opset=opset), rows)
            if kind == "regressor":
                np.testing.assert_allclose(
                    found["variable"], whole.predict(X), rtol=tolerance, atol=tolerance
                )
                continue
            assert np.mean(found["label"] == whole.predict(X)) > 0.99
            np.testing.assert_allclose(found["probabilities"], whole.predict_proba(X), atol=tolerance)
