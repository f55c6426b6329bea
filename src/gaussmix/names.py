"""Names of columns in words, and names shortened to a given length."""

from __future__ import annotations

from collections.abc import Sequence

from gaussmix.visible import visible

__all__ = ["columns_in_words", "short", "short_apart"]

_MOST_LISTED = 6


def columns_in_words(columns: Sequence[int], names: Sequence[str] | None = None) -> str:
    """Return the names or positions of columns in words.

    Parameters
    ----------
    columns : sequence of int
        Positions, at least one.
    names : sequence of str, optional
        Of all columns.

    Examples
    --------
    >>> columns_in_words([0, 2], ["height", "weight", "age"])
    "columns 'height', 'age'"
    >>> columns_in_words([2])
    'column 2'
    """
    listed = [str(d) if names is None else repr(str(names[d])) for d in columns[:_MOST_LISTED]]
    more = f" and {len(columns) - _MOST_LISTED} more" if len(columns) > _MOST_LISTED else ""
    return f"column{'' if len(columns) == 1 else 's'} {', '.join(listed)}{more}"


def short(name: str, most: int) -> str:
    """Return a name of at most a given length, without the middle of longer ones.

    Examples
    --------
    >>> short("mean_annual_precipitation_in_mm", 16)
    'mean_ann…n_in_mm'
    """
    name = visible(name)
    if len(name) <= most:
        return name
    end = (most - 1) // 2
    return f"{name[: most - 1 - end]}…{name[len(name) - end :]}"


def short_apart(names: Sequence[str], most: int) -> list[str]:
    """Return names of at most a given length, distinct for distinct names.

    Examples
    --------
    >>> short_apart(["the station in the north of it", "the station in the south of it"], 12)
    ['…north of it', '…south of it']
    """
    found = [short(name, most) for name in names]
    if len(set(found)) == len(set(names)):
        return found
    whole = [visible(name) for name in names]
    alike = next((i for i, letters in enumerate(zip(*whole, strict=False)) if len(set(letters)) > 1), 0)
    # From the beginning of the word in which they differ.
    start = max(whole[0].rfind(mark, 0, alike) + 1 for mark in " _-./")
    found = [f"{'…' if start else ''}{_cut(name[start:], most - bool(start))}" for name in whole]
    return found if len(set(found)) == len(set(names)) else whole


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
