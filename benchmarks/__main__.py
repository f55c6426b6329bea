"""Time gaussmix beside every other library that is installed: ``make bench``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from .machine import describe_machine
from .measure import OURS, Ours, Plan, compare
from .ourselves import growth, itself, probabilities
from .registry import HERE, PEERS, Peer, installed
from .report import print_row, write_report
from .workloads import WORKLOADS, AbsentDataError, Workload, describe, save_problem

FIRST = ("sklearn", "daal4py", "daal4py32")
"""The libraries that are measured on every workload before the others begin."""
QUICK = (*FIRST, "armadillo", "gmmx")
PROBABILITIES = ("1e6-2-5", "1e6-10-20")


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="under 3 minutes: fewer libraries, workloads and pairs"
    )
    parser.add_argument(
        "--peers", help="libraries, with commas between them: " + ",".join(p.name for p in PEERS)
    )
    parser.add_argument("--workloads", help="workloads: " + ",".join(w.name for w in WORKLOADS))
    parser.add_argument("--pairs", type=int, help="most pairs of measurements (7; with --quick 3)")
    parser.add_argument("--budget", type=float, help="seconds of pairs for a library on a workload (6; 2)")
    parser.add_argument("--timeout", type=float, help="seconds that one measurement may take (90; 25)")
    parser.add_argument("--minutes", type=float, help="when to begin nothing more (42; 2.4)")
    parser.add_argument(
        "--no-extras", action="store_true", help="leave out precision, threads, growth and memory"
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="measure these libraries and workloads anew, and keep what else --out holds",
    )
    parser.add_argument("--out", type=Path, default=HERE / "results.json", help="where the numbers go")
    given = parser.parse_args()
    normal = {"pairs": 3, "budget": 2.0, "timeout": 25.0, "minutes": 2.4} if given.quick else {}
    for name, value in ({"pairs": 7, "budget": 6.0, "timeout": 90.0, "minutes": 42.0} | normal).items():
        if getattr(given, name) is None:
            setattr(given, name, value)
    return given


def chosen(text: str | None, everything: tuple[Any, ...], fallback: list[Any]) -> list[Any]:
    """Return the named ones."""
    if text is None:
        return fallback
    by_name = {item.name: item for item in everything}
    unknown = [name for name in text.split(",") if name not in by_name]
    if unknown:
        raise SystemExit(f"There is no {unknown[0]!r}: choose from {', '.join(by_name)}.")
    return [by_name[name] for name in text.split(",")]


class Run:
    """One run of the benchmark: what to measure, and what has been measured."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.folder = given, folder
        self.deadline = time.monotonic() + 60 * given.minutes
        least = {} if given.quick else {"least": {"sklearn": 3, "daal4py": 5}}
        self.plan = Plan(given.pairs, given.budget, given.timeout, **least)
        quick = [w for w in WORKLOADS if w.quick] if given.quick else list(WORKLOADS)
        self.workloads: list[Workload] = chosen(given.workloads, WORKLOADS, quick)
        known = [p for p in PEERS if p.name in QUICK] if given.quick else list(PEERS)
        self.peers: list[Peer] = chosen(given.peers, PEERS, known)
        self.results: dict[str, Any] = {
            "date": date.today().isoformat(), "quick": given.quick, "machine": describe_machine(),
            "peers": {p.name: p.title for p in self.peers}, "workloads": [],
        }  # fmt: skip
        if given.again and given.out.exists():
            self.keep(json.loads(given.out.read_text()))

    def keep(self, earlier: dict[str, Any]) -> None:
        """Keep an earlier run's numbers: those that are measured anew take their place one by one."""
        anew = {"date": self.results["date"], "workloads": [w.name for w in self.workloads]}
        self.results = {**earlier, "again": [*earlier.get("again", []), anew]}
        self.results["peers"] |= {p.name: p.title for p in self.peers}

    def late(self) -> bool:
        """Whether nothing more may begin."""
        return time.monotonic() > self.deadline

    def prepare(self) -> None:
        """Write the rows of each workload for the workers."""
        entries = {entry["name"]: entry for entry in self.results["workloads"]}
        for workload in self.workloads:
            try:
                X = workload.rows()
            except AbsentDataError as error:
                entries.setdefault(workload.name, {"name": workload.name, "absent": str(error)})
                continue
            save_problem(self.path(workload.name), X, workload)
            kept = {key: value for key, value in entries.get(workload.name, {}).items() if key != "absent"}
            entries[workload.name] = {"peers": {}, **kept, **describe(X, workload)}
        self.results["workloads"] = list(entries.values())

    def path(self, name: str) -> Path:
        """Where the rows of a workload are."""
        return self.folder / f"{name}.npz"

    def present(self) -> list[tuple[Workload, dict[str, Any]]]:
        """The workloads that have rows, with their results so far."""
        by_name = {entry["name"]: entry for entry in self.results["workloads"]}
        return [(w, by_name[w.name]) for w in self.workloads if "absent" not in by_name[w.name]]

    def compare_with(self, peers: list[Peer]) -> None:
        """Measure libraries on every workload."""
        for workload, entry in self.present():
            ours = Ours(self.path(workload.name), self.plan)
            for peer in peers:
                entry["peers"][peer.name] = self.one(peer, workload, entry, ours)
                print_row(entry, peer.title, entry["peers"][peer.name])
            ours.close()
            self.save()

    def one(self, peer: Peer, workload: Workload, entry: dict[str, Any], ours: Ours) -> dict[str, Any]:
        """Measure one library on one workload, if it is there and there is time."""
        if not installed(peer):
            return {"status": "absent", "reason": "it is not installed (make bench-peers)"}
        if self.late():
            return {"status": "left out", "reason": "the time of the run was over"}
        return compare(peer, entry, workload.iterations, ours, self.plan)

    def extras(self) -> None:
        """Measure gaussmix beside itself and the machine."""
        rounds = 3 if self.given.quick else 5
        for workload, entry in self.present():
            if not self.late():
                entry["itself"] = itself(
                    self.path(workload.name), entry, workload.iterations, self.plan, rounds
                )
                print(f"{workload.name:10} {OURS.title}: precision, threads and rate measured", flush=True)
            if workload.name in PROBABILITIES and not self.late():
                entry["proba"] = probabilities(self.path(workload.name), self.plan, rounds)
        if not self.given.quick and not self.given.again and not self.late():
            self.results["growth"] = growth(self.plan, rounds)
        self.save()

    def save(self) -> None:
        """Write what has been measured so far."""
        self.given.out.write_text(json.dumps(self.results, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure, then write the report."""
    given = options()
    # The workers are ended on the way out, also when the run is stopped.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gaussmix-bench-") as folder:
        run = Run(given, Path(folder))
        run.prepare()
        run.compare_with([p for p in run.peers if p.name in FIRST])
        if not given.no_extras:
            run.extras()
        run.compare_with([p for p in run.peers if p.name not in FIRST])
    minutes = round((time.monotonic() - began) / 60, 1)
    run.results.setdefault("minutes", minutes)
    run.save()
    write_report(given.out)
    print(f"{minutes} minutes. The tables are in {given.out.with_name('RESULTS.md').name}.")


if __name__ == "__main__":
    main()
