"""Columns that number the rows, and columns of classes: named, with what to do."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.data.suspects import suspects
from gaussmix.data.tables import read_table, write_table
from gaussmix.errors import DataWarning

N = 60
RNG = np.random.default_rng(0)
MEASURED = RNG.normal(size=N)

ROWS = {
    "from 1": ("row", np.arange(1, N + 1)),
    "from 0": ("x", np.arange(N)),
    "from 1000": ("y", np.arange(1000, 1000 + N)),
}

IDENTIFIERS = {
    "ID": ("ID", RNG.permutation(N) + 5),
    "patient_id": ("patient_id", RNG.permutation(N) * 3),
    "subject id": ("subject id", RNG.permutation(N) - 10),
    "userId": ("userId", RNG.permutation(N) * 7),
    "No": ("no", N - np.arange(N)),
    "AreaKey": ("AreaKey", 13001 + 2 * np.arange(N)),
    "STATE_FIPS": ("STATE_FIPS", np.arange(N) ** 2),
    "CASRN": ("CASRN", RNG.permutation(N) * 11 + 50000),
}


@pytest.mark.parametrize("case", ROWS.values(), ids=ROWS)
def test_columns_that_number_the_rows(case):
    name, column = case
    (sentence,) = suspects(np.column_stack([column, MEASURED]), [name, "height"])
    assert sentence.startswith(
        f"column {name!r} numbers the rows ({column[0]} to {column[-1]}): leave it out with --drop "
    )
    assert sentence.endswith("or choose with --columns")


@pytest.mark.parametrize("case", IDENTIFIERS.values(), ids=IDENTIFIERS)
def test_columns_that_identify_the_rows(case):
    name, column = case
    (sentence,) = suspects(np.column_stack([MEASURED, column]), ["height", name])
    shown = ", ".join(map(str, column[:3]))
    assert sentence.startswith(f"column {name!r} identifies the rows ({shown}, …): leave it out with --drop ")


CLASSES = {
    "two": np.repeat([0, 1], N // 2),
    "three": np.arange(N) % 3,
    "cylinders": RNG.choice([4, 6, 8], N),
    "twelve": np.arange(N) % 12,
    "negative": RNG.choice([-1, 1], N),
    "as floats": RNG.choice([1.0, 2.0, 5.0], N),
}


@pytest.mark.parametrize("column", CLASSES.values(), ids=CLASSES)
def test_columns_of_classes(column):
    (sentence,) = suspects(np.column_stack([MEASURED, column]), ["height", "group"])
    values = len(np.unique(column))
    assert sentence.startswith(
        f"column 'group' holds whole numbers of {values} values ({np.unique(column)[0]:.0f}, "
    )
    assert sentence.endswith("if they are classes, leave it out with --drop group")


MEASUREMENTS = {
    "floats": RNG.normal(size=N),
    "counts": RNG.poisson(100, N),
    "halves": (np.arange(N) % 3) / 2,
    "constant": np.full(N, 3.0),
    "13 values": np.arange(N) % 13,
    "every second": 2 * np.arange(N),
    "counting but for one": np.r_[np.arange(N - 1), 7.5],
    "a number after 1,000 rows": np.arange(N) ** 2,
}


@pytest.mark.parametrize("column", MEASUREMENTS.values(), ids=MEASUREMENTS)
def test_measurements_are_not_named(column):
    assert suspects(np.column_stack([MEASURED, column]), ["height", "width"]) == []


def test_a_name_alone_is_not_enough():
    assert suspects(np.column_stack([MEASURED, RNG.poisson(100, N)]), ["height", "idea"]) == []
    assert suspects(np.column_stack([MEASURED, RNG.poisson(10, N) * 13]), ["height", "id"]) == []


def test_several_are_one_sentence_each():
    X = np.column_stack([np.arange(N), np.arange(N) % 2, np.arange(1, N + 1), np.arange(N) % 5, MEASURED])
    rows, classes = suspects(X, ["i", "a", "row number", "b,c", "height"])
    assert rows == (
        "columns 'i', 'row number' number the rows: leave them out with --drop 'i,row number', or choose with --columns"
    )
    assert classes == (
        "columns 'a', 'b,c' hold whole numbers of few values (a: 0, 1): if they are classes, leave them out with "
        "--drop 'a,\"b,c\"'"
    )


def test_an_identifier_beside_row_numbers_is_one_sentence():
    X = np.column_stack([np.arange(N), RNG.permutation(N), MEASURED])
    (sentence,) = suspects(X, ["i", "ID", "height"])
    assert sentence.startswith("columns 'i', 'ID' identify the rows: leave them out with --drop i,ID")


def test_few_rows_one_column_and_columns_of_whole_numbers_alone_are_left_in_peace():
    assert suspects(np.arange(9.0).reshape(9, 1).repeat(2, axis=1), ["id", "x"]) == []
    assert suspects(np.arange(50.0)[:, None], ["id"]) == []
    assert suspects(np.column_stack([np.arange(N) % 2, np.arange(N) % 3]), ["a", "b"]) == []


def test_a_column_that_only_begins_like_one_is_not_named():
    late = np.r_[np.arange(3000), 0.5]
    classes = np.r_[np.arange(3000) % 3, 100, 200, 300]
    assert suspects(np.column_stack([late, np.linspace(0, 1, 3001)]), ["a", "b"]) == []
    assert "3 values" not in "".join(
        suspects(np.column_stack([classes, np.linspace(0, 1, 3003)]), ["a", "b"])
    )


def test_reading_warns_unless_columns_are_chosen(tmp_path):
    path = tmp_path / "data.csv"
    write_table(path, {"ID": np.arange(1, N + 1), "height": MEASURED})
    with pytest.warns(
        DataWarning, match=r"column 'ID' numbers the rows \(1 to 60\): leave it out with drop='ID'"
    ):
        read_table(path)
    assert read_table(path, drop="ID").names == ("height",)
    assert read_table(path, "ID,height").names == ("ID", "height")
