"""``gaussmix select``: from a table to the best of many models, and a printed comparison."""

from __future__ import annotations

import csv
import math
import shlex
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from gaussmix.cli.outputs import check_outputs
from gaussmix.cli.progress import Activity
from gaussmix.cli.roles import Roles
from gaussmix.cli.rows import FitRows, name_of, rows_to_fit, tell_about
from gaussmix.cli.source_rows import Blocks, SourceFitRows, is_read_in_blocks, source_to_fit
from gaussmix.cli.summary import show_data
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.errors import InputError
from gaussmix.estimators.estimate_words import estimate_in_words
from gaussmix.files import check_suffix, replacing
from gaussmix.model_sweep.fitted import SIGNS, signs_in_words
from gaussmix.model_sweep.names import criterion_title
from gaussmix.report.words import counted, number

if TYPE_CHECKING:
    from gaussmix.model_selection import Selection
    from gaussmix.model_sweep import FittedModel

__all__ = ["SelectCommand"]

_PICTURES = [".png", ".svg", ".pdf"]
_INFORMATION = ("bic", "aic", "icl")
_MOST_RANKED = 5


@dataclass(frozen=True)
class SelectCommand:
    """A call of ``gaussmix select``.

    Parameters
    ----------
    file : pathlib.Path or None
        None for a query.
    table : TableOptions
        How it is written, and which columns to leave out.
    columns : str or None
        The columns to fit.
    roles : Roles
        The columns of weights, standard errors and labels.
    outputs : mapping
        The files to write by option, or None: the model, the picture, the table of all models, the selection.
    options : mapping
        Of :func:`gaussmix.select`.
    blocks : Blocks
        The query, the memory, and what becomes of bad rows.
    """

    file: Path | None
    table: TableOptions
    columns: str | None
    roles: Roles
    outputs: Mapping[str, Path | None]
    options: Mapping[str, Any]
    blocks: Blocks = field(default_factory=Blocks)
    quiet: bool = False

    @property
    def name(self) -> str:
        """Name of the table."""
        return name_of(self.file)

    def run(self) -> None:
        """Read, compare, write the files, print the comparison."""
        terminal = Terminal.open(self.quiet)
        self._check_files()
        with Activity(terminal.err) as activity:
            activity.begin(f"Reading {self.name}")
            rows = self._rows()
            tell_about(rows, terminal)
            if rows.n_rows < 2:
                raise InputError(
                    f"{self.file or self.name} has {counted(rows.n_rows, 'row')}: give more rows"
                )
            selection, notes = self._selected(rows, activity)
        self._write(selection)
        show_data(terminal, self.name, rows)
        self._show(selection, notes, terminal)
        self._say_what_next(terminal)

    def _rows(self) -> FitRows | SourceFitRows:
        """Return the rows: in memory, or in blocks of a large file, a folder or a query."""
        if self.file is None or is_read_in_blocks(self.file, self.blocks):
            return source_to_fit(self.file, self.table, self.columns, self.roles, self.blocks)
        return rows_to_fit(self.file, self.table, self.columns, self.roles, max(self.options["n_components"]))

    def _check_files(self) -> None:
        kept = self.outputs["--resume"]
        files = [] if self.file is None else [self.file]
        check_outputs({name: path for name, path in self.outputs.items() if name != "--resume"}, files)
        for name, suffixes, what in (
            ("--out", [".safetensors"], "a model"),
            ("--picture", _PICTURES, "a picture"),
            ("--table", [".csv"], "a table"),
        ):
            if (path := self.outputs[name]) is not None:
                check_suffix(path, suffixes, what)
        if kept is not None:
            check_suffix(kept, [".safetensors"], "a selection")

    def _selected(self, rows: FitRows | SourceFitRows, activity: Activity) -> tuple[Selection, list[str]]:
        """Return the selection, and its notes that are no warnings."""
        from gaussmix.model_selection import select

        activity.begin("Comparing models")
        watch = _Watch(activity, self.options["criterion"])
        with warnings.catch_warnings(record=True) as caught:
            selection = select(
                rows.frame, **self.options, **rows.known, callbacks=watch, resume=self.outputs["--resume"]
            )
        for warning in caught:
            # If no model is sound, the causes are the error that follows.
            if selection.ranked or str(warning.message) not in selection.notes:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        warned = {str(warning.message) for warning in caught}
        return selection, [note for note in selection.notes if note not in warned]

    def _write(self, selection: Selection) -> None:
        table, picture, out = (self.outputs[name] for name in ("--table", "--picture", "--out"))
        if table is not None:
            _write_table(selection, table)
        _ = selection.best  # an error with the causes if no model is sound
        if picture is not None:
            selection.plot().savefig(picture, dpi=150)
        if out is not None:
            selection.best_.save(out)

    def _show(self, selection: Selection, notes: Sequence[str], terminal: Terminal) -> None:
        from gaussmix.model_selection.summary import noise_in_words

        name = criterion_title(selection.criterion)
        terminal.say(f"{counted(len(selection.models), 'model')}, compared by {name} (lower is better)")
        if estimate := estimate_in_words(selection.options):
            terminal.say(f"Estimate: {estimate}")
        terminal.say()
        for table in _maps(selection, terminal.out.width):
            terminal.show(table)
            terminal.say()
        if signs := signs_in_words(selection.models):
            terminal.say(f" {signs}: never chosen")
            terminal.say()
        terminal.show(_ranking(selection))
        terminal.say()
        for line in selection.summary().splitlines()[: 1 + (selection.criterion not in _INFORMATION)]:
            terminal.show(line)
        for note in (noise_in_words(selection), *notes):
            if note:
                terminal.show(note)

    def _say_what_next(self, terminal: Terminal) -> None:
        terminal.say()
        written = {
            "--out": "Model",
            "--picture": "Picture",
            "--table": "Table of all models",
            "--resume": "Selection",
        }
        for option, what in written.items():
            if self.outputs[option] is not None:
                terminal.say(f"{what} written to {self.outputs[option]}")
        terminal.say("Next:")
        out = self.outputs["--out"]
        if out is None:
            terminal.say("  save the best model:  add --out model.safetensors")
        elif self.file is not None:
            words = [
                "gaussmix",
                "predict",
                str(out),
                str(self.file),
                *self.table.words(),
                "--out",
                "labels.csv",
            ]
            terminal.say(f"  label the rows:  {shlex.join(words)}")
        if self.outputs["--picture"] is None:
            terminal.say("  see the curves:  add --picture curves.png")


class _Watch:
    """A callback to show each fitted model, and the best."""

    def __init__(self, activity: Activity, criterion: str) -> None:
        self._activity, self._criterion = activity, criterion
        self._seen: set[str] = set()
        self._best: tuple[float, str] = (math.inf, "none yet")

    def __call__(self, model: FittedModel) -> None:
        """Show a fitted model."""
        self._seen.add(model.name)
        value = model.value(self._criterion)
        if model.sound and value < self._best[0]:
            self._best = value, model.name
        self._activity.show(
            "Comparing models", f"{counted(len(self._seen), 'model')}, best {self._best[1]}", None
        )


def _maps(selection: Selection, width: int) -> list[Table]:
    """Return the criterion of all models, a row for each family and a column for each number of components."""
    counts = sorted({model.n_components for model in selection.models})
    names = list(dict.fromkeys(model.family_name for model in selection.models))
    places = {(model.family_name, model.n_components): model for model in selection.models}
    best = selection.ranked[:1]
    cells = {key: _cell(model, selection.criterion, model in best) for key, model in places.items()}
    wide = 3 + max(len(cell) for cell in cells.values())
    several = max(1, (width - 8) // wide)
    return [
        _map(names, counts[at : at + several], cells, {(m.family_name, m.n_components) for m in best})
        for at in range(0, len(counts), several)
    ]


def _map(
    names: Sequence[str],
    counts: Sequence[int],
    cells: Mapping[tuple[str, int], str],
    best: set[tuple[str, int]],
) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="bold", padding=(0, 1, 0, 0)
    )
    table.add_column("K", justify="left", no_wrap=True)
    for K in counts:
        table.add_column(f"K = {K}" if counts[0] == K else str(K), justify="right", no_wrap=True)
    for name in names:
        row = [cells.get((name, K), "") for K in counts]
        marked = [
            Text(cell, "bold" if (name, K) in best else "") for cell, K in zip(row, counts, strict=True)
        ]
        table.add_row(name, *marked)
    return table


def _cell(model: FittedModel, criterion: str, best: bool) -> str:
    if not model.sound:
        return SIGNS[model.status]
    value = model.value(criterion)
    return number(value, 0 if abs(value) >= 1e3 else 1) + ("*" if best else "")


def _ranking(selection: Selection) -> Table:
    """Return the best models with all criteria."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False, header_style="bold")
    information = selection.criterion in _INFORMATION
    criteria = ["bic", "aic", "icl"] if information else ["bic", selection.criterion]
    titles = [name.upper() if name in _INFORMATION else name for name in criteria]
    for name in ("model", "parameters", "log-likelihood", *titles, "above"):
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    ranked = selection.ranked[:_MOST_RANKED]
    for model in ranked:
        above = model.value(selection.criterion) - ranked[0].value(selection.criterion)
        values = [number(model.log_likelihood, 2)]
        values += [number(model.value(name), 2) for name in criteria]
        table.add_row(model.name, str(model.df), *values, number(above, 2) if above else "best")
    return table


def _write_table(selection: Selection, path: Path) -> None:
    names = ["n_components", "family_name", "log_likelihood", "df", "bic", "aic", "icl"]
    scores = sorted({name for model in selection.models for name in model.scores})
    with replacing(path) as draft, open(draft, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        header = ["family" if name == "family_name" else name for name in names]
        writer.writerow([*header, *scores, "status", "seconds"])
        for model in selection.models:
            values = [getattr(model, name) for name in names]
            values += [*(model.value(name) for name in scores), model.status, model.seconds]
            writer.writerow(["" if isinstance(v, float) and math.isnan(v) else v for v in values])
