"""The options of a variational fit, converted to its plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._types import Floats
from ..covariances import Family, Tied
from ..errors import InputError, InputTypeError, SingularCovarianceError
from ..estimation import FitPlan
from ..fitting import AbsoluteChange
from ..validation import LARGEST, finite_array, is_number
from ..variational import BoundChange, GivenPrior, Variational
from ..variational.precisions import precision_distribution
from ..variational.weights import WEIGHTS
from .kinds import on_host
from .options import check_choice, family_of, plan_of

__all__ = ["bayesian_plan"]


def bayesian_plan(
    options: Mapping[str, Any],
    n_features: int,
    feature_names: Sequence[str] | None = None,
    watchers: Sequence[Callable[[Any], Any]] = (),
) -> FitPlan:
    """Return the plan of a variational fit for the options of an estimator, for data of D columns.

    Parameters
    ----------
    options : mapping
        The parameters of :class:`gaussmix.BayesianGaussianMixture`.
    n_features : int
        D.
    feature_names : sequence of str, optional
        The columns of the data.
    watchers : sequence of callables
        Called before the user's own callbacks.
    """
    family = family_of(options["covariance_type"], n_features)
    precision_distribution(family, n_features)
    check_choice(options["weight_concentration_prior_type"], "weight_concentration_prior_type", list(WEIGHTS))
    given = GivenPrior(
        options["weight_concentration_prior_type"],
        _positive(options["weight_concentration_prior"], "weight_concentration_prior"),
        _mean(options["mean_prior"], n_features),
        _positive(options["mean_precision_prior"], "mean_precision_prior"),
        _positive(options["degrees_of_freedom_prior"], "degrees_of_freedom_prior"),
        _scatter(options["covariance_prior"], family, n_features),
    )
    dof = given.degrees_of_freedom
    if dof is not None and not dof > n_features - 1.0:
        raise InputError(
            f"The parameter 'degrees_of_freedom_prior' should be greater than {n_features - 1}, but got {dof:.3f}."
        )
    plan = plan_of({**options, "acceleration": "off"}, n_features, feature_names, watchers)
    # As in scikit-learn, a number is a change of the bound of all rows.
    stop = BoundChange(plan.stop.tol) if isinstance(plan.stop, AbsoluteChange) else plan.stop
    return replace(plan, stop=stop, variational=Variational(given), asks_support=False)


def _positive(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if not is_number(value):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): give a positive number or None.")
    if not 0.0 < float(value) < math.inf:
        raise InputError(f"{name} is {value}: give a positive number or None.")
    return float(value)


def _mean(value: Any, n_features: int) -> Floats | None:
    return None if value is None else finite_array(on_host(value), "mean_prior", (n_features,), LARGEST)


def _scatter(value: Any, family: Family, n_features: int) -> Floats | None:
    """Return the scale of the prior in the frame of the family."""
    if value is None:
        return None
    single = family.inner if isinstance(family, Tied) else family
    array = finite_array(on_host(value), "covariance_prior", single.shape(1, n_features)[1:])
    try:
        covariances = single.covariances(array[None], 1, n_features)
        covariances.factors  # noqa: B018  (positive definite or an error)
    except SingularCovarianceError:
        raise SingularCovarianceError(
            "covariance_prior is not positive definite: give a covariance."
        ) from None
    except InputError as error:
        raise InputError(f"covariance_prior: {error}") from None
    return np.array(covariances.in_frame()[0])
