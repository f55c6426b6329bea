"""The ends of messages: with a full stop, but for those about files and of packages to install."""

from __future__ import annotations

import ast
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
