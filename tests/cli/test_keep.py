"""``gaussmix predict --keep``: the columns of the table and its row names beside the labels."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gaussmix import Mixture

from .conftest import Call


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A model that tells rows by the sign of ``a``."""
    mixture = Mixture([0.5, 0.5], [[-5.0, 0.0], [5.0, 0.0]], [1.0, 1.0], feature_names=["a", "b"])
    mixture.save(tmp_path / "two.safetensors")
    return tmp_path / "two.safetensors"


TABLES = {
    "text beside numbers": ("a,b,t\n-5,0,x\n5.50,1e-1,y\n", "a,b,t,component\n-5,0,x,0\n5.50,1e-1,y,1\n"),
    "other numbers": ("id,a,b\n007,-5,0\n8,5,1\n", "id,a,b,component\n007,-5,0,0\n8,5,1,1\n"),
    "columns in another order": ("b,text,a\n0,u,-5\n1,v,5\n", "b,text,a,component\n0,u,-5,0\n1,v,5,1\n"),
    "row names": ("a,b\nr1,-5,0\nr2,5,1\n", ",a,b,component\nr1,-5,0,0\nr2,5,1,1\n"),
    "row names under a comma": (",a,b\nr1,-5,0\nr2,5,1\n", ",a,b,component\nr1,-5,0,0\nr2,5,1,1\n"),
    "gaps in other columns": ("a,b,c\n-5,0,\n5,1,NA\n", "a,b,c,component\n-5,0,,0\n5,1,NA,1\n"),
    "rows without a cell": ("a,b\n-5,0\n\n,\n5,1\n\n", "a,b,component\n-5,0,0\n5,1,1\n"),
    "quotes": ('a,b,t\n-5,0,"x, ""y"""\n5,1,"u"\n', 'a,b,t,component\n-5,0,"x, ""y""",0\n5,1,u,1\n'),
    "line ends": ('a,b,t\n-5,0,"x\ny"\n5,1,u\n', 'a,b,t,component\n-5,0,"x\ny",0\n5,1,u,1\n'),
    "formulas": ("a,b,=t\n-5,0,=1+1\n5,1,@x\n", "a,b,'=t,component\n-5,0,'=1+1,0\n5,1,'@x,1\n"),
    "decimal commas": ("a;b;t\n-5,5;0,0;x\n5,25;1,0;y\n", 'a,b,t,component\n"-5,5","0,0",x,0\n"5,25","1,0",y,1\n'),
    "comments": ("# made by hand\na,b\n-5,0\n# a word\n5,1\n", "a,b,component\n-5,0,0\n5,1,1\n"),
    "a column of the label's name": ("a,b,component\n-5,0,u\n5,1,v\n", "a,b,component,component_\n-5,0,u,0\n5,1,v,1\n"),
    "two columns of one name": ("a,b,t,t\n-5,0,u,v\n5,1,w,x\n", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLES.values(), ids=TABLES)
def test_the_cells_stay_as_they_are_written(
    call: Call, two: Path, tmp_path: Path, text: str, expected: str | None
) -> None:
    (tmp_path / "t.csv").write_text(text)
    done = call("predict", two, "t.csv", "--keep")
    assert done.code == 0, done.err
    if expected is not None:
        assert done.out == expected
    rows = list(csv.reader(io.StringIO(done.out)))
    assert len(set(map(len, rows))) == 1
    assert len(set(rows[0])) == len(rows[0])
    assert [row[-1] for row in rows[1:]] == ["0", "1"]
    call("predict", two, "t.csv", "--keep", "--out", "kept.csv")
    assert (tmp_path / "kept.csv").read_text() == done.out


def test_raw_keeps_formulas(call: Call, two: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,=t\n-5,0,=1+1\n")
    assert call("predict", two, "t.csv", "--keep", "--raw").out == "a,b,=t,component\n-5,0,=1+1,0\n"


def test_with_probabilities(call: Call, two: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,t\n-5,0,x\n")
    done = call("predict", two, "t.csv", "--keep", "--proba", "--log-density")
    assert done.out.splitlines()[0] == "a,b,t,component,probability_0,probability_1,log_density"


def test_what_is_kept_can_be_read_again(call: Call, two: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,t\nr1,-5,0,x\nr2,5,1,y\n")
    call("predict", two, "t.csv", "--keep", "--out", "one.csv")
    done = call("predict", two, "one.csv", "--keep")
    assert done.out.splitlines() == [",a,b,t,component,component_", "r1,-5,0,x,0,0", "r2,5,1,y,1,1"]


def test_many_rows_come_in_pieces(call: Call, two: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a = np.where(rng.random(70_000) < 0.5, -5, 5)
    lines = [f"r{i},{value},{i % 3}" for i, value in enumerate(a)]
    (tmp_path / "t.csv").write_text("name,a,b\n" + "\n".join(lines) + "\n")
    rows = call("predict", two, "t.csv", "--keep").out.splitlines()[1:]
    assert rows == [f"{line},{int(value > 0)}" for line, value in zip(lines, a, strict=True)]


def test_other_kinds_of_files(call: Call, two: Path, tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {"t": ["=x", None], "a": [-5.0, 5.0], "b": [0, 1], "ok": [True, False]}, index=["r1", "r2"]
    )
    frame.to_parquet(tmp_path / "t.parquet")
    frame.reset_index(drop=True).to_feather(tmp_path / "t.feather")
    np.save(tmp_path / "t.npy", frame[["a", "b"]].to_numpy())
    np.savez(tmp_path / "t.npz", frame[["a", "b"]].to_numpy())
    expected = "t,a,b,ok,component\n'=x,-5.0,0,True,0\n,5.0,1,False,1\n"
    assert call("predict", two, "t.feather", "--keep").out == expected
    rows = call("predict", two, "t.parquet", "--keep").out.splitlines()
    assert rows == ["__index_level_0__,t,a,b,ok,component", "r1,'=x,-5.0,0,True,0", "r2,,5.0,1,False,1"]
    for name in ("t.npy", "t.npz"):
        assert call("predict", two, name, "--keep").out == "x0,x1,component\n-5.0,0.0,0\n5.0,1.0,1\n"
    assert call("predict", two, "t.parquet", "--keep", "--out", "kept.parquet", "--quiet").code == 0
    kept = pd.read_parquet(tmp_path / "kept.parquet")
    assert kept["t"].tolist() == ["=x", ""]
    assert kept["a"].tolist() == [-5.0, 5.0]
    assert kept["component"].tolist() == [0, 1]


def test_the_standard_input(two: Path, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "gaussmix.cli", "predict", str(two), "-", "--keep"]
    done = subprocess.run(words, input="t,a,b\nx,-5,0\ny,5,1\n", capture_output=True, text=True, timeout=120)
    assert done.stdout == "t,a,b,component\nx,-5,0,0\ny,5,1,1\n"


def test_files_with_types_hold_numbers(call: Call, two: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,t\n-5,0,x\n5,1.50,y\n")
    (tmp_path / "u.csv").write_text("a,b\n-5,0\n5,1.50\n")
    error = call("predict", two, "t.csv", "--keep", "--out", "o.npy").error
    assert "holds numbers only, and column 't' is text" in error
    assert not (tmp_path / "o.npy").exists()
    assert call("predict", two, "u.csv", "--keep", "--out", "o.npy", "--quiet").code == 0
    assert np.load(tmp_path / "o.npy").tolist() == [[-5.0, 0.0, 0.0], [5.0, 1.5, 1.0]]
    pd = pytest.importorskip("pandas")
    assert call("predict", two, "t.csv", "--keep", "--out", "o.parquet", "--quiet").code == 0
    assert pd.read_parquet(tmp_path / "o.parquet")["b"].tolist() == [0.0, 1.5]
