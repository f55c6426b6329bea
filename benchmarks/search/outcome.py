"""An outcome: one method on one problem, judged by the same functions for all, as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import Mixture

from .methods import Found, Method, continued, run
from .problems import Problem

__all__ = ["append", "is_collapsed", "key_of", "narrowest", "outcome_of", "read"]

Outcome = dict[str, Any]

FLOOR, NARROW, FEW = 1e-8, 1e-5, 5


def spread_of_rows(mixture: Mixture, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the effective rows of each component, (K,), and their covariances about its mean, (K, D, D)."""
    K, D = mixture.means.shape
    counts, squares = np.zeros(K), np.zeros((K, D, D))
    for part in np.array_split(X, max(1, X.shape[0] * K // 10**7)):
        shares = mixture.responsibilities(part)
        counts += shares.sum(axis=0)
        for k in range(K):
            deviation = part - mixture.means[k]
            squares[k] += (shares[:, k, None] * deviation).T @ deviation
    return counts, squares / np.maximum(counts, np.finfo(float).tiny)[:, None, None]


def least_relative(covariances: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return the least variance of each covariance, (K,), relative to that of all rows in the same direction."""
    whitening = np.linalg.inv(np.linalg.cholesky(np.atleast_2d(np.cov(X.T, bias=True))))
    return np.linalg.eigvalsh(whitening @ covariances @ whitening.T)[:, 0]


def narrowest(mixture: Mixture, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the effective rows of each component, (K,), and its least relative variance, (K,).

    The variance is the smaller of the component's and of its rows': what a library adds to covariances does not hide
    that the rows are equal or on a line.
    """
    counts, spread = spread_of_rows(mixture, X)
    return counts, np.minimum(least_relative(mixture.covariances.dense(), X), least_relative(spread, X))


def is_collapsed(narrow: np.ndarray, rows: np.ndarray, D: int) -> bool:
    """Whether some component lives on a few rows, on equal ones, or on a line.

    It has no more than D + 1 effective rows, or is no wider than the smallest variance that gaussmix allows, or is
    almost as narrow and has less than 5 (D + 1) rows.
    """
    spike = (narrow < NARROW) & (rows < FEW * (D + 1))
    return bool(((rows <= D + 1) | (narrow < 1.01 * FLOOR) | spike).any())


def judged(problem: Problem, mixture: Mixture) -> Outcome:
    """Return what is measured of a mixture."""
    rows, narrow = narrowest(mixture, problem.X)
    return {
        "train": float(mixture.log_prob(problem.X).mean()),
        "held_out": float(mixture.log_prob(problem.held_out).mean()),
        "smallest_rows": float(rows.min()), "narrowest": float(narrow.min()),
        "collapsed": is_collapsed(narrow, rows, problem.D),
    }  # fmt: skip


def outcome_of(method: Method, problem: Problem, facts: Outcome) -> Outcome:
    """Run a method on a problem and return the line about it."""
    about = {
        "kind": problem.kind,
        "D": problem.D,
        "K": problem.K,
        "seed": problem.seed,
        "method": method.name,
    }
    try:
        found = run(method, problem, problem.seed)
        result = {"status": "ok", **told(found), **judged(problem, found.mixture)}
        if not method.ours:
            result["continued"] = float(continued(problem, found.mixture).log_prob(problem.X).mean())
    except Exception as error:  # a library's failure is an outcome too
        result = {"status": "failed", "reason": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
    return {**about, "N": len(problem.X), **result, **facts}


def told(found: Found) -> Outcome:
    """Return what a method tells of itself."""
    return {"seconds": found.seconds, "converged": found.converged, "passes": found.passes}


def key_of(outcome: Outcome) -> tuple[Any, ...]:
    """Return what tells one outcome from the others."""
    return tuple(outcome[name] for name in ("kind", "D", "K", "N", "seed", "method"))


def read(path: Path) -> dict[tuple[Any, ...], Outcome]:
    """Return the outcomes of a file by their keys; a later line replaces an earlier one."""
    if not path.exists():
        return {}
    outcomes = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            outcome = json.loads(line)
        except json.JSONDecodeError:  # a run that was stopped may leave half a line
            continue
        outcomes[key_of(outcome)] = outcome
    return outcomes


def append(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Add lines to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for outcome in outcomes:
            file.write(json.dumps(outcome) + "\n")
