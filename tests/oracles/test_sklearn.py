"""scikit-learn's GaussianMixture from the same start, with a numeric reg_covar, iteration by iteration."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as Theirs

from gaussmix import GaussianMixture
from gaussmix.datasets import load_faithful

from ..support import clusters, quiet

TYPES = ("full", "tied", "diag", "spherical")
FITTED = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def start(X, K, covariance_type, seed):
    """A start that both take: means are rows, precisions from the spread of all rows."""
    rng = np.random.default_rng(seed)
    D = X.shape[1]
    precision = np.linalg.inv(np.atleast_2d(np.cov(X.T.astype(float))) + 1e-3 * np.eye(D))
    precision = 0.5 * (precision + precision.T)
    variants = {
        "full": np.tile(precision, (K, 1, 1)),
        "tied": precision,
        "diag": np.tile(np.diagonal(precision), (K, 1)),
        "spherical": np.full(K, np.diagonal(precision).mean()),
    }
    weights = rng.uniform(0.5, 1.0, K)
    means = X[rng.choice(len(X), K, replace=False)].astype(np.float64)
    return {
        "weights_init": weights / weights.sum(),
        "means_init": means,
        "precisions_init": variants[covariance_type],
    }


def both(X, K, covariance_type, seed=0, **options):
    chosen = {"tol": 1e-3, "reg_covar": 1e-6, **options, **start(X, K, covariance_type, seed)}
    theirs = Theirs(K, covariance_type=covariance_type, **chosen).fit(X)
    with quiet():
        ours = GaussianMixture(
            K, covariance_type=covariance_type, search="off", acceleration="off", **chosen
        ).fit(X)
    return ours, theirs


def compare(ours, theirs, X, rtol=1e-6):
    for name in FITTED:
        expected = np.asarray(getattr(theirs, name))
        np.testing.assert_allclose(
            getattr(ours, name), expected, rtol=rtol, atol=rtol * np.abs(expected).max(), err_msg=name
        )
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.converged_ == theirs.converged_
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=rtol)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=rtol)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=rtol, atol=rtol)
    for name in ("aic", "bic", "score"):
        assert getattr(ours, name)(X) == pytest.approx(getattr(theirs, name)(X), rel=rtol), name
    sure = np.sort(theirs.predict_proba(X), axis=1)[:, -1] > 0.5 + 1e-3
    assert sure.any()
    assert np.array_equal(ours.predict(X)[sure], theirs.predict(X)[sure])


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("max_iter", [1, 2, 7, 100])
@pytest.mark.parametrize(("n", "D", "K"), [(30, 1, 2), (200, 2, 3), (500, 5, 4), (100, 10, 1)])
def test_same_start_same_numbers(covariance_type, max_iter, n, D, K):
    X = clusters(np.random.default_rng(n + D), n, max(K, 2), D)
    ours, theirs = both(X, K, covariance_type, seed=K, max_iter=max_iter)
    assert theirs.n_iter_ <= max_iter
    compare(ours, theirs, X)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("reg_covar", [0.0, 1e-6, 0.1])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_reg_covar(covariance_type, reg_covar, seed):
    X = clusters(np.random.default_rng(seed), 300, 3, 3)
    ours, theirs = both(X, 3, covariance_type, seed=seed, reg_covar=reg_covar, max_iter=60)
    compare(ours, theirs, X)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_old_faithful(covariance_type):
    X = load_faithful().data
    ours, theirs = both(X, 2, covariance_type, max_iter=200, tol=1e-6)
    assert theirs.converged_
    compare(ours, theirs, X)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_float32_rows(covariance_type):
    # scikit-learn computes in float32 there; we give what it gives for the same values as float64, in float32.
    X = clusters(np.random.default_rng(5), 300, 3, 3).astype(np.float32)
    ours, _ = both(X, 3, covariance_type, max_iter=20)
    _, theirs = both(X.astype(np.float64), 3, covariance_type, max_iter=20)
    compare(ours, theirs, X.astype(np.float64))
    assert {getattr(ours, name).dtype.name for name in FITTED} == {"float32"}


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_fixed_number_of_iterations(covariance_type):
    X = clusters(np.random.default_rng(6), 200, 2, 2)
    ours, theirs = both(X, 2, covariance_type, max_iter=30, tol=0.0)
    assert ours.n_iter_ == 30
    for name in FITTED:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_warm_start_goes_on(covariance_type):
    X = clusters(np.random.default_rng(7), 200, 2, 2)
    given = start(X, 2, covariance_type, 0)
    common = {"covariance_type": covariance_type, "reg_covar": 1e-6, "tol": 1e-9, "warm_start": True, **given}
    with quiet():
        ours = GaussianMixture(2, max_iter=3, search="off", acceleration="off", **common).fit(X).fit(X)
    theirs = Theirs(2, max_iter=6, **common).fit(X)
    for name in FITTED:
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-6, err_msg=name)


def test_constructor_parameters_are_theirs_and_more():
    ours, theirs = GaussianMixture().get_params(), Theirs().get_params()
    assert set(theirs) <= set(ours)
    changed = {name for name in theirs if ours[name] != theirs[name]}
    assert changed == {"tol", "reg_covar", "max_iter"}


def test_a_convergence_warning_is_theirs():
    X = clusters(np.random.default_rng(8), 100, 2, 2)
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        GaussianMixture(2, max_iter=1, tol=1e-9, reg_covar=1e-6, random_state=0, search="off").fit(X)


def test_attributes_have_their_shapes_and_types():
    X = clusters(np.random.default_rng(9), 100, 2, 3)
    for covariance_type in TYPES:
        ours, theirs = both(X, 2, covariance_type, max_iter=5)
        for name in (*FITTED, "converged_", "n_iter_", "lower_bound_", "lower_bounds_", "n_features_in_"):
            assert np.shape(getattr(ours, name)) == np.shape(getattr(theirs, name)), name
            assert (
                isinstance(getattr(ours, name), type(getattr(theirs, name)))
                or np.ndim(getattr(ours, name)) == 0
            )
        public = {name for name in dir(theirs) if not name.startswith("_")}
        assert public - {name for name in dir(ours) if not name.startswith("_")} == set()
