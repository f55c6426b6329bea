"""pyarrow's reader, NumPy's and the careful one give the same bits, names and sentences."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix.data.content import Content, Sample
from gaussmix.data.delimited import careful, fast
from gaussmix.data.delimited import reader as reader_module
from gaussmix.data.tables import read_table
from gaussmix.errors import GaussmixError

WAYS = ("careful", "pyarrow", "numpy")


def outcome(path, way, **options):
    """What a reader makes of a file: names, bits and what is said, or a sentence; and whether it was the fast one."""
    used = []
    with pytest.MonkeyPatch.context() as patch:
        if way != "careful":
            whole = Content.sample

            def sample(content):
                # Where a sample is not all, its last line may be cut, and is not looked at.
                found = whole(content)
                return Sample(found.data + b"\n#", complete=False)

            patch.setattr(Content, "sample", sample)
        if way == "numpy":
            patch.setitem(sys.modules, "pyarrow", None)
            patch.setitem(sys.modules, "pyarrow.csv", None)

        def read_fast(*args):
            X = fast.read_fast(*args)
            used.append(X is not None)
            return X

        patch.setattr(reader_module, "read_fast", read_fast)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                table = read_table(path, **options)
            except GaussmixError as error:
                return str(error), any(used)
    X = np.ascontiguousarray(table.X)
    told = [str(warning.message) for warning in caught]
    return (table.names, X.shape, X.tobytes(), dict(table.skipped), table.notice, told), any(used)


def check(path, **options):
    """Read a file in each way; return whether pyarrow's and NumPy's reader were fast."""
    found = {way: outcome(path, way, **options) for way in WAYS}
    assert found["pyarrow"][0] == found["careful"][0]
    assert found["numpy"][0] == found["careful"][0]
    return found["pyarrow"][1], found["numpy"][1]


# ------------------------------------------------------------------------------------------ numbers

FINITE = st.floats(allow_nan=False, allow_infinity=False)
WRITTEN = st.one_of(
    FINITE.map(repr),
    FINITE.map(lambda x: f"{x:.17e}"),
    st.floats(-1e9, 1e9).map(lambda x: f"{x:.3f}"),
    st.floats(-1e9, 1e9).map(lambda x: f"{x:+.30f}"),
    st.integers(-(10**40), 10**40).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=25).map(lambda x: f"{x:f}"),
    st.sampled_from(
        ["0", "-0", "1e-400", "4.9e-324", "2.4703282292062327e-324", "1.7976931348623157e308", "5e-324"]
    ),
)


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(st.tuples(WRITTEN, WRITTEN), min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_every_number_has_the_same_bits(tmp_path_factory, cells, separator, end):
    path = tmp_path_factory.mktemp("bits") / "data.csv"
    path.write_bytes(end.join(["a" + separator + "b", *(separator.join(row) for row in cells), ""]).encode())
    options = {"separator": separator, "decimal": ".", "thousands": "", "header": True}
    arrow, _ = check(path, **options)
    assert arrow
    assert read_table(path, **options).X.tolist() == [[float(a), float(b)] for a, b in cells]


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(st.floats(-1e7, 1e7), st.integers(-(10**9), 10**9)), min_size=2, max_size=10))
def test_decimal_commas_and_thousands_have_the_bits_of_points(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("commas")
    written = [(f"{a:,.5f}", f"{b:,d}") for a, b in rows]
    swapped = str.maketrans(",.", ".,")
    lines = ["a;b", *(";".join(row).translate(swapped) for row in written)]
    (folder / "data.csv").write_text("\n".join(lines))
    arrow, _ = check(folder / "data.csv", decimal=",", thousands=".", header=True)
    assert arrow
    X = read_table(folder / "data.csv", decimal=",", thousands=".").X
    assert X.tolist() == [[float(f"{a:.5f}"), float(b)] for a, b in rows]


# ------------------------------------------------------------------------------------------ kinds of files

ROWS = [(1.25, 300), (-2.5, 4), (1e-3, 1234567), (7.0, 0)]
FILES = {
    "plain": ("a,b\n1.25,300\n-2.5,4\n", True, True),
    "no header": ("1.25,300\n-2.5,4\n", True, True),
    "spaces": ("a   b\n 1.25   300\n-2.5\t4  \n", True, True),
    "quotes": ('"a","b"\n"1.25","300"\n"-2.5","4"\n', True, True),
    "spaces before quotes": ('a, b\n1.25, "300"\n-2.5, "4"\n', False, False),
    "comments": ("# by hand\na,b\n1.25,300\n# 5,6\n  # 7,8\n-2.5,4\n", True, True),
    "a comment that looks like a row": ("v,b\nx,300\n#y,5\nz,4\n", True, False),
    "a # in quotes": ('v,b\n"x\n# y",300\nz,4\n', True, False),
    "blank lines": ("\na,b\n\n1.25,300\n   \n-2.5,4\n\n", True, False),
    "labels": ("v,b\nx,300\ny,4\n", True, False),
    "labels with breaks": ('v,b\n"x\ny",300\n"z, w",4\n', True, False),
    "labels with quotes inside": ('v,b\n5" pipe,300\n6" pipe,4\n', True, False),
    "gaps": ("e,b\n,300\nNA,4\n", True, False),
    "decimal commas": ("a;b\n1,25;300\n-2,5;4\n", True, False),
    "thousands": ("a;b\n1.250,5;300\n-2,5;4\n", True, False),
    "currency": ('a,b\n"$1,250.5",300\n-$2,4\n', True, False),
    "per cent": ("a,b\n1.25 %,300\n-2%,4\n", True, False),
    "minus signs": ("a,b\n−1.25,300\n2,−4\n", True, False),
    "plus signs": ("a,b\n+1.25,300\n+2,4\n", True, True),
    "windows-1252": ("é,b\nö,300\nü,4\n".encode("cp1252"), True, False),
    "utf-16": ("é,b\n1.25,300\n-2.5,4\n".encode("utf-16"), True, True),
    "byte-order mark": ("\ufeffa,b\n1.25,300\n-2.5,4\n", True, True),
    "a title and units": ("Title\na,b\ns,m\n1.25,300\n-2.5,4\n", True, True),
    "sep=": ("sep=;\na;b\n1.25;300\n-2.5;4\n", True, True),
    "row names": (",b\n0,300\n1,4\n", True, False),
    "a separator at the end": ("a,b\n1.25,300,\n-2.5,4,\n", True, False),
    "empty rows": ("a,b\n1.25,300\n,\n-2.5,4\n", False, False),
    "doubtful": ("a;b\n1,250;300\n2,500;4\n", True, False),
    "text but for a number": ("v,b\nx,300\n5,4\ny,4\n", False, False),
    "a bad cell": ("a,b\n1.25,300\n-2.5,x\n5,6\n", False, False),
    "a missing cell": ("a,b\n1.25,\n-2.5,4\n", True, False),
    "an infinite cell": ("a,b\n1.25,1e999\n-2.5,4\n", False, False),
    "a short row": ("a,b\n1.25\n-2.5,4\n5,6\n", False, False),
    "a long row": ("a,b\n1.25,1,2\n-2.5,4\n5,6\n", False, False),
    "a quote that is not closed": ('v,b\nx,300\n"y,4\nz,5\n', False, False),
    "a zero byte far down": ("a,b\n" + "1.25,300\n" * 9000 + "1\x00,2\n", False, False),
}


@pytest.mark.parametrize("case", FILES.values(), ids=FILES)
def test_kinds_of_files(tmp_path, case):
    text, arrow, numpy = case
    path = tmp_path / "data.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert check(path) == (arrow, numpy)


def long(rows, *extra, at=0, head="a,b"):
    lines = [f"{i % 997}.5,{i}" for i in range(rows)]
    lines[at:at] = extra
    return "\n".join([head, *lines, ""])


LONG = {
    "plain": (long(30_000), {}, True),
    "thousands far down": (long(30_000, '5.5,"1,234"', at=25_000), {}, False),
    "thousands that are given": (long(30_000, '5.5,"1,234"', at=25_000), {"thousands": ","}, True),
    "a minus sign far down": (long(30_000, "−5.5,7", at=25_000), {}, True),
    "a comment far down": (long(30_000, "# a pause, here", at=25_000), {}, True),
    "a commented row far down": (long(30_000, "#5.5,7", at=25_000), {}, True),
    "a blank line far down": (long(30_000, "", "  ", at=25_000), {}, True),
    "an empty row far down": (long(30_000, ",", at=25_000), {}, False),
    "a fault far down": (long(30_000, "5.5,oops", at=25_000), {}, False),
    "a gap far down": (long(30_000, "5.5,", at=25_000), {}, True),
    "a short row far down": (long(30_000, "5.5", at=25_000), {}, False),
    "a quoted number far down": (long(30_000, '"5.5","7"', at=25_000), {}, True),
}


@pytest.mark.parametrize("case", LONG.values(), ids=LONG)
def test_what_the_first_lines_do_not_show(tmp_path, case):
    text, options, arrow = case
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    pytest.importorskip("pyarrow")
    careful_one, fast_one = outcome(path, "careful", **options), outcome(path, "pyarrow", **options)
    assert fast_one[1] == arrow
    assert fast_one[0] == careful_one[0]
    if isinstance(fast_one[0], str):
        assert "line 25002" in fast_one[0]


@settings(max_examples=150, deadline=None)
@given(text=st.text('a1,;. \n"#\t-NA%$|', min_size=1, max_size=60))
def test_readers_agree_on_any_text(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "data.csv"
    path.write_text(text, encoding="utf-8", newline="")
    check(path)


# ------------------------------------------------------------------------------------------ sizes


def test_a_hundred_thousand_columns(tmp_path):
    X = np.random.default_rng(0).standard_normal((6, 100_000)).round(3)
    path = tmp_path / "wide.csv"
    lines = [",".join(["v", *(f"g{j}" for j in range(100_000))])]
    lines += [",".join([f"s{i}", *map(str, row)]) for i, row in enumerate(X.tolist())]
    path.write_text("\n".join(lines))
    table = read_table(path)
    assert np.array_equal(table.X, X)
    assert table.names[-1] == "g99999"
    assert read_table(path, ["g99999", "g0"]).X.tolist() == X[:, [99_999, 0]].tolist()


def test_lines_longer_than_a_block(tmp_path):
    pytest.importorskip("pyarrow")
    X = np.random.default_rng(0).standard_normal((20, 20_000)).round(3)
    path = tmp_path / "wide.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in X.tolist()))
    assert np.array_equal(read_table(path).X, X)


def test_chunks_join(tmp_path, monkeypatch):
    monkeypatch.setattr(careful, "_CHUNK_CELLS", 7)
    monkeypatch.setattr(careful, "_LEAST_CHUNK", 1)
    X = np.arange(60.0).reshape(20, 3)
    path = tmp_path / "data.csv"
    path.write_text("\n".join(["a,b,c", *(",".join(map(str, row)) for row in X.tolist())]))
    assert np.array_equal(read_table(path).X, X)


def test_blocks_join(tmp_path, monkeypatch):
    pytest.importorskip("pyarrow")
    from gaussmix.data.delimited import streams

    text = "# first\n\na b\n" + "".join(f"{i}.5   {i}\n# {i}\n" for i in range(200)) + '"7.5" "8"'
    path = tmp_path / "data.csv"
    path.write_text(text)
    expected = outcome(path, "careful")[0]
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr(streams, "_BLOCK", size)
        assert outcome(path, "pyarrow") == (expected, True)


def test_the_sample_is_cut_anywhere(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("é;price\n" + "".join(f"{i};{i},5\n" for i in range(1, 50)), encoding="utf-8")
    whole = Content.of(path).sample()
    expected = outcome(path, "careful")[0]
    for length in range(60, 120):
        cut = replace(whole, data=whole.data[:length], complete=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Content, "sample", lambda _, cut=cut: cut)
            table = read_table(path, drop=["é"])
        assert (table.names, table.X.shape[0]) == (("price",), 49)
    assert expected[0] == ("é", "price")
