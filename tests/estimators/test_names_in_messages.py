"""Messages of fits to a data frame name its columns; those of a fit to an array give positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture, select
from gaussmix.errors import GaussmixError
from gaussmix.sources import open_source

from ..support import quiet

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(40, 2))
CONSTANT = np.column_stack([ROWS[:, 0], np.full(40, 3.0)])
SMALL = np.column_stack([ROWS[:, 0], 1e-200 * ROWS[:, 1]])

FAULTS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "constant beside noise": (CONSTANT, {"noise_component": True}, "{} is constant (3), so that the volume"),
    "constant beside a given volume": (
        CONSTANT,
        {"noise_component": 9.0},
        "{} is constant (3), so that the volume",
    ),
    "outside bounds": (
        ROWS,
        {"bounds": (None, [9.0, 0.0])},
        "{} has {count} of its values outside its bounds",
    ),
    "underflow": (SMALL, {}, "the values of {} of X differ by at most"),
    "constant without a floor": (CONSTANT, {"reg_covar": 0.0, "search": "off"}, "({} is constant)"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("named", [False, True])
def test_a_fit(fault: str, named: bool) -> None:
    X, options, words = FAULTS[fault]
    rows = pd.DataFrame(X, columns=["height", "weight"]) if named else X
    with quiet(), pytest.raises(GaussmixError) as caught:
        GaussianMixture(1, random_state=0, **options).fit(rows)
    column = "column 'weight'" if named else "column 1"
    assert words.format(column, count=int((X[:, 1] > 0).sum())) in str(caught.value)


def test_a_selection_and_a_source(tmp_path: Any) -> None:
    frame = pd.DataFrame(CONSTANT, columns=["height", "weight"])
    frame.to_parquet(tmp_path / "rows.parquet")
    fits = (
        lambda: select(frame, [1], "VVV", noise_component=True),
        lambda: select(tmp_path / "rows.parquet", [1], "VVV", noise_component=True),
        lambda: GaussianMixture(1, noise_component=True).fit(open_source(tmp_path / "rows.parquet")),
    )
    for fit in fits:
        with quiet(), pytest.raises(GaussmixError, match=r"^column 'weight' is constant \(3\)"):
            fit()
