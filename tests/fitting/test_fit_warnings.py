"""Messages on components that collapsed: the columns with many equal values are named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture
from gaussmix.errors import ComponentWarning

RNG = np.random.default_rng(3)
HEIGHT = RNG.normal(170.0, 8.0, 300)
RAIN = np.where(RNG.random(300) < 0.6, 0.0, RNG.exponential(5.0, 300))
FRAME = pd.DataFrame({"height": HEIGHT, "rain": RAIN})


@pytest.mark.parametrize(("rows", "column"), [(FRAME, "'rain'"), (FRAME.to_numpy(), "1")])
def test_a_component_of_equal_values_names_their_column(rows, column):
    where = f"collapsed in column {column}, where many values are equal or nearly so"
    with pytest.warns(
        ComponentWarning, match=rf"^component \d {where} \(effective rows: 1\d\d\); leave such"
    ):
        model = GaussianMixture(2, random_state=0).fit(rows)
    advice = "leave such columns out or fit fewer components"
    assert model.trace_.search.verdict == f"in doubt: a component {where}, in every run; {advice}"


def test_a_component_of_a_few_near_rows_names_no_column():
    rows = np.concatenate([RNG.normal(size=(150, 2)), np.full((3, 2), 98.0)])
    with pytest.warns(ComponentWarning, match=r"^component 1 collapsed \(effective rows: 3\); fit fewer"):
        GaussianMixture(2, search="off", random_state=0).fit(rows)


def test_a_collapse_that_was_passed_over_names_the_column():
    groups = np.repeat([0.0, 1.0], 150)
    rows = np.column_stack([HEIGHT, RNG.normal(size=300) + 2.0 * groups, groups])
    model = GaussianMixture(3, covariance_type="tied", random_state=0).fit(rows)
    assert model.weights_.min() * 300 > 10
    assert (
        "degenerated in column 2, where many values are equal or nearly so, and the next"
        in model.trace_.search.verdict
    )
