"""Tables, text and pictures from ``results.json``: ``python -m benchmarks.report`` makes them again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from .goals import goal_rows
from .picture import draw
from .registry import HERE

__all__ = ["markdown", "print_row", "write_report"]

Table = list[list[str]]


def number(value: float) -> str:
    """Return three significant digits, without an exponent where it can be read without."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 else f"{value:.1e}"


def spread(values: dict[str, float]) -> str:
    """Return smallest, median and largest."""
    return f"{number(values['min'])} **{number(values['median'])}** {number(values['max'])}"


def shape(entry: dict[str, Any]) -> str:
    """Return what a workload is."""
    size = f"({entry['N']:,}, {entry['D']}, {entry['K']})"
    kind = "diagonal" if entry["family"] == "diag" else "full"
    return f"{size} {kind}" + (f", {entry['real']}" if entry.get("real") else "")


def table(head: list[str], rows: Table) -> str:
    """Return a table in Markdown, with numbers to the right."""
    line = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, line, *rows)) + "\n"


def print_row(entry: dict[str, Any], title: str, found: dict[str, Any]) -> None:
    """Print what became of one library on one workload."""
    start = f"{entry['name']:10} {title:22}"
    if found["status"] != "measured":
        print(f"{start} {found['status']}: {found['reason']}", flush=True)
        return
    ratio = "  ".join(f"{found['ratio'][name]:8.2f}" for name in ("min", "median", "max"))
    times = f"{found['ms']['median']:10.3f} ms  ours {found['ours_ms']['median']:9.3f} ms"
    doubt = "" if found["agrees"] else f"  OBJECTIVE DIFFERS by {found['apart']:.1e}"
    print(f"{start} {times}  ratio {ratio}{doubt}", flush=True)


def cell(found: dict[str, Any] | None) -> str:
    """Return the short form for the table of all libraries."""
    if found is None or found["status"] == "absent":
        return "–"
    if found["status"] == "measured":
        return number(found["ratio"]["median"]) + ("" if found["agrees"] else " ‡")
    return {"cut off": "cut off", "left out": "left out"}.get(found["status"], "failed")


def overview(results: dict[str, Any]) -> str:
    """Return the table of all libraries and workloads."""
    present = [entry for entry in results["workloads"] if "peers" in entry]
    rows = []
    for name, title in results["peers"].items():
        rows.append([title, *(cell(entry["peers"].get(name)) for entry in present)])
    return table(["times as long as gaussmix", *(entry["name"] for entry in present)], rows)


def one_workload(entry: dict[str, Any], titles: dict[str, str]) -> str:
    """Return the table of one workload."""
    unit = "fit" if entry["whole"] else "pass"
    rows, notes = [], []
    for name, found in entry["peers"].items():
        if found["status"] != "measured":
            about = f", about {number(found['expected_ms'])} ms a pass" if "expected_ms" in found else ""
            notes.append(f"- {titles[name]}: {found['status']}{about} ({found['reason']}).")
            continue
        memory = "–" if found["peak_mb"] is None else f"{found['peak_mb']:.1f}"
        doubt = " ‡" if not found["agrees"] else ""
        rows.append([
            f"{titles[name]} {found['version']}", str(found["threads"]), number(found["ms"]["median"]),
            number(found["ours_ms"]["median"]), spread(found["ratio"]), str(found["pairs"]),
            f"{found['apart']:.0e}{doubt}", memory,
        ])  # fmt: skip
    head = [
        "library",
        "threads",
        f"ms a {unit}",
        f"gaussmix, ms a {unit}",
        "ratio: min **median** max",
        "pairs",
    ]
    body = table([*head, "objective apart", "memory of the fit, MB"], rows) if rows else ""
    return "\n".join(filter(None, [f"### {entry['name']}: {shape(entry)}\n", body, "\n".join(notes)])) + "\n"


def itself_rows(results: dict[str, Any]) -> Table:
    """Return gaussmix's own times: precision, threads and the share of the machine's rate."""
    rows = []
    for entry in results["workloads"]:
        if "itself" not in entry:
            continue
        ms = {name: value["median"] for name, value in entry["itself"]["ms"].items()}
        gemm = {name: value["median"] for name, value in entry["itself"]["gemm_gflops"].items()}
        flops = 1e-6 * entry["itself"]["pass_flops"]
        rate = {name: flops / ms[name] for name in ("float64", "float32", "one thread")}
        share = {name: "–" if entry["whole"] else f"{100 * rate[name] / gemm[name]:.0f} %" for name in rate}
        rows.append([
            entry["name"], number(ms["float64"]), "–" if entry["whole"] else number(rate["float64"]),
            share["float64"], number(ms["float32"]), number(ms["float64"] / ms["float32"]), share["float32"],
            number(ms["one thread"]), number(ms["one thread"] / ms["float64"]), share["one thread"],
            number(ms["default floor"] / ms["float64"]),
        ])  # fmt: skip
    return rows


ITSELF = [
    "workload", "float64, ms", "GFLOP/s", "of dgemm", "float32, ms", "float64 ÷ float32", "of sgemm", "one thread, ms",
    "one ÷ all threads", "of dgemm, one thread", "default floor ÷ none",
]  # fmt: skip


def machine_lines(results: dict[str, Any]) -> str:
    """Return what the machine is."""
    m = results["machine"]
    text = (
        f"{m['processor']} ({m['vector']}), {m['threads']} threads, {m['memory_gib']} GiB, {m['system']}; "
        f"Python {m['python']}, NumPy {m['numpy']} with {m['blas']}."
    )
    kernels = {entry["itself"]["kernel"] for entry in results["workloads"] if "itself" in entry}
    kernel = f" gaussmix's kernel: {', '.join(sorted(kernels))}." if kernels else ""
    busy = f" The machine was busy (load {m['load'][0]}) when it began." if m["load"][0] > 0.7 else ""
    again = "".join(
        f" Measured again on {anew['date']}: {', '.join(anew['workloads'])}."
        for anew in results.get("again", [])
    )
    return f"{results['date']}: {text}{kernel}{busy}{again}" + (" A quick run." if results["quick"] else "")


HOW = """\
Every library gets the same rows, the same start and the same number of iterations, in a process of its own, on the
same processors; gaussmix and the library take turns, and the ratio is that of each pair. The start has equal
weights, rows of the data as means (halfway to the mean of all rows where D ≥ 32) and the pooled covariance. Only
the call of the fit is timed. One pass, E-step and M-step over all rows, is the difference of a longer and a shorter
fit divided by the iterations between them, so that what a fit does once is left out; the fits of iris and faithful
are whole ones of 30 iterations, from the call to its return. No library is asked to add anything to covariances. A
library in float32 is compared with gaussmix in float32. After the same iterations from the same start the
parameters must have the same mean log-likelihood: "objective apart" is the difference over its size, and ‡ marks
one above what the library's precision explains. Spark takes no start: gaussmix is started where Spark started. gmmx
is compiled before it is timed, and of Armadillo, mlpack and mclust only the call in C++ or R counts. Workloads are
named by N-D-K: rows, columns, components. "Left out" says that a trial with a part of the rows took too long or too
much memory.
"""


PASS = """\
A pass counts N·K·(2D(D+1) + 4D) operations with full covariances and N·K·7D with diagonal ones; dgemm and sgemm are
NumPy's products of 2048 × 2048 matrices, measured in the same rounds on the same threads.
"""


def sections(results: dict[str, Any]) -> list[str]:
    """Return the parts of the report."""
    present = [entry for entry in results["workloads"] if "peers" in entry]
    parts = [
        "# How fast is gaussmix?\n", machine_lines(results) + "\n", HOW, "## All libraries\n", overview(results),
        "![How many times as long as gaussmix each library takes](results.png)\n",
        "Hollow: the objective differs (‡).\n",
    ]  # fmt: skip
    if goals := goal_rows(results):
        parts += ["## Goals\n", table(["goal", "asked", "measured", "reached"], goals)]
    if rows := itself_rows(results):
        parts += [
            "## gaussmix itself\n",
            PASS,
            table(ITSELF, rows),
        ]
    if rows := [
        [
            shape(e),
            *(number(e["proba"][n]["median"]) for n in ("ours_ms", "sklearn_ms")),
            spread(e["proba"]["ratio"]),
        ]
        for e in present
        if "proba" in e
    ]:
        head = ["predict_proba", "gaussmix, ms", "scikit-learn, ms", "ratio: min **median** max"]
        parts += ["## Responsibilities of all rows\n", table(head, rows)]
    if "growth" in results:
        parts += ["## Growth\n", growth_text(results["growth"])]
    parts += ["## Each workload\n", *(one_workload(entry, results["peers"]) for entry in present)]
    absent = [f"- {e['name']}: {e['absent']}." for e in results["workloads"] if "absent" in e]
    return parts + (["### Absent\n", "\n".join(absent) + "\n"] if absent else [])


def growth_text(growth: dict[str, Any]) -> str:
    """Return how the time of a pass grows."""
    rows = [
        [letter, ", ".join(f"{p[letter]:,}: {number(p['ms'])}" for p in line["points"]), f"{line['slope']:.2f}",
         f"{line['last_slope']:.2f}"]
        for letter, line in growth.items()
    ]  # fmt: skip
    return table(["grows", "ms a pass", "slope of the logarithms", "of the last two"], rows)


def markdown(results: dict[str, Any]) -> str:
    """Return the whole report."""
    return "\n".join(sections(results))


def write_report(path: Path) -> None:
    """Write RESULTS.md and the picture beside a file of results."""
    results = json.loads(path.read_text())
    path.with_name("RESULTS.md").write_text(markdown(results))
    draw(results, path.with_name("results.png"))


def main() -> None:
    """Make the text again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("path", nargs="?", type=Path, default=HERE / "results.json")
    write_report(parser.parse_args().path)


if __name__ == "__main__":
    main()
