"""An outcome: a fit of a task by an arm, judged the same for all, as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import KFold

from gaussmix import Mixture

from .arms import Arm, fit
from .candidates import from_start
from .catalogue import load
from .judging import Judge, Judged, reached
from .store import read as read_references
from .store import reference_of
from .table import half_of
from .tasks import Task

__all__ = [
    "Outcome",
    "about",
    "classes_of",
    "gap_of",
    "held_out_of",
    "judge_mixture",
    "judged",
    "key_of",
    "outcome_of",
    "read",
]

Outcome = dict[str, Any]
SPLITS = 5


@lru_cache(maxsize=8)
def judge_of(name: str) -> Judge:
    """Return what judges mixtures of a table."""
    return Judge(load(name).X)


def judge_mixture(task: Task, mixture: Mixture) -> Judged:
    """Return what is measured of a mixture on a task."""
    return judge_of(task.table.name).of(mixture, task.family)


def gap_of(
    task: Task, mixture: Mixture, references: dict[str, Any] | None = None
) -> tuple[float | None, bool, bool]:
    """Return how many nats a mixture is below the reference, whether it reached it, and whether it is sound.

    The gap is None where no reference is known; it is negative where the mixture is better.
    """
    found = judge_mixture(task, mixture)
    best = reference_of(references or read_references(), task.table, task.key).log_likelihood
    if best is None:
        return None, False, found.sound
    near = found.sound and reached(found.log_likelihood, best, len(task.table.X))
    return best - found.log_likelihood, near, found.sound


def judged(task: Task, mixture: Mixture) -> Outcome:
    """Return the numbers about a mixture."""
    found = judge_mixture(task, mixture)
    numbers: Outcome = {
        "log_likelihood": found.log_likelihood, "sound": found.sound,
        "least_rows": round(found.least_rows, 3), "narrowest": float(f"{found.narrowest:.3g}"),
    }  # fmt: skip
    if task.at_classes and task.K > 1:
        numbers["ari"] = ari_of(task, mixture)
    return numbers


def ari_of(task: Task, mixture: Mixture) -> float:
    """Return the adjusted Rand index of the most likely components and the classes."""
    labels = mixture.responsibilities(task.table.X).argmax(axis=1)
    return round(float(adjusted_rand_score(task.table.labels, labels)), 4)


def about(arm: Arm, task: Task, seed: int) -> Outcome:
    """Return what an outcome is of."""
    N, D = task.table.X.shape
    return {
        "table": task.table.name, "family": task.family, "K": task.K, "seed": seed, "arm": arm.name, "N": N, "D": D,
        "half": half_of(task.table.name), "real": task.table.real, "supported": task.supported,
        "at_classes": task.at_classes,
    }  # fmt: skip


def outcome_of(arm: Arm, task: Task, seed: int) -> Outcome:
    """Fit a task and return the line about it; of other libraries also where our EM ends from their answer."""
    line = about(arm, task, seed)
    try:
        found = fit(arm, task, seed)
        line |= {"cpu": round(found.cpu, 6), **judged(task, found.mixture)}
        if found.clear is not None:
            line |= {"clear": found.clear, "verdict": found.verdict}
        if arm.library != "gaussmix":
            after = judge_mixture(task, from_start(task, found.mixture))
            line |= {"continued": after.log_likelihood, "continued_sound": after.sound}
    except Exception as error:  # a library's failure is an outcome too
        line["failed"] = " ".join(f"{type(error).__name__}: {error}".split())[:150]
    return line


def classes_of(arm: Arm, task: Task, seed: int) -> Outcome:
    """Fit a task at the number of classes, and return how its components agree with them.

    The mixture may be of another family, as that of scaled columns is.
    """
    line = about(arm, task, seed)
    try:
        found = fit(arm, task, seed)
        total = float(found.mixture.log_prob(task.table.X).sum())
        line |= {"cpu": round(found.cpu, 6), "ari": ari_of(task, found.mixture), "log_likelihood": total}
    except Exception as error:
        line["failed"] = " ".join(f"{type(error).__name__}: {error}".split())[:150]
    return line


def held_out_of(arm: Arm, task: Task, seed: int) -> Outcome:
    """Return the mean log-likelihood of rows that were left out of the fit, over five splits."""
    line, X = about(arm, task, seed), task.table.X
    scores = []
    try:
        for train, test in KFold(SPLITS, shuffle=True, random_state=0).split(X):
            part = Task(
                type(task.table)(task.table.name, X[train], None, "", task.table.real), task.family, task.K
            )
            scores.append(fit(arm, part, seed).mixture.log_prob(X[test]).sum())
        line["held_out"] = float(np.sum(scores) / len(X))
    except Exception as error:
        line["failed"] = " ".join(f"{type(error).__name__}: {error}".split())[:150]
    return line


def key_of(line: Outcome) -> tuple[Any, ...]:
    """Return what tells one outcome from the others."""
    return tuple(line[name] for name in ("table", "family", "K", "seed", "arm"))


def read(paths: Iterable[Path]) -> dict[tuple[Any, ...], Outcome]:
    """Return the outcomes of files by their keys; a later line replaces an earlier one."""
    found = {}
    for path in paths:
        for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:  # a run that was stopped may leave half a line
                continue
            found[key_of(line)] = line
    return found
