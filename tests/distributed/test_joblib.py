"""Independent fits by the backends of joblib."""

from __future__ import annotations

import pickle

import joblib
import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets, select
from gaussmix.distributed import engine_named
from gaussmix.engines import FanOut, JoblibEngine, SerialEngine, ThreadEngine
from gaussmix.engines.fan_out import fans_out
from gaussmix.sources import ArraySource
from gaussmix.testing import check_engine

from ..support import quiet

X = datasets.random_mixture(6, 3, random_state=0).sample(6000, random_state=0)[0]


@pytest.fixture(params=["threading", "loky", "sequential"])
def jobs(request):
    with joblib.parallel_config(request.param, n_jobs=2):
        yield request.param


def fitted(engine, **options):
    with quiet():
        return GaussianMixture(6, random_state=0, engine=engine, **options).fit(X)


def test_an_engine():
    check_engine(JoblibEngine(2), n_rows=60_000)
    assert (
        repr(engine_named("joblib")) == repr(pickle.loads(pickle.dumps(JoblibEngine()))) == "JoblibEngine()"
    )
    assert isinstance(JoblibEngine(), FanOut)
    assert not isinstance(ThreadEngine(), FanOut)
    assert not fans_out(SerialEngine(), ArraySource(X))


@pytest.mark.parametrize("options", [{"search": "off", "n_init": 4}, {}, {"covariance_type": "tied"}])
def test_fits_have_the_bits_of_threads(jobs, options):
    one, other = fitted("joblib", **options), fitted(None, **options)
    assert one.mixture_ == other.mixture_
    assert one.lower_bounds_ == other.lower_bounds_
    assert len(one.trace_.runs) == len(other.trace_.runs)
    if one.trace_.search is not None:
        assert one.trace_.search.verdict == other.trace_.search.verdict
        assert len(one.trace_.search.events) == len(other.trace_.search.events)


SELECTIONS = [{}, {"search": "off"}, {"noise_component": True}, {"criterion": "cv", "n_folds": 2}]


@pytest.mark.parametrize("options", SELECTIONS)
def test_selections_have_the_bits_of_threads(jobs, options):
    def selected(engine, **more):
        with quiet():
            return select(X[:1000], range(1, 4), "EEE,VVV", random_state=0, engine=engine, **options, **more)

    seen = []
    found = selected("joblib", callbacks=seen.append)
    for one, other in zip(found.models, selected(None).models, strict=True):
        assert (one.name, one.status, one.log_likelihood) == (other.name, other.status, other.log_likelihood)
    assert {model.name for model in seen} == {model.name for model in found.models}


def test_starts_without_a_mixture(jobs):
    rows = np.repeat(np.arange(4.0), 3)[:, None] * [1.0, 1.0]
    with pytest.raises(ValueError, match="covariance"):
        GaussianMixture(2, search="off", n_init=3, reg_covar=0.0, engine="joblib", random_state=0).fit(rows)


def test_a_callback_sees_one_run_after_the_other(jobs):
    runs = []
    fitted("joblib", search="off", n_init=3, callbacks=lambda step: runs.append(step.run))
    assert sorted(set(runs)) == [0, 1, 2]
    assert runs == sorted(runs)


def test_a_pickled_source_has_its_rows_once():
    source = ArraySource(X)
    source.parts()
    assert len(pickle.dumps(source)) < 1.1 * X.nbytes
    assert isinstance(fitted("joblib", search="off", max_iter=1).mixture_, Mixture)
