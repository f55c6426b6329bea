"""EM runs of the compiled kernel with a shared covariance, on each instruction set, against the definition."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Diagonal, Full, Tied, kernels
from gaussmix.blocks import Block
from gaussmix.em import e_step, m_step
from gaussmix.kernels import CentredRows, RunEffort, RunTable
from gaussmix.mixture import Mixture
from gaussmix.model import Model

from ..support import assert_close, clusters

ITERATIONS = 3


def problem(family, n, D, K, S=2):
    """Rows with weights, and mixtures to begin at."""
    rng = np.random.default_rng(n + D + K)
    X, weights = clusters(rng, n, K, D) + 50.0, rng.integers(1, 4, n).astype(float)
    covariances = family.from_dense(np.tile(np.cov(X.T).reshape(D, D), (K, 1, 1)), np.ones(K))
    starts = [rng.choice(X, K, replace=False) for _ in range(S)]
    return Block(X, weights), [
        Mixture.of(rng.dirichlet(np.full(K, 9.0)), means, covariances) for means in starts
    ]


def table_of(mixtures, full):
    """The mixtures as rows of a table, with one covariance each."""
    rows = []
    for mixture in mixtures:
        covariance, factor = mixture.covariances.in_frame()[:1], mixture.covariances.factors[:1]
        arrays = mixture.weights, mixture.means, covariance, factor, mixture.offsets, np.zeros(2)
        rows.append(np.concatenate([array.ravel() for array in arrays]))
    K, D = mixtures[0].means.shape
    return RunTable(np.array(rows), K, D, 1, full)


def rows_of(block, full):
    centre = block.weights @ block.X / block.weights.sum()
    Y = np.asfortranarray(block.X - centre)
    scatter = (block.weights * Y.T) @ Y
    return CentredRows(Y, block.weights, centre, scatter if full else np.diag(scatter).copy())


@pytest.mark.parametrize("family", [Tied(Full()), Tied(Diagonal())], ids=["full", "diagonal"])
@pytest.mark.parametrize(("n", "D", "K"), [(37, 1, 2), (150, 3, 1), (203, 6, 5), (1100, 18, 9)])
def test_runs_with_a_shared_covariance_are_those_of_em(on_each_set, family, n, D, K):
    block, mixtures = problem(family, n, D, K)
    model, full = Model(family), family.frame.full
    table = table_of(mixtures, full)
    done = kernels.em_runs(rows_of(block, full), table, model.rule(D), RunEffort(ITERATIONS))
    assert done.tolist() == [ITERATIONS] * len(mixtures)
    for numbers, mixture in zip(table.numbers, mixtures, strict=True):
        for _ in range(ITERATIONS):
            moments = e_step(mixture.densities, block)
            mixture = m_step(moments, model, mixture)
        expected, size = mixture.covariances.in_frame()[0], mixture.covariances.in_frame()[0].size
        assert numbers[-2] == pytest.approx(moments.log_likelihood, rel=1e-11)
        assert_close(numbers[:K], mixture.weights)
        assert_close(numbers[K : K + K * D], mixture.means.ravel())
        assert_close(numbers[K + K * D : K + K * D + size], expected.ravel())
        assert_close(numbers[-2 - K : -2], mixture.offsets)
