"""Rows of a fit read in blocks: large files, folders and databases."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaussmix.cli.roles import Roles, listed
from gaussmix.cli.table_options import TableOptions
from gaussmix.errors import DataWarning, InputError
from gaussmix.report.words import counted

if TYPE_CHECKING:
    from gaussmix.cli.models import Labeller
    from gaussmix.sources import TableSource

__all__ = ["Blocks", "SourceFitRows", "is_read_in_blocks", "source_for_model", "source_to_fit"]

_LARGE = 250_000_000
"""Files of more bytes are read in blocks, if their format can be."""
_ONLY_IN_BLOCKS = (".pq", ".ipc", ".fcs", ".h5ad")
_IN_BLOCKS = (*_ONLY_IN_BLOCKS, ".parquet", ".npy", ".arrow", ".feather", ".csv", ".tsv")


@dataclass(frozen=True)
class Blocks:
    """Command-line options for rows read in blocks.

    Parameters
    ----------
    sql, connection : str or None
        A query, and the address of the database.
    memory : str or None
        Memory for the rows; None for the usual one.
    skip : bool
        Whether bad rows are left out.
    """

    sql: str | None = None
    connection: str | None = None
    memory: str | None = None
    skip: bool = False

    @property
    def given(self) -> bool:
        """Whether an option asks for blocks."""
        return self.sql is not None or self.memory is not None or self.skip

    def words(self) -> list[str]:
        """Return the options as words of a command line."""
        pairs = (("--sql", self.sql), ("--connection", self.connection), ("--memory", self.memory))
        words = [word for option, value in pairs if value is not None for word in (option, value)]
        return words + ["--skip-bad-rows"] * self.skip


@dataclass(frozen=True, eq=False)
class SourceFitRows:
    """The rows of a fit, in a source.

    Parameters
    ----------
    skipped : mapping from str to str
        The columns left out, with the reasons.
    labels : None
        Labels are columns of the source, numbers of components.
    """

    source: TableSource
    skipped: Mapping[str, str] = field(default_factory=dict)
    labels: None = None
    notice: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.source.names

    @property
    def frame(self) -> TableSource:
        """Rows as an argument of ``fit``."""
        return self.source

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return self.source.n_rows

    @property
    def usable(self) -> int:
        """Number of rows of positive weight."""
        return self.source.facts.usable

    @property
    def weighted(self) -> bool:
        """Whether the rows have weights."""
        return self.source.layout.weights is not None

    @property
    def total_weight(self) -> float:
        """Sum of the row weights."""
        return self.source.facts.weight

    @property
    def known(self) -> dict[str, Any]:
        """Nothing: weights, errors and labels are columns of the source."""
        return {}

    @property
    def missing(self) -> dict[str, int]:
        """Nothing: missing values are not counted by column."""
        return {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """Notes on the rows for the user."""
        bad = [f"{count:,} rows with {fault}" for fault, count in self.source.skipped.items()]
        return (f"left out: {', '.join(bad)}",) if bad else ()


def is_read_in_blocks(file: Path | None, blocks: Blocks) -> bool:
    """Return whether the rows of a fit are read in blocks."""
    if file is None or blocks.given or file.is_dir():
        return True
    suffix = file.suffix.lower()
    if suffix in _ONLY_IN_BLOCKS:
        return True
    return suffix in _IN_BLOCKS and file.is_file() and file.stat().st_size > _LARGE


def source_to_fit(
    file: Path | None, table: TableOptions, columns: str | None, roles: Roles, blocks: Blocks
) -> SourceFitRows:
    """Open the rows of a fit, and check them.

    Parameters
    ----------
    file : pathlib.Path or None
        None for a query.
    columns : str or None
        Names or positions, separated by commas.
    """
    from gaussmix.sources import open_source

    _refuse(file, table, blocks)
    options: dict[str, Any] = {
        "columns": None if columns is None else _columns(columns),
        "weights": None if roles.weights is None else _column(roles.weights),
        "errors": [_column(name) if name else None for name in roles.error_columns] or None,
        "labels": None if roles.labels is None else _column(roles.labels),
        "memory": blocks.memory or "1GB",
        "on_bad_rows": "skip" if blocks.skip else "raise",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the command prints what is left out
        source: Any = open_source(_rows(file, blocks), **options)
        source.parts()
    notice = "values are missing; the fit uses the observed ones" if source.facts.holes else ""
    return SourceFitRows(source, dict(source.layout.left_out), notice=notice)


def source_for_model(
    file: Path,
    table: TableOptions,
    columns: str | None,
    errors: str | None,
    labeller: Labeller,
    memory: str | None,
) -> TableSource:
    """Open the rows to predict: the columns given, else those with the model's names, else all.

    Parameters
    ----------
    columns, errors : str or None
        Names or positions, separated by commas.
    labeller : Labeller
        The model.
    """
    from gaussmix.sources import open_source

    _refuse(file, table, Blocks())
    names = labeller.feature_names
    chosen: Any = None if names is None else list(names)
    options: dict[str, Any] = {
        "columns": chosen if columns is None else _columns(columns),
        "errors": [_column(name) if name else None for name in Roles(errors=errors).error_columns] or None,
        "memory": memory or "1GB",
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        source: Any = open_source(file, **options)
        source.parts()
    if source.n_features != labeller.n_features:
        raise InputError(
            f"{file} gives {counted(source.n_features, 'column')} of numbers, and the model has "
            f"{labeller.n_features}: name the columns to use, in the model's order, with --columns"
        )
    found: TableSource = source
    return found


def _rows(file: Path | None, blocks: Blocks) -> Any:
    from gaussmix.sources import Query

    if blocks.sql is None:
        return file
    assert blocks.connection is not None
    return Query(blocks.sql, blocks.connection)


def _refuse(file: Path | None, table: TableOptions, blocks: Blocks) -> None:
    if file is not None and str(file) == "-":
        raise InputError("the standard input is not read in blocks: give a file, or leave out --memory")
    given = [word for word in table.words() if word.startswith("--")]
    if given:
        what = "a query" if file is None else f"{file}, which is read in blocks"
        raise InputError(f"{given[0]} does not apply to {what}: leave it out; --columns chooses columns")


def _columns(columns: str) -> list[str | int]:
    return [_column(name) for name in listed(columns)]


def _column(name: str) -> str | int:
    return int(name) if name.isdigit() else name
