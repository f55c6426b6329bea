"""Data sets without missing values; ``tables/SOURCES.md`` names their sources."""

from __future__ import annotations

from typing import Any

import numpy as np

from gaussmix.datasets.bunches import bunch_of, rows_of

__all__ = ["load_chevron", "load_faithful", "load_vowels"]

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


def load_vowels(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load the vowels of Peterson and Barney: formant frequencies of 76 speakers.

    Each of 33 men, 28 women and 15 children said ten vowels twice, in words such as *heed* and *hid*.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame and the labels Series, and ``frame`` holds all columns.

    Returns
    -------
    sklearn.utils.Bunch or tuple of (data, target)
        ``data`` : (1520, 4) array. Fundamental frequency F0 and formants F1, F2, F3, in hertz.
        ``target`` : (1520,) array of str. The vowel in ARPABET: iy, ih, eh, ae, ah, aa, ao, uh, uw or er.
        ``target_names`` : list of the ten vowels. ``feature_names`` : list of the four columns.
        ``ipa``, ``speaker``, ``sex``, ``speaker_type`` : (1520,) arrays. The vowel in IPA (i, ɪ, ɛ, æ, ʌ, ɑ, ɔ, ʊ, u
        or ɝ), the speaker from 1 to 76, male or female, and man, woman or child.
        ``frame`` : DataFrame of the labels and the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    G. E. Peterson and H. L. Barney (1952), Control methods used in a study of the vowels, Journal of the
    Acoustical Society of America 24, 175-184. The table is the one built into Praat.

    Examples
    --------
    >>> vowels = load_vowels()
    >>> vowels.data.shape, vowels.feature_names
    ((1520, 4), ['F0', 'F1', 'F2', 'F3'])
    >>> heed = vowels.data[vowels.target == "iy", 1:3]
    >>> heed.mean(axis=0).round().tolist()
    [301.0, 2648.0]
    """
    rows = rows_of("peterson_barney.csv")
    labels = {
        "speaker_type": np.array([_SPEAKER_TYPES[row["Type"]] for row in rows]),
        "sex": np.array([_SEXES[row["Sex"]] for row in rows]),
        "speaker": np.array([int(row["Speaker"]) for row in rows]),
        "vowel": np.array([row["Vowel"] for row in rows]),
        "ipa": np.array([_PRAAT_TO_IPA[row["IPA"]] for row in rows]),
    }
    description = (
        "Fundamental frequency F0 and formants F1, F2, F3 of ten English vowels, in hertz. Each vowel was said twice "
        "by each of 76 speakers (33 men, 28 women, 15 children).\n"
        "Source: Peterson & Barney (1952), J. Acoust. Soc. Am. 24, 175-184, as Praat's built-in table."
    )
    bunch = bunch_of(rows, ["F0", "F1", "F2", "F3"], labels, "vowel", description, as_frame)
    bunch.target_names = list(dict.fromkeys(labels["vowel"].tolist()))
    return (bunch.data, bunch.target) if return_X_y else bunch


def load_faithful(*, as_frame: bool = False) -> Any:
    """Load the eruptions of the geyser Old Faithful.

    Parameters
    ----------
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame.

    Returns
    -------
    sklearn.utils.Bunch
        ``data`` : (272, 2) array, in minutes. ``eruptions``, the duration of an eruption, and ``waiting``, the time
        to the next.
        ``feature_names`` : list of the two columns.
        ``frame`` : DataFrame of the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    A. Azzalini and A. W. Bowman (1990), A look at some data on the Old Faithful geyser, Applied Statistics
    39, 357-365. The table is ``faithful`` of base R.

    Examples
    --------
    >>> load_faithful().data.mean(axis=0).round(3).tolist()
    [3.488, 70.897]
    """
    description = (
        "Duration of the eruptions of Old Faithful and waiting time to the next, in minutes.\n"
        "Source: Azzalini & Bowman (1990), Appl. Statist. 39, 357-365, as base R's `faithful`."
    )
    return bunch_of(rows_of("faithful.csv"), ["eruptions", "waiting"], {}, None, description, as_frame)


def load_chevron(*, return_X_y: bool = False, as_frame: bool = False) -> Any:
    """Load a simulated minefield: two rows of mines in the form of a chevron, among uniform noise.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=False
        Whether the data are a pandas DataFrame and the target is a Series.

    Returns
    -------
    sklearn.utils.Bunch or tuple of (data, target)
        ``data`` : (1104, 2) array. Position of each point.
        ``target`` : (1104,) array of str. "data" for the 350 points of the chevron, "noise" for the 754 others.
        ``target_names`` : list of the two. ``feature_names`` : list of the two columns.
        ``frame`` : DataFrame of the target and the data with `as_frame`, else None.
        ``DESCR`` : str. The description and the source.

    Raises
    ------
    MissingDependencyError
        If `as_frame` is true and pandas is not installed.

    References
    ----------
    A. Dasgupta and A. E. Raftery (1998), Detecting features in spatial point processes with clutter via model-based
    clustering, Journal of the American Statistical Association 93, 294-302. The table is ``chevron`` of the R package
    mclust.

    Examples
    --------
    >>> chevron = load_chevron()
    >>> chevron.data.shape, int((chevron.target == "noise").sum())
    ((1104, 2), 754)
    """
    rows = rows_of("chevron.csv")
    labels = {"class": np.array([row["class"] for row in rows])}
    description = (
        "A simulated minefield: 350 points that form a chevron and 754 points of uniform noise.\n"
        "Source: Dasgupta & Raftery (1998), J. Am. Stat. Assoc. 93, 294-302, as `chevron` of R's mclust."
    )
    bunch = bunch_of(rows, ["x", "y"], labels, "class", description, as_frame)
    bunch.target_names = ["data", "noise"]
    return (bunch.data, bunch.target) if return_X_y else bunch
