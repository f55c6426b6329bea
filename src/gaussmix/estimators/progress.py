"""Iteration lines for ``verbose``."""

from __future__ import annotations

import sys
from typing import TextIO

from ..fitting import Step

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


class IterationLines:
    """A callback that prints a line for every ``interval``-th iteration.

    Parameters
    ----------
    interval : int
        Lines are this many iterations apart.
    detail : bool
        Also print the change and the seconds.
    stream : text file, optional
        Where to print; the standard output unless given.
    """

    def __init__(self, interval: int = 1, detail: bool = False, stream: TextIO | None = None) -> None:
        self._interval, self._detail, self._stream = interval, detail, stream

    def __call__(self, step: Step) -> None:
        """Print the line of an iteration."""
        stream = self._stream or sys.stdout
        if step.iteration == 1 and step.n_runs > 1:
            print(f"Start {step.run + 1}/{step.n_runs}", file=stream)
        if step.iteration % self._interval:
            return
        width = max(3, len(str(step.max_iter)))
        line = (
            f"Iteration {step.iteration:0{width}}/{step.max_iter:0{width}}"
            f"  log-likelihood {number_text(step.log_likelihood, stream=stream)}"
        )
        if self._detail and step.change is not None:
            line += f"  change {step.change:.2e}  {step.seconds:.2f} s"
        print(line, file=stream, flush=True)
