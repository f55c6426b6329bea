"""The real tables and the value that holds them."""

from __future__ import annotations

import copy
import csv
import pickle
import sys
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from gaussmix.datasets import Table, load_faithful, load_vowels
from gaussmix.errors import InputError, InputTypeError, MissingDependencyError

TABLES = files("gaussmix.datasets") / "tables"


@pytest.fixture(scope="module")
def vowels() -> Table:
    return load_vowels()


@pytest.fixture
def small() -> Table:
    data = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
    return Table("small", data, ["a", "b"], {"kind": ["x", "y", "x"]}, unit="cm")


def test_vowels_are_76_speakers_by_10_vowels_by_2(vowels):
    # Peterson & Barney (1952), section "Experimental procedures": 76 speakers, 33 men, 28 women, 15 children.
    assert vowels.data.shape == (1520, 4)
    assert np.array_equal(np.unique(vowels.speaker), np.arange(1, 77))
    assert set(Counter(zip(vowels.speaker.tolist(), vowels.vowel.tolist(), strict=True)).values()) == {2}
    first = vowels.take(np.unique(vowels.speaker, return_index=True)[1])
    assert Counter(first.speaker_type.tolist()) == {"man": 33, "woman": 28, "child": 15}
    assert set(zip(vowels.speaker_type.tolist(), vowels.sex.tolist(), strict=True)) == {
        ("man", "male"), ("woman", "female"), ("child", "male"), ("child", "female"),
    }  # fmt: skip


def test_vowels_equal_the_file_cell_by_cell(vowels):
    with (TABLES / "peterson_barney.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name in vowels.feature_names:
        assert vowels[name].tolist() == [float(row[name]) for row in rows]
    assert vowels.vowel.tolist() == [row["Vowel"] for row in rows]
    assert [kind[0] for kind in vowels.speaker_type] == [row["Type"] for row in rows]


def test_each_vowel_has_its_own_symbol(vowels):
    # ARPABET to IPA: the table of the CMU Pronouncing Dictionary's phoneme set.
    assert dict(zip(vowels.vowel.tolist(), vowels.ipa.tolist(), strict=True)) == {
        "iy": "i", "ih": "ɪ", "eh": "ɛ", "ae": "æ", "ah": "ʌ",
        "aa": "ɑ", "ao": "ɔ", "uh": "ʊ", "uw": "u", "er": "ɝ",
    }  # fmt: skip


def test_mean_formants_of_men_are_those_of_the_paper(vowels):
    # Peterson & Barney (1952), Table II, men: F1 and F2 of "heed" are 270 and 2290 Hz,
    # of "who'd" 300 and 870 Hz (rounded).
    for code, published in (("iy", (270, 2290)), ("uw", (300, 870))):
        men = vowels.take((vowels.vowel == code) & (vowels.speaker_type == "man"))
        assert men.columns(["F1", "F2"]).mean(axis=0) == pytest.approx(published, rel=0.03)


def test_faithful_is_the_table_of_base_r():
    # R: dim(faithful) is 272 2; colMeans(faithful) is 3.487783 70.897059.
    table = load_faithful()
    assert table.data.shape == (272, 2)
    assert table.data.mean(axis=0) == pytest.approx([3.487783, 70.897059], abs=1e-6)
    assert table.unit == "min"
    assert not table.labels


def test_columns_are_in_the_order_asked_for(small):
    assert small.columns(["b", "a"]).tolist() == [[2.0, 1.0], [4.0, 3.0], [6.0, 5.0]]
    assert small.columns("b").shape == (3, 1)
    assert small["b"].tolist() == [2.0, 4.0, 6.0]
    assert small["kind"].tolist() == small.kind.tolist() == ["x", "y", "x"]


def test_columns_may_be_changed_but_the_table_may_not(small):
    small.columns(["a"])[0] = 9.0
    assert small.data[0, 0] == 1.0
    for array in (small.data, small.kind):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    with pytest.raises(AttributeError):
        small.name = "other"


def test_take_by_truth_and_by_position_agree(small):
    by_truth, by_position = small.take(small.kind == "x"), small.take([0, 2])
    assert by_truth.data.tolist() == by_position.data.tolist() == [[1.0, 2.0], [5.0, 6.0]]
    assert by_truth.kind.tolist() == ["x", "x"]
    assert len(small.take([])) == 0
    assert by_truth.unit == "cm"


@pytest.mark.parametrize(
    ("rows", "error", "says"),
    [
        ([True, False], InputError, "one truth value for each of the 3 rows, not 2"),
        ([3], InputError, "between 0 and 2"),
        ([[0]], InputTypeError, "truth values or positions"),
        (["a"], InputTypeError, "truth values or positions"),
        ([0.5], InputTypeError, "truth values or positions"),
    ],
)
def test_take_refuses_other_rows(small, rows, error, says):
    with pytest.raises(error, match=says):
        small.take(rows)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data": [1.0, 2.0]}, "data has shape"),
        ({"feature_names": ["a"]}, "data has shape"),
        ({"labels": {"kind": ["x"]}}, "label 'kind' has shape"),
        ({"labels": {"a": ["x", "y", "x"]}}, "stands twice"),
    ],
)
def test_a_table_that_does_not_fit_together_is_refused(small, change, says):
    parts = {"name": "t", "data": small.data, "feature_names": ["a", "b"], "labels": {}} | change
    with pytest.raises(InputError, match=says):
        Table(**parts)


def test_an_unknown_name_is_told_what_there_is(small):
    with pytest.raises(InputError, match="there is no column 'c'; the columns are a, b"):
        small.columns(["c"])
    with pytest.raises(AttributeError, match="its labels are kind"):
        _ = small.colour
    assert "kind" in dir(small)


def test_repr_says_what_it_holds(vowels, small):
    assert repr(small) == "Table 'small': 3 rows\n  measured (cm): a, b\n  kind: x, y"
    assert "1520 rows" in repr(vowels)
    assert "ɪ" in repr(vowels)
    assert "Peterson & Barney" in repr(vowels)


def test_tables_copy_and_pickle(vowels):
    for other in (copy.deepcopy(vowels), pickle.loads(pickle.dumps(vowels))):
        assert np.array_equal(other.data, vowels.data)
        assert other.ipa.tolist() == vowels.ipa.tolist()


def test_to_frame_has_labels_and_measurements(vowels):
    pytest.importorskip("pandas")
    frame = vowels.to_frame()
    assert frame.columns.tolist() == [*vowels.labels, *vowels.feature_names]
    assert frame.loc[frame.vowel == "ih", "F1"].tolist() == vowels["F1"][vowels.vowel == "ih"].tolist()
    frame.loc[0, "F1"] = 0.0  # the frame is the user's own
    assert vowels["F1"][0] == 240.0


def test_without_pandas_to_frame_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "gaussmix\[data\]"'):
        small.to_frame()


def test_shipped_tables_name_their_sources():
    text = (TABLES / "SOURCES.md").read_text(encoding="utf-8")
    shipped = [entry.name for entry in TABLES.iterdir() if entry.name.endswith(".csv")]
    assert sorted(shipped) == ["faithful.csv", "peterson_barney.csv"]
    assert all(name in text for name in shipped)
