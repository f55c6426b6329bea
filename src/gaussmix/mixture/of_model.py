"""The mixture of a fitted estimator, of gaussmix or of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError, InputTypeError
from .t_mixture import TMixture
from .value import Mixture

__all__ = ["gaussians_of", "mixture_of"]


def mixture_of(model: Any, what: str) -> Mixture:
    """Return the mixture of a Mixture, a fitted estimator or a fitted scikit-learn GaussianMixture.

    Parameters
    ----------
    what : str
        What needs the mixture, for the message of an error, such as "a plot".

    Raises
    ------
    InputError
        If the estimator is not fitted.
    InputTypeError
        If the object has no mixture.
    """
    if isinstance(model, Mixture):
        return model
    if isinstance(getattr(model, "mixture_", None), Mixture):
        return model.mixture_  # type: ignore[no-any-return]
    kind = type(model).__name__
    if hasattr(model, "weights_") and hasattr(model, "means_") and hasattr(model, "precisions_"):
        return _of_scikit_learn(model)
    if hasattr(model, "fit"):
        raise InputError(f"this {kind} holds no fitted mixture: call its fit first, or give a Mixture.")
    advice = ": give its best_." if hasattr(model, "best_") else "."
    raise InputTypeError(f"{what} needs a Mixture or a fitted estimator, and this is of type {kind}{advice}")


def gaussians_of(model: Any, what: str) -> Mixture:
    """Return the mixture of a model as :func:`mixture_of` does, if its components are Gaussian.

    Parameters
    ----------
    what : str
        What needs the mixture, for the message of an error.

    Raises
    ------
    InputError
        If the components are t distributions, or the estimator is not fitted.
    InputTypeError
        If the object has no mixture.
    """
    mixture = mixture_of(model, what)
    if isinstance(mixture, TMixture):
        raise InputError(
            f"{what} needs Gaussian components, and these are t distributions: give mixture.gaussian, the Gaussians of "
            "the same scale matrices, if they are meant."
        )
    return mixture


def _of_scikit_learn(model: Any) -> Mixture:
    K, D = model.means_.shape
    given, identity = np.asarray(model.covariances_), np.eye(D)
    dense: dict[str, Callable[[], Any]] = {
        "full": lambda: given,
        "tied": lambda: np.broadcast_to(given, (K, D, D)),
        "diag": lambda: given[:, :, None] * identity,
        "spherical": lambda: given[:, None, None] * identity,
    }
    covariances = dense[model.covariance_type]()
    names = getattr(model, "feature_names_in_", None)
    return Mixture(model.weights_, model.means_, covariances, feature_names=names)
