"""No table of rows by components, no copy of the rows: the most memory that a process ever held says so."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

N, D, K = 300_000, 5, 16
COPY, TABLE = N * D * 4, N * K * 8
PEAK = Path("/proc/self/clear_refs")
pytestmark = pytest.mark.skipif(
    not PEAK.exists(), reason="this system does not tell a process's peak of memory"
)

PROLOGUE = f"""
import re, sys
import numpy as np
import gaussmix
from gaussmix import GaussianMixture
from gaussmix.kernels import Gaussians, Observations, select
N, D, K = {N}, {D}, {K}

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

def growth(run):
    run(100)  # what the first call loads and keeps
    open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
    before = peak()
    kept = run(N)
    return peak() - before

rng = np.random.default_rng(0)
X = np.empty((N, D), dtype=sys.argv[1], order=sys.argv[2])
for rows in range(0, N, 1000):
    X[rows : rows + 1000] = rng.standard_normal((1000, D))
means = rng.standard_normal((K, D))
"""

CALLS = {
    "em_pass": "kernel.em_pass(X[:n], None, means, factors, np.zeros(K), means)",
    "em_pass_rows": "kernel.em_pass_rows(Observations(X[:n]), Gaussians(np.zeros(K), means, factors), means, True)",
    "log_prob": "kernel.log_prob(X[:n], means, factors, np.zeros(K))",
    "predict": "kernel.predict(X[:n], means, factors, np.zeros(K))",
}
RESULT = {"em_pass": 0, "em_pass_rows": 0, "log_prob": 8 * N, "predict": 8 * N}


def measured(program: str, dtype: str, order: str) -> list[int]:
    """The numbers that a new process prints."""
    done = subprocess.run(
        [sys.executable, "-c", PROLOGUE + program, dtype, order], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [int(line) for line in done.stdout.split()]


@pytest.mark.parametrize(
    ("name", "dtype", "order"),
    [
        ("native", "float32", "C"),
        ("native", "float32", "F"),
        ("native", "float64", "C"),
        ("native", "float64", "F"),
        ("blas", "float64", "C"),
    ],
)
def test_a_pass_holds_neither_a_copy_nor_a_table(name: str, dtype: str, order: str) -> None:
    if name == "native" and importlib.util.find_spec("gaussmix.kernels._native") is None:
        pytest.skip("the compiled kernel was not built here")
    lines = [f"kernel = select({name!r})[1]", "factors = np.stack([np.eye(D)] * K)"]
    # In NumPy the passes over rows with errors hold matrices of some rows at a time: more than half a copy here.
    calls = [call for call in CALLS if name == "native" or call != "em_pass_rows"]
    lines += [f"print(growth(lambda n: {CALLS[call]}))" for call in calls]
    found = measured("\n".join(lines), dtype, order)
    for call, grown in zip(calls, found, strict=True):
        assert grown - RESULT[call] < COPY / 2 < TABLE / 10, call


@pytest.mark.slow
@pytest.mark.parametrize("covariance_type", ["full", "diag"])
def test_a_fit_needs_little_above_the_data(covariance_type: str) -> None:
    program = f"""
def fit(n):
    start = {{"weights_init": np.full(20, 0.05), "means_init": X[:20]}}
    model = GaussianMixture(20, covariance_type={covariance_type!r}, tol=0, max_iter=3, random_state=0, **start)
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(X[:n])

print(growth(fit))
"""
    assert measured(program, "float64", "C")[0] < 20e6
