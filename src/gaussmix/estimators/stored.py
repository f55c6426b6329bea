"""The estimators as arrays and a description, for `gaussmix.save`, and from them, for `gaussmix.load`."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from gaussmix import persist, storage
from gaussmix.errors import DataWarning, warn
from gaussmix.estimation import Trace
from gaussmix.estimators.classifier import MixtureClassifier, SingleStart
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.kinds import ArrayKind
from gaussmix.estimators.options import plan_of
from gaussmix.estimators.starts import is_function
from gaussmix.estimators.stored_search import search_from, search_parts
from gaussmix.estimators.values import decode, encode
from gaussmix.fitting import RunTrace
from gaussmix.fitting.trace import Status
from gaussmix.mixture import Mixture
from gaussmix.storage import Arrays, Record

__all__: list[str] = []


class _Parts:
    """The arrays and the description of a file in the making."""

    def __init__(self) -> None:
        self.arrays: dict[str, NDArray[Any]] = {}
        self.description: dict[str, Any] = {}

    def add(self, name: str, value: Any) -> None:
        self.description[name] = encode(name, value, self.arrays)

    def add_section(self, name: str, arrays: Arrays, description: dict[str, Any]) -> None:
        more, entry = storage.section(name, arrays, description)
        self.arrays |= more
        self.description |= entry

    def add_list(self, name: str, parts: list[tuple[Arrays, dict[str, Any]]]) -> None:
        whole = _Parts()
        for i, (arrays, description) in enumerate(parts):
            whole.add_section(str(i), arrays, description)
        self.add_section(name, whole.arrays, whole.description)

    @property
    def whole(self) -> tuple[Arrays, dict[str, Any]]:
        return self.arrays, self.description


def _list(record: Record, name: str) -> list[Record]:
    """The sections of a list that `_Parts.add_list` wrote."""
    section = record.section(name)
    if set(section.description) != {str(i) for i in range(len(section.description))}:
        raise record.fault(f"the parts of {name!r} are not numbered from 0")
    return [section.section(str(i)) for i in range(len(section.description))]


# ------------------------------------------------------------------------------ what both estimators have


def _write_parameters(estimator: Any, parts: _Parts) -> None:
    """Add the constructor's parameters; what a file cannot hold gets its default, with a warning."""
    parameters, defaults = estimator.get_params(deep=False), type(estimator)().get_params(deep=False)
    left_out = [
        name for name in ("callbacks", "engine", "random_state") if not _can_be_stored(parameters[name])
    ]
    left_out += ["init_params"] if is_function(parameters["init_params"]) else []
    if left_out:
        names, values = " and ".join(left_out), " and ".join(repr(defaults[name]) for name in left_out)
        warn(f"a file cannot hold {names}, which will be {values} when it is loaded", DataWarning)
    whole = _Parts()
    for name, value in parameters.items():
        whole.add(name, defaults[name] if name in left_out else value)
    parts.add_section("parameters", *whole.whole)


def _can_be_stored(value: Any) -> bool:
    return value is None or isinstance(value, (int, np.integer))


def _read_parameters(cls: Any, record: Record) -> Any:
    """Return an estimator with the parameters of the file; those that it lacks have their defaults."""
    section = record.section("parameters")
    known = cls().get_params(deep=False)
    for name in section.description:
        if name not in known:
            raise record.fault(f"a {cls.__name__} has no parameter {storage.short(name)}")
    estimator = cls(**{name: decode(section, name) for name in section.description})
    if not _can_be_stored(estimator.random_state):
        raise record.fault("its random_state is neither None nor a whole number")
    if estimator.callbacks is not None or estimator.engine is not None:
        raise record.fault("it has callbacks or an engine")
    return estimator


def _write_features(estimator: Any, parts: _Parts) -> None:
    names = getattr(estimator, "feature_names_in_", None)
    parts.add("n_features_in_", estimator.n_features_in_)
    parts.add("feature_names_in_", None if names is None else list(names))


def _read_features(estimator: Any, record: Record, mixtures: list[Mixture]) -> None:
    D = record.entry("n_features_in_", int)
    if any(mixture.n_features != D for mixture in mixtures):
        raise record.fault(f"n_features_in_ is {D}, but a mixture has another number of columns")
    estimator.n_features_in_ = D
    names = record.entry("feature_names_in_", list, None)
    if names is not None:
        if len(names) != D or not all(isinstance(name, str) for name in names):
            raise record.fault(f"feature_names_in_ is {storage.short(names)}, and {D} names are expected")
        estimator.feature_names_in_ = np.array(names, dtype=object)


def _trace_parts(trace: Trace) -> tuple[Arrays, dict[str, Any]]:
    parts = _Parts()
    parts.add("best", trace.best)
    runs: list[tuple[Arrays, dict[str, Any]]] = [
        (
            {"log_likelihood": np.asarray(run.log_likelihood), "seconds": np.asarray(run.seconds)},
            {"status": run.status, "message": run.message},
        )
        for run in trace.runs
    ]
    parts.add_list("runs", runs)
    if trace.search is not None:
        parts.add_section("search", *search_parts(trace.search))
    return parts.whole


def _trace_from(record: Record) -> Trace:
    runs = tuple(_run_from(run) for run in _list(record, "runs"))
    best = record.entry("best", int)
    if not 0 <= best < len(runs):
        raise record.fault(f"the best run is {best}, of {len(runs)}")
    search = search_from(record.section("search")) if "search" in record.description else None
    return Trace(runs, best, search)


def _run_from(record: Record) -> RunTrace:
    status = record.entry("status", str)
    if status not in get_args(Status):
        raise record.fault(f"the status of a run is {storage.short(status)}")
    log_likelihood = record.require("log_likelihood", (None,), finite=False)
    seconds = record.require("seconds", (len(log_likelihood),))
    return RunTrace(log_likelihood, seconds, status, record.entry("message", str))


# ------------------------------------------------------------------------------------------ GaussianMixture


def _write_gaussian_mixture(estimator: GaussianMixture) -> tuple[Arrays, dict[str, Any]]:
    check_is_fitted(estimator, "mixture_")
    plan_of(estimator, estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    parts = _Parts()
    _write_parameters(estimator, parts)
    _write_features(estimator, parts)
    parts.add_section("mixture_", *estimator.mixture_.to_storage())
    parts.add("dtype", estimator._kind.dtype.name)
    if hasattr(estimator, "trace_"):  # a model of parameters that were set has none
        _write_fit(estimator, parts)
    return parts.whole


def _write_fit(estimator: GaussianMixture, parts: _Parts) -> None:
    parts.add_section("trace_", *_trace_parts(estimator.trace_))
    parts.add("converged_", bool(estimator.converged_))
    parts.add("n_iter_", int(estimator.n_iter_))
    parts.arrays["lower_bound_"] = np.array(estimator.lower_bound_, dtype=np.float64)
    parts.arrays["lower_bounds_"] = np.array(estimator.lower_bounds_, dtype=np.float64)


def _read_gaussian_mixture(record: Record) -> GaussianMixture:
    estimator: GaussianMixture = _read_parameters(GaussianMixture, record)
    estimator.mixture_ = persist.mixture_from(record.section("mixture_"))
    _read_features(estimator, record, [estimator.mixture_])
    plan_of(estimator, estimator.n_features_in_, getattr(estimator, "feature_names_in_", None))
    estimator._kind = ArrayKind(_dtype_from(record))
    if "trace_" in record.description:
        _read_fit(estimator, record)
    return estimator


def _dtype_from(record: Record) -> np.dtype[Any]:
    """Return the number type of the attributes; older files do not say it."""
    name = record.entry("dtype", str) if "dtype" in record.description else "float64"
    if name not in ("float32", "float64"):
        raise record.fault(f"dtype is {storage.short(name)}, and 'float32' or 'float64' is expected")
    return np.dtype(name)


def _read_fit(estimator: GaussianMixture, record: Record) -> None:
    estimator.trace_ = _trace_from(record.section("trace_"))
    estimator.converged_ = record.entry("converged_", bool)
    estimator.n_iter_ = record.entry("n_iter_", int)
    estimator.lower_bound_ = float(record.require("lower_bound_", (), finite=False))
    estimator.lower_bounds_ = record.require("lower_bounds_", (None,), finite=False).tolist()


# ---------------------------------------------------------------------------------------- MixtureClassifier


def _write_classifier(estimator: MixtureClassifier) -> tuple[Arrays, dict[str, Any]]:
    check_is_fitted(estimator, "mixtures_")
    plan_of(SingleStart(estimator), estimator.n_features_in_)
    parts = _Parts()
    _write_parameters(estimator, parts)
    _write_features(estimator, parts)
    parts.add("classes_", estimator.classes_)
    parts.arrays["priors_"] = np.asarray(estimator.priors_, dtype=np.float64)
    parts.arrays["n_iter_"] = np.asarray(estimator.n_iter_, dtype=np.int64)
    parts.add_list("mixtures_", [mixture.to_storage() for mixture in estimator.mixtures_])
    parts.add_list("traces_", [_trace_parts(trace) for trace in estimator.traces_])
    return parts.whole


def _read_classifier(record: Record) -> MixtureClassifier:
    estimator: MixtureClassifier = _read_parameters(MixtureClassifier, record)
    estimator.mixtures_ = [persist.mixture_from(part) for part in _list(record, "mixtures_")]
    _read_features(estimator, record, estimator.mixtures_)
    plan_of(SingleStart(estimator), estimator.n_features_in_)
    C = len(estimator.mixtures_)
    estimator.classes_ = _classes_from(record, C)
    estimator.n_iter_ = record.require("n_iter_", (C,), dtype="int64")
    estimator.priors_ = record.require("priors_", (C,))
    if (estimator.priors_ < 0).any() or abs(estimator.priors_.sum() - 1.0) > 1e-6:
        raise record.fault("priors_ are not probabilities that sum to one")
    estimator.traces_ = [_trace_from(part) for part in _list(record, "traces_")]
    if len(estimator.traces_) != C:
        raise record.fault(f"there are {len(estimator.traces_)} traces for {C} classes")
    return estimator


def _classes_from(record: Record, n_classes: int) -> NDArray[Any]:
    classes = decode(record, "classes_")
    sound = isinstance(classes, np.ndarray) and classes.shape == (n_classes,) and n_classes > 0
    if not sound or not np.array_equal(np.unique(classes), classes):
        raise record.fault(f"classes_ are not {n_classes} classes in sorted order")
    return np.asarray(classes)


persist.register("gaussian-mixture", GaussianMixture, _write_gaussian_mixture, _read_gaussian_mixture)
persist.register("mixture-classifier", MixtureClassifier, _write_classifier, _read_classifier)
