"""Run methods on problems, one problem after another, and write each outcome as it comes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from gaussmix.engines import available_threads

from .methods import METHODS, method_named, run
from .outcome import Outcome, append, outcome_of, read
from .problems import problem_of, rows_of_cell

__all__ = ["Job", "carry_out", "jobs_of", "restrict"]

_held: list[Any] = []


@dataclass(frozen=True)
class Job:
    """A problem, by what it is made from, and the methods that are to be run on it."""

    kind: str
    cell: tuple[int, int]
    seed: int
    methods: tuple[str, ...]
    rows: int | None = None


def jobs_of(
    kinds: list[str], cells: list[tuple[int, int]], seeds: range, methods: list[str], rows: int | None = None
) -> list[Job]:
    """Return a job for each problem."""
    return [Job(kind, cell, seed, tuple(methods), rows) for kind in kinds for cell in cells for seed in seeds]


def without(job: Job, done: dict[tuple[Any, ...], Outcome]) -> Job:
    """Return the job without the methods that have an outcome."""
    D, K = job.cell
    N = job.rows or rows_of_cell(K)
    left = tuple(name for name in job.methods if (job.kind, D, K, N, job.seed, name) not in done)
    return Job(job.kind, job.cell, job.seed, left, job.rows)


def restrict(share: int, processes: int, threads: int) -> None:
    """Hold this process at its share of the processors, so that one method does not take another's."""
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))[share::processes][:threads]
        os.sched_setaffinity(0, mine)
    _held.append(threadpool_limits(threads))


def begin(queue: Any, processes: int, threads: int) -> None:
    """Prepare one of several processes."""
    restrict(queue.get(), processes, threads)
    warm_up(tuple(m.name for m in METHODS))


def warm_up(methods: tuple[str, ...]) -> None:
    """Run each method once on a few rows, so that no import is timed."""
    few = problem_of("random", (2, 2), 0, N=200)
    for name in methods:
        try:
            run(method_named(name), few, 0)
        except Exception as error:  # it will be told of on the problems themselves
            print(f"{name}: {error}", flush=True)


def results(job: Job, facts: Outcome) -> Iterator[Outcome]:
    """Run the job's methods in turn."""
    problem = problem_of(job.kind, job.cell, job.seed, job.rows)
    for name in job.methods:
        yield outcome_of(method_named(name), problem, facts)


def all_results(job: Job, facts: Outcome) -> list[Outcome]:
    """Run the job's methods in turn, in one of several processes."""
    return list(results(job, facts))


def carry_out(
    jobs: list[Job], path: Path, processes: int = 1, again: tuple[str, ...] = (), shared: bool = False
) -> None:
    """Run what has no outcome in the file yet.

    Parameters
    ----------
    jobs : list of Job
    path : Path
        The file of outcomes; lines are added.
    processes : int
        How many problems at a time. Their times are not for comparison unless there is one.
    again : tuple of str
        Methods to run although they have outcomes.
    shared : bool
        Whether the machine has other work to do, so that times are not for comparison either.
    """
    done = {key: outcome for key, outcome in read(path).items() if outcome["method"] not in again}
    jobs = [job for job in (without(job, done) for job in jobs) if job.methods]
    if not jobs:
        return
    threads = max(1, available_threads() // processes)
    facts = {"threads": threads, "alone": processes == 1 and not shared}
    for i, found in enumerate(batches(jobs, facts, processes, threads), start=1):
        append(path, found)
        show(found, i, len(jobs))


def batches(jobs: list[Job], facts: Outcome, processes: int, threads: int) -> Iterator[list[Outcome]]:
    """Yield outcomes: of each method as it ends, or of each problem where there are several processes."""
    if processes == 1:
        warm_up(tuple(sorted({name for job in jobs for name in job.methods})))
        for job in jobs:
            yield from ([outcome] for outcome in results(job, facts))
        return
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    for share in range(processes):
        queue.put(share)
    with ProcessPoolExecutor(processes, context, begin, (queue, processes, threads)) as pool:
        for future in as_completed([pool.submit(all_results, job, facts) for job in jobs]):
            yield future.result()


def show(found: list[Outcome], number: int, total: int) -> None:
    """Print a line for each outcome."""
    for o in found:
        where = f"{o['kind']} ({o['D']}, {o['K']}) seed {o['seed']:<6} {o['method']:10}"
        if o["status"] != "ok":
            print(f"{where} {o['status']}: {o['reason']}", flush=True)
            continue
        tail = "  COLLAPSED" if o["collapsed"] else ""
        print(f"{where} {o['train']:11.5f} {o['held_out']:11.5f} {o['seconds']:9.3f} s{tail}", flush=True)
