"""REAL.md and its picture, from a file of numbers: ``python -m benchmarks.real.report`` makes them again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from ..machine import describe_machine
from ..registry import HERE
from ..report import table
from ..search.report import machine_line
from .arms import ARMS
from .measure import Outcome
from .picture import draw
from .quality import BELOW, CLASSES, HELD_OUT, JUDGES
from .summary import cell_of, cells_of, success_of
from .table import Table, half_of
from .text import calibration_rows, cell_table
from .times_text import times_part

__all__ = ["NUMBERS", "circumstances", "kind_of", "listed", "markdown", "summary_of", "write_report"]

Summary = dict[str, Any]
NUMBERS = Path(__file__).with_name("results.json")
SHORT = {
    "ours": "search",
    "off": "off",
    "off10": "off, 10",
    "sklearn": "1",
    "sklearn10": "10",
    "mclust": "mclust",
}
HOW = """\
A task is a table, a family and a number of components. Its reference is the best sound optimum that any of many
candidates reached: our fits, scikit-learn's continued by our EM, and EM from k-means, Ward's clusters, random rows,
cuts along random directions, the classes, the optima of other families, and changes of the best one
(`references.json`).

- *Reached*: the log-likelihood of all N rows is at most 0.5 + 1e-3 √N nats below the reference, and the mixture sound.
- *Sound*: every component with a covariance of its own has at least min(3 (D + 1), max(D + 1.01, N / 4K)) effective
  rows, and no covariance has a generalised eigenvalue below 1e-6 against that of all rows, or below 1e-5 if it is
  that of one component of fewer than 5 (D + 1) rows. *Unsound*: the share of fits that are not, failed ones among them.
- *With our EM after*: reached after our EM, without a search, has continued another library's answer.
- *Short by*: mean of the nats below the reference, over the sound fits.
- *Seconds*: geometric mean of the processor time of a call. *× scikit-learn*: of the ratio to scikit-learn's default
  on the same task, the geometric mean and the 90 % quantile.
- *Four families*: full, tied, diag and spherical, those of scikit-learn.
- Tasks of one component are left out. Half of the tables were used to choose constants of the search (*tune*); this
  page is about the others (*report*).
"""
CHOICE = """\
Rules that choose among the sound local maxima that our search and EM from many starts reach, in the families full,
tied, diag and spherical, on tables of at most 1,500 rows (`python -m benchmarks.real.judges`). On rows left out of one
split, with five rows per parameter: the share of tasks no worse than scikit-learn with n_init=10, and the mean gain
limited to ± 1 nat a row. At the number of classes: the mean adjusted Rand index. "tune" and "report" are the halves.
"""


def kind_of(line: Outcome) -> str:
    """Return the kind of table that an outcome is of."""
    if not line["real"]:
        return "drawn"
    return "D ≤ 3" if line["D"] <= 3 else "D = 4 to 10" if line["D"] <= 10 else "D > 10"


def summary_of(lines: list[Outcome], arms: list[str]) -> Summary:
    """Return the numbers of the report about optima."""
    tables = {line["table"]: line["real"] for line in lines}
    cells = cells_of(lines, arms)
    for supported in (True, False):
        every = [line for line in lines if line["supported"] == supported]
        for families, some in (("four families", [*filter(in_common, every)]), ("all", every)):
            if some:
                cells.append(
                    {"supported": supported, "family": families, "band": "all", **cell_of(some, arms)}
                )
    return {
        **circumstances(), "arms": arms, "cells": cells,
        "tables": {"measured": sum(tables.values()), "drawn": len(tables) - sum(tables.values())},
        "calibration": calibration_rows(lines, arms),
        "kinds": kinds_of(lines, arms),
    }  # fmt: skip


def in_common(line: Outcome) -> bool:
    """Return whether an outcome is of one of the four families that all libraries have."""
    return "tied-" not in line["family"]


def circumstances() -> Summary:
    """Return the date and the machine."""
    return {"date": date.today().isoformat(), "machine": describe_machine()}


def listed(tables: Iterable[Table]) -> list[list[str]]:
    """Return a row about each table."""
    return [
        [t.name, f"{len(t.X):,} × {t.X.shape[1]}", str(t.n_classes or "–"), half_of(t.name), t.source]
        for t in tables
    ]


def kinds_of(lines: list[Outcome], arms: list[str]) -> list[Summary]:
    """Return the points of the picture: of supported tasks in families that all libraries have."""
    usual = [line for line in lines if line["supported"] and in_common(line)]
    kinds = []
    for kind in ("D ≤ 3", "D = 4 to 10", "D > 10", "drawn"):
        some = [line for line in usual if kind_of(line) == kind]
        points = [
            point_of([line for line in some if line["arm"] == arm], arm) for arm in arms if arm in SHORT
        ]
        tasks = len({(line["table"], line["family"], line["K"]) for line in some})
        if some:
            kinds.append({"kind": kind, "tasks": tasks, "points": [point for point in points if point]})
    return kinds


def point_of(lines: list[Outcome], arm: str) -> Summary | None:
    """Return where an arm is in the picture."""
    found = success_of(lines)
    if not found["cpu"]:
        return None
    share = found["reached"] / found["fits"]
    return {"library": ARMS[arm].library, "short": SHORT[arm], "cpu": found["cpu"], "share": share}


def markdown(results: Summary) -> str:
    """Return the whole report."""
    lines = ["# Real tables\n"]
    if "fits" in results:
        lines += fits_part(results["fits"])
    if "below" in results:
        lines += below_part(results["below"])
    if "held_out" in results:
        lines += held_out_part(results["held_out"])
    if "classes" in results:
        lines += classes_part(results["classes"])
    if "judges" in results:
        lines += judges_part(results["judges"])
    if "times" in results:
        lines += times_part(results["times"], machine_line(results["times"]))
    return "\n".join(lines)


def fits_part(fits: Summary) -> list[str]:
    """Return the part about optima."""
    counted = f"{fits['tables']['measured']} tables of measurements and {fits['tables']['drawn']} drawn ones."
    head = ["fit", "rows per parameter", "clear answers below the reference", "doubtful answers below it"]
    lines = [
        machine_line(fits), counted + "\n", HOW, "![Success against time](real.png)\n",
        "## Five rows per parameter\n", cell_table(fits["cells"], True),
        "## Fewer than five rows per parameter\n", cell_table(fits["cells"], False),
        "## How right the search's verdicts are\n", table(head, fits["calibration"]),
    ]  # fmt: skip
    if "listed" in fits:
        lines += [
            "## Tables\n",
            table(["table", "rows × columns", "classes", "half", "source"], fits["listed"]),
        ]
    return lines


def below_part(below: Summary) -> list[str]:
    """Return the part about log-likelihoods below scikit-learn's."""
    return [
        "## Below scikit-learn\n", machine_line(below),
        "Fits more than 0.5 nats below scikit-learn with n_init=10 in log-likelihood, where its mixture is sound.\n",
        table(BELOW, below["rows"]),
    ]  # fmt: skip


def held_out_part(held_out: Summary) -> list[str]:
    """Return the part about rows left out of the fit."""
    return [
        "## Rows left out of the fit\n", machine_line(held_out),
        "Mean log-likelihood of five splits beside scikit-learn's with n_init=10, on tasks of five rows per parameter.",
        "No worse: by less than 0.01 nats a row.\n", table(HELD_OUT, held_out["rows"]),
    ]  # fmt: skip


def classes_part(classes: Summary) -> list[str]:
    """Return the part about classes."""
    return [
        "## Classes\n", machine_line(classes),
        "Mean adjusted Rand index of components and classes at the number of classes, over the tasks of which all fits",
        "that have the family found a mixture; up to three seeds.\n", table(CLASSES, classes["rows"]),
    ]  # fmt: skip


def judges_part(judges: Summary) -> list[str]:
    """Return the part about rules that choose among local maxima."""
    return [
        "## Which maximum?\n", machine_line(judges),
CHOICE, table(JUDGES, judges["rows"]),
    ]  # fmt: skip


def kept() -> Summary:
    """Return the numbers of earlier runs."""
    return json.loads(NUMBERS.read_text(encoding="utf-8")) if NUMBERS.exists() else {}


def write_report(**parts: Any) -> None:
    """Put the numbers of a run in the place of earlier ones, and write the page and the picture."""
    results = {**kept(), **parts}
    NUMBERS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "REAL.md").write_text(markdown(results), encoding="utf-8")
    if "fits" in results:
        draw(results["fits"]["kinds"], HERE / "real.png")


if __name__ == "__main__":
    write_report()
