"""The options of an estimator, converted once from strings and numbers to objects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .._types import Floats, Rows
from ..covariances import Family, family_named, names_of_families
from ..degrees_of_freedom import DegreesOfFreedom
from ..distributed import engine_named
from ..engines import Engine, SerialEngine
from ..errors import InputError, InputTypeError
from ..estimation import FitPlan
from ..fitting import AbsoluteChange, Aitken, Callback, FixedIterations, StoppingRule
from ..mixture import Mixture
from ..search import Budget
from ..sources import ArraySource
from ..uniform import Uniform
from ..validation import as_count, finite_array, is_number
from .bounded_rows import bounds_of
from .initialization import start_of
from .kinds import on_host
from .noise_volume import warn_of_a_small_volume
from .restricting import prior_of, restricted_start

__all__ = [
    "FIRST_WEIGHT",
    "callback_list",
    "check_choice",
    "check_flag",
    "engine_of",
    "family_of",
    "plan_of",
    "tails_of",
    "uniform_of",
]

FIRST_WEIGHT = 0.05
"""Weight of a uniform component in a given start."""

_LEAST_ITERATIONS = 10
"""Fewer iterations ask for the first steps of EM: by default they come without a search, which takes many more."""


def family_of(covariance_type: Any, n_features: int = 1) -> Family:
    """Return the covariance family of a name or of a family object, for data of D columns."""
    if isinstance(covariance_type, Family):
        return covariance_type
    if isinstance(covariance_type, type) and issubclass(covariance_type, Family):
        return _instance(covariance_type)
    family = family_named(covariance_type) if isinstance(covariance_type, str) else None
    if family is None:
        raise InputError(
            f"covariance_type is {covariance_type!r}: give one of {names_of_families()}, or a family object."
        )
    if len(covariance_type) == 1 and n_features > 1:
        raise InputError(
            f"covariance_type is {covariance_type!r}, a model of mclust for one column, but there are {n_features} "
            "columns: give a model of three letters, such as 'VVV'."
        )
    return family


def _instance(kind: type[Family]) -> Family:
    try:
        return kind()
    except TypeError:
        raise InputTypeError(
            f"covariance_type is the class {kind.__name__}: give an instance of it."
        ) from None


def check_choice(value: Any, name: str, choices: Sequence[str]) -> None:
    """Raise InputError unless a value is one of the names."""
    if not (isinstance(value, str) and value in choices):
        raise InputError(f"{name} is {value!r}: give one of {', '.join(map(repr, choices))}.")


def check_flag(value: Any, name: str) -> None:
    """Raise InputTypeError unless a value is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): give True or False.")


def _real(value: Any, name: str) -> float:
    if not is_number(value):
        raise InputTypeError(f"{name} is {value!r} ({type(value).__name__}): give a number ≥ 0 or 'auto'.")
    if not 0.0 <= float(value) < math.inf:
        raise InputError(f"{name} is {value}: give a number ≥ 0 or 'auto'.")
    return float(value)


def _stopping_rule(tol: Any) -> StoppingRule:
    if hasattr(tol, "converged"):
        rule: StoppingRule = tol
        return rule
    if isinstance(tol, str):
        check_choice(tol, "tol", ["auto"])
        return Aitken()
    return AbsoluteChange(_real(tol, "tol")) if tol != 0 else FixedIterations()


def _reg_covar(reg_covar: Any) -> float | None:
    if isinstance(reg_covar, str):
        check_choice(reg_covar, "reg_covar", ["auto"])
        return None
    return _real(reg_covar, "reg_covar")


def callback_list(callbacks: Any) -> list[Callback]:
    """Return callbacks, given as None, one callable or several, as a list."""
    if callbacks is None:
        return []
    single = callable(callbacks) or hasattr(callbacks, "on_fit_task_end")
    if not single and not isinstance(callbacks, (list, tuple)):
        raise InputTypeError(f"callbacks is {callbacks!r}: give a function of a step, or a list of them.")
    several = [callbacks] if single else list(callbacks)
    for callback in several:
        if hasattr(callback, "on_fit_task_end"):
            raise InputTypeError(
                f"callbacks holds {type(callback).__name__}, a callback of scikit-learn's: give it to set_callbacks."
            )
        if not callable(callback):
            raise InputTypeError(
                f"callbacks holds {callback!r}, which cannot be called: give functions of a step."
            )
    return several


def engine_of(engine: Any) -> Engine | None:
    """Return an engine that is given as an object or by name; None if none is.

    Raises
    ------
    InputError, InputTypeError
        If it cannot sum over the blocks of a source, or there is none of this name.
    """
    if engine is None:
        return None
    if isinstance(engine, str):
        return engine_named(engine)
    if isinstance(engine, type):
        raise InputTypeError(f"engine is the class {engine.__name__}: give an instance of it.")
    # Arrays and data frames have a ``sum``, too.
    if not callable(getattr(engine, "sum", None)) or hasattr(engine, "__array__"):
        raise InputTypeError(
            f"engine has the type {type(engine).__name__}: give None, an object such as "
            "gaussmix.engines.ThreadEngine(2), or one of your own with sum(function, source)."
        )
    summing: Engine = engine
    return summing


def uniform_of(
    noise_component: Any, rows: Rows, weights: Floats | None, names: Sequence[str] | None = None
) -> Uniform | None:
    """Return the uniform component around weighted rows (n, D) for ``noise_component``, or None.

    Parameters
    ----------
    noise_component : bool or float
        Whether there is one, or its volume.
    names : (D,) sequence of str, optional
        Of the columns.

    Raises
    ------
    InputError
        If the rows have no volume, or the volume that is given is not positive.

    Warns
    -----
    DataWarning
        If the volume that is given is below that of the box of the central 90 % of the rows.
    """
    if isinstance(noise_component, (bool, np.bool_)):
        return Uniform.around(rows, FIRST_WEIGHT, None, weights, names) if noise_component else None
    do = "give True, False, or the volume of the region of the data."
    if not is_number(noise_component):
        raise InputTypeError(
            f"noise_component is {noise_component!r} ({type(noise_component).__name__}): {do}"
        )
    if not 0.0 < float(noise_component) < math.inf:
        raise InputError(f"noise_component is {noise_component}: {do}")
    uniform = Uniform.around(rows, FIRST_WEIGHT, float(noise_component), weights, names)
    warn_of_a_small_volume(
        uniform,
        ArraySource(rows, weights),
        SerialEngine(),
        lambda: Uniform.around(rows, FIRST_WEIGHT, None, weights),
    )
    return uniform


def _check_seconds(seconds: Any) -> None:
    """Raise an InputError if a limit in seconds is not a positive number."""
    do = "give a positive number of seconds."
    if not is_number(seconds):
        raise InputTypeError(f"search.seconds is {seconds!r} ({type(seconds).__name__}): {do}")
    if not 0.0 < float(seconds) < math.inf:
        raise InputError(f"search.seconds is {seconds}: {do}")


def _check_budget(budget: Budget) -> None:
    """Check the options of a budget; InputError or InputTypeError if one is invalid."""
    if budget.runs is not None:
        as_count(budget.runs, "search.runs")
    if budget.seconds is not None:
        _check_seconds(budget.seconds)
    as_count(budget.patience, "search.patience")
    as_count(budget.populations, "search.populations")
    check_flag(budget.likelihood, "search.likelihood")
    check_flag(budget.thorough, "search.thorough")
    check_flag(budget.single_values, "search.single_values")
    _check_known(budget.known)


def _check_known(known: Any) -> None:
    """Check the known fit of a budget; InputTypeError if it is not a mixture."""
    if not (known is None or isinstance(known, Mixture)):
        raise InputTypeError(f"search.known is {known!r} ({type(known).__name__}): give a Mixture or None.")


def _budget(search: Any, n_init: int, max_iter: int) -> Budget | None:
    """Return how long to search; None for not at all."""
    if isinstance(search, Budget):
        _check_budget(search)
        return replace(search, least_runs=max(as_count(search.least_runs, "search.least_runs"), n_init))
    if isinstance(search, str) and search in ("auto", "likelihood", "off"):
        few = search == "auto" and max_iter < _LEAST_ITERATIONS
        alone = search == "likelihood"
        return None if few or search == "off" else Budget(least_runs=n_init, likelihood=alone, thorough=alone)
    if not is_number(search):
        raise InputError(
            f"search is {search!r}: give 'auto', 'likelihood', 'off', a number of seconds or a Budget."
        )
    if not (np.isfinite(float(search)) and float(search) > 0):
        raise InputError(f"search is {search}: give a positive number of seconds, or 'off'.")
    return Budget(seconds=float(search), least_runs=n_init)


def plan_of(
    options: Mapping[str, Any],
    n_features: int,
    feature_names: Sequence[str] | None = None,
    extra_callbacks: Sequence[Callback] = (),
) -> FitPlan:
    """Return the plan of a fit for the options of an estimator, for data of D columns.

    Parameters
    ----------
    options : mapping
        The parameters of :class:`gaussmix.GaussianMixture`'s constructor; those of a given first mixture may be left
        out.
    n_features : int
        D.
    feature_names : sequence of str, optional
        The columns of the data.
    extra_callbacks : sequence of callables
        Called before the user's own.
    """
    K, family = (
        as_count(options["n_components"], "n_components"),
        family_of(options["covariance_type"], n_features),
    )
    n_init = as_count(options["n_init"], "n_init")
    max_iter = as_count(options["max_iter"], "max_iter", 0)
    check_choice(options["acceleration"], "acceleration", ["auto", "off"])
    start_method, start = start_of(on_host(options["init_params"]), K, n_features, family, feature_names)
    given, restrictions = restricted_start(options, K, n_features, family, start)
    return FitPlan(
        n_components=K,
        family=family,
        stop=_stopping_rule(options["tol"]),
        max_iter=max_iter,
        start_method=start_method,
        n_init=n_init,
        search=_budget(options["search"], n_init, max_iter),
        reg_covar=_reg_covar(options["reg_covar"]),
        given=given,
        accelerate=options["acceleration"] == "auto",
        callbacks=[*extra_callbacks, *callback_list(options["callbacks"])],
        column_names=feature_names,
        prior=prior_of(options.get("prior")),
        restrictions=restrictions,
        trim=_trim_of(options.get("trim", 0.0)),
        bounds=bounds_of(options, n_features),
        tails=tails_of(options["degrees_of_freedom"], K) if "degrees_of_freedom" in options else None,
    )


def _trim_of(trim: Any) -> float:
    """Return the share of trimmed rows."""
    if not is_number(trim):
        raise InputTypeError(f"trim is {trim!r} ({type(trim).__name__}): give a share from 0 to 0.5.")
    if not 0.0 <= float(trim) <= 0.5:
        raise InputError(f"trim is {trim}: give a share from 0 to 0.5.")
    return float(trim)


def tails_of(degrees: Any, n_components: int) -> DegreesOfFreedom:
    """Return the rule for ``degrees_of_freedom``."""
    if isinstance(degrees, str):
        check_choice(degrees, "degrees_of_freedom", ["common", "each"])
        return DegreesOfFreedom("common" if degrees == "common" else "each")
    if isinstance(degrees, bool):
        raise InputTypeError(f"degrees_of_freedom is {degrees!r}: give a number > 0, 'common' or 'each'.")
    values = finite_array(degrees, "degrees_of_freedom")
    if values.shape not in ((), (n_components,)) or not (values > 0).all():
        raise InputError(
            f"degrees_of_freedom is {degrees!r}: give a number > 0, {n_components} of them, 'common' or 'each'."
        )
    return DegreesOfFreedom("fixed", tuple(np.atleast_1d(values).tolist()))
