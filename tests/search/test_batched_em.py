"""Runs of EM side by side: each of them is what it would be alone, whatever makes the iterations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gaussmix import Mixture, kernels
from gaussmix.em import e_step, m_step
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.kernels import MixtureArrays, PlainRows, RunEffort
from gaussmix.search import batched_em as module
from gaussmix.search import run_steps
from gaussmix.search.batched_em import Runs, run_rows
from gaussmix.search.convergence import converged
from gaussmix.search.local_em import LocalEM
from gaussmix.search.population.first_mixtures import first_mixtures
from gaussmix.starts.beside_uniform import beside
from gaussmix.uniform import Uniform

from ..support import NAMES, assert_close, clusters, random_dense
from .tables import FAMILY, SHARED, four_clusters, table_of

all_names = pytest.mark.parametrize("name", NAMES)
MANY = module.LINEAR_COLUMNS
COLUMNS = {"few columns": 3, "many columns": MANY}
all_columns = pytest.mark.parametrize("D", COLUMNS.values(), ids=COLUMNS)
STEPS = 6
ARRAYS = ("weights", "means", "covariances", "factors", "offsets")
COARSE, COARSE_OBJECTIVE = (5e-3, 2e-5) if kernels.em_runs is not None else (1e-9, 1e-9)
"""Relative differences of compiled runs, which are in single precision, from runs in double precision."""


def problem(name, D=3, n=160, K=3, S=4, weighted=True, engine=None):
    """A table with weights, and mixtures to begin at."""
    rng = np.random.default_rng(D)
    weights = rng.integers(1, 3, n).astype(float) if weighted else None
    data = table_of(clusters(rng, n, K, D), FAMILY[name], weights, K, engine)
    mixtures = []
    for _ in range(S):
        dense, p = 20.0 * random_dense(rng, K, D), rng.dirichlet(np.full(K, 9.0))
        means = rng.choice(data.X, K, replace=False)
        mixtures.append(Mixture.of(p, means, FAMILY[name].from_dense(dense, p)))
    return data, mixtures


def runs_of(data, mixtures):
    """Mixtures as runs that have made no iteration."""
    full = data.model.full
    covariances = [m.covariances.dense() if full else m.covariances.variances() for m in mixtures]
    factors = [m.covariances.factors for m in mixtures]
    if module.linear(data):
        covariances, factors = [c[:1] for c in covariances], [f[:1] for f in factors]
    S = len(mixtures)
    weights, means, offsets = (
        np.array([getattr(m, name) for m in mixtures]) for name in ("weights", "means", "offsets")
    )
    arrays = np.array(covariances), np.array(factors), offsets
    return Runs(weights, means, *arrays, np.full(S, -np.inf), np.arange(S))


def in_double(data, mixtures, effort):
    """Compiled runs in double precision, each component with a covariance of its own, and their iterations."""
    runs = runs_of(data, mixtures)
    done = kernels.em_runs(data.plain_rows, runs.table, data.rule, effort)
    return runs, done


def assert_same_runs(a, b, data, rtol=1e-9, rtol_objective=None):
    assert_close(a.objectives, b.objectives, rtol_objective or rtol)
    assert np.array_equal(a.ages, b.ages)
    for s in range(len(a)):
        one, other = a.mixture(data, s), b.mixture(data, s)
        assert_close(one.weights, other.weights, rtol)
        assert_close(one.means, other.means, rtol)
        assert_close(one.covariances.dense(), other.covariances.dense(), rtol)


@all_columns
@all_names
def test_each_run_is_what_it_would_be_alone(name, D):
    data, mixtures = problem(name, D)
    after = runs_of(data, mixtures).after(data, STEPS)
    for s, mixture in enumerate(mixtures):
        alone, objective = LocalEM(data).run(mixture, STEPS)
        assert after.objectives[s] == pytest.approx(objective, rel=COARSE_OBJECTIVE)
        mine = after.mixture(data, s)
        assert mine.family == alone.family
        assert_close(mine.weights, alone.weights, COARSE)
        assert_close(mine.means, alone.means, COARSE)
        assert_close(mine.covariances.dense(), alone.covariances.dense(), COARSE)
        assert after.weights[s].sum() == pytest.approx(1.0)


@all_columns
@all_names
def test_numpy_makes_the_same_of_them(name, D, monkeypatch):
    data, mixtures = problem(name, D)
    compiled = runs_of(data, mixtures).after(data, STEPS)
    monkeypatch.setattr(kernels, "em_runs", None)
    in_numpy = runs_of(data, mixtures).after(data, STEPS)
    assert_same_runs(in_numpy, compiled, data, max(COARSE, 1e-8), max(COARSE_OBJECTIVE, 1e-8))


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "numpy"])
@all_names
def test_a_run_beside_a_uniform_component_is_plain_em(name, compiled, monkeypatch):
    data, mixtures = problem(name)
    data = replace(data, model=replace(data.model, uniform=Uniform.around(data.X, 0.2)))
    starts = [beside(mixture, data.model.uniform) for mixture in mixtures]
    if not compiled:
        monkeypatch.setattr(kernels, "em_runs", None)
    after = runs_of(data, starts).after(data, STEPS)
    model = data.model
    for s, mixture in enumerate(starts):
        for _ in range(STEPS):
            moments = e_step(mixture.densities, data.block)
            mixture = m_step(moments, model, mixture)
        assert after.objectives[s] == pytest.approx(moments.log_likelihood, rel=COARSE_OBJECTIVE)
        mine = after.mixture(data, s)
        assert mine.uniform.weight == pytest.approx(mixture.uniform.weight, rel=COARSE, abs=COARSE)
        assert mine.uniform.log_volume == model.uniform.log_volume
        assert_close(mine.means, mixture.means, COARSE)
        assert_close(mine.covariances.dense(), mixture.covariances.dense(), COARSE)


@pytest.mark.parametrize("name", SHARED)
def test_linear_steps_equal_the_exact_ones(name, monkeypatch):
    data, mixtures = problem(name, MANY)
    assert module.linear(data)
    by_products = runs_of(data, mixtures).after(data, STEPS)
    monkeypatch.setattr(module, "linear", lambda data: False)
    assert not module.linear(data)
    exact = runs_of(data, mixtures).after(data, STEPS)
    assert_same_runs(by_products, exact, data, COARSE, COARSE_OBJECTIVE)


@pytest.mark.skipif(kernels.em_runs is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize("name", SHARED)
@pytest.mark.parametrize("ratio", [1e2, 1e4])
def test_rows_that_vary_much_more_than_a_component_lose_no_digits(name, ratio):
    rng = np.random.default_rng(0)
    places = ratio * rng.standard_normal((3, 4))
    X = places[rng.integers(3, size=300)] + rng.standard_normal((300, 4))
    data = table_of(X, FAMILY[name], K=3)
    start = Mixture.of(
        np.full(3, 1 / 3), places, FAMILY[name].from_dense(np.tile(np.eye(4), (3, 1, 1)), np.ones(3))
    )
    after = runs_of(data, [start]).after(data, STEPS)
    expected, objective = LocalEM(data).run(start, STEPS)
    assert after.objectives[0] == pytest.approx(objective, rel=1e-9)
    assert_close(after.mixture(data, 0).covariances.dense(), expected.covariances.dense(), 1e-6)


def test_linear_steps_of_some_runs_at_a_time(monkeypatch):
    monkeypatch.setattr(kernels, "em_runs", None)
    data, mixtures = problem("tied", MANY)
    at_once = runs_of(data, mixtures).after(data, STEPS)
    monkeypatch.setattr(run_steps, "SIDE_BY_SIDE", 1)
    assert_same_runs(runs_of(data, mixtures).after(data, STEPS), at_once, data, 1e-12)


def test_linear_steps_far_from_zero():
    data, mixtures = problem("tied", MANY, weighted=False)
    far = table_of(data.X + 1e6, data.model.family, K=3)
    moved = [Mixture.of(m.weights, m.means + 1e6, m.covariances) for m in mixtures]
    near, there = (runs_of(t, m).after(t, STEPS) for t, m in ((data, mixtures), (far, moved)))
    assert_close(there.objectives, near.objectives, 1e-6)


@all_names
def test_the_objective_rises_by_each_iteration(name):
    data, mixtures = problem(name, 3)
    runs, before = runs_of(data, mixtures), np.full(len(mixtures), -np.inf)
    for _ in range(10):
        runs = runs.after(data, 1)
        assert (runs.objectives >= before - COARSE_OBJECTIVE * np.abs(runs.objectives)).all()
        before = runs.objectives


@all_names
def test_the_objective_is_that_before_the_last_step(name):
    data, mixtures = problem(name, 7)
    after = runs_of(data, mixtures).after(data, 1)
    expected = [LocalEM(data).expectation(mixture).objective for mixture in mixtures]
    assert_close(after.objectives, expected, COARSE_OBJECTIVE)


@pytest.mark.skipif(kernels.em_steps is None, reason="the compiled kernel is not in use")
@all_names
def test_the_kernel_of_many_runs_is_that_of_one(name, monkeypatch):
    monkeypatch.setattr(module, "linear", lambda data: False)
    data, mixtures = problem(name, 3)
    runs = runs_of(data, mixtures)
    side_by_side, _ = in_double(data, mixtures, RunEffort(STEPS))
    for s in range(len(runs)):
        arrays = [np.ascontiguousarray(getattr(runs, field)[s]) for field in ARRAYS]
        rows = PlainRows(data.X, data.weights, None)
        done, objective, _ = kernels.em_steps(rows, MixtureArrays(*arrays), data.rule, STEPS)
        assert done == STEPS
        assert side_by_side.objectives[s] == objective
        for array, field in zip(arrays, ARRAYS, strict=True):
            assert np.array_equal(getattr(side_by_side, field)[s], array)


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "numpy"])
@all_columns
@all_names
def test_a_run_that_fails_leaves_the_others_alone(name, D, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(kernels, "em_runs", None)
    data, mixtures = problem(name, D)
    good = runs_of(data, mixtures).after(data, STEPS)
    means = mixtures[1].means.copy()
    means[2] = 1e9
    lost = Mixture.of(mixtures[1].weights, means, mixtures[1].covariances)
    bad = runs_of(data, [mixtures[0], lost, *mixtures[2:]]).after(data, STEPS)
    assert bad.objectives[1] == -np.inf
    assert_same_runs(bad.take(np.array([0, 2, 3])), good.take(np.array([0, 2, 3])), data, 1e-12)
    assert bad.best(data, 4).ages.tolist() == good.take(np.array([0, 2, 3])).best(data, 4).ages.tolist()


@all_columns
@all_names
def test_threads_change_no_bit(name, D, monkeypatch):
    monkeypatch.setattr(module, "THREADED", 0)
    results = []
    with ThreadEngine(3) as many:
        for engine in (SerialEngine(), many):
            data, mixtures = problem(name, D, S=7, engine=engine)
            results.append(runs_of(data, mixtures).after(data, STEPS))
    for array in ("weights", "means", "factors", "objectives", "ages"):
        assert np.array_equal(getattr(results[0], array), getattr(results[1], array))


@all_names
def test_what_begins_is_not_written_to(name):
    data, mixtures = problem(name, 7)
    runs = runs_of(data, mixtures)
    before = [array.copy() for array in (runs.weights, runs.means, runs.factors, runs.offsets)]
    runs.after(data, 3)
    for array, kept in zip((runs.weights, runs.means, runs.factors, runs.offsets), before, strict=True):
        assert np.array_equal(array, kept)


def test_the_best_differ_and_have_rows_enough():
    data, mixtures = problem("full", 3, S=6)
    runs = runs_of(data, mixtures)
    few = data.least_rows / 2 / data.total_weight
    runs.weights[4] = [few, 0.5, 0.5 - few]
    alike = 0.5 * data.distinct.alike
    runs.objectives[:] = [-30.0, -20.0, -20.0 - alike, -np.inf, -10.0, -20.0 - 3 * alike]
    assert runs.best(data, 6).ages.tolist() == [1, 5, 0, 4]
    assert runs.best(data, 1).ages.tolist() == [1]
    assert len(runs.take(np.array([3])).best(data, 5)) == 0


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "numpy"])
@pytest.mark.parametrize("name", ["full", "diag", "spherical"])
@pytest.mark.parametrize(
    ("D", "weight", "tied", "least", "least_of_few"),
    [
        (5, 0.5, False, 5e-9, None),
        (20, 0.5, False, 5e-9, None),
        (5, 0.5, True, 1e-6, None),
        (20, 0.5, True, 2.5e-7, None),
        (5, 0.01, False, 5e-9, 1e-5),
        (20, 0.02, True, 2.5e-7, 2.5e-6),
    ],
)
def test_the_narrowest_direction_of_a_component_decides(
    D, weight, tied, least, least_of_few, name, compiled, monkeypatch
):
    """Not the sum over directions: with many columns each may be wide enough.

    A component of many rows may be far narrower than all rows where few values are equal, one of few rows may not. For
    a full covariance, 20 rows in 5 columns are few, and 40 in 20.
    """
    least = least_of_few if least_of_few and name == "full" else least
    if not compiled:
        monkeypatch.setattr(kernels, "best_runs", None)
    X = np.random.default_rng(0).normal(size=(2000, D))
    data = table_of(np.round(X, 1) if tied else X, FAMILY[name], K=2)
    covariance, mean = np.cov(data.X.T, bias=True), data.X.mean(axis=0)
    for share, sound in ((1.1 * least, True), (0.8 * least, False)):
        both = np.stack([share * covariance, covariance])
        covariances = data.model.family.nearest(
            both if name == "full" else both.diagonal(axis1=1, axis2=2), np.ones(2)
        )
        weights = np.array([weight, 1.0 - weight])
        narrow = Mixture.of(weights, np.stack([mean, mean]), covariances)
        wide = Mixture.of(weights, np.stack([mean, mean]), covariances.take([1, 1]))
        runs = runs_of(data, [narrow, wide])
        runs.objectives[:] = [-10.0, -20.0]
        assert runs.best(data, 2).ages.tolist() == ([0, 1] if sound else [1, 0])
        assert (data.flaws(runs.weights, runs.factors) == 0).tolist() == [sound, True]


@pytest.mark.skipif(kernels.best_runs is None, reason="the compiled kernel is not in use")
@pytest.mark.parametrize("D", [1, 3, 8])
@all_names
def test_numpy_and_the_kernel_choose_the_same_runs(name, D, monkeypatch):
    """Also of small and of narrow components, of equals, and of runs that failed."""
    data, mixtures = problem(name, D, S=12)
    runs, rng = runs_of(data, mixtures), np.random.default_rng(D)
    runs.objectives[:] = 0.3 * data.distinct.alike * rng.integers(12, size=12) - 50.0
    runs.objectives[[3, 7]] = -np.inf
    runs.weights[2, 0] = 0.5 * data.least_rows / data.total_weight
    runs.factors[5, 0] *= 1e4
    for most, least in ((12, -np.inf), (3, -np.inf), (12, -49.9), (2, 0.0)):
        compiled = runs.best(data, most, least).ages
        with monkeypatch.context() as patched:
            patched.setattr(kernels, "best_runs", None)
            assert runs.best(data, most, least).ages.tolist() == compiled.tolist()
        assert len(compiled) <= most


@pytest.mark.skipif(kernels.em_runs is None, reason="the compiled kernel is not in use")
@all_names
def test_runs_end_where_they_gain_little(name, monkeypatch):
    monkeypatch.setattr(module, "linear", lambda data: False)
    data, mixtures = problem(name, 3)
    least = 0.1
    runs, done = in_double(data, mixtures, RunEffort(200, 4, least))
    assert not (done % 4).any()
    assert done.min() < 200
    for s, iterations in enumerate(done):
        ends = range(4, int(iterations) + 1, 4)
        values = [in_double(data, mixtures, RunEffort(end))[0].objectives[s] for end in ends]
        assert runs.objectives[s] == pytest.approx(values[-1], rel=1e-12)
        gains = np.diff(values)
        assert (gains[:-1] >= least).all()
        assert gains[-1] < least or iterations == 200


@pytest.mark.skipif(kernels.em_runs is None, reason="the compiled kernel is not in use")
@all_names
def test_runs_of_no_iterations_are_mixtures_with_their_log_likelihoods(name):
    data, mixtures = problem(name, 7)
    runs = runs_of(data, mixtures)
    before = runs.numbers.copy()
    done = kernels.em_runs(run_rows(data), runs.table, data.rule, RunEffort(0))
    assert not done.any()
    assert_close(runs.objectives, [LocalEM(data).objective(mixture) for mixture in mixtures])
    assert np.array_equal(runs.numbers[:, :-2], before[:, :-2])


@all_columns
@all_names
def test_converged_runs_are_those_of_plain_em(name, D):
    data, mixtures = problem(name, D)
    local_em, alone = LocalEM(data), LocalEM(data)
    for mixture, (end, objective) in zip(
        mixtures, converged(local_em, runs_of(data, mixtures), 60, 0.01), strict=True
    ):
        expected = alone.converge(mixture, 60, 0.01)
        assert end.family == expected.family
        assert_close(end.means, expected.means, 1e-7)
        assert_close(end.covariances.dense(), expected.covariances.dense(), 1e-7)
        assert objective == pytest.approx(alone.objective(expected), rel=1e-9)
    assert local_em.passes == alone.passes


def test_a_run_that_the_kernel_leaves_converges_by_plain_em():
    """A component that loses its rows: of full covariances the kernel leaves it to the general step."""
    data, mixtures = problem("full", 3)
    means = mixtures[1].means.copy()
    means[2] = 1e9
    lost = Mixture.of(mixtures[1].weights, means, mixtures[1].covariances)
    (end, objective), (other, _) = converged(LocalEM(data), runs_of(data, [lost, mixtures[0]]), 60, 0.01)
    expected = LocalEM(data).converge(lost, 60, 0.01)
    assert_close(end.means, expected.means, 1e-7)
    assert objective == pytest.approx(LocalEM(data).objective(expected), rel=1e-9)
    assert_close(other.means, LocalEM(data).converge(mixtures[0], 60, 0.01).means, 1e-7)


def test_joined_runs_come_one_after_the_other():
    data, mixtures = problem("diag", 3)
    runs = runs_of(data, mixtures)
    assert Runs.joined([runs, runs]).ages.tolist() == [0, 1, 2, 3] * 2


@all_names
def test_first_mixtures_lean_on_the_pooled_covariance(name):
    X, labels = four_clusters(400)
    data, one_hot = table_of(X, FAMILY[name], K=4), np.eye(4)[labels]
    counts, means = one_hot.sum(axis=0), (one_hot.T @ X) / one_hot.sum(axis=0)[:, None]
    shifts = X - means[labels]
    dense = np.einsum("nk,ni,nj->kij", one_hot, shifts, shifts)
    scatter = dense if data.model.full else np.einsum("kii->ki", dense)
    runs = first_mixtures(data, counts[None], means[None], scatter[None])
    S, rows = dense + 3.0 * dense.sum(axis=0) / 400, counts + 3.0
    expected = FAMILY[name].from_dense(S / rows[:, None, None], rows / rows.sum())
    mixture = Mixture.of(counts / 400, means, expected)
    assert_close(runs.weights[0], mixture.weights)
    assert_close(runs.offsets[0], mixture.offsets)
    objective = LocalEM(data).expectation(mixture).objective
    assert_close(runs.after(data, 1).objectives[0], objective, COARSE_OBJECTIVE)


@pytest.mark.parametrize("compiled", [True, False])
def test_runs_with_fewer_degenerate_components_come_first(compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(kernels, "best_runs", None)
    data = table_of(np.random.default_rng(0).normal(size=(500, 2)), FAMILY["full"], K=3)
    few, least = 1e-4, np.cov(data.X.T, bias=True) * 1e-9
    wide = np.cov(data.X.T, bias=True)
    cases = [
        ([few, few, 1.0 - 2 * few], [wide, wide, wide]),
        ([few, 0.5, 0.5 - few], [wide, least, wide]),
        ([0.4, 0.3, 0.3], [wide, least, wide]),
        ([few, 0.5, 0.5 - few], [least, wide, wide]),
        ([0.4, 0.3, 0.3], [wide, wide, wide]),
    ]
    means, family = np.zeros((3, 2)), FAMILY["full"]
    mixtures = [
        Mixture.of(np.array(w), means.copy(), family.from_dense(np.array(c), np.array(w))) for w, c in cases
    ]
    runs = runs_of(data, mixtures)
    runs.objectives[:] = [-10.0, -20.0, -30.0, -40.0, -50.0]
    assert data.flaws(runs.weights, runs.factors).tolist() == [2, 2, 1, 1, 0]
    assert runs.best(data, 5).ages.tolist() == [4, 2, 3, 0, 1]
    assert runs.best(data, 2).ages.tolist() == [4, 2]
