"""A user's own engine gives the bits of threads, in fits, searches, scores and classifiers."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import threading
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone

from gaussmix import GaussianMixture, MixtureClassifier
from gaussmix.engines import SerialEngine, ThreadEngine, tree_sum
from gaussmix.one_blas_thread import one_blas_thread
from gaussmix.sources import ArraySource
from gaussmix.testing import check_engine

from ..support import FAMILIES, NAMES, clusters, quiet

D = 16  # blocks of 15,000 rows
X = clusters(np.random.default_rng(0), 45_000, 3, D)
WEIGHTS = np.random.default_rng(1).integers(0, 3, len(X)).astype(float)
LABELS = np.random.default_rng(2).integers(0, 3, len(X))


def sent(thing):
    return pickle.loads(pickle.dumps(thing))


class Posting:
    """Sends the function, every block and every value through a pickle, and counts the blocks; it has no ``map``."""

    def __init__(self):
        self.n_blocks = 0

    def sum(self, function, source):
        self.n_blocks += len(source.parts())
        return tree_sum(sent(sent(function)(sent(part.read()))) for part in source.parts())


def total_weight(block):
    return block.total_weight


def value_of(function, block):
    return function(block)


class Processes:
    """Two processes that are sent the blocks."""

    def __init__(self, pool):
        self.pool = pool

    def sum(self, function, source):
        blocks = [part.read() for part in source.parts()]
        return tree_sum(self.pool.map(partial(value_of, function), blocks))


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, multiprocessing.get_context("forkserver")) as pool:
        yield Processes(pool)


def check_same(one, other):
    assert one.mixture_ == other.mixture_
    assert one.lower_bounds_ == other.lower_bounds_


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_fits_of_each_family(family):
    engine = Posting()
    options = {"covariance_type": family, "max_iter": 4, "random_state": 0}
    with quiet():
        fits = [GaussianMixture(3, engine=e, **options).fit(X, None, WEIGHTS) for e in (None, engine)]
    check_same(*fits)
    assert engine.n_blocks >= 3 * fits[0].n_iter_


@pytest.mark.parametrize(
    "options",
    [
        {"search": "off", "n_init": 2, "init_params": "random"},
        {"search": "off", "tol": 1e-3, "reg_covar": 1e-6},
        {"search": "off", "acceleration": "off"},
        {"init_params": LABELS},
        {"init_params": np.eye(3)[LABELS]},
        {"means_init": X[:3]},
        {"warm_start": True},
    ],
    ids=lambda options: " ".join(options),
)
def test_fits_with_each_kind_of_start(options):
    engine = Posting()
    models = [GaussianMixture(3, engine=e, max_iter=3, random_state=0, **options) for e in (None, engine)]
    with quiet():
        for model in models:
            model.fit(X)
            if model.warm_start:
                model.fit(X)
    check_same(*models)
    assert engine.n_blocks > 0


def test_a_search():
    engine = Posting()
    rows = X[:33_000, :3]
    options = {"covariance_type": "diag", "max_iter": 20, "random_state": 0}
    with quiet():
        fits = [GaussianMixture(4, engine=e, **options).fit(rows) for e in (None, engine, ThreadEngine(1))]
    events = [[(e.words, e.predicted, e.gain, e.passes) for e in fit.trace_.search.events] for fit in fits]
    for other, told in zip(fits[1:], events[1:], strict=True):
        check_same(fits[0], other)
        assert told == events[0]
    assert events[0]
    assert engine.n_blocks > 0


@pytest.mark.parametrize("rows", [X * 1e140, X * 1e-140, X.astype(np.float32), np.asfortranarray(X)])
def test_rows_of_each_kind(rows):
    with quiet():
        check_same(
            *(GaussianMixture(2, engine=e, max_iter=10, random_state=0).fit(rows) for e in (None, Posting()))
        )


def test_scores():
    engine = Posting()
    with quiet():
        model = GaussianMixture(3, search="off", max_iter=2, random_state=0).fit(X)
    other = copy.copy(model).set_params(engine=engine)
    for score in ("score", "aic", "bic", "icl"):
        for weights in ({}, {"sample_weight": WEIGHTS}):
            assert getattr(other, score)(X, **weights) == getattr(model, score)(X, **weights)
    assert engine.n_blocks == 8 * len(ArraySource(X).parts())


def test_a_classifier():
    engine = Posting()
    options = {"search": "off", "max_iter": 3, "random_state": 0}
    with quiet():
        fits = [MixtureClassifier(2, engine=e, **options).fit(X, LABELS > 1, WEIGHTS) for e in (None, engine)]
    assert fits[0].mixtures_ == fits[1].mixtures_
    assert engine.n_blocks > 0


def test_processes(processes):
    with quiet():
        fits = [
            GaussianMixture(3, search="off", max_iter=3, random_state=0, engine=e).fit(X)
            for e in (None, processes)
        ]
    check_same(*fits)
    assert fits[0].score(X) == fits[1].score(X)


def test_own_engines_conform(processes):
    check_engine(Posting())
    check_engine(processes)


def test_an_error_of_an_engine_is_raised():
    class Broken:
        def sum(self, function, source):
            raise ConnectionError("the cluster is gone")

    with pytest.raises(ConnectionError, match="gone"):
        GaussianMixture(2, engine=Broken()).fit(X)


@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(), ThreadEngine(3)], ids=repr)
def test_copies_and_clones(engine):
    with ThreadEngine(2) as opened:
        for each in (engine, opened):
            assert each.sum(total_weight, ArraySource(X)) == len(X)
            for other in (copy.deepcopy(each), sent(each), clone(GaussianMixture(engine=each)).engine):
                assert type(other) is type(each)
                assert repr(other) == repr(each)
    assert repr(engine) in repr(GaussianMixture(engine=engine))


def test_an_engine_is_opened_as_often_as_one_likes():
    held = one_blas_thread._holds
    engine = ThreadEngine(2)
    source = ArraySource(X)

    def names():
        found = set()

        def name(block):
            found.add(threading.current_thread().name)
            return 1

        assert engine.sum(name, source) == len(source.parts())
        return found

    with engine:
        with engine:
            names()
        assert engine._pool is not None
        with quiet():
            GaussianMixture(2, engine=engine, search="off", max_iter=2).fit(X)
        assert engine._pool is not None
    assert engine._pool is None
    assert one_blas_thread._holds == held


def test_fits_in_threads_share_an_engine():
    engine = ThreadEngine(2)
    models = [GaussianMixture(2, engine=engine, search="off", max_iter=3, random_state=i) for i in range(4)]
    # Some builds of OpenBLAS ignore a number of threads that is not set by the main thread.
    with quiet(), one_blas_thread:
        alone = [clone(model).set_params(engine=None).fit(X).mixture_ for model in models]
        threads = [threading.Thread(target=model.fit, args=(X,)) for model in models]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [model.mixture_ for model in models] == alone
    assert engine._pool is None
