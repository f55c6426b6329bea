"""What goes wrong: an exit code and one line, never a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from gaussmix import GaussianMixture

from .conftest import Call

TABLES = {
    "empty.csv": "",
    "header.csv": "a,b\n",
    "text.csv": "a,b\n1,2\n3,x\n5,6\n",
    "all_text.csv": "a,b\nx,y\nz,w\n",
    "nan.csv": "a,b\n1,2\nNaN,4\n5,6\n",
    "gap.csv": "a,b\n1,2\n,4\n5,6\n",
    "infinite.csv": "a,b\n1,2\ninf,4\n5,6\n",
    "ragged.csv": "a,b\n1,2\n3,4,5\n5,6\n",
    "one_row.csv": "a,b\n1,2\n",
    "good.csv": "a,b,n\n1,2,1\n3,4,-1\n5,7,1\n6,7,0\n",
    "table.xyz": "a,b\n1,2\n",
}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text)
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    np.save(tmp_path / "cube.npy", np.zeros((2, 2, 2)))
    (tmp_path / "torn.npy").write_bytes(b"\x93NUMPY\x01\x00")


BAD_FILES = {
    "no_such.csv": "there is no file 'no_such.csv'",
    ".": "is a folder",
    "empty.csv": "is empty",
    "header.csv": "no ",
    "text.csv": "line 3, column 'b': 'x' is not a number",
    "all_text.csv": "no column of numbers",
    "infinite.csv": "not finite",
    "ragged.csv": "line 3",
    "one_row.csv": "1 row",
    "table.xyz": "'.xyz'",
    "objects.npy": "Python objects, which are not loaded",
    "cube.npy": "(2, 2, 2)",
    "torn.npy": "torn.npy",
}


@pytest.mark.parametrize(("name", "part"), BAD_FILES.items(), ids=BAD_FILES)
def test_a_bad_table_is_one_sentence(call: Call, name: str, part: str) -> None:
    done = call("fit", name, "-k", "1")
    assert done.code == 1
    assert part in done.error
    assert done.out == ""


BAD_CHOICES = {
    "unknown column": (["--columns", "a,zz"], "column 'zz'"),
    "column twice": (["--columns", "a,a"], "twice"),
    "position beyond the last": (["--columns", "0,5"], "there is no column 5: positions go from 0 to 2"),
    "position below 0": (["--columns=-1"], "there is no column -1: positions go from 0 to 2"),
    "more components than rows": (["-k", "9"], "4 rows, too few for 9 components"),
    "unknown weights": (["--weights", "zz"], "column 'zz'"),
    "negative weight": (["--weights", "n"], "-1"),
    "weights are the only column": (["--columns", "n", "--weights", "n"], "and also in --weights"),
    "no folder": (["--out", "no/where/m.safetensors"], "there is no folder 'no/where'"),
    "out is a folder": (["--out", "."], "is a folder"),
    "out is the table": (["--out", "good.csv"], "reads: give another name"),
    "report is the table": (["--report", "./good.csv"], "reads: give another name"),
    "one file for two": (["--out", "x", "--report", "./x"], "the same file"),
    "model as pickle": (["--out", "m.pkl"], "'m.pkl' does not have the suffix of a model, .safetensors"),
    "model as table": (["--out", "m.csv"], "name it 'm.safetensors'"),
    "model as joblib": (["--out", "m.joblib"], "name it 'm.safetensors'"),
    "model as page": (["--out", "m.html"], "name it 'm.safetensors'"),
    "model as two suffixes": (["--out", "m.safetensors.gz"], "name it 'm.safetensors'"),
    "report as PDF": (["--report", "page.pdf"], "'page.pdf' does not have the suffix of a report"),
    "report as Markdown": (["--report", "page.md"], "name it 'page.html'"),
}


@pytest.mark.parametrize(("words", "part"), BAD_CHOICES.values(), ids=BAD_CHOICES)
def test_a_bad_choice_is_one_sentence(call: Call, words: list[str], part: str, tmp_path: Path) -> None:
    before = (tmp_path / "good.csv").read_text()
    done = call("fit", "good.csv", *([] if "-k" in words else ["-k", "1"]), *words)
    assert done.code == 1
    assert part in done.error
    assert (tmp_path / "good.csv").read_text() == before


USAGE = {
    "no command": (["nonsense"], "nonsense"),
    "no table": (["fit", "-k", "2"], "FILE"),
    "no number of components": (
        ["fit", "good.csv"],
        "missing option '--components' / '-k' (gaussmix select compares several numbers of components); see",
    ),
    "k = auto": (
        ["fit", "good.csv", "-k", "auto"],
        "'auto' is not a whole number ≥ 1 (gaussmix select compares several numbers of components); see",
    ),
    "k is a range": (
        ["fit", "good.csv", "-k", "1-5"],
        "'1-5' is not a whole number ≥ 1 (gaussmix select compares",
    ),
    "numbers are auto": (
        ["select", "good.csv", "-k", "auto"],
        "or 2,4,8; without -k, select compares 1-9; see",
    ),
    "family is auto": (
        ["fit", "good.csv", "-k", "1", "--family", "auto"],
        "such as UUU-2 (without --families, gaussmix select compares all); see",
    ),
    "k = 0": (["fit", "good.csv", "-k", "0"], "'0' is not a whole number ≥ 1"),
    "k is text": (["fit", "good.csv", "-k", "two"], "'two' is not a whole number ≥ 1; see"),
    "k is a fraction": (["fit", "good.csv", "-k", "2.5"], "'2.5'"),
    "unknown family": (["fit", "good.csv", "-k", "1", "--family", "foo"], "'foo' is not one of full, diag"),
    "negative tol": (["fit", "good.csv", "-k", "1", "--tol", "-1"], "neither a number ≥ 0 nor 'auto'"),
    "tol is not a number": (["fit", "good.csv", "-k", "1", "--tol", "nan"], "'nan'"),
    "unknown option": (["fit", "good.csv", "-k", "1", "--nope"], "--nope"),
    "loud and quiet": (["fit", "good.csv", "-k", "1", "-v", "-q"], "contradict"),
    "negative number of rows": (["sample", "m", "-n", "-3"], "'-3' is not a whole number ≥ 0"),
}


@pytest.mark.parametrize(("words", "part"), USAGE.values(), ids=USAGE)
def test_a_wrong_command_line_is_exit_code_2(call: Call, words: list[str], part: str) -> None:
    done = call(*words)
    assert done.code == 2
    assert part in done.error
    assert "--help'" in done.error


def test_nothing_is_fitted_before_the_outputs_are_known_to_be_writable(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: object, **__: object) -> None:
        raise AssertionError("the fit was run")

    monkeypatch.setattr(GaussianMixture, "fit", fit)
    for option in ("--out", "--report"):
        assert "no folder" in call("fit", "good.csv", "-k", "1", option, "nowhere/x").error


def test_looking_whether_a_file_can_be_written_leaves_it_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "old.safetensors").write_text("old")
    names = sorted(os.listdir(tmp_path))
    assert call("fit", "no_such.csv", "-k", "1", "--out", "old.safetensors").code == 1
    assert (tmp_path / "old.safetensors").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == names


BAD_MODELS = {
    "missing": (None, "there is no file"),
    "empty": (b"", "not a safetensors file"),
    "text": (b"eruptions,waiting\n1,2\n", "not a safetensors file"),
    "pickle": (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x05hello\x94.", "cannot be loaded"),
}


@pytest.mark.parametrize(
    "command", [["predict", "MODEL", "good.csv"], ["sample", "MODEL"], ["info", "MODEL"]]
)
@pytest.mark.parametrize(("content", "part"), BAD_MODELS.values(), ids=BAD_MODELS)
def test_a_bad_model_is_one_sentence(
    call: Call, tmp_path: Path, command: list[str], content: bytes | None, part: str
) -> None:
    if content is not None:
        (tmp_path / "MODEL").write_bytes(content)
    done = call(*command)
    assert done.code == 1
    assert part in done.error


def test_a_damaged_model_is_one_sentence(call: Call, model: Path) -> None:
    whole = model.read_bytes()
    for cut in (20, len(whole) // 2, len(whole) - 1):
        model.write_bytes(whole[:cut])
        assert "cannot be loaded" in call("predict", model, "good.csv").error


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["good.csv"], "fitted on 'eruptions', 'waiting'"),
        (["good.csv", "--columns", "a"], "gives 1 column of numbers, and the model has 2"),
        (["cube.npy"], "(2, 2, 2)"),
        (["good.csv", "--columns", "a,zz"], "column 'zz'"),
        (["faithful.csv", "--out", "no/x.csv"], "no folder"),
        (["faithful.csv", "--out", "faithful.csv"], "reads: give another name"),
        (["faithful.csv", "--out", "model.safetensors"], "reads: give another name"),
        (["faithful.csv", "--out", "labels.xyz"], "'.xyz'"),
        (["faithful.csv", "--out", "labels.xlsx"], "'.xlsx'"),
        (["faithful.csv", "--out", "labels"], "no suffix"),
    ],
)
def test_rows_that_do_not_fit_the_model(call: Call, model: Path, words: list[str], part: str) -> None:
    done = call("predict", model.name, *words)
    assert done.code == 1
    assert part in done.error


def test_parquet_without_pyarrow_says_what_to_install(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "table.parquet").write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = call("fit", "table.parquet", "-k", "1")
    assert done.code == 1
    assert "gaussmix[data]" in done.error


def test_ctrl_c_is_exit_code_130(call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(GaussianMixture, "fit", interrupted)
    done = call("fit", "text.csv", "--columns", "a", "-k", "1", "--out", "m.safetensors")
    assert done.code == 130
    assert done.error == "interrupted (Ctrl-C)"
    assert not (tmp_path / "m.safetensors").exists()


def test_a_fault_of_ours_is_one_line_too_and_debug_shows_where(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a\nfault")

    monkeypatch.setattr(GaussianMixture, "fit", broken)
    words = ["fit", "text.csv", "--columns", "a", "-k", "1"]
    done = call(*words)
    assert done.code == 1
    assert "ZeroDivisionError: a fault" in done.error
    assert "--debug" in done.error
    from gaussmix.cli.app import app

    for place in (0, len(words)):
        with pytest.raises(ZeroDivisionError):
            app([*words[:place], "--debug", *words[place:]])


def test_escape_codes_in_a_table_are_written_out(call: Call, tmp_path: Path) -> None:
    (tmp_path / "evil.csv").write_text("a\x1b[2J,b\n1,2\n3,4\n5,7\n")
    for words in (["-k", "1"], ["-k", "1", "--columns", "zz"]):
        done = call("fit", "evil.csv", *words)
        assert "\x1b" not in done.out + done.err
        assert "1b[2J" in done.out + done.err
