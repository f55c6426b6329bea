"""The estimators as dicts of arrays and a description, for `gaussmix.save`, and from them, for `gaussmix.load`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..errors import DataWarning, warn
from ..mixture import Mixture
from ..persist import decode, encode, mixture_from, register, t_mixture_from, trace_from, trace_to_dict
from ..storage import Record, short
from ..variational import Posterior, Prior
from ..variational.weights import WEIGHTS
from .automatic import resolved
from .bayesian import BayesianGaussianMixture
from .bayesian_options import bayesian_plan
from .bounded_rows import BoundedRows
from .classifier import MixtureClassifier
from .classifier_fit import class_plan
from .gaussian_mixture import GaussianMixture
from .initialization import is_function
from .kinds import ArrayKind
from .options import plan_of
from .student_mixture import StudentMixture
from .trimmed_rows import KeptRows

__all__: list[str] = []


# ------------------------------------------------------------------------------ common to both estimators


def _parameters_to_dict(estimator: Any) -> dict[str, Any]:
    """Return the constructor's parameters; warn of those that a file cannot hold, and store their defaults."""
    parameters, defaults = estimator.get_params(deep=False), type(estimator)().get_params(deep=False)
    left_out = [
        name for name in ("callbacks", "engine", "random_state") if not _can_be_stored(parameters[name])
    ]
    left_out += ["init_params"] if is_function(parameters["init_params"]) else []
    if left_out:
        names, values = " and ".join(left_out), " and ".join(repr(defaults[name]) for name in left_out)
        warn(f"a file cannot hold {names}, which will be {values} when it is loaded.", DataWarning)
    return {
        name: encode(name, defaults[name] if name in left_out else value)
        for name, value in parameters.items()
    }


def _can_be_stored(value: Any) -> bool:
    return value is None or isinstance(value, (int, np.integer))


def _with_parameters(cls: Any, record: Record) -> Any:
    """Return an estimator with the parameters of the file, and defaults for the others."""
    section = record.section("parameters")
    unknown = set(section.description) - set(cls().get_params(deep=False))
    if unknown:
        raise record.fault(f"a {cls.__name__} has no parameter {short(min(unknown))}")
    estimator = cls(**{name: decode(section, name) for name in section.description})
    if not _can_be_stored(estimator.random_state):
        raise record.fault("its random_state is neither None nor a whole number")
    if estimator.callbacks is not None or estimator.engine is not None:
        raise record.fault("it has callbacks or an engine")
    return estimator


def _features_to_dict(estimator: Any) -> dict[str, Any]:
    names = getattr(estimator, "feature_names_in_", None)
    return {
        "n_features_in_": estimator.n_features_in_,
        "feature_names_in_": None if names is None else list(names),
    }


def _read_features(estimator: Any, record: Record, mixtures: list[Mixture]) -> None:
    D = record.entry("n_features_in_", int)
    if any(mixture.n_features != D for mixture in mixtures):
        raise record.fault(f"n_features_in_ is {D}, but a mixture has another number of columns")
    estimator.n_features_in_ = D
    names = record.entry("feature_names_in_", list, None)
    if names is not None:
        if len(names) != D or not all(isinstance(name, str) for name in names):
            raise record.fault(f"feature_names_in_ is {short(names)}, and {D} names are expected")
        estimator.feature_names_in_ = np.array(names, dtype=object)


# ------------------------------------------------------------------------------------------ GaussianMixture


def _mixture_estimator_to_dict(estimator: GaussianMixture) -> dict[str, Any]:
    check_is_fitted(estimator, "mixture_")
    options = resolved(vars(estimator), estimator.mixture_)
    plan_of(options, estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    kept: Any = getattr(estimator, "_kept", None)
    return {
        "parameters": _parameters_to_dict(estimator),
        **_features_to_dict(estimator),
        "mixture_": estimator.mixture_.to_dict(),
        "dtype": estimator._kind.dtype.name,
        # A model with assigned parameters has no fit.
        **(_fit_to_dict(estimator) if hasattr(estimator, "trace_") else {}),
        **({"trimming": kept.to_dict()} if isinstance(kept, KeptRows) else {}),
    }


def _fit_to_dict(estimator: GaussianMixture | BayesianGaussianMixture) -> dict[str, Any]:
    return {
        "trace_": trace_to_dict(estimator.trace_),
        "converged_": bool(estimator.converged_),
        "n_iter_": int(estimator.n_iter_),
        "lower_bound_": np.array(estimator.lower_bound_, dtype=np.float64),
        "lower_bounds_": np.array(estimator.lower_bounds_, dtype=np.float64),
    }


def _gaussian_mixture_from(record: Record) -> GaussianMixture:
    return _mixture_estimator_from(GaussianMixture, mixture_from, record)


def _student_mixture_from(record: Record) -> GaussianMixture:
    return _mixture_estimator_from(StudentMixture, t_mixture_from, record)


def _mixture_estimator_from(
    cls: type[GaussianMixture], read: Callable[[Record], Mixture], record: Record
) -> GaussianMixture:
    estimator: GaussianMixture = _with_parameters(cls, record)
    estimator.mixture_ = read(record.section("mixture_"))
    _read_features(estimator, record, [estimator.mixture_])
    options = resolved(vars(estimator), estimator.mixture_)
    plan = plan_of(options, estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    estimator._n_fixed = replace(plan, uniform=estimator.mixture_.uniform).n_fixed(estimator.n_features_in_)
    estimator._kind = ArrayKind(_dtype_from(record))
    if "trace_" in record.description:
        estimator.candidates_ = None
        _read_fit(estimator, record)
    if plan.bounds is not None:
        estimator._kept = BoundedRows(estimator.mixture_, plan.bounds)
    if "trimming" in record.description:
        estimator._kept = KeptRows.from_record(estimator.mixture_, record.section("trimming"))
    return estimator


def _dtype_from(record: Record) -> np.dtype[Any]:
    """Return the number type of the attributes."""
    name = record.entry("dtype", str)
    if name not in ("float32", "float64"):
        raise record.fault(f"dtype is {short(name)}, and 'float32' or 'float64' is expected")
    dtype: np.dtype[Any] = np.dtype(name)
    return dtype


def _read_fit(estimator: GaussianMixture | BayesianGaussianMixture, record: Record) -> None:
    estimator.trace_ = trace_from(record.section("trace_"))
    estimator.converged_ = record.entry("converged_", bool)
    estimator.n_iter_ = record.entry("n_iter_", int)
    estimator.lower_bound_ = float(record.require("lower_bound_", (), finite=False))
    estimator.lower_bounds_ = record.require("lower_bounds_", (None,), finite=False).tolist()


# ---------------------------------------------------------------------------------- BayesianGaussianMixture


def _bayesian_to_dict(estimator: BayesianGaussianMixture) -> dict[str, Any]:
    check_is_fitted(estimator, "mixture_")
    bayesian_plan(vars(estimator), estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    return {
        "parameters": _parameters_to_dict(estimator),
        **_features_to_dict(estimator),
        "mixture_": estimator.mixture_.to_dict(),
        "dtype": estimator._kind.dtype.name,
        # A model with assigned parameters has no posterior.
        **(_posterior_to_dict(estimator.posterior_) if estimator.has_posterior else {}),
        **(_fit_to_dict(estimator) if hasattr(estimator, "trace_") else {}),
    }


def _posterior_to_dict(posterior: Posterior) -> dict[str, Any]:
    prior, entropy = posterior.prior, posterior.entropy
    return {
        "posterior_": {
            "weights": prior.weights,
            "counts": posterior.counts,
            "uniform_count": np.array(posterior.uniform_count),
            "entropy": np.array(np.nan if entropy is None else entropy),
            "concentration": np.array(prior.concentration),
            "mean": prior.mean,
            "mean_precision": np.array(prior.mean_precision),
            "degrees_of_freedom": np.array(prior.degrees_of_freedom),
            "scatter": prior.scatter,
        }
    }


def _posterior_from(record: Record, mixture: Mixture) -> Posterior:
    K, D, family = mixture.n_components, mixture.n_features, mixture.family
    weights = record.entry("weights", str)
    if weights not in WEIGHTS:
        raise record.fault(f"the distribution of the weights is {short(weights)}")
    numbers = {
        name: float(record.require(name, ()))
        for name in ("concentration", "mean_precision", "degrees_of_freedom")
    }
    counts, uniform_count = record.require("counts", (K,)), float(record.require("uniform_count", ()))
    if min(numbers.values()) <= 0 or (counts < 0).any() or uniform_count < 0:
        raise record.fault("the posterior has a negative count or a parameter that is not positive")
    if not numbers["degrees_of_freedom"] > D - 1:
        raise record.fault(
            f"the prior has {numbers['degrees_of_freedom']:g} degrees of freedom in {D} columns"
        )
    scatter = record.require("scatter", (D, D) if family.frame.full else (D,))
    prior = Prior(family, weights, mean=record.require("mean", (D,)), scatter=scatter, **numbers)
    entropy = float(record.require("entropy", (), finite=False))
    return Posterior(
        prior,
        counts,
        mixture.means,
        mixture.covariances,
        mixture.uniform,
        uniform_count,
        None if np.isnan(entropy) else partial(float, entropy),
    )


def _bayesian_from(record: Record) -> BayesianGaussianMixture:
    estimator: BayesianGaussianMixture = _with_parameters(BayesianGaussianMixture, record)
    estimator.mixture_ = mixture_from(record.section("mixture_"))
    _read_features(estimator, record, [estimator.mixture_])
    bayesian_plan(vars(estimator), estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    estimator._kind = ArrayKind(_dtype_from(record))
    if "posterior_" in record.description:
        estimator.posterior_ = _posterior_from(record.section("posterior_"), estimator.mixture_)
        estimator.sklearn_lower_bound_ = estimator.posterior_.sklearn_bound
    if "trace_" in record.description:
        _read_fit(estimator, record)
    return estimator


# ---------------------------------------------------------------------------------------- MixtureClassifier


def _classifier_to_dict(estimator: MixtureClassifier) -> dict[str, Any]:
    check_is_fitted(estimator, "mixtures_")
    _check_options(estimator, estimator.mixtures_)
    joint = getattr(estimator, "joint_trace_", None)
    return {
        "parameters": _parameters_to_dict(estimator),
        **_features_to_dict(estimator),
        "classes_": encode("classes_", estimator.classes_),
        "priors_": np.asarray(estimator.priors_, dtype=np.float64),
        "n_iter_": np.asarray(estimator.n_iter_, dtype=np.int64),
        "mixtures_": [mixture.to_dict() for mixture in estimator.mixtures_],
        "traces_": [trace_to_dict(trace) for trace in estimator.traces_],
        **({} if joint is None else {"joint_trace_": trace_to_dict(joint)}),
        "log_likelihood_": np.array(getattr(estimator, "log_likelihood_", np.nan)),
        "bic_": np.array(getattr(estimator, "bic_", np.nan)),
    }


def _classifier_from(record: Record) -> MixtureClassifier:
    estimator: MixtureClassifier = _with_parameters(MixtureClassifier, record)
    estimator.mixtures_ = [mixture_from(part) for part in record.sections("mixtures_")]
    if not estimator.mixtures_:
        raise record.fault("there are no mixtures_")
    _read_features(estimator, record, estimator.mixtures_)
    _check_options(estimator, estimator.mixtures_)
    C = len(estimator.mixtures_)
    estimator.classes_ = _classes_from(record, C)
    estimator.n_iter_ = record.require("n_iter_", (C,), dtype="int64")
    estimator.priors_ = record.require("priors_", (C,))
    if (estimator.priors_ < 0).any() or abs(estimator.priors_.sum() - 1.0) > 1e-6:
        raise record.fault("priors_ are not probabilities that sum to one")
    estimator.traces_ = [trace_from(part) for part in record.sections("traces_")]
    if len(estimator.traces_) != C:
        raise record.fault(f"there are {len(estimator.traces_)} traces for {C} classes")
    estimator.candidates_ = None
    for name in ("log_likelihood_", "bic_"):
        # Files of earlier versions lack them.
        value = float(record.require(name, (), finite=False)) if name in record.arrays else float("nan")
        setattr(estimator, name, value)
    joint = "joint_trace_" in record.description
    estimator.joint_trace_ = trace_from(record.section("joint_trace_")) if joint else None
    return estimator


def _check_options(estimator: MixtureClassifier, mixtures: list[Mixture]) -> None:
    """Raise InputError where an option cannot be used; what a fit chooses is that of the first class."""
    options = resolved(vars(estimator), mixtures[0])
    class_plan(
        clone(estimator).set_params(**{name: options[name] for name in estimator.get_params(deep=False)}),
        estimator.n_features_in_,
    )


def _classes_from(record: Record, n_classes: int) -> NDArray[Any]:
    classes = decode(record, "classes_")
    sound = isinstance(classes, np.ndarray) and classes.shape == (n_classes,) and n_classes > 0
    if not sound or not np.array_equal(np.unique(classes), classes):
        raise record.fault(f"classes_ are not {n_classes} classes in sorted order")
    return np.asarray(classes)


register(
    "gaussian-mixture", GaussianMixture, _mixture_estimator_to_dict, _gaussian_mixture_from, is_model=True
)
register(
    "bayesian-gaussian-mixture",
    BayesianGaussianMixture,
    _bayesian_to_dict,
    _bayesian_from,
    is_model=True,
)
register("student-mixture", StudentMixture, _mixture_estimator_to_dict, _student_mixture_from, is_model=True)
register("mixture-classifier", MixtureClassifier, _classifier_to_dict, _classifier_from, is_model=True)
