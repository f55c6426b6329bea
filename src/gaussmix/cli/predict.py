"""``gaussmix predict``: a label for each row of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gaussmix.cli.models import labeller_of
from gaussmix.cli.outputs import check_outputs, collected, write_rows
from gaussmix.cli.progress import Activity
from gaussmix.cli.rows import rows_for_model, tell_about
from gaussmix.cli.table_options import TableOptions
from gaussmix.cli.terminal import Terminal
from gaussmix.data.tables import check_writable
from gaussmix.report.words import counted

__all__ = ["run"]


def run(
    model: Path,
    file: Path,
    out: Path | None,
    *,
    table: TableOptions,
    columns: str | None = None,
    proba: bool = False,
    log_density: bool = False,
    quiet: bool = False,
) -> None:
    """Label the rows of a table.

    Parameters
    ----------
    model, file : pathlib.Path
        The model, and the table.
    out : pathlib.Path or None
        Where the labels go; None prints them as CSV.
    table : TableOptions
        How the table is written, and which columns to leave out.
    columns : str or None
        The columns that take the places of the model's.
    proba, log_density : bool
        Whether to add columns for them.
    quiet : bool
    """
    from gaussmix.persist import load

    terminal = Terminal.open(quiet)
    check_outputs({"--out": out}, [model, file])
    if out is not None:
        check_writable(out)
    with Activity(terminal.err) as activity:
        activity.begin(f"Reading {file.name}")
        labeller = labeller_of(load(model), model)
        rows = rows_for_model(file, table, columns, labeller.n_features, labeller.feature_names)
        tell_about(rows, terminal)
        activity.begin("Labelling", total=len(rows.X))
        parts = []
        if out is not None:
            for part in labeller.parts(rows.X, proba=proba, log_density=log_density):
                parts.append(part)
                activity.advance(len(part[labeller.kind]))
            write_rows(out, parts)
    if out is None:
        write_rows(None, labeller.parts(rows.X, proba=proba, log_density=log_density))
    else:
        _say(terminal, collected(parts)[labeller.kind], labeller.kind, out)


def _say(terminal: Terminal, labels: Any, kind: str, out: Path) -> None:
    names, counts = np.unique(labels, return_counts=True)
    shown = ", ".join(
        f"{name}: {count:,}" for name, count in list(zip(names, counts, strict=True))[:12]
    )
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    terminal.say(f"{counted(len(labels), 'row')} labelled, by {kind}: {shown}{more}")
    terminal.say(f"Written to {out}")
