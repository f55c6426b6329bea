"""The trace of a search as arrays and a description, and back: without the mixtures of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..search import SearchEvent, SearchRun, SearchTrace
from ..search.trace import Kind
from ..storage import Record

__all__ = ["search_from", "search_to_dict"]

_KINDS: tuple[Kind, ...] = get_args(Kind)
_RUN = {
    "log_likelihood": "float64",
    "best_remaining_gain": "float64",
    "degenerate": "bool",
    "seconds": "float64",
}
_EVENT = {
    "run": "int64",
    "seconds": "float64",
    "passes": "int64",
    "log_likelihood": "float64",
    "predicted": "float64",
    "gain": "float64",
    "taken": "bool",
    "total_weight": "float64",
}
_MOST = 3
"""Number of components in a stored move: one split and two merged, or two refitted and −1."""


def search_to_dict(trace: SearchTrace) -> dict[str, Any]:
    """Return the runs and the events of a search, without the mixtures of the events."""
    changes = [(i, c) for i, event in enumerate(trace.events) for c in event.components]
    return {
        **_columns("runs", trace.runs, _RUN),
        **_columns("events", trace.events, _EVENT),
        "changes/event": np.array([i for i, _ in changes], dtype=np.int64),
        "changes/components": np.array(
            [[*c, *[-1] * (_MOST - len(c))] for _, c in changes], dtype=np.int64
        ).reshape(len(changes), _MOST),
        "seconds": np.array(trace.seconds, dtype=np.float64),
        "starts": [run.start for run in trace.runs],
        "kinds": [event.kind for event in trace.events],
        "best": trace.best,
        "n_rows": trace.n_rows,
        "passes": trace.passes,
        "clear": trace.clear,
        "verdict": trace.verdict,
    }


def _columns(name: str, things: Sequence[Any], fields: dict[str, str]) -> dict[str, NDArray[Any]]:
    return {
        f"{name}/{field}": np.array([getattr(thing, field) for thing in things], dtype=dtype)
        for field, dtype in fields.items()
    }


def search_from(record: Record) -> SearchTrace:
    """Return the trace of a search from a record of a file.

    Raises
    ------
    FileFormatError
        If it does not have the form of :func:`search_to_dict`.
    """
    starts = record.entry("starts", list)
    if not starts or not all(isinstance(start, str) for start in starts):
        raise record.fault(f"{record.place + 'starts'!r} has no description of the start of each run")
    fields = _rows(record, "runs", _RUN, len(starts))
    runs = tuple(SearchRun(start, *values) for start, values in zip(starts, fields, strict=True))
    best = record.entry("best", int)
    if not 0 <= best < len(runs):
        raise record.fault(f"the best run of the search is {best}, of {len(runs)}")
    return SearchTrace(
        runs=runs,
        events=_events(record, len(runs)),
        best=best,
        n_rows=record.entry("n_rows", int),
        passes=record.entry("passes", int),
        seconds=float(record.require("seconds", ())),
        clear=record.entry("clear", bool),
        verdict=record.entry("verdict", str),
    )


def _rows(record: Record, name: str, fields: dict[str, str], length: int) -> list[tuple[Any, ...]]:
    columns = [
        record.require(f"{name}/{field}", (length,), dtype=dtype, finite=False).tolist()
        for field, dtype in fields.items()
    ]
    return list(zip(*columns, strict=True))


def _events(record: Record, n_runs: int) -> tuple[SearchEvent, ...]:
    kinds = record.entry("kinds", list)
    if unknown := [kind for kind in kinds if kind not in _KINDS]:
        known = ", ".join(map(repr, _KINDS))
        raise record.fault(f"the search has an event of the unknown kind {unknown[0]!r}; known are {known}")
    changes, rows = _changes(record, len(kinds)), _rows(record, "events", _EVENT, len(kinds))
    events = []
    for kind, components, values in zip(kinds, changes, rows, strict=True):
        fields = dict(zip(_EVENT, values, strict=True))
        if not 0 <= fields["run"] < n_runs:
            raise record.fault(f"the search holds an event of run {fields['run']}, of {n_runs}")
        events.append(SearchEvent(kind, **fields, mixture=None, components=components))
    return tuple(events)


def _changes(record: Record, n_events: int) -> list[tuple[tuple[int, ...], ...]]:
    """Return for each event the numbers of the components of its changes."""
    of_event: list[list[tuple[int, ...]]] = [[] for _ in range(n_events)]
    numbers = record.require("changes/event", (None,), dtype="int64").tolist()
    components = record.require("changes/components", (len(numbers), _MOST), dtype="int64").tolist()
    for number, change in zip(numbers, components, strict=True):
        if not 0 <= number < n_events:
            raise record.fault(f"the search holds a change of event {number}, of {n_events}")
        of_event[number].append(tuple(c for c in change if c >= 0))
    return [tuple(changes) for changes in of_event]
