"""What gaussmix is meant to reach, beside what was measured."""

from __future__ import annotations

from typing import Any

__all__ = ["goal_rows"]

FASTER = {
    "1e5-2-5": {"sklearn": 60, "daal4py": 2.5},
    "1e6-10-20": {"sklearn": 35, "daal4py": 3.5},
    "3e5-32-32": {"sklearn": 18, "daal4py": 2.5},
    "2e5-64-64": {"sklearn": 7, "daal4py": 2},
    "2e5-39-256": {"sklearn": 8, "daal4py": 3},
    "iris": {"sklearn": 10, "daal4py": 1},
}
"""Times as fast as a library on a workload."""
PROBABILITIES = 10
SHARE_OF_DGEMM, MOST_MEMORY = 0.60, 20
MEMORY_WORKLOAD = "1e6-10-20"


def row(goal: str, asked: str, measured: float, reached: bool, form: str) -> list[str]:
    """Return one line."""
    return [goal, asked, form.format(measured), "yes" if reached else "**no**"]


def faster_rows(results: dict[str, Any], entry: dict[str, Any]) -> list[list[str]]:
    """Return the goals beside other libraries."""
    rows = []
    for name, asked in FASTER.get(entry["name"], {}).items():
        found = entry["peers"].get(name, {})
        if found.get("status") == "measured":
            ratio = found["ratio"]["median"]
            title = f"{entry['name']}: {results['peers'][name]}"
            rows.append(row(title, f"≥ {asked} ×", ratio, ratio >= asked, "{:,.1f} ×"))
    return rows


def itself_goals(entry: dict[str, Any]) -> list[list[str]]:
    """Return the goals beside the machine, in float32 and on more threads."""
    if "itself" not in entry or entry["whole"]:
        return []
    name, D = entry["name"], entry["D"]
    ms = {key: value["median"] for key, value in entry["itself"]["ms"].items()}
    share = (
        1e-6
        * entry["itself"]["pass_flops"]
        / ms["float64"]
        / entry["itself"]["gemm_gflops"]["float64"]["median"]
    )
    rows = []
    if D >= 10 and entry["family"] == "full":
        rows.append(row(f"{name}: rate of dgemm", "≥ 60 %", 100 * share, share >= SHARE_OF_DGEMM, "{:.0f} %"))
    if D >= 10:
        asked, ratio = 1.7 if D >= 32 else 1.5, ms["float64"] / ms["float32"]
        rows.append(row(f"{name}: float32", f"≥ {asked} ×", ratio, ratio >= asked, "{:.2f} ×"))
    if entry["N"] * entry["K"] * D**2 >= 1e9:
        ratio = ms["one thread"] / ms["float64"]
        rows.append(row(f"{name}: all threads against one", "≥ 1.7 ×", ratio, ratio >= 1.7, "{:.2f} ×"))
    return rows


def goal_rows(results: dict[str, Any]) -> list[list[str]]:
    """Return the table of goals: what, asked, measured, reached."""
    rows = []
    for entry in results["workloads"]:
        if "peers" not in entry:
            continue
        rows += faster_rows(results, entry) + itself_goals(entry)
        if "proba" in entry:
            ratio = entry["proba"]["ratio"]["median"]
            title = f"{entry['name']}: predict_proba, scikit-learn"
            rows.append(row(title, f"≥ {PROBABILITIES} ×", ratio, ratio >= PROBABILITIES, "{:,.1f} ×"))
        if entry["name"] == MEMORY_WORKLOAD and "itself" in entry:
            peak = entry["itself"]["peak_mb"]
            rows.append(
                row(f"{entry['name']}: memory of the fit", "≤ 20 MB", peak, peak <= MOST_MEMORY, "{:.1f} MB")
            )
    return rows
