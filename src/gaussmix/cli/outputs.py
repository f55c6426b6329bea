"""Files to write, looked at before the work so that none is lost; tables to a file or the standard output."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from gaussmix.errors import InputError
from gaussmix.files import as_path, replacing

__all__ = ["Columns", "check_outputs", "collected", "write_rows"]

Columns: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays (n,) by name: a part of a table."""


def check_outputs(outputs: Mapping[str, Path | None], inputs: Iterable[Path] = ()) -> None:
    """Raise one sentence if a file cannot be written, is one of the inputs, or is named twice.

    Parameters
    ----------
    outputs : mapping from str to pathlib.Path or None
        By the option that names it.
    inputs : iterable of pathlib.Path
        What the command reads.
    """
    given = {option: path for option, path in outputs.items() if path is not None}
    seen: dict[str, str] = {}
    for option, path in given.items():
        if any(_same(path, source) for source in inputs):
            raise InputError(f"{option} {path} is a file that this command reads: give another name")
        place = os.path.realpath(as_path(path))
        if place in seen:
            raise InputError(f"{seen[place]} and {option} are the same file, {path}: give two names")
        seen[place] = option
        _check_writable(path)


class _LookedError(Exception):
    """Leaves a file as it was."""


def _check_writable(path: Path) -> None:
    try:
        with replacing(path):
            raise _LookedError
    except _LookedError:
        return


def _same(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except OSError:
        return False


def write_rows(path: Path | None, parts: Iterable[Columns]) -> None:
    """Write a table that comes in parts: to a file by its suffix, or as CSV to the standard output.

    Parameters
    ----------
    path : pathlib.Path or None
        The file; None for the standard output.
    parts : iterable of mappings
        Columns by name; each part has the same names.
    """
    if path is None:
        _print_csv(parts)
    else:
        from gaussmix.data.tables import write_table

        write_table(path, collected(parts))


def collected(parts: Iterable[Columns]) -> Columns:
    """Return the parts of a table as one."""
    import numpy as np

    held = list(parts)
    return {name: np.concatenate([part[name] for part in held]) for name in held[0]}


def _print_csv(parts: Iterable[Columns]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    for number, part in enumerate(parts):
        if number == 0:
            writer.writerow(part)
        writer.writerows(zip(*(column.tolist() for column in part.values()), strict=True))
