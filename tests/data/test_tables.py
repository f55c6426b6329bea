"""Files of numbers: what is read, what is refused and in which words, and what is written."""

from __future__ import annotations

import csv
import gzip
import os
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gaussmix.data.tables import read_table, write_table
from gaussmix.datasets import load_vowels
from gaussmix.errors import (
    DataWarning,
    FileFormatError,
    GaussmixError,
    InputError,
    InputTypeError,
    MissingDependencyError,
)
from gaussmix.files import FileAccessError, MissingFileError


@pytest.fixture
def written(tmp_path):
    def write(text, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def fault(path, columns=None, error=FileFormatError):
    """The sentence with which a file is refused, without the folder."""
    with pytest.raises(error) as caught:
        read_table(path, columns)
    message = str(caught.value)
    assert "\n" not in message
    return message.replace(f"{path.parent}{os.sep}", "")


def outcome(path):
    """The table, or None for a file that is refused in one sentence; any other exception fails the test."""
    try:
        return read_table(path)
    except GaussmixError as error:
        message = str(error)
    assert message
    assert "\n" not in message
    return None


# ------------------------------------------------------------------------------------------ text: layouts

WANTED = [[1.0, 2.5], [-3.0, 4e3]]
LAYOUTS = {
    "comma": "a,b\n1,2.5\n-3,4e3\n",
    "semicolon": "a;b\n1;2.5\n-3;4e3\n",
    "tab": "a\tb\n1\t2.5\n-3\t4e3\n",
    "spaces": "a  b\n1   2.5\n  -3 4e3  \n",
    "spaces after commas": "a, b\n1, 2.5\n-3, 4e3\n",
    "byte-order mark": "\ufeffa,b\n1,2.5\n-3,4e3\n",
    "quotes": '"a","b"\n"1","2.5"\n"-3","4e3"\n',
    "Windows line ends": "a,b\r\n1,2.5\r\n-3,4e3\r\n",
    "no last line end": "a,b\n1,2.5\n-3,4e3",
    "blank lines": "\n\na,b\n\n1,2.5\n\n-3,4e3\n\n",
    "comments": "# measured, 1952\n# by hand\na,b\n1,2.5\n# a pause\n-3,4e3\n",
    "names in a comment": "# a,b\n1,2.5\n-3,4e3\n",
    "names in a comment, spaces": "# a b\n1 2.5\n-3 4e3\n",
    "plus signs": "a,b\n+1,+2.5\n-3.,.4e+4\n",
    "delimiter at the end": "a,b,\n1,2.5,\n-3,4e3,\n",
    "delimiter at the end of the rows": "a,b\n1,2.5,\n-3,4e3,\n",
    "row names as pandas writes them": ",a,b\n0,1,2.5\n1,-3,4e3\n",
    "row names as R writes them": '"a" "b"\n"1" 1 2.5\n"2" -3 4e3\n',
    "labels": "vowel,a,b\niy,1,2.5\nuw,-3,4e3\n",
    "labels with delimiters": 'a,label,b\n1,"heed, said",2.5\n-3,"who\'d\nsaid",4e3\n',
    "labels with gaps": "a,b,label\n1,2.5,\n-3,4e3,x\n",
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_of_text(written, text):
    table = read_table(written(text))
    assert table.X.tolist() == WANTED
    assert table.X.dtype == np.float64
    assert table.names == ("a", "b")


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        ("1,2\n3,4\n", ("x0", "x1"), [[1, 2], [3, 4]]),
        ("1\n2\n", ("x0",), [[1], [2]]),
        ("height\n1\n2\n", ("height",), [[1], [2]]),
        ("1,2\n", ("x0", "x1"), [[1, 2]]),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ("x0", "x1"), [[5.1, 3.5], [4.9, 3.0]]),
        ("id,F1,2001\n1,2,3\n4,5,6\n", ("id", "F1", "2001"), [[1, 2, 3], [4, 5, 6]]),
        ("0,1\n1.5,2.5\n3.5,4\n", ("0", "1"), [[1.5, 2.5], [3.5, 4]]),
        (",0,1\n0,1.5,2.5\n1,3.5,4\n", ("0", "1"), [[1.5, 2.5], [3.5, 4]]),
        ("0,1\n2,3\n4,5\n", ("x0", "x1"), [[0, 1], [2, 3], [4, 5]]),
        ("a,,c\n1,2,3\n4,5,6\n", ("a", "x1", "c"), [[1, 2, 3], [4, 5, 6]]),
        ("F1 (Hz),ɪ\n1,2\n3,4\n", ("F1 (Hz)", "ɪ"), [[1, 2], [3, 4]]),
    ],
)
def test_headers(written, text, names, values):
    table = read_table(written(text))
    assert table.names == names
    assert table.X.tolist() == values


def test_columns_left_out_are_reported(written):
    table = read_table(written("vowel,F1,empty,F2\niy,1,,2\nuw,3,,4\n"))
    assert dict(table.skipped) == {"vowel": "text", "empty": "no values"}
    assert read_table(written(",a\n0,1\n1,2\n")).skipped == {"x0": "row names"}


def test_a_column_of_labels_that_begins_with_gaps_is_left_out(written):
    rows = [f"{i},{'NA' if i < 500 else 'note'}" for i in range(600)]
    table = read_table(written("\n".join(["a,note", *rows])))
    assert table.names == ("a",)
    assert table.X.ravel().tolist() == list(range(600))
    assert table.skipped == {"note": "text"}


def test_gzip_is_read(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2.5\n-3,4e3\n"))
    assert read_table(path).X.tolist() == WANTED


@settings(max_examples=60, deadline=None)
@given(
    X=hnp.arrays(
        np.float64,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    ),
    delimiter=st.sampled_from([",", ";", "\t", " "]),
    header=st.booleans(),
)
def test_every_float_survives_text(tmp_path_factory, X, delimiter, header):
    path = tmp_path_factory.mktemp("floats") / "data.csv"
    lines = [delimiter.join(f"c{j}" for j in range(X.shape[1]))] if header else []
    lines += [delimiter.join(map(repr, row)) for row in X.tolist()]
    path.write_text("\n".join(lines))
    table = read_table(path)
    assert np.array_equal(table.X, X)
    assert table.names == tuple(f"{'c' if header else 'x'}{j}" for j in range(X.shape[1]))


@pytest.mark.parametrize("line", [2, 9_000])
@pytest.mark.parametrize("cell", ["a", "", " a", "a ", '"a, b"', '"a""b"', "ä", "1", "NA", "a#b"])
def test_cells_of_a_large_file_are_those_of_the_csv_module(tmp_path, line, cell):
    path = tmp_path / "large.csv"
    lines = ["id,kind,x", *(f"{i}.0,k{i % 3},{i}" for i in range(10_000))]
    lines[line] = f"7.50,{cell},NA"
    path.write_text("\n".join(lines), encoding="utf-8")
    table = read_table(path, ["id", "x"])
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, skipinitialspace=True)
    cells = table.all_columns()
    assert {name: column.tolist() for name, column in cells.items()} == dict(
        zip(head, map(list, zip(*rows, strict=True)), strict=True)
    )
    assert cells["x"].dtype == object


@pytest.mark.parametrize("suffix", ["csv", "tsv", "csv.gz", "parquet"])
@pytest.mark.parametrize("columns", [1, 3])
def test_missing_values_survive(tmp_path, suffix, columns):
    pytest.importorskip("pyarrow")
    X = np.arange(24.0).reshape(8, 3)[:, :columns] + 0.5
    X[::3, 0] = X[1, -1] = np.nan
    path = tmp_path / f"data.{suffix}"
    write_table(path, {f"c{j}": x for j, x in enumerate(X.T)})
    np.testing.assert_array_equal(read_table(path).X, X)
    if suffix == "csv" and columns > 1:
        assert path.read_text().splitlines()[1] == ",1.5,2.5"


@pytest.mark.parametrize("line", [2, 150, 25_000])
@pytest.mark.parametrize("labels", [False, True])
def test_fast_and_careful_reading_agree(written, line, labels):
    """A comment sends the file from the fast reader to the careful one; labels use it from the start."""
    X = np.random.default_rng(0).standard_normal((30_000, 2))
    rows = [f"{a!r},{b!r}" + (",label" if labels else "") for a, b in X.tolist()]
    rows.insert(line, "# a comment, here")
    table = read_table(written("\n".join(["a,b" + (",c" if labels else ""), *rows])))
    assert np.array_equal(table.X, X)


# ------------------------------------------------------------------------------------------ text: faults


def test_a_bad_cell_is_named_by_line_column_and_value(written):
    rows = "\n".join(["F1,F2", *["1,2"] * 15, "1,abc", "3,4"])
    assert fault(written(rows)) == (
        "data.csv, line 17, column 'F2': 'abc' is not a number; correct the cell, or choose columns with columns= "
        "or drop="
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "data.csv is empty"),
        ("\n\n# only this\n", "data.csv is empty"),
        ("a,b\n", "data.csv has no column of numbers (left out: "),
        ("a,b\nx,y\nz,w\n", "data.csv has no column of numbers (left out: 'a', 'b')"),
        ("a,b\n1,2\n3\n", "data.csv, line 3: the row has 1 cell, and 2 are expected"),
        ("a,b\n1,2\n3,4,5\n", "data.csv, line 3: the row has 3 cells, and 2 are expected"),
        ("v,a\nx,2\ny,4,5\nz,1\n", "line 3: the row has 3 cells"),
        ("a,b\n1,inf\n3,4\n", "line 2, column 'b': 'inf' is not finite"),
        ("a,b\n1,2\n3,1e999\n", "line 3, column 'b': '1e999' is not finite"),
        ("a;b\n1;2.5\n3;4,5\n4;1.5\n", "'4,5' is not a number with a decimal point (decimal=',')"),
        ("a;b\n1;2,5\n3;4.5\n4;1,5\n", "'4.5' is not a number with a decimal comma (decimal='.')"),
        ("a,b\n1,2\n3,1_000\n5,6\n", "line 3, column 'b': '1_000' is not a number"),
        ("a,b\n1,2\n3,0x10\n", "line 3, column 'b': '0x10' is not a number"),
        (b"a,b\n1,2\n3,\xe94\n", "line 3, column 'b': 'é4' is not a number"),
        ("a,b\n1,2\n".encode("utf-16-le"), "it holds zero bytes"),
        (b"a,b\n1,2\n\x9d,\xe94\n", "is text neither in UTF-8 nor in windows-1252"),
        (
            "a,b\n1," + "x" * 200_000 + "\n2,3\n",
            "data.csv is not a text table: field larger than field limit",
        ),
    ],
)
def test_faulty_text_is_refused_in_one_sentence(written, text, says):
    message = fault(written(text))
    assert says in message
    assert len(message) < 400


def test_a_fault_far_down_is_found(written):
    rows = ["a,b", *[f"{i},{i}" for i in range(50_000)], "1,oops"]
    assert "line 50002, column 'b': 'oops' is not a number" in fault(written("\n".join(rows)))


@pytest.mark.parametrize("rows", [300, 30_000])
def test_a_number_among_labels_is_said(written, rows):
    path = written("\n".join(["a,b", *[f"{i}.5,x" for i in range(rows)], "1,5"]))
    with pytest.warns(
        DataWarning, match=rf"column 'b' is left out: it is text except for a number .'5' in line {rows + 2}"
    ):
        assert read_table(path).names == ("a",)


def test_a_column_that_turns_from_labels_to_numbers_is_a_fault(written):
    rows = ["a,b", *[f"{i},x" for i in range(10_000)], *[f"{i},{i}" for i in range(10_000)]]
    assert "line 2, column 'b': 'x' is not a number" in fault(written("\n".join(rows)))


def test_many_columns_with_gaps_are_summed_up(written):
    rows = [",".join(f"c{j}" for j in range(9)), ",".join("1" * 9), ",".join(["NA"] * 9)]
    table = read_table(written("\n".join(rows)))
    assert table.missing == {f"c{j}": 1 for j in range(9)}
    assert "9 values are missing: 1 in column 'c0'" in repr(table)
    assert "1 in 1 more" in repr(table)


@pytest.mark.parametrize("n", [10, 20_000], ids=["careful reader", "fast reader"])
@pytest.mark.parametrize("gap", ["", " ", "NA", "n/a", "NaN", "null", "?", "-", "#N/A"])
def test_gaps_are_missing_values(written, n, gap):
    rows = ["v,a,b", *[f"x,{i}.5,{gap if i % 3 == 1 else i}" for i in range(n)]]
    table = read_table(written("\n".join(rows)))
    i = np.arange(n)
    np.testing.assert_array_equal(table.X, np.column_stack([i + 0.5, np.where(i % 3 == 1, np.nan, i)]))
    assert table.missing == {"b": int((i % 3 == 1).sum())}


@pytest.mark.parametrize("n", [10, 20_000], ids=["careful reader", "fast reader"])
def test_rows_without_any_value_are_left_out(written, n):
    rows = ["a,b", *[f"{i},{'' if i % 2 else i}" if i % 5 else "," for i in range(n)]]
    table = read_table(written("\n".join(rows)))
    assert len(table.X) == n - n // 5
    assert f"{n // 5} empty row" in table.notice


def test_damaged_gzip_is_refused(written):
    content = gzip.compress(("a,b\n" + "1,2\n" * 100).encode())
    changed = content[:20] + b"\xff\xff" + content[22:]
    for damaged in (b"a,b\n1,2\n", content[:5], content[:15], content[:-1], changed):
        assert "is not a valid gzip file" in fault(written(damaged, "data.csv.gz"))


@settings(max_examples=150, deadline=None)
@given(content=st.one_of(st.binary(max_size=60), st.text('a1,;. \n"#\t-NA', max_size=40).map(str.encode)))
def test_any_bytes_are_read_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "data.csv"
    path.write_bytes(content)
    table = outcome(path)
    assert table is None or table.X.shape[1] == len(table.names)
    assert table is None or np.isfinite(table.X).all()


# ------------------------------------------------------------------------------------------ columns


@pytest.mark.parametrize("columns", ["b,a", "2, 1", ["b", "a"], [2, 1], ["b", 1], [np.int64(2), "a"]])
def test_columns_by_name_or_position(written, columns):
    table = read_table(written("v,a,b\nx,1,2\ny,3,4\n"), columns)
    assert table.names == ("b", "a")
    assert table.X.tolist() == [[2, 1], [4, 3]]
    assert table.skipped == {}


def test_a_name_wins_over_a_position(written):
    path = written("1,a,b\n7,8,5\n9,9,6\n")
    assert read_table(path, "1").X.tolist() == [[7], [9]]
    assert read_table(path, "2").names == ("b",)


def test_chosen_columns_do_not_mind_faults_in_others(written):
    path = written("a,b,c\n1,oops,3\n4,5,\n7,8,9\n")
    assert read_table(path, "a").X.tolist() == [[1], [4], [7]]
    assert "'oops'" in fault(path, "a,b")
    assert read_table(path, "c").missing == {"c": 1}


def test_names_with_commas_are_quoted(written):
    path = written('"F1, Hz",b\n1,2\n3,4\n')
    assert read_table(path, '"F1, Hz",b').names == ("F1, Hz", "b")
    assert read_table(path, ["F1, Hz"]).names == ("F1, Hz",)


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("a,a,b", ("a_1", "a_2", "b")),
        ("a,b,a", ("a_1", "b", "a_2")),
        ("a,a,a", ("a_1", "a_2", "a_3")),
        ("a,a_1,a", ("a_2", "a_1", "a_3")),
        ('"a","a",b', ("a_1", "a_2", "b")),
        ("x1,,c", ("x1_1", "x1_2", "c")),
    ],
)
def test_columns_of_one_name_are_numbered(written, header, names):
    path = written(f"{header}\n1,2,3\n4,5,6\n")
    assert read_table(path).names == names
    assert read_table(path).X.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read_table(path, [1, 2]).X.tolist() == [[2, 3], [5, 6]]
    assert read_table(path, list(names)).names == names


def test_the_name_of_two_columns_chooses_neither(written):
    message = fault(written("a,a,b\n1,2,3\n4,5,6\n"), "a", InputError)
    assert message.endswith("there is no column 'a'; its columns are 'a_1', 'a_2', 'b'")


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        ("F9", InputError, "there is no column 'F9'; its columns are 'a', 'b'"),
        ("2", InputError, "there is no column 2: positions go from 0 to 1, and the columns are 'a', 'b'"),
        ("0,5", InputError, "there is no column 5: positions go from 0 to 1"),
        ([99999], InputError, "there is no column 99999: positions go from 0 to 1"),
        ([-1], InputError, "there is no column -1: positions go from 0 to 1"),
        ("1.0", InputError, "there is no column '1.0'; its columns are"),
        ("a,0", InputError, "column 'a' is chosen twice"),
        ("", InputError, "no column"),
        ([], InputError, "no column was chosen"),
        ([1.5], InputTypeError, "a name or a position, not 1.5"),
        ([True], InputTypeError, "a name or a position, not True"),
        (3, InputTypeError, "columns must be names or positions, not 3"),
    ],
)
def test_columns_that_are_not_there(written, columns, error, says):
    assert says in fault(written("a,b\n1,2\n3,4\n"), columns, error)


# ------------------------------------------------------------------------------------------ NumPy's files


@pytest.mark.parametrize("dtype", ["f8", ">f8", "f4", "f2", "i4", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_of_any_real_type(tmp_path, dtype, order):
    array = np.array([[1, 0, 1], [0, 1, 1]], dtype=dtype, order=order)
    np.save(tmp_path / "a.npy", array)
    table = read_table(tmp_path / "a.npy")
    assert table.X.dtype == np.float64
    assert table.X.tolist() == array.tolist()
    assert table.names == ("x0", "x1", "x2")
    assert read_table(tmp_path / "a.npy", "2,0").X.tolist() == array[:, [2, 0]].tolist()


def test_npy_of_float64_stays_on_disk_and_one_dimension_is_one_column(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(5.0))
    table = read_table(tmp_path / "a.npy")
    assert table.X.shape == (5, 1)
    base = table.X
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.array(["a"]), "an array of <U1"),
        (np.array([1j]), "an array of complex128"),
        (np.array([(1.0, 2)], "f8,i4"), "real numbers are expected"),
        (np.array(3.0), "an array of shape ()"),
        (np.zeros((2, 2, 2)), "an array of shape (2, 2, 2)"),
        (np.zeros((0, 2)), "has columns and no rows"),
        (np.zeros((2, 0)), "has no column of numbers"),
        (np.array([[1.0], [-np.inf]]), "row 1, column 'x0': the value is -inf"),
    ],
)
def test_npy_that_is_no_table_is_refused(tmp_path, array, says):
    np.save(tmp_path / "a.npy", array)
    assert says in fault(tmp_path / "a.npy")


class _Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('code in a file was run')",)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_objects_in_files_are_not_loaded(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    array = np.array([_Bomb()], dtype=object)
    np.save(path, array) if suffix == ".npy" else np.savez(path, array)
    assert "holds Python objects, which are not loaded" in fault(path)
    path.write_bytes(pickle.dumps(_Bomb()))
    assert "a.np" in fault(path)


def test_npy_cut_at_any_byte_is_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert "a.npy is not an array written by numpy.save" in fault(path)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_npy_with_changed_bytes_is_refused_or_read(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "a.npy"
    np.save(path, np.arange(6.0).reshape(2, 3))
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, 127), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    table = outcome(path)
    assert table is None or table.X.nbytes <= 8 * len(content)


def test_npz_with_one_array_is_read_and_with_more_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, WANTED)
    assert read_table(path).X.tolist() == WANTED
    np.savez(path, a=WANTED, b=WANTED)
    assert "a.npz holds 2 arrays (a, b), and one is expected" in fault(path)
    np.savez(path)
    assert "holds no array" in fault(path)
    path.write_bytes(path.read_bytes()[:-5])
    assert "is not an archive written by numpy.savez" in fault(path)


# ------------------------------------------------------------------------------------------ Parquet


def test_parquet_numbers_are_read_and_labels_left_out(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {
            "v": ["x", "y", "z"],
            "a.b": pa.array([1, 2, 3], pa.int8()),
            "c": pa.array([0.5, 1.5, 2.5], pa.float32()),
            "d": pa.array([1, 2, 3], pa.decimal128(5, 2)),
            "t": pa.array([True, False, True]),
            "__index_level_0__": [7, 8, 9],
        }
    )
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, row_group_size=2)
    found = read_table(path)
    assert found.names == ("a.b", "c", "d")
    assert found.X.tolist() == [[1, 0.5, 1], [2, 1.5, 2], [3, 2.5, 3]]
    assert found.skipped == {"v": "string", "t": "bool", "__index_level_0__": "row names"}
    assert read_table(path, ["c", "__index_level_0__"]).X.tolist() == [[0.5, 7], [1.5, 8], [2.5, 9]]
    assert "column 'v' holds string, not numbers" in fault(path, "v")
    assert "there is no column 'q'" in fault(path, "q", InputError)


def test_parquet_with_gaps_is_read_and_of_other_things_is_refused(tmp_path, written):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [1, None, 3], "b": [1.0, 2.0, float("nan")]}), path)
    assert read_table(path).missing == {"a": 1, "b": 1}
    pq.write_table(pa.table({"v": ["x"]}), path)
    assert "has no column of numbers (left out: 'v')" in fault(path)
    pq.write_table(pa.table({"a": pa.array([], pa.float64())}), path)
    assert "has columns and no rows" in fault(path)
    content = path.read_bytes()
    for length in (0, 3, len(content) // 2, len(content) - 1):
        assert "is not a valid Parquet file" in fault(written(content[:length], "cut.parquet"))


def test_without_pyarrow_parquet_says_what_to_install(written, tmp_path, monkeypatch):
    for name in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    says = r'Parquet needs pyarrow: pip install "gaussmix[data]"'
    assert says in fault(written(b"PAR1", "a.parquet"), error=MissingDependencyError)
    with pytest.raises(MissingDependencyError, match="needs pyarrow"):
        write_table(tmp_path / "b.parquet", {"a": [1]})
    assert not (tmp_path / "b.parquet").exists()


# ------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("name", ["a.hdf", "a", "a.json", "a.npy.gz", "a.csv.zst"])
def test_other_suffixes_are_told_what_is_read(written, name):
    message = fault(written("1,2\n", name), error=InputError)
    assert "a table is one of .csv, .tsv, .txt" in message
    assert (".parquet" in message) == (not name.endswith(".gz"))


def test_missing_files_and_folders(tmp_path):
    assert "there is no file" in fault(tmp_path / "no.csv", error=MissingFileError)
    (tmp_path / "a.csv").mkdir()
    assert "is a folder" in fault(tmp_path / "a.csv", error=FileAccessError)


def test_suffixes_in_capitals_are_read(written):
    assert read_table(written("a\n1\n2\n", "DATA.CSV")).X.tolist() == [[1], [2]]


def test_the_vowels_are_read_as_they_are_shipped():
    from importlib.resources import as_file, files

    with as_file(files("gaussmix.datasets") / "tables" / "peterson_barney.csv") as path:
        table = read_table(path, "F1,F2")
        assert np.array_equal(table.X, load_vowels().data[:, 1:3])
        assert list(read_table(path).skipped) == ["Type", "Sex", "Vowel", "IPA"]


# ------------------------------------------------------------------------------------------ writing

COLUMNS = {
    "k": np.array([0, 1, 2]),
    "p": np.array([0.1, 1 / 3, 1e-300]),
    "name": np.array(["a,b", 'say "ɪ"', "line\nend"]),
    "sure": np.array([True, False, True]),
}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".txt", ".csv.gz", ".tsv.xz", ".csv.bz2", ".parquet"])
def test_columns_that_are_written_are_read_back(tmp_path, suffix):
    path = tmp_path / f"out{suffix}"
    write_table(path, COLUMNS)
    table = read_table(path)
    assert table.names == ("k", "p")
    assert np.array_equal(table.X, np.column_stack([COLUMNS["k"], COLUMNS["p"]]))
    assert set(table.skipped) == {"name", "sure"}
    assert os.listdir(tmp_path) == [path.name]


def test_text_is_written_as_pandas_reads_it(tmp_path):
    pd = pytest.importorskip("pandas")
    write_table(tmp_path / "out.csv", COLUMNS)
    frame = pd.read_csv(tmp_path / "out.csv")
    assert frame["name"].tolist() == COLUMNS["name"].tolist()
    assert frame["p"].tolist() == COLUMNS["p"].tolist()
    assert frame["sure"].tolist() == COLUMNS["sure"].tolist()


def test_npy_holds_one_column_as_it_is_and_several_as_floats(tmp_path):
    write_table(tmp_path / "k.npy", {"k": COLUMNS["k"]})
    assert np.array_equal(np.load(tmp_path / "k.npy"), COLUMNS["k"])
    write_table(tmp_path / "kp.npy", {"k": COLUMNS["k"], "p": COLUMNS["p"]})
    assert np.load(tmp_path / "kp.npy").shape == (3, 2)
    with pytest.raises(InputError, match=r"column 'name' is text; write \.csv or \.parquet"):
        write_table(tmp_path / "no.npy", COLUMNS)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({}, "no column to write"),
        ({"a": [1, 2], "b": [1]}, r"column 'b' is int64 of shape \(1,\), and .* shape \(2,\)"),
        ({"a": 3}, "column 'a' is"),
        ({"a": [[1, 2]]}, "column 'a' is"),
        ({"a": [1j]}, "column 'a' is complex128"),
    ],
)
def test_columns_that_cannot_be_written(tmp_path, columns, says):
    with pytest.raises(InputError, match=says):
        write_table(tmp_path / "out.csv", columns)
    assert os.listdir(tmp_path) == []


def test_files_that_cannot_be_written(tmp_path):
    with pytest.raises(MissingFileError, match="there is no folder"):
        write_table(tmp_path / "no" / "out.csv", {"a": [1]})
    with pytest.raises(InputError, match="the suffix '.xlsx'"):
        write_table(tmp_path / "out.xlsx", {"a": [1]})


@pytest.mark.parametrize("fit", ["GaussianMixture", "StudentMixture", "BayesianGaussianMixture", "select"])
def test_a_table_is_fitted_as_its_values_are(tmp_path, fit):
    import gaussmix

    rows = np.random.default_rng(0).normal(size=(40, 2)).round(3)
    path = tmp_path / "rows.csv"
    np.savetxt(path, rows, delimiter=",", header="a,b", comments="", fmt="%.3f")
    table = read_table(path)

    def score(X):
        if fit == "select":
            return gaussmix.select(X, [1, 2], ["EEE"], random_state=0).best.bic
        return getattr(gaussmix, fit)(1, random_state=0).fit(X).score(X)

    assert score(table) == score(rows)


def test_the_values_of_a_table_keep_the_type_asked_for(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n3,\n")
    assert np.asarray(read_table(path), dtype=np.float32).dtype == np.float32
