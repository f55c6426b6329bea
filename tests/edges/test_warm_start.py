"""Warm starts: fits one after another are one run, as long as the rows and the options stay the same."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix import BayesianGaussianMixture, ConjugatePrior, GaussianMixture, StudentMixture, load
from gaussmix.fitting import RelativeChange, accelerated

from ..support import NAMES, quiet


def rows(seed, n=300):
    """Rows of two components that overlap: EM is slow."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)) + rng.integers(0, 2, n)[:, None] * [2.0, 1.0]


X = rows(0)


def model_of(max_iter, **options):
    chosen = {"search": "off", "random_state": 0, "warm_start": True, **options}
    return GaussianMixture(2, max_iter=max_iter, **chosen)


def fit_until_converged(model, X, most=2000, **fit_options):
    """Fit again and again; return the number of iterations of each fit and the objectives of all."""
    iterations, objectives = [], []
    with quiet():
        while len(iterations) < most:
            model.fit(X, **fit_options)
            iterations.append(model.n_iter_)
            objectives += model.lower_bounds_
            if model.converged_:
                return iterations, objectives
    raise AssertionError(f"not converged after {most} fits")


def assert_one_run(model, whole, X, max_iter, **fit_options):
    iterations, objectives = fit_until_converged(model, X, **fit_options)
    assert iterations[:-1] == [max_iter] * (len(iterations) - 1)
    assert sum(iterations) == whole.n_iter_
    assert objectives == whole.lower_bounds_
    assert model.mixture_ == whole.mixture_
    assert model.lower_bound_ == whole.lower_bound_
    assert model.trace_.log_likelihood.tolist() == model.lower_bounds_


@pytest.mark.parametrize("covariance_type", NAMES)
@pytest.mark.parametrize("tol", ["auto", 1e-3, 1e-6, RelativeChange(1e-6)], ids=str)
@pytest.mark.parametrize("reg_covar", ["auto", 1e-6])
@pytest.mark.parametrize("acceleration", ["auto", "off"])
def test_fits_of_few_iterations_are_one_run(covariance_type, tol, reg_covar, acceleration):
    options = {
        "covariance_type": covariance_type, "tol": tol, "reg_covar": reg_covar, "acceleration": acceleration,
    }  # fmt: skip
    whole = model_of(1000, **options).fit(X)
    assert whole.converged_
    for max_iter in (1, 7):
        model = model_of(max_iter, **options)
        assert_one_run(model, whole, X, max_iter)


def test_an_acceleration_goes_on_amid_its_steps(monkeypatch):
    monkeypatch.setattr(accelerated, "_OVERHEAD", 0.0)  # a step of it costs a pass
    slow = rows(1, 3000)
    whole = model_of(1000).fit(slow)
    plain = model_of(1000, acceleration="off").fit(slow)
    assert whole.n_iter_ < plain.n_iter_  # it took part
    for max_iter in (1, 2, 5):
        assert_one_run(model_of(max_iter), whole, slow, max_iter)


def test_after_a_search():
    whole = model_of(1000, search="auto").fit(X)
    assert_one_run(model_of(10, search="auto"), whole, X, 10)


def test_weights_and_columns_of_extreme_size():
    weights = np.random.default_rng(2).integers(0, 3, len(X)).astype(float)
    extreme = np.ldexp(X, [0, 300])
    for table in (X, extreme):
        whole = model_of(1000).fit(table, sample_weight=weights)
        assert_one_run(model_of(1), whole, table, 1, sample_weight=weights)


@pytest.mark.parametrize("tol", ["auto", 1e-3])
@pytest.mark.parametrize("acceleration", ["auto", "off"])
def test_a_fit_after_convergence_ends_at_once(tol, acceleration):
    model = model_of(1000, tol=tol, acceleration=acceleration).fit(X)
    for _ in range(3):
        model.fit(X)
        assert model.converged_
        assert model.n_iter_ <= 3


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tol", ["auto", 1e-3])
@pytest.mark.parametrize("max_iter", [1, 2, 50])
def test_convergence_is_seen_as_scikit_learn_sees_it(tol, max_iter, seed):
    """scikit-learn's own test: test_convergence_detected_with_warm_start."""
    model = model_of(max_iter, tol=tol, search="auto", random_state=np.random.RandomState(seed))
    iterations, _ = fit_until_converged(model, rows(seed, 200), most=100 if tol == 1e-3 else 1000)
    assert max(iterations) <= max_iter


def test_the_number_of_fits_is_theirs():
    given = {
        "weights_init": [0.5, 0.5],
        "means_init": [[0.0, 0.0], [1.0, 2.0]],
        "precisions_init": [np.eye(2)] * 2,
    }
    options = {"tol": 1e-3, "reg_covar": 1e-6, "max_iter": 1, "warm_start": True, **given}
    theirs = Theirs(2, **options)
    count = 0
    with quiet():
        while count == 0 or not theirs.converged_:
            theirs.fit(X)
            count += 1
    iterations, _ = fit_until_converged(GaussianMixture(2, **options), X)
    assert len(iterations) == count


def test_each_fit_that_has_not_converged_says_so():
    model = model_of(1)
    for _ in range(3):
        with pytest.warns(ConvergenceWarning, match="did not converge in 1 iteration"):
            model.fit(X)


# A tolerance that any two objectives in a row meet: what ends at once has taken the fit before into account.
LOOSE = {"tol": 1e6, "max_iter": 1}


def converged_by(change, X_after=X, **fit_options):
    model = model_of(**LOOSE)
    with quiet():
        model.fit(X)
        change(model)
        return model.fit(X_after, **fit_options).converged_


def test_the_same_rows_go_on():
    assert converged_by(lambda model: None)
    assert converged_by(lambda model: None, X.copy())


@pytest.mark.parametrize(
    "other",
    [rows(1), X + 1e-9, np.vstack([X[:-1], X[:1]]), (rows(1) - rows(1).mean(0)) / rows(1).std(0)],
    ids=["another sample", "a shift", "one row", "standardised"],
)
def test_other_rows_begin_anew(other):
    assert not converged_by(lambda model: None, other)


def test_other_weights_begin_anew():
    assert not converged_by(lambda model: None, sample_weight=np.full(len(X), 2.0))


@pytest.mark.parametrize(
    "options",
    [
        {"reg_covar": 1e-3},
        {"acceleration": "off"},
        {"tol": 1e5},
        {"covariance_type": "diag"},
        {"n_components": 3},
    ],
    ids=str,
)
def test_other_options_begin_anew(options):
    assert not converged_by(lambda model: model.set_params(**options))


def test_another_mixture_begins_anew():
    other = model_of(3).set_params(random_state=1)
    with quiet():
        mixture = other.fit(rows(1)).mixture_
    assert not converged_by(lambda model: setattr(model, "mixture_", mixture))


def test_a_cold_fit_leaves_nothing_to_go_on_from():
    assert not converged_by(lambda model: model.set_params(warm_start=False))
    model = model_of(**LOOSE, warm_start=False)
    with quiet():
        assert not model.fit(X).set_params(warm_start=True).fit(X).converged_


def test_a_pickle_goes_on_and_a_file_begins_anew(tmp_path):
    whole = model_of(1000).fit(X)
    model = model_of(5)
    with quiet():
        model.fit(X)
        first = list(model.lower_bounds_)
        again = pickle.loads(pickle.dumps(model))
    _, objectives = fit_until_converged(again, X)
    assert first + objectives == whole.lower_bounds_
    model.save(tmp_path / "model.safetensors")
    _, objectives = fit_until_converged(load(tmp_path / "model.safetensors"), X)
    np.testing.assert_allclose(objectives[-1], whole.lower_bound_, atol=1e-5)


NAN = np.nan
FIXED_MEAN = {"fix": {"means": [0]}, "means_init": [[0.0, 0.0], [NAN, NAN]]}
PRIOR = ConjugatePrior(mean_precision=0.1)


def mixture_of(kind, max_iter, **options):
    return kind(
        2, **{"max_iter": max_iter, "search": "off", "random_state": 0, "warm_start": True, **options}
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (GaussianMixture, {"prior": "mclust"}),
        (GaussianMixture, {"prior": PRIOR, "noise_component": True}),
        (GaussianMixture, FIXED_MEAN),
        (GaussianMixture, {"max_eigenvalue_ratio": 2.0, "min_weight": 0.4}),
        (GaussianMixture, {"trim": 0.1}),
        (GaussianMixture, {"bounds": (-4.0, 5.0)}),
        (GaussianMixture, {"censored": (-1.5, None)}),
        (StudentMixture, {}),
        (StudentMixture, {"degrees_of_freedom": "each", "fix": {"weights": "equal"}}),
        (StudentMixture, {"degrees_of_freedom": [3.0, 30.0]}),
        (BayesianGaussianMixture, {}),
    ],
    ids=str,
)
def test_fits_of_every_kind_are_one_run(kind, options):
    most = 40  # iterations are enough
    with quiet():
        whole = mixture_of(kind, most, **options).fit(X)
        model, objectives = mixture_of(kind, 3, **options), []
        while len(objectives) < len(whole.lower_bounds_):
            model.set_params(max_iter=min(3, most - len(objectives))).fit(X)
            objectives += model.lower_bounds_
    assert objectives == whole.lower_bounds_
    assert model.mixture_ == whole.mixture_


def goes_on(kind, before, after, known=({}, {})):
    """Fit once, change options and what is known of the rows, and return whether the second fit continues the first."""
    model = mixture_of(kind, **LOOSE, **before)
    with quiet():
        model.fit(X, **known[0])
        return model.set_params(**after).fit(X, **known[1]).converged_


SAME = [
    (GaussianMixture, {"prior": PRIOR}, {"prior": ConjugatePrior(mean_precision=0.1)}),
    (GaussianMixture, {"bounds": (-4, 5)}, {"bounds": ([-4.0, -4.0], np.array([5, 5]))}),
    (GaussianMixture, {"censored": (None, 3)}, {"censored": (-np.inf, 3.0)}),
    (GaussianMixture, FIXED_MEAN, {"means_init": np.array([[0.0, 0.0], [NAN, NAN]])}),
    (GaussianMixture, {"noise_component": 200.0}, {"noise_component": 200}),
    (StudentMixture, {}, {"degrees_of_freedom": "common"}),
    (StudentMixture, {"degrees_of_freedom": 5.0}, {"degrees_of_freedom": 5}),
]


@pytest.mark.parametrize(("kind", "before", "after"), SAME, ids=str)
def test_equal_options_go_on(kind, before, after):
    assert goes_on(kind, before, after)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        (GaussianMixture, {}, {"prior": "mclust"}),
        (GaussianMixture, {"prior": "mclust"}, {"prior": None}),
        (GaussianMixture, {"prior": "mclust"}, {"prior": ConjugatePrior()}),
        (GaussianMixture, {"prior": PRIOR}, {"prior": ConjugatePrior(mean_precision=0.2)}),
        (GaussianMixture, FIXED_MEAN, {"fix": None, "means_init": None}),
        (GaussianMixture, FIXED_MEAN, {"means_init": [[0.0, 0.1], [NAN, NAN]]}),
        (GaussianMixture, FIXED_MEAN, {"fix": {"means": [0], "weights": "equal"}}),
        (GaussianMixture, {"max_eigenvalue_ratio": 2.0}, {"max_eigenvalue_ratio": 3.0}),
        (GaussianMixture, {"min_weight": 0.2}, {"min_weight": 0.1}),
        (GaussianMixture, {"trim": 0.2}, {"trim": 0.1}),
        (GaussianMixture, {"bounds": (-4, 5)}, {"bounds": (-5, 5)}),
        (GaussianMixture, {"bounds": (-4, 5)}, {"bounds": None}),
        (GaussianMixture, {"bounds": (-4, 5)}, {"bounds": None, "censored": (-4, 5)}),
        (GaussianMixture, {}, {"bounds": (None, 6)}),
        (GaussianMixture, {"censored": (-1, None)}, {"censored": (-1.1, None)}),
        (GaussianMixture, {"noise_component": True}, {"noise_component": 500.0}),
        (GaussianMixture, {"noise_component": True}, {"noise_component": False}),
        (StudentMixture, {}, {"degrees_of_freedom": "each"}),
        (StudentMixture, {"degrees_of_freedom": 5.0}, {"degrees_of_freedom": 4.0}),
        (StudentMixture, {"degrees_of_freedom": 5.0}, {"degrees_of_freedom": "common"}),
        (BayesianGaussianMixture, {}, {"mean_precision_prior": 3.0}),
        (BayesianGaussianMixture, {}, {"weight_concentration_prior_type": "dirichlet_distribution"}),
    ],
    ids=str,
)
def test_each_other_option_begins_anew(kind, before, after):
    assert not goes_on(kind, before, after)


LABELS = np.where(np.arange(len(X)) < 20, 0, -1)
ERRORS = np.full_like(X, 0.1)


@pytest.mark.parametrize(
    "known",
    [{"labels": LABELS}, {"noise": ERRORS}, {"projections": np.eye(2), "noise": ERRORS}],
    ids=lambda k: ",".join(k),
)
def test_rows_with_errors_and_labels_go_on_and_others_begin_anew(known):
    assert goes_on(GaussianMixture, {}, {}, (known, known))
    assert not goes_on(GaussianMixture, {}, {}, ({}, known))
    other = {
        name: np.where(LABELS == 0, 1, -1) if name == "labels" else 2 * value for name, value in known.items()
    }
    assert not goes_on(GaussianMixture, {}, {}, (known, other))
