"""Coresets: weighted sums are those of all rows, rare clusters are present, and fits come near those of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, coreset, datasets
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.errors import GaussmixError
from gaussmix.sources import ArraySource

from ..support import quiet

rng = np.random.default_rng(0)
TRUTH = datasets.random_mixture(4, 5, random_state=1)
X = TRUTH.sample(100_000, random_state=2)[0]


@pytest.mark.parametrize("m", [1, 50, 1000])
@pytest.mark.parametrize("L", [1, 7, 60])
def test_rows_weights_and_positions(m, L):
    few = coreset(X[:5000], m, n_clusters=L, random_state=0)
    assert len(few) == m
    assert np.array_equal(few.X, X[few.positions])
    assert (np.diff(few.positions) > 0).all()
    assert (few.sample_weight > 0).all()
    assert few.sample_weight.sum() == pytest.approx(5000)
    assert repr(few) == f"Coreset({m:,} rows in the place of 5,000)"


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_are_those_of_all_rows_on_average(weighted):
    rows = np.vstack([rng.normal(size=(3000, 2)), rng.normal(size=(30, 2)) * 3 + 40])
    weights = rng.random(len(rows)) + 0.5 if weighted else None
    for function in (lambda x: x[:, 0] > 20, lambda x: x[:, 1] ** 2, lambda x: x[:, 0] < 0):
        sums = []
        for seed in range(60):
            few = coreset(rows, 200, n_clusters=5, sample_weight=weights, random_state=seed)
            sums.append(few.sample_weight @ function(few.X))
        total = (np.ones(len(rows)) if weights is None else weights) @ function(rows)
        assert abs(np.mean(sums) - total) < 4 * np.std(sums) / np.sqrt(len(sums)) + 0.01 * total


def test_a_rare_cluster_is_present():
    rows = np.vstack([rng.normal(size=(50_000, 3)), rng.normal(size=(20, 3)) + 15])
    few = coreset(rows, 600, random_state=0)
    # A uniform sample of 600 rows has 0.2 of them on average.
    assert (few.positions >= 50_000).sum() >= 5
    assert few.sample_weight[few.positions >= 50_000].sum() == pytest.approx(20, rel=0.8)


def test_no_weight_is_larger_than_twice_the_mean():
    rows = np.vstack([np.random.default_rng(0).standard_t(2, size=(20_000, 2)), X[:20_000, :2]])
    few = coreset(rows, 1000, random_state=0)
    assert few.sample_weight.max() < 2.1 * few.sample_weight.mean()


@pytest.mark.parametrize("engine", [SerialEngine(), ThreadEngine(1), ThreadEngine(3)])
def test_engines_have_no_effect(engine):
    one, other = coreset(X, 500, random_state=3), coreset(X, 500, random_state=3, engine=engine)
    assert np.array_equal(one.positions, other.positions)
    assert np.array_equal(one.sample_weight, other.sample_weight)


def test_a_source_gives_the_same_rows_as_an_array():
    one, other = coreset(X, 500, random_state=3), coreset(ArraySource(X), 500, random_state=3)
    assert np.array_equal(one.X, other.X)


@pytest.mark.parametrize("factors", [1e-6, 1e6, np.array([1e-3, 1.0, 1e3, 10.0, 1e5])])
def test_units_have_no_effect(factors):
    one, other = coreset(X[:4000], 300, random_state=3), coreset(X[:4000] * factors, 300, random_state=3)
    assert np.mean(np.isin(one.positions, other.positions)) > 0.9


def test_all_rows_are_returned_if_there_are_no_more():
    few = coreset(X[:50], 80, random_state=0)
    assert np.array_equal(few.positions, np.arange(50))
    assert (few.sample_weight == 1.0).all()


def test_rows_without_weight_are_left_out():
    weights = np.ones(2000)
    weights[::2] = 0.0
    few = coreset(X[:2000], 100, sample_weight=weights, random_state=0)
    assert (few.positions % 2 == 1).all()
    assert few.sample_weight.sum() == pytest.approx(1000)


def test_missing_values_stay():
    holes = np.where(rng.random((3000, 5)) < 0.2, np.nan, X[:3000])
    few = coreset(holes, 300, random_state=0)
    assert np.array_equal(few.X, holes[few.positions], equal_nan=True)
    assert np.isnan(few.X).any()


@pytest.mark.parametrize(
    "rows", [np.zeros((100, 2)), np.repeat(X[:3], 40, axis=0), np.c_[X[:100, 0], X[:100, 0]]]
)
def test_rows_without_spread(rows):
    few = coreset(rows, 20, random_state=0)
    assert few.sample_weight.sum() == pytest.approx(len(rows))
    assert np.isfinite(few.sample_weight).all()


def test_a_fit_comes_near_that_of_all_rows():
    m = 1000
    whole = GaussianMixture(4, init_params=TRUTH).fit(X)
    few = coreset(X, m, random_state=0)
    with quiet():
        model = GaussianMixture(4, init_params=TRUTH).fit(few.X, sample_weight=few.sample_weight)
        # Of a uniform sample, the gap is p / 2m on average.
        assert whole.score(X) - model.score(X) < whole.mixture_.n_parameters / m
        exact = GaussianMixture(4, init_params=model.mixture_, max_iter=1, tol=0).fit(X)
    assert whole.score(X) - exact.score(X) < 1e-3


def test_float32_stays():
    assert coreset(X[:2000].astype(np.float32), 10, random_state=0).X.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X, 0), {}, "n_rows"),
        ((X, 1.5), {}, "n_rows"),
        ((X, 10), {"n_clusters": 0}, "n_clusters"),
        ((X, 10), {"sample_weight": np.ones(3)}, "sample_weight"),
        ((X[:5], 3), {"sample_weight": np.zeros(5)}, "sample_weight"),
        ((X[0], 3), {}, "X"),
        ((np.full((5, 2), np.inf), 3), {}, "X"),
        ((X[:0], 3), {}, "X"),
        ((X, 10), {"random_state": "one"}, "random_state"),
        ((X, 10), {"engine": 3}, "engine"),
        ((ArraySource(X[:9], noise=np.ones((9, 5))), 3), {}, "measurement errors"),
    ],
)
def test_bad_arguments(arguments, options, message):
    with pytest.raises((GaussmixError, ValueError), match=message):
        coreset(*arguments, **options)


def test_a_mixture_of_few_rows_is_a_mixture():
    few = coreset(X[:5000], 400, random_state=0)
    with quiet():
        model = GaussianMixture(2, random_state=0).fit(few.X, sample_weight=few.sample_weight)
    assert isinstance(model.mixture_, Mixture)
