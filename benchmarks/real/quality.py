"""Rows left out of the fit, and classes: each fit beside others on the same tasks, by family."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from ..report import Table
from .judging import FAMILIES
from .measure import Outcome
from .table import HALVES
from .text import percent, title_of

__all__ = [
    "BELOW",
    "CLASSES",
    "HELD_OUT",
    "JUDGES",
    "below_rows",
    "class_rows",
    "gain_cells",
    "held_out_rows",
    "scores",
]

Task: TypeAlias = tuple[Any, ...]
LOSS = 0.01
"""Nats a row by which a mixture may be below another and still is no worse."""
MOST = 1.0
"""A single far row that is left out may make a difference of thousands of nats a row."""
HELD_OUT = [
    "family",
    "fit",
    "tasks",
    "no worse",
    "gain, nats a row: 10 %, 50 %, 90 %",
    "mean",
    "limited to ± 1",
]
NEAR = 0.5
"""Nats in all by which a log-likelihood may be below another and still is as good."""
BELOW = ["rows per parameter", "fit", *(family for family in FAMILIES if "tied-" not in family), "all"]
JUDGES = ["rule", *(f"{name}: {half}" for name in ("no worse", "gain", "index") for half in HALVES)]
CLASSES = ["rows per parameter", "fit", *FAMILIES]


def scores(lines: list[Outcome], measure: str) -> dict[Task, dict[str, float]]:
    """Return the measure of each arm by task and seed; a fit that failed has none."""
    found: dict[Task, dict[str, float]] = {}
    for line in (line for line in lines if measure in line):
        task = line["family"], line["table"], line["K"], line["seed"], line["supported"]
        found.setdefault(task, {})[line["arm"]] = line[measure]
    return found


def held_out_rows(lines: list[Outcome], arms: list[str], rival: str = "sklearn10") -> Table:
    """Return for each family and arm how its log-likelihood of rows left out stands to another arm's."""
    found, rows = scores(lines, "held_out"), []
    for family in (*FAMILIES, "all"):
        for arm in (arm for arm in arms if arm != rival):
            gains = [
                both[arm] - both[rival] for task, both in found.items()
                if family in (task[0], "all") and arm in both and rival in both
            ]  # fmt: skip
            if gains:
                rows.append([family, title_of(arm), *gain_cells(np.array(gains))])
    return rows


def gain_cells(gains: np.ndarray) -> list[str]:
    """Return the number of gains, how many are no loss, their quantiles, and their mean as it is and limited."""
    quantiles = " ".join(f"{gain:+.3f}" for gain in np.quantile(gains, [0.1, 0.5, 0.9]))
    no_worse = percent(int((gains >= -LOSS).sum()), len(gains))
    limited = np.clip(gains, -MOST, MOST).mean()
    return [str(len(gains)), no_worse, quantiles, f"{gains.mean():+.3f}", f"{limited:+.3f}"]


def class_rows(lines: list[Outcome], arms: list[str]) -> Table:
    """Return the mean adjusted Rand index of each arm and family, on the tasks of which every arm has a mixture."""
    rows = []
    for text, least in (("all", False), ("five and more", True)):
        some = [line for line in lines if line["supported"] or not least]
        common = [common_scores(some, family) for family in FAMILIES]
        rows.append([text, "tasks", *(str(len({task[:3] for task in found})) for found in common)])
        rows += [[text, title_of(arm), *(mean_cell(found, arm) for found in common)] for arm in arms]
    return rows


def common_scores(lines: list[Outcome], family: str) -> dict[Task, dict[str, float]]:
    """Return the indices of the tasks of a family that all arms of the family have fitted."""
    some = [line for line in lines if line["family"] == family]
    arms = {line["arm"] for line in some}
    return {task: found for task, found in scores(some, "ari").items() if arms <= found.keys()}


def mean_cell(found: dict[Task, dict[str, float]], arm: str) -> str:
    """Return the mean of an arm."""
    values = [each[arm] for each in found.values() if arm in each]
    return f"{np.mean(values):.3f}" if values else "–"


def below_rows(lines: list[Outcome], arms: list[str], rival: str = "sklearn10") -> Table:
    """Return for each arm of ours the share of tasks in which it is below another arm whose mixture is sound."""
    rows = []
    sound = {
        task_of(line): line["log_likelihood"] for line in lines if line["arm"] == rival and line["sound"]
    }
    for text, supported in (("five and more", True), ("fewer", False)):
        for arm in arms:
            mine = [
                (line["family"], line.get("log_likelihood", -np.inf) < sound[task_of(line)] - NEAR) for line in lines
                if line["arm"] == arm and line["supported"] == supported and task_of(line) in sound
            ]  # fmt: skip
            groups = [[below for family, below in mine if name in (family, "all")] for name in BELOW[2:]]
            cells = [f"{percent(sum(group), len(group))} of {len(group)}" for group in groups]
            rows.append([text, title_of(arm), *cells])
    return rows


def task_of(line: Outcome) -> Task:
    """Return what tells the task and seed of an outcome from others."""
    return line["family"], line["table"], line["K"], line["seed"]
