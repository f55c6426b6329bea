"""The best log-likelihoods that are known, in a file that only ever improves."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .judging import Judged, within
from .table import Table, key_of, mark_of

__all__ = [
    "PATH",
    "Reference",
    "current",
    "improved",
    "merged",
    "raise_references",
    "read",
    "reference_of",
    "write",
]

PATH = Path(__file__).with_name("references.json")


@dataclass(frozen=True)
class Reference:
    """The best sound optimum that is known of a task.

    Parameters
    ----------
    log_likelihood : float or None
        Of all rows, nats; None where nothing sound was found.
    found_by : str
        What found it first.
    hits : int
        How many candidates reached it.
    tried : int
        How many there were.
    rounds : int
        How many rounds of candidates.
    """

    log_likelihood: float | None = None
    found_by: str = ""
    hits: int = 0
    tried: int = 0
    rounds: int = 0


def improved(reference: Reference, judged: Judged, found_by: str, N: int) -> Reference:
    """Return the reference after one more candidate: never lower than before."""
    best, facts = reference.log_likelihood, asdict(reference)
    facts["tried"] += 1
    if judged.sound and (best is None or judged.log_likelihood > best):
        anew = best is None or judged.log_likelihood > best + within(N)
        facts |= {
            "log_likelihood": judged.log_likelihood,
            "found_by": found_by if anew else reference.found_by,
            "hits": 1 if anew else reference.hits + 1,
        }
    elif judged.sound and best is not None and judged.log_likelihood >= best - within(N):
        facts["hits"] += 1
    return Reference(**facts)


def merged(first: Reference, second: Reference) -> Reference:
    """Return the better of two references; the one of more candidates where they are equal."""

    def rank(reference: Reference) -> tuple[bool, float, int]:
        best = reference.log_likelihood
        return best is not None, best or 0.0, reference.tried

    return max(first, second, key=rank)


def read(path: Path = PATH) -> dict[str, Any]:
    """Return the marks of tables, and the references by their keys."""
    if not path.exists():
        return {"tables": {}, "references": {}}
    found = json.loads(path.read_text(encoding="utf-8"))
    found["references"] = {key: Reference(*values) for key, values in found["references"].items()}
    return found


def reference_of(found: dict[str, Any], table: Table, key: str) -> Reference:
    """Return the reference of a task; an empty one where there is none, or the table has changed."""
    if not same_table(found["tables"].get(table.name), mark_of(table.X)):
        return Reference()
    return found["references"].get(key, Reference())


def same_table(kept: list[float] | None, mark: list[float]) -> bool:
    """Whether a mark is that of the rows for which references were found."""
    return kept is not None and kept[:2] == mark[:2] and abs(kept[2] - mark[2]) < 1e-5


def write(found: dict[str, Any], path: Path = PATH) -> None:
    """Write references, each on a line, merged with those that the file has."""
    kept = read(path)
    tables = {**kept["tables"], **found["tables"]}
    changed = {
        name for name, mark in found["tables"].items() if not same_table(kept["tables"].get(name), mark)
    }
    references = {key: ref for key, ref in kept["references"].items() if key.split("|")[0] not in changed}
    for key, reference in found["references"].items():
        references[key] = merged(references[key], reference) if key in references else reference
    lines = [
        f"  {json.dumps(key)}: {json.dumps(list(asdict(references[key]).values()))}"
        for key in sorted(references)
    ]
    marks = [f"  {json.dumps(name)}: {json.dumps(tables[name])}" for name in sorted(tables)]
    text = '{{\n "tables": {{\n{}\n }},\n "references": {{\n{}\n }}\n}}\n'.format(
        ",\n".join(marks), ",\n".join(lines)
    )
    beside = path.with_suffix(f".{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def current(tables: dict[str, Table], path: Path = PATH) -> dict[str, Reference]:
    """Return the references of tables that have not changed since."""
    found = read(path)
    same = {name for name, table in tables.items() if same_table(found["tables"].get(name), mark_of(table.X))}
    return {key: reference for key, reference in found["references"].items() if key.split("|")[0] in same}


def raise_references(lines: list[dict[str, Any]], tables: dict[str, Table], path: Path = PATH) -> int:
    """Raise the references that sound optima exceed, and return how many those are.

    Of another library's answer the end of our EM counts: a variance that only its regularisation keeps from falling is
    not that of an optimum.
    """
    known, better = current(tables, path), {}
    for line in lines:
        if "failed" in line:
            continue
        key, optimum = key_of(line["table"], line["family"], line["K"]), optimum_of(line)
        best = better.get(key, known.get(key, Reference()))
        if optimum.sound and (
            best.log_likelihood is None or optimum.log_likelihood > best.log_likelihood + 1e-6
        ):
            better[key] = improved(best, optimum, line["arm"], line["N"])
    if better:
        names = {key.split("|")[0] for key in better}
        write({"tables": {name: mark_of(tables[name].X) for name in names}, "references": better}, path)
    return len(better)


def optimum_of(line: dict[str, Any]) -> Judged:
    """Return the optimum of an outcome: that of another library is where our EM ends from its answer."""
    rows, narrowest = line["least_rows"], line["narrowest"]
    if "continued" in line:
        return Judged(line["continued"], line["continued_sound"], rows, narrowest)
    return Judged(line["log_likelihood"], line["sound"], rows, narrowest)
