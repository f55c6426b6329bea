"""Initial values of the options ``weights_init``, ``means_init`` and ``precisions_init``."""

from __future__ import annotations

from typing import Any

from .._types import Floats
from ..covariances import Covariances, Family, check_range_of_covariances
from ..errors import InputError, SingularCovarianceError
from ..fitting import InitialValues
from ..validation import LARGEST, finite_array

__all__ = ["given_start"]


def given_start(weights: Any, means: Any, precisions: Any, K: int, D: int, family: Family) -> InitialValues:
    """Return the initial values given by the options."""
    return InitialValues(
        None if weights is None else _given_weights(weights, K),
        None if means is None else finite_array(means, "means_init", (K, D), LARGEST),
        None if precisions is None else _given_precisions(precisions, K, D, family),
    )


def _given_weights(weights: Any, K: int) -> Floats:
    array = finite_array(weights, "weights_init", (K,))
    weights = array.tolist()
    if min(weights) < 0 or abs(sum(weights) - 1.0) > 1e-6:
        raise InputError(f"weights_init are {weights}: give probabilities ≥ 0 that sum to one.")
    return array


def _given_precisions(precisions: Any, K: int, D: int, family: Family) -> Covariances:
    covariances = family.from_precisions(precisions, K, D)
    try:
        check_range_of_covariances(covariances)
    except SingularCovarianceError:
        raise
    except InputError as error:
        raise InputError(f"precisions_init: {error}") from None
    return covariances
