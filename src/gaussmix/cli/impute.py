"""``gaussmix impute``: a table with its missing values filled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.cli.models import mixture_in
from gaussmix.cli.outputs import check_outputs, is_typed, write_rows
from gaussmix.cli.progress import Activity
from gaussmix.cli.rows import errors_for_model, rows_for_model, tell_about
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.data.harmless import free_name
from gaussmix.data.tables import NumericTable, check_writable
from gaussmix.report.words import counted

if TYPE_CHECKING:
    from gaussmix._types import Floats
    from gaussmix.mixture import Mixture

__all__ = ["ImputeCommand"]


@dataclass(frozen=True)
class ImputeCommand:
    """A call of ``gaussmix impute``.

    Parameters
    ----------
    model, file : pathlib.Path
        The model, and the table.
    table : TableOptions
        How the table is written, and which columns to leave out.
    out : pathlib.Path or None
        Where the filled table goes; None prints it as CSV.
    columns, errors : str or None
        The columns that take the places of the model's, and those of their standard errors.
    draws, seed : int or None
        The number of random draws of each missing value, and their seed; None for expected values.
    raw : bool
        Whether to keep text that a spreadsheet or a terminal would execute.
    """

    model: Path
    file: Path
    table: TableOptions
    out: Path | None
    columns: str | None = None
    errors: str | None = None
    draws: int | None = None
    seed: int | None = None
    raw: bool = False
    quiet: bool = False

    def run(self) -> None:
        """Read, fill, and write or print the table."""
        from gaussmix.persist import load

        terminal = Terminal.open(self.quiet)
        check_outputs({"--out": self.out}, [self.model, self.file])
        if self.out is not None:
            check_writable(self.out)
        with Activity(terminal.err) as activity:
            activity.begin(f"Reading {self.file.name}")
            mixture = mixture_in(load(self.model), self.model)
            names = mixture.feature_names
            rows = rows_for_model(self.file, self.table, self.columns, mixture.n_features, names)
            tell_about(rows, terminal)
            variances = errors_for_model(self.file, self.table, self.errors, rows)
            activity.begin("Filling")
            write_rows(self.out, self._parts(mixture, rows, variances), raw=self.raw)
        if self.out is not None:
            times = "" if self.draws is None else f", {counted(self.draws, 'draw')} of each"
            terminal.say(f"{counted(sum(rows.missing.values()), 'missing value')} filled{times}")
            terminal.say(f"Written to {self.out}")

    def _parts(
        self, mixture: Mixture, rows: NumericTable, variances: Floats | None
    ) -> Iterator[dict[str, Any]]:
        """Yield the filled table, once or for each draw."""
        columns = rows.all_columns()
        if self.draws is None:
            yield self._filled(columns, rows, mixture.impute(rows.X, variances))
            return
        rng, name, n = np.random.default_rng(self.seed), free_name("draw", columns), len(rows.X)
        for number in range(self.draws):
            drawn = mixture.draw(rows.X, 1, rng, variances)[0]
            values = np.where(np.isnan(rows.X), drawn, rows.X)
            yield {name: np.full(n, number), **self._filled(columns, rows, values)}

    def _filled(self, columns: dict[str, Any], rows: NumericTable, values: Floats) -> dict[str, Any]:
        """Return all columns of the table: as they are written, but for missing values of the model's."""
        filled = dict(columns)
        for d, name in enumerate(rows.names):
            missing = np.isnan(rows.X[:, d])
            if is_typed(self.out) or not _as_written(columns[name], rows.X[:, d], missing):
                filled[name] = values[:, d]
            elif missing.any():
                column = np.array(columns[name], dtype=object)
                column[missing] = values[missing, d]
                filled[name] = column
        return filled


def _as_written(column: Any, values: Floats, missing: Any) -> bool:
    """Return whether the cells are written in Python's notation, so that imputed numbers look like the others."""
    try:
        return bool((np.asarray(column)[~missing].astype(np.float64) == values[~missing]).all())
    except ValueError:
        return False
