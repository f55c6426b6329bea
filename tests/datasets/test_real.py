"""The real data sets: their values, and the habits of scikit-learn's loaders."""

from __future__ import annotations

import copy
import csv
import pickle
import sys
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from sklearn.utils import Bunch

from gaussmix.datasets import (
    load_airquality,
    load_chevron,
    load_faithful,
    load_penguins,
    load_tully_fisher,
    load_vowels,
)
from gaussmix.errors import MissingDependencyError

TABLES = files("gaussmix.datasets") / "tables"
LOADERS = [load_airquality, load_chevron, load_faithful, load_penguins, load_tully_fisher, load_vowels]
LABELS = ["speaker_type", "sex", "speaker", "vowel", "ipa"]


@pytest.fixture(scope="module")
def vowels():
    return load_vowels()


def test_vowels_are_76_speakers_by_10_vowels_by_2(vowels):
    # Peterson & Barney (1952), section "Experimental procedures": 76 speakers, 33 men, 28 women, 15 children.
    assert vowels.data.shape == (1520, 4)
    assert np.array_equal(np.unique(vowels.speaker), np.arange(1, 77))
    assert set(Counter(zip(vowels.speaker.tolist(), vowels.target.tolist(), strict=True)).values()) == {2}
    first = np.unique(vowels.speaker, return_index=True)[1]
    assert Counter(vowels.speaker_type[first].tolist()) == {"man": 33, "woman": 28, "child": 15}
    assert set(zip(vowels.speaker_type.tolist(), vowels.sex.tolist(), strict=True)) == {
        ("man", "male"), ("woman", "female"), ("child", "male"), ("child", "female"),
    }  # fmt: skip


def test_vowels_equal_the_file_cell_by_cell(vowels):
    with (TABLES / "peterson_barney.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for name, column in zip(vowels.feature_names, vowels.data.T, strict=True):
        assert column.tolist() == [float(row[name]) for row in rows]
    assert vowels.target.tolist() == [row["Vowel"] for row in rows]
    assert [kind[0] for kind in vowels.speaker_type] == [row["Type"] for row in rows]


def test_each_vowel_has_its_own_symbol(vowels):
    # ARPABET to IPA: the table of the CMU Pronouncing Dictionary's phoneme set.
    assert dict(zip(vowels.target.tolist(), vowels.ipa.tolist(), strict=True)) == {
        "iy": "i", "ih": "ɪ", "eh": "ɛ", "ae": "æ", "ah": "ʌ",
        "aa": "ɑ", "ao": "ɔ", "uh": "ʊ", "uw": "u", "er": "ɝ",
    }  # fmt: skip
    assert vowels.target_names == ["iy", "ih", "eh", "ae", "ah", "aa", "ao", "uh", "uw", "er"]


def test_mean_formants_of_men_are_those_of_the_paper(vowels):
    # Peterson & Barney (1952), Table II, men: F1 and F2 of "heed" are 270 and 2290 Hz,
    # of "who'd" 300 and 870 Hz (rounded).
    for code, published in (("iy", (270, 2290)), ("uw", (300, 870))):
        men = (vowels.target == code) & (vowels.speaker_type == "man")
        assert vowels.data[men, 1:3].mean(axis=0) == pytest.approx(published, rel=0.03)


def test_faithful_is_the_table_of_base_r():
    # R: dim(faithful) is 272 2; colMeans(faithful) is 3.487783 70.897059.
    faithful = load_faithful()
    assert faithful.data.shape == (272, 2)
    assert faithful.data.mean(axis=0) == pytest.approx([3.487783, 70.897059], abs=1e-6)
    assert faithful.feature_names == ["eruptions", "waiting"]
    assert "target" not in faithful


def test_airquality_is_the_table_of_base_r():
    # R: colMeans(airquality, na.rm = TRUE) and colSums(is.na(airquality)).
    found = load_airquality()
    assert found.data.shape == (153, 4)
    assert np.nanmean(found.data, axis=0) == pytest.approx([42.12931, 185.9315, 9.957516, 77.88235], rel=1e-6)
    assert np.isnan(found.data).sum(axis=0).tolist() == [37, 7, 0, 0]
    assert Counter(found.month.tolist()) == {5: 31, 6: 30, 7: 31, 8: 31, 9: 30}
    assert found.day[[0, -1]].tolist() == [1, 30]


def test_penguins_are_those_of_palmerpenguins():
    # R: table(penguins$species), colMeans(penguins[, 3:6], na.rm = TRUE), table(penguins$sex, useNA = "always").
    found = load_penguins()
    assert Counter(found.target.tolist()) == {"Adelie": 152, "Chinstrap": 68, "Gentoo": 124}
    assert np.nanmean(found.data, axis=0) == pytest.approx([43.92193, 17.15117, 200.9152, 4201.754], rel=1e-6)
    assert np.flatnonzero(np.isnan(found.data).all(axis=1)).tolist() == [3, 271]
    assert np.isnan(found.data).sum() == 8
    assert Counter(found.sex.tolist()) == {"male": 168, "female": 165, "": 11}
    X, y = load_penguins(return_X_y=True)
    assert np.array_equal(X, found.data, equal_nan=True)
    assert np.array_equal(y, found.target)


def test_chevron_is_the_minefield_of_mclust():
    X, y = load_chevron(return_X_y=True)
    assert Counter(y.tolist()) == {"data": 350, "noise": 754}
    assert X[0] == pytest.approx([54.2348927482963, 36.5972849149257], abs=1e-12)
    assert y[:350].tolist() == ["data"] * 350


def test_tully_fisher_has_errors_beside_its_values():
    # Sakai et al. (2000), table 2.
    found = load_tully_fisher()
    assert found.data.shape == found.errors.shape == (21, 7)
    assert np.array_equal(np.isnan(found.data), np.isnan(found.errors))
    assert np.isnan(found.data).sum(axis=0).tolist() == [0, 4, 0, 0, 1, 0, 0]
    andromeda = dict(zip(found.feature_names, zip(found.data[0], found.errors[0], strict=True), strict=True))
    assert found.galaxy[0] == "NGC224"
    assert (andromeda["B"], andromeda["H"], andromeda["log_W20"]) == (
        (-21.58, 0.19),
        (-23.83, 0.11),
        (2.744, 0.028),
    )
    assert (found.errors[~np.isnan(found.errors)] > 0).all()


def test_missing_values_are_nan_in_a_frame_too():
    pytest.importorskip("pandas")
    for load in (load_airquality, load_penguins, load_tully_fisher):
        assert np.array_equal(load(as_frame=True).data.to_numpy(), load().data, equal_nan=True)
    found = load_tully_fisher(as_frame=True)
    assert found.errors.columns.tolist() == found.feature_names
    assert found.frame.columns.tolist() == ["galaxy", *found.feature_names]


@pytest.mark.parametrize("load", LOADERS)
def test_a_data_set_is_a_bunch(load):
    found = load()
    assert isinstance(found, Bunch)
    assert found["data"] is found.data
    assert found.frame is None
    assert found.data.shape[1] == len(found.feature_names)
    assert "Source: " in found.DESCR


@pytest.mark.parametrize("load", LOADERS)
def test_each_call_loads_its_own_copy(load):
    load().data[0] = 0.0
    assert load().data[0, 0] != 0.0


def test_data_and_target_may_be_asked_for_alone(vowels):
    X, y = load_vowels(return_X_y=True)
    assert np.array_equal(X, vowels.data)
    assert np.array_equal(y, vowels.target)


def test_as_frame_has_labels_and_measurements(vowels):
    pytest.importorskip("pandas")
    found = load_vowels(as_frame=True)
    assert found.frame.columns.tolist() == [*LABELS, *vowels.feature_names]
    assert found.data.columns.tolist() == vowels.feature_names
    assert np.array_equal(found.data.to_numpy(), vowels.data)
    assert found.target.name == "vowel"
    assert found.target.tolist() == vowels.target.tolist()
    for name in ("speaker_type", "sex", "speaker", "ipa"):
        assert found[name].tolist() == vowels[name].tolist() == found.frame[name].tolist()
    X, y = load_vowels(return_X_y=True, as_frame=True)
    assert X.equals(found.data)
    assert y.equals(found.target)


def test_faithful_as_a_frame():
    pytest.importorskip("pandas")
    found = load_faithful(as_frame=True)
    assert found.frame.equals(found.data)
    assert np.array_equal(found.data.to_numpy(), load_faithful().data)


@pytest.mark.parametrize("load", LOADERS)
def test_without_pandas_as_frame_says_what_to_install(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "gaussmix\[data\]"'):
        load(as_frame=True)


def test_data_sets_copy_and_pickle(vowels):
    for other in (copy.deepcopy(vowels), pickle.loads(pickle.dumps(vowels))):
        assert np.array_equal(other.data, vowels.data)
        assert other.ipa.tolist() == vowels.ipa.tolist()


def test_shipped_tables_name_their_sources():
    text = (TABLES / "SOURCES.md").read_text(encoding="utf-8")
    shipped = [entry.name for entry in TABLES.iterdir() if entry.name.endswith(".csv")]
    assert sorted(shipped) == [
        "airquality.csv", "chevron.csv", "faithful.csv", "penguins.csv", "peterson_barney.csv", "tully_fisher.csv",
    ]  # fmt: skip
    assert all(name in text for name in shipped)
