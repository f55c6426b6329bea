"""The sizes that keep the source readable: lines of code, without docstrings, comments and blank lines.

The lines of a function are those of its body: the options of a command are a long list by nature.
"""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "gaussmix"
FILES = sorted(SOURCE.rglob("*.py"))
MOST_LINES_IN_A_FILE = 300
MOST_LINES_IN_A_FUNCTION = 40
LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip
WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, WITH_DOCSTRING) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    return lines


def too_long(text: str) -> list[str]:
    """The names of the functions with too many lines."""
    lines = code_lines(text)
    return [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and len(lines & set(range(node.body[0].lineno, (node.end_lineno or 0) + 1)))
        > MOST_LINES_IN_A_FUNCTION
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(code_lines(text)) <= MOST_LINES_IN_A_FILE
    assert too_long(text) == []


def test_only_code_is_counted() -> None:
    assert code_lines('"""Doc."""\n\n# why\nx = 1  # so\ny = (\n    2\n)\n') == {4, 5, 6, 7}


def test_a_long_function_is_seen() -> None:
    assert too_long("def f():\n" + "    x = 1\n" * MOST_LINES_IN_A_FUNCTION) == []
    assert too_long("def f():\n" + "    x = 1\n" * (MOST_LINES_IN_A_FUNCTION + 1)) == ["f"]
