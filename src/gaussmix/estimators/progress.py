"""Lines for ``verbose``: iterations of EM and moves of the search."""

from __future__ import annotations

import sys
from typing import TextIO

from ..estimation import Trace
from ..fitting import Step
from ..search import SearchEvent

__all__ = ["IterationLines", "number_text"]


def number_text(value: float, digits: int = 4, stream: TextIO | None = None) -> str:
    """Return a number with a true minus sign where the stream can show one."""
    text = f"{value:.{digits}f}"
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        "\u2212".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text
    return text.replace("-", "\u2212")


def signed_text(value: float, stream: TextIO | None = None) -> str:
    """Return a number of nats with its sign and one decimal."""
    return ("" if value < 0 else "+") + number_text(value, 1, stream)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


class IterationLines:
    """A callback that prints every ``interval``-th iteration of EM and every accepted move of a search.

    Parameters
    ----------
    interval : int
        Lines of EM are this many iterations apart.
    detail : bool
        Also print changes, seconds, and rejected moves.
    stream : text file, optional
        Where to print; the standard output unless given.
    objective : str
        The name of what the iterations increase.
    """

    def __init__(
        self,
        interval: int = 1,
        detail: bool = False,
        stream: TextIO | None = None,
        objective: str = "log-likelihood",
    ) -> None:
        self._interval, self._detail, self._stream, self._objective = interval, detail, stream, objective
        # The search before a variational fit compares likelihoods.
        self._searched = "log-likelihood" if objective == "lower bound" else objective
        self._rounds = 0

    def __call__(self, step: Step) -> None:
        """Print the line of an iteration or of an event of the search."""
        if isinstance(step.event, SearchEvent):
            self._rounds = step.round
            self._print_event(step.event)
            return
        if step.iteration == 1 and step.n_runs > 1:
            self._print(f"Start {step.run + 1}/{step.n_runs}")
        if step.iteration % self._interval:
            return
        width = max(3, len(str(step.max_iter)))
        line = (
            f"Iteration {step.iteration:0{width}}/{step.max_iter:0{width}}"
            f"  {self._objective} {self._number(step.log_likelihood)}"
        )
        if self._detail and step.change is not None:
            line += f"  change {step.change:.2e}  {step.seconds:.2f} s"
        self._print(line)

    def end_fit(self, trace: Trace) -> None:
        """Print the verdict of the search, if there was one, and the end of EM."""
        search, run = trace.search, trace.runs[trace.best]
        if search is not None:
            runs = _counted(len(search.runs), "run")
            rounds = f", best of {self._rounds} rounds" if self._rounds > 1 else ""
            self._print(f"Search{rounds}: {runs}, {search.n_taken} of {search.n_tried} moves accepted")
            self._print(f"  {search.verdict}")
        if run.n_iterations == 0:
            return
        what = "EM without a search" if search is None else "EM on all rows from the result of the search"
        best = "" if len(trace.runs) == 1 else f", best of {len(trace.runs)} starts"
        self._print(
            f"{what}{best}: {trace.objective} {self._number(float(run.log_likelihood[-1]))}, {run.message}"
        )

    def _print_event(self, event: SearchEvent) -> None:
        if not (event.taken or self._detail):
            return
        search = f"Search, round {self._rounds}" if self._rounds > 0 else "Search"
        what = f"  {self._gain(event)}" if event.is_move else f"{search}, {event.words}"
        reached = (
            f"{self._searched} {self._number(event.log_likelihood)}" if event.taken else f"{'rejected':22}"
        )
        words = f"  {event.words}" if event.is_move else ""
        self._print(f"{what}  {reached}{f'  {event.seconds:.2f} s' if self._detail else ''}{words}")

    def _gain(self, event: SearchEvent) -> str:
        stream = self._stream or sys.stdout
        text = f"{signed_text(event.gain, stream):>8} nats"
        if not (self._detail and event.has_prediction):
            return text
        predicted = signed_text(event.predicted, stream)
        return f"{text} ({predicted:>7} predicted)"

    def _number(self, value: float) -> str:
        return number_text(value, stream=self._stream or sys.stdout)

    def _print(self, line: str) -> None:
        print(line, file=self._stream or sys.stdout, flush=True)
