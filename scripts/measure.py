"""The size of the source: files and functions, without docstrings, comments and blank lines: measure.py [SRC]."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from pathlib import Path

import numpy as np

LAYOUT = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
}  # fmt: skip
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(text: str) -> set[int]:
    """The numbers of the lines that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in LAYOUT:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            lines.difference_update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def functions(text: str) -> list[tuple[str, int, int]]:
    """The name, the lines of code of the body, and the parameters without self and cls of each function."""
    lines, found = code_lines(text), []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = lines & set(range(node.body[0].lineno, (node.end_lineno or 0) + 1))
            named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            found.append((node.name, len(body), sum(a.arg not in ("self", "cls") for a in named)))
    return found


def main() -> None:
    """Print a table."""
    source = Path(sys.argv[1] if len(sys.argv) > 1 else "src/gaussmix")
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(source.rglob("*.py"))}
    files = [len(code_lines(text)) for text in texts.values()]
    every = [(path, *entry) for path, text in texts.items() for entry in functions(text)]
    lengths, parameters = [lines for _, _, lines, _ in every], [count for *_, count in every]
    print(f"{'files':<28}{len(files)}")
    print(f"{'lines':<28}{sum(text.count(chr(10)) for text in texts.values())}, {sum(files)} of them code")
    for name, values in (
        ("lines of a file", files),
        ("lines of a function", lengths),
        ("parameters", parameters),
    ):
        middle, high = np.percentile(values, [50, 90])
        print(
            f"{name + ', code' if 'line' in name else name:<28}median {middle:.0f}, 90 % {high:.0f}, most {max(values)}"
        )
    print(
        f"{'functions above 25 lines':<28}{sum(n > 25 for n in lengths)}, above 40: {sum(n > 40 for n in lengths)}"
    )
    print(f"{'functions above 7 parameters':<28} {sum(n > 7 for n in parameters)}")
    for path, name, lines, count in every:
        if lines > 40 or count > 7:
            print(f"  {path.relative_to(source)}:{name} {lines} lines, {count} parameters")


if __name__ == "__main__":
    main()
