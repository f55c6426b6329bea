"""What is compared: our fit with options by choice, scikit-learn's and mclust's, each under a name."""

from __future__ import annotations

import ast
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture
from gaussmix.estimators.options import family_of

from ..search.r_process import mclust_fit, mclust_installed
from .tasks import Task

__all__ = ["ARMS", "DEFAULT", "Arm", "Fitted", "arm_named", "arm_of_text", "available", "fit"]

SKLEARN_FAMILIES = ("full", "tied", "diag", "spherical")


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit: its mixture, and the seconds of processor time that the call took.

    ``clear`` and ``verdict`` are what our search says of its answer.
    """

    mixture: Mixture
    cpu: float
    clear: bool | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Arm:
    """A way to fit, under a name.

    Parameters
    ----------
    name, title : str
    fit : function of a task's rows, K, family and a seed
    library : str
        Which line of the picture it belongs to.
    families : tuple of str
        Those it has; all unless given.
    """

    name: str
    title: str
    fit: Callable[..., Fitted]
    library: str
    families: tuple[str, ...] = ()

    def has(self, family: str) -> bool:
        """Whether it fits a family."""
        return not self.families or family in self.families


def ours(X: Any, K: int, family: str, seed: int, options: dict[str, Any]) -> Fitted:
    """Fit with gaussmix."""
    model = GaussianMixture(K, covariance_type=family, random_state=seed, **options)
    began = time.process_time()
    model.fit(X)
    cpu = time.process_time() - began
    search = model.trace_.search
    if search is None:
        return Fitted(model.mixture_, cpu)
    return Fitted(model.mixture_, cpu, bool(search.clear), search.verdict)


def sklearn(X: Any, K: int, family: str, seed: int, options: dict[str, Any]) -> Fitted:
    """Fit with scikit-learn."""
    from sklearn.mixture import GaussianMixture as Theirs

    model = Theirs(K, covariance_type=family, random_state=seed, **options)
    began = time.process_time()
    model.fit(X)
    cpu = time.process_time() - began
    return Fitted(Mixture(model.weights_, model.means_, model.covariances_, family=family_of(family)), cpu)


def sklearn_again(X: Any, K: int, family: str, seed: int, options: dict[str, Any]) -> Fitted:
    """Fit with scikit-learn from another seed: chance alone makes this difference."""
    return sklearn(X, K, family, seed + 1000, options)


def sklearn_converged(X: Any, K: int, family: str, seed: int, options: dict[str, Any]) -> Fitted:
    """Fit with scikit-learn, and then by our EM from there: the same maximum, but converged."""
    found = sklearn(X, K, family, seed, options)
    after = ours(X, K, family, seed, {"search": "off", "init_params": found.mixture})
    return Fitted(after.mixture, found.cpu + after.cpu)


def sklearn_scaled(X: Any, K: int, family: str, seed: int, options: dict[str, Any]) -> Fitted:
    """Fit with scikit-learn to standardised columns, and return the mixture of the columns as they are.

    Equal variances of standardised columns are different ones of the columns: spherical becomes diagonal.
    """
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    found = sklearn((X - mean) / deviation, K, family, seed, options)
    covariances = found.mixture.covariances.dense() * np.outer(deviation, deviation)
    kind = family_of("diag" if family == "spherical" else family)
    weights = found.mixture.weights
    back = kind.from_dense(covariances, weights)
    return Fitted(Mixture(weights, mean + found.mixture.means * deviation, back, family=kind), found.cpu)


def mclust(X: Any, K: int, family: str, seed: int) -> Fitted:
    """Fit with R's Mclust(), whose seconds are those of the clock, in R."""
    seconds, weights, means, covariances = mclust_fit(X, K, family, seed)
    kind = family_of(family)
    return Fitted(
        Mixture(weights / weights.sum(), means, kind.from_dense(covariances, weights), family=kind), seconds
    )


def our_arm(name: str, title: str, **options: Any) -> Arm:
    """Return an arm of ours with options of the constructor."""
    return Arm(name, title, partial(ours, options=options), "gaussmix")


def sklearn_arm(name: str, title: str, fit: Callable[..., Fitted] = sklearn, **options: Any) -> Arm:
    """Return an arm of scikit-learn with options of its constructor."""
    return Arm(name, title, partial(fit, options=options), "scikit-learn", SKLEARN_FAMILIES)


ARMS: dict[str, Arm] = {
    arm.name: arm
    for arm in (
        our_arm("ours", "gaussmix"),
        our_arm("likelihood", 'gaussmix, search="likelihood"', search="likelihood"),
        our_arm("off", "gaussmix, search off", search="off"),
        our_arm("off10", "gaussmix, search off, n_init=10", search="off", n_init=10),
        sklearn_arm("sklearn", "scikit-learn"),
        sklearn_arm("sklearn10", "scikit-learn, n_init=10", n_init=10),
        sklearn_arm("sklearn10_again", "scikit-learn, n_init=10, another seed", sklearn_again, n_init=10),
        sklearn_arm("sklearn10_em", "scikit-learn, n_init=10, then our EM", sklearn_converged, n_init=10),
        sklearn_arm(
            "sklearn10_scaled", "scikit-learn, n_init=10, standardised columns", sklearn_scaled, n_init=10
        ),
        Arm("mclust", "R mclust", mclust, "mclust"),
    )
}
"""Ways to fit by name; add one of ours by its options."""
DEFAULT = ("ours", "off", "sklearn", "sklearn10")


def arm_named(name: str) -> Arm:
    """Return the arm of a name."""
    return ARMS[name]


def arm_of_text(words: list[str]) -> Arm:
    """Return an arm of ours from a name and options as text, such as ``longer search=30 n_init=3``."""
    name, *pairs = words
    options = {}
    for pair in pairs:
        key, _, text = pair.partition("=")
        try:
            options[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            options[key] = text
    return our_arm(name, f"gaussmix, {', '.join(pairs)}", **options)


def available(arm: Arm) -> bool:
    """Whether what an arm needs is installed."""
    return arm.library != "mclust" or mclust_installed()


def fit(arm: Arm, task: Task, seed: int) -> Fitted:
    """Fit a task by an arm, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return arm.fit(task.table.X, task.K, task.family, seed)
