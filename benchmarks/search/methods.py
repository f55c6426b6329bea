"""The methods that are judged: each takes a problem and a seed, and gives a mixture with the seconds that it took."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture
from gaussmix.estimators.options import family_of

from .problems import Problem
from .r_process import mclust_fit, mclust_installed

__all__ = ["DEFAULT", "METHODS", "REFERENCE", "Found", "Method", "available", "method_named", "run"]


@dataclass(frozen=True, eq=False)
class Found:
    """What a method gave.

    ``passes`` are E-steps over all rows, where they are known.
    """

    mixture: Mixture
    seconds: float
    converged: bool | None = None
    passes: float | None = None


@dataclass(frozen=True)
class Method:
    """A method by its name.

    ``judged`` ones stand in the tables; the others are what these are compared with.
    """

    name: str
    title: str
    fit: Callable[[Problem, int], Found]
    judged: bool = True
    ours: bool = False


def ours(problem: Problem, seed: int, **options: Any) -> Found:
    """Fit with gaussmix, from its own starts."""
    model = GaussianMixture(problem.K, covariance_type=problem.family, random_state=seed, **options)
    began = time.perf_counter()
    model.fit(problem.X)
    seconds = time.perf_counter() - began
    known = getattr(model.trace_, "passes", None)
    passes = sum(run.n_iterations for run in model.trace_.runs) if known is None else known
    return Found(model.mixture_, seconds, bool(model.converged_), float(passes))


def started(problem: Problem, mixture: Mixture, **options: Any) -> Found:
    """Fit with plain EM from a mixture."""
    family = family_of(problem.family)
    start = family.from_dense(mixture.covariances.dense(), mixture.weights)
    dense = start.dense()
    precisions = np.linalg.inv(dense)
    shaped = {
        "full": lambda: precisions,
        "tied": lambda: precisions[0],
        "diag": lambda: 1 / np.einsum("kdd->kd", dense),
        "tied-diag": lambda: 1 / np.diag(dense[0]),
        "spherical": lambda: 1 / dense[:, 0, 0],
        "tied-spherical": lambda: 1 / dense[0, 0, 0],
    }
    return ours(
        problem, 0, search="off", acceleration="off", weights_init=mixture.weights, means_init=mixture.means,
        precisions_init=shaped[problem.family](), **options,
    )  # fmt: skip


def reference(problem: Problem, seed: int, **options: Any) -> Found:
    """Fit with plain EM from the true parameters, with as many iterations as it takes."""
    return started(problem, problem.truth, **{"max_iter": 20_000, **options})


def sklearn(problem: Problem, seed: int, **options: Any) -> Found:
    """Fit with scikit-learn, its other options left alone."""
    from sklearn.mixture import GaussianMixture as Theirs

    model = Theirs(problem.K, covariance_type=problem.family, random_state=seed, **options)
    began = time.perf_counter()
    model.fit(problem.X)
    seconds = time.perf_counter() - began
    mixture = Mixture(model.weights_, model.means_, model.covariances_, family=family_of(problem.family))
    passes = None if options.get("n_init", 1) > 1 else float(model.n_iter_)
    return Found(mixture, seconds, bool(model.converged_), passes)


def mclust(problem: Problem, seed: int) -> Found:
    """Fit with R's Mclust() at the given K and family; the seconds are R's own."""
    seconds, weights, means, covariances = mclust_fit(problem.X, problem.K, problem.family, seed)
    family = family_of(problem.family)
    return Found(
        Mixture(weights / weights.sum(), means, family.from_dense(covariances, weights), family=family),
        seconds,
    )


TIGHT = {"tol": 1e-10, "max_iter": 5_000}
REFERENCE = "reference"
METHODS = (
    Method(REFERENCE, "EM from the truth", reference, judged=False, ours=True),
    Method("tight", "EM from the truth, to 1e-10", partial(reference, **TIGHT), judged=False, ours=True),
    Method("ours", "gaussmix", ours, ours=True),
    Method("off", "gaussmix, search off", partial(ours, search="off"), ours=True),
    Method("off10", "gaussmix, search off, n_init=10", partial(ours, search="off", n_init=10), ours=True),
    Method("sklearn", "scikit-learn", sklearn),
    Method("sklearn10", "scikit-learn, n_init=10", partial(sklearn, n_init=10)),
    Method("mclust", "R mclust", mclust),
)
DEFAULT = ("reference", "tight", "ours", "off", "sklearn", "sklearn10", "mclust")


def method_named(name: str) -> Method:
    """Return the method of a name."""
    return next(method for method in METHODS if method.name == name)


def available(method: Method) -> bool:
    """Whether what the method needs is installed."""
    return method.name != "mclust" or mclust_installed()


def run(method: Method, problem: Problem, seed: int) -> Found:
    """Run a method without its warnings: whether it converged is told anyway."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return method.fit(problem, seed)


def continued(problem: Problem, mixture: Mixture) -> Mixture:
    """Continue a mixture by our EM: tells a method that stopped early from one that is at another optimum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return started(problem, mixture).mixture
