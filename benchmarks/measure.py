"""Pairs of measurements: a library and gaussmix in turn, on the same rows, from the same start."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .registry import Peer
from .session import MOST_MEMORY, PeerError, Session, TimeoutPeerError, total_memory

__all__ = ["OURS", "Ours", "Plan", "compare", "summary", "time_of"]

OURS = Peer("gaussmix", "gaussmix", "gaussmix")
SHORTEST = 0.03
"""Seconds: what takes less is repeated."""
TRIAL_SHARE, TRIAL_ROWS = 20, 5000
"""A trial fit takes one row in this many, but at least this many rows."""
TRIAL_ITERATIONS = 2
ROWS_OF_A_COMPONENT = {"full": 20, "diag": 4}
"""For each column, so that no covariance of a trial is singular."""


@dataclass(frozen=True)
class Plan:
    """How much to measure."""

    pairs: int = 7
    budget: float = 6.0
    timeout: float = 90.0
    least: dict[str, int] = field(default_factory=lambda: {"sklearn": 3, "daal4py": 5})

    def least_pairs(self, peer: Peer) -> int:
        """The pairs that are measured however long they take."""
        return min(self.pairs, self.least.get(peer.name, 1))

    def patience(self, peer: Peer) -> float:
        """Seconds that one measurement may take: twice as many for those that are to be measured in any case."""
        return self.timeout * (2 if peer.name in self.least else 1)


class Ours:
    """gaussmix's workers for one workload, started when they are first needed."""

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path, self.plan = str(path), plan
        self.sessions: dict[tuple[str, int | None], Session] = {}

    def session(self, dtype: str, rows: int | None = None) -> Session:
        """Return the worker that has loaded these rows."""
        if (dtype, rows) not in self.sessions:
            session = Session(OURS, self.plan.timeout)
            session.ask("load", path=self.path, dtype=dtype, rows=rows)
            self.sessions[dtype, rows] = session
        return self.sessions[dtype, rows]

    def close(self) -> None:
        """End the workers."""
        for session in self.sessions.values():
            session.close()


def summary(values: list[float]) -> dict[str, float]:
    """Return the smallest, the median and the largest."""
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def fits(session: Session, iterations: int, shortest: float = SHORTEST) -> dict[str, Any]:
    """Time a fit, as often as it takes to last a while, and return the mean."""
    answer = session.ask("fit", iterations=iterations)
    repeat = min(100, int(shortest / max(answer["seconds"], 1e-6)))
    return session.ask("fit", iterations=iterations, repeat=repeat) if repeat > 1 else answer


def time_of(
    session: Session, passes: int, whole: bool, base: dict[str, Any] | None = None
) -> tuple[float, str]:
    """Return the seconds of a whole fit, or of one pass, and how they were found.

    A pass is the difference of two fits, of 1 and ``1 + passes`` iterations; ``base`` is the shorter, if known.
    """
    if whole:
        return fits(session, passes)["seconds"], "whole fit"
    short = base or fits(session, 1)
    long = fits(session, 1 + passes)
    made = long["iterations"] - short["iterations"]
    if made > 0 and long["seconds"] > short["seconds"]:
        return (long["seconds"] - short["seconds"]) / made, "difference of two fits"
    return long["seconds"] / max(1, long["iterations"]), "whole fit divided by its iterations"


def gap(theirs: float, ours: float) -> float:
    """Return how far two objectives are apart, relative to their size."""
    return abs(theirs - ours) / max(1.0, abs(ours))


def trial(peer: Peer, theirs: Session, ours: Ours, workload: dict[str, Any]) -> dict[str, float]:
    """Fit some of the rows: find the time and memory to expect for all, and whether the objective agrees."""
    N = workload["N"]
    enough = ROWS_OF_A_COMPONENT[workload["family"]] * workload["K"] * workload["D"]
    rows = min(N, max(TRIAL_ROWS, N // TRIAL_SHARE, enough))
    theirs.ask("load", path=ours.path, dtype=peer.dtype, rows=rows)
    short = theirs.ask("fit", iterations=1)
    long = theirs.ask("fit", iterations=TRIAL_ITERATIONS)
    scale = N / rows
    seconds = max(long["seconds"] - short["seconds"], 0.0) / max(1, long["iterations"] - short["iterations"])
    mirror = ours.session(peer.dtype, rows)
    if own_start := theirs.ask("start"):
        mirror.ask("restart", **own_start)
    mirror.ask("fit", iterations=long["iterations"])
    apart = gap(theirs.ask("objective")["objective"], mirror.ask("objective")["objective"])
    if own_start:
        mirror.close()
        del ours.sessions[peer.dtype, rows]
    first = short["seconds"] + 1.5 * (scale - 1) * seconds
    memory = scale * long["peak_mb"] * 2**20
    return {
        "pass": scale * seconds,
        "first": first,
        "memory": memory,
        "apart": apart,
        "own_start": bool(own_start),
    }


def too_much(peer: Peer, expected: dict[str, float], plan: Plan) -> str:
    """Return why a library is left out, or nothing; those of ``plan.least`` may take long as a whole."""
    if expected["first"] + expected["pass"] > plan.patience(peer):
        return f"a fit would take more than {plan.patience(peer):.0f} s"
    if peer.name not in plan.least and 2 * expected["first"] + expected["pass"] > plan.timeout:
        return f"a pair would take more than {plan.timeout:.0f} s"
    if expected["memory"] > 0.8 * MOST_MEMORY * total_memory():
        return f"a fit would take about {expected['memory'] / 2**30:.0f} GiB"
    return ""


def pairs_of(
    peer: Peer, theirs: Session, ours: Session, passes: int, base: dict[str, Any] | None, plan: Plan
) -> dict[str, list[Any]]:
    """Measure the two in turn until the budget is spent; ``base`` is a fit of one iteration, none for whole fits."""
    whole, once = base is None, base is not None and base["seconds"] > 1.0
    found: dict[str, list[Any]] = {"ours": [], "theirs": [], "method": []}
    began = time.monotonic()
    while len(found["ours"]) < plan.pairs:
        if len(found["ours"]) >= plan.least_pairs(peer) and time.monotonic() - began > plan.budget:
            break
        found["ours"].append(time_of(ours, passes, whole)[0])
        seconds, method = time_of(theirs, passes, whole, base if once else None)
        found["theirs"].append(seconds)
        found["method"].append(method)
    return found


def compare(peer: Peer, workload: dict[str, Any], iterations: int, ours: Ours, plan: Plan) -> dict[str, Any]:
    """Return what became of one library on one workload."""
    if workload["family"] not in peer.families:
        return {"status": "absent", "reason": f"it has no {workload['family']} covariances"}
    try:
        with Session(peer, plan.patience(peer)) as theirs:
            return _compare(peer, workload, iterations, theirs, ours, plan)
    except TimeoutPeerError as error:
        return {"status": "cut off", "reason": str(error)}
    except PeerError as error:
        return {"status": "failed", "reason": str(error)}


def _compare(
    peer: Peer, workload: dict[str, Any], iterations: int, theirs: Session, ours: Ours, plan: Plan
) -> dict[str, Any]:
    expected = trial(peer, theirs, ours, workload)
    if reason := too_much(peer, expected, plan):
        return {"status": "left out", "reason": reason, "expected_ms": 1e3 * expected["pass"]}
    about = theirs.ask("load", path=ours.path, dtype=peer.dtype)
    whole = workload["whole"]
    passes = iterations if whole else round(plan.budget / 4 / max(expected["pass"], 1e-6))
    passes = passes if whole else min(iterations - 1, max(1, passes))
    mine = ours.session(peer.dtype)
    base = fits(theirs, 1)
    found = pairs_of(peer, theirs, mine, passes, None if whole else base, plan)
    apart = expected["apart"]
    if not expected["own_start"]:
        reached = theirs.ask("objective")
        mine.ask("fit", iterations=reached["iterations"])
        apart = max(apart, gap(reached["objective"], mine.ask("objective")["objective"]))
    return {
        "status": "measured", "agrees": apart <= peer.precision, "apart": apart, "own_start": expected["own_start"],
        "version": about["version"], "threads": about["threads"], "dtype": peer.dtype, "pairs": len(found["ours"]),
        "passes": passes, "method": found["method"][-1], "peak_mb": None if peer.outside else base["peak_mb"],
        "ms": summary([1e3 * s for s in found["theirs"]]), "ours_ms": summary([1e3 * s for s in found["ours"]]),
        "ratio": summary([b / a for a, b in zip(found["ours"], found["theirs"], strict=True)]),
    }  # fmt: skip
