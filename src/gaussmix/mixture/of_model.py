"""The mixture of a fitted estimator, of gaussmix or of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import InputError, InputTypeError
from .t_mixture import TMixture
from .value import Mixture

__all__ = ["gaussians_of", "mixture_of", "mixture_with_rows"]


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
        If the object has no mixture, or several.
    """
    if isinstance(model, Mixture):
        return model
    if isinstance(getattr(model, "mixture_", None), Mixture):
        return model.mixture_  # type: ignore[no-any-return]
    kind = type(model).__name__
    parts = ("weights_", "means_", "precisions_")
    if all(hasattr(model, part) for part in parts) and not isinstance(model, type):
        return _of_scikit_learn(model)
    if hasattr(model, "mixtures_"):
        raise InputTypeError(
            f"{what} needs one mixture, and this is of type {kind}: give one of its mixtures_."
        )
    if hasattr(model, "fit") and not any(name.endswith("_") for name in vars(model)):
        raise InputError(f"this {kind} holds no fitted mixture: call its fit first, or give a Mixture.")
    best = next((f": give its {name}" for name in ("best_", "best_estimator_") if hasattr(model, name)), "")
    raise InputTypeError(
        f"{what} needs a Mixture or a fitted estimator of one, such as GaussianMixture, and this is of type "
        f"{kind}{best}."
    )


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


def mixture_with_rows(model: Any, what: str) -> Mixture:
    """Return the mixture of a fitted model; of a posterior, without the components that have no rows.

    Parameters
    ----------
    what : str
        What needs the mixture, for the message of an error.
    """
    if getattr(model, "has_posterior", False):
        return model.pruned()  # type: ignore[no-any-return]
    return mixture_of(model, what)


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
