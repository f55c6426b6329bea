"""Text tables: made from a grammar of what people write, and then damaged."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from pathlib import Path

import mutate

from gaussmix.data.tables import read_table
from gaussmix.errors import GaussmixError

CELLS = [
    "1", "2.5", "-3e2", "+4", ".5", "6.", "1,5", "1.234,50", "1,234", "1e999", "-1e-999", "inf", "-Infinity", "nan",
    "NA", "", " ", "?", ".", "-", "text", "54,000", "$79", "79%", "\u22125", "1 234", "1\u00a0234", "1_000", "0x1F",
    "1e5", "2024-01-01", "12:30", "true", "'7",
    '"8"', '"9"" x"', '"a\nb"', '"', "=1+1", "\x1b[2J", "\0", "é", "1/2", "9" * 400,
    "1e", "--1", "\u0661", "#", "# 5", "x" * 3000, "\ufeff1", "\u2028",
]  # fmt: skip
SUFFIXES = [
    *["csv"] * 5,
    *["jsonl"] * 2,
    "tsv",
    "txt",
    "tab",
    "psv",
    "dat",
    "ndjson",
    "csv.gz",
    "csv.bz2",
    "csv.xz",
    "csv.zip",
]
_PACK = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda data: _zipped(data, "inner.csv"),
}


def seeds() -> list[bytes]:
    """Return a few sound tables."""
    return [
        b"a,b\n1,2\n3,4\n5,6\n",
        b"sep=;\nid;price\n1;1,50\n2;2,75\n",
        b"# x y\n1 2\n3 4\n",
        b'name,F1\n"a ""b""",1\nc,2\n',
        b"\xef\xbb\xbfx\ty\r\n1\t2\r\n",
        "x,y\n−1,2\n".encode(),
        b'{"a": 1, "b": 2}\n{"a": 3, "b": null}\n',
    ]


def mutated(rng: random.Random) -> tuple[str, bytes]:
    """Return the suffix and the bytes of a table of text."""
    suffix = rng.choice(SUFFIXES)
    text = _json_lines(rng) if "json" in suffix else _written(rng)
    data = rng.choice(seeds()) if rng.random() < 0.2 else text.encode("utf-8", "replace")
    if rng.random() < 0.5:
        data = mutate.change_bytes(rng, data, seeds())
    if rng.random() < 0.05:
        data = data.decode("utf-8", "replace").encode(rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-7")))
    if suffix.rpartition(".")[2] in _PACK:
        data = _PACK[suffix.rpartition(".")[2]](data)
        if rng.random() < 0.3:
            data = mutate.change_bytes(rng, data, [data])
    return suffix, data


def _json_lines(rng: random.Random) -> str:
    keys = rng.sample(["a", "b", "", "=1", "\x1b[2J", "a ", "0"], rng.choice((1, 2, 4)))
    like = dict.fromkeys(keys, 1.5) if rng.random() < 0.7 else [1, 2.5, -3]
    lines = [
        mutate.written(like if rng.random() < 0.8 else mutate.change_json(rng, like))
        for _ in range(rng.choice((1, 3, 30)))
    ]
    return "\n".join(lines)


def _zipped(data: bytes, name: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return sink.getvalue()


def _written(rng: random.Random) -> str:
    delimiter, end = rng.choice(",,,;\t| "), rng.choice(("\n", "\n", "\r\n", "\r"))
    width, height = rng.choice((1, 2, 3, 7, 60)), rng.choice((0, 1, 2, 5, 40))
    clean = rng.random() < 0.5
    columns = [rng.sample(CELLS, 4) if rng.random() < 0.3 else ["1", "2.5", "-3"] for _ in range(width)]
    lines = []
    if rng.random() < 0.2:
        lines.append(rng.choice(("sep=;", "# made by hand", "", "title", "#a,b")))
    if rng.random() < 0.7:
        lines.append(
            delimiter.join(rng.choice(("a", "b", "x1", "Größe", "", "1990", "ID", "a")) for _ in range(width))
        )
    for _ in range(height):
        row = [rng.choice(column if clean or rng.random() < 0.95 else CELLS) for column in columns]
        lines.append(delimiter.join(row if rng.random() < 0.97 else row[: rng.randrange(width + 1)]))
    return end.join(lines) + rng.choice(("", end, end * 3))


def check_sentence(text: str) -> None:
    """Fail if the text of an error is longer than people read."""
    assert len(text) < 5000, text[:6000]


def use(path: Path) -> None:
    """Read a table, all of it and a column; only our own errors may come out of it."""
    for columns in (None, "0"):
        try:
            table = read_table(path, columns)
        except GaussmixError as error:
            check_sentence(str(error))
            continue
        n, D = table.X.shape
        assert n > 0
        assert D == len(table.names) == len(set(table.names)) > 0
        assert table.X.dtype == float
