"""Messages: their ends, names of columns and numbers of rows.

A message ends with a full stop, but for those about files and of packages to install.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "gaussmix"
ABOUT_FILES = ("cli/", "data/", "files.py", "persist/", "storage/")
OF_FILES = {"FileFormatError", "FileAccessError", "MissingFileError", "MissingDependencyError"}
OF_FUNCTIONS = {"InputError", "InputTypeError", "SingularCovarianceError", "GaussmixError", "warn"}
OF_SCIKIT_LEARN = {
    "X has feature names, but … was fitted without feature names",
    "X does not have valid feature names, but … was fitted with feature names",
}
"""Warnings with the words of scikit-learn, which its users filter."""


def _text(message: ast.expr) -> str:
    """The text of a message, with … in the place of what is known only when it is raised."""
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
    return "…"


def wrong_ends(code: str, place: str) -> list[str]:
    """The messages that end otherwise than the others of their kind."""
    found = []
    for call in ast.walk(ast.parse(code)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or not call.args:
            continue
        kind, text = call.func.id, _text(call.args[0])
        if kind not in OF_FILES | OF_FUNCTIONS or text.endswith("…") or text in OF_SCIKIT_LEARN:
            continue
        if text.endswith(".") == (kind in OF_FILES or place.startswith(ABOUT_FILES)):
            found.append(text)
    return found


def test_messages_end_alike() -> None:
    places = {path.relative_to(SOURCE).as_posix(): path for path in SOURCE.rglob("*.py")}
    wrong = {place: wrong_ends(path.read_text(encoding="utf-8"), place) for place, path in places.items()}
    assert {place: texts for place, texts in wrong.items() if texts} == {}


def test_a_wrong_end_is_seen() -> None:
    assert wrong_ends('raise InputError(f"X is {x}: give more")', "em.py") == ["X is …: give more"]
    assert wrong_ends('raise FileFormatError("no table.")', "sources/text.py") == ["no table."]
    assert wrong_ends('raise InputError("no table")', "data/text.py") == []


def _neighbours(code: str) -> Iterator[tuple[str, ast.FormattedValue, str]]:
    """What is put into texts, between the words before and after it."""
    for text in ast.walk(ast.parse(code)):
        if isinstance(text, ast.JoinedStr):
            words = [part.value if isinstance(part, ast.Constant) else "" for part in text.values]
            for before, part, after in zip(["", *words], text.values, [*words[1:], ""], strict=False):
                if isinstance(part, ast.FormattedValue):
                    yield str(before), part, str(after)


def rows_without_thousands(code: str) -> list[str]:
    """The numbers of rows without a separator of thousands."""
    found = []
    for _, part, after in _neighbours(code):
        plain = "," not in ("" if part.format_spec is None else ast.unparse(part.format_spec))
        number = isinstance(part.value, ast.Call | ast.Attribute | ast.Name | ast.BinOp)
        if plain and number and re.match(r"( \w+)? rows\b", after):
            found.append(ast.unparse(part.value))
    return found


def names_by_hand(code: str) -> list[str]:
    """The names of columns that are put into quotes beside ``gaussmix.names``."""
    return [
        ast.unparse(part.value)
        for before, part, _ in _neighbours(code)
        if before.endswith("column ") and part.conversion == ord("r")
    ]


WORDS_OF_NUMBERS = {"listed", "what"}
"""Texts of which the separators are there already, or that are no numbers."""


def test_numbers_of_rows_have_separators_of_thousands() -> None:
    for path in SOURCE.rglob("*.py"):
        if "testing" not in path.parts:
            assert set(rows_without_thousands(path.read_text(encoding="utf-8"))) <= WORDS_OF_NUMBERS, path


def test_names_of_columns_are_put_into_words_by_one_function() -> None:
    # Containers stand beside the module of names, and do not import it.
    places = [
        path for path in SOURCE.rglob("*.py") if "containers" not in path.parts and path.name != "names.py"
    ]
    for path in places:
        assert names_by_hand(path.read_text(encoding="utf-8")) == [], path


def test_other_forms_are_seen() -> None:
    assert rows_without_thousands('f"y has {len(y)} rows and X {n:,} rows"') == ["len(y)"]
    assert names_by_hand('f"column {name!r} is constant, column {d} too"') == ["name"]
