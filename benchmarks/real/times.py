"""A grid of times of the default fit beside scikit-learn's: ``python -m benchmarks.real.times``.

Fits run in a process of their own that is ended after ``--limit`` seconds by the clock: the time is then recorded as
more than that. Results are kept as they come; give the command again to go on.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import time
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..machine import describe_machine
from ..search.outcome import append
from .report import write_report
from .times_text import HEAD, grid_rows, other_rows

__all__ = ["Cell", "Worker", "cells", "measured"]

OUT = Path(__file__).with_name("outcomes") / "times.jsonl"
ROWS, COLUMNS, COMPONENTS = (100, 1_000, 10_000, 100_000), (2, 5, 20, 50), (2, 5, 10, 30)
FAMILIES = ("full", "tied", "diag", "spherical")
KINDS = ("grid", "wide", "curve")
ENOUGH, REPEATS = 0.5, 3


@dataclass(frozen=True)
class Cell:
    """A size of the problem; a ``curve`` is fitted with 1 to K components."""

    kind: str
    N: int
    D: int
    K: int
    family: str


WIDE = (
    Cell("wide", 100, 100, 2, "full"), Cell("wide", 3_000, 300, 5, "full"), Cell("wide", 5_000, 784, 10, "diag"),
    Cell("wide", 5_000, 2_000, 3, "diag"), Cell("wide", 5_000, 100, 20, "tied"), Cell("wide", 20_000, 2, 200, "full"),
    Cell("curve", 500, 2, 20, "full"), Cell("curve", 500, 5, 20, "full"), Cell("curve", 500, 5, 20, "diag"),
)  # fmt: skip


def cells(quick: bool) -> Iterator[Cell]:
    """Yield the cells, small ones first."""
    for N, D, K, family in itertools.product(ROWS, COLUMNS, COMPONENTS, FAMILIES):
        small = N <= 10_000 and D <= 20 and K <= 10
        if 2 * K <= N and (small or not quick):
            yield Cell("grid", N, D, K, family)
    yield from (cell for cell in WIDE if not quick or cell.kind == "curve")


def rows_of(cell: Cell) -> np.ndarray:
    """Return clusters with as many components as are fitted, or five for a curve."""
    from gaussmix.datasets import random_mixture

    K = 5 if cell.kind == "curve" else cell.K
    return random_mixture(K, cell.D, random_state=1).sample(cell.N, random_state=2)[0]


def measured(cell: Cell, arm: str) -> float:
    """Return the processor seconds of a fit; the median of some where they are short."""
    from sklearn.mixture import GaussianMixture as Theirs

    from gaussmix import GaussianMixture

    X, kind = rows_of(cell), {"ours": GaussianMixture, "sklearn": Theirs}[arm]
    sizes = range(1, cell.K + 1) if cell.kind == "curve" else (cell.K,)
    found: list[float] = []
    while len(found) < REPEATS and sum(found) < ENOUGH:
        began = time.process_time()
        for K in sizes:
            kind(K, covariance_type=cell.family, random_state=len(found)).fit(X)
        found.append(time.process_time() - began)
    return float(np.median(found))


def serve(connection: Any, threads: int | None) -> None:
    """Answer cells with seconds, in a process of its own."""
    warnings.simplefilter("ignore")
    with threadpool_limits(threads):
        for arm in ("ours", "sklearn"):
            measured(Cell("grid", 200, 2, 2, "full"), arm)  # so that no import is timed
        connection.send("ready")
        while True:
            try:
                cell, arm = connection.recv()
                connection.send(answered(cell, arm))
            except (EOFError, BrokenPipeError):  # who asked has ended
                return


def answered(cell: Cell, arm: str) -> float | str:
    """Return the seconds of a fit, or what went wrong."""
    try:
        return measured(cell, arm)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class Worker:
    """A process that fits; it is ended where it takes too long, and another one started."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads, self.process = threads, None

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, self.threads), daemon=True)
        self.process.start()
        self.connection.recv()

    def ask(self, cell: Cell, arm: str, limit: float) -> dict[str, Any]:
        """Return a line with the seconds, or with the limit where it was not enough."""
        if self.process is None:
            self.start()
        line = {**asdict(cell), "arm": arm, "over": False, "cpu": limit}
        self.connection.send((cell, arm))
        if not self.connection.poll(limit):
            self.stop()
            return {**line, "over": True}
        answer = self.connection.recv()
        return (
            {**line, "failed": answer, "over": True} if isinstance(answer, str) else {**line, "cpu": answer}
        )

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


def kept(path: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return the lines of earlier runs."""
    texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {key_of(line): line for line in map(json.loads, texts)}


def key_of(line: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells a line from the others."""
    return tuple(line[name] for name in ("kind", "N", "D", "K", "family", "arm"))


def options() -> argparse.ArgumentParser:
    """Return what the command can be told."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real.times", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small cells only")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument(
        "--limit", type=float, default=60.0, help="seconds of fits of a cell (default: %(default)s)"
    )
    parser.add_argument("--again", nargs="+", default=(), help="arms to measure anew: ours, sklearn")
    parser.add_argument(
        "--threads", type=int, help="threads of the linear algebra; all processors unless given"
    )
    parser.add_argument("--rows", type=int, default=max(ROWS), help="leave out cells of more rows")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--show", action="store_true", help="run nothing; print what there is")
    parser.add_argument("--report", action="store_true", help="write benchmarks/REAL.md")
    return parser


def carry_out(given: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure what is missing, and return the lines that are asked for."""
    done = {key: line for key, line in kept(given.out).items() if line["arm"] not in given.again}
    worker, wanted = Worker(given.threads), []
    for cell, arm in itertools.product(cells(given.quick), ("ours", "sklearn")):
        key = key_of({**asdict(cell), "arm": arm})
        if given.rows < cell.N or cell.kind not in given.kinds or (given.show and key not in done):
            continue
        if key not in done:
            done[key] = worker.ask(cell, arm, given.limit)
            append(given.out, [done[key]])
        wanted.append(done[key])
    worker.stop()
    return wanted


def main() -> None:
    """Measure what is missing, print the tables and write the report."""
    given = options().parse_args()
    wanted = carry_out(given)
    for row in [HEAD, *grid_rows(wanted), [], *other_rows(wanted)]:
        print("  ".join(f"{text:<12}" for text in row))
    if given.report:
        facts = {"date": date.today().isoformat(), "machine": describe_machine(), "limit": given.limit}
        facts["threads"] = given.threads
        write_report(times={**facts, "cells": wanted})


if __name__ == "__main__":
    main()
