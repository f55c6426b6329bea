"""FlowKit reads our gates against the schema of Gating-ML 2.0, and gates the events that lie in the ellipsoids."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gaussmix import GaussianMixture, exchange

flowkit = pytest.importorskip("flowkit", reason="FlowKit is not installed: make test-clients")


@pytest.mark.parametrize("columns", [None, ["SSC-A", "FL1 & <2>"]])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_gates_select_the_same_events(rows, level, columns):
    events = pd.DataFrame(
        np.column_stack([rows * 1000 + 5000, rows[:, :1] * 30]), columns=["FSC-A", "SSC-A", "FL1 & <2>"]
    )
    model = GaussianMixture(2, random_state=0, search="off").fit(events)
    text = exchange.to_gatingml(model, level=level, columns=columns)
    strategy = flowkit.parse_gating_xml(io.BytesIO(text.encode()))
    sample = flowkit.Sample(events, sample_id="events")
    result = strategy.gate_sample(sample)
    mixture = model.mixture_ if columns is None else model.mixture_.marginal(columns)
    values = events[list(mixture.feature_names)].to_numpy()
    for k in range(2):
        covariance = mixture.covariances.dense()[k]
        apart = values - mixture.means[k]
        squares = (apart * np.linalg.solve(covariance, apart.T).T).sum(axis=1)
        inside = squares <= stats.chi2.ppf(level, values.shape[1])
        assert (result.get_gate_membership(f"component_{k}") == inside).mean() > 0.995
