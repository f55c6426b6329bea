"""SEARCH.md and its pictures, from a file of numbers: ``python -m benchmarks.search.report`` makes them again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from ..machine import describe_machine
from ..registry import HERE
from ..report import table
from .parts import PARTS
from .picture import draw_large, draw_success
from .text import cell_table, cell_title, goal_rows, percent, title_of

__all__ = ["NUMBERS", "markdown", "write_report"]

Summary = dict[str, Any]
NUMBERS = Path(__file__).with_name("results.json")

HOW = """\
A problem is a mixture drawn by `datasets.random_mixture`, drawn again until every component expects at least
5 (D + 1) rows, with N training rows and as many held-out ones. The reference is gaussmix's plain EM from the true
parameters until it converges, under the same constraint. All methods get the same rows, in turn, in one process;
all mixtures are judged by the same function.

- *Success*: the final mean log-likelihood of the training rows is at least the reference's − 1e-3 nats.
- *Beats the reference*: it is more than 1e-3 above it. *Gap*: the difference, over all problems.
- *Held-out rows no worse*: their mean log-likelihood is at least the reference's − 5e-3 nats.
- *Collapsed*: some component has at most D + 1 effective rows; or it or its rows are no wider than the smallest
  variance that gaussmix allows, 1e-8 of all rows' in some direction; or it is within 1,000 times of that, on less
  than 5 (D + 1) rows.
- *Failed*: problems without a result, which count as not solved.
- *Continued*: success after gaussmix's EM has continued the result of another library to convergence. It tells one
  that stops early from one that ends at another optimum.
- *Seconds* are quantiles over the problems; in brackets where other work ran on the machine. Of mclust the call of
  `Mclust()` counts, in R. *Passes* are E-steps over all rows. Goals of time compare medians over the problems that both
  methods ran on, alone.

scikit-learn and mclust run with their defaults but for K, the family, the seed and `n_init`.
"""


def kept() -> Summary:
    """Return the numbers of earlier runs."""
    return json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}


def write_report(folder: Path, **parts: Any) -> None:
    """Put the numbers of a run in the place of earlier ones, and write the report of all.

    Parameters
    ----------
    folder : Path
        Of the outcomes; the numbers and the report are kept beside them unless it is the usual one.
    **parts
        ``random``, ``harder``, ``tables`` or ``large``, each a list.
    """
    usual = folder == Path(__file__).parent / "outcomes"
    results = kept() if usual else {}
    stamp = {"date": date.today().isoformat(), "machine": describe_machine()}
    for name, part in parts.items():
        results[name] = {**stamp, "cells": part}
    numbers = NUMBERS if usual else folder / "results.json"
    numbers.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_pages(results, HERE if usual else folder)


def write_pages(results: Summary, folder: Path) -> None:
    """Write the text and the pictures."""
    (folder / "SEARCH.md").write_text(markdown(results), encoding="utf-8")
    if "random" in results:
        draw_success(results["random"]["cells"], folder / "search.png")
    if "large" in results:
        draw_large(results["large"]["cells"], folder / "search_large.png")


def machine_line(part: Summary) -> str:
    """Return when and on what a part was measured."""
    m = part["machine"]
    return (
        f"{part['date']}: {m['processor']} ({m['vector']}), {m['threads']} threads, {m['memory_gib']} GiB, "
        f"{m['system']}; Python {m['python']}, NumPy {m['numpy']} with {m['blas']}.\n"
    )


def overview(cells: list[Summary]) -> str:
    """Return success and median time of all methods in all cells."""
    names = list(dict.fromkeys(name for cell in cells for name in cell["methods"]))
    head = ["success (median seconds)", *(f"({c['D']}, {c['K']})" for c in cells)]
    return table(head, [[title_of(name), *(short(c["methods"].get(name)) for c in cells)] for name in names])


def short(found: Summary | None) -> str:
    """Return success with the median time."""
    if found is None:
        return "–"
    time = f" ({found['seconds']['median']:.2g})" if found["seconds"] else ""
    return f"{percent(found['success'])}{time}"


def random_part(part: Summary) -> list[str]:
    """Return the part about mixtures drawn at random."""
    cells = part["cells"]
    lines = [
        "## Mixtures drawn at random\n",
        machine_line(part),
        HOW,
        "### All cells: (D, K)\n",
        overview(cells),
    ]
    lines.append("![Share of problems solved against time, one panel a cell](search.png)\n")
    lines.append(
        "Lines: the 10 % and 90 % quantiles of time, and the 95 % interval of the share; dotted: 98 %.\n"
    )
    if goals := goal_rows(cells):
        lines += ["### Goals\n", table(["cell", "goal", "asked", "measured", "reached"], goals)]
    lines.append("### Each cell\n")
    for cell in cells:
        lines += [f"#### {cell_title(cell)}\n", cell_table(cell)]
    return lines


def markdown(results: Summary) -> str:
    """Return the whole report."""
    lines = ["# Does one call find the optimum?\n"]
    if "random" in results:
        lines += random_part(results["random"])
    for name, form in PARTS.items():
        if name in results:
            title, *rest = form(results[name]["cells"])
            lines += [title, machine_line(results[name]), *rest]
    return "\n".join(lines)


if __name__ == "__main__":
    write_pages(kept(), HERE)
