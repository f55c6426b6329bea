"""Models with few rows for each parameter: one EM run each in a small table."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.search.mclust_tables import measurements

from gaussmix import kernels, select

from ..support import quiet

X = measurements("iris")[::4]
N_ROWS = len(X)
FAMILIES = ["VII", "EEI", "VVI", "VEE", "VVE", "EVV", "VVV"]


def chosen(seed=0, **options):
    with quiet():
        return select(X, range(2, 7), FAMILIES, random_state=seed, **options)


def few(model):
    return 2 * model.df > N_ROWS


@pytest.fixture(scope="module")
def selection():
    return chosen()


def test_such_a_model_does_not_depend_on_the_seed(selection):
    pairs = [
        (one, other)
        for one, other in zip(selection.models, chosen(seed=1).models, strict=True)
        if few(one) and one.sound
    ]
    assert len(pairs) > 10
    for one, other in pairs:
        assert one.log_likelihood == other.log_likelihood, one.name
        assert one.trace.search is None


def test_its_run_has_converged(selection):
    for model in selection.models:
        if few(model) and model.sound:
            fitted = selection.estimator(model)
            assert fitted.converged_
            assert model.log_likelihood == pytest.approx(fitted.score(X) * N_ROWS, rel=1e-12)
            with quiet():
                again = fitted.set_params(warm_start=True, tol=1e-10, max_iter=2000).fit(X)
            assert again.score(X) * N_ROWS <= model.log_likelihood + 1e-3


def test_a_search_by_likelihood_searches_for_it(selection):
    searched = chosen(search="likelihood")
    gains = [
        other.log_likelihood - one.log_likelihood
        for one, other in zip(selection.models, searched.models, strict=True)
        if few(one) and one.sound
    ]
    assert min(gains) > -1e-3
    assert max(gains) > 1.0


def test_without_the_compiled_kernel(selection, monkeypatch):
    monkeypatch.setattr(kernels, "em_runs", None)
    monkeypatch.setattr(kernels, "em_race", None)
    # Accelerated from the start, a run may end at another maximum.
    gaps = [
        abs(one.log_likelihood - other.log_likelihood)
        for one, other in zip(selection.models, chosen().models, strict=True)
        if few(one) and one.sound and other.sound
    ]
    assert len(gaps) > 10
    assert np.median(gaps) < 1e-3
