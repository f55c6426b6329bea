"""BayesianGaussianMixture: published values, its bound, its methods and files."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.stats import multivariate_t
from sklearn.exceptions import NotFittedError
from sklearn.mixture import BayesianGaussianMixture as Reference

from gaussmix import BayesianGaussianMixture, Full, Mixture, load
from gaussmix.datasets import load_faithful
from gaussmix.errors import InputError, SingularCovarianceError

X = load_faithful().data
Z = (X - X.mean(axis=0)) / X.std(axis=0)
BISHOP = {
    "weight_concentration_prior_type": "dirichlet_distribution",
    "mean_prior": np.zeros(2),
    "degrees_of_freedom_prior": 2,
    "covariance_prior": np.eye(2),
    "tol": 1e-9,
    "max_iter": 10_000,
    "random_state": 0,
}
TYPES = ["dirichlet_process", "dirichlet_distribution"]


@pytest.mark.parametrize(
    ("alpha", "bound", "weights", "active"),
    [
        (1e-3, 104.68715571, [0.6429, 0.3571, 0, 0, 0, 0], 2),
        (1 / 6, 79.96636813, [0.6411, 0.3564] + 4 * [0.0006], 2),
        (1.0, 53.36594530, [0.6318, 0.3528] + 4 * [0.0038], 2),
        (1000.0, -10743.07031924, [0.1672, 0.1672, 0.1665, 0.1665, 0.1665, 0.1662], 6),
    ],
)
def test_faithful_of_bishop(alpha, bound, weights, active):
    """Bishop (2006), figure 10.6: values of scikit-learn 1.9.1 with tol=1e-12."""
    model = BayesianGaussianMixture(
        6, weight_concentration_prior=alpha, search="off", n_init=5, **BISHOP
    ).fit(Z)
    assert model.sklearn_lower_bound_ == pytest.approx(bound, abs=1e-6)
    found = np.sort(model.weights_)[::-1]
    np.testing.assert_allclose(found, weights, atol=5.001e-5)
    assert model.n_active_ == active
    assert model.pruned().n_components == active


def test_the_bound_is_highest_for_two_components():
    """Bishop (2006), figure 10.7: with all constants, too."""
    scores = [-59.81357379, 67.77255402, 64.17638505, 60.57655201, 56.97306783, 53.36594530]
    models = [
        BayesianGaussianMixture(K, weight_concentration_prior=1.0, search="off", n_init=5, **BISHOP).fit(Z)
        for K in range(1, 7)
    ]
    np.testing.assert_allclose([model.sklearn_lower_bound_ for model in models], scores, atol=1e-6)
    assert np.argmax([model.lower_bound_ for model in models]) == 1


@pytest.mark.parametrize("weights", TYPES)
def test_the_bound_of_one_component_is_the_evidence(weights):
    """With one component the posterior is exact: the bound is log p(X), a product of predictive t-densities."""
    model = BayesianGaussianMixture(1, weight_concentration_prior_type=weights, max_iter=50).fit(Z)
    prior = model.posterior_.prior
    m, beta, nu, B = prior.mean, prior.mean_precision, prior.degrees_of_freedom, prior.scatter
    evidence = 0.0
    for row in Z:
        df = nu - 1.0
        evidence += multivariate_t(m, B * (beta + 1) / (beta * df), df).logpdf(row)
        B = B + beta / (beta + 1) * np.outer(row - m, row - m)
        m, beta, nu = (beta * m + row) / (beta + 1), beta + 1, nu + 1
    # The stick of a process keeps a little for components that are not there.
    rest = 0.0 if weights == TYPES[1] else np.log(1.0 / 273.0) - 0.0
    assert model.lower_bound_ == pytest.approx(
        evidence + (0.0 if weights == TYPES[1] else _stick(len(Z))), abs=1e-7
    )
    assert rest <= 0.0


def _stick(n):
    """log E v**n for the prior Beta(1, 1) of the only stick."""
    return -np.log(n + 1.0)


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_the_value_of_scikit_learn_from_the_same_parameters(family, weights):
    model = BayesianGaussianMixture(
        3, covariance_type=family, weight_concentration_prior_type=weights, random_state=0, tol=1e-13
    ).fit(X)
    twin = Reference(n_components=3, covariance_type=family, weight_concentration_prior_type=weights)
    twin.weight_concentration_ = model.weight_concentration_
    twin.mean_precision_, twin.means_ = model.mean_precision_, np.asarray(model.means_)
    twin.degrees_of_freedom_, twin.mean_prior_ = model.degrees_of_freedom_, model.mean_prior_
    twin.precisions_cholesky_ = np.asarray(model.precisions_cholesky_)
    r = model.predict_proba(X)
    log_r = np.log(np.maximum(r, 1e-300))
    assert model.sklearn_lower_bound_ == pytest.approx(
        float(np.sum(twin._compute_lower_bound(log_r, 0.0))), rel=1e-7
    )


@pytest.mark.parametrize("weights", TYPES)
@pytest.mark.parametrize("family", ["full", "tied"])
def test_predictions_are_those_of_scikit_learn(family, weights):
    options = {
        "n_components": 3,
        "covariance_type": family,
        "weight_concentration_prior_type": weights,
        "reg_covar": 0.0,
        "max_iter": 300,
        "tol": 1e-9,
    }
    theirs = Reference(random_state=0, **options).fit(X)
    ours = BayesianGaussianMixture(
        search="off", init_params=Mixture(theirs.weights_, theirs.means_, theirs.covariances_), **options
    ).fit(X)
    np.testing.assert_allclose(ours.weights_, theirs.weights_, atol=1e-4)
    np.testing.assert_allclose(ours.means_, theirs.means_, rtol=1e-3)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    difference = ours.score_samples(X) - theirs.score_samples(X)
    # scikit-learn has 1/K of the degrees of freedom of a shared precision, whose expected log-determinant is less.
    assert np.ptp(difference) < 1e-3
    assert family == "tied" or abs(difference.mean()) < 1e-3


@pytest.mark.parametrize("name", ["faithful", "three", "line"])
def test_the_search_is_no_worse_than_ten_starts(name):
    rng = np.random.default_rng(1)
    three = np.concatenate([rng.normal(m, 1.0, (80, 3)) for m in (-4.0, 0.0, 4.0)])
    rows = {"faithful": X, "three": three, "line": np.sort(rng.exponential(size=(200, 1)), axis=0)}[name]
    searched = BayesianGaussianMixture(8, random_state=0).fit(rows)
    starts = BayesianGaussianMixture(8, random_state=0, search="off", n_init=10).fit(rows)
    assert searched.lower_bound_ >= starts.lower_bound_ - 0.01
    assert (np.diff(searched.weights_) <= 1e-3).all()


def test_weights_count_rows():
    weights = np.arange(len(X)) // 3 % 3
    one = BayesianGaussianMixture(3, search="off", init_params=[0, 1, 2] * 90 + [0, 1], max_iter=40, tol=0)
    weighted = one.fit(X, sample_weight=weights)
    labels = np.repeat(np.asarray([0, 1, 2] * 90 + [0, 1]), weights)
    copies = BayesianGaussianMixture(3, search="off", init_params=labels, max_iter=40, tol=0).fit(
        np.repeat(X, weights, axis=0)
    )
    assert weighted.lower_bound_ == pytest.approx(copies.lower_bound_, rel=1e-9)
    np.testing.assert_allclose(weighted.means_, copies.means_, rtol=1e-7)


@pytest.mark.parametrize("subset", range(1, 32))
def test_all_that_is_known_of_rows_combines(subset):
    rng = np.random.default_rng(subset)
    rows, known, options = X.copy(), {}, {}
    if subset & 1:
        known["sample_weight"] = rng.uniform(0.2, 2.0, len(X))
    if subset & 2:
        rows[rng.random(X.shape) < 0.1] = np.nan
    if subset & 4:
        known["noise"] = np.tile([0.01, 4.0], (len(X), 1))
    if subset & 8:
        known["labels"] = np.where(np.arange(len(X)) % 4 == 0, (X[:, 0] > 3).astype(int), -1)
    if subset & 16:
        options["noise_component"] = True
    model = BayesianGaussianMixture(3, random_state=0, search="off", max_iter=60, tol=0, **options)
    bounds = model.fit(rows, **known).lower_bounds_
    assert (np.diff(bounds) >= -1e-9 * abs(bounds[-1])).all()
    np.testing.assert_allclose(model.predict_proba(rows, known.get("noise")).sum(axis=1), 1.0)


@pytest.mark.parametrize("power", [-150, -60, 60, 150])
def test_units_shift_the_bound(power):
    plain = BayesianGaussianMixture(3, random_state=0).fit(X)
    moved = BayesianGaussianMixture(3, random_state=0).fit(X * 10.0**power)
    shift = 2 * len(X) * power * np.log(10.0)
    assert moved.lower_bound_ + shift == pytest.approx(plain.lower_bound_, abs=1e-4)
    np.testing.assert_allclose(moved.means_ / 10.0**power, plain.means_, rtol=1e-5)
    np.testing.assert_array_equal(moved.predict(X * 10.0**power), plain.predict(X))


def test_a_given_prior_has_the_units_of_the_columns():
    options = {"mean_prior": [3.0, 70.0], "covariance_prior": np.diag([1.0, 100.0]), "random_state": 0}
    plain = BayesianGaussianMixture(3, **options).fit(X)
    factor = 2.0**500
    options |= {"mean_prior": [3.0, 70.0 * factor], "covariance_prior": np.diag([1.0, 100.0 * factor**2])}
    moved = BayesianGaussianMixture(3, **options).fit(X * [1.0, factor])
    np.testing.assert_allclose(moved.means_ / [1.0, factor], plain.means_, rtol=1e-6)
    np.testing.assert_allclose(moved.mean_prior_, [3.0, 70.0 * factor])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"covariance_type": "tied", "weight_concentration_prior_type": "dirichlet_distribution"},
        {"covariance_type": "diag", "noise_component": True},
        {"covariance_type": "spherical", "search": "off"},
        {"covariance_type": "tied-diag", "covariance_prior": [1.0, 100.0]},
        {"covariance_type": Full(), "mean_prior": [3.0, 70.0]},
    ],
)
def test_files_and_pickles(options, tmp_path):
    model = BayesianGaussianMixture(4, random_state=0, **options).fit(X)
    model.save(tmp_path / "model.safetensors")
    for back in (load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
        np.testing.assert_array_equal(back.covariance_prior_, model.covariance_prior_)
        assert (back.lower_bound_, back.n_active_) == (model.lower_bound_, model.n_active_)
        assert back.sklearn_lower_bound_ == model.sklearn_lower_bound_
        assert back.get_params().keys() == model.get_params().keys()


def test_parameters_that_were_assigned_have_no_posterior():
    model = BayesianGaussianMixture(2, random_state=0).fit(X)
    model.means_ = np.array([[4.0, 80.0], [2.0, 50.0]])
    assert model.predict([[2.0, 50.0]]) == [1]
    with pytest.raises(NotFittedError, match="no posterior"):
        _ = model.n_active_


def test_no_criteria_of_maximum_likelihood():
    model = BayesianGaussianMixture(2, random_state=0).fit(X)
    for name in ("aic", "bic", "icl"):
        assert not hasattr(model, name)


def test_a_family_without_a_conjugate_prior_is_refused():
    with pytest.raises(InputError, match="conjugate"):
        BayesianGaussianMixture(2, covariance_type="VEI").fit(X)
    with pytest.raises(InputError, match="conjugate"):
        BayesianGaussianMixture(2, covariance_type="UUU-1").fit(X)


@pytest.mark.parametrize("prior", [[[1.0, 2.0], [2.0, 1.0]], np.zeros((2, 2))])
def test_a_prior_that_is_no_covariance_is_refused(prior):
    with pytest.raises(SingularCovarianceError, match="covariance_prior is not positive definite"):
        BayesianGaussianMixture(2, covariance_prior=prior).fit(X)


def test_another_prior_begins_another_run():
    model = BayesianGaussianMixture(3, warm_start=True, random_state=0).fit(X)
    again = model.set_params(weight_concentration_prior=10.0).fit(X)
    assert again.weight_concentration_prior_ == 10.0
    assert (np.diff(again.lower_bounds_) >= -1e-9).all()
    assert again.converged_
