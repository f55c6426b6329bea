"""The process that runs one library: it loads a problem once, then fits it as often as it is asked to.

It is started as ``python worker.py peers/<library>.py`` by the Python of that library's environment, so it imports
nothing of this project, only NumPy. It reads one request a line (JSON) and writes one answer a line. Only the call
of the library's fit is timed: neither the start of the process, nor reading the data, nor bringing them into the
library's own type.

A peer's file defines

``open(problem) -> state``
    Everything that is not timed. ``problem`` has the arrays X (N, D), weights (K,), means (K, D), covariances and
    precisions ((K, D, D) or (K, D)), and the text ``family`` ("full" or "diag").
``fit(state, iterations) -> model``
    What is timed.
``iterations(state, model) -> int``
    The EM iterations that it really made.
``parameters(state, model) -> weights, means, covariances``
    For the check that it did what the others did.
``describe() -> dict``
    ``version`` and ``threads``.

and may define ``seconds(state, model)``, where the call alone is timed inside ``fit``; ``start(state)``, the
parameters that a library starts from which takes none; and ``proba(state, model)``, the responsibilities of all rows.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

WARM_UP_ROWS = 2000
CHECK_ROWS = 50_000


def load_peer(path: str) -> ModuleType:
    """Import a peer's file under a name that cannot hide the library's own."""
    spec = importlib.util.spec_from_file_location("_peer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shared_library(source: Path, options: list[str]) -> ctypes.CDLL:
    """Compile a C++ file for this processor, unless that has been done, and open it."""
    folder = Path(os.environ.get("GAUSSMIX_PEERS", source.parent.parent / ".peers"))
    path = folder / f"{source.stem}.so"
    if not path.exists() or path.stat().st_mtime < source.stat().st_mtime:
        flags = ["-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", "-DARMA_NO_DEBUG"]
        draft = path.with_suffix(f".{os.getpid()}")
        subprocess.run(["g++", *flags, str(source), "-o", str(draft), *options], check=True, timeout=300)
        draft.replace(path)
    return ctypes.CDLL(str(path))


def read_problem(path: str, dtype: str) -> SimpleNamespace:
    """Read the arrays of a problem; the start stays float64."""
    with np.load(path) as arrays:
        problem = SimpleNamespace(**{name: arrays[name] for name in arrays.files})
    problem.family = "diag" if problem.covariances.ndim == 2 else "full"
    problem.X = np.ascontiguousarray(problem.X, dtype=dtype)
    problem.precisions = inverse(problem.covariances)
    return problem


def inverse(covariances: np.ndarray) -> np.ndarray:
    """Return the precisions of full (K, D, D) or diagonal (K, D) covariances."""
    return 1 / covariances if covariances.ndim == 2 else np.linalg.inv(covariances)


def mean_log_likelihood(X: np.ndarray, weights: Any, means: Any, covariances: Any) -> float:
    """Return the mean log-likelihood of rows, in float64, by the definition."""
    X, means, covariances = (np.asarray(a, dtype=float) for a in (X, means, covariances))
    K, D = means.shape
    log_p = np.empty((len(X), K))
    for k in range(K):
        covariance = np.diag(covariances[k]) if covariances.ndim == 2 else covariances[k]
        L = np.linalg.cholesky(covariance)
        Y = np.linalg.solve(L, (X - means[k]).T)
        log_p[:, k] = np.log(weights[k]) - 0.5 * (Y * Y).sum(0) - np.log(np.diag(L)).sum()
    top = log_p.max(1)
    return float((top + np.log(np.exp(log_p - top[:, None]).sum(1))).mean() - 0.5 * D * np.log(2 * np.pi))


def status_kib(field: str) -> int:
    """Return a size from the kernel's account of this process, or 0 where there is none."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))
    except (OSError, StopIteration):
        return 0


def forget_peak() -> None:
    """Let the kernel's record of the largest size begin anew."""
    try:
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")
    except OSError:
        return


def end_with_parent() -> None:
    """Let the system end this process when the benchmark is gone (Linux)."""
    if sys.platform == "linux":
        end_signal = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(end_signal, signal.SIGKILL)


class Worker:
    """The operations that can be asked for."""

    def __init__(self, peer: ModuleType) -> None:
        self.peer = peer
        self.state: Any = None
        self.problem: Any = None
        self.model: Any = None

    def about(self) -> dict[str, Any]:
        """Return what the library says of itself."""
        return {"numpy": np.__version__, **self.peer.describe()}

    def load(self, path: str, dtype: str, rows: int | None = None) -> dict[str, Any]:
        """Read a problem, or its first rows, and let the library warm up on a few of them."""
        self.state = self.model = None
        self.problem = read_problem(path, dtype)
        self.problem.X = self.problem.X[:rows].copy()
        few = SimpleNamespace(**{**vars(self.problem), "X": self.problem.X[:WARM_UP_ROWS].copy()})
        try:
            self.peer.fit(self.peer.open(few), 2)
        except Exception:  # a few rows may well be singular: only what is imported on the way matters
            traceback.print_exc()
        self.state = self.peer.open(self.problem)
        return self.about()

    def restart(self, weights: list, means: list, covariances: list) -> dict[str, Any]:
        """Take another start, with the same rows."""
        start = (np.array(a, dtype=float) for a in (weights, means, covariances))
        self.problem.weights, self.problem.means, self.problem.covariances = start
        self.problem.precisions = inverse(self.problem.covariances)
        self.state = self.peer.open(self.problem)
        return {}

    def start(self) -> dict[str, Any]:
        """Return the start of a library that takes none, else nothing."""
        if not hasattr(self.peer, "start"):
            return {}
        names = ("weights", "means", "covariances")
        values = [np.asarray(a, dtype=float).tolist() for a in self.peer.start(self.state)]
        return dict(zip(names, values, strict=True))

    def fit(self, iterations: int, repeat: int = 1) -> dict[str, Any]:
        """Time a fit, or the mean of several."""
        self.model = None
        forget_peak()
        before, seconds = status_kib("VmRSS"), 0.0
        for _ in range(repeat):
            began = time.perf_counter()
            self.model = self.peer.fit(self.state, iterations)
            elapsed = time.perf_counter() - began
            own = hasattr(self.peer, "seconds")
            seconds += self.peer.seconds(self.state, self.model) if own else elapsed
        peak = status_kib("VmHWM") - before
        made = int(self.peer.iterations(self.state, self.model))
        return {"seconds": seconds / repeat, "iterations": made, "peak_mb": peak / 1024}

    def objective(self) -> dict[str, Any]:
        """Return the mean log-likelihood of the last fit's parameters on some of the rows."""
        weights, means, covariances = self.peer.parameters(self.state, self.model)
        rows = self.problem.X[:: max(1, len(self.problem.X) // CHECK_ROWS)]
        made = int(self.peer.iterations(self.state, self.model))
        return {"objective": mean_log_likelihood(rows, weights, means, covariances), "iterations": made}

    def proba(self) -> dict[str, Any]:
        """Time the responsibilities of all rows under the last model."""
        began = time.perf_counter()
        R = self.peer.proba(self.state, self.model)
        return {"seconds": time.perf_counter() - began, "shape": list(R.shape)}

    def gemm(self, size: int, dtype: str) -> dict[str, Any]:
        """Time a product of matrices: what this machine can do at most."""
        A = np.random.default_rng(0).standard_normal((size, size)).astype(dtype)
        A @ A
        began = time.perf_counter()
        A @ A
        return {"gflops": 2e-9 * size**3 / (time.perf_counter() - began)}


def main() -> None:
    """Answer requests until the input ends."""
    end_with_parent()
    # What a library prints must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    # A module of this folder must not be taken for a library of the same name.
    sys.path[:] = [
        p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))
    ]
    # Peers import what they need of this file under its own name.
    sys.modules["worker"] = sys.modules[__name__]
    worker = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            worker = worker or Worker(load_peer(sys.argv[1]))
            answer = getattr(worker, request.pop("op"))(**request)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": " ".join(f"{type(error).__name__}: {error}".split())[:200]}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
