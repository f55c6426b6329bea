"""gaussmix beside itself and beside the machine: precision, threads, the rate of products, memory, growth."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .measure import OURS, Plan, summary, time_of
from .registry import PEERS
from .session import Session
from .workloads import Workload, drawn, save_problem

__all__ = ["growth", "itself", "probabilities"]

GEMM_SIZE = 2048
GROWTH = {
    "N": [(N, 8, 8) for N in (10_000, 30_000, 100_000, 300_000, 1_000_000)],
    "K": [(100_000, 8, K) for K in (2, 4, 8, 16, 32, 64)],
    "D": [(100_000, D, 8) for D in (2, 4, 8, 16, 32, 64)],
}
"""Series of (N, D, K) in which one of them grows."""


def pass_flops(N: int, D: int, K: int, family: str) -> float:
    """Return the operations that are counted for one pass."""
    return float(N * K * (7 * D if family == "diag" else 2 * D * (D + 1) + 4 * D))


def itself(path: Path, workload: dict[str, Any], iterations: int, plan: Plan, rounds: int) -> dict[str, Any]:
    """Measure float64, float32, one thread and the default floor in turn, each round with products of matrices."""
    variants = {
        "float64": Session(OURS, plan.timeout),
        "float32": Session(OURS, plan.timeout),
        "one thread": Session(OURS, plan.timeout, threads=1),
        "default floor": Session(OURS, plan.timeout, environment={"GAUSSMIX_REG_COVAR": "auto"}),
    }
    with ExitStack() as stack:
        for name, session in variants.items():
            stack.enter_context(session)
            dtype = "float32" if name == "float32" else "float64"
            about = session.ask("load", path=str(path), dtype=dtype)
        peak = variants["float64"].ask("fit", iterations=2)["peak_mb"]
        passes, whole = iterations if workload["whole"] else min(iterations - 1, 5), workload["whole"]
        seconds: dict[str, list[float]] = {name: [] for name in variants}
        gemm: dict[str, list[float]] = {"float64": [], "float32": [], "one thread": []}
        for _ in range(rounds):
            for name, session in variants.items():
                seconds[name].append(time_of(session, passes, whole)[0])
            for name in gemm:
                dtype = "float32" if name == "float32" else "float64"
                gemm[name].append(variants[name].ask("gemm", size=GEMM_SIZE, dtype=dtype)["gflops"])
    shape = {name: workload[name] for name in ("N", "D", "K", "family")}
    return {
        "kernel": about.get("kernel"), "peak_mb": peak,
        "ms": {n: summary([1e3 * s for s in v]) for n, v in seconds.items()},
        "gemm_gflops": {n: summary(v) for n, v in gemm.items()}, "pass_flops": pass_flops(**shape),
    }  # fmt: skip


def probabilities(path: Path, plan: Plan, pairs: int) -> dict[str, Any]:
    """Time predict_proba beside scikit-learn's, in turn."""
    sklearn = next(peer for peer in PEERS if peer.name == "sklearn")
    with Session(OURS, plan.timeout) as ours, Session(sklearn, plan.timeout) as theirs:
        for session in (ours, theirs):
            session.ask("load", path=str(path), dtype="float64")
            session.ask("fit", iterations=1)
        found = [(ours.ask("proba")["seconds"], theirs.ask("proba")["seconds"]) for _ in range(pairs)]
    return {
        "ours_ms": summary([1e3 * a for a, _ in found]), "sklearn_ms": summary([1e3 * b for _, b in found]),
        "ratio": summary([b / a for a, b in found]),
    }  # fmt: skip


def growth(plan: Plan, rounds: int) -> dict[str, Any]:
    """Time passes as N, K and D grow, and fit the slope of each line in logarithms."""
    result = {}
    with tempfile.TemporaryDirectory() as folder, Session(OURS, plan.timeout) as session:
        path = Path(folder) / "problem.npz"
        for letter, series in GROWTH.items():
            points = []
            for N, D, K in series:
                workload = Workload("growth", K, partial(drawn, N, D, K))
                save_problem(path, workload.rows(), workload)
                session.ask("load", path=str(path), dtype="float64")
                found = summary([time_of(session, 5, whole=False)[0] for _ in range(rounds)])
                points.append({"N": N, "D": D, "K": K, "ms": 1e3 * found["median"]})
            x, y = (np.log([p[name] for p in points]) for name in (letter, "ms"))
            result[letter] = {"points": points, "slope": float(np.polyfit(x, y, 1)[0])}
            result[letter]["last_slope"] = float((y[-1] - y[-2]) / (x[-1] - x[-2]))
    return result
