"""The warning of rows that are too few for the free parameters."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.errors import DataWarning

X = np.random.default_rng(0).standard_normal((150, 4))
TOO_FEW = r"150 rows for 44 free parameters \(3\.4 for each, fewer than about five\)"


def given(call):
    """The messages of a call that are about the number of rows."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(w.message) for w in caught if "free parameters" in str(w.message)]


def test_too_few_rows_for_the_parameters_are_told_once():
    with pytest.warns(DataWarning, match=TOO_FEW) as caught:
        GaussianMixture(3, random_state=0).fit(X)
    assert [w.filename for w in caught] == [__file__]


@pytest.mark.parametrize(("K", "family"), [(1, "full"), (2, "tied"), (3, "diag")])
def test_a_family_of_fewer_parameters_is_not(K, family):
    rows = X[:20] if K == 1 else X
    assert given(lambda: GaussianMixture(K, covariance_type=family, random_state=0).fit(rows)) == []


def test_weights_count_rows():
    many, shares = np.full(len(X), 2.0), np.full(len(X), 1.0 / len(X))
    assert given(lambda: GaussianMixture(3, random_state=0).fit(X, sample_weight=many)) == []
    (told,) = given(lambda: GaussianMixture(3, random_state=0).fit(X, sample_weight=shares))
    assert told.startswith("150 rows")


def test_a_classifier_tells_once_of_its_smallest_class():
    y = np.repeat([0, 1], [100, 50])
    (told,) = given(lambda: MixtureClassifier(2, random_state=0).fit(X, y))
    assert told.startswith("class 1: 50 rows for 29 free parameters (1.7 for each, fewer")
    assert given(lambda: MixtureClassifier(1, random_state=0).fit(X, y)) == []
