"""Model-based hierarchical clustering against its definition, and as a start."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets
from gaussmix.starts.hierarchical import hierarchy

from ..support import clusters, fit


def cost(Z, labels, weights):
    """The criterion: Σ n log |(W + I) / (n + 1)|."""
    D, total = Z.shape[1], 0.0
    for k in np.unique(labels):
        z, w = Z[labels == k], weights[labels == k]
        n = w.sum()
        z = z - w @ z / n
        total += n * (np.linalg.slogdet((w * z.T) @ z + np.eye(D))[1] - D * np.log1p(n))
    return total


@pytest.mark.parametrize("D", [1, 2, 3])
def test_each_merge_costs_least(D):
    rng = np.random.default_rng(D)
    Z, weights = rng.normal(size=(14, D)), rng.uniform(0.5, 2.0, 14)
    tree = hierarchy(Z, weights)
    for parts in range(14, 1, -1):
        before, after = tree.labels(parts), tree.labels(parts - 1)
        costs = []
        for i in range(parts):
            for k in range(i + 1, parts):
                costs.append(cost(Z, np.where(before == k, i, before), weights))
        assert cost(Z, after, weights) == pytest.approx(min(costs), rel=1e-9, abs=1e-9)


def test_labels_are_nested_and_complete():
    Z = clusters(np.random.default_rng(0), 60, 3, 2)
    tree = hierarchy(Z, np.ones(60))
    for parts in range(1, 61):
        labels = tree.labels(parts)
        assert np.unique(labels).tolist() == list(range(parts))
    coarse, fine = tree.labels(3), tree.labels(9)
    assert all(len(np.unique(coarse[fine == k])) == 1 for k in range(9))


def test_separate_groups_are_found():
    rng = np.random.default_rng(1)
    Z = np.concatenate(
        [rng.normal(size=(30, 2)) * [5.0, 0.2], rng.normal(size=(30, 2)) * [0.2, 5.0] + [30.0, 0.0]]
    )
    labels = hierarchy(Z / Z.std(axis=0), np.ones(60)).labels(2)
    assert len(set(labels[:30])) == len(set(labels[30:])) == 1


@pytest.mark.parametrize("n", [1, 2])
def test_few_rows(n):
    assert hierarchy(np.zeros((n, 2)), np.ones(n)).labels(n).tolist() == list(range(n))


def test_a_start_of_em():
    X = datasets.load_faithful().data
    model = fit(X, 2, init_params="hierarchical")
    assert model.score(X) * len(X) == pytest.approx(-1130.264, abs=1e-2)


def test_more_rows_than_a_tree_holds():
    X = clusters(np.random.default_rng(2), 2600, 3, 2, spread=20.0)
    model = GaussianMixture(3, init_params="hierarchical", search="off", random_state=0).fit(X)
    assert model.converged_
    assert model.score(X) >= GaussianMixture(3, random_state=0).fit(X).score(X) - 0.05


def test_rows_of_a_thousand_columns_are_merged_on_their_principal_axes():
    rng = np.random.default_rng(0)
    groups = np.repeat([0, 1], 60)
    Z = rng.normal(size=(120, 1000)) + 0.5 * groups[:, None]
    labels = hierarchy(Z, np.ones(120)).labels(2)
    assert len(set(zip(labels, groups, strict=True))) == 2
