"""MixtureRegressor: gmr's results, linear regression with one component, holes, weights, names and files."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

import gaussmix
from gaussmix import GaussianMixture, MixtureClassifier, MixtureRegressor, datasets
from gaussmix.errors import FileFormatError, InputError, InputTypeError

FAITHFUL = datasets.load_faithful().data
X, Y = FAITHFUL[:, :1], FAITHFUL[:, 1]
THREE, _ = datasets.random_mixture(3, 4, random_state=5).sample(400, random_state=6)


def test_one_component_is_least_squares():
    model, line = MixtureRegressor().fit(THREE[:, :2], THREE[:, 2:]), LinearRegression()
    line.fit(THREE[:, :2], THREE[:, 2:])
    np.testing.assert_allclose(
        model.predict(THREE[:9, :2]), line.predict(THREE[:9, :2]), rtol=1e-7, atol=1e-8
    )
    residuals = THREE[:, 2:] - line.predict(THREE[:, :2])
    covariance = model.predict(THREE[:2, :2], return_cov=True)[1]
    np.testing.assert_allclose(covariance, np.tile(residuals.T @ residuals / 400, (2, 1, 1)), rtol=1e-6)


def test_agrees_with_gmr():
    gmr = pytest.importorskip("gmr", reason="gmr is not installed: make test-clients")
    model = MixtureRegressor(GaussianMixture(3, random_state=0, search="off")).fit(THREE[:, :2], THREE[:, 2:])
    p = model.mixture_
    other = gmr.GMM(3, p.weights, p.means, p.covariances.dense())
    expected = other.predict(np.array([0, 1]), THREE[:50, :2])
    np.testing.assert_allclose(model.predict(THREE[:50, :2]), expected, rtol=1e-9, atol=1e-9)
    one, theirs = model.conditional(THREE[:1, :2])[0], other.condition(np.array([0, 1]), THREE[0, :2])
    np.testing.assert_allclose(one.weights, theirs.priors, rtol=1e-9)
    np.testing.assert_allclose(one.means, theirs.means, rtol=1e-9)
    np.testing.assert_allclose(one.covariances.dense(), theirs.covariances, rtol=1e-8)


def test_values_of_gmr_s_own_tests():
    """Conditional distributions of the mixture of gmr's tests: its test_gmm.py, test_conditional_distribution."""
    covariances = np.array([[[0.5, -1.0], [-1.0, 5.0]], [[5.0, 1.0], [1.0, 0.5]]])
    mixture = gaussmix.Mixture([0.5, 0.5], [[0.0, 1.0], [2.0, -1.0]], covariances)
    for column, value, component, mean in ((1, 1.0, 0, 0.0), (0, 2.0, 1, -1.0)):
        conditional = mixture.condition([column], [value])
        assert conditional.means[component, 0] == pytest.approx(mean, abs=1e-12)
        assert conditional.covariances.dense()[component, 0, 0] == pytest.approx(0.3)


def test_regression_on_the_rows_of_gmr_s_own_tests():
    """Two lines that meet, with noise: gmr's test_gmm.py, test_regression, which allows an error of 0.01."""
    x = np.linspace(0, 2, 200)
    y = np.where(np.arange(200) < 100, 3 * x + 1, 7 - 3 * x) + 0.01 * np.random.RandomState(0).randn(200)
    model = MixtureRegressor(GaussianMixture(2, random_state=0)).fit(x[:, None], y)
    order = np.argsort(model.mixture_.means[:, 0])
    np.testing.assert_allclose(model.mixture_.weights, 0.5, atol=0.01)
    np.testing.assert_allclose(model.mixture_.means[order], [[0.5, 2.5], [1.5, 2.5]], atol=0.02)
    assert np.mean((model.predict(x[:, None]) - y) ** 2) < 0.01


def test_missing_inputs_are_integrated_out():
    model = MixtureRegressor(GaussianMixture(3, random_state=0, search="off")).fit(THREE[:, :3], THREE[:, 3])
    rows = np.array(THREE[:5, :3])
    rows[0, 1] = rows[1, [0, 2]] = rows[2] = np.nan
    joint = np.column_stack([rows, np.full(5, np.nan)])
    np.testing.assert_allclose(model.predict(rows), model.mixture_.impute(joint)[:, 3], rtol=1e-9)
    assert model.predict(rows[2:3])[0] == pytest.approx(model.mixture_.mean()[3])


def test_fit_with_holes_in_inputs_and_targets():
    rng = np.random.default_rng(0)
    rows, targets = np.array(THREE[:, :3]), np.array(THREE[:, 3])
    rows[rng.random(rows.shape) < 0.1] = np.nan
    targets[::9] = np.nan
    model = MixtureRegressor(GaussianMixture(3, random_state=0, search="off")).fit(rows, targets)
    whole = MixtureRegressor(GaussianMixture(3, random_state=0, search="off")).fit(THREE[:, :3], THREE[:, 3])
    assert model.score(THREE[:, :3], THREE[:, 3]) > whole.score(THREE[:, :3], THREE[:, 3]) - 0.05


def test_weights_are_frequencies():
    counts = np.random.default_rng(1).integers(0, 4, len(X))
    options = {"search": "off", "init_params": FAITHFUL[[0, 1]]}
    repeated = MixtureRegressor(GaussianMixture(2, **options)).fit(X.repeat(counts, axis=0), Y.repeat(counts))
    weighted = MixtureRegressor(GaussianMixture(2, **options)).fit(X, Y, sample_weight=counts)
    np.testing.assert_allclose(weighted.predict(X[:9]), repeated.predict(X[:9]), rtol=1e-6)


def test_shapes_follow_the_targets():
    model = MixtureRegressor(GaussianMixture(2, random_state=0, search="off"))
    assert model.fit(X, Y).predict(X[:3]).shape == (3,)
    assert model.predict(X[:3], return_std=True)[1].shape == (3,)
    assert model.fit(X, Y[:, None]).predict(X[:3]).shape == (3, 1)
    both = MixtureRegressor().fit(THREE[:, :2], THREE[:, 2:])
    assert both.n_outputs_ == 2
    assert both.predict(THREE[:3, :2], return_std=True)[1].shape == (3, 2)
    assert both.predict(THREE[:3, :2], return_cov=True)[1].shape == (3, 2, 2)


def test_intervals_have_their_coverage():
    truth = datasets.random_mixture(3, 2, random_state=8)
    rows, _ = truth.sample(20_000, random_state=0)
    model = MixtureRegressor(GaussianMixture(3, random_state=0, search="off")).fit(
        rows[:2000, :1], rows[:2000, 1]
    )
    limits = model.conditional(rows[2000:, :1]).quantile([0.05, 0.95])
    inside = (rows[2000:, 1] >= limits[:, 0]) & (rows[2000:, 1] <= limits[:, 1])
    assert inside.mean() == pytest.approx(0.9, abs=0.015)


def test_names_of_inputs_and_targets():
    table = datasets.load_faithful(as_frame=True).data
    model = MixtureRegressor().fit(table.iloc[:, :1], table.iloc[:, 1])
    assert model.mixture_.feature_names == tuple(table.columns)
    assert list(model.feature_names_in_) == [table.columns[0]]
    assert model.conditional(table.iloc[:2, :1])[0].feature_names == (table.columns[1],)
    with pytest.raises(InputError, match="feature names should match"):
        model.predict(pd.DataFrame({"other": [1.0]}))


def test_options_are_those_of_the_estimator():
    search = GridSearchCV(
        MixtureRegressor(GaussianMixture(random_state=0, search="off")),
        {"estimator__n_components": [1, 2]},
        cv=3,
    ).fit(X, Y)
    assert search.best_params_ == {"estimator__n_components": 2}
    assert cross_val_score(search.best_estimator_, X, Y, cv=3).mean() > 0.7
    noisy = MixtureRegressor().fit(X, Y, noise=np.tile([0.01, 4.0], (len(X), 1)))
    assert noisy.mixture_.covariance()[1, 1] == pytest.approx(np.var(Y) - 4.0, rel=1e-4)


@pytest.mark.parametrize("given", [None, GaussianMixture(2, covariance_type="tied", random_state=3)])
@pytest.mark.parametrize("targets", [1, 2])
def test_a_file_keeps_everything(given, targets, tmp_path):
    table = pd.DataFrame(THREE, columns=list("abcd"))
    inputs, wanted = table[["a", "b"]], table["c"] if targets == 1 else table[["c", "d"]]
    model = MixtureRegressor(given).fit(inputs, wanted)
    model.save(tmp_path / "model.safetensors")
    again = gaussmix.load(tmp_path / "model.safetensors")
    for copy in (again, pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(copy.predict(inputs), model.predict(inputs))
        assert copy.mixture_ == model.mixture_
        assert list(copy.feature_names_in_) == ["a", "b"]
        assert repr(copy.estimator) == repr(model.estimator)
        assert copy.fit(inputs, wanted).n_outputs_ == targets


def test_a_file_of_impossible_content(tmp_path):
    from gaussmix import storage

    path = tmp_path / "model.safetensors"
    MixtureRegressor().fit(X, Y).save(path)
    record = storage.read(path)
    changes = [
        {"n_features_in_": 2},
        {"n_features_in_": 0},
        {"column_names": ["a"]},
        {"feature_names_in_": [1]},
        {"estimator_": {"kind": "mixture-regressor"}},
        {"estimator_": {}},
    ]
    for change in changes:
        kept = {k: v for k, v in record.description.items() if k not in ("sha256", "format", "version")}
        storage.write(path, record.arrays, {**kept, **change})
        with pytest.raises(FileFormatError):
            gaussmix.load(path)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: MixtureRegressor(5).fit(X, Y),
            InputTypeError,
            r"estimator is 5: give .* GaussianMixture\(5\)",
        ),
        (
            lambda: MixtureRegressor(LinearRegression()).fit(X, Y),
            InputTypeError,
            "is of type LinearRegression",
        ),
        (lambda: MixtureRegressor(GaussianMixture).fit(X, Y), InputTypeError, "unfitted mixture"),
        (lambda: MixtureRegressor().fit(X, None), InputError, "y is None"),
        (lambda: MixtureRegressor().fit(X, Y[:5]), InputError, "y has 5 rows and X has 272"),
        (lambda: MixtureRegressor().fit(X, np.full(272, np.inf)), InputError, "infinity"),
        (
            lambda: MixtureRegressor().fit(X, Y).predict(X, return_std=True, return_cov=True),
            InputError,
            "both True",
        ),
        (lambda: MixtureRegressor().fit(X, Y).predict(FAITHFUL), InputError, "2 features"),
    ],
)
def test_faults(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_classifier_is_no_mixture_of_rows():
    with pytest.raises((InputTypeError, TypeError)):
        MixtureRegressor(MixtureClassifier()).fit(X, Y)
