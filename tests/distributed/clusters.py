"""Clusters of the tests: started where a trial in another process has worked, and killed when a test does not end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

LIMIT = 240
"""Seconds for one test, with the start of its cluster."""
_TRIAL, _STOP = 120, 20

_lost: dict[str, str] = {}
"""Why the cluster of a module is gone."""
_before: dict[str, set[psutil.Process]] = {}
"""The processes that were there before the cluster of a module."""


def check_starts(name: str, program: str) -> None:
    """Skip the tests unless a program ends without an error in a process of its own, in limited time."""
    options = {
        "stdout": subprocess.PIPE,
        "stderr": subprocess.STDOUT,
        "text": True,
        "start_new_session": True,
    }
    with subprocess.Popen([sys.executable, "-c", program], **options) as trial:
        try:
            output, _ = trial.communicate(timeout=_TRIAL)
        except subprocess.TimeoutExpired:
            _kill(_descendants(psutil.Process(trial.pid)))
            pytest.skip(f"{name} cannot start on this machine: it did not in {_TRIAL} seconds")
    if trial.returncode:
        pytest.skip(f"{name} cannot start on this machine: {_last_line(output)}")


@contextmanager
def guarded(module: str, start: Callable[[], object], stop: Callable[[], object]) -> Iterator[None]:
    """Start a cluster, and stop it at the end; what does not stop in time is killed."""
    _before[module] = set(psutil.Process().children())
    try:
        start()
        yield
    finally:
        stopping = threading.Thread(target=_quietly, args=(stop,), daemon=True)
        stopping.start()
        stopping.join(_STOP)
        kill(module)


def kill(module: str, reason: str = "") -> None:
    """Kill the processes of the cluster of a module; a reason fails its other tests."""
    if reason:
        _lost.setdefault(module, reason)
    before = _before.pop(module, None)
    children = (
        [] if before is None else [child for child in psutil.Process().children() if child not in before]
    )
    _kill([each for child in children if not _is_tracker(child) for each in _descendants(child)])


def check_not_lost(module: str) -> None:
    """Fail a test whose cluster is gone."""
    if module in _lost:
        pytest.fail(_lost[module], pytrace=False)


def _is_tracker(process: psutil.Process) -> bool:
    """Whether a process is Python's own, which frees shared memory, and serves later tests."""
    with suppress(psutil.NoSuchProcess):
        return "resource_tracker" in " ".join(process.cmdline())
    return True


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [process, *process.children(recursive=True)]
    return []


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)


def _quietly(stop: Callable[[], object]) -> None:
    with suppress(Exception):
        stop()


def _last_line(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
