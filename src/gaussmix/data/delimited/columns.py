"""The columns of a text table: numbers in a notation, text, missing, or in doubt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gaussmix.data.delimited.cells import (
    INFINITE,
    MISSING,
    NUMBER,
    TEXT,
    Notation,
    affixes,
    is_missing,
    readings,
)
from gaussmix.data.options import ReadOptions

__all__ = ["DOUBTFUL", "Column", "Seen", "columns_of", "decimal_of", "is_with_unit"]

DOUBTFUL = "doubtful"
"""The kind of a column that looks like numbers in a notation that options must settle."""

_WHOLE = re.compile(r"[+-]?[0-9]+")
_EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_POINTED = re.compile(
    r"[+-]?(?:0\.[0-9]+|[0-9]{4,}\.[0-9]+|[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,}))(?:[eE][+-]?[0-9]+)?"
)
_WITH_UNIT = re.compile(
    r"(?P<before>[<>≤≥~≈('\"]?\s?)[+\-\u2212]?[0-9]+(?:[.,'_][0-9]+)*(?:[eE][+-]?[0-9]+)?"
    r"(?P<behind>\s*[^0-9]{0,12}|\s*[(\[±].*)"
)


@dataclass(frozen=True)
class Column:
    """A column of a text table, judged by its first cells.

    Parameters
    ----------
    kind : str
        number, text, missing or doubtful.
    notation : Notation
        The notation of its numbers.
    doubt : str
        The reason for not reading a column that looks like numbers, as the end of a sentence; or "".
    plain : bool
        Whether the first cells are numbers in Python's notation, apart from the decimal sign.
    """

    name: str
    kind: str
    notation: Notation
    doubt: str = ""
    plain: bool = True


@dataclass
class Seen:
    """Counts of the notations in the cells of a column.

    Parameters
    ----------
    counts : Counter
        Numbers of cells by kind: number, missing, text.
    prefixes, suffixes : set of str
        The texts before and behind the numbers.
    points : int
        Count of numbers in Python's notation with an unambiguous decimal point.
    either : int
        Count of numbers such as 1.234, with a point that may also group thousands.
    bodies : Counter
        Other numbers with a sign or a space among their digits.
    plain : bool
        Whether all cells consist of digits, at most one sign, and a decimal sign.
    examples : dict
        A cell for each text in `bodies`, and one for `points`.
    texts : list
        Cells of text.
    """

    counts: Counter[str] = field(default_factory=Counter)
    prefixes: set[str] = field(default_factory=set)
    suffixes: set[str] = field(default_factory=set)
    points: int = 0
    either: int = 0
    bodies: Counter[str] = field(default_factory=Counter)
    plain: bool = True
    examples: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cells: Sequence[str]) -> Seen:
        """Return the counts for the cells of a column."""
        seen = cls()
        for cell in map(str.strip, cells):
            seen._add(cell)
        return seen

    def _add(self, cell: str) -> None:
        pointed, either = bool(_POINTED.fullmatch(cell)), bool(_EITHER.fullmatch(cell))
        if pointed or either or _WHOLE.fullmatch(cell):
            self.points += pointed
            self.either += either
            if pointed and self.points == 1:
                self.examples["."] = cell
            self.counts[NUMBER] += 1
            self.suffixes.add("")
            return
        found = affixes(cell)
        if found is not None and readings(found[1]):
            prefix, body, suffix = found
            self.counts[NUMBER] += 1
            self.prefixes.add(prefix)
            self.suffixes.add(suffix)
            self.bodies[body] += 1
            self.examples.setdefault(body, cell)
            usual = not prefix and not suffix and cell.lstrip("+-")[:1] in "0123456789.,"
            self.plain = self.plain and usual and "d" not in body.lower()
        elif is_missing(cell):
            self.counts[MISSING] += 1
        elif Notation().kind(cell) == INFINITE:
            self.counts[NUMBER] += 1
        else:
            self.counts[TEXT] += 1
            self.texts.append(cell)

    @property
    def kind(self) -> str:
        """Numbers if they are at least half of the cells with a value, text otherwise."""
        if self.counts[NUMBER] >= max(1, self.counts[TEXT]):
            return NUMBER
        return TEXT if self.counts[TEXT] else MISSING

    def readable(self, decimal: str) -> int:
        """Return the number of cells that are numbers with this decimal sign."""
        whole = self.counts[NUMBER] - self.bodies.total() - (self.points if decimal == "," else 0)
        return whole + sum(
            times for body, times in self.bodies.items() if any(sign == decimal for sign, _ in readings(body))
        )

    def thousands(self, decimal: str) -> Counter[str]:
        """Return the characters that group thousands, given the decimal sign, with their counts."""
        found: Counter[str] = Counter({".": self.either} if self.either and decimal == "," else {})
        for body, times in self.bodies.items():
            found.update({mark: times for sign, mark in readings(body) if sign == decimal and mark})
        return found

    def example(self, decimal: str, *, readable: bool) -> str:
        """Return a cell that is a number with a decimal sign, or one that is not."""
        for body, cell in self.examples.items():
            signs = {"."} if body == "." else {sign for sign, _ in readings(body)}
            if (decimal in signs) == readable:
                return cell
        return next(iter(self.examples.values()), "")


def decimal_of(seen: Sequence[Seen], options: ReadOptions) -> str | None:
    """Return the decimal sign of the columns of numbers; None if there is no evidence or it conflicts.

    A column shows a sign if more of its cells are numbers with it than with the other: ``1,5`` shows a comma, ``1,234``
    nothing.
    """
    if options.decimal is not None:
        return options.decimal
    if options.thousands in (".", ","):
        return "," if options.thousands == "." else "."
    votes = set()
    for column in seen:
        if column.kind == NUMBER and (column.points or column.bodies):
            point, comma = column.readable("."), column.readable(",")
            votes |= {"."} if point > comma else {","} if comma > point else set()
    return votes.pop() if len(votes) == 1 else "." if votes else None


def columns_of(
    names: Sequence[str],
    seen: Sequence[Seen],
    decimal: str | None,
    options: ReadOptions,
    *,
    commas_separate: bool,
) -> list[Column]:
    """Return the columns of a table.

    Parameters
    ----------
    decimal : str or None
        The decimal sign; None without evidence.
    commas_separate : bool
        Whether commas separate columns: a comma within quotes then groups thousands, unless there is evidence of a
        decimal comma.
    """
    return [
        _column(name, column, decimal, options, commas_separate)
        for name, column in zip(names, seen, strict=True)
    ]


def _column(
    name: str, seen: Seen, decimal: str | None, options: ReadOptions, commas_separate: bool
) -> Column:
    sign = decimal or "."
    notation = Notation(sign, options.thousands or "")
    if seen.kind != NUMBER:
        return Column(name, seen.kind, notation, _with_unit(seen) if seen.kind == TEXT else "")
    if not seen.bodies and sign == ".":
        return Column(name, NUMBER, notation)
    doubt = next(_doubts(seen, decimal, options, commas_separate), "")
    if options.thousands is None:
        marks = seen.thousands(sign)
        notation = replace(notation, thousands=marks.most_common(1)[0][0] if marks else "")
    notation = replace(notation, prefix=max(seen.prefixes, default=""), suffix=max(seen.suffixes, default=""))
    plain = seen.plain and not notation.thousands
    return Column(name, DOUBTFUL if doubt else NUMBER, notation, doubt, plain)


def _doubts(seen: Seen, decimal: str | None, options: ReadOptions, commas_separate: bool) -> Iterator[str]:
    """Yield the reasons for not reading a column that looks like numbers."""
    sign = decimal or "."
    readable = seen.readable(sign)
    if 2 * readable < seen.counts[NUMBER]:
        other = "a decimal point" if sign == "," else "decimal commas"
        cell = seen.example(sign, readable=False)
        yield f"looks like numbers with {other} ({cell!r}): give --decimal {'.' if sign == ',' else ','}"
    groups = seen.thousands(sign)
    if decimal is None and options.thousands is None and groups[","] and not commas_separate:
        cell = next(cell for body, cell in seen.examples.items() if "," in body)
        yield (f"may have decimal commas or grouped thousands ({cell!r}): give --decimal , or --thousands ,")
    if len(groups) > 1:
        yield f"groups thousands in more than one way ({', '.join(map(repr, list(groups)))}): write them in one way"
    currencies = {text for text in seen.prefixes | seen.suffixes if text and text not in "%‰"}
    if len(currencies) > 1:
        yield f"holds amounts in several currencies ({', '.join(sorted(currencies))}): convert them to one"
    shares = {text for text in seen.suffixes if text in ("%", "‰", "")}
    if len(shares) > 1 and shares != {""} and shares & {"%", "‰"}:
        yield f"has some numbers with {(shares - {''}).pop()} and some without: write all in one way"


def _with_unit(seen: Seen) -> str:
    """Return a remark on cells that are numbers with a unit, if nearly all are and in the same way."""
    if any(cell.isdecimal() and not cell.isascii() for cell in seen.texts):
        return f"holds digits of another script ({seen.texts[0]!r}): write 0 to 9"
    found = [_WITH_UNIT.fullmatch(cell) for cell in seen.texts]
    units = Counter(_text_beside(match) for match in found if match)
    if not units:
        return ""
    (unit, times), *_ = units.most_common(1)
    if not unit or times < 2 or 10 * times < 9 * (len(seen.texts) + seen.counts[NUMBER]):
        return ""
    example = next(cell for cell, match in zip(seen.texts, found, strict=True) if match)
    return f"looks like numbers with other text ({example!r}): keep only the numbers"


def is_with_unit(cell: str) -> bool:
    """Return whether a cell is a number with a little text beside it.

    Examples
    --------
    >>> [is_with_unit(cell) for cell in ("5 cm", "<0.5", "5", "A5", "5 cm;6 cm")]
    [True, True, False, False, False]
    """
    found = _WITH_UNIT.fullmatch(cell)
    return found is not None and bool(_text_beside(found))


def _text_beside(match: re.Match[str]) -> str:
    """Return the text beside a number."""
    behind = match["behind"].strip()
    within = "_" if "_" in match[0] else ""
    return match["before"].strip() + within + (behind[:1] if behind[:1] in "([±" else behind)
