"""The tables of the benchmark by name: :func:`tables_of` loads those of a half."""

from __future__ import annotations

from functools import cache

from .drawn import DRAWN
from .packages import MEASURED
from .table import HALVES, AbsentTableError, Entry, Table

__all__ = ["ENTRIES", "entry_named", "load", "tables_of"]

ENTRIES: tuple[Entry, ...] = (*MEASURED, *DRAWN)


def entry_named(name: str) -> Entry:
    """Return the entry of a table."""
    for entry in ENTRIES:
        if entry.name == name:
            return entry
    raise KeyError(f"there is no table {name!r}")


@cache
def load(name: str) -> Table:
    """Return a table by its name."""
    return entry_named(name).table()


def tables_of(half: str = "both", names: tuple[str, ...] = (), tell: bool = True) -> list[Table]:
    """Return the tables of a half, or some of them; those that cannot be read are left out and named.

    Parameters
    ----------
    half : {"tune", "report", "both"}
    names : tuple of str
        Some of the tables; all unless given.
    tell : bool
        Whether to print which are left out.
    """
    if half not in (*HALVES, "both"):
        raise ValueError(f"there is no half {half!r}: the halves are {', '.join(HALVES)}, or both")
    found = []
    for entry in ENTRIES:
        if (names and entry.name not in names) or half not in ("both", entry.half):
            continue
        try:
            found.append(load(entry.name))
        except AbsentTableError as error:
            if tell:
                print(f"left out: {error}", flush=True)
    return found
