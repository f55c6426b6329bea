"""Parameters that are set: one after another, in any order, of every shape; and arrays that are read-only."""

from __future__ import annotations

import copy
import itertools
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture as ScikitLearnMixture
from sklearn.utils.validation import check_is_fitted

import gaussmix
from gaussmix import GaussianMixture, Mixture
from gaussmix.errors import InputError, SingularCovarianceError

from ..support import FAMILIES, NAMES, assert_close, clusters, fit, random_mixture

X = clusters(np.random.default_rng(11), 300, 3, 2)
NEAREST = ["full", "tied", "diag", "spherical"]
SPREADS = ["covariances_", "precisions_", "precisions_cholesky_"]


def parts_of(model, spread="covariances_"):
    return {name: np.array(getattr(model, name)) for name in ("weights_", "means_", spread)}


def rebuilt(model, order, covariance_type):
    new = GaussianMixture(model.n_components, covariance_type=covariance_type)
    for name in order:
        setattr(new, name, getattr(model, name))
    return new


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("spread", SPREADS)
def test_a_model_is_rebuilt_from_its_arrays_in_any_order(family, spread):
    model = fit(X, 3, covariance_type=family)
    for order in itertools.permutations(["weights_", "means_", spread]):
        new = rebuilt(model, order, family)
        assert_close(new.predict_proba(X), model.predict_proba(X), 1e-9, scale=1.0)
        assert_close(new.score_samples(X), model.score_samples(X), 1e-9)
        assert_close(new.covariances_, model.covariances_, 1e-9)
        assert new.n_features_in_ == 2


@pytest.mark.parametrize("covariance_type", NEAREST)
def test_arrays_of_scikit_learn_make_the_same_model(covariance_type):
    theirs = ScikitLearnMixture(3, covariance_type=covariance_type, random_state=0).fit(X)
    ours = rebuilt(theirs, ["means_", "precisions_cholesky_", "weights_"], covariance_type)
    assert_close(ours.score_samples(X), theirs.score_samples(X), 1e-9)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    assert_close(ours.precisions_cholesky_, theirs.precisions_cholesky_, 1e-12)
    assert ours.bic(X) == pytest.approx(theirs.bic(X), rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_components_are_put_in_order(family):
    model = fit(X, 3, covariance_type=family)
    order = np.argsort(model.means_[:, 0])
    expected = model.predict_proba(X)[:, order]
    model.weights_, model.means_ = model.weights_[order], model.means_[order]
    if not family.name.startswith("tied"):
        model.covariances_ = model.covariances_[order]
    assert_close(model.predict_proba(X), expected, 1e-9, scale=1.0)


@pytest.mark.parametrize("covariance_type", NEAREST)
def test_components_are_left_out(covariance_type):
    model = fit(X, 3, covariance_type=covariance_type)
    expected = model.mixture_.take([2, 0])
    model.weights_ = model.weights_[[2, 0]] / model.weights_[[2, 0]].sum()
    with pytest.raises(NotFittedError, match=r"weights_ of shape \(2,\), means_ of shape \(3, 2\)"):
        model.predict(X)
    model.means_ = model.means_[[2, 0]]
    if covariance_type != "tied":
        model.covariances_ = model.covariances_[[2, 0]]
    assert_close(model.score_samples(X), expected.log_prob(X), 1e-9)
    check_is_fitted(model)


def test_a_column_is_left_out():
    names = np.array(["a", "b"], dtype=object)
    model = fit(X, 3)
    model.feature_names_in_ = names
    expected = model.mixture_.marginal([1])
    model.means_ = model.means_[:, 1:]
    model.covariances_ = model.covariances_[:, 1:, 1:]
    assert model.n_features_in_ == 1
    assert not hasattr(model, "feature_names_in_")
    assert_close(model.score_samples(X[:, 1:]), expected.log_prob(X[:, 1:]), 1e-9)


def test_one_attribute_alone_changes_that_one():
    model = fit(X, 3)
    before = model.mixture_
    model.means_ = model.means_ + 1.0
    assert_close(model.score_samples(X + 1.0), before.log_prob(X), 1e-9)
    assert model.mixture_.covariances == before.covariances
    model.means_ -= 1.0
    assert_close(model.means_, before.means, 1e-12)
    model.covariances_ *= 4.0
    assert_close(model.precisions_, before.covariances.precisions() / 4.0, 1e-9)
    model.precisions_ = 4.0 * model.precisions_
    assert_close(model.covariances_, before.covariances.array, 1e-9)
    assert model.converged_


def test_a_warm_start_begins_at_what_was_set():
    model = fit(X, 3, warm_start=True)
    moved = model.means_[::-1] + 0.5
    model.means_ = moved
    seen = []
    model.set_params(max_iter=1, tol=0, callbacks=lambda step: seen.append(step))
    model.fit(X)
    start = Mixture(model.trace_ and np.array(fit(X, 3).weights_), moved, fit(X, 3).covariances_)
    assert model.lower_bounds_[0] == pytest.approx(start.log_prob(X).mean())


WRONG = {
    "negative": ("weights_", [1.2, -0.2, 0.0], "weights.1. is -0.2"),
    "no shares": ("weights_", [1.0, 1.0, 1.0], "weights sum to 3"),
    "nan": ("weights_", [np.nan, 0.5, 0.5], "weights.0. is nan"),
    "a column": ("weights_", [[0.5], [0.5], [0.0]], "weights has shape"),
    "text": ("means_", "abc", "means_"),
    "one dimension": ("means_", [1.0, 2.0, 3.0], "means_ has shape .3,., expected .K, D."),
    "infinite": ("means_", np.full((3, 2), np.inf), "means_.0, 0. is inf"),
    "no columns": ("means_", np.empty((3, 0)), "means_ has shape"),
    "not positive": ("covariances_", -np.tile(np.eye(2), (3, 1, 1)), "component 0 is not positive definite"),
    "not symmetric": ("covariances_", np.tile([[1.0, 0.9], [0.0, 1.0]], (3, 1, 1)), "not symmetric"),
    "not a precision": ("precisions_", np.zeros((3, 2, 2)), "precisions of component 0 are not positive"),
    "zero root": (
        "precisions_cholesky_",
        np.tile([[1.0, 0.5], [0.0, 0.0]], (3, 1, 1)),
        "component 0 is singular",
    ),
    "complex": ("covariances_", np.tile(1j * np.eye(2), (3, 1, 1)), "covariances_"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_value_that_cannot_be_is_refused_and_nothing_changes(case):
    name, value, message = WRONG[case]
    model = fit(X, 3)
    before, state = model.mixture_, dict(vars(model))
    with pytest.raises(InputError, match=message):
        setattr(model, name, value)
    assert model.mixture_ is before
    assert vars(model) == state


@pytest.mark.parametrize("covariance_type", ["diag", "spherical", "tied-diag", "tied-spherical"])
@pytest.mark.parametrize("name", SPREADS)
def test_variances_are_positive(covariance_type, name):
    model = fit(X, 3, covariance_type=covariance_type)
    with pytest.raises(SingularCovarianceError, match="component 0"):
        setattr(model, name, -np.asarray(getattr(model, name)))


def test_what_is_missing_is_named():
    model = GaussianMixture(2)
    model.weights_ = [0.5, 0.5]
    with pytest.raises(NotFittedError, match="weights_ is set, but not means_ and covariances_"):
        model.predict(X)
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    assert not hasattr(model, "means_")
    assert model.weights_.tolist() == [0.5, 0.5]
    model.precisions_ = np.tile(np.eye(2), (2, 1, 1))
    with pytest.raises(NotFittedError, match="weights_ and precisions_ are set, but not means_"):
        model.score_samples(X)
    assert not hasattr(model, "covariances_")
    model.means_ = [[0, 0], [5, 5]]
    check_is_fitted(model)
    assert_close(model.covariances_, np.tile(np.eye(2), (2, 1, 1)))


def test_the_shape_that_the_family_has_is_named():
    model = GaussianMixture(2, covariance_type="diag")
    model.weights_, model.means_, model.covariances_ = [0.5, 0.5], np.zeros((2, 3)), np.ones((2, 3, 3))
    with pytest.raises(
        NotFittedError, match=re.escape("'diag' has weights_ of shape (2,) and covariances_ of shape (2, 3)")
    ):
        model.predict(np.zeros((1, 3)))


def test_a_fit_replaces_what_was_set():
    model = GaussianMixture(2, random_state=0)
    model.weights_ = [0.5, 0.5]
    model.fit(X)
    assert model.weights_.tolist() != [0.5, 0.5]
    assert model.predict(X).shape == (len(X),)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_of_a_model_that_was_set(again):
    model = rebuilt(fit(X, 3), ["means_", "weights_", "precisions_"], "full")
    assert np.array_equal(again(model).predict_proba(X), model.predict_proba(X))
    assert not hasattr(clone(model), "means_")


@pytest.mark.parametrize("covariance_type", NEAREST)
def test_a_model_that_was_set_is_saved(covariance_type, tmp_path):
    model = rebuilt(
        fit(X, 3, covariance_type=covariance_type), ["means_", "weights_", "covariances_"], covariance_type
    )
    model.save(tmp_path / "set.safetensors")
    again = gaussmix.load(tmp_path / "set.safetensors")
    assert again.mixture_ == model.mixture_
    assert not hasattr(again, "trace_")


# --------------------------------------------------------------------------------------------- read-only arrays

IN_PLACE = {
    "an element": lambda a: a.__setitem__(0, 1.0),
    "all": lambda a: a.__setitem__(..., 0.0),
    "a view of it": lambda a: a.reshape(-1).__setitem__(0, 1.0),
    "its transpose": lambda a: a.T.__setitem__(0, 1.0),
    "sort": lambda a: a.sort(),
    "fill": lambda a: a.fill(0.0),
    "a mask": lambda a: a.__setitem__(a > 0, 0.0),
}


@pytest.mark.parametrize("how", IN_PLACE)
@pytest.mark.parametrize("name", ["weights_", "means_", *SPREADS])
def test_a_write_in_place_says_how_to_do_it(how, name):
    model = fit(X, 3)
    before = model.mixture_
    with pytest.raises(InputError, match=f"{name} is read-only.*model.{name}.copy.*model.{name} = "):
        IN_PLACE[how](getattr(model, name))
    assert model.mixture_ is before


def test_the_advice_works():
    model = fit(X, 3)
    means = model.means_.copy()
    means[0] = [1.0, 2.0]
    model.means_ = means
    assert model.means_[0].tolist() == [1.0, 2.0]


MADE = {
    "arithmetic": lambda a: a + 1,
    "a copy": lambda a: a.copy(),
    "deepcopy": copy.deepcopy,
    "pickle": lambda a: pickle.loads(pickle.dumps(a)),
    "inverse": np.linalg.inv,
    "array": np.array,
    "concatenate": lambda a: np.concatenate([a, a]),
    "mean": lambda a: a.mean(axis=0),
    "sorted": lambda a: np.sort(a),
    "einsum": lambda a: np.einsum("kij->ij", a),
}


@pytest.mark.parametrize("how", MADE)
def test_what_is_computed_from_an_attribute_is_an_ordinary_array(how):
    made = MADE[how](fit(X, 3).covariances_)
    assert type(made) is np.ndarray or np.__version__ < "2"  # whose linalg asks no subclass
    made[...] = 0.0


def test_numbers_and_rows_that_are_taken():
    means = fit(X, 3).means_
    assert isinstance(means[0, 0], np.float64)
    assert isinstance(means.sum(), np.float64)
    assert repr(means) == repr(np.asarray(means))
    taken = means[[1, 0]]
    taken[0] = 0.0  # a copy is the user's own
    assert taken[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_factors_make_the_covariances_they_came_from(family):
    for K, D in itertools.product((1, 3), (1, 2, 4)):
        covariances = random_mixture(np.random.default_rng(K + D), K, D, family).covariances
        again = family.from_precisions_cholesky(covariances.precisions_cholesky(), K, D)
        assert_close(again.array, covariances.array, 1e-12)
        assert_close(again.factors, covariances.factors, 1e-12)


@pytest.mark.parametrize("D", [1, 2, 5])
@pytest.mark.parametrize("root", ["lower", "symmetric", "turned", "negative"])
def test_any_root_of_the_precisions_will_do(D, root):
    """`np.linalg.cholesky` of a precision is lower triangular, and often given to scikit-learn, which takes it too."""
    rng = np.random.default_rng(D)
    mixture = random_mixture(rng, 3, D, FAMILIES[0])
    precisions = mixture.covariances.precisions()
    values, vectors = np.linalg.eigh(precisions)
    roots = {
        "lower": np.linalg.cholesky(precisions),
        "symmetric": vectors * np.sqrt(values)[:, None, :] @ vectors.swapaxes(1, 2),
        "turned": vectors * np.sqrt(values)[:, None, :],
        "negative": -mixture.covariances.precisions_cholesky(),
    }
    model = GaussianMixture(3)
    model.weights_, model.means_, model.precisions_cholesky_ = mixture.weights, mixture.means, roots[root]
    rows = mixture.sample(50, rng)[0]
    assert_close(model.score_samples(rows), mixture.log_prob(rows), 1e-9)
    assert_close(model.precisions_cholesky_, mixture.covariances.precisions_cholesky(), 1e-9)
