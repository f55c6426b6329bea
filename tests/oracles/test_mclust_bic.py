"""All models of R's mclust on eight tables, beside ``select(search="likelihood")``."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.search.mclust_tables import FLOOR, NEAR, measurements

from gaussmix import select

from ..support import quiet
from .tables import rows_of

TABLES: dict[str, list[dict[str, str]]] = {}
for row in rows_of("mclust_bic"):
    TABLES.setdefault(row["table"], []).append(row)


def bic(row):
    nu, n = int(row["n_parameters"]), int(row["rows"])
    return nu * np.log(n) - 2 * float(row["log_likelihood"])


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_no_model_of_mclust_is_more_likely(table):
    X = measurements(table)
    with quiet():
        selection = select(X, range(1, 10), random_state=0, search="likelihood")
    healthy, below = [], set()
    for row in TABLES[table]:
        model = selection.model(int(row["components"]), row["model"])
        assert model.df == int(row["n_parameters"]), model.name
        least, rows = float(row["least_relative_variance"]), float(row["least_rows"])
        if least <= FLOOR or rows <= X.shape[1] + 1:
            continue
        healthy.append(row)
        if not (model.sound and model.log_likelihood >= float(row["log_likelihood"]) - NEAR):
            below.add(model.name)
    assert not below
    assert selection.best.bic <= min(bic(row) for row in healthy) + 2 * NEAR
