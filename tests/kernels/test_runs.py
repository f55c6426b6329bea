"""EM runs of the compiled kernel on each instruction set: against the definition, and in single precision."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Diagonal, Full, Spherical, Tied, kernels
from gaussmix._types import Floats
from gaussmix.blocks import Block
from gaussmix.em import e_step, m_step
from gaussmix.kernels import CentredRows, PlainRows, RunEffort, RunTable
from gaussmix.mixture import Mixture
from gaussmix.model import Model

from ..support import assert_close, clusters

ITERATIONS = 3
OWN = {"full": Full(), "diagonal": Diagonal(), "spherical": Spherical()}
FAMILIES = OWN | {"tied": Tied(Full()), "tied diagonal": Tied(Diagonal())}


def problem(family, n, D, K, S=2):
    """Rows with weights, and mixtures to begin at."""
    rng = np.random.default_rng(n + D + K)
    X, weights = clusters(rng, n, K, D) + 50.0, rng.integers(1, 4, n).astype(float)
    covariances = family.from_dense(np.tile(np.cov(X.T).reshape(D, D), (K, 1, 1)), np.ones(K))
    starts = [rng.choice(X, K, replace=False) for _ in range(S)]
    return Block(X, weights), [
        Mixture.of(rng.dirichlet(np.full(K, 9.0)), means, covariances) for means in starts
    ]


def table_of(mixtures, full, shared=True):
    """The mixtures as rows of a table, with one covariance each, or one for each component."""
    rows = []
    for mixture in mixtures:
        some = slice(0, 1 if shared else None)
        covariance, factor = mixture.covariances.in_frame()[some], mixture.covariances.factors[some]
        arrays = mixture.weights, mixture.means, covariance, factor, mixture.offsets, np.zeros(2)
        rows.append(np.concatenate([array.ravel() for array in arrays]))
    K, D = mixtures[0].means.shape
    return RunTable(np.array(rows), K, D, 1 if shared else K, full)


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


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize(("n", "D", "K"), [(37, 1, 2), (150, 3, 1), (203, 6, 5), (1100, 18, 9)])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_coarse_runs_differ_by_the_rounding_of_single_precision(on_each_set, family, n, D, K, offset):
    block, mixtures = problem(family, n, D, K)
    block = Block(block.X + offset, block.weights)
    mixtures = [Mixture.of(m.weights, m.means + offset, m.covariances) for m in mixtures]
    full, shared = family.frame.full, isinstance(family, Tied)
    rows = rows_of(block, full) if shared else PlainRows(block.X, block.weights, None)
    tables = []
    for coarse in (False, True):
        table = table_of(mixtures, full, shared)
        effort = RunEffort(ITERATIONS, coarse=coarse)
        done = kernels.em_runs(rows, table, Model(family).rule(D), effort)
        assert done.tolist() == [ITERATIONS] * len(mixtures)
        tables.append(table.numbers)
    exact, coarse = tables
    assert not np.array_equal(coarse, exact)
    assert_close(coarse[:, -2], exact[:, -2], 1e-6)
    assert_close(coarse[:, :K], exact[:, :K], 1e-4)
    assert_close(coarse[:, K : K + K * D] - offset, exact[:, K : K + K * D] - offset, 1e-4)
    assert_close(coarse[:, K + K * D : -2 - K], exact[:, K + K * D : -2 - K], 1e-3)


@pytest.mark.parametrize("family", OWN.values(), ids=OWN)
@given(
    seed=st.integers(0, 2**32 - 1),
    K=st.integers(1, 9),
    D=st.integers(1, 24),
    apart=st.floats(0, 4),
    offset=st.floats(0, 6),
)
def test_a_coarse_iteration_has_three_digits(on_each_set, family, seed, K, D, apart, offset):
    """Of components up to 10⁴ widths apart, far from zero, in columns of different units."""
    rng = np.random.default_rng(seed)
    units = 10 ** rng.uniform(-6, 6, 1 if isinstance(family, Spherical) else D) * np.ones(D)
    widths = rng.uniform(1, 5, (K, D)) * units
    means = (10**apart * rng.uniform(-0.5, 0.5, (K, D)) + 10**offset) * units
    X = np.concatenate([m + w * rng.standard_normal((150, D)) for m, w in zip(means, widths, strict=True)])
    weights = np.full(K, 1 / K)
    covariances = family.from_dense(np.stack([np.diag(w**2) for w in widths]), weights)
    mixture = Mixture.of(weights, means + 0.5 * widths * rng.standard_normal((K, D)), covariances)
    rows = PlainRows(X, rng.integers(1, 4, len(X)).astype(float), None)
    exact, coarse = (one_iteration(rows, mixture, family, coarse) for coarse in (False, True))
    width = np.sqrt(exact.variances)
    assert_close(coarse.objective, exact.objective, 0.0, 1e-3 * rows.weights.sum())
    assert_close(coarse.weights, exact.weights, 0.0, 1e-3)
    assert_close(coarse.means / width, exact.means / width, 0.0, 1e-3)
    assert_close(coarse.variances / exact.variances, np.ones((K, D)), 1e-3)


class After(NamedTuple):
    """A run after an iteration."""

    weights: Floats
    means: Floats
    variances: Floats
    objective: float


def one_iteration(rows, mixture, family, coarse):
    full = family.frame.full
    table = table_of([mixture], full, shared=False)
    done = kernels.em_runs(rows, table, Model(family).rule(rows.X.shape[1]), RunEffort(1, coarse=coarse))
    assert done.tolist() == [1]
    K, D = mixture.means.shape
    weights, means, rest = np.split(table.numbers[0], [K, K + K * D])
    frame = rest[: K * D * D].reshape(K, D, D) if full else rest[: K * D].reshape(K, D)
    variances = np.diagonal(frame, axis1=1, axis2=2) if full else frame
    return After(weights, means.reshape(K, D), variances, float(rest[-2]))


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_coarse_runs_of_values_beyond_the_range_of_single_precision(on_each_set, scale):
    for family in (*OWN.values(), Tied(Full())):
        block, mixtures = problem(family, 150, 3, 2)
        dense = [m.covariances.dense() * scale**2 for m in mixtures]
        scaled = [
            Mixture.of(m.weights, m.means * scale, family.from_dense(array, m.weights))
            for m, array in zip(mixtures, dense, strict=True)
        ]
        shared, full = isinstance(family, Tied), family.frame.full
        rows_at = Block(block.X * scale, block.weights)
        rows = rows_of(rows_at, True) if shared else PlainRows(rows_at.X, rows_at.weights, None)
        tables = []
        for coarse in (False, True):
            table = table_of(scaled, full, shared)
            kernels.em_runs(rows, table, Model(family).rule(3), RunEffort(ITERATIONS, coarse=coarse))
            tables.append(table.numbers)
        assert np.isfinite(tables[0][:, -2]).all()
        assert_close(tables[1][:, -2], tables[0][:, -2], 1e-5)


@pytest.mark.parametrize("family", [Full(), Diagonal()], ids=["full", "diagonal"])
@pytest.mark.parametrize("D", [1, 3, 6, 18])
def test_coarse_sums_differ_by_the_rounding_of_single_precision(native, on_each_set, family, D):
    block, (mixture, _) = problem(family, 700, D, 4)
    arguments = block.X, block.weights, *mixture.densities.arrays
    exact, coarse = kernels.em_sums(*arguments), kernels.coarse_sums(*arguments)
    assert not np.array_equal(coarse, exact)
    assert_close(coarse[:4], exact[:4], 1e-5)
    assert_close(coarse[4:], exact[4:], 1e-5)


def test_coarse_sums_are_in_double_precision_where_single_is_not_enough(native, on_each_set):
    """A component 1e5 of its standard deviations from the others."""
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.standard_normal((200, 2)), 1e5 + rng.standard_normal((100, 2))])
    means, factors = np.array([[0.0, 0.0], [1e5, 1e5]]), np.tile(np.eye(2), (2, 1, 1))
    arguments = X, np.ones(300), means, factors, np.log([2 / 3, 1 / 3])
    assert np.array_equal(kernels.coarse_sums(*arguments), kernels.em_sums(*arguments))
