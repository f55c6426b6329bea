"""How tables are written: the options of every command that reads one, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix.data.tables import write_table

from .conftest import Call

N = 100
X = np.r_[
    np.random.default_rng(0).normal(0, 1, (N // 2, 2)), np.random.default_rng(1).normal(9, 1, (N // 2, 2))
].round(4)
SHIFT = np.array([1000.0, 0.0])


@pytest.fixture
def european(tmp_path: Path) -> Path:
    """Decimal commas, points between thousands, semicolons, a title, and windows-1252."""
    lines = ["Größen", "Höhe;Breite", *(f"{1000 + a:,.4f};{b:.4f}" for a, b in X.tolist())]
    text = "\n".join([*lines[:2], *(line.translate(str.maketrans(",.", ".,")) for line in lines[2:])])
    path = tmp_path / "europäisch.csv"
    path.write_bytes(text.encode("cp1252"))
    return path


def test_what_was_guessed_is_one_line_on_the_standard_error(call: Call, european: Path) -> None:
    done = call("fit", european, "-k", "2", "--out", "m.safetensors")
    assert done.code == 0
    assert done.err.splitlines() == [
        "note: europäisch.csv is read with text in windows-1252 (--encoding), columns separated by ';' (--separator), "
        "decimal commas (--decimal), points that group thousands (--thousands), line 1 left out (above the table, "
        "--skip)"
    ]
    assert "100 rows of 2 columns (Höhe, Breite)" in done.out
    model = gaussmix.load("m.safetensors")
    np.testing.assert_allclose(
        np.sort(model.means_, axis=0), np.array([X[: N // 2].mean(0), X[N // 2 :].mean(0)]) + SHIFT
    )
    labels = call("predict", "m.safetensors", european)
    assert labels.out.splitlines()[1:] == [str(k) for k in model.mixture_.predict(X + SHIFT)]
    assert labels.err == done.err


def test_quiet_leaves_the_note_out(call: Call, european: Path) -> None:
    assert call("fit", european, "-k", "2", "--quiet").err == ""


def test_a_plain_table_needs_no_note(call: Call, faithful: Path) -> None:
    assert call("fit", faithful, "-k", "2").err == ""


OPTIONS = [
    "--separator",
    "--decimal",
    "--thousands",
    "--header",
    "--no-header",
    "--encoding",
    "--skip",
    "--drop",
]


@pytest.mark.parametrize("command", ["fit", "predict"])
def test_every_command_that_reads_a_table_has_the_options(call: Call, command: str) -> None:
    out = call(command, "--help").out
    assert [option for option in OPTIONS if option not in out] == []


def test_all_options_at_once(call: Call, tmp_path: Path) -> None:
    rows = "\n".join(f"{i}^{a}^{b}".replace(".", ",") for i, (a, b) in enumerate(X.tolist()))
    (tmp_path / "data.txt").write_bytes(f"x\ny\ni^ä^b\n{rows}".encode("utf-16-le"))
    words = [
        "--separator",
        "^",
        "--decimal",
        ",",
        "--thousands",
        "none",
        "--header",
        "--encoding",
        "utf-16-le",
    ]
    words += ["--skip", "2", "--drop", "i"]
    done = call("fit", "data.txt", "-k", "2", *words, "--out", "m.safetensors")
    assert (done.code, done.err) == (0, "")
    assert "100 rows of 2 columns (ä, b)" in done.out
    for command in (f"predict m.safetensors data.txt {' '.join(['--drop', 'i'])}", "fit data.txt -k 3"):
        assert command in done.out
    for word in (
        "--separator '^'",
        "--decimal ,",
        "--thousands none",
        "--header",
        "--encoding utf-16-le",
        "--skip 2",
    ):
        assert done.out.count(word) == 2
    assert call("predict", "m.safetensors", "data.txt", *words).code == 0


WRONG = {
    "separator": (["--separator", "ab"], "separator is 'ab': give one character"),
    "decimal": (["--decimal", ";"], "decimal is ';': give '.' or ','"),
    "thousands": (["--thousands", "_"], "thousands is '_'"),
    "both": (["--decimal", ",", "--thousands", ","], "decimal and thousands are both ','"),
    "encoding": (["--encoding", "utf-99"], "encoding is 'utf-99'"),
    "skip": (["--skip", "-1"], "'-1' is not a whole number ≥ 0"),
    "skip text": (["--skip", "two"], "'two'"),
}


@pytest.mark.parametrize(("words", "part"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("command", [["fit", "t.csv", "-k", "1"], ["predict", "m", "t.csv"]])
def test_a_wrong_option_is_a_wrong_command_line(
    call: Call, command: list[str], words: list[str], part: str
) -> None:
    done = call(*command, *words)
    assert done.code == 2
    assert part in done.error


def test_index_and_class_columns_are_named_and_can_be_dropped(call: Call, tmp_path: Path) -> None:
    group = np.repeat([1, 2], N // 2)
    write_table(tmp_path / "t.csv", {"ID": np.arange(1, N + 1), "group": group, "a": X[:, 0], "b": X[:, 1]})
    done = call("fit", "t.csv", "-k", "2")
    assert done.code == 0
    assert done.err.splitlines()[:2] == [
        "warning: column 'ID' numbers the rows (1 to 100): leave it out with --drop ID, or choose with --columns",
        "warning: column 'group' holds whole numbers of 2 values (1, 2): if they are classes, leave it out with "
        "--drop group",
    ]
    for words in (["--drop", "ID,group"], ["--drop", "0,1"], ["--columns", "a,b"]):
        done = call("fit", "t.csv", "-k", "2", *words)
        assert (done.code, done.err) == (0, "")
        assert "2 columns (a, b)" in done.out
    assert call("fit", "t.csv", "-k", "2", "--drop", "ID", "--weights", "group").err == ""
    assert "numbers the rows" in call("fit", "t.csv", "-k", "2", "--weights", "group").err
    assert "no column" in call("fit", "t.csv", "-k", "2", "--drop", "zz").error


def test_columns_that_look_like_numbers_are_a_warning(call: Call, tmp_path: Path) -> None:
    rows = "\n".join(f"{1 + i % 9},{100 + i};{a};{b}" for i, (a, b) in enumerate(X.astype(int).tolist()))
    (tmp_path / "t.csv").write_text(f"price;a;b\n{rows}")
    done = call("fit", "t.csv", "-k", "1")
    assert done.code == 0
    assert "Left out: price (in doubt)" in done.out
    (line,) = [line for line in done.err.splitlines() if "price" in line]
    assert line.startswith(
        "warning: t.csv: column 'price' is left out: it may have decimal commas or grouped"
    )


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Put a file on the standard input."""

    def pipe(path: Path) -> None:
        monkeypatch.setattr("typer.testing.CliRunner.invoke", _invoking(path.read_bytes()))

    return pipe


def _invoking(data: bytes) -> Callable[..., object]:
    from typer.testing import CliRunner

    invoke = CliRunner.invoke

    def with_input(self: CliRunner, *args: object, **options: object) -> object:
        return invoke(self, *args, input=data, **options)  # type: ignore[arg-type]

    return with_input


def test_the_standard_input(call: Call, faithful: Path, model: Path, piped: Callable[[Path], None]) -> None:
    expected = call("predict", model, faithful).out
    done = call("fit", faithful, "-k", "2", "--weights", "waiting")
    piped(faithful)
    assert call("predict", model, "-").out == expected
    fitted = call("fit", "-", "-k", "2", "--weights", "waiting")
    assert fitted.code == 0
    assert "272 rows of 1 column (eruptions)" in fitted.out
    assert fitted.out.count("standard input") >= 1
    for line in done.out.splitlines():
        if "BIC" in line and "with a penalty" in line:
            assert line in fitted.out


def test_an_empty_standard_input(call: Call) -> None:
    assert call("fit", "-", "-k", "2").error == "standard input is empty"


@pytest.mark.parametrize(("name", "columns"), [("b", 1), ("a name, of two words", 1), ("b", 2)])
def test_a_constant_column_is_called_by_its_name(call: Call, tmp_path: Path, name: str, columns: int) -> None:
    table = {"a": X[:, 0], name: np.ones(N), "c": X[:, 1]}
    if columns == 2:
        table["d"] = np.zeros(N)
    write_table(tmp_path / "t.csv", table)
    done = call("fit", "t.csv", "-k", "1", "--drop", "c")
    assert done.code == 0
    assert (
        f"columns {name!r}, 'd' are constant" in done.err
        if columns == 2
        else f"column {name!r} is constant" in done.err
    )


def test_the_model_knows_the_names_and_predicts_without_a_warning(call: Call, tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", {"a": X[:, 0], "b": X[:, 1]})
    assert call("fit", "t.csv", "-k", "2", "--out", "m.safetensors").err == ""
    model = gaussmix.load("m.safetensors")
    assert model.feature_names_in_.tolist() == ["a", "b"]
    assert model.mixture_.feature_names == ("a", "b")
    assert call("predict", "m.safetensors", "t.csv").err == ""


def test_columns_of_one_name_are_fitted_and_found_again(call: Call, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,a\n" + "\n".join(f"{a},{b}" for a, b in X.tolist()))
    done = call("fit", "t.csv", "-k", "2", "--out", "m.safetensors")
    assert done.err == "note: t.csv is read with columns of one name numbered (a_1, a_2)\n"
    assert len(call("predict", "m.safetensors", "t.csv").out.splitlines()) == N + 1
    assert "1 column (a_2)" in call("fit", "t.csv", "-k", "2", "--columns", "1").out
