"""Harder kinds of problem, where no start is known to be good: ``python -m benchmarks.search.harder``.

The good optimum of a problem is the best mean log-likelihood that any method reached without a collapsed component.
"""

from __future__ import annotations

import argparse

from .__main__ import add_options, chosen_methods
from .outcome import read
from .problems import HARDER, HARDER_CELLS, rows_of_cell
from .report import write_report
from .running import carry_out, jobs_of, restrict
from .summary import harder_of
from .text import harder_goals, print_harder

DEFAULT = ("reference", "ours", "off", "sklearn10", "mclust")


def main() -> None:
    """Run what is missing, then print and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search.harder", description=__doc__)
    add_options(parser, problems=20)
    parser.add_argument("--kinds", nargs="+", choices=list(HARDER), default=list(HARDER))
    given = parser.parse_args()
    if given.threads:
        restrict(0, 1, given.threads)
    cells, seeds = (
        given.cells or list(HARDER_CELLS),
        range(given.first_seed, given.first_seed + given.problems),
    )
    path = given.out / "harder.jsonl"
    jobs = jobs_of(given.kinds, cells, seeds, chosen_methods(given.methods, DEFAULT), given.rows)
    carry_out(jobs, path, given.processes, tuple(given.again), given.shared)
    wanted = [
        o for o in read(path).values()
        if o["kind"] in given.kinds and (o["D"], o["K"]) in cells and o["seed"] in seeds
        and o["N"] == (given.rows or rows_of_cell(o["K"]))
    ]  # fmt: skip
    summary = harder_of(wanted)
    print_harder(summary)
    print(harder_goals(summary))
    if not given.no_report and given.rows is None:
        write_report(given.out, harder=summary)


if __name__ == "__main__":
    main()
