"""Missing values, standard errors, labels and noise on the command line."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix.data.tables import read_table

from .conftest import Call

HEAD = "place,a,b,ea,eb,w,group,number"


@pytest.fixture
def holed(tmp_path: Path) -> Path:
    """Two groups and a few outliers, with empty cells, standard errors, weights and labels of some rows."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(120):
        a, b = rng.normal((0.0, 0.0) if i % 2 else (8.0, 5.0))
        if i % 20 == 7:
            a, b = rng.uniform(-40.0, 40.0, 2)
        cells = [f"p{i}", f"{a:.3f}", f"{b:.3f}", "0.1", "0.2", str(1 + i % 2)]
        if i % 7 == 3:
            cells[1] = ""
        if i % 11 == 5:
            cells[2] = "NA"
        cells += [("late" if i % 2 else "early", str(1 - i % 2)) if i % 10 == 0 or i % 10 == 1 else ("", "")][
            0
        ]
        rows.append(",".join(cells))
    path = tmp_path / "holed.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    return path


FIT = ("-k", "2", "--columns", "a,b")


def test_missing_values_are_kept_and_counted(call: Call, holed: Path) -> None:
    done = call("fit", holed, *FIT, "--out", "m.safetensors")
    assert done.code == 0
    assert done.err.splitlines() == [
        "note: 28 values are missing: 17 in column 'a', 11 in column 'b'",
    ]
    assert "120 rows of 2 columns" in done.out
    assert "gaussmix impute m.safetensors" in done.out
    labels = call("predict", "m.safetensors", holed).out.splitlines()[1:]
    expected = gaussmix.load(holed.parent / "m.safetensors").mixture_.predict(read_table(holed, "a,b").X)
    assert labels == list(map(str, expected))


def test_every_option_at_once_equals_the_estimator(call: Call, holed: Path) -> None:
    done = call(
        *("fit", holed, *FIT, "--weight", "w", "--errors", "ea,eb", "--label", "group"),
        *("--noise-component", "--out", "m.safetensors", "--report", "r.html"),
    )
    assert done.code == 0, done.err
    assert (
        "Labels in group: early is component 0, late is component 1; 96 of 120 rows have no label" in done.out
    )
    assert "uniform noise component (label −1): weight 0." in done.out
    table = read_table(holed, "a,b,ea,eb,w")
    labels = [
        {"early": 0, "late": 1}.get(name, -1) for name in read_table(holed, "a,b").all_columns()["group"]
    ]
    model = gaussmix.GaussianMixture(2, random_state=0, noise_component=True).fit(
        table.X[:, :2], sample_weight=table.X[:, 4], noise=table.X[:, 2:4] ** 2, labels=np.array(labels)
    )
    found = gaussmix.load(holed.parent / "m.safetensors").mixture_
    np.testing.assert_array_equal(found.means, model.means_)
    assert call("predict", "m.safetensors", holed, "--errors", "ea,eb", "--out", "l.csv").code == 0
    written = np.loadtxt(holed.parent / "l.csv", skiprows=1, dtype=int)
    np.testing.assert_array_equal(written, model.predict(table.X[:, :2], table.X[:, 2:4] ** 2))
    assert -1 in written
    shares = call("predict", "m.safetensors", holed, "--proba").out.splitlines()
    assert shares[0] == "component,probability_0,probability_1,probability_-1"
    assert "-1" in {
        line.split(",")[-1] for line in call("sample", "m.safetensors", "--labels").out.splitlines()
    }
    assert "uniform noise component" in call("info", "m.safetensors").out


@pytest.mark.parametrize("column", ["group", "number", "6"])
def test_labels_are_names_numbers_or_positions(call: Call, holed: Path, column: str) -> None:
    done = call("fit", holed, *FIT, "--label", column, "--out", "m.safetensors")
    assert "96 of 120 rows have no label" in done.out
    if column == "number":
        assert "0 is component 0, 1 is component 1" in done.out


def test_an_empty_name_is_a_column_without_errors(call: Call, holed: Path) -> None:
    assert call("fit", holed, *FIT, "--errors", ",eb").code == 0


def test_columns_with_a_role_are_no_data(call: Call, holed: Path) -> None:
    done = call("fit", holed, "-k", "2", "--weights", "w", "--errors", "ea,eb", "--label", "number")
    assert "120 rows of 2 columns (a, b)" in done.out


REFUSED = {
    "too few errors": (("--errors", "ea"), "--errors names 1 column, and 2 are used ('a', 'b')"),
    "no such errors": (("--errors", "ea,zz"), "no column 'zz'"),
    "text errors": (("--errors", "ea,place"), "'p0' is not a number"),
    "missing weights": (("--weights", "a"), "is named in --columns and also in --weights"),
    "label of text beyond K": (("--label", "place"), "holds 120 different labels"),
    "no label": (("--label", "zz"), "no column 'zz'"),
}


@pytest.mark.parametrize(("words", "part"), REFUSED.values(), ids=REFUSED)
def test_bad_columns_are_one_sentence(call: Call, holed: Path, words: tuple[str, ...], part: str) -> None:
    done = call("fit", holed, *FIT, *words)
    assert (done.code, done.out) == (1, "")
    assert part in done.error


def test_standard_errors_are_not_negative(call: Call, holed: Path) -> None:
    done = call("fit", holed, "-k", "1", "--columns", "ea,eb", "--errors", "w,b")
    assert "the standard error in row " in done.error
    assert "give a number ≥ 0 for each value of 'eb'" in done.error


def test_weights_may_not_be_missing(call: Call, holed: Path) -> None:
    done = call("fit", holed, "-k", "1", "--columns", "ea,eb", "--weights", "a")
    assert "of column 'a' is missing: give a number ≥ 0" in done.error


def test_a_column_without_a_value_is_refused(call: Call, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("a,b\n1,\n2,NA\n4,\n")
    assert "column 'b' has no value" in call("fit", "e.csv", "-k", "1", "--columns", "a,b").error


def test_impute_fills_the_gaps_alone(call: Call, holed: Path) -> None:
    call("fit", holed, *FIT, "--out", "m.safetensors")
    done = call("impute", "m.safetensors", holed, "--out", "filled.csv")
    assert done.out.splitlines() == ["28 missing values filled", "Written to filled.csv"]
    with open(holed, newline="") as before, open(holed.parent / "filled.csv", newline="") as after:
        old, new = list(csv.reader(before)), list(csv.reader(after))
    mixture = gaussmix.load(holed.parent / "m.safetensors").mixture_
    X = mixture.impute(read_table(holed, "a,b").X)
    assert old[0] == new[0]
    for i, (one, other) in enumerate(zip(old[1:], new[1:], strict=True)):
        for j, (cell, filled) in enumerate(zip(one, other, strict=True)):
            gap = j in (1, 2) and cell in ("", "NA")
            assert float(filled) == X[i, j - 1] if gap else cell == filled


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_impute_draws(call: Call, holed: Path, suffix: str) -> None:
    call("fit", holed, *FIT, "--out", "m.safetensors")
    words = ("impute", "m.safetensors", holed, "--draws", "3", "--seed", "1", "--out")
    assert "28 missing values filled, 3 draws of each" in call(*words, f"one{suffix}").out
    call(*words, f"two{suffix}")
    one, two = (read_table(holed.parent / f"{name}{suffix}", "draw,a,b") for name in ("one", "two"))
    np.testing.assert_array_equal(one.X, two.X)
    assert np.bincount(one.X[:, 0].astype(int)).tolist() == [120, 120, 120]
    assert not one.missing
    tables, missing = one.X[:, 1:].reshape(3, 120, 2), np.isnan(read_table(holed, "a,b").X)
    assert (np.ptp(tables, axis=0)[missing] > 0).all()
    assert (np.ptp(tables, axis=0)[~missing] == 0).all()


def test_impute_with_other_notation_writes_numbers(call: Call, holed: Path) -> None:
    call("fit", holed, *FIT, "--out", "m.safetensors")
    (holed.parent / "comma.csv").write_text("a;b\n1,5;2,25\n3,5;\n2,5;1,75\n")
    rows = call("impute", "m.safetensors", "comma.csv").out.splitlines()
    assert rows[:2] == ["a,b", "1.5,2.25"]
    assert rows[2].startswith("3.5,")


def test_impute_refuses(call: Call, holed: Path, tmp_path: Path) -> None:
    call("fit", holed, *FIT, "--out", "m.safetensors")
    (tmp_path / "other.csv").write_text("c,d\n1,2\n")
    assert "the model was fitted on 'a', 'b'" in call("impute", "m.safetensors", "other.csv").error
    assert "a file that this command reads" in call("impute", "m.safetensors", holed, "--out", holed).error
    assert call("impute", "m.safetensors", holed, "--seed", "1").code == 2
    assert call("impute", "m.safetensors", holed, "--draws", "0").code == 2


def test_the_volume_of_the_noise(call: Call, holed: Path) -> None:
    done = call("fit", holed, *FIT, "--noise-volume", "576", "--out", "m.safetensors")
    assert done.code == 0, done.err
    assert "--noise-volume 576" in done.out
    mixture = gaussmix.load(holed.parent / "m.safetensors").mixture_
    assert mixture.uniform is not None
    assert np.isclose(mixture.uniform.log_volume, np.log(576.0))
    assert "--noise-volume is" not in done.err
    small = call("fit", holed, *FIT, "--noise-volume", "5", "--quiet").err
    assert "--noise-volume is 5, below that of the box of the central 90 % of the rows" in small
    assert "give --noise-component for the volume of the box of all rows" in small
    done = call("fit", holed, *FIT, "--noise-volume", "0")
    assert done.code == 2
    assert "invalid value for '--noise-volume': '0' is not a positive number" in done.err
    done = call(
        "select",
        holed,
        "--columns",
        "a,b",
        "--families",
        "EII",
        "--components",
        "1-2",
        "--noise-volume",
        "576",
    )
    assert done.code == 0, done.err
