"""Warm starts: fits one after another are one run, as long as the rows and the options stay the same."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix import GaussianMixture, load
from gaussmix.fitting import RelativeChange

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


def test_an_acceleration_goes_on_amid_its_steps():
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
