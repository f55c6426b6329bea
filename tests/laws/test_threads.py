"""Neither the number of threads nor their timing changes a bit of a result."""

from __future__ import annotations

import pickle
import threading
import time
from functools import partial

import numpy as np
import pytest

from gaussmix import datasets
from gaussmix.em import e_step
from gaussmix.engines import SerialEngine, ThreadEngine, available_threads, tree_sum
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.gaussian_mixture import GaussianMixture
from gaussmix.estimators.options import plan_of
from gaussmix.one_blas_thread import one_blas_thread
from gaussmix.sources import ArraySource

from ..support import FAMILIES, NAMES, clusters, quiet, random_mixture

N = 140_000  # five blocks
FIELDS = ("counts", "first", "second", "log_likelihood", "map_entropy", "total_weight")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return clusters(rng, N, 3, 3), rng.integers(0, 3, N).astype(float)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_moments(rows, family, dtype):
    X, weights = rows
    source = ArraySource(X.astype(dtype), weights)
    assert len(source.parts()) >= 5
    mixture = random_mixture(np.random.default_rng(1), 3, 3, family)
    results = [ThreadEngine(n).sum(partial(e_step, mixture.densities), source) for n in (1, 2, 5)]
    for other in results[1:]:
        assert all(np.array_equal(getattr(other, f), getattr(results[0], f)) for f in FIELDS)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_whole_fits(rows, family):
    X, weights = rows
    source = ArraySource(X, weights)
    plan = plan_of(vars(GaussianMixture(3, covariance_type=family, tol=0, max_iter=5)), 3)
    results = []
    for n in (1, 2, 5):
        with ThreadEngine(n) as engine, quiet():
            results.append(fit_mixture(source, plan, np.random.default_rng(0), engine))
    first = results[0]
    for result, trace in results[1:]:
        assert result.mixture == first[0].mixture
        assert np.array_equal(trace.log_likelihood, first[1].log_likelihood)


@pytest.mark.parametrize("family", [FAMILIES[0], FAMILIES[4]], ids=[NAMES[0], NAMES[4]])
def test_searches_of_several_runs(family):
    source = ArraySource(np.random.default_rng(3).random((2500, 2)))
    plan = plan_of(vars(GaussianMixture(6, covariance_type=family, max_iter=50, n_init=3)), 2)
    traces = []
    for n in (1, 2, 5):
        with ThreadEngine(n) as engine, quiet():
            result, trace = fit_mixture(source, plan, np.random.default_rng(0), engine)
        told = [(event.words, event.predicted, event.gain, event.passes) for event in trace.search.events]
        traces.append((result.mixture, told))
    assert len(traces[0][1]) >= 3  # the beginnings of three runs at least
    assert traces[0] == traces[1] == traces[2]


class Sending(SerialEngine):
    """Sends each function through a pickle, as an engine of several processes does."""

    def sum(self, function, source):
        return super().sum(pickle.loads(pickle.dumps(function)), source)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("D", [2, 70])
def test_what_an_engine_sums_can_be_sent_to_another_process(family, D):
    source = ArraySource(np.random.default_rng(3).random((2000, D)), rows_per_block=600)
    plan = plan_of(vars(GaussianMixture(3, covariance_type=family, max_iter=4, search="off")), D)
    with quiet():
        results = [
            fit_mixture(source, plan, np.random.default_rng(0), engine())[0]
            for engine in (SerialEngine, Sending)
        ]
    assert results[0].mixture == results[1].mixture


def test_timing_does_not_matter():
    source = ArraySource(np.random.default_rng(0).standard_normal((N, 1)))
    late = {"calls": 0}

    def slow_first(block):
        late["calls"] += 1
        time.sleep(0.02 if late["calls"] % 2 else 0.0)
        return float(np.sum(block.X) * np.pi)

    plain = SerialEngine().sum(lambda block: float(np.sum(block.X) * np.pi), source)
    assert ThreadEngine(4).sum(slow_first, source) == plain


def test_blocks_run_in_several_threads():
    source = ArraySource(np.zeros((N, 1)))
    barrier = threading.Barrier(2, timeout=20)

    def meet(block):
        if len(names) < 2:
            names.add(threading.get_ident())
            barrier.wait()
        return 1

    names: set[int] = set()
    assert ThreadEngine(2).sum(meet, source) == len(source.parts())
    assert len(names) == 2


def test_an_error_in_a_block_comes_through_and_blas_is_as_before(rows):
    from threadpoolctl import threadpool_info

    before = [pool["num_threads"] for pool in threadpool_info()]
    with pytest.raises(ZeroDivisionError), ThreadEngine(2) as engine:
        engine.sum(lambda block: 1 // 0, ArraySource(rows[0]))
    assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_blas_is_held_from_the_first_sum_on(rows):
    from threadpoolctl import threadpool_limits

    def numbers():
        return [library.get_num_threads() for library in one_blas_thread._libraries]

    with threadpool_limits(2, user_api="blas"):
        before = numbers()
        with ThreadEngine(2) as engine:
            assert numbers() == before
            engine.sum(lambda block: block.total_weight, ArraySource(rows[0][:10]))
            assert numbers() == [1] * len(before)
        assert numbers() == before


@pytest.mark.parametrize("D", [50, 100])
def test_samples_do_not_depend_on_the_threads_of_blas(D):
    from threadpoolctl import threadpool_limits

    mixture, drawn = datasets.random_mixture(3, D, random_state=1), []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            drawn.append(mixture.sample(1_000, random_state=2)[0])
    assert np.array_equal(*drawn)


def test_the_tree_is_fixed_by_the_number_of_values():
    class Word(str):
        def __add__(self, other):
            return Word(f"({self}{other})")

    assert tree_sum([Word("a")]) == "a"
    assert tree_sum(map(Word, "abcde")) == "(((ab)(cd))e)"
    assert tree_sum(map(Word, "abcdefg")) == "(((ab)(cd))((ef)g))"
    with pytest.raises(ValueError, match="at least one"):
        tree_sum([])


def test_the_number_of_threads_is_a_number_of_processors():
    assert available_threads() >= 1
    assert ThreadEngine().n_threads == available_threads()
