"""Improve the best optima that are known, in a given time: ``python -m benchmarks.real.references --half tune``.

A round of a task is a set of candidates with a seed of its own. The tasks with the fewest rounds come first, small ones
and those of few components before others. The file is written every half minute and at the end; give the command again
to go on.
"""

from __future__ import annotations

import argparse
import heapq
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from .candidates import candidates
from .catalogue import tables_of
from .judging import FAMILIES, Judge
from .store import PATH, Reference, improved, read, reference_of, write
from .table import HALVES, key_of, mark_of
from .tasks import Task, tasks_of

__all__ = ["Improver", "main", "urgency"]

LABELS = Path(__file__).with_name("outcomes") / "labels.npz"
OFTEN = 30.0


def urgency(task: Task, reference: Reference) -> float:
    """Return when a task comes: the lower the sooner."""
    often = reference.rounds > 0 and reference.hits >= max(3, 0.4 * reference.tried)
    done = 100.0 if task.K == 1 and reference.rounds else 0.0
    slow = task.work / 1e7
    large = 0.5 * (task.K > 5) + 0.5 * (len(task.table.X) > 2000) + 1.0 * (not task.supported)
    return reference.rounds * (2.0 if often else 1.0) + done + slow + large


class Improver:
    """Tries candidates for the tasks of some tables and keeps the best.

    Parameters
    ----------
    tasks : list of Task
    path : Path
        The file of references.
    labels : Path or None
        A file of the best optima's labels, which candidates begin with; it may be lost.
    """

    def __init__(self, tasks: list[Task], path: Path = PATH, labels: Path | None = None) -> None:
        self.tasks, self.path, self.kept = tasks, path, labels
        found = read(path)
        self.references = {task.key: reference_of(found, task.table, task.key) for task in tasks}
        self.marks = {task.table.name: mark_of(task.table.X) for task in tasks}
        self.judges: dict[str, Judge] = {}
        self.labels: dict[str, np.ndarray] = {}
        if labels and labels.exists():
            with np.load(labels) as kept:
                self.labels = dict(kept)

    def run(self, seconds: float) -> None:
        """Go on for so many seconds."""
        end = time.monotonic() + seconds
        queue = [(urgency(task, self.references[task.key]), i) for i, task in enumerate(self.tasks)]
        heapq.heapify(queue)
        saved = time.monotonic()
        while queue and time.monotonic() < end:
            _, i = heapq.heappop(queue)
            self.round_of(self.tasks[i], end)
            heapq.heappush(queue, (urgency(self.tasks[i], self.references[self.tasks[i].key]), i))
            if time.monotonic() > saved + OFTEN:
                self.save()
                saved = time.monotonic()
        self.save()

    def round_of(self, task: Task, end: float = np.inf) -> None:
        """Try the candidates of a task's next round."""
        name, N = task.table.name, len(task.table.X)
        judge = self.judges.setdefault(name, Judge(task.table.X))
        reference = self.references[task.key]
        others = self.of_other_families(task) if reference.rounds in (0, 2) else ()
        for found_by, mixture in candidates(
            task, reference.rounds, partial(self.labels.get, task.key), others
        ):
            before = reference.log_likelihood
            reference = improved(reference, judge.of(mixture, task.family), found_by, N)
            if reference.log_likelihood != before:
                self.labels[task.key] = mixture.responsibilities(task.table.X).argmax(axis=1).astype(np.int8)
            if time.monotonic() > end + 30:
                break
        facts = {**vars(reference), "rounds": reference.rounds + 1}
        self.references[task.key] = Reference(**facts)

    def of_other_families(self, task: Task) -> tuple[np.ndarray, ...]:
        """Return labels of the best optima of other families."""
        keys = [key_of(task.table.name, family, task.K) for family in FAMILIES if family != task.family]
        return tuple(self.labels[key].astype(int) for key in keys if key in self.labels)

    def save(self) -> None:
        """Write what was found."""
        tried = {key: reference for key, reference in self.references.items() if reference.rounds}
        write({"tables": self.marks, "references": tried}, self.path)
        if self.kept:
            self.kept.parent.mkdir(parents=True, exist_ok=True)
            np.savez(self.kept, **self.labels)


def told(improver: Improver) -> str:
    """Return in a line how far the references are."""
    references = list(improver.references.values())
    rounds = np.array([r.rounds for r in references])
    none = sum(r.rounds > 0 and r.log_likelihood is None for r in references)
    alone = sum(r.hits == 1 and r.tried > 1 for r in references)
    return (
        f"{len(references)} tasks, {(rounds > 0).sum()} begun, {rounds.mean():.2f} rounds on average, "
        f"{alone} optima seen once, {none} without a sound one"
    )


def main() -> None:
    """Improve the references of a half."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real.references", description=__doc__)
    parser.add_argument("--half", choices=(*HALVES, "both"), default="both")
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--tables", nargs="+", default=(), help="some of the tables")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    parser.add_argument("--sizes", nargs="+", type=int, default=(), help="numbers of components")
    given = parser.parse_args()
    tables: list[Any] = tables_of(given.half, tuple(given.tables))
    tasks = tasks_of(tables, tuple(given.families), tuple(given.sizes))
    labels = LABELS.with_stem(f"labels-{given.half}")
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        improver = Improver(tasks, labels=labels)
        print(told(improver), flush=True)
        improver.run(given.seconds)
        print(told(improver), flush=True)


if __name__ == "__main__":
    main()
