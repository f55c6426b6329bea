"""Cells of a text table: numbers with decimal signs, grouped thousands, currencies, percentages, minus signs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

__all__ = ["INFINITE", "MISSING", "NUMBER", "TEXT", "Notation", "affixes", "is_missing", "readings"]

NUMBER, TEXT, MISSING, INFINITE = "number", "text", "missing", "infinite"

MINUS = "\u2212\u2013\uff0d"
"""Minus sign, en dash and full-width hyphen: before a digit each is a minus."""

_SPACES = " \u00a0\u202f\u2009"
_QUOTES = "'\u2019"
_SIGN = f"[+\\-{MINUS}]?"
# Fortran's double precision has a D, which is no exponent without a sign and two digits.
_EXPONENT = f"(?:[eE]{_SIGN}[0-9]+|[dD][+-][0-9]{{2,3}})?"
# Letters before a sign of currency, as in US$ and R$; an E would be taken for an exponent.
_CURRENCY = "[A-DF-Z]{0,2}[$€£¥₩₹₽₺₪฿₫₴₦₱]"
_GROUPS = {"": "", ",": ",", ".": r"\.", "'": f"[{_QUOTES}]", " ": f"[{_SPACES}]"}

_MISSING = frozenset(
    {
        "",
        "na",
        "n/a",
        "nan",
        "-nan",
        "null",
        "none",
        "?",
        ".",
        "-",
        "--",
        "–",
        "—",
        "<na>",
        "#n/a",
        "#na",
        "(null)",
    }
)
_INFINITY = re.compile(f"{_SIGN}(?:inf(?:inity)?|∞)", re.IGNORECASE)
_AFFIXES = re.compile(
    rf"(?P<before>{_SIGN})(?P<prefix>(?:{_CURRENCY})?)[{_SPACES}]?(?P<after>{_SIGN})"
    rf"(?P<body>(?:[0-9][0-9.,{_QUOTES}{_SPACES}]*|[.,][0-9]+){_EXPONENT})"
    rf"(?P<suffix>(?:[{_SPACES}]?(?:%|‰|{_CURRENCY}))?)"
)


def is_missing(cell: str) -> bool:
    """Return whether a cell without surrounding spaces is a missing value.

    Examples
    --------
    >>> [is_missing(cell) for cell in ("", "NA", "0")]
    [True, True, False]
    """
    return cell.lower() in _MISSING


@dataclass(frozen=True)
class Notation:
    """The notation of the numbers of a column.

    Parameters
    ----------
    decimal : {".", ","}
    thousands : {"", ",", ".", "'", " "}
        The optional character between groups of digits; a space is any typographic space.
    prefix, suffix : str
        Text before and behind each number: an optional currency, or a compulsory %.

    Examples
    --------
    >>> Notation(",", ".").value("1.234,50"), Notation(suffix="%").value("79 %")
    (1234.5, 79.0)
    """

    decimal: str = "."
    thousands: str = ""
    prefix: str = ""
    suffix: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether only the decimal sign may differ from Python's own numbers."""
        return not (self.thousands or self.prefix or self.suffix)

    @cached_property
    def pattern(self) -> str:
        """Regular expression of a number without surrounding spaces, the same in Python and in RE2."""
        mark, group = re.escape(self.decimal), _GROUPS[self.thousands]
        # The last group has three digits; those before may have two, as in India.
        digits = (
            f"(?:[1-9][0-9]{{0,2}}(?:{group}[0-9]{{2,3}})*{group}[0-9]{{3}}|[0-9]+)" if group else "[0-9]+"
        )
        core = f"(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+){_EXPONENT}"
        space, prefix = f"[{_SPACES}]?", re.escape(self.prefix)
        if prefix:
            signed = f"(?:{_SIGN}(?:{prefix}{space})?|{prefix}{space}{_SIGN}){core}"
        else:
            signed = f"{_SIGN}{core}"
        if not self.suffix:
            return signed
        suffix = space + re.escape(self.suffix)
        return f"{signed}{suffix}" if self.suffix in "%‰" else f"{signed}(?:{suffix})?"

    @cached_property
    def matches(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern)

    @cached_property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """Replacements, in order, that turn a matching number into an argument of `float`."""
        removed = [text for text in (self.prefix, self.suffix, *_removed(self.thousands), *_SPACES) if text]
        return (
            *((text, "") for text in removed),
            *((sign, "-") for sign in MINUS),
            ("D", "e"),
            ("d", "e"),
            *(() if self.decimal == "." else ((self.decimal, "."),)),
        )

    def kind(self, cell: str) -> str:
        """Return the kind of a cell: number, infinite, missing or text."""
        cell = cell.strip()
        if self.matches.fullmatch(cell):
            return NUMBER if math.isfinite(self._float(cell)) else INFINITE
        if is_missing(cell):
            return MISSING
        return INFINITE if _INFINITY.fullmatch(cell) else TEXT

    def value(self, cell: str) -> float:
        """Return the number in a matching cell."""
        return self._float(cell.strip())

    def _float(self, cell: str) -> float:
        for old, new in self.changes:
            cell = cell.replace(old, new)
        return float(cell)


def _removed(thousands: str) -> str:
    return {"'": _QUOTES, " ": ""}.get(thousands, thousands)


def affixes(cell: str) -> tuple[str, str, str] | None:
    """Return the text before a number, its digits, and the text behind it; None for anything else.

    Examples
    --------
    >>> affixes("-$1,200"), affixes("79 %"), affixes("heed")
    (('$', '1,200', ''), ('', '79', '%'), None)
    """
    found = _AFFIXES.fullmatch(cell)
    if found is None or (found["before"] and found["after"]):
        return None
    return found["prefix"], found["body"].rstrip(_SPACES), found["suffix"].strip(_SPACES)


@lru_cache(maxsize=1 << 16)
def readings(body: str) -> frozenset[tuple[str, str]]:
    """Return the possible decimal signs of a number, each with the character that groups thousands.

    Examples
    --------
    >>> sorted(readings("1,5")), sorted(readings("1,234"))
    ([(',', '')], [(',', ''), ('.', ',')])
    >>> sorted(readings("1.234,50")), sorted(readings("2020.01.30"))
    ([(',', '.')], [])
    """
    found = set()
    for decimal, notations in _TRIED.items():
        if decimal == "," and body.endswith(","):
            continue
        fitting = (notation for notation in notations if notation.matches.fullmatch(body))
        found |= {(decimal, notation.thousands) for notation in islice(fitting, 1)}
    return frozenset(found)


_TRIED = {
    decimal: [Notation(decimal, thousands) for thousands in ("", *others)]
    for decimal, others in ((".", ", '"), (",", ". '"))
}
