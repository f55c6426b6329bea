"""A progress bar for work of more than a second."""

from __future__ import annotations

import math
import threading
from types import TracebackType
from typing import TYPE_CHECKING, Any

from gaussmix.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from gaussmix.fitting import Step

__all__ = ["Activity", "FitProgress"]


class Activity:
    """A status line on a terminal, shown after a while and removed at the end.

    Parameters
    ----------
    console : rich.console.Console
        The console of the line; nothing is shown if it is not a terminal.
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
        self.end()

    def _start(self) -> None:
        with self._lock:
            if not self._ended:
                self._progress.start()

    def begin(self, what: str, total: float | None = None) -> None:
        """Begin a task, with its size if it is known."""
        self._tell(visible(what), "", total, 0.0)

    def advance(self, amount: float) -> None:
        """Advance the task."""
        if self._progress is not None:
            self._progress.advance(self._task, amount)

    def end(self) -> None:
        """Remove the status line."""
        if self._timer is not None:
            self._timer.cancel()
            with self._lock:
                self._ended = True
                self._progress.stop()

    def show(self, what: str, detail: str, share: float | None) -> None:
        """Show the task, its state, and the completed fraction."""
        self._tell(what, detail, None if share is None else 1.0, share or 0.0)

    def _tell(self, what: str, detail: str, total: float | None, completed: float) -> None:
        if self._progress is not None:
            # An update cannot make a total unknown again.
            self._progress.tasks[0].total = total
            self._progress.update(self._task, description=what, detail=detail, completed=completed)

    @property
    def shown(self) -> bool:
        """Whether there is a terminal."""
        return self._progress is not None


class FitProgress:
    """A callback for the progress bar of a fit.

    The share of a search is that of its seconds, or of the most runs that it may take. That of EM is judged by the
    rate at which the changes of the log-likelihood fall towards the tolerance, and never falls itself.

    Parameters
    ----------
    seconds : float or None
        Largest duration of a search.
    tol : float
        The change of the objective for each row that ends EM.
    objective : str
        Its name.
    """

    def __init__(
        self,
        activity: Activity,
        seconds: float | None = None,
        tol: float = 1e-6,
        objective: str = "log-likelihood",
    ) -> None:
        self._activity, self._seconds, self._tol = activity, seconds, max(tol, 1e-300)
        self._objective = objective
        self._stage, self._run = "", -1
        self._share: float | None = None
        self._first: float | None = None

    def __call__(self, step: Step) -> None:
        """Show an iteration of EM or a move of the search."""
        if not self._activity.shown:
            return
        if (step.stage, step.run) != (self._stage, self._run):
            self._first = None
            if step.stage != self._stage:
                self._share = None
        self._stage, self._run = step.stage, step.run
        value = f"{step.log_likelihood:.4f}".replace("-", "−")
        share = self._of_search(step) if step.stage == "search" else self._of_em(step)
        if share is not None:
            self._share = min(1.0, max(share, self._share or 0.0))
        # All of it must fit into the 80 characters of a narrow terminal.
        what = "Searching" if step.stage == "search" else "Fitting"
        self._activity.show(what, f"{_where(step)}, {self._objective} {value}", self._share)

    def _of_search(self, step: Step) -> float | None:
        if self._seconds is not None:
            return step.seconds / self._seconds
        return step.run / step.n_runs if step.n_runs else None

    def _of_em(self, step: Step) -> float | None:
        within = step.iteration / step.max_iter
        if step.change is not None and step.change > 0:
            self._first = max(self._first or 0.0, step.change)
            if self._first > self._tol:
                within = max(within, math.log(self._first / step.change) / math.log(self._first / self._tol))
        return (step.run + min(within, 1.0)) / step.n_runs


def _where(step: Step) -> str:
    if step.stage == "search":
        return f"run {step.run + 1}, move {step.iteration - 1}"
    start = f"start {step.run + 1}/{step.n_runs}, " if step.n_runs > 1 else ""
    return f"{start}iteration {step.iteration}"


def _bar(console: Console) -> Any:
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=8),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
