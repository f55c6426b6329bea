"""Refits of an estimator to resampled rows, in parallel."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..engines import SerialEngine, TaskPool, local_engine, opened
from ..errors import InputError, InputTypeError
from ..estimators import GaussianMixture
from ..estimators.options import engine_of
from ..mixture import Mixture
from .progress import Watch
from .resampling import Observed

__all__ = ["as_estimator", "draw_seeds", "in_parallel", "pool_of", "refit", "template_of"]

A = TypeVar("A")
B = TypeVar("B")


def as_estimator(model: Any, what: str) -> GaussianMixture:
    """Return a GaussianMixture as it is given, or raise InputTypeError."""
    if not isinstance(model, GaussianMixture):
        raise InputTypeError(
            f"{what} needs a GaussianMixture to refit, and this is of type {type(model).__name__}: give "
            f"{'its best_' if hasattr(model, 'best_') else 'one'}."
        )
    return model


def template_of(model: GaussianMixture, mixture: Mixture | None, **options: Any) -> GaussianMixture:
    """Return an estimator for refits: without output, in one thread, with a fixed volume of the noise component.

    Parameters
    ----------
    model : GaussianMixture
        Has the options.
    mixture : Mixture, optional
        The start of EM; by default the refits search.
    **options
        Other options.
    """
    quiet = {"callbacks": None, "verbose": 0, "warm_start": False, "engine": SerialEngine()}
    start: dict[str, Any] = {}
    if mixture is not None:
        given = dict.fromkeys(("weights_init", "means_init", "precisions_init"))
        start = {"init_params": mixture.named(None), "n_init": 1, **given}
    twin: GaussianMixture = clone(model).set_params(**{**quiet, **start, **options})
    return twin


def refit(template: GaussianMixture, observed: Observed, seed: int) -> GaussianMixture:
    """Return the template fitted to rows."""
    # Faster than clone and set_params, which look at every option.
    twin = copy.copy(template)
    twin.random_state = seed
    return twin.fit(**observed.arguments())


def draw_seeds(rng: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return a seed for each replicate, independent of the order and place of computation."""
    return rng.integers(0, 2**31 - 1, size=(count, 2))


def in_parallel(
    function: Callable[[A], B], items: Sequence[A], watch: Watch, pool: TaskPool
) -> list[B | None]:
    """Return a function of each item in parallel; None after an InputError, or for items after a stop."""

    def task(item: A) -> B | None:
        if watch.stopped:
            return None
        try:
            return function(item)
        except InputError:
            return None
        finally:
            watch.tell()

    with warnings.catch_warnings():
        # A replicate's warnings are of no use to anybody: what they say of all is counted.
        warnings.simplefilter("ignore")
        return pool.map(task, items)


@contextmanager
def pool_of(engine: Any) -> Iterator[TaskPool]:
    """Yield the pool of an engine for tasks of this process."""
    with opened(engine_of(engine)) as whole, local_engine(whole) as pool:
        yield pool
