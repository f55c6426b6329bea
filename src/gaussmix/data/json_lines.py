"""Tables in JSON lines: an object, or an array, in each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from gaussmix.data.content import Content
from gaussmix.data.delimited import read_rows
from gaussmix.data.delimited.lines import NumberedRow
from gaussmix.data.numeric import Choice, NumericTable
from gaussmix.data.options import ReadOptions
from gaussmix.errors import FileFormatError

__all__ = ["read_json_lines"]

_MOST_MISSING = 20


def read_json_lines(content: Content, choice: Choice, options: ReadOptions) -> NumericTable:
    """Read numbers from JSON lines; the columns are the keys, in order of first appearance.

    Raises
    ------
    FileFormatError
        If a line is neither a JSON object nor an array.
    """
    path = content.path
    options.refuse(["separator", "decimal", "thousands", "header", "encoding"], f"{path} holds JSON lines")
    names: dict[str, int] = {}
    records = []
    with content.open() as file:
        for number, value in _values(file, content):
            if number > options.skip:
                if isinstance(value, dict):
                    for name in value:
                        names.setdefault(name, len(names))
                records.append((number, value))
    if any(isinstance(value, dict) != bool(names) for _, value in records):
        raise FileFormatError(
            f"{path} mixes JSON objects and arrays: write all lines as objects, or all as arrays"
        )
    given_cells = sum(len(value) for _, value in records)
    if len(names) * len(records) > _MOST_MISSING * given_cells + 100_000:
        # A table of them would be mostly holes, and quadratic in their number.
        raise FileFormatError(
            f"{path}: its {len(records):,} lines have {len(names)} different keys, and most lines have few of them: "
            "write the same keys in each line"
        )
    rows: list[NumberedRow] = [(0, list(names))] if names else []
    for number, value in records:
        cells = [value.get(name) for name in names] if names else value
        rows.append((number, list(map(_text, cells))))
    given = ReadOptions(header=bool(names), decimal=".", thousands="")
    return read_rows(rows, choice, given, path, "line", [])


def _values(file: BinaryIO, content: Content) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise FileFormatError(f"{content.path}, line {number} is not text in UTF-8") from None
        except (ValueError, RecursionError) as error:
            raise FileFormatError(f"{content.path}, line {number} is not JSON: {error}") from None
        if not isinstance(value, (dict, list)):
            given = line.strip()[:40].decode()
            raise FileFormatError(
                f"{content.path}, line {number} is {given}, and an object or an array is expected"
            )
        yield number, value


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    return json.dumps(value)
