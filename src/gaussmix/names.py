"""Names of columns in words, and names shortened to a given length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gaussmix.visible import visible

__all__ = ["column_in_words", "columns_in_words", "names_in_words", "quoted", "short", "short_apart"]

_MOST_LISTED = 6
_LONGEST = 60


def quoted(name: object) -> str:
    """Return the name of a column in quotes, shortened if it is long; a position is not quoted.

    Examples
    --------
    >>> quoted("height"), quoted(2)
    ("'height'", '2')
    """
    if not isinstance(name, str):
        return repr(name)
    return repr(str(name) if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}…")


def column_in_words(name: object) -> str:
    """Return the name of a column, or its position, in words.

    Examples
    --------
    >>> column_in_words("height"), column_in_words(2)
    ("column 'height'", 'column 2')
    """
    return f"column {quoted(name)}"


def names_in_words(names: Iterable[object], most: int = 12) -> str:
    """Return names of columns in quotes, of many the first ones and the number of others.

    Examples
    --------
    >>> names_in_words(["height", "weight", "age"], most=2)
    "'height', 'weight' and 1 more"
    """
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(quoted(name) for name in every[:most]) + more


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
    listed = names_in_words([int(d) if names is None else str(names[d]) for d in columns], _MOST_LISTED)
    return f"column{'' if len(columns) == 1 else 's'} {listed}"


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
