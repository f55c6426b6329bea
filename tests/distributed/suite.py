"""What every engine has to do, as a class of tests: a file for each engine starts its cluster and inherits them."""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from gaussmix import GaussianMixture
from gaussmix.engines import ThreadEngine
from gaussmix.estimation import fit_mixture
from gaussmix.estimators.options import plan_of
from gaussmix.sources import ArraySource, ScaledSource
from gaussmix.testing import check_engine

from ..support import clusters, quiet

K, D = 3, 16  # blocks of 14,000 rows, five of them: no power of two
X = clusters(np.random.default_rng(0), 70_000, K, D)
WEIGHTS = np.random.default_rng(1).integers(0, 3, len(X)).astype(float)
EM = {"search": "off", "tol": 0, "max_iter": 6, "means_init": X[:K], "random_state": 0}


@dataclass(frozen=True)
class MortalPart:
    """A part whose next reader takes the file away and kills its own process."""

    part: object
    armed: Path

    def read(self):
        with contextlib.suppress(FileNotFoundError):
            self.armed.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.part.read()


class MortalSource(ArraySource):
    """Rows whose reader dies while the file is there."""

    def __init__(self, X, armed):
        super().__init__(X)
        self._armed = armed

    def parts(self):
        return [MortalPart(part, self._armed) for part in super().parts()]


def check_same(one, other):
    assert one.mixture_ == other.mixture_
    assert one.lower_bounds_ == other.lower_bounds_


def fitted(engine=None, rows=X, weights=None, **options):
    with quiet():
        return GaussianMixture(K, engine=engine, **{**EM, **options}).fit(rows, sample_weight=weights)


class EngineSuite:
    """Tests of the fixture ``engine``, an engine of two workers."""

    def test_sums(self, engine):
        check_engine(engine, n_rows=100_000)

    @pytest.mark.parametrize("family", ["full", "tied", "diag", "VVE", "UUU-2"])
    def test_fits_have_the_bits_of_threads(self, engine, family):
        options = {"covariance_type": family, "max_iter": 2}
        check_same(fitted(engine, X[:40_000], **options), fitted(ThreadEngine(2), X[:40_000], **options))

    def test_weights_float32_and_missing_values(self, engine):
        rows = X[:40_000].astype(np.float32)
        options = {"weights": WEIGHTS[:40_000], "max_iter": 2}
        check_same(fitted(engine, rows, **options), fitted(None, rows, **options))
        rows = np.where(np.random.default_rng(2).random((20_000, 8)) < 0.02, np.nan, X[:20_000, :8])
        options = {"max_iter": 2, "means_init": X[:K, :8]}
        check_same(fitted(engine, rows, **options), fitted(None, rows, **options))

    def test_a_search_and_scores(self, engine):
        rows = X[:40_000, :3]
        with quiet():
            models = [GaussianMixture(K, random_state=0, engine=e).fit(rows) for e in (engine, None)]
        check_same(*models)
        assert models[0].score(rows) == models[1].score(rows)
        assert models[0].icl(rows) == models[1].icl(rows)

    def test_rows_in_other_units(self, engine):
        source = ScaledSource(ArraySource(X), np.arange(D))
        assert engine.sum(_first_column, source) == ThreadEngine(2).sum(_first_column, source)

    def test_copies(self, engine):
        for other in (clone(GaussianMixture(engine=engine)).engine, copy.deepcopy(engine)):
            assert repr(other) == repr(engine)
        assert type(pickle.loads(pickle.dumps(engine))) is type(engine)

    @pytest.mark.slow
    @pytest.mark.parametrize("iteration", [1, 2, 3, 4, 5])
    def test_a_worker_killed_within_a_pass(self, engine, iteration, tmp_path):
        armed, expected = tmp_path / "armed", fitted()

        def arm(step):
            if step.iteration == iteration:
                armed.touch()

        plan = plan_of(vars(GaussianMixture(K, **EM, callbacks=arm)), D)
        with quiet():
            result, trace = fit_mixture(MortalSource(X, armed), plan, np.random.default_rng(0), engine)
        assert not armed.exists()
        assert result.mixture == expected.mixture_
        assert trace.runs[0].log_likelihood.tolist() == expected.lower_bounds_

    @pytest.mark.slow
    @pytest.mark.parametrize("iteration", [1, 2, 3, 4, 5])
    def test_a_worker_killed_between_passes(self, engine, kill, iteration):
        killed = []

        def at(step):
            if step.iteration == iteration:
                killed.append(kill())

        check_same(fitted(engine, callbacks=at), fitted())
        assert len(killed) == 1

    @pytest.mark.slow
    def test_one_worker_gives_the_bits_of_two(self, engine, one_worker):
        check_same(fitted(one_worker()), fitted())


def _first_column(block):
    return float(block.X[:, 0].sum())
