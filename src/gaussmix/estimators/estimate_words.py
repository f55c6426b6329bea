"""The estimate of a fit in words: its prior, restrictions, trimmed rows and bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["estimate_in_words"]

_SPECIAL = {
    ("weights", "equal"): "equal weights",
    ("means", "zero"): "means of zero",
    ("means", "shared"): "one mean for all components",
}


def estimate_in_words(options: Mapping[str, Any]) -> str:
    """Return the prior and the restrictions of a fit in words; empty for plain maximum likelihood.

    Parameters
    ----------
    options : mapping
        Of the estimator.

    Examples
    --------
    >>> estimate_in_words({"prior": "mclust", "fix": {"weights": "equal", "means": [0, 2]}})
    'maximum a posteriori (MAP) with the default prior of mclust; equal weights; fixed means of components 0, 2'
    >>> estimate_in_words({"bounds": (0, None), "censored": (None, [4.0, None]), "trim": 0.05})
    'without the 0.05 of the rows with the least density; truncated below 0; censored above 4 (column 0)'
    """
    prior, words = options.get("prior"), []
    if prior is not None:
        known = isinstance(prior, str)
        words.append(f"maximum a posteriori (MAP) with {'the default prior of ' if known else ''}{prior}")
    if options.get("weight_concentration_prior_type") is not None:
        process = (
            str(options["weight_concentration_prior_type"])
            .replace("_", " ")
            .replace("dirichlet", "Dirichlet")
        )
        words.append(f"posterior with a {process} of the weights")
    words += [_fixed(key, value) for key, value in (options.get("fix") or {}).items() if len(value)]
    if options.get("max_eigenvalue_ratio") is not None:
        words.append(f"ratio of eigenvalues at most {options['max_eigenvalue_ratio']:g}")
    if options.get("min_weight"):
        words.append(f"weights of at least {options['min_weight']:g}")
    if options.get("trim"):
        words.append(f"without the {options['trim']:.3g} of the rows with the least density")
    for name, verb in (("bounds", "truncated"), ("censored", "censored")):
        if options.get(name) is not None:
            words += _limits(options[name], verb)
    if options.get("degrees_of_freedom") is not None:
        words.append("t distributions")
    return "; ".join(words)


def _fixed(key: str, value: Any) -> str:
    """Return a restriction of ``fix`` in words."""
    if isinstance(value, str):
        return _SPECIAL.get((key, value), f"fixed {key} of all components")
    return f"fixed {key} of component{'' if len(value) == 1 else 's'} {', '.join(str(k) for k in value)}"


def _limits(limits: Any, verb: str) -> list[str]:
    """Return the finite limits of columns in words."""
    words = []
    for limit, side in zip(limits, ("below", "above"), strict=True):
        if limit is None:
            continue
        values = np.asarray(limit, dtype=np.float64)
        if values.ndim == 0:
            words += [f"{verb} {side} {values:g}"] if np.isfinite(values) else []
            continue
        words += [
            f"{verb} {side} {value:g} (column {d})" for d, value in enumerate(values) if np.isfinite(value)
        ]
    return words
