"""A progress bar for work that takes more than a second."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from gaussmix.fitting import Step

__all__ = ["Activity"]


class Activity:
    """What is going on, shown on a terminal once it has taken a while; it leaves nothing behind.

    Parameters
    ----------
    console : rich.console.Console
        Where to show it; where that is no terminal nothing is shown.
    delay : float
        Seconds until it is shown.
    """

    def __init__(self, console: Console, delay: float = 1.0) -> None:
        self._console, self._delay = console, delay
        self._progress: Any = None
        self._task: Any = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._ended = False

    def __enter__(self) -> Activity:
        if self._console.is_terminal:
            self._progress = _bar(self._console)
            self._task = self._progress.add_task("", total=None, detail="")
            self._timer = threading.Timer(self._delay, self._start)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with self._lock:
                self._ended = True
                self._progress.stop()

    def _start(self) -> None:
        with self._lock:
            if not self._ended:
                self._progress.start()

    def begin(self, what: str, total: float | None = None) -> None:
        """Say what comes now, and how much of it there is where that is known."""
        if self._progress is not None:
            self._progress.update(self._task, description=what, total=total, completed=0, detail="")

    def advance(self, amount: float) -> None:
        """Say that some of it is done."""
        if self._progress is not None:
            self._progress.advance(self._task, amount)

    def watch(self, step: Step) -> None:
        """Show an iteration of EM or a change that the search tried: the callback of a fit."""
        if self._progress is None:
            return
        value = f"{step.log_likelihood:.4f}".replace("-", "−")
        several = step.n_runs > 1 and step.stage == "EM"
        if step.stage == "search":
            where = f"search, run {step.run + 1}, change {step.iteration - 1}"
        else:
            where = f"{f'start {step.run + 1}/{step.n_runs}, ' if several else ''}iteration {step.iteration}"
        # How many iterations a run needs is not known before it ends, nor how many runs a search needs; how many
        # starts there are is.
        done = {"total": step.n_runs, "completed": step.run} if several else {"total": None}
        # All of it must fit into the 80 characters of a narrow terminal.
        self._progress.update(self._task, detail=f"{where}, log-likelihood {value}", **done)


def _bar(console: Console) -> Any:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
