"""Candidates for the best optimum of a task: our fits, scikit-learn's, and EM from many first labels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture

from .starts import exchanged, labels_of, standardised
from .tasks import Task

__all__ = ["candidates", "from_start", "sklearn_responsibilities"]

Best = Callable[[], np.ndarray | None]
SKLEARN_FAMILY = {"tied-diag": "diag", "tied-spherical": "spherical"}
"""What scikit-learn fits in the place of a family that it does not have."""
DRAWS, EXCHANGES, SEARCHES = 3, 16, 3
"""In each round but the first so many draws of each random start; changes of the best optimum; and rounds in which our
default fit, which takes as long as many starts, is tried too."""


def from_start(task: Task, start: Any) -> Mixture:
    """Return where EM without a search ends from labels, responsibilities or a mixture."""
    model = GaussianMixture(task.K, covariance_type=task.family, search="off", init_params=start)
    return model.fit(task.table.X).mixture_


def ours(task: Task, seed: int) -> Mixture:
    """Return the default fit."""
    return GaussianMixture(task.K, covariance_type=task.family, random_state=seed).fit(task.table.X).mixture_


def sklearn_responsibilities(task: Task, seed: int, scaled: bool, n_init: int = 1) -> np.ndarray:
    """Return the responsibilities of scikit-learn's fit, of the rows as they are or of standardised ones."""
    from sklearn.mixture import GaussianMixture as Theirs

    X = standardised(task.table.X) if scaled else task.table.X
    family = SKLEARN_FAMILY.get(task.family, task.family)
    small = 1e-6 * float(X.var(axis=0).mean())
    model = Theirs(task.K, covariance_type=family, n_init=n_init, random_state=seed, reg_covar=small)
    return model.fit(X).predict_proba(X)


def starts(task: Task, number: int, best: Best) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what EM begins with, by what it is called, for a round."""
    X, K = task.table.X, task.K
    for scaled in (False, True):
        name = "scikit-learn" + (", standardised columns" if scaled else "")
        yield name, lambda scaled=scaled: sklearn_responsibilities(task, number, scaled)
        if number == 1:
            yield (
                f"{name}, n_init=10",
                lambda scaled=scaled: sklearn_responsibilities(task, number, scaled, 10),
            )
    if number == 0 and task.at_classes:
        yield "classes", lambda: task.table.labels
    for draw in range(DRAWS if number else 1):
        for name, labels in labels_of(X, K, DRAWS * number + draw):
            yield name, lambda labels=labels: labels
    rng = np.random.default_rng([number, K])
    for _ in range(EXCHANGES if number else EXCHANGES // 4):
        if (labels := best()) is not None:
            yield "an exchange", lambda labels=labels: exchanged(labels, X, K, rng)


def candidates(
    task: Task, number: int, best: Best = lambda: None, others: tuple[np.ndarray, ...] = ()
) -> Iterator[tuple[str, Mixture]]:
    """Yield the mixtures of a round, by what found them.

    Parameters
    ----------
    task : Task
    number : int
        Of the round, from 0; it is the seed too.
    best : function, optional
        Returns labels (n,) of the best optimum so far, which are changed; None where there is none.
    others : tuple of (n,) arrays of int
        Labels of the best optima of other families.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if number < SEARCHES:
            yield from guarded("gaussmix", lambda: ours(task, number))
        if task.K == 1:
            return
        for name, start in starts(task, number, best):
            yield from guarded(name, lambda start=start: from_start(task, start()))
        for labels in others:
            yield from guarded("another family", lambda labels=labels: from_start(task, labels))


def guarded(name: str, fit: Callable[[], Mixture]) -> Iterator[tuple[str, Mixture]]:
    """Yield what a fit gives, or nothing where it fails."""
    try:
        yield name, fit()
    except Exception:  # an empty component, a singular covariance: no candidate
        return
