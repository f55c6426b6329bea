"""Output files, checked before the work begins, and tables written to a file or to the standard output."""

from __future__ import annotations

import csv
import os
import stat
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from gaussmix.data.harmless import harmless
from gaussmix.errors import InputError
from gaussmix.files import as_path, replacing

__all__ = ["Columns", "check_outputs", "collected", "is_typed", "write_rows"]

STANDARD_INPUT = "-"

Columns: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays (n,) by name: a part of a table."""


def check_outputs(outputs: Mapping[str, Path | None], inputs: Sequence[Path] = ()) -> None:
    """Raise one sentence if a file cannot be written, is one of the inputs, or is named twice.

    Nothing is read or written before all names are known to differ.

    Parameters
    ----------
    outputs : mapping from str to pathlib.Path or None
        By the option that names it.
    inputs : sequence of pathlib.Path
        The input files of the command.
    """
    given = {option: path for option, path in outputs.items() if path is not None}
    for option, path in given.items():
        if any(_same(path, source) for source in inputs):
            raise InputError(f"{option} {path} is a file that this command reads: give another name")
    for source in inputs:
        _check_streams(source)
    for (first, path), (second, other) in combinations(given.items(), 2):
        if _same(path, other):
            raise InputError(f"{first} and {second} are the same file, {other}: give two names")
    for path in given.values():
        _check_writable(path)


class _DryRunError(Exception):
    """Leaves the file unchanged: only a check was asked for."""


def _check_writable(path: Path) -> None:
    try:
        with replacing(path):
            raise _DryRunError
    except _DryRunError:
        return


def _same(path: Path, other: Path) -> bool:
    """Return whether two names are the same file, also through links."""
    return _real_path(path) == _real_path(other) or _same_stat(_stat(path), _stat(other))


def _real_path(path: Path) -> str:
    return os.path.realpath(as_path(path))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return os.fstat(0) if str(path) == STANDARD_INPUT else os.stat(_real_path(path))
    except OSError:
        return None


def _same_stat(one: os.stat_result | None, other: os.stat_result | None) -> bool:
    return one is not None and other is not None and os.path.samestat(one, other)


def _check_streams(source: Path) -> None:
    """Raise one sentence if the shell redirects the output into an input file (``>> data.csv``)."""
    read = _stat(source)
    for number, what in ((1, "the output"), (2, "the error output")):
        with suppress(OSError):
            written = os.fstat(number)
            if stat.S_ISREG(written.st_mode) and _same_stat(read, written):
                name = "the standard input" if str(source) == STANDARD_INPUT else source
                raise InputError(
                    f"{what} would overwrite {name}, an input of this command: redirect it to another file"
                )


def write_rows(path: Path | None, parts: Iterable[Columns], *, raw: bool = False) -> None:
    """Write a table, part by part, to a file in the format of its suffix or as CSV to the standard output.

    Parameters
    ----------
    path : pathlib.Path or None
        The file; None for the standard output.
    parts : iterable of mappings
        Columns by name; each part has the same names.
    raw : bool
        Whether to keep text that a spreadsheet or a terminal would execute.
    """
    # A spreadsheet runs no formula of a file that has types.
    shown = parts if raw else (harmless(part, formulas=is_typed(path)) for part in parts)
    if path is None:
        _print_csv(shown)
    else:
        from gaussmix.data.tables import write_parts

        write_parts(path, shown)


def is_typed(path: Path | None) -> bool:
    """Return whether a file format has types for numbers and text."""
    return path is not None and path.suffix.lower() in (".npy", ".parquet")


def collected(parts: Iterable[Columns]) -> Columns:
    """Return the parts of a table as one."""
    import numpy as np

    held = list(parts)
    return {name: np.concatenate([part[name] for part in held]) for name in held[0]}


def _print_csv(parts: Iterable[Columns]) -> None:
    from gaussmix.data.writing import csv_rows

    writer = csv.writer(sys.stdout, lineterminator="\n")
    for number, part in enumerate(parts):
        if number == 0:
            writer.writerow(part)
        writer.writerows(csv_rows(list(part.values())))
