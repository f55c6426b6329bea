"""Judge the search for the optimum beside other libraries: ``make bench-search``.

Each outcome is written as it comes, so a run that was stopped goes on where it was: give the same options again.
``--again ours`` runs a method anew, after a change, and keeps the outcomes of the others.

Times count only on a machine that does nothing else: the threads of scikit-learn's k-means wait for each other, and
take many times as long where a processor is shared. ``--shared`` marks times that were taken there.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .methods import DEFAULT, METHODS, available, method_named
from .outcome import read
from .problems import CELLS, rows_of_cell
from .report import write_report
from .running import carry_out, jobs_of, restrict
from .summary import summary_of
from .text import goals_text, print_cells

__all__ = ["OUT", "add_options", "cell_of", "chosen_methods"]

OUT = Path(__file__).parent / "outcomes"
QUICK_CELLS = ((2, 5), (2, 10), (5, 10))


def cell_of(text: str) -> tuple[int, int]:
    """Return 2,10 as D = 2 and K = 10."""
    D, K = (int(part) for part in text.split(","))
    return D, K


def add_options(parser: argparse.ArgumentParser, problems: int) -> None:
    """Add what all benchmarks of the search can be told."""
    parser.add_argument("--cells", nargs="+", type=cell_of, help="D,K of each cell, such as 2,5 10,20")
    parser.add_argument(
        "--problems", type=int, default=problems, help="problems a cell (default: %(default)s)"
    )
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first problem; others follow")
    parser.add_argument(
        "--methods", nargs="+", choices=[m.name for m in METHODS], help="methods, run in this order"
    )
    parser.add_argument("--again", nargs="+", default=(), help="methods to run although they have outcomes")
    parser.add_argument("--processes", type=int, default=1, help="problems at a time; 1 for times that count")
    parser.add_argument(
        "--shared", action="store_true", help="the machine has other work: times do not count"
    )
    parser.add_argument("--threads", type=int, help="processors to use in all; all of them unless given")
    parser.add_argument("--rows", type=int, help="rows of a problem, for a trial")
    parser.add_argument(
        "--out", type=Path, default=OUT, help="folder of outcomes (default: benchmarks/search/outcomes)"
    )
    parser.add_argument("--no-report", action="store_true", help="leave benchmarks/SEARCH.md as it is")


def chosen_methods(names: list[str] | None, default: tuple[str, ...]) -> list[str]:
    """Return the methods that are asked for and installed."""
    methods = [method_named(name) for name in names or default]
    for method in methods:
        if not available(method):
            print(f"{method.title} is not installed (make bench-peers) and left out.")
    return [method.name for method in methods if available(method)]


def main() -> None:
    """Run what is missing, then print and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    add_options(parser, problems=100)
    parser.add_argument("--quick", action="store_true", help="some minutes: three cells, 10 problems each")
    given = parser.parse_args()
    if given.threads:
        restrict(0, 1, given.threads)
    cells = given.cells or (list(QUICK_CELLS) if given.quick else list(CELLS))
    seeds = range(
        given.first_seed, given.first_seed + (min(given.problems, 10) if given.quick else given.problems)
    )
    path = given.out / "search.jsonl"
    methods = chosen_methods(given.methods, DEFAULT)
    carry_out(
        jobs_of(["random"], cells, seeds, methods, given.rows),
        path,
        given.processes,
        tuple(given.again),
        given.shared,
    )
    wanted = [
        o for o in read(path).values()
        if (o["D"], o["K"]) in cells and o["seed"] in seeds and o["N"] == (given.rows or rows_of_cell(o["K"]))
    ]  # fmt: skip
    summary = summary_of(wanted)
    print_cells(summary)
    print(goals_text(summary))
    if not given.no_report and given.rows is None:
        write_report(given.out, random=summary)


if __name__ == "__main__":
    main()
