"""The progress of a selection on the standard error stream."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import Any

from ..model_sweep import FittedModel
from ..validation import as_count

__all__ = ["Progress"]


class Progress:
    """A progress bar, or a line for each model.

    Parameters
    ----------
    total : int
        Number of models.
    criterion : str
        The criterion of the best value.
    verbose : int
        0 shows nothing, 1 a bar, 2 a line for each model.
    """

    def __init__(self, total: int, criterion: str, verbose: int) -> None:
        self._level = as_count(int(verbose) if isinstance(verbose, bool) else verbose, "verbose", 0)
        self._total = total
        # Values of other criteria come when all models are fitted.
        self._criterion = criterion if criterion in ("bic", "aic", "icl") else "bic"
        self._seen: set[tuple[int, str]] = set()
        self._best: FittedModel | None = None
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        if self._level == 1:
            self._bar = _bar()
            self._task = self._bar.add_task("Selecting", total=self._total, detail="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, model: FittedModel) -> None:
        """Show a fitted model."""
        self._seen.add((model.n_components, model.family_name))
        value = model.value(self._criterion)
        if model.sound and (self._best is None or value < self._best.value(self._criterion)):
            self._best = model
        if self._bar is not None:
            self._bar.update(self._task, completed=len(self._seen), detail=self._best_text())
        elif self._level > 1:
            sys.stderr.write(f"{self._line(model, value)}\n")
            sys.stderr.flush()

    def _best_text(self) -> str:
        if self._best is None:
            return ""
        return f"best {self._best.name}, {self._criterion.upper()} {self._best.value(self._criterion):.2f}"

    def _line(self, model: FittedModel, value: float) -> str:
        width = len(str(self._total))
        shown = f"{value:14.2f}" if math.isfinite(value) else f"{'':14}"
        return (
            f"{len(self._seen):{width}}/{self._total}  {model.name:8}{shown}  {model.status:13}{model.seconds:7.2f} s  "
            f"{self._best_text()}"
        )


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    return Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
