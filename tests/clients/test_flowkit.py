"""FlowKit reads our gates against the schema of Gating-ML 2.0, and gates the events that lie in the ellipsoids."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gaussmix import GaussianMixture, datasets, exchange

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


@pytest.mark.parametrize("columns", [["FSC-A", "SSC-A"], ["SSC-A", "FL1-A", "FL2-A"]])
def test_gates_of_transformed_events(columns):
    """A mixture of arsinh(x / c), as gates of FlowKit's asinh transform, which divides by M log 10."""
    names, c, M = ["FSC-A", "SSC-A", "FL1-A", "FL2-A"], 150.0, 4.5
    X = datasets.random_mixture(5, 4, random_state=3).sample(4000, random_state=4)[0]
    events = pd.DataFrame((X - X.min(axis=0)) * 3000.0 + 100.0, columns=names)
    scale = M * np.log(10.0)
    asinh = flowkit.transforms.AsinhTransform(param_t=c * np.sinh(scale), param_m=M, param_a=0.0)
    transformed = np.arcsinh(events[columns] / c)
    model = GaussianMixture(5, random_state=0, search="off").fit(transformed)
    scaled = (np.eye(len(columns)) / scale @ model.mixture_).named(tuple(columns))
    gates = flowkit.parse_gating_xml(io.BytesIO(exchange.to_gatingml(scaled, level=0.9).encode()))
    strategy = flowkit.GatingStrategy()
    strategy.add_transform("asinh", asinh)
    for k in range(5):
        gate = gates.get_gate(f"component_{k}")
        for dimension in gate.dimensions:
            dimension.transformation_ref = "asinh"
        strategy.add_gate(gate, ("root",))
    result = strategy.gate_sample(flowkit.Sample(events, sample_id="events"))
    for k in range(5):
        apart = transformed.to_numpy() - model.means_[k]
        squares = (apart * np.linalg.solve(model.covariances_[k], apart.T).T).sum(axis=1)
        inside = squares <= stats.chi2.ppf(0.9, len(columns))
        # FlowKit keeps events of a data frame in float32.
        assert (result.get_gate_membership(f"component_{k}") != inside).mean() < 1e-3
