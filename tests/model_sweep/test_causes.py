"""The reasons of models without a sound fit: columns, rows and numbers are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import gaussmix
from gaussmix import GaussianMixture
from gaussmix.errors import ComponentWarning, DataWarning, InputError

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(
    RNG.normal(size=(100, 3)) + 4.0 * (np.arange(100) < 50)[:, None], columns=["a", "b", "c"]
)


def causes(frame, counts=(1, 2, 3), families="all"):
    with pytest.warns(DataWarning) as told:
        chosen = gaussmix.select(frame, counts, families, random_state=0)
    assert chosen.notes == tuple(str(warning.message) for warning in told)
    return chosen


def test_a_constant_column():
    chosen = causes(FRAME.assign(age=7.0))
    why = "all 14 families would be singular: column 'age' is constant; leave it out."
    assert chosen.notes == (f"Covariances of {why}",)
    with pytest.raises(
        InputError, match=rf"no model can be chosen by 'bic' \(42 singular\): covariances of {why}"
    ):
        _ = chosen.best
    with pytest.raises(
        InputError, match=r"none of 9 models is sound .*: column 'age' is constant; leave it out\.$"
    ):
        GaussianMixture("auto", random_state=0).fit(FRAME.assign(age=7.0))


def test_dependent_columns():
    chosen = causes(FRAME.assign(total=FRAME["a"] + FRAME["c"]), families="VVV")
    assert chosen.notes[0].endswith(
        "columns 'a', 'c', 'total' are linearly dependent; leave one of them out."
    )


@pytest.mark.parametrize("rows", [FRAME, FRAME.to_numpy()])
def test_a_far_value(rows):
    rows = rows.copy()
    np.asarray(rows)[17, 1] = 1e9
    frame = isinstance(rows, pd.DataFrame)
    if frame:
        rows.loc[17, "b"] = 1e9
    where = f"ow 17 lies 2e+08 interquartile ranges from the median of column {repr('b') if frame else 1}: leave the"
    assert f"R{where} row out, or correct the value." in causes(rows).notes
    with pytest.warns(ComponentWarning, match="collapsed"), pytest.warns(DataWarning) as told:
        GaussianMixture(2, random_state=0).fit(rows)
    assert any(f"r{where}" in str(warning.message) for warning in told)


def test_too_few_rows():
    (note,) = causes(FRAME.iloc[np.arange(80) % 40], counts=[50], families=["VVV", "EEE"]).notes
    assert (
        note == "Too few rows for all 2 families (40 distinct): no model of these was fitted; give more rows."
    )


def test_columns_of_equal_values():
    rain = np.where(RNG.random(300) < 0.6, 0.0, RNG.exponential(5.0, 300))
    frame = pd.DataFrame({"height": RNG.normal(170.0, 8.0, 300), "rain": rain})
    (note,) = causes(frame, families=["EEE", "VVV"]).notes
    why = "a component collapsed in column 'rain', where many values are equal or nearly so; leave such columns out."
    assert note == f"No model of the family VVV with several components is sound: {why}"
