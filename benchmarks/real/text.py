"""Tables of the benchmark on real tables, on the terminal and in Markdown."""

from __future__ import annotations

from typing import Any

from ..report import Table, number, table
from .arms import ARMS
from .measure import Outcome
from .summary import calibration, cell_of, cells_of

__all__ = [
    "calibration_rows",
    "cell_rows",
    "cell_table",
    "lined",
    "print_summary",
    "title_of",
]

Summary = dict[str, Any]


def title_of(name: str) -> str:
    """Return what an arm is called."""
    return ARMS[name].title if name in ARMS else name


def percent(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def times(ratio: Summary | None) -> str:
    """Return a ratio of times: its geometric mean and 90 % quantile."""
    return "–" if ratio is None else f"{ratio['mean']:.2f} ({ratio['high']:.1f})"


def cell_rows(cells: list[Summary], supported: bool) -> Table:
    """Return a row for each family, band of K and arm."""
    rows = []
    for cell in (c for c in cells if c["supported"] == supported):
        for name, found in cell["arms"].items():
            gap = "–" if found["gap"] is None else f"{found['gap']:.2f}"
            rows.append([
                f"{cell['family']}, K = {cell['band']}", title_of(name), str(cell["tasks"]), str(found["fits"]),
                percent(found["reached"], found["fits"]), percent(found["after"], found["fits"]),
                percent(found["unsound"], found["fits"]), gap,
                "–" if found["cpu"] is None else number(found["cpu"]), times(cell["ratios"].get(name)),
            ])  # fmt: skip
    return rows


HEAD = [
    "family and K", "fit", "tables and K", "fits", "reached", "with our EM after", "unsound", "short by, nats",
    "seconds", "× scikit-learn: mean (90 %)",
]  # fmt: skip


def cell_table(cells: list[Summary], supported: bool) -> str:
    """Return the table of families and bands."""
    return table(HEAD, cell_rows(cells, supported))


def calibration_rows(lines: list[Outcome], arms: list[str]) -> Table:
    """Return for each arm that searches how often its clear and its doubtful answers were below the reference."""
    rows = []
    for arm in arms:
        for supported in (True, False):
            some = [line for line in lines if line["supported"] == supported]
            found = calibration(some, arm)
            if found["clear"]["answers"] + found["doubtful"]["answers"]:
                counts = [f"{percent(c['below'], c['answers'])} of {c['answers']}" for c in found.values()]
                rows.append([title_of(arm), "five and more" if supported else "fewer", *counts])
    return rows


def print_summary(lines: list[Outcome], arms: list[str], brief: bool = False) -> None:
    """Print counts by family and band, over all, and the calibration."""
    for supported in (True, False):
        rows = cell_rows(cells_of(lines, arms), supported)
        some = [line for line in lines if line["supported"] == supported]
        if not rows:
            continue
        print(f"\n{'Five rows per parameter' if supported else 'Fewer than five rows per parameter'}")
        print(lined([HEAD, *([] if brief else rows), *all_rows(some, arms)]))
    print(
        "\nBelow the reference:\n"
        + lined([["fit", "rows per parameter", "clear", "doubtful"], *calibration_rows(lines, arms)])
    )


def all_rows(lines: list[Outcome], arms: list[str]) -> Table:
    """Return a row for each arm over all families and K."""
    cell = {"family": "all", "band": "all", "supported": True, **cell_of(lines, arms)}
    return cell_rows([cell], True)


def lined(rows: Table) -> str:
    """Return rows with their columns under each other."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows
    )
