"""``gaussmix predict``: a label for each row of a table."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix.cli.models import BLOCK, Labeller, labeller_of
from gaussmix.cli.outputs import check_outputs, is_typed, write_rows
from gaussmix.cli.progress import Activity
from gaussmix.cli.rows import errors_for_model, rows_for_model, tell_about
from gaussmix.cli.source_rows import Blocks, is_read_in_blocks, source_for_model
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.data.harmless import free_name
from gaussmix.data.tables import NumericTable, check_writable
from gaussmix.distributed import engine_named
from gaussmix.engines import map_tasks, opened
from gaussmix.errors import InputError
from gaussmix.report.words import counted
from gaussmix.sources import ArraySource, Source

__all__ = ["PredictCommand"]

_PARTS_AT_ONCE = 32
"""So many parts of the rows an engine labels before their labels are written."""


@dataclass(frozen=True)
class PredictCommand:
    """A call of ``gaussmix predict``.

    Parameters
    ----------
    model, file : pathlib.Path
        The model, and the table.
    table : TableOptions
        How the table is written, and which columns to leave out.
    out : pathlib.Path or None
        Where the labels go; None prints them as CSV.
    columns : str or None
        The columns that take the places of the model's.
    errors : str or None
        The columns of standard errors.
    proba, log_density : bool
        Whether to add columns for them.
    keep : bool
        Whether the columns of the table come first.
    raw : bool
        Whether to keep text that a spreadsheet or a terminal would execute.
    memory : str or None
        Memory for the rows, which are then read in blocks.
    engine : str or None
        The name of the engine that labels the rows.
    """

    model: Path
    file: Path
    table: TableOptions
    out: Path | None
    columns: str | None = None
    errors: str | None = None
    proba: bool = False
    log_density: bool = False
    keep: bool = False
    raw: bool = False
    quiet: bool = False
    memory: str | None = None
    engine: str | None = None

    def run(self) -> None:
        """Read, label, and write or print the labels."""
        from gaussmix.persist import load

        terminal = Terminal.open(self.quiet)
        check_outputs({"--out": self.out}, [self.model, self.file])
        if self.out is not None:
            check_writable(self.out)
        labels: Counter[Any] = Counter()
        with Activity(terminal.err) as activity:
            activity.begin(f"Reading {self.file.name}")
            labeller = labeller_of(load(self.model), self.model)
            in_blocks = is_read_in_blocks(self.file, Blocks(memory=self.memory))
            parts = self._of_blocks if in_blocks else self._of_table
            write_rows(self.out, parts(labeller, terminal, activity, labels), raw=self.raw)
        if self.out is not None:
            _say(terminal, labels, labeller.kind, self.out)

    def _of_table(
        self, labeller: Labeller, terminal: Terminal, activity: Activity, labels: Counter[Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the columns of the result for one piece of the rows after another, and count the labels."""
        names = labeller.feature_names
        table = rows_for_model(self.file, self.table, self.columns, labeller.n_features, names)
        tell_about(table, terminal)
        variances = errors_for_model(self.file, self.table, self.errors, table)
        self._begin(activity, len(table.X))
        kept, start = self._kept(table) if self.keep else {}, 0
        for part in self._labelled(labeller, ArraySource(table.X, noise=variances, rows_per_block=BLOCK)):
            rows = slice(start, start + self._count(part[labeller.kind], labels, activity))
            first = {name: column[rows] for name, column in kept.items()}
            yield first | {free_name(name, kept): column for name, column in part.items()}
            start = rows.stop
        activity.begin("Writing")

    def _of_blocks(
        self, labeller: Labeller, terminal: Terminal, activity: Activity, labels: Counter[Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield the columns of the result block by block, and count the labels."""
        if self.keep:
            raise InputError("--keep needs the rows in memory, and these are read in blocks: leave it out")
        source = source_for_model(self.file, self.table, self.columns, self.errors, labeller, self.memory)
        self._begin(activity, source.n_rows)
        for part in self._labelled(labeller, source):
            self._count(part[labeller.kind], labels, activity)
            yield part
        activity.begin("Writing")

    def _labelled(self, labeller: Labeller, source: Source) -> Iterator[dict[str, Any]]:
        """Yield the columns of the result piece by piece: of some parts of the rows at a time, by an engine."""
        function = partial(labeller.of_part, proba=self.proba, log_density=self.log_density)
        parts = source.parts()
        with opened(engine_named(self.engine or "threads:1")) as engine:
            most = 1 if self.engine is None else _PARTS_AT_ONCE
            for start in range(0, len(parts), most):
                for pieces in map_tasks(engine, function, parts[start : start + most]):
                    yield from pieces

    def _begin(self, activity: Activity, n_rows: int) -> None:
        activity.begin("Labelling", total=n_rows)
        if self.out is None and sys.stdout.isatty():
            # The rows that appear show how far it is.
            activity.end()

    def _count(self, found: Any, labels: Counter[Any], activity: Activity) -> int:
        """Count the labels of a piece, and return the number of its rows."""
        names, counts = np.unique(found, return_counts=True)
        labels.update(dict(zip(names.tolist(), counts.tolist(), strict=True)))
        activity.advance(len(found))
        return len(found)

    def _kept(self, table: NumericTable) -> dict[str, Any]:
        """Return all columns of the table as text; in a file format with types, numbers as numbers."""
        columns = table.all_columns()
        if is_typed(self.out):
            numbers = {name: table.X[:, d] for d, name in enumerate(table.names)}
            columns |= {name: numbers[name] for name in columns.keys() & numbers.keys()}
        return columns


def _say(terminal: Terminal, labels: Counter[Any], kind: str, out: Path) -> None:
    shown = ", ".join(f"{name}: {count:,}" for name, count in sorted(labels.items())[:12])
    more = f" and {len(labels) - 12} more" if len(labels) > 12 else ""
    terminal.say(f"{counted(labels.total(), 'row')} labelled, by {kind}: {shown}{more}")
    terminal.say(f"Written to {out}")
