"""The given format of a table; None means detection from the file."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from dataclasses import dataclass, fields

from gaussmix.errors import InputError, InputTypeError

__all__ = ["ReadOptions"]

_NAMES = {"tab": "\t", "\\t": "\t", "space": " ", "spaces": " ", "comma": ",", "semicolon": ";"}
_THOUSANDS = (",", ".", "'", " ", "")


@dataclass(frozen=True)
class ReadOptions:
    r"""The format of a table; None means detection from the file.

    Parameters
    ----------
    separator : str or None
        The character between columns; ``"tab"`` and ``"\\t"`` are a tab, ``" "`` is any run of spaces and tabs.
    decimal : {".", ","} or None
        The decimal sign.
    thousands : {",", ".", "'", " ", ""} or None
        The character that groups thousands; ``""`` for none.
    header : bool or None
        Whether the first row holds the names of the columns.
    encoding : str or None
        The name of a codec.
    skip : int
        Number of lines to leave out at the beginning.

    Raises
    ------
    InputError
        If a value is not one of these, or two of them contradict each other.

    Examples
    --------
    >>> ReadOptions(separator="tab", thousands=".").separator
    '\t'
    """

    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    header: bool | None = None
    encoding: str | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        separator = _NAMES.get(self.separator or "", self.separator)
        object.__setattr__(self, "separator", separator)
        thousands = {"none": "", "space": " ", "’": "'"}.get(self.thousands or "", self.thousands)
        object.__setattr__(self, "thousands", thousands)
        if separator is not None and (
            len(separator) != 1 or separator.isalnum() or separator in "\"\r\n#+-'."
        ):
            raise InputError(
                f"separator is {separator!r}: give one character, such as ',', ';', '|' or 'tab'"
            )
        if self.decimal not in (None, ".", ","):
            raise InputError(f"decimal is {self.decimal!r}: give '.' or ','")
        if thousands is not None and thousands not in _THOUSANDS:
            raise InputError(f"thousands is {thousands!r}: give one of ',', '.', \"'\", 'space' and 'none'")
        if thousands and thousands == self.decimal:
            raise InputError(f"decimal and thousands are both {thousands!r}: give two signs")
        self._check_types()

    def _check_types(self) -> None:
        if self.header not in (None, True, False):
            raise InputTypeError(f"header must be True, False or None, not {self.header!r}")
        skip: object = self.skip
        if isinstance(skip, bool) or not isinstance(skip, int) or skip < 0:
            raise InputError(f"skip is {skip!r}: give a number of lines, 0 or more")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError:
                raise InputError(
                    f"encoding is {self.encoding!r}, which Python does not know: give 'utf-8', 'cp1252', 'utf-16', …"
                ) from None

    def refuse(self, names: Iterable[str], what: str) -> None:
        """Raise InputError if one of these options is given for a kind of file without it."""
        usual = ReadOptions()
        for name in names:
            if getattr(self, name) != getattr(usual, name):
                raise InputError(f"{what}: {name} is an option of text tables (--{name}); leave it out")

    def refuse_all(self, what: str) -> None:
        """Raise InputError if any option is given."""
        self.refuse([field.name for field in fields(self)], what)
