"""Tables of the search's benchmark, on the terminal and in Markdown."""

from __future__ import annotations

from typing import Any

from ..report import Table, number, table
from .methods import method_named

__all__ = [
    "cell_table",
    "goal_rows",
    "goals_text",
    "harder_goals",
    "harder_rows",
    "no_worse",
    "percent",
    "print_cells",
    "print_harder",
    "title_of",
]

Summary = dict[str, Any]

SUCCESS, HELD_OUT = 0.98, 0.95
AS_FAST_AS_ONE = ((2, 5), (2, 10), (5, 10), (20, 10))
"""Cells whose median time is at most that of scikit-learn's single fit; in the others half that of its n_init=10."""


def title_of(name: str) -> str:
    """Return what a method is called in the tables."""
    return method_named(name).title


def percent(share: Summary) -> str:
    """Return a share in percent, with a decimal where it is not whole."""
    return f"{100 * share['count'] / share['of']:.3g} %"


def seconds(found: Summary | None) -> str:
    """Return 10 %, 50 % and 90 % quantiles; in brackets where other work ran at the same time."""
    if found is None:
        return "–"
    text = f"{number(found['low'])} **{number(found['median'])}** {number(found['high'])}"
    return text if found["alone"] else f"({text})"


HEAD = [
    "method", "success", "with 95 % interval", "beats the reference", "held-out rows no worse", "collapsed",
    "failed", "continued", "mean gap", "worst gap", "seconds: 10 % **50 %** 90 %", "passes",
]  # fmt: skip


def cell_rows(cell: Summary) -> Table:
    """Return a row for each method."""
    rows = []
    for name, m in cell["methods"].items():
        low, high = (100 * end for end in m["success"]["interval"])
        gaps = [f"{m['gap'][end]:+.4f}" if m["gap"] else "–" for end in ("mean", "worst")]
        rows.append([
            title_of(name), percent(m["success"]), f"{low:.0f}–{high:.0f} %", percent(m["beaten"]),
            percent(m["held_out"]), percent(m["collapsed"]), str(m["failed"]),
            percent(m["continued"]), *gaps, seconds(m["seconds"]),
            "–" if m["passes"] is None else number(m["passes"]),
        ])  # fmt: skip
    return rows


def cell_title(cell: Summary) -> str:
    """Return what a cell is."""
    first, last = cell["seeds"]
    threads = "1 thread" if cell["threads"] == 1 else f"{cell['threads']} threads"
    size = f"D = {cell['D']}, K = {cell['K']}, N = {cell['N']:,}"
    return f"{size}: {cell['problems']} problems, seeds {first} to {last}, {threads}"


def cell_table(cell: Summary) -> str:
    """Return the table of a cell."""
    return table(HEAD, cell_rows(cell))


def print_cells(cells: list[Summary]) -> None:
    """Print each cell in short."""
    for cell in cells:
        print(f"\n{cell_title(cell)}")
        for name, m in cell["methods"].items():
            time = seconds(m["seconds"]).replace("*", "")
            passes = "" if m["passes"] is None else f"  passes {number(m['passes'])}"
            print(
                f"  {title_of(name):32} success {percent(m['success']):>7}  beaten {percent(m['beaten']):>7}  "
                f"held-out {percent(m['held_out']):>7}  collapsed {m['collapsed']['count']}  failed {m['failed']}  "
                f"s {time}{passes}"
            )
        if "ours" in cell["methods"] and cell["methods"]["ours"]["missed"]:
            print(f"  gaussmix missed seeds {cell['methods']['ours']['missed']}")


def time_goal(cell: Summary) -> list[Any] | None:
    """Return the goal of a cell's time, on the problems that both were timed on: text, measured, reached."""
    one = (cell["D"], cell["K"]) in AS_FAST_AS_ONE
    rival, factor = ("sklearn", 1.0) if one else ("sklearn10", 0.5)
    times = cell.get("beside", {}).get(rival)
    if not times:
        return None
    ratio = times["ours"] / times["theirs"]
    return [
        f"median seconds ÷ {title_of(rival)}",
        f"≤ {factor:g} ×",
        f"{ratio:.2f} ×",
        ratio <= factor,
    ]


def goal_rows(cells: list[Summary]) -> Table:
    """Return the table of goals: cell, what, asked, measured, reached."""
    rows = []
    for cell in cells:
        ours = cell["methods"].get("ours")
        if ours is None:
            continue
        found: list[list[Any]] = []
        for name, what, least in (
            ("success", "success", SUCCESS),
            ("held_out", "held-out rows no worse", HELD_OUT),
        ):
            reached = ours[name]["count"] >= least * ours[name]["of"]
            found.append([what, f"≥ {100 * least:.0f} %", percent(ours[name]), reached])
        if timed := time_goal(cell):
            found.append(timed)
        where = f"({cell['D']}, {cell['K']})"
        rows += [
            [where, what, asked, got, "yes" if reached else "**no**"] for what, asked, got, reached in found
        ]
    return rows


def goals_text(cells: list[Summary]) -> str:
    """Return the goals as lines for the terminal."""
    lines = [f"  {'  '.join(f'{part:<28}' for part in row)}".replace("*", "") for row in goal_rows(cells)]
    return "\n".join(["\nGoals", *lines]) if lines else ""


def harder_rows(cells: list[Summary]) -> Table:
    """Return a row for each kind, cell and method."""
    rows = []
    for cell in cells:
        where = f"{cell['kind']} ({cell['D']}, {cell['K']})"
        for name, m in cell["methods"].items():
            low, high = (100 * end for end in m["success"]["interval"])
            solved = f"{m['success']['count']} of {m['success']['of']}"
            short = "–" if m["short"] is None else f"{m['short']:.4f}"
            held_out = "–" if m["held_out"] is None else f"{m['held_out']:.4f}"
            rows.append([
                where, title_of(name), solved, f"{low:.0f}–{high:.0f} %", short, held_out,
                str(m["collapsed"]), str(m["failed"]), seconds(m["seconds"]),
            ])  # fmt: skip
    return rows


def print_harder(cells: list[Summary]) -> None:
    """Print the table of harder kinds in short."""
    for where, title, success, _, short, held_out, collapsed, failed, time in harder_rows(cells):
        print(
            f"{where:18} {title:26} success {success:>9}  short by {short:>7}  held-out {held_out:>9}  "
            f"collapsed {collapsed:>2}  failed {failed:>2}  s {time.replace('*', '')}"
        )


def no_worse(cell: Summary, rival: str) -> bool | None:
    """Whether gaussmix solves at least as many problems as another method, and is short by no more."""
    ours, theirs = (cell["methods"].get(name) for name in ("ours", rival))
    if not (ours and theirs):
        return None
    if theirs["short"] is None:
        return True
    short = ours["short"] is not None and ours["short"] <= theirs["short"] + 1e-3
    return bool(ours["success"]["count"] >= theirs["success"]["count"] and short)


def harder_goals(cells: list[Summary]) -> str:
    """Return the cells in which gaussmix is worse than another method, as text."""
    worse = [
        f"{cell['kind']} ({cell['D']}, {cell['K']}): {title_of(rival)}"
        for cell in cells
        for rival in ("sklearn10", "mclust")
        if no_worse(cell, rival) is False
    ]
    if not any("ours" in cell["methods"] for cell in cells):
        return "gaussmix with its search has not been run."
    return "No cell is worse." if not worse else f"gaussmix is worse in: {'; '.join(worse)}."
