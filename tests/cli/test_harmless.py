"""Text of others in tables, models and pages: shown to a spreadsheet, a terminal and a browser, and never obeyed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, write_report
from gaussmix.data.harmless import harmless, harmless_cell
from gaussmix.data.tables import read_table
from gaussmix.visible import one_line, visible

from .conftest import Call

FORMULAS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://x","y")',
    "\t=1+1",
    "\r=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "\uff0b1-x",
    "\uff20A1",
    "-x",
    "+x",
    "- x",
    "-1-1",
    "=-1",
    "-1e5x",
    "\n=1",
]
NUMBERS = [
    "1",
    "-1",
    "+1.5",
    "-.5e-3",
    "1e5",
    "-1,5",
    "-1.234,50",
    "-1 234",
    "-12%",
    "+79 %",
    "-inf",
    "NaN",
    "-1'234.5",
]
PLAIN = ["a", "", "-", "=", "a=b", "1-2", "x@y", "iy", "café", "−1", "'7", "a\tb", "two\nlines"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_get_an_apostrophe(text: str) -> None:
    found = harmless_cell(text)
    assert found.startswith("'")
    assert found[1:] == visible(text, keep="\t\n")


@pytest.mark.parametrize("text", NUMBERS + PLAIN)
def test_numbers_and_plain_text_stay(text: str) -> None:
    assert harmless_cell(text) == text


@given(st.text())
def test_no_cell_is_obeyed(text: str) -> None:
    found = harmless_cell(text)
    assert harmless_cell(found) == found
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", found)
    assert found[:1] not in ("=", "@", "\t", "\r") or len(found.strip()) == 1


@given(st.lists(st.text(alphabet="=a'\x1b\\x1_"), unique=True, min_size=1))
def test_columns_stay_apart(names: list[str]) -> None:
    columns = {name: np.array([i]) for i, name in enumerate(names)}
    assert [column.tolist() for column in harmless(columns).values()] == [[i] for i in range(len(names))]


def test_numbers_are_left_as_they_are() -> None:
    columns = {"a": np.array([-1.5, 2.0]), "b": np.array([-1, 2]), "c": np.array([True, False])}
    assert all(harmless(columns)[name] is column for name, column in columns.items())


OBEYED = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "\x08\x08",
    "\r",
    "\x00",
    "\u202eabc",
    "\u2066x",
    "\u2028",
    "\x7f",
]


@pytest.mark.parametrize("text", OBEYED)
def test_what_would_be_obeyed_is_written_out(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(f"a{text}b").startswith("a\\")
    assert one_line(f"a\n{text}b\tc").isprintable()


def test_text_that_only_looks_odd_is_left_alone() -> None:
    for text in ("Größe ɪ", "1\u00a0234", "👩‍👧", "\u0645\u06cc\u200c\u062e", "−5 ± 2"):
        assert visible(text) == text


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A classifier whose columns and classes are formulas and commands to a terminal."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(30, 2)), rng.normal(size=(30, 2)) + 9.0])
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=["=cmd|' /C calc'!A0", "\x1b[2Jb"])
    model = MixtureClassifier(1, random_state=0).fit(frame, np.repeat(["@SUM(1)", "-\x1b]0;x\x07"], 30))
    model.save(tmp_path / "hostile.safetensors")
    np.save(tmp_path / "rows.npy", X)
    return tmp_path / "hostile.safetensors"


def test_no_command_lets_a_model_command_the_terminal_or_a_spreadsheet(call: Call, hostile: Path) -> None:
    printed = [
        call("info", hostile),
        call("sample", hostile, "-n", "3", "--labels", "--seed", "0"),
        call("predict", hostile, "rows.npy", "--proba"),
        call("predict", hostile, "rows.npy", "--out", "labels.csv"),
        call("predict", hostile, "\x1b[2Jnowhere.csv"),
        call("fit", "rows.npy", "-k", "2", "--columns", "\x1b[2J"),
    ]
    for done in printed:
        text = done.out + done.err
        assert "\x1b" not in text
        assert "\x07" not in text
    for done in printed[1:3]:
        cells = done.out.replace("\n", ",").split(",")
        assert not [cell for cell in cells if cell.startswith(("=", "@", "-@", "-\\"))]
        assert done.out.count("'") >= 2
    labels = Path("labels.csv").read_text().split()
    assert set(labels[1:]) == {"'@SUM(1)", "'-\\x1b]0;x\\x07"}


def test_raw_leaves_text_as_it_is(call: Call, hostile: Path) -> None:
    done = call("sample", hostile, "-n", "3", "--labels", "--raw")
    assert done.out.startswith("=cmd|' /C calc'!A0,\x1b[2Jb,class\n")
    call("predict", hostile, "rows.npy", "--out", "labels.csv", "--raw")
    assert set(Path("labels.csv").read_text().split("\n")[1:-1]) == {"@SUM(1)", "-\x1b]0;x\x07"}


def test_numbers_in_tables_are_written_as_before(call: Call, hostile: Path) -> None:
    call("sample", hostile, "-n", "50", "--seed", "1", "--out", "rows.csv")
    assert (read_table("rows.csv").X < 0).any()
    assert "'-" not in "".join(Path("rows.csv").read_text().split("\n")[1:])


@pytest.mark.parametrize("name", OBEYED)
def test_no_page_obeys_the_names_of_columns(tmp_path: Path, name: str) -> None:
    if "\x00" in name:
        pytest.skip("matplotlib draws no null characters")
    X = np.random.default_rng(0).normal(size=(30, 1))
    model = GaussianMixture(1).fit(X)
    page = write_report(model, X, tmp_path / "page.html", feature_names=[f"a{name}b"], title=f"t{name}")
    text = (tmp_path / "page.html").read_text()
    assert text == page
    assert all(c.isprintable() or c == "\n" for c in page)


def test_a_page_about_a_hostile_mixture(tmp_path: Path) -> None:
    names = ["<script>alert(1)</script>", "\x1b[31m\ud800"]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [1.0, 1.0], feature_names=names)
    page = write_report(
        mixture, mixture.sample(40, 0)[0], tmp_path / "page.html", left_out={"\x1b[2J": "\x9b"}
    )
    assert "<script" not in page
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]", page)
