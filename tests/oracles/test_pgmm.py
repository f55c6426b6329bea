"""Factor analysers as likely as those of pgmm 1.2.8 (R), from one start of its by k-means, by its BIC."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, select
from gaussmix.search import Budget

from ..support import quiet
from .tables import rows_of

# pgmmEM(scale(x), rG, rq, zstart = 2, modelSubset = ...) after set.seed(1); larger is better.
PGMM = [
    ("wine27", "UUU-3", 3, -11762.061),
    ("wine27", "CUU-2", 3, -12016.325),
    ("wine27", "CCC-2", 3, -12454.715),
    ("wine27", "UCU-2", 3, -12476.670),
    ("wine27", "UUC-2", 3, -12787.190),
    ("coffee", "CCU-1", 2, -1306.127),
    ("coffee", "UCU-1", 2, -1313.520),
    ("coffee", "CUU-1", 2, -1317.394),
    ("coffee", "UUU-1", 2, -1339.230),
    ("olive", "UUU-4", 4, -5815.495),
    ("olive", "CUU-4", 4, -6291.482),
]
TEXT = {"Type", "Variety", "Country", "region", "area"}


def scaled(name):
    """The measurements of a table, standardised as R's scale() does."""
    X = np.array([[float(value) for key, value in row.items() if key not in TEXT] for row in rows_of(name)])
    return (X - X.mean(axis=0)) / X.std(axis=0, ddof=1)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "family", "K", "bic"), PGMM)
def test_bic_is_no_worse_than_that_of_pgmm(table, family, K, bic):
    X = scaled(table)
    # The 178 wines have fewer rows than two for each parameter, where the default does not go by the likelihood.
    search = Budget(likelihood=True) if table == "wine27" else "auto"
    with quiet():
        model = GaussianMixture(K, covariance_type=family, search=search, random_state=0).fit(X)
    assert -model.bic(X) >= bic


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_selection_reaches_the_same(seed):
    with quiet():
        selection = select(scaled("olive"), [3, 4], ["CUU-3", "CUU-4"], random_state=seed)
    assert selection.best.name == "CUU-4,4"
    assert -selection.best.bic >= -6291.482
