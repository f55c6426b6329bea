"""The regressor as a dict of arrays and a description, for `gaussmix.save`, and from it, for `gaussmix.load`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..errors import InputTypeError
from ..persist import described, loaded, register
from ..storage import Record, short
from .regressor import MixtureRegressor

__all__: list[str] = []


def _to_dict(estimator: MixtureRegressor) -> dict[str, Any]:
    check_is_fitted(estimator, "mixture_")
    inner = described(estimator.estimator_)
    if inner is None:
        raise InputTypeError(
            f"the estimator of the MixtureRegressor is a {type(estimator.estimator_).__name__}, which cannot be saved: "
            "give a GaussianMixture."
        )
    names = estimator.mixture_.feature_names
    inputs = getattr(estimator, "feature_names_in_", None)
    return {
        "given": estimator.estimator is not None,
        "estimator_": inner,
        "n_features_in_": estimator.n_features_in_,
        "feature_names_in_": None if inputs is None else list(inputs),
        "column_names": None if names is None else list(names),
        "flat": estimator._flat,
    }


def _from_record(record: Record) -> MixtureRegressor:
    inner = record.section("estimator_")
    kind = inner.entry("kind", str)
    fitted: Any = loaded(inner) if kind != "mixture-regressor" else None
    if not (hasattr(fitted, "mixture_") and hasattr(fitted, "fit")):
        raise record.fault(f"its estimator_ is {short(kind)}, and an estimator of a mixture is expected")
    D, flat = record.entry("n_features_in_", int), record.entry("flat", bool)
    q = fitted.mixture_.n_features - D
    if D < 1 or q < 1 or (flat and q > 1):
        raise record.fault(
            f"n_features_in_ is {D}, and the mixture has {fitted.mixture_.n_features} columns of inputs and targets"
        )
    estimator = MixtureRegressor(clone(fitted) if record.entry("given", bool) else None)
    columns, inputs = _names(record, "column_names", D + q), _names(record, "feature_names_in_", D)
    estimator.estimator_, estimator._flat = fitted, flat
    estimator.mixture_ = fitted.mixture_.named(None if columns is None else tuple(columns))
    estimator.n_features_in_, estimator.n_outputs_ = D, q
    if inputs is not None:
        estimator.feature_names_in_ = np.array(inputs, dtype=object)
    return estimator


def _names(record: Record, entry: str, count: int) -> list[str] | None:
    names: list[str] | None = record.entry(entry, list, None)
    if names is not None and (len(names) != count or not all(isinstance(name, str) for name in names)):
        raise record.fault(f"{entry} is {short(names)}, and {count} names are expected")
    return names


register("mixture-regressor", MixtureRegressor, _to_dict, _from_record, is_model=True)
