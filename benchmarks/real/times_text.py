"""Tables of the grid of times: ratios to scikit-learn by rows and by family, wide tables, and the curve of BIC."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..report import Table, number, table
from .judging import n_parameters

__all__ = ["HEAD", "beside", "grid_rows", "other_rows", "times_part"]

Summary = dict[str, Any]
HEAD = [
    "family",
    "N",
    "cells",
    "× scikit-learn: mean",
    "five rows per parameter",
    "worst",
    "where",
    "over the limit: gaussmix",
    "scikit-learn",
]
HOW = """\
Processor seconds of the default fit beside scikit-learn's default, on clusters drawn by `datasets.random_mixture`,
over N = 100, 1,000, 10,000 and 100,000, D = 2, 5, 20 and 50, K = 2, 5, 10 and 30, where there are 2 K rows. A fit that
did not end within the limit counts with the limit.
"""


def beside(lines: list[Summary]) -> list[Summary]:
    """Return each cell once, with the seconds of both libraries, where both were tried."""
    cells: dict[tuple[Any, ...], dict[str, Summary]] = {}
    for line in lines:
        cells.setdefault((line["kind"], line["N"], line["D"], line["K"], line["family"]), {})[line["arm"]] = (
            line
        )
    found = []
    for (kind, N, D, K, family), arms in cells.items():
        if {"ours", "sklearn"} <= arms.keys():
            ours, theirs = arms["ours"], arms["sklearn"]
            found.append({
                "kind": kind, "N": N, "D": D, "K": K, "family": family, "ours": ours["cpu"], "theirs": theirs["cpu"],
                "over": (ours["over"], theirs["over"]), "ratio": ours["cpu"] / max(theirs["cpu"], 1e-6),
            })  # fmt: skip
    return found


def grid_rows(lines: list[Summary]) -> Table:
    """Return for each family and N the mean and the worst ratio."""
    cells = [cell for cell in beside(lines) if cell["kind"] == "grid"]
    rows = []
    for family in (*dict.fromkeys(cell["family"] for cell in cells), "all"):
        mine = [cell for cell in cells if family in (cell["family"], "all")]
        for N in sorted({cell["N"] for cell in mine}):
            some = [cell for cell in mine if cell["N"] == N]
            worst = max(some, key=lambda cell: cell["ratio"])
            enough = [
                cell for cell in some if cell["N"] >= 5 * n_parameters(cell["D"], cell["K"], cell["family"])
            ]
            more = ">" if worst["over"][0] else ""
            rows.append([
                family, f"{N:,}", str(len(some)), mean_ratio(some), mean_ratio(enough), f"{more}{worst['ratio']:.1f}",
                f"{worst['family']}, D = {worst['D']}, K = {worst['K']}",
                *(str(sum(cell["over"][i] for cell in some)) for i in (0, 1)),
            ])  # fmt: skip
    return rows


def mean_ratio(cells: list[Summary]) -> str:
    """Return the geometric mean of the ratios."""
    return f"{np.exp(np.mean(np.log([cell['ratio'] for cell in cells]))):.2f}" if cells else "–"


def other_rows(lines: list[Summary]) -> Table:
    """Return wide tables and the curves of BIC, a row each."""
    rows = []
    for cell in beside(lines):
        if cell["kind"] != "grid":
            K = f"K = 1 to {cell['K']}" if cell["kind"] == "curve" else f"K = {cell['K']}"
            seconds = [
                ("> " if over else "") + number(value)
                for over, value in zip(cell["over"], (cell["ours"], cell["theirs"]), strict=True)
            ]
            what = f"{cell['N']:,} × {cell['D']}, {cell['family']}, {K}"
            rows.append([what, *seconds, f"{cell['ratio']:.2f}"])
    return rows


def times_part(times: Summary, machine: str) -> list[str]:
    """Return the part of the report about times."""
    head = ["rows × columns", "gaussmix, s", "scikit-learn, s", "ratio"]
    threads = times.get("threads") or "all"
    limit = f"The limit of a fit: {times['limit']:g} s. Threads of the linear algebra: {threads}.\n"
    parts = ["## Times\n", machine, HOW, limit, table(HEAD, grid_rows(times["cells"]))]
    if rows := other_rows(times["cells"]):
        parts += ["Wide tables, many components, and all fits of a curve of BIC:\n", table(head, rows)]
    return parts
