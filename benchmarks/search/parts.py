"""The parts of the report beside the mixtures drawn at random: harder kinds, real tables, many components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..report import Table, number, table
from .text import harder_goals, harder_rows

__all__ = ["PARTS"]

Summary = dict[str, Any]

HARDER = """\
The good optimum of a problem is the best mean log-likelihood that any of the methods reached without a collapsed
component; problems in which all of them have one are not counted. *Success*: a result without one, at most 1e-3 nats
below it. *Short by*: how far below, the mean over the results without a collapsed component; of the same, the median
of held-out rows.

- elongated: standard deviations along the axes from 0.05 to 3, where the means lie in a cube of side 20;
- nested: pairs with the same mean, one five times as wide as the other;
- unequal: weights from 1 to 100, equally far apart in logarithms;
- tails: t-distributed components with 5 degrees of freedom;
- noise: 20 % of the rows from a uniform box, for which there is one component;
- ties: rows rounded to whole numbers;
- heap: three heaps of 2 (D + 1) nearly equal rows among the training rows.
"""
TABLES = """\
The default fit of each table, family and number of components (1 to 9) beside the log-likelihood that
`mclustBIC(G = 1:9)` of mclust 6.0.0 reports, which is to be reached less 1e-3. Left out are those where mclust ended
with a component of at most D + 1 rows, or with a variance of at most 1e-8 of the rows' own in some direction.
"""
LARGE = """\
scikit-learn's fits run one after another, each with the next seed: the first is its default, the best of the first
five its `n_init=5`, as far as they ended in time. Objective: mean log-likelihood of the rows, nats. The search of
gaussmix looks at some of the rows: its line tells the objective on those until the last iterations, which see all.
"""


def harder_part(cells: list[Summary]) -> list[str]:
    """Return the part about harder kinds."""
    head = [
        "problem (D, K)", "method", "success", "with 95 % interval", "short by", "held-out", "collapsed", "failed",
        "seconds: 10 % **50 %** 90 %",
    ]  # fmt: skip
    about = ", ".join(sorted({f"{c['problems']} problems from seed {c['seeds'][0]}" for c in cells}))
    return [
        "## Harder kinds of problem\n",
        HARDER,
        f"{about}.\n",
        table(head, harder_rows(cells)),
        harder_goals(cells) + "\n",
    ]


def tables_part(groups: list[Summary]) -> list[str]:
    """Return the part about real tables."""
    names = list(dict.fromkeys(g["table"] for g in groups))
    models = list(dict.fromkeys(g["model"] for g in groups))
    found = {(g["table"], g["model"]): g for g in groups}
    rows = [[name, *(reached(found.get((name, model))) for model in models)] for name in names]
    missed = [f"- {g['table']} {g['model']}, K = {K}: {gap:+.4f}" for g in groups for K, gap in g["missed"]]
    total, cases = (sum(g[name] for g in groups) for name in ("reached", "cases"))
    lines = ["## Real tables, beside mclust\n", TABLES, table(["reached (exceeded) of", *models], rows)]
    lines.append(f"{total} of {cases} reached.\n")
    return lines + (
        ["Missed, with the difference in log-likelihood:\n", "\n".join(missed) + "\n"] if missed else []
    )


def reached(group: Summary | None) -> str:
    """Return a cell of the table."""
    return "–" if group is None else f"{group['reached']} ({group['higher']}) of {group['cases']}"


def large_rows(found: Summary) -> Table:
    """Return a row for each method on one set."""
    runs = found["sklearn"]
    ended = [run for run in runs[:5] if "objective" in run]
    lines = [("gaussmix", found["ours"])]
    lines += [("gaussmix, search off", found["off"])] if "off" in found else []
    lines += [("scikit-learn", runs[0])] if runs else []
    if len(ended) > 1:
        best = max(ended, key=lambda run: run["objective"])
        lines.append((f"scikit-learn, n_init={len(ended)}", {**best, "seconds": ended[-1]["seconds"]}))
    return [[f"{found['title']}, N = {found['N']:,}", name, *ending(line)] for name, line in lines]


def ending(line: Summary) -> list[str]:
    """Return objective, seconds and whether a component has collapsed."""
    if "objective" in line:
        return [f"{line['objective']:.5f}", number(line["seconds"]), "yes" if line["collapsed"] else "no"]
    reached = f"{line['points'][-1][1]:.5f}" if line["points"] else "–"
    return [reached, f"stopped at {number(line['seconds'])}", "–"]


def large_part(sets: list[Summary]) -> list[str]:
    """Return the part about many components."""
    head = ["rows", "method", "objective", "seconds", "collapsed"]
    rows = [row for found in sets for row in large_rows(found)]
    picture = "![Objective against time](search_large.png)\n"
    return ["## Many components on real rows\n", LARGE, table(head, rows), picture]


PARTS: dict[str, Callable[[list[Summary]], list[str]]] = {
    "harder": harder_part, "tables": tables_part, "large": large_part,
}  # fmt: skip
