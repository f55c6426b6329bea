"""The same answers from threads, forks, fresh processes and joblib's workers."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from gaussmix import GaussianMixture, Mixture, MixtureClassifier

from ..support import clusters, fit, quiet

# Large enough for several blocks, so that a fit starts threads.
X = clusters(np.random.default_rng(0), 40_000, 3, 4)
SMALL = X[:400]
Y = (SMALL[:, 0] > np.median(SMALL[:, 0])).astype(int)


def means_of(seed, rows=SMALL, n_components=2):
    """The means of a fit; what workers run."""
    return fit(rows, n_components, random_state=seed, search="off").means_


def labels_of(model, rows):
    return model.predict(rows)


def search_of(seed):
    with quiet():
        return GaussianMixture(3, random_state=seed).fit(SMALL).means_


def test_fits_in_threads():
    alone = [means_of(seed, X, 3) for seed in range(3)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: means_of(seed, X, 3), range(3)))
    np.testing.assert_array_equal(together, alone)


def test_searches_in_threads():
    alone = [search_of(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        np.testing.assert_array_equal(list(pool.map(search_of, range(3))), alone)


def test_one_model_in_many_threads():
    model = fit(X, 3)
    expected = model.predict_proba(X)
    with ThreadPoolExecutor(8) as pool:
        for shares in pool.map(lambda _: model.predict_proba(X), range(8)):
            np.testing.assert_array_equal(shares, expected)


def test_a_model_that_is_refitted_while_others_use_it():
    model = fit(SMALL, 2)
    other = SMALL[:, ::-1] + 100.0
    allowed = [fit(rows, 2).predict_proba(SMALL) for rows in (SMALL, other)]

    def refit(rows):
        with quiet():
            model.fit(rows)

    with ThreadPoolExecutor(4) as pool:
        fits = [pool.submit(refit, rows) for rows in (other, SMALL) * 5]
        for shares in pool.map(lambda _: model.predict_proba(SMALL), range(50)):
            assert any(np.array_equal(shares, whole) for whole in allowed)
        assert all(done.result() is None for done in fits)


METHODS = [
    method for method in ("fork", "forkserver", "spawn") if method in multiprocessing.get_all_start_methods()
]


@pytest.mark.parametrize("method", METHODS)
def test_processes(method):
    if method != "fork" and sys.modules["__main__"].__spec__ is None:
        pytest.skip("the main module cannot be imported anew")
    expected = means_of(0, X, 3)  # starts threads in this process first
    model = fit(SMALL, 2)
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
            np.testing.assert_array_equal(pool.submit(means_of, 0, X, 3).result(timeout=50), expected)
            np.testing.assert_array_equal(
                pool.submit(labels_of, model, X).result(timeout=50), model.predict(X)
            )


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_joblib(backend):
    alone = [means_of(seed) for seed in range(3)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        together = joblib.Parallel(n_jobs=2, backend=backend)(
            joblib.delayed(means_of)(seed) for seed in range(3)
        )
    np.testing.assert_array_equal(together, alone)


def test_searches_of_options_in_workers():
    options = {"n_components": [1, 2], "covariance_type": ["full", "tied"]}
    with quiet():
        alone, together = (
            GridSearchCV(GaussianMixture(random_state=0, search="off"), options, cv=2, n_jobs=n).fit(SMALL)
            for n in (1, 2)
        )
    np.testing.assert_array_equal(
        alone.cv_results_["mean_test_score"], together.cv_results_["mean_test_score"]
    )


THINGS = {
    "mixture": lambda: fit(SMALL, 2).mixture_,
    "singular mixture": lambda: Mixture([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [1.0, 1.0]]], allow_singular=True),
    "estimator": lambda: fit(SMALL, 2),
    "estimator with a search": lambda: fit(SMALL, 3, search="auto"),
    "estimator that goes on": lambda: fit(SMALL, 2, warm_start=True),
    "classifier": lambda: MixtureClassifier(1).fit(SMALL, Y),
}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", THINGS)
def test_pickles(kind, protocol):
    thing = THINGS[kind]()
    again = pickle.loads(pickle.dumps(thing, protocol=protocol))
    rows = np.zeros((1, 2)) if kind == "singular mixture" else SMALL
    np.testing.assert_array_equal(again.predict(rows), thing.predict(rows))
    if hasattr(thing, "get_params"):
        assert str(clone(again)) == str(clone(thing))
