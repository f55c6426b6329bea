"""Codes of missing values, such as -999, are found where they are far from the other values of a column."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import BayesianGaussianMixture, GaussianMixture, select
from gaussmix.errors import DataWarning
from gaussmix.fitting.missing_codes import missing_codes


def table(code, share=0.1, n=300, dtype=np.float64):
    rng = np.random.default_rng(0)
    X = rng.uniform(1.0, 2.0, size=(n, 3)).astype(dtype)
    X[rng.random(n) < share, 1] = code
    return X


def messages(X):
    """The warnings of a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        GaussianMixture(2, random_state=0).fit(X)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("code", [-99.0, -999.0, -9999.0, 999.0, 99999.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_codes_below_and_above(code, dtype):
    X = table(code, dtype=dtype)
    assert missing_codes(X) == [(1, code, int((X[:, 1] == code).sum()))]


def test_beside_missing_values_and_columns_without_values():
    X = table(-999.0)
    X[::5, 1], X[:, 0] = np.nan, np.nan
    assert missing_codes(X) == [(1, -999.0, int((X[:, 1] == -999.0).sum()))]


@pytest.mark.parametrize(
    "column",
    [
        [97.0, 98.0, 99.0, 99.0, 99.0],  # among the others
        [0.0, 50.0, 99.0, 99.0, 99.0],  # nearer than they are to each other
        [0.0, 1.0, 999.0, 999.0, 2.0],  # twice
        [0.0, 1.0, 998.0, 998.0, 998.0],
        [999.0] * 5,
        [1.0, 2.0, 9.0, 9.0, 9.0],
        [np.nan] * 5,
        [0.0, 0.0, 99.0, 99.0, 99.0],  # one other value
        [0.0, 1.0, np.nan, 2.0, 999.0],
    ],
)
def test_other_columns_have_none(column):
    assert missing_codes(np.array(column)[:, None]) == []


def test_an_outlier_or_a_wide_range_hides_no_negative_code():
    X = table(-999.0)
    X[0, 1] = 1e6
    assert missing_codes(X)[0][:2] == (1, -999.0)
    X = table(-999.0)
    X[:, 1] = np.where(X[:, 1] < 0.0, X[:, 1], np.exp(12.0 * (X[:, 1] - 1.0)))
    assert missing_codes(X)[0][:2] == (1, -999.0)


def test_two_codes_in_one_column_and_one_code_in_two():
    X = table(-999.0)
    X[::7, 1], X[::3, 2] = -99.0, -999.0
    assert [found[:2] for found in missing_codes(X)] == [(1, -999.0), (1, -99.0), (2, -999.0)]
    told = [message for message in messages(X) if "-999" in message]
    assert len(told) == 1
    assert re.match(
        r"columns 1, 2 have the value -999 in \d\d to 100 of 300 rows, far from the others", told[0]
    )


def test_codes_anywhere_in_a_long_table():
    X = np.random.default_rng(0).uniform(1.0, 2.0, size=(20_000, 2))
    X[-2_000:, 0] = -999.0
    assert any(
        message.startswith("column 0 has the value -999 in 2,000 of 20,000 rows") for message in messages(X)
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=40), st.integers(1, 6))
def test_continuous_values_have_none(values, digits):
    X = np.array(values)[:, None]
    found = missing_codes(X)
    code = 10.0**digits - 1.0
    assert all(abs(value) == 10.0 ** np.round(np.log10(abs(value) + 1.0)) - 1.0 for _, value, _ in found)
    far = np.append(values, [3.0 * code + 4e6] * 3)[:, None]
    assert all(value != far[-1, 0] for _, value, _ in missing_codes(far))


@pytest.mark.parametrize(
    "estimator", [GaussianMixture(2, random_state=0), BayesianGaussianMixture(2, random_state=0)]
)
def test_a_fit_warns_with_the_name_of_the_column(estimator):
    X = pd.DataFrame(table(-999.0), columns=["a", "ozone", "c"])
    count = int((X["ozone"] == -999.0).sum())
    with pytest.warns(
        DataWarning,
        match=f"column 'ozone' has the value -999 in {count} of 300 rows, far from the others: if",
    ):
        estimator.fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        estimator.fit(X.replace(-999.0, np.nan))


def test_a_selection_says_it_once():
    X = table(-999.0)
    with pytest.warns(DataWarning, match="column 1 has the value -999") as caught:
        chosen = select(X, [1, 2], ["VVV"], random_state=0)
    assert sum("-999" in str(warning.message) for warning in caught) == 1
    assert "column 1 has the value -999" in str(chosen.summary())


def test_units_do_not_hide_a_code():
    X = table(-999.0) * [1e-150, 1.0, 1e150]
    with pytest.warns(DataWarning, match="column 1 has the value -999"):
        GaussianMixture(2, covariance_type="diag", random_state=0).fit(X)
