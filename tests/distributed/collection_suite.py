"""What a fit to a collection has to do, as a class of tests: a file for each engine makes its collections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gaussmix import GaussianMixture
from gaussmix.engines import ThreadEngine
from gaussmix.errors import InputError, InputTypeError
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.options import plan_of
from gaussmix.sources import open_source
from gaussmix.testing import check_source

from ..support import clusters, quiet

K, D = 3, 4
RNG = np.random.default_rng(5)
X = clusters(RNG, 6_000, K, D)
NAMES = list("abcd")
FRAME = pd.DataFrame(X, columns=NAMES)
WEIGHTS = RNG.integers(0, 3, len(X)).astype(float)
EM = {"search": "off", "tol": 0, "max_iter": 6, "means_init": X[:K], "random_state": 0}


def as_rows(source):
    return np.concatenate([part.read().X for part in source.parts()])


def sorted_rows(rows):
    return rows[np.lexsort(rows.T)]


def fitted(x, **options):
    with quiet():
        return GaussianMixture(K, **{**EM, **options}).fit(x)


def same(one, other):
    assert np.allclose(one.means_, other.means_, rtol=1e-10, atol=1e-12)
    assert np.allclose(one.covariances_, other.covariances_, rtol=1e-10, atol=1e-12)
    assert np.allclose(one.weights_, other.weights_, rtol=1e-10)


class CollectionSuite:
    """Tests of the fixtures ``collection``, which makes one from a data frame, and ``frame_of``, which collects one."""

    def test_a_source(self, collection):
        source = open_source(collection(FRAME))
        rows = as_rows(source)
        assert np.array_equal(sorted_rows(rows), sorted_rows(X))
        check_source(source, rows)
        assert source.n_rows == len(X)
        assert source.names == tuple(NAMES)
        assert len(source.parts()) > 2

    def test_a_fit_has_the_bits_of_threads_on_the_same_parts(self, collection):
        source = open_source(collection(FRAME))
        plan = plan_of(vars(GaussianMixture(K, **EM)), D)
        with quiet():
            fits = [
                fit_mixture(source, plan, np.random.default_rng(0), e)[0]
                for e in (source.engine, ThreadEngine(2))
            ]
        assert fits[0].mixture == fits[1].mixture
        model = fitted(collection(FRAME))
        assert model.mixture_ == fits[0].mixture.named(tuple(NAMES))

    def test_a_fit_and_scores_are_those_of_the_array(self, collection):
        frame = collection(FRAME)
        model, expected = fitted(frame), fitted(FRAME)
        same(model, expected)
        assert list(model.feature_names_in_) == NAMES
        assert model.score(frame) == pytest.approx(expected.score(FRAME), rel=1e-12)
        assert model.bic(frame) == pytest.approx(expected.bic(FRAME), rel=1e-12)

    def test_a_search_from_the_collection(self, collection):
        with quiet():
            model = GaussianMixture(K, random_state=0).fit(collection(FRAME))
        assert model.score(FRAME) >= GaussianMixture(K, random_state=0).fit(FRAME).score(FRAME) - 1e-6

    def test_columns_weights_and_missing_values(self, collection):
        holes = FRAME.mask(np.random.default_rng(1).random(X.shape) < 0.05).assign(n=WEIGHTS, text="t")
        source = open_source(collection(holes), NAMES[:3], weights="n")
        assert not source.plain
        assert source.names == tuple(NAMES[:3])
        with quiet():
            expected = GaussianMixture(K, **{**EM, "means_init": X[:K, :3]}).fit(
                holes[NAMES[:3]], sample_weight=WEIGHTS
            )
        same(fitted(source, means_init=X[:K, :3]), expected)

    def test_predictions_are_lazy_and_of_the_same_kind(self, collection, frame_of):
        frame, model = collection(FRAME.assign(text="t")), fitted(FRAME)
        for method, name in (("predict", "prediction"), ("score_samples", "log_density")):
            found = getattr(model, method)(frame)
            assert type(found).__module__.split(".")[0] == type(frame).__module__.split(".")[0]
            values, rows = frame_of(found, frame, name)
            assert np.allclose(values, getattr(model, method)(rows[NAMES]), rtol=1e-12)
        values, rows = frame_of(model.predict_proba(frame), frame, "probability")
        assert np.allclose(np.stack(values), model.predict_proba(rows[NAMES]), atol=1e-12)

    def test_bad_rows(self, collection):
        frame = FRAME.copy()
        frame.loc[4321, "c"] = np.inf
        with pytest.raises(InputError, match=r"(chunk|block|partition).*column 'c': the value is inf"):
            fitted(collection(frame))
        source = open_source(collection(frame), on_bad_rows="skip")
        assert source.n_rows == len(X) - 1
        assert source.skipped == {"a bad value in column 'c'": 1}
        same(fitted(source), fitted(FRAME.drop(index=4321)))

    def test_columns_that_are_not_there(self, collection):
        with pytest.raises(InputError, match="has no column 'z'"):
            open_source(collection(FRAME), ["a", "z"])
        with pytest.raises(InputError, match="holds .*columns of numbers"):
            open_source(collection(FRAME.assign(text="t")), ["a", "text"])
        with pytest.raises(InputError, match="no column 'd'"):
            fitted(FRAME).predict(collection(FRAME[NAMES[:3]]))
        with pytest.raises((InputError, InputTypeError), match="sample_weight is given beside a source"):
            GaussianMixture(K).fit(collection(FRAME), sample_weight=WEIGHTS)

    @pytest.mark.slow
    @pytest.mark.parametrize("iteration", [1, 3, 5])
    def test_rows_of_a_killed_worker_are_computed_again(self, collection, kill, iteration):
        killed = []

        def at(step):
            if step.iteration == iteration:
                killed.append(kill())

        frame = collection(FRAME)
        assert fitted(frame, callbacks=at).mixture_ == fitted(frame).mixture_
        assert len(killed) == 1
