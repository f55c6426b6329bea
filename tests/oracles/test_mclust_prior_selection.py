"""R's mclust with its default prior: BIC of many models, and the model that is chosen."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix

from ..support import quiet
from .tables import measurements, rows_of

THEIRS: dict[str, dict[tuple[str, int], float]] = {}
for row in rows_of("mclust_prior_bic"):
    THEIRS.setdefault(row["table"], {})[row["model"], int(row["K"])] = -float(row["bic"])


@pytest.mark.parametrize("table", THEIRS)
def test_select_with_the_default_prior(table):
    """Where both are at the same maximum, BIC is the same; elsewhere a search finds another one."""
    theirs = THEIRS[table]
    X = (
        np.array([[float(row["acidity"])] for row in rows_of("acidity")])
        if table == "acidity"
        else measurements(table)[0]
    )
    families = list(dict.fromkeys(name for name, _ in theirs))
    with quiet():
        selection = gaussmix.select(X, range(1, 4), families, prior="mclust", random_state=0)
    gaps = {key: selection.model(key[1], key[0]).bic - value for key, value in theirs.items()}
    same = [key for key, gap in gaps.items() if abs(gap) < 1e-3]
    assert {key for key in theirs if key[1] == 1} <= set(same)
    assert len(same) >= 0.5 * len(theirs)
    best = min(theirs, key=theirs.__getitem__)
    assert gaps[best] < 1e-3
    if best in same and all(gap > -1e-3 for gap in gaps.values()):
        assert (selection.best.family_name, selection.best.n_components) == best
    estimator = selection.best_
    assert estimator.prior == "mclust"
    assert estimator.bic(X) == pytest.approx(selection.best.bic, abs=1e-6)
