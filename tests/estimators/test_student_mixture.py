"""StudentMixture: the estimator of t distributions, beside GaussianMixture."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import t as t_distribution
from sklearn.base import clone

import gaussmix
from gaussmix import GaussianMixture, StudentMixture, TMixture, divergences, exchange
from gaussmix.datasets import load_faithful
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import GaussmixError, InputError
from gaussmix.sources import ArraySource

from ..support import quiet

FAITHFUL = load_faithful().data
START = (FAITHFUL[:, 0] < 3).astype(int)


def heavy(n=400, seed=0, D=2):
    """Rows of two t distributions far apart."""
    means = np.zeros((2, D))
    means[1] = 12.0
    return TMixture([0.4, 0.6], means, [1.0, 2.0], [3.0, 6.0]).sample(n, seed)[0]


@pytest.mark.parametrize("name", ["full", "tied", "diag", "spherical", "EEV", "VVI"])
def test_many_degrees_of_freedom_give_the_gaussian_fit(name):
    options = {"covariance_type": name, "init_params": START, "tol": 1e-12, "max_iter": 3000}
    gaussian = GaussianMixture(2, **options).fit(FAITHFUL)
    found = StudentMixture(2, degrees_of_freedom=1e8, **options).fit(FAITHFUL)
    np.testing.assert_allclose(found.weights_, gaussian.weights_, rtol=1e-6)
    np.testing.assert_allclose(found.means_, gaussian.means_, rtol=1e-6)
    np.testing.assert_allclose(found.covariances_, gaussian.covariances_, rtol=1e-6)
    assert abs(found.score(FAITHFUL) - gaussian.score(FAITHFUL)) < 1e-6 * abs(gaussian.score(FAITHFUL))


def test_one_component_in_one_column_is_scipys_maximum():
    x = np.random.default_rng(1).standard_t(4.0, 300) * 3.0 + 7.0
    model = StudentMixture(1, tol=1e-11, max_iter=5000).fit(x[:, None])
    result = minimize(
        lambda p: -t_distribution.logpdf(x, np.exp(p[0]), p[1], np.exp(p[2])).sum(),
        [1.0, 6.0, 1.0],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 5000},
    )
    assert abs(model.score(x[:, None]) * 300 + result.fun) < 1e-6
    np.testing.assert_allclose(model.degrees_of_freedom_, np.exp(result.x[0]), rtol=1e-3)
    np.testing.assert_allclose(model.means_[0], result.x[1], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(model.covariances_).ravel(), np.exp(result.x[2]), rtol=1e-4)


@pytest.mark.parametrize("value", [1e3, 1e6, -9999.0, 1e30, 1e150])
def test_a_few_wild_rows_do_not_change_the_clusters(value):
    X = np.vstack([FAITHFUL, [[value, value], [value, 60.0]]])
    model = StudentMixture(2, random_state=0).fit(X)
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.means_[order], [[2.0, 54.2], [4.3, 80.1]], rtol=0.05)
    weights = model.precision_weights(X)
    assert weights[-2:].max() < 0.01
    assert np.median(weights[:-2]) > 0.6
    assert (model.outlier_score(X)[-2:] > 0.98).all()
    with quiet():
        gaussian = GaussianMixture(2, random_state=0).fit(X)
    assert abs(np.sort(gaussian.means_[:, 0]) - [2.0, 4.3]).max() > 1.0


def test_the_rules_nest_and_count_their_parameters():
    X = heavy(3000)
    fixed, common, each = (
        StudentMixture(2, degrees_of_freedom=rule, random_state=0).fit(X) for rule in (4.0, "common", "each")
    )
    assert fixed.score(X) < common.score(X) < each.score(X)
    assert [model.mixture_.n_parameters for model in (fixed, common, each)] == [11, 12, 13]
    order = np.argsort(each.means_[:, 0])
    np.testing.assert_allclose(each.degrees_of_freedom_[order], [3.0, 6.0], rtol=0.2)
    assert np.diff(each.lower_bounds_).min() > -1e-9
    vector = StudentMixture(2, degrees_of_freedom=[3.0, 6.0], means_init=[[0, 0], [12, 12]]).fit(X)
    assert vector.degrees_of_freedom_.tolist() == [3.0, 6.0]


def test_files_pickles_and_clones_give_the_model_back(tmp_path):
    X = heavy()
    model = StudentMixture(2, degrees_of_freedom="each", random_state=0).fit(X)
    model.save(tmp_path / "t.safetensors")
    for again in (gaussmix.load(tmp_path / "t.safetensors"), pickle.loads(pickle.dumps(model))):
        assert type(again) is StudentMixture
        assert again.mixture_ == model.mixture_
        np.testing.assert_array_equal(again.score_samples(X), model.score_samples(X))
        assert again.get_params() == model.get_params()
    model.mixture_.save(tmp_path / "m.safetensors")
    assert gaussmix.load(tmp_path / "m.safetensors") == model.mixture_
    copy = clone(model)
    assert not hasattr(copy, "mixture_")
    assert copy.fit(X).mixture_ == model.mixture_


def test_missing_values_labels_weights_and_noise_in_one_fit():
    X = heavy(200, seed=3)
    labels = np.where(np.arange(200) < 40, (X[:, 0] > 6).astype(int), -1)
    X[np.random.default_rng(0).random(X.shape) < 0.15] = np.nan
    model = StudentMixture(2, degrees_of_freedom="each", noise_component=True, random_state=0)
    model.fit(X, sample_weight=np.linspace(0.5, 2.0, 200), labels=labels)
    np.testing.assert_allclose(model.means_, [[0, 0], [12, 12]], atol=0.5)
    assert np.diff(model.lower_bounds_).min(initial=0.0) > -1e-9
    filled = model.impute(X)
    assert np.isfinite(filled).all()
    draws = model.mixture_.draw(X, 3, random_state=0)
    assert np.isfinite(draws).all()


def test_draws_have_the_spread_of_the_conditional_distribution():
    mixture = TMixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]], 5.0)
    drawn = mixture.draw(np.tile([[3.0, np.nan]], (40_000, 1)), random_state=0)[0, :, 1]
    conditional = mixture.condition([0], [3.0])
    assert abs(drawn.mean() - conditional.mean()[0]) < 0.02
    assert abs(drawn.var() / conditional.covariance()[0, 0] - 1.0) < 0.05
    grid = np.linspace(-400, 400, 400_001)
    joint = mixture.pdf(np.column_stack([np.full(len(grid), 3.0), grid]))
    expected = joint / mixture.marginal([0]).pdf([[3.0]])
    np.testing.assert_allclose(conditional.pdf(grid[:, None]), expected, atol=1e-12)


def test_samples_have_the_moments_of_the_distribution():
    mixture = TMixture([0.3, 0.7], [[0.0, 0.0], [5.0, 1.0]], [1.0, 2.0], [6.0, 9.0])
    X, labels = mixture.sample(200_000, 0)
    np.testing.assert_allclose(X.mean(axis=0), mixture.mean(), atol=0.03)
    np.testing.assert_allclose(np.cov(X.T), mixture.covariance(), rtol=0.05, atol=0.05)
    assert abs((labels == 0).mean() - 0.3) < 0.01


@pytest.mark.parametrize("nu", [0.5, 1.0, 2.0])
def test_a_moment_that_does_not_exist_is_an_error(nu):
    mixture = TMixture([1.0], [[0.0]], [1.0], nu)
    with pytest.raises(InputError, match="degrees of freedom"):
        mixture.covariance()
    if nu <= 1.0:
        with pytest.raises(InputError, match="no mean"):
            mixture.mean()


def test_engines_and_sources_give_the_same_bits():
    X = heavy(40_000, D=3)
    options = {"init_params": (X[:, 0] > 6).astype(int), "max_iter": 5, "tol": 0}
    plain = StudentMixture(2, engine=SerialEngine(), **options).fit(X)
    threads = StudentMixture(2, engine=ThreadEngine(2), **options).fit(X)
    assert plain.mixture_ == threads.mixture_
    source = StudentMixture(2, means_init=[[0] * 3, [9] * 3]).fit(ArraySource(X))
    np.testing.assert_allclose(np.sort(source.means_[:, 0]), [0, 12], atol=0.1)


def test_a_warm_start_and_batches_go_on():
    X = heavy(600)
    model = StudentMixture(2, warm_start=True, max_iter=3, tol=0, search="off", random_state=0)
    model.fit(X).fit(X)
    whole = StudentMixture(2, max_iter=6, tol=0, search="off", random_state=0).fit(X)
    np.testing.assert_array_equal(model.means_, whole.means_)
    np.testing.assert_array_equal(model.degrees_of_freedom_, whole.degrees_of_freedom_)
    stream = StudentMixture(2, degrees_of_freedom="each", random_state=0).partial_fit(heavy(3000, 1))
    for seed in range(2, 10):
        stream.partial_fit(heavy(3000, seed))
    assert isinstance(stream.mixture_, TMixture)
    order = np.argsort(stream.means_[:, 0])
    np.testing.assert_allclose(stream.degrees_of_freedom_[order], [3.0, 6.0], rtol=0.2)


def test_the_number_of_components_is_chosen_by_bic():
    X = heavy(150)
    with quiet():
        model = StudentMixture("auto", covariance_type="spherical", random_state=0).fit(X)
        gaussian = GaussianMixture("auto", covariance_type="spherical", random_state=0).fit(X)
    assert model.mixture_.n_components == 2
    assert gaussian.mixture_.n_components > 2


def test_many_columns_and_few_rows():
    rng = np.random.default_rng(0)
    X = rng.standard_t(4.0, (300, 50))
    with quiet():
        model = StudentMixture(1).fit(X)
    assert np.isfinite(model.score(X))
    assert 2.0 < model.degrees_of_freedom_[0] < 60.0


@pytest.mark.parametrize(
    "value", [0, -1.0, np.nan, np.inf, "both", None, [1.0, 2.0, 3.0], [1.0, -2.0], True, [[1.0]]]
)
def test_wrong_degrees_of_freedom_are_refused(value):
    with pytest.raises(GaussmixError, match="degrees_of_freedom") as info:
        StudentMixture(2, degrees_of_freedom=value).fit(FAITHFUL)
    assert str(info.value).endswith(".")


def test_measurement_errors_are_refused():
    with pytest.raises(InputError, match="measurement errors"):
        StudentMixture(2).fit(FAITHFUL, noise=np.ones_like(FAITHFUL))
    model = StudentMixture(2, random_state=0).fit(FAITHFUL)
    with pytest.raises(InputError, match="measurement errors"):
        model.score_samples(FAITHFUL, noise=np.ones_like(FAITHFUL))


def test_assigned_parameters_keep_the_degrees_of_freedom():
    model = StudentMixture(2, degrees_of_freedom=7.0, random_state=0).fit(FAITHFUL)
    model.means_ = [[2.0, 54.0], [4.3, 80.0]]
    assert model.degrees_of_freedom_.tolist() == [7.0, 7.0]
    assert isinstance(model.mixture_, TMixture)


def test_the_distribution_function_and_its_inverse():
    mixture = TMixture([0.3, 0.7], [[0.0], [5.0]], [1.0, 4.0], [2.0, 5.0])
    x = np.array([-30.0, -1.0, 0.0, 3.0, 7.0, 90.0])
    expected = 0.3 * t_distribution.cdf(x, 2.0) + 0.7 * t_distribution.cdf(x, 5.0, 5.0, 2.0)
    np.testing.assert_allclose(mixture.cdf(x), expected, rtol=1e-12)
    np.testing.assert_allclose(mixture.quantile(expected), x, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    "call",
    [
        lambda mixture: mixture.entropy(),
        lambda mixture: mixture.modes(),
        lambda mixture: mixture.highest_density_region(),
        lambda mixture: mixture.cdf([[0.0, 0.0]]),
    ],
)
def test_what_is_of_gaussians_alone_is_refused(call):
    with pytest.raises(InputError, match="t distributions"):
        call(TMixture([1.0], [[0.0, 0.0]], [1.0], 3.0))


@pytest.mark.parametrize(
    "call",
    [
        exchange.to_json,
        exchange.to_frame,
        exchange.to_sklearn,
        lambda mixture: gaussmix.modal_clustering(mixture, np.zeros((3, 2))),
        lambda mixture: divergences.kl_divergence(mixture, mixture),
    ],
)
def test_functions_of_gaussians_refuse_t_distributions(call):
    with pytest.raises(InputError, match="Gaussian components"):
        call(TMixture([1.0], [[0.0, 0.0]], [1.0], 3.0))
