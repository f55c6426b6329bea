"""From outcomes to numbers: success, held-out rows and times of each method in each cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from .methods import METHODS, REFERENCE
from .outcome import Outcome

__all__ = ["NEAR", "harder_of", "summary_of", "wilson"]

NEAR, HELD_OUT = 1e-3, 5e-3
"""Nats a row: what counts as the same optimum, and how much worse held-out rows may be."""

Summary = dict[str, Any]
Problems = list[dict[str, Outcome]]


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson, 1927)."""
    p, scale = successes / n, 1 + z * z / n
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale
    centre = (p + z * z / (2 * n)) / scale
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def by_problem(outcomes: Iterable[Outcome]) -> dict[tuple[str, int, int], Problems]:
    """Return, for each kind and cell, a dictionary of outcomes by method for each problem."""
    cells: dict[Any, dict[int, dict[str, Outcome]]] = defaultdict(lambda: defaultdict(dict))
    for o in outcomes:
        cells[o["kind"], o["D"], o["K"]][o["seed"]][o["method"]] = o
    return {cell: [found for _, found in sorted(problems.items())] for cell, problems in cells.items()}


def seconds_of(found: list[Outcome]) -> Summary | None:
    """Return quantiles of seconds; of those alone that were measured in one process, where there are any."""
    usable = [o["seconds"] for o in found if o["status"] == "ok" and o["alone"]]
    alone = bool(usable)
    usable = usable or [o["seconds"] for o in found if o["status"] == "ok"]
    if not usable:
        return None
    low, median, high = np.quantile(usable, [0.1, 0.5, 0.9])
    return {"low": float(low), "median": float(median), "high": float(high), "alone": alone}


def median_of(found: list[Outcome], name: str) -> float | None:
    """Return the median of a number, where it is known."""
    values = [o[name] for o in found if o["status"] == "ok" and o.get(name) is not None]
    return float(np.median(values)) if values else None


def share(flags: list[bool]) -> Summary:
    """Return a count and its interval."""
    return {"count": sum(flags), "of": len(flags), "interval": wilson(sum(flags), len(flags))}


def one_method(problems: Problems, name: str) -> Summary | None:
    """Return how a method does beside the reference, on those problems that have both."""
    pairs = [
        (p[name], p[REFERENCE]) for p in problems if name in p and p.get(REFERENCE, {}).get("status") == "ok"
    ]
    if not pairs:
        return None
    ok = [(o, r) for o, r in pairs if o["status"] == "ok"]

    def counted(test: Any) -> Summary:
        return share([o["status"] == "ok" and bool(test(o, r)) for o, r in pairs])

    tight = {p[REFERENCE]["seed"]: p["tight"] for p in problems if p.get("tight", {}).get("status") == "ok"}
    gaps = [o["train"] - r["train"] for o, r in ok]
    return {
        "success": counted(lambda o, r: o["train"] >= r["train"] - NEAR),
        "against_tight": counted(lambda o, r: o["train"] >= tight.get(o["seed"], r)["train"] - NEAR),
        "continued": counted(lambda o, r: o.get("continued", o["train"]) >= r["train"] - NEAR),
        "beaten": counted(lambda o, r: o["train"] > r["train"] + NEAR),
        "held_out": counted(lambda o, r: o["held_out"] >= r["held_out"] - HELD_OUT),
        "collapsed": counted(lambda o, r: o["collapsed"]),
        "converged": counted(lambda o, r: o["converged"]),
        "failed": len(pairs) - len(ok),
        "gap": {"mean": float(np.mean(gaps)), "worst": float(min(gaps))} if gaps else None,
        "seconds": seconds_of([o for o, _ in pairs]),
        "passes": median_of([o for o, _ in pairs], "passes"),
        "missed": [o["seed"] for o, r in pairs if o["status"] != "ok" or o["train"] < r["train"] - NEAR],
    }  # fmt: skip


def names_in(problems: Problems) -> list[str]:
    """Return the methods that have outcomes, in their order."""
    return [method.name for method in METHODS if any(method.name in p for p in problems)]


def summary_of(outcomes: Iterable[Outcome]) -> list[Summary]:
    """Return the cells of random mixtures, in order."""
    cells = []
    for (kind, D, K), problems in sorted(by_problem(outcomes).items()):
        if kind == "random":
            methods = {name: one_method(problems, name) for name in names_in(problems)}
            beside = {name: times_beside(problems, name) for name in methods if name != "ours"}
            cells.append({
                **facts(problems), "D": D, "K": K, "methods": {n: m for n, m in methods.items() if m},
                "beside": {n: times for n, times in beside.items() if times},
            })  # fmt: skip
    return cells


def times_beside(problems: Problems, rival: str) -> Summary | None:
    """Return the median seconds of gaussmix and of another method, on those problems that both were timed on."""
    both = [(p["ours"], p[rival]) for p in problems if "ours" in p and rival in p]
    timed = [
        (o["seconds"], r["seconds"]) for o, r in both
        if o["status"] == r["status"] == "ok" and o["alone"] and r["alone"]
    ]  # fmt: skip
    if not timed:
        return None
    ours, theirs = np.median(timed, axis=0)
    return {"ours": float(ours), "theirs": float(theirs), "problems": len(timed)}


def facts(problems: Problems) -> Summary:
    """Return what is the same for all methods of a cell."""
    some = [o for p in problems for o in p.values()]
    seeds = sorted({o["seed"] for o in some})
    return {
        "problems": len(problems), "N": some[0]["N"], "seeds": [seeds[0], seeds[-1]],
        "threads": max(o["threads"] for o in some),
    }  # fmt: skip


def good_optimum(found: dict[str, Outcome]) -> float | None:
    """Return the best mean log-likelihood of any method without a collapsed component."""
    sound = [o["train"] for o in found.values() if o["status"] == "ok" and not o["collapsed"]]
    return max(sound, default=None)


def harder_of(outcomes: Iterable[Outcome]) -> list[Summary]:
    """Return the harder kinds: there the best of all methods stands for the optimum."""
    cells = []
    for (kind, D, K), problems in by_problem(outcomes).items():
        if kind != "random":
            methods = {name: one_harder(problems, name) for name in names_in(problems)}
            cells.append(
                {
                    **facts(problems),
                    "kind": kind,
                    "D": D,
                    "K": K,
                    "methods": {n: m for n, m in methods.items() if m},
                }
            )
    return cells


def one_harder(problems: Problems, name: str) -> Summary | None:
    """Return how a method does beside the best one; a result with a collapsed component is none."""
    pairs = [(p[name], best) for p in problems if name in p and (best := good_optimum(p)) is not None]
    if not pairs:
        return None
    sound = [(o, best) for o, best in pairs if o["status"] == "ok" and not o["collapsed"]]
    short = [best - o["train"] for o, best in sound]
    return {
        "success": share([o["status"] == "ok" and not o["collapsed"] and o["train"] >= b - NEAR for o, b in pairs]),
        "collapsed": sum(o["status"] == "ok" and o["collapsed"] for o, _ in pairs),
        "failed": sum(o["status"] != "ok" for o, _ in pairs),
        "short": float(np.mean(short)) if short else None,
        "held_out": median_of([o for o, _ in sound], "held_out"),
        "seconds": seconds_of([o for o, _ in pairs]),
        "missed": [o["seed"] for o, b in pairs if o["status"] != "ok" or o["collapsed"] or o["train"] < b - NEAR],
    }  # fmt: skip
