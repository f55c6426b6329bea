"""Conversion of ``prior``, ``fix``, ``max_eigenvalue_ratio`` and ``min_weight`` to objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from .._types import Floats, Ints
from ..covariances import FactorAnalysers, Family, Tied
from ..errors import InputError, InputTypeError
from ..fitting import InitialValues
from ..mixture import Mixture
from ..priors import ConjugatePrior, MclustPrior
from ..restrictions import FREE, Restrictions
from ..validation import is_number
from .given_values import given_start
from .kinds import on_host

__all__ = ["prior_of", "restricted_start"]

_KEYS_OF = {"weights": "weights", "means": "means", "precisions": "covariances"}
"""Keys of ``fix`` by the options that give the values."""
_SOURCES = {
    "weights": "weights_init",
    "means": "means_init, or means as init_params",
    "covariances": "precisions_init",
}


def prior_of(prior: Any) -> ConjugatePrior | None:
    """Return the prior of the option ``prior``, or None.

    Raises
    ------
    InputError, InputTypeError
        If it is neither None, "mclust" nor a :class:`gaussmix.ConjugatePrior`.
    """
    if prior is None or isinstance(prior, ConjugatePrior):
        return prior
    if isinstance(prior, str):
        if prior == "mclust":
            return MclustPrior()
        raise InputError(f"prior is {prior!r}: give None, 'mclust' or a gaussmix.ConjugatePrior.")
    if isinstance(prior, type):
        raise InputTypeError(f"prior is the class {prior.__name__}: give an instance of it.")
    raise InputTypeError(
        f"prior has the type {type(prior).__name__}: give None, 'mclust' or a gaussmix.ConjugatePrior."
    )


def restricted_start(
    options: Mapping[str, Any], K: int, D: int, family: Family, start: InitialValues
) -> tuple[InitialValues, Restrictions]:
    """Return the initial values of EM, and the restrictions of the options.

    Where components are fixed, NaN in ``weights_init``, ``means_init`` and ``precisions_init`` marks free components
    without a start.

    Parameters
    ----------
    options : mapping
        The parameters of :class:`gaussmix.GaussianMixture`'s constructor.
    K, D : int
        Numbers of components and of columns.
    start : InitialValues
        Of ``init_params``; given values replace its parts.

    Raises
    ------
    InputError, InputTypeError
        If a restriction is invalid, contradicts another, or lacks its values.
    """
    fix, uniform = _items(options.get("fix")), not _is_false(options.get("noise_component", False))
    of_all: dict[str, Any] = {}
    some: dict[str, Floats | None] = {}
    for part, key in _KEYS_OF.items():
        values = on_host(options.get(f"{part}_init"))
        some[part] = _some(values, part, K) if key in fix else None
        of_all[part] = values if some[part] is None else None
    given = given_start(**of_all, K=K, D=D, family=family).or_those_of(start)
    ratio = _ratio(options.get("max_eigenvalue_ratio"), family)
    least = _min_weight(options.get("min_weight", 0.0), K, uniform)
    rules = FREE
    if ratio < np.inf or least > 0.0:
        rules = replace(FREE, max_eigenvalue_ratio=ratio, min_weight=least)
    for key, value in fix.items():
        few = some["precisions" if key == "covariances" else key]
        rules = _READERS[key](rules, value, _Problem(K, D, family, given, _weights(options, given)), few)
    _check_weights(rules, K, uniform)
    # Values that are all fixed are no start, so that there can be a search for the others.
    if rules.weights is not None and not np.isnan(rules.weights).any():
        given = replace(given, weights=None)
    if len(rules.known) == K:
        given = replace(given, covariances=None)
    return given, rules


class _Problem(NamedTuple):
    """The numbers of components and of columns, the family, the initial values, and the weights given."""

    K: int
    D: int
    family: Family
    given: InitialValues
    weights: Floats | None


def _weights(options: Mapping[str, Any], given: InitialValues) -> Floats | None:
    """Return the given weights of the components; beside a uniform component their sum is below one."""
    start, alone = options.get("init_params"), _is_false(options.get("noise_component", False))
    if isinstance(start, Mixture) and options.get("weights_init") is None and not alone:
        return np.array(start.weights)
    return given.weights


def _some(values: Any, part: str, K: int) -> Floats | None:
    """Return the given values of some components, NaN for the others; None if they are those of all."""
    if values is None:
        return None
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        return None  # with a message by the reader of complete values
    if array.ndim == 0 or len(array) != K or not np.isnan(array).any():
        return None
    if np.isinf(array).any():
        raise InputError(
            f"{part}_init has an infinite value: give numbers, and NaN for components that are free."
        )
    return array


def _is_false(value: Any) -> bool:
    return isinstance(value, (bool, np.bool_)) and not value


def _items(fix: Any) -> dict[str, Any]:
    if fix is None:
        return {}
    if not isinstance(fix, Mapping):
        raise InputTypeError(
            f"fix is {fix!r} ({type(fix).__name__}): give a dict, such as {{'means': [0, 2]}} or "
            "{'weights': 'equal'}."
        )
    for key in fix:
        if key not in _KEYS_OF.values():
            raise InputError(f"fix has the key {key!r}: give 'weights', 'means' or 'covariances'.")
    return dict(fix)


def _components(value: Any, key: str, K: int, words: str) -> Ints:
    """Return the sorted numbers of components."""
    expected = f"give {words}a list of components from 0 to {K - 1}, or 'all'."
    if isinstance(value, str):
        if value != "all":
            raise InputError(f"fix[{key!r}] is {value!r}: {expected}")
        return np.arange(K)
    try:
        array = np.asarray(value)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.ndim == 1 and array.size == 0 and array.dtype != object:
        return np.empty(0, dtype=np.intp)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputTypeError(f"fix[{key!r}] is {value!r}: {expected}")
    for number in array:
        if not 0 <= number < K:
            raise InputError(f"fix[{key!r}] names component {number}: {expected}")
    numbers_, times = np.unique(array, return_counts=True)
    if (times > 1).any():
        raise InputError(f"fix[{key!r}] names component {numbers_[times > 1][0]} twice: name each once.")
    return numbers_.astype(np.intp)


def _values(given: Floats | None, some: Floats | None, key: str, chosen: Ints) -> Floats:
    """Return the given values, with a check of those of some components."""
    values = given if some is None else some
    if values is None:
        raise _lacking(key)
    for k in chosen:
        if np.isnan(values[k]).any():
            raise InputError(f"fix[{key!r}] names component {k}, whose given value is NaN: give a number.")
    return values


def _lacking(key: str) -> InputError:
    return InputError(
        f"fix[{key!r}] keeps given values of components, but there are none: give {_SOURCES[key]}, or a Mixture as "
        "init_params."
    )


def _fixed_weights(rules: Restrictions, value: Any, problem: _Problem, some: Floats | None) -> Restrictions:
    K, given = problem.K, problem.given.weights
    if isinstance(value, str) and value == "equal":
        if given is not None and not np.allclose(given, 1.0 / K):
            raise InputError("fix['weights'] is 'equal', but weights_init are not: leave one of them out.")
        return replace(rules, equal_weights=True)
    chosen = _components(value, "weights", K, "'equal', ")
    if not len(chosen):
        return rules
    fixed = np.full(K, np.nan)
    fixed[chosen] = _values(problem.weights, some, "weights", chosen)[chosen]
    if not (fixed[chosen] >= 0).all():
        raise InputError(f"weights_init are {fixed.tolist()}: give probabilities ≥ 0.")
    return replace(rules, weights=fixed)


def _fixed_means(rules: Restrictions, value: Any, problem: _Problem, some: Floats | None) -> Restrictions:
    K, D, given = problem.K, problem.D, problem.given.means
    if isinstance(value, str) and value in ("zero", "shared"):
        _check_common_mean(value, problem)
        return replace(rules, means=np.zeros((K, D))) if value == "zero" else replace(rules, shared_mean=True)
    chosen = _components(value, "means", K, "'zero', 'shared', ")
    if not len(chosen):
        return rules
    if some is not None and some.shape != (K, D):
        raise InputError(f"means_init has shape {some.shape}: give (K, D) = ({K}, {D}) values.")
    fixed = np.full((K, D), np.nan)
    fixed[chosen] = _values(given, some, "means", chosen)[chosen]
    return replace(rules, means=fixed)


def _check_common_mean(value: str, problem: _Problem) -> None:
    """Raise InputError where components with a common mean contradict another option."""
    family, given = problem.family, problem.given.means
    if given is not None and (value == "zero" and given.any()):
        raise InputError("fix['means'] is 'zero', but means_init are not: leave one of them out.")
    if isinstance(family, Tied) and problem.K > 1:
        raise InputError(
            f"fix['means'] is {value!r} and covariance_type is {family.name!r}: all components would be the same; give "
            "a family of separate covariances."
        )
    if value == "shared" and isinstance(family, FactorAnalysers):
        raise InputError(
            "fix['means'] is 'shared', which needs inverse covariances, but factor analysers have none of many "
            "columns: give another family."
        )


def _fixed_covariances(
    rules: Restrictions, value: Any, problem: _Problem, some: Floats | None
) -> Restrictions:
    family, given = problem.family, problem.given.covariances
    chosen = _components(value, "covariances", problem.K, "")
    if not len(chosen):
        return rules
    if family.pooling is None:
        raise InputError(
            f"fix['covariances'] with covariance_type={family.name!r}, whose loadings and noise are estimated "
            "together: give another family."
        )
    if some is not None:
        _values(None, some, "covariances", chosen)
        given = family.from_precisions(some[chosen], len(chosen), problem.D)
        return replace(rules, covariances=given, known=chosen)
    if given is None:
        raise _lacking("covariances")
    return replace(rules, covariances=given.take(chosen), known=chosen)


_READERS = {"weights": _fixed_weights, "means": _fixed_means, "covariances": _fixed_covariances}


def _ratio(value: Any, family: Family) -> float:
    if value is None:
        return np.inf
    number = _real(value, "max_eigenvalue_ratio", "give a number ≥ 1, or None for no bound.")
    if not number >= 1.0:
        raise InputError(f"max_eigenvalue_ratio is {value}: give a number ≥ 1, or None for no bound.")
    if isinstance(family, FactorAnalysers) and number < math.inf:
        raise InputError(
            f"max_eigenvalue_ratio with covariance_type={family.name!r}: eigenvalues of factor analysers are not free; "
            "give another family."
        )
    return number


def _min_weight(value: Any, K: int, uniform: bool) -> float:
    number = _real(value, "min_weight", f"give a number ≥ 0 and at most 1/{K}.")
    if not 0.0 <= number <= 1.0 / K or (uniform and number * K >= 1.0):
        raise InputError(f"min_weight is {value} for {K} components: give a number ≥ 0 and at most 1/{K}.")
    return number


def _real(value: Any, name: str, remedy: str) -> float:
    if not is_number(value):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): {remedy}")
    if math.isnan(float(value)):
        raise InputError(f"{name} is {value}: {remedy}")
    return float(value)


def _check_weights(rules: Restrictions, K: int, uniform: bool) -> None:
    """Raise InputError unless the fixed weights leave enough for the others."""
    if rules.equal_weights and rules.min_weight > 0:
        raise InputError("fix['weights'] is 'equal', which leaves nothing to min_weight: give one of them.")
    if rules.weights is None:
        return
    fixed = ~np.isnan(rules.weights)
    total, others = float(rules.weights[fixed].sum()), int((~fixed).sum())
    if (rules.weights[fixed] < rules.min_weight).any():
        k = int(np.argmax(fixed & (rules.weights < rules.min_weight)))
        raise InputError(
            f"the fixed weight of component {k} is {rules.weights[k]:g}, below min_weight={rules.min_weight:g}: give a "
            "larger weight, or a smaller min_weight."
        )
    complete = abs(total - 1.0) <= 1e-6
    if not others and not uniform and not complete:
        raise InputError(f"all weights are fixed, and their sum is {total:g}: give weights that sum to one.")
    if (others or uniform) and (complete or total > 1.0 or total + others * rules.min_weight > 1.0):
        raise InputError(
            f"the fixed weights sum to {total:g}, which leaves too little for the others: give smaller ones."
        )
