"""The tables of measurements that come with the package; ``tables/SOURCES.md`` names where they are from."""

from __future__ import annotations

import csv
from importlib.resources import files

import numpy as np

from gaussmix.datasets.table import Table

__all__ = ["load_faithful", "load_vowels"]

_SPEAKER_TYPES = {"m": "man", "w": "woman", "c": "child"}
_SEXES = {"m": "male", "f": "female"}
_PRAAT_TO_IPA = {
    "i": "i",
    r"\ic": "ɪ",
    r"\ef": "ɛ",
    r"\ae": "æ",
    r"\vt": "ʌ",
    r"\as": "ɑ",
    r"\ct": "ɔ",
    r"\hs": "ʊ",
    "u": "u",
    r"\er\hr": "ɝ",
}


def load_vowels() -> Table:
    """Return the vowels of Peterson and Barney: formant frequencies of 76 speakers.

    Each of 33 men, 28 women and 15 children said ten vowels twice, in words like *heed* and *hid*.

    Returns
    -------
    Table
        1,520 rows. Measured, in hertz: the fundamental frequency F0 and the formants F1, F2, F3. Labels:
        ``speaker_type`` (man, woman, child), ``sex`` (male, female), ``speaker`` (1 to 76), ``vowel`` (the
        ARPABET code: iy, ih, eh, ae, ah, aa, ao, uh, uw, er) and ``ipa`` (i, ɪ, ɛ, æ, ʌ, ɑ, ɔ, ʊ, u, ɝ).

    References
    ----------
    G. E. Peterson and H. L. Barney (1952), Control methods used in a study of the vowels, Journal of the
    Acoustical Society of America 24, 175-184. The table is the one built into Praat.

    Examples
    --------
    >>> vowels = load_vowels()
    >>> vowels.data.shape
    (1520, 4)
    >>> heed = vowels.take(vowels.vowel == "iy")
    >>> heed.columns(["F1", "F2"]).mean(axis=0).round().tolist()
    [301.0, 2648.0]
    """
    rows = _rows("peterson_barney.csv")
    features = ("F0", "F1", "F2", "F3")
    return Table(
        name="vowels",
        data=np.array([[float(row[key]) for key in features] for row in rows]),
        feature_names=features,
        labels={
            "speaker_type": np.array([_SPEAKER_TYPES[row["Type"]] for row in rows]),
            "sex": np.array([_SEXES[row["Sex"]] for row in rows]),
            "speaker": np.array([int(row["Speaker"]) for row in rows]),
            "vowel": np.array([row["Vowel"] for row in rows]),
            "ipa": np.array([_PRAAT_TO_IPA[row["IPA"]] for row in rows]),
        },
        unit="Hz",
        description="Fundamental frequency and first three formants of ten English vowels, each said twice "
        "by each of 76 speakers (33 men, 28 women, 15 children).",
        source="Peterson & Barney (1952), J. Acoust. Soc. Am. 24, 175-184, as Praat's built-in table",
    )


def load_faithful() -> Table:
    """Return the eruptions of the geyser Old Faithful.

    Returns
    -------
    Table
        272 rows. Measured, in minutes: ``eruptions``, how long an eruption lasts, and ``waiting``, the time
        to the next.

    References
    ----------
    A. Azzalini and A. W. Bowman (1990), A look at some data on the Old Faithful geyser, Applied Statistics
    39, 357-365. The table is ``faithful`` of base R.

    Examples
    --------
    >>> load_faithful().data.mean(axis=0).round(3).tolist()
    [3.488, 70.897]
    """
    rows = _rows("faithful.csv")
    features = ("eruptions", "waiting")
    return Table(
        name="faithful",
        data=np.array([[float(row[key]) for key in features] for row in rows]),
        feature_names=features,
        unit="min",
        description="How long an eruption of Old Faithful lasts, and the waiting time to the next.",
        source="Azzalini & Bowman (1990), Appl. Statist. 39, 357-365, as base R's `faithful`",
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("gaussmix.datasets") / "tables" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
