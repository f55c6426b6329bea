"""Counts over outcomes: how many reached the reference, at what cost, and how right the search's verdicts are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from .judging import FAMILIES, reached
from .measure import Outcome
from .store import Reference
from .table import key_of

__all__ = ["BANDS", "band_of", "calibration", "cells_of", "judged_by", "ratio_of", "success_of"]

BANDS = ("2–3", "4–5", "6–")
Summary = dict[str, Any]


def band_of(K: int) -> str:
    """Return the band of a number of components, at least two."""
    return BANDS[0] if K <= 3 else BANDS[1] if K <= 5 else BANDS[2]


def judged_by(lines: Iterable[Outcome], references: dict[str, Reference]) -> list[Outcome]:
    """Return the outcomes of several components that have a reference, with their gap and whether they reached it."""
    found = []
    for line in lines:
        reference = references.get(key_of(line["table"], line["family"], line["K"]))
        if line["K"] < 2 or reference is None or reference.log_likelihood is None:
            continue
        best, N = reference.log_likelihood, line["N"]
        if "failed" in line:
            found.append({**line, "gap": None, "reached": False, "sound": False})
            continue
        near = line["sound"] and reached(line["log_likelihood"], best, N)
        after = line.get("continued_sound") and reached(line["continued"], best, N)
        found.append(
            {**line, "gap": best - line["log_likelihood"], "reached": near, "near_after": bool(near or after)}
        )
    return found


def success_of(lines: list[Outcome]) -> Summary:
    """Return counts of the outcomes of one arm."""
    gaps = [line["gap"] for line in lines if line["gap"] is not None and line["sound"]]
    cpu = [line["cpu"] for line in lines if "cpu" in line]
    ari = [line["ari"] for line in lines if "ari" in line]
    return {
        "fits": len(lines), "reached": sum(line["reached"] for line in lines),
        "after": sum(line.get("near_after", line["reached"]) for line in lines),
        "unsound": sum(not line["sound"] for line in lines),
        "gap": float(np.mean(np.maximum(gaps, 0))) if gaps else None,
        "worst": float(max(gaps)) if gaps else None,
        "cpu": float(np.exp(np.mean(np.log(np.maximum(cpu, 1e-6))))) if cpu else None,
        "total": float(np.sum(cpu)), "ari": float(np.mean(ari)) if ari else None,
    }  # fmt: skip


def times_by_task(lines: Iterable[Outcome], arm: str) -> dict[tuple[Any, ...], float]:
    """Return the median processor time of an arm for each task, over the seeds."""
    times: dict[tuple[Any, ...], list[float]] = defaultdict(list)
    for line in lines:
        if line["arm"] == arm and "cpu" in line:
            times[line["table"], line["family"], line["K"]].append(line["cpu"])
    return {task: float(np.median(found)) for task, found in times.items()}


def ratio_of(lines: list[Outcome], arm: str, rival: str = "sklearn") -> Summary | None:
    """Return how many times as long as another an arm takes: geometric mean, median, 90 % quantile and largest."""
    mine, theirs = times_by_task(lines, arm), times_by_task(lines, rival)
    both = [mine[task] / max(theirs[task], 1e-6) for task in mine if task in theirs]
    if not both:
        return None
    return {
        "tasks": len(both), "mean": float(np.exp(np.mean(np.log(both)))), "median": float(np.median(both)),
        "high": float(np.quantile(both, 0.9)), "most": float(max(both)),
    }  # fmt: skip


def calibration(lines: Iterable[Outcome], arm: str) -> Summary:
    """Return of clear answers, and of doubtful ones, how many are farther below the reference than reached."""
    mine = [line for line in lines if line["arm"] == arm and "clear" in line]
    return {
        name: {"answers": len(some), "below": sum(not line["reached"] for line in some)}
        for name, some in (
            ("clear", [line for line in mine if line["clear"]]),
            ("doubtful", [line for line in mine if not line["clear"]]),
        )
    }


def cells_of(lines: list[Outcome], arms: list[str]) -> list[Summary]:
    """Return for each family and band of K what each arm did, of supported tasks and of the others."""
    cells = []
    families = [family for family in FAMILIES if any(line["family"] == family for line in lines)]
    for supported in (True, False):
        for family in families:
            for band in BANDS:
                some = [
                    line for line in lines
                    if line["family"] == family and band_of(line["K"]) == band and line["supported"] == supported
                ]  # fmt: skip
                if some:
                    cells.append(
                        {"supported": supported, "family": family, "band": band, **cell_of(some, arms)}
                    )
    return cells


def cell_of(lines: list[Outcome], arms: list[str]) -> Summary:
    """Return what each arm did on the same tasks."""
    by_arm = {arm: [line for line in lines if line["arm"] == arm] for arm in arms}
    return {
        "tasks": len({(line["table"], line["K"]) for line in lines}),
        "arms": {arm: success_of(some) for arm, some in by_arm.items() if some},
        "ratios": {arm: ratio for arm, some in by_arm.items() if some and (ratio := ratio_of(lines, arm))},
        "calibration": {
            arm: calibration(some, arm) for arm, some in by_arm.items() if some and "clear" in some[0]
        },
    }
