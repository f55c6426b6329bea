"""Codes of missing values, such as -999, are found where they are far from the other values of a column."""

from __future__ import annotations

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
        [0.0, 1.0, np.nan, 2.0, 999.0],
    ],
)
def test_other_columns_have_none(column):
    assert missing_codes(np.array(column)[:, None]) == []


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
        match=f"column 'ozone' has the value -999 in {count} of 300 rows, far from all others: if",
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
