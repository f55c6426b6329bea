"""Tables in compressed files, in workbooks, in Feather's files, in JSON lines, and on the standard input."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import sys
import zipfile

import numpy as np
import pytest

from gaussmix.data.tables import read_table
from gaussmix.errors import FileFormatError, InputError, MissingDependencyError

TEXT = b"v;a;b\nx;1;2,5\ny;-3;4000\n"
WANTED = [[1.0, 2.5], [-3.0, 4e3]]


def refusal(path, error=FileFormatError, **options):
    with pytest.raises(error) as caught:
        read_table(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def zipped(*members, password=False):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    content = bytearray(buffer.getvalue())
    if password:
        # The flag of encryption, in the local header and in the directory.
        content[6] |= 1
        content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


# ------------------------------------------------------------------------------------------ compression

COMPRESSED = {
    ".csv.gz": gzip.compress(TEXT),
    ".csv.xz": lzma.compress(TEXT),
    ".csv.bz2": bz2.compress(TEXT),
    ".zip": zipped(("data.csv", TEXT)),
    ".csv.zip": zipped(("table.txt", TEXT)),
    ".TXT.GZ": gzip.compress(TEXT),
    "-mac.zip": zipped(("data.csv", TEXT), ("__MACOSX/._data.csv", b"x")),
    "-folder.zip": zipped(("folder/", b""), ("folder/data.csv", TEXT)),
}


@pytest.mark.parametrize("suffix", COMPRESSED)
def test_compressed_text(tmp_path, suffix):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(COMPRESSED[suffix])
    table = read_table(path)
    assert (table.names, table.X.tolist()) == (("a", "b"), WANTED)


@pytest.mark.parametrize("suffix", [".csv.gz", ".csv.xz", ".csv.bz2", ".zip"])
def test_damaged_compression_is_refused(tmp_path, suffix):
    path, whole = tmp_path / f"data{suffix}", COMPRESSED[suffix]
    place = 45 if suffix == ".zip" else 12
    changed = whole[:place] + b"\xff\xff\xff" + whole[place + 3 :]
    for damaged in (b"", TEXT, whole[: len(whole) // 2], whole[:-3], changed):
        path.write_bytes(damaged)
        message = refusal(path)
        assert "is not a valid" in message or "is empty" in message


def test_large_compressed_text(tmp_path):
    X = np.random.default_rng(0).standard_normal((20_000, 3))
    text = "\n".join(",".join(map(repr, row)) for row in X.tolist()).encode()
    for suffix, squeeze in (
        (".csv.gz", gzip.compress),
        (".csv.xz", lzma.compress),
        (".csv.bz2", bz2.compress),
    ):
        path = tmp_path / f"data{suffix}"
        path.write_bytes(squeeze(text))
        assert np.array_equal(read_table(path).X, X)


ARCHIVES = {
    "two files": (
        zipped(("a.csv", TEXT), ("b.csv", TEXT)),
        "holds 2 files (a.csv, b.csv), and one is expected",
    ),
    "no file": (zipped(), "holds no file, and one is expected"),
    "a picture": (zipped(("a.png", b"x")), "has the suffix '.zip'; a table is one of"),
    "a password": (zipped(("a.csv", TEXT), password=True), "cannot be unpacked"),
    "no archive": (TEXT, "is not a valid ZIP file"),
}


@pytest.mark.parametrize("case", ARCHIVES.values(), ids=ARCHIVES)
def test_archives_that_hold_no_table(tmp_path, case):
    content, says = case
    (tmp_path / "data.zip").write_bytes(content)
    assert says in refusal(tmp_path / "data.zip", (FileFormatError, InputError))


MISNAMED = {
    "gzip": (gzip.compress(TEXT), "a gzip file"),
    "xz": (lzma.compress(TEXT), "an xz file"),
    "bzip2": (bz2.compress(TEXT), "a bzip2 file"),
    "zip": (zipped(("a.csv", TEXT)), "a ZIP archive or an Excel workbook"),
    "Parquet": (b"PAR1\x00\x00", "a Parquet file"),
    "npy": (b"\x93NUMPY\x01\x00", "an array written by numpy.save"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    "HTML": (b"<!DOCTYPE html><table><tr><td>1</td></tr></table>", "HTML"),
    "JSON": (b'{"a": 1}\n{"a": 2}\n', "JSON (an object in each line is read from a .jsonl)"),
    "PDF": (b"%PDF-1.7", "a PDF"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of an old kind"),
}


@pytest.mark.parametrize("case", MISNAMED.values(), ids=MISNAMED)
def test_other_files_under_the_name_of_text(tmp_path, case):
    content, what = case
    (tmp_path / "data.csv").write_bytes(content)
    assert f"data.csv is not text but {what}: give it the suffix of its format" in refusal(
        tmp_path / "data.csv"
    )


# ------------------------------------------------------------------------------------------ standard input


class Stdin(io.TextIOWrapper):
    def __init__(self, data, *, terminal=False):
        super().__init__(io.BytesIO(data), "utf-8")
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        TEXT.replace(b"\n", b"\r\n"),
        b'{"a": 1, "b": 2.5}\n{"a": -3, "b": 4000}\n',
        b"a\tb\n1\t2.5\n-3\t4000\n",
        "a;b\n1;2,5\n-3;4000\n".encode("utf-16"),
    ],
)
def test_the_standard_input_is_read(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    assert read_table("-").X.tolist() == WANTED


def test_a_large_standard_input_is_read(monkeypatch):
    X = np.random.default_rng(0).standard_normal((20_000, 3))
    monkeypatch.setattr(
        sys, "stdin", Stdin("\n".join(",".join(map(repr, row)) for row in X.tolist()).encode())
    )
    assert np.array_equal(read_table("-").X, X)


def test_a_standard_input_without_a_table(monkeypatch):
    monkeypatch.setattr(sys, "stdin", Stdin(b"", terminal=True))
    assert "here a terminal" in refusal("-", InputError)
    monkeypatch.setattr(sys, "stdin", Stdin(b""))
    assert refusal("-") == "standard input is empty"
    monkeypatch.setattr(sys, "stdin", Stdin(b"a,b\n1,x\n2,3\n4,5\n"))
    assert "standard input, line 2, column 'b': 'x' is not a number" in refusal("-")
    monkeypatch.setattr(sys, "stdin", Stdin(gzip.compress(TEXT)))
    assert "standard input is not text but a gzip file" in refusal("-")


# ------------------------------------------------------------------------------------------ workbooks

_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
}


def cell(value):
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"


def workbook(path, **sheets):
    """Write a workbook as small as one can be; a name that ends with _ is that of a hidden sheet."""
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    listed, relations, parts = "", "", dict(_PARTS)
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name.endswith("_") else ""
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"{state}/>'
        relations += f'<Relationship Id="r{number}" Type="{related}/worksheet" Target="s{number}.xml"/>'
        lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
        parts[f"xl/s{number}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{main}" xmlns:r="{related}"><sheets>{listed}</sheets></workbook>'
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}">{relations}</Relationships>'
    path.write_bytes(zipped(*parts.items()))
    return path


SHEETS = {
    "names": ([["a", "b"], [1, 2.5], [3.25, 4]], "a b", [[1, 2.5], [3.25, 4]]),
    "labels": ([["v", "a"], ["x", 1.5], ["y", 2]], "a", [[1.5], [2]]),
    "no names": ([[1, 2.5], [3.25, 4]], "x0 x1", [[1, 2.5], [3.25, 4]]),
    "years as names": (
        [["land", 1990, 2000], ["A", 1.5, 2], ["B", 2.5, 3]],
        "1990 2000",
        [[1.5, 2], [2.5, 3]],
    ),
    "title and units": ([["Table 1"], [], ["t", "T"], ["s", "K"], [1, 2], [3, 4]], "t T", [[1, 2], [3, 4]]),
    "empty rows and columns": (
        [[], [None, "a", "b"], [None, 1, 2], [], [None, 3, 4]],
        "a b",
        [[1, 2], [3, 4]],
    ),
    "text of numbers": ([["a", "b"], ["1,5", 2], ["2,25", 3]], "a b", [[1.5, 2], [2.25, 3]]),
    "truth values": ([["a", "b"], [True, 2], [False, 3]], "b", [[2], [3]]),
    "all digits": ([["a"], [0.1], [1 / 3], [1e-300]], "a", [[0.1], [1 / 3], [1e-300]]),
}


@pytest.mark.parametrize("case", SHEETS.values(), ids=SHEETS)
def test_workbooks(tmp_path, case):
    pytest.importorskip("python_calamine")
    rows, names, X = case
    table = read_table(workbook(tmp_path / "data.xlsx", Data=rows))
    assert (table.names, table.X.tolist()) == (tuple(names.split()), X)


def test_the_first_sheet_that_holds_something_is_read(tmp_path):
    pytest.importorskip("python_calamine")
    path = workbook(
        tmp_path / "data.xlsx", Empty=[], Hidden_=[["z"], [9]], Data=[["a"], [1], [2]], More=[["b"], [5]]
    )
    table = read_table(path)
    assert (table.names, table.X.tolist()) == (("a",), [[1], [2]])
    assert table.notice == "data.xlsx is read with its sheet 'Data', one of 4"


def test_faults_in_workbooks(tmp_path):
    pytest.importorskip("python_calamine")
    path = workbook(tmp_path / "data.xlsx", Data=[["a", "b"], [1, 2], [3, "x"], [5, 6]])
    assert "data.xlsx, row 3, column 'b': 'x' is not a number" in refusal(path)
    path = workbook(tmp_path / "data.xlsx", Data=[["a", "b"], [1, 2], [3, None], [5, 6]])
    assert read_table(path).missing == {"b": 1}
    assert refusal(workbook(tmp_path / "none.xlsx", Data=[], More=[])).endswith("none.xlsx is empty")
    assert "separator is an option of text tables" in refusal(path, InputError, separator=";")
    whole = path.read_bytes()
    for damaged in (b"", b"a,b\n1,2\n", whole[: len(whole) // 2], zipped(("a.csv", TEXT))):
        path.write_bytes(damaged)
        assert "is not a valid workbook" in refusal(path)


def test_without_calamine_workbooks_say_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (tmp_path / "data.xlsx").write_bytes(b"PK")
    assert 'pip install "gaussmix[data]"' in refusal(tmp_path / "data.xlsx", MissingDependencyError)


# ------------------------------------------------------------------------------------------ Feather


@pytest.mark.parametrize("suffix", [".feather", ".arrow"])
@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
def test_feather(tmp_path, suffix, compression):
    pa, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
    table = pa.table({"v": ["x", "y", "z"], "a": pa.array([1, 2, 3], pa.int8()), "b": [0.5, 1.5, 2.5]})
    path = tmp_path / f"a{suffix}"
    feather.write_feather(table, path, compression=compression, chunksize=2)
    found = read_table(path)
    assert (found.names, found.X.tolist()) == (("a", "b"), [[1, 0.5], [2, 1.5], [3, 2.5]])
    assert found.skipped == {"v": "string"}
    assert read_table(path, "b,a", drop="a").X.tolist() == [[0.5], [1.5], [2.5]]
    assert "column 'v' holds string, not numbers" in refusal(path, columns="v")


def test_faults_in_feather(tmp_path, monkeypatch):
    pa, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
    path = tmp_path / "a.feather"
    feather.write_feather(pa.table({"a": [1.0, None]}), path)
    assert read_table(path).missing == {"a": 1}
    whole = path.read_bytes()
    for damaged in (b"", b"a,b\n1,2\n", whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(damaged)
        assert "is not a valid Feather file" in refusal(path)
    for name in ("pyarrow", "pyarrow.ipc"):
        monkeypatch.setitem(sys.modules, name, None)
    assert "Feather needs pyarrow: pip install" in refusal(path, MissingDependencyError)


# ------------------------------------------------------------------------------------------ JSON lines

LINES = {
    "objects": ('{"a": 1, "b": 2.5}\n{"a": -3, "b": 4e3}\n', "a b", WANTED),
    "another order": ('{"a": 1, "b": 2.5}\n{"b": 4e3, "a": -3}\n', "a b", WANTED),
    "labels": ('{"v": "x", "a": 1, "b": 2.5}\n{"v": "y", "a": -3, "b": 4e3}\n', "a b", WANTED),
    "arrays": ("[1, 2.5]\n[-3, 4e3]\n", "x0 x1", WANTED),
    "blank lines": ('\n{"a": 1, "b": 2.5}\n\n{"a": -3, "b": 4e3}', "a b", WANTED),
    "Windows": ('{"a": 1, "b": 2.5}\r\n{"a": -3, "b": 4e3}\r\n', "a b", WANTED),
    "nested": ('{"n": {"x": 1}, "a": 1, "b": 2.5}\n{"n": [2], "a": -3, "b": 4e3}\n', "a b", WANTED),
    "truth values": ('{"t": true, "a": 1, "b": 2.5}\n{"t": false, "a": -3, "b": 4e3}\n', "a b", WANTED),
    "mark": ('\ufeff{"a": 1, "b": 2.5}\n{"a": -3, "b": 4e3}\n', "a b", WANTED),
    "names of spaces": ('{"a b": 1, "c,d": 2.5}\n{"a b": -3, "c,d": 4e3}\n', "a·b c,d", WANTED),
}


@pytest.mark.parametrize("case", LINES.values(), ids=LINES)
@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".jsonl.gz"])
def test_json_lines(tmp_path, case, suffix):
    text, names, X = case
    path = tmp_path / f"data{suffix}"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith(".gz") else text.encode())
    table = read_table(path)
    assert (table.names, table.X.tolist()) == (tuple(name.replace("·", " ") for name in names.split()), X)


def test_json_lines_keep_every_digit(tmp_path):
    X = np.random.default_rng(0).standard_normal((3000, 2))
    path = tmp_path / "data.jsonl"
    path.write_text("\n".join(json.dumps({"a": a, "b": b}) for a, b in X.tolist()))
    assert np.array_equal(read_table(path).X, X)
    assert np.array_equal(read_table(path, skip=1).X, X[1:])


BAD_LINES = {
    "not JSON": ('{"a": 1}\n{"a": \n', "line 2 is not JSON"),
    "a number": ('{"a": 1}\n5\n', "line 2 is 5, and an object or an array is expected"),
    "text": ('{"a": 1}\n"x"\n', 'line 2 is "x", and an object or an array'),
    "mixed": ('{"a": 1}\n[1]\n', "mixes JSON objects and arrays"),
    "ragged": ("[1, 2]\n[3]\n[4, 5]\n", "line 2: the row has 1 cell, and 2 are expected"),
    "a fault": ('{"a": 1}\n{"a": 2}\n{"a": "x"}\n', "line 3, column 'a': 'x' is not a number"),
    "deep": ("[" * 100_000 + "\n", "line 1 is not JSON"),
    "not UTF-8": (b'{"a": 1}\n{"\xff": 2}\n', "line 2 is not text in UTF-8"),
    "empty": ("\n\n", "is empty"),
}


@pytest.mark.parametrize("case", BAD_LINES.values(), ids=BAD_LINES)
def test_faults_in_json_lines(tmp_path, case):
    text, says = case
    path = tmp_path / "data.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert says in refusal(path)
    assert str(path) + os.sep not in refusal(path)


def test_an_empty_last_list(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text("[1, 2]\n[3, 4]\n[]\n")
    with pytest.raises(FileFormatError, match="line 3: the row has 0 cells, and 2 are expected"):
        read_table(path)
