"""Mixtures as fitted estimators of scikit-learn, and from them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.mixture import BayesianGaussianMixture as SklearnBayesianGaussianMixture
from sklearn.mixture import GaussianMixture as SklearnGaussianMixture
from sklearn.utils.validation import check_is_fitted

from ..covariances import Diagonal, Full, Spherical, Tied
from ..errors import InputError, InputTypeError
from ..estimators import GaussianMixture
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of

__all__ = ["from_sklearn", "to_sklearn"]

_TYPES = {Full(): "full", Tied(Full()): "tied", Diagonal(): "diag", Spherical(): "spherical"}
_SHARED = ("n_init", "max_iter", "warm_start", "verbose", "verbose_interval")
_OF_FIT = ("converged_", "n_iter_", "lower_bound_", "lower_bounds_")
_STARTS = ("kmeans", "k-means++", "random", "random_from_data")


def to_sklearn(model: Any) -> SklearnGaussianMixture:
    """Return a mixture as a fitted ``sklearn.mixture.GaussianMixture``.

    Its predictions are the same to rounding. The families "full", "tied", "diag" and "spherical" keep their name;
    others become "tied" if all components share a covariance, and "full" otherwise.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture.

    Returns
    -------
    sklearn.mixture.GaussianMixture
        A fitted estimator, with the options that both libraries have.

    Raises
    ------
    InputError
        If there is a uniform component or a singular covariance, which scikit-learn lacks.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> exchange.to_sklearn(Mixture([0.5, 0.5], [[0.0], [9.0]], [1.0, 1.0])).predict([[1.0], [8.0]])
    array([0, 1])
    """
    mixture = gaussians_of(model, "to_sklearn")
    if mixture.uniform is not None:
        raise InputError(
            "scikit-learn has no uniform component: leave it out with mixture.take(range(mixture.n_components))."
        )
    if mixture.covariances.singular:
        raise InputError("scikit-learn has no singular covariances: give a mixture with regular ones.")
    name, covariances = _in_sklearn(mixture)
    estimator = SklearnGaussianMixture(mixture.n_components, covariance_type=name, **_options(model))
    estimator.weights_, estimator.means_ = mixture.weights.copy(), mixture.means.copy()
    estimator.covariances_ = covariances.array.copy()
    estimator.precisions_cholesky_ = covariances.precisions_cholesky()
    estimator.precisions_ = covariances.precisions()
    estimator.n_features_in_ = mixture.n_features
    names = getattr(model, "feature_names_in_", mixture.feature_names)
    if names is not None:
        estimator.feature_names_in_ = np.array(names, dtype=object)
    defaults = {"converged_": True, "n_iter_": 0, "lower_bound_": np.nan, "lower_bounds_": []}
    for attribute, value in defaults.items():
        setattr(estimator, attribute, getattr(model, attribute, value))
    return estimator


def _in_sklearn(mixture: Mixture) -> tuple[str, Any]:
    """Return the covariance type, and the covariances in its family."""
    name = _TYPES.get(mixture.family)
    if name is not None:
        return name, mixture.covariances
    K, D = mixture.means.shape
    dense = mixture.covariances.dense()
    if isinstance(mixture.family, Tied):
        return "tied", Tied(Full()).covariances(dense[0], K, D)
    return "full", Full().covariances(dense, K, D)


def _options(model: Any) -> dict[str, Any]:
    """Return the options of an estimator of this library that scikit-learn has."""
    if not isinstance(model, GaussianMixture):
        return {}
    options = {name: getattr(model, name) for name in _SHARED}
    for name in ("tol", "reg_covar"):
        if isinstance(getattr(model, name), (int, float)):
            options[name] = getattr(model, name)
    if isinstance(model.init_params, str) and model.init_params in _STARTS:
        options["init_params"] = model.init_params
    if model.random_state is None or isinstance(model.random_state, (int, np.integer, np.random.RandomState)):
        options["random_state"] = model.random_state
    return options


def from_sklearn(estimator: Any) -> GaussianMixture:
    """Return a fitted mixture of scikit-learn as a fitted :class:`gaussmix.GaussianMixture`.

    Its options are those of scikit-learn, without a search or acceleration, so that a new ``fit`` does what
    scikit-learn's does. A ``BayesianGaussianMixture`` gives the mixture of its ``weights_``, ``means_`` and
    ``covariances_``; its own predictions average over their posterior distribution, and so they differ a little.

    Parameters
    ----------
    estimator : sklearn.mixture.GaussianMixture or sklearn.mixture.BayesianGaussianMixture
        The fitted estimator.

    Returns
    -------
    GaussianMixture
        A fitted estimator; its ``mixture_`` is the distribution.

    Raises
    ------
    InputTypeError
        If it is another object.
    NotFittedError
        If the estimator is not fitted.

    Examples
    --------
    >>> from sklearn.mixture import GaussianMixture
    >>> from gaussmix import datasets, exchange
    >>> X = datasets.load_faithful().data
    >>> theirs = GaussianMixture(2, random_state=0).fit(X)
    >>> ours = exchange.from_sklearn(theirs)
    >>> abs(ours.score(X) - theirs.score(X)) < 1e-12
    True
    """
    kinds = (SklearnGaussianMixture, SklearnBayesianGaussianMixture)
    if not isinstance(estimator, kinds) or isinstance(estimator, GaussianMixture):
        raise InputTypeError(
            f"estimator is of type {type(estimator).__name__}: give a GaussianMixture or a BayesianGaussianMixture of "
            "scikit-learn."
        )
    check_is_fitted(estimator)
    shared = (*_SHARED, "tol", "reg_covar", "init_params", "random_state", "covariance_type")
    model = GaussianMixture(
        estimator.n_components,
        search="off",
        acceleration="off",
        **{name: getattr(estimator, name) for name in shared},
    )
    model.weights_, model.means_ = np.array(estimator.weights_), np.array(estimator.means_)
    model.covariances_ = np.array(estimator.covariances_)
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        model.feature_names_in_ = np.array(names, dtype=object)
        model.mixture_ = model.mixture_.named(tuple(map(str, names)))
    for attribute in _OF_FIT:
        if hasattr(estimator, attribute):
            setattr(model, attribute, getattr(estimator, attribute))
    return model
