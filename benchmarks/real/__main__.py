"""Judge a fit on real tables beside other libraries: ``make bench-real``.

Each outcome is written as it comes, so that a run that was stopped goes on: give the same options again. ``--again
ours`` runs an arm anew, after a change. ``--arm longer search=30`` adds our fit with other options under a name.
Processor times count only with as many threads as a user would have, on a machine that does nothing else; where other
work runs, ``--threads 1`` keeps them comparable, since no thread then waits for another.
"""

from __future__ import annotations

import argparse
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from ..search.outcome import append
from .arms import ARMS, DEFAULT, Arm, arm_named, arm_of_text, available, fit
from .catalogue import tables_of
from .judging import FAMILIES
from .measure import Outcome, classes_of, held_out_of, outcome_of, read
from .quality import CLASSES, HELD_OUT, below_rows, class_rows, held_out_rows
from .report import circumstances, listed, summary_of, write_report
from .store import current, raise_references
from .summary import judged_by
from .table import HALVES
from .tasks import Task, tasks_of
from .text import lined, print_summary

OUT = Path(__file__).with_name("outcomes")
SEEDS = 3
MEASURES = {"outcomes": outcome_of, "held_out": held_out_of, "classes": classes_of}
"""What is measured of a fit, by the name of the file of outcomes."""
ROWS = {"held_out": (HELD_OUT, held_out_rows), "classes": (CLASSES, class_rows)}


def kind_of_run(given: argparse.Namespace) -> str:
    """Return the name of the file that the outcomes go to."""
    return "held_out" if given.held_out else "classes" if given.classes else "outcomes"


def options() -> argparse.ArgumentParser:
    """Return what the command can be told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real", description=__doc__)
    parser.add_argument("--half", choices=(*HALVES, "both"), default="both")
    parser.add_argument("--tables", nargs="+", default=(), help="some of the tables")
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=FAMILIES)
    parser.add_argument("--sizes", nargs="+", type=int, default=(), help="numbers of components")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="fits of a task (default: %(default)s)")
    parser.add_argument("--arms", nargs="+", default=DEFAULT, help=f"of {', '.join(ARMS)}")
    parser.add_argument("--arm", nargs="+", action="append", default=[], metavar="NAME OPTION=VALUE")
    parser.add_argument("--again", nargs="+", default=(), help="arms to run although they have outcomes")
    parser.add_argument("--quick", action="store_true", help="some minutes: fewer tables, families and sizes")
    parser.add_argument(
        "--held-out", action="store_true", help="score rows left out of the fit, in five splits"
    )
    parser.add_argument(
        "--classes", action="store_true", help="compare components with classes, at the number of classes"
    )
    parser.add_argument("--supported", action="store_true", help="only tasks of five rows per parameter")
    parser.add_argument("--rows", type=int, default=20_000, help="leave out tables of more rows")
    parser.add_argument("--threads", type=int, help="processors to use; all of them unless given")
    parser.add_argument("--show", action="store_true", help="run nothing; print what there is")
    parser.add_argument(
        "--brief", action="store_true", help="print all families and numbers of components in one"
    )
    parser.add_argument("--report", action="store_true", help="write benchmarks/REAL.md")
    parser.add_argument("--out", type=Path, default=OUT, help="folder of outcomes")
    return parser


def chosen_tasks(given: argparse.Namespace) -> list[Task]:
    """Return the tasks that are asked for, in an order that mixes the tables."""
    tables = [t for t in tables_of(given.half, tuple(given.tables)) if len(t.X) <= given.rows]
    families, sizes = tuple(given.families), tuple(given.sizes)
    if given.quick:
        tables = [t for t in tables if len(t.X) <= 1000 and t.X.shape[1] <= 20]
        families, sizes = tuple(f for f in families if f in ("full", "diag")), sizes or (2, 3, 5)
    tasks = [t for t in tasks_of(tables, families, sizes) if t.supported or not given.supported]
    if given.held_out or given.classes:
        tasks = [t for t in tasks if t.K > 1 and (t.at_classes or given.held_out)]
    random.Random(0).shuffle(tasks)
    return tasks


def carry_out(
    tasks: list[Task], arms: list[Arm], given: argparse.Namespace, path: Path
) -> dict[Any, Outcome]:
    """Run what has no outcome yet, and return the outcomes that are asked for."""
    done = {key: line for key, line in read([path]).items() if line["arm"] not in given.again}
    make: Callable[..., Outcome] = MEASURES[kind_of_run(given)]
    seeds = 1 if given.quick or given.held_out else given.seeds
    wanted = {}
    for i, task in enumerate(tasks):
        for seed in range(seeds):
            for arm in (a for a in arms if a.has(task.family)):
                key = (task.table.name, task.family, task.K, seed, arm.name)
                if key not in done and not given.show:
                    done[key] = make(arm, task, seed)
                    append(path, [done[key]])
                if key in done:
                    wanted[key] = done[key]
        if not given.show and i % 50 == 49:
            print(f"{i + 1} of {len(tasks)} tasks", flush=True)
    return wanted


def warm_up(arms: list[Arm], task: Task) -> None:
    """Fit once by each arm, so that no import is timed."""
    for arm in (arm for arm in arms if arm.has(task.family)):
        try:
            fit(arm, task, 0)
        except Exception as error:
            print(f"{arm.name}: {error}", flush=True)


def main() -> None:
    """Run what is missing, and say what came out."""
    given = options().parse_args()
    for words in given.arm:
        ARMS[words[0]] = arm_of_text(words)
    names = [*given.arms, *(words[0] for words in given.arm)]
    arms = [arm for arm in map(arm_named, names) if available(arm)]
    tasks = chosen_tasks(given)
    kind = kind_of_run(given)
    path = given.out / f"{kind}.jsonl"
    with threadpool_limits(given.threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if not given.show:
            warm_up(arms, min(tasks, key=lambda task: (task.family != "full", task.work)))
        wanted = carry_out(tasks, arms, given, path)
    lines, named = list(wanted.values()), [arm.name for arm in arms]
    if kind == "outcomes":
        conclude(lines, tasks, named, given)
        return
    head, rows_of = ROWS[kind]
    rows = rows_of(lines, named)
    print(lined([head, *rows]))
    if given.report:
        write_report(**{kind: {**circumstances(), "rows": rows}})


def conclude(lines: list[Outcome], tasks: list[Task], arms: list[str], given: argparse.Namespace) -> None:
    """Raise references that were exceeded, print the tables, and write the page where that is asked for."""
    tables = {task.table.name: task.table for task in sorted(tasks, key=lambda task: task.table.name)}
    raise_references(lines, tables)
    found = judged_by(lines, current(tables))
    print_summary(found, arms, given.brief)
    if given.report:
        write_report(
            fits={**summary_of(found, arms), "listed": listed(tables.values())}, **below_of(found, arms)
        )


def below_of(lines: list[Outcome], arms: list[str]) -> dict[str, Any]:
    """Return the part of the report about fits below scikit-learn's, if it was fitted."""
    if "sklearn10" not in arms:
        return {}
    ours = [arm for arm in arms if arm in ("ours", "likelihood")]
    return {"below": {**circumstances(), "rows": below_rows(lines, ours)}}


if __name__ == "__main__":
    main()
