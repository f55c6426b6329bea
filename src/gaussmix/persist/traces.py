"""The trace of a fit as arrays and a description, and back."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from ..estimation import Trace
from ..fitting import RunTrace
from ..fitting.run_trace import Status
from ..storage import Record, short
from .searches import search_from, search_to_dict

__all__ = ["trace_from", "trace_to_dict"]


def trace_to_dict(trace: Trace) -> dict[str, Any]:
    """Return the runs of a fit and its search, without mixtures."""
    search = {} if trace.search is None else {"search": search_to_dict(trace.search)}
    return {
        "best": trace.best,
        "runs": [_run_to_dict(run) for run in trace.runs],
        "objective": trace.objective,
        **({"warnings": list(trace.warnings)} if trace.warnings else {}),
        **search,
    }


def _run_to_dict(run: RunTrace) -> dict[str, Any]:
    return {
        "log_likelihood": np.asarray(run.log_likelihood),
        "seconds": np.asarray(run.seconds),
        "status": run.status,
        "message": run.message,
    }


def trace_from(record: Record) -> Trace:
    """Return the trace of a fit from a record of a file.

    Raises
    ------
    FileFormatError
        If it does not have the form of :func:`trace_to_dict`.
    """
    runs = tuple(_run_from(run) for run in record.sections("runs"))
    best = record.entry("best", int)
    if not 0 <= best < len(runs):
        raise record.fault(f"the best run is {best}, of {len(runs)}")
    objective = record.entry("objective", str) if "objective" in record.description else "log-likelihood"
    return Trace(runs, best, record.optional("search", search_from), objective, _warnings_from(record))


def _warnings_from(record: Record) -> tuple[str, ...]:
    found = record.entry("warnings", list) if "warnings" in record.description else []
    if not all(isinstance(message, str) for message in found):
        raise record.fault(
            f"{record.place + 'warnings'!r} is {short(found)}, and a list of texts is expected"
        )
    return tuple(found)


def _run_from(record: Record) -> RunTrace:
    status = record.entry("status", str)
    if status not in get_args(Status):
        raise record.fault(f"the status of a run is {short(status)}")
    log_likelihood = record.require("log_likelihood", (None,), finite=False)
    seconds = record.require("seconds", (len(log_likelihood),))
    return RunTrace(log_likelihood, seconds, status, record.entry("message", str))
