"""Rules that choose among local maxima, compared on rows left out and on classes: ``python -m benchmarks.real.judges``.

The maxima of a task are those that our search and EM from many kinds of starts reach. A rule chooses one of the sound
ones, which is compared with scikit-learn's fit with ``n_init=10``. Each outcome is written as it comes, so that a run
that was stopped goes on.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.model_selection import KFold
from threadpoolctl import threadpool_limits

from gaussmix import GaussianMixture, Mixture

from ..report import Table as Rows
from ..search.outcome import append
from .arms import ARMS, SKLEARN_FAMILIES, fit
from .candidates import candidates, guarded
from .catalogue import tables_of
from .judging import OWN, Judge
from .measure import Outcome, about, ari_of, read
from .quality import JUDGES, gain_cells, scores
from .report import circumstances, write_report
from .table import HALVES, Table
from .tasks import Task, tasks_of
from .text import lined

__all__ = ["RULES", "Maximum", "judged_task", "maxima_of", "rule_rows"]

OUT = Path(__file__).with_name("outcomes") / "judges.jsonl"
SAME = 0.5
"""Nats within which two maxima are taken for one."""
COMPARED, RATIO, LEAST = 4, 1e3, 3.0
"""Maxima that are compared by half-sampling; the largest ratio of eigenvalues; rows of a component, in D + 1."""
NEVER = -1e12


@dataclass(eq=False)
class Maximum:
    """A sound local maximum, its log-likelihood, and how many of the candidates reached it."""

    mixture: Mixture
    log_likelihood: float
    least_rows: float
    hits: int = 1
    rank: int = 0


def maxima_of(task: Task) -> list[Maximum]:
    """Return the distinct sound maxima of a task, the most likely first."""
    judge, found = Judge(task.table.X), list[Maximum]()
    converged = guarded("", lambda: fit(ARMS["sklearn10_em"], task, 0).mixture)
    for name, mixture in (*candidates(task, 0), *converged):
        judged = judge.of(mixture, task.family)
        if name == "classes" or not judged.sound:
            continue
        same = [one for one in found if abs(one.log_likelihood - judged.log_likelihood) < SAME]
        if same:
            same[0].hits += 1
        else:
            found.append(Maximum(mixture, judged.log_likelihood, judged.least_rows))
    found.sort(key=lambda one: -one.log_likelihood)
    for rank, one in enumerate(found):
        one.rank = rank
    return found


def whitened_variances(task: Task, one: Maximum) -> np.ndarray:
    """Return the eigenvalues of the covariances against that of all rows, (K, D), in ascending order."""
    root = np.linalg.cholesky(np.atleast_2d(np.cov(task.table.X.T, bias=True)))
    half = np.linalg.solve(root, one.mixture.covariances.dense())
    return np.maximum(np.linalg.eigvalsh(np.linalg.solve(root, half.swapaxes(1, 2))), 1e-300)


def less_scan_penalty(task: Task, one: Maximum) -> float:
    """Return the log-likelihood less the scan penalty, as with many rows."""
    if task.family not in OWN:
        return one.log_likelihood
    variances = whitened_variances(task, one)
    penalty = -0.5 * np.log(variances).sum()
    if task.family == "full":
        i, j = np.triu_indices(variances.shape[1], 1)
        ratios = np.sqrt(variances[:, j] / variances[:, i])
        penalty += np.log(np.maximum(1.0, ratios - 1.0 / ratios)).sum()
    return float(one.log_likelihood - penalty)


def with_prior(task: Task, one: Maximum) -> float:
    """Return the log-likelihood and the log-density of mclust's default prior, after an iteration with it."""
    return continued(task, one, task.table.X, max_iter=1, prior="mclust").lower_bound_ * len(task.table.X)


def by_halves(task: Task, one: Maximum) -> float:
    """Return the log-likelihood of each half of the rows by EM on the other half; only of the most likely maxima."""
    if one.rank >= COMPARED:
        return NEVER
    order = np.random.default_rng(0).permutation(len(task.table.X))
    halves = [task.table.X[part] for part in np.array_split(order, 2)]
    pairs = (halves, halves[::-1])
    return sum(float(continued(task, one, *pair[:1]).mixture_.log_prob(pair[1]).sum()) for pair in pairs)


def continued(task: Task, one: Maximum, X: np.ndarray, **options: Any) -> GaussianMixture:
    """Return EM on some rows from a maximum."""
    model = GaussianMixture(
        task.K, covariance_type=task.family, search="off", init_params=one.mixture, **options
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X)


def with_bounded_ratio(task: Task, one: Maximum) -> float:
    """Return the log-likelihood; maxima with a larger ratio of whitened eigenvalues come last."""
    variances = whitened_variances(task, one)
    return one.log_likelihood + (NEVER if variances.max() > RATIO * variances.min() else 0.0)


def with_rows(task: Task, one: Maximum) -> float:
    """Return the log-likelihood; maxima with a component of few rows come last, also where it is shared."""
    few = one.least_rows < LEAST * (task.table.X.shape[1] + 1)
    return one.log_likelihood + (NEVER if few else 0.0)


RULES: dict[str, Callable[[Task, Maximum], float]] = {
    "log-likelihood": lambda task, one: one.log_likelihood,
    "log-likelihood less the scan penalty": less_scan_penalty,
    "log-likelihood and mclust's prior": with_prior,
    "half-sampling among four": by_halves,
    "bounded ratio of eigenvalues": with_bounded_ratio,
    "3 (D + 1) rows, also with a shared covariance": with_rows,
    "agreement of starts": lambda task, one: one.hits - 1e-3 * one.rank,
}


def judged_task(task: Task, measure: str) -> Iterable[Outcome]:
    """Yield a line for each rule and for scikit-learn's fit: on rows left out of the fit, or on classes."""
    X, line = task.table.X, about(ARMS["sklearn10"], task, 0)
    if measure == "held_out":
        train, test = next(KFold(5, shuffle=True, random_state=0).split(X))
        part = Task(Table(task.table.name, X[train], None, "", task.table.real), task.family, task.K)
    else:
        part, test = task, np.arange(0)

    def score(mixture: Mixture) -> float:
        return ari_of(task, mixture) if measure == "ari" else float(mixture.log_prob(X[test]).mean())

    found = maxima_of(part)
    for name, rule in RULES.items() if found else ():
        values = [rule(part, one) for one in found]
        yield {**line, "arm": name, measure: score(found[int(np.argmax(values))].mixture)}
    for _, theirs in guarded("", lambda: fit(ARMS["sklearn10"], part, 0).mixture):
        yield {**line, measure: score(theirs)}


def rule_rows(lines: list[Outcome]) -> Rows:
    """Return for each rule the share of tasks no worse, the mean gain within one nat a row, and the mean index."""
    halves = [[line for line in lines if line["half"] == half] for half in HALVES]
    rows, counts = [], [""] * 6
    for arm in (*RULES, "sklearn10"):
        gains, indices = [gains_of(some, arm) for some in halves], [indices_of(some, arm) for some in halves]
        cells = [gain_cells(np.array(some)) if some else ["0", *["–"] * 4] for some in gains]
        shares, means = [cell[1] for cell in cells], [cell[-1] for cell in cells]
        counts = [*(cell[0] for cell in cells), "", "", *(str(len(some)) for some in indices)]
        index = [f"{np.mean(some):.3f}" if some else "–" for some in indices]
        rows.append([ARMS[arm].title if arm in ARMS else arm, *shares, *means, *index])
    return [["tasks", *counts], *rows]


def judged_by_all(lines: list[Outcome], measure: str) -> list[dict[str, float]]:
    """Return the measure by arm, of each task for which every rule and scikit-learn have one."""
    return [found for found in scores(lines, measure).values() if len(found) > len(RULES)]


def gains_of(lines: list[Outcome], arm: str) -> list[float]:
    """Return what a rule gains over scikit-learn's fit on rows left out."""
    return [found[arm] - found["sklearn10"] for found in judged_by_all(lines, "held_out")]


def indices_of(lines: list[Outcome], arm: str) -> list[float]:
    """Return the indices of what a rule chooses."""
    return [found[arm] for found in judged_by_all(lines, "ari")]


def main() -> None:
    """Compare the rules on what has no outcome yet, and print or write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real.judges", description=__doc__)
    parser.add_argument("--rows", type=int, default=1500, help="leave out tables of more rows")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--show", action="store_true", help="run nothing")
    parser.add_argument("--report", action="store_true", help="write benchmarks/REAL.md")
    given = parser.parse_args()
    if not given.show:
        tables = [table for table in tables_of("both") if len(table.X) <= given.rows]
        with threadpool_limits(1), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run([task for task in tasks_of(tables, SKLEARN_FAMILIES) if task.K > 1], given.out)
    rows = rule_rows(list(read([given.out]).values()))
    print(lined([JUDGES, *rows]))
    if given.report:
        write_report(judges={**circumstances(), "rows": rows})


def run(tasks: list[Task], out: Path) -> None:
    """Write the outcomes of tasks, in an order that mixes the tables."""
    done = {tuple(line[name] for name in ("table", "family", "K")) for line in read([out]).values()}
    random.Random(0).shuffle(tasks)
    for task in (t for t in tasks if (t.table.name, t.family, t.K) not in done):
        lines: dict[str, Outcome] = {}
        for measure in [*(["held_out"] if task.supported else []), *(["ari"] if task.at_classes else [])]:
            for line in judged_task(task, measure):
                lines[line["arm"]] = {**lines.get(line["arm"], {}), **line}
        append(out, lines.values())


if __name__ == "__main__":
    main()
