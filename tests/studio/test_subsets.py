"""The rows of a table with one label, and the code that repeats the choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gaussmix.errors import InputError

pytest.importorskip("msgspec")
pytest.importorskip("starlette")

from gaussmix.studio import bodies, table_files, tables
from gaussmix.studio.chosen import ChosenRows
from gaussmix.studio.code import code_of
from gaussmix.studio.session import StudioSession


def file_table(folder: Path) -> tables.StudioTable:
    (folder / "cells.csv").write_text("batch,a,b\nx,1,2\ny,3,4\nx,,6\n,7,8\ny y,9,1\n", encoding="utf-8")
    return table_files.read(folder / "cells.csv", "cells.csv")


def random_table(_: Path) -> tables.StudioTable:
    return tables.drawn(bodies.Random(3, 2, 5.0, 200, 1))


@pytest.mark.parametrize(
    ("make", "columns", "label", "value"),
    [
        (lambda _: tables.built_in("vowels"), ["F1", "F2"], "vowel", "iy"),
        (lambda _: tables.built_in("vowels"), ["F0"], "speaker_type", "child"),
        (lambda _: tables.built_in("penguins"), ["body_mass_g", "bill_depth_mm"], "species", "Gentoo"),
        (random_table, ["x1", "x2"], "component", "2"),
        (file_table, ["a", "b"], "batch", "x"),
        (file_table, ["b"], "batch", "y y"),
    ],
)
def test_rows_of_a_label_and_their_code(
    make: Any, columns: list[str], label: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = StudioSession()
    session.take(make(tmp_path))
    session.choose(bodies.Columns(columns, label=label))
    whole = session.rows
    wanted = whole.labels[1] == whole.labels[0].index(value)
    session.keep(bodies.Only(label, value))
    np.testing.assert_array_equal(session.rows.X, whole.X[wanted])
    assert session.rows.labels[0] == (value,)
    assert session.in_words().table.only == (label, value)
    names: dict[str, Any] = {}
    exec(code_of(session.rows, None), names)
    np.testing.assert_array_equal(names["X"], session.rows.X)
    assert len(names["y"]) == wanted.sum()
    # Another label replaces the first one, and none brings all rows back.
    other = next((name for name in whole.labels[0] if name != value), value)
    session.keep(bodies.Only(label, other))
    assert session.rows.labels[0] == (other,)
    session.keep(bodies.Only(label))
    np.testing.assert_array_equal(session.rows.X, whole.X)


def test_a_label_that_is_a_number() -> None:
    session = StudioSession()
    session.take(tables.built_in("airquality"))
    names = session.rows.names
    month = next(name for name in names if name.lower() == "month") if "Month" in names else names[0]
    rows = ChosenRows.of(session.rows.table, bodies.Columns(list(names), label=month))
    session.keep(bodies.Only(month, rows.labels[0][0]))
    column = session.rows.X[:, names.index(month)]
    assert np.unique(column).size == 1


@pytest.mark.parametrize(("label", "value"), [("vowel", "no"), ("vowel", ""), ("nothing", "iy")])
def test_a_label_that_is_not_there(label: str, value: str) -> None:
    session = StudioSession()
    session.take(tables.built_in("vowels"))
    with pytest.raises(InputError, match="label"):
        session.keep(bodies.Only(label, value))
    assert session.table is not None
    assert len(session.table.X) == 1520
