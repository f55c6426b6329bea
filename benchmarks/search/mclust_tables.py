"""Real tables, beside what R's mclust reports of them: ``python -m benchmarks.search.mclust_tables``.

The default fit of each table, family and number of components must have a log-likelihood of at least mclust's − 1e-3.
Rows of the table of results where mclust ended at a spike are left out: a component near the smallest variance that
gaussmix allows, or of no more than D + 1 rows. With ``--check`` the exit status is 1 unless all are reached.
"""

from __future__ import annotations

import argparse
import csv
import time
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import GaussianMixture
from gaussmix.datasets import load_faithful

from ..registry import HERE
from .outcome import is_collapsed, narrowest
from .report import write_report

TABLES = HERE.parent / "tests" / "oracles" / "tables"
LABELS = {
    "banknote": "Status",
    "diabetes": "class",
    "iris": "Species",
    "thyroid": "Diagnosis",
    "wine13": "Class",
}
UNITS = {"galaxies": 1e-3}
"""mclust was given thousands of km/s."""
NEAR, FLOOR = 1e-3, 1e-8
SEED = 0


@cache
def measurements(name: str) -> np.ndarray:
    """Return the columns of a table, (n, D)."""
    if name == "faithful":
        return np.asarray(load_faithful().data)
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [key for key in rows[0] if key != LABELS.get(name)]
    return UNITS.get(name, 1.0) * np.array([[float(row[key]) for key in columns] for row in rows])


def cases() -> Iterator[dict[str, Any]]:
    """Yield mclust's results that are no spikes."""
    with (TABLES / "mclust_bic.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            case = {
                "table": row["table"], "D": int(row["columns"]), "K": int(row["components"]), "model": row["model"],
                "theirs": float(row["log_likelihood"]), "n_parameters": int(row["n_parameters"]),
            }  # fmt: skip
            if float(row["least_relative_variance"]) > FLOOR and float(row["least_rows"]) > case["D"] + 1:
                yield case


def fitted(case: dict[str, Any], search: str = "auto") -> dict[str, Any]:
    """Return the case with what gaussmix's fit reaches, by the default search or another."""
    X = measurements(case["table"])
    model = GaussianMixture(case["K"], covariance_type=case["model"], search=search, random_state=SEED)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X)
    seconds = time.perf_counter() - began
    mixture = model.mixture_
    if mixture.n_parameters != case["n_parameters"]:
        raise ValueError(f"{case}: gaussmix counts {mixture.n_parameters} parameters")
    rows, narrow = narrowest(mixture, X)
    total = float(mixture.log_prob(X).sum())
    return {
        **case, "ours": total, "seconds": seconds, "reached": total >= case["theirs"] - NEAR,
        "collapsed": is_collapsed(narrow, rows, case["D"]),
    }  # fmt: skip


def grouped(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return counts for each table and model, with what was missed."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for case in found:
        groups.setdefault((case["table"], case["model"]), []).append(case)
    return [
        {
            "table": table, "model": model, "cases": len(group), "reached": sum(c["reached"] for c in group),
            "higher": sum(c["ours"] > c["theirs"] + NEAR for c in group),
            "collapsed": sum(c["collapsed"] for c in group),
            "median_gain": float(np.median([c["ours"] - c["theirs"] for c in group])),
            "missed": [[c["K"], c["ours"] - c["theirs"]] for c in group if not c["reached"]],
        }
        for (table, model), group in groups.items()
    ]  # fmt: skip


def main() -> None:
    """Fit every case and print those that fall short."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search.mclust_tables", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 unless every case is reached")
    parser.add_argument("--tables", nargs="+", help="some of the tables")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "outcomes")
    parser.add_argument("--no-report", action="store_true", help="leave benchmarks/SEARCH.md as it is")
    given = parser.parse_args()
    found = [fitted(case) for case in cases() if not given.tables or case["table"] in given.tables]
    for c in found:
        if not c["reached"]:
            print(
                f"{c['table']:10} {c['model']:3} K = {c['K']}: {c['ours']:12.4f}, mclust {c['theirs']:12.4f}: "
                f"{c['ours'] - c['theirs']:+.4f}"
            )
    reached, spikes = (sum(c[name] for c in found) for name in ("reached", "collapsed"))
    higher = sum(c["ours"] > c["theirs"] + NEAR for c in found)
    total = sum(c["seconds"] for c in found)
    print(
        f"{reached} of {len(found)} reached, {higher} exceeded, {spikes} with a collapsed component, {total:.1f} s"
    )
    if not given.no_report and not given.tables:
        write_report(given.out, tables=grouped(found))
    raise SystemExit(int(given.check and reached < len(found)))


if __name__ == "__main__":
    main()
