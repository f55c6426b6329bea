"""The scale of the bulk: it moves with the rows, ignores a few far ones, and is that of all where none is far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaussmix import Diagonal, Full, Spherical
from gaussmix.engines import SerialEngine
from gaussmix.frames import FullFrame
from gaussmix.model import Model
from gaussmix.sources import ArraySource
from gaussmix.starts import WhiteningTransform, draw_start_rows, mixture_of_responsibilities
from gaussmix.starts.methods import START_METHODS, one_hot
from gaussmix.starts.sample import most_rows
from gaussmix.starts.whitening import _far_ratio, _ninth_decile, robust_whitening, whitening_of

from ..support import FAMILIES, NAMES, assert_close, clusters, fit

RNG = np.random.default_rng
FAR = [1e2, 1e4, 1e8, 1e12]


def whitening(X, family=None, weights=None):
    family = family or Full()
    w = np.ones(len(X)) if weights is None else weights
    start = whitening_of(X, w, np.average(X, axis=0, weights=w), family)
    return robust_whitening(X, w, start, family)


def start_rows(X, family=None, weights=None, K=3):
    mean, covariance = np.average(X, axis=0, weights=weights), np.cov(X.T, bias=True, aweights=weights)
    family = family or Full()
    covariance = family.frame.of_dense(np.atleast_2d(covariance))
    return draw_start_rows(
        ArraySource(X, weights), most_rows(K), family, mean, covariance, RNG(0), SerialEngine()
    )


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("D", [1, 2, 5])
def test_without_far_rows_it_is_the_sphering_of_all(family, D):
    X = RNG(0).uniform(-1, 1, (300, D))
    found = whitening(X, family)
    assert_close(found.centre, X.mean(axis=0), rtol=0, atol=1e-12)
    assert_close(found.factor, family.whitening(family.frame.of_dense(np.cov(X.T, bias=True).reshape(D, D))))
    assert (np.linalg.norm(found.map(X), axis=1) <= found.far_radius).all()


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
@pytest.mark.parametrize("far", FAR)
def test_a_few_far_rows_change_it_little(family, far):
    X = RNG(1).standard_normal((500, 2)) @ np.diag([1.0, 30.0])
    clean = family.whitening(family.frame.of_dense(np.cov(X[5:].T, bias=True)))
    X[:5] *= far
    found = whitening(X, family)
    assert_close(found.factor, clean, rtol=0.15)
    outside = np.linalg.norm(found.map(X), axis=1) > found.far_radius
    assert outside[:5].all()
    assert outside.sum() < 10


@pytest.mark.parametrize("family", [Full(), Diagonal(), Spherical()])
def test_rows_that_are_far_together(family):
    X = RNG(2).standard_normal((400, 2))
    X[:12] += [1e6, 1e6]
    found = whitening(X, family)
    assert_close(
        found.factor, family.whitening(family.frame.of_dense(np.cov(X[12:].T, bias=True))), rtol=0.15
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from(FAR[:2]), st.sampled_from([0.0, 1e6]))
def test_it_moves_with_any_affine_map(seed, far, offset):
    rng = RNG(seed)
    X = clusters(rng, 100, 2, 3)
    X[:3] *= far
    A = rng.standard_normal((3, 3)) + 3 * np.eye(3)
    a, b = whitening(X), whitening(X @ A.T + offset)
    assert_close(b.centre - offset, A @ a.centre, rtol=1e-6, atol=1e-6)
    # Distances are what does not change.
    squared = [(s.map(rows) ** 2).sum(axis=1) for s, rows in ((a, X), (b, X @ A.T + offset))]
    np.testing.assert_allclose(squared[1], squared[0], rtol=1e-5, atol=1e-5)
    assert b.far_radius == pytest.approx(a.far_radius, rel=1e-5)


@given(st.integers(0, 2**32 - 1))
def test_a_weight_of_two_is_the_row_twice(seed):
    rng = RNG(seed)
    X, w = clusters(rng, 60, 2, 2), rng.integers(1, 4, 60)
    X[:2] *= 1e3
    a, b = whitening(X, weights=w.astype(float)), whitening(np.repeat(X, w, axis=0))
    assert_close(a.centre, b.centre, rtol=1e-9)
    assert_close(a.factor, b.factor, rtol=1e-9)
    assert a.far_radius == pytest.approx(b.far_radius)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=1, max_size=40))
def test_the_ninth_decile_is_that_of_the_repeated_values(pairs):
    values, counts = np.array(pairs, dtype=float).T
    repeated = np.sort(np.repeat(values, counts.astype(int)))
    expected = repeated[-(-9 * len(repeated) // 10) - 1]
    assert _ninth_decile(values, counts) == expected
    assert _ninth_decile(repeated, np.ones(len(repeated))) == expected


@pytest.mark.parametrize("D", [1, 2, 5, 20])
def test_the_far_ratio_is_that_of_quantiles(D):
    from scipy.stats import chi2, norm

    expected = chi2.ppf(norm.cdf(4.0), D) / chi2.ppf(0.9, D)
    # The approximation is worst in one column, and where far begins is no matter of digits.
    assert _far_ratio(D) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize(
    "X",
    [
        np.ones((50, 2)),
        np.column_stack([np.arange(50.0), 3 * np.arange(50.0)]),
        np.column_stack([np.arange(50.0), np.full(50, 1e9)]),
    ],
    ids=["equal rows", "a line", "a constant column"],
)
def test_rows_without_spread_have_no_sphering_of_their_own(X):
    assert whitening_of(X, np.ones(50), X.mean(axis=0), Full()) is None


def test_a_bulk_without_spread_leaves_the_scale_of_all():
    X = np.zeros((100, 2))
    X[:9] = RNG(3).standard_normal((9, 2)) * 1e3
    rows = start_rows(X)
    covariance = np.cov(X.T, bias=True)
    assert_close(rows.whitening.matrix, Full().whitening(covariance))
    assert rows.whitening.far_radius == np.inf


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_far_row_that_is_not_drawn_does_not_set_the_scale(family):
    X = RNG(4).standard_normal((most_rows(3) * 4, 2))
    X[0] = 1e9
    rows = start_rows(X, family)
    assert 0.8 < rows.Z.std(axis=0).min() <= rows.Z.std(axis=0).max() < 1.2


def test_far_rows_are_drawn_in_and_keep_their_direction_and_order():
    X = np.concatenate([RNG(5).standard_normal((200, 2)), [[1e3, 0.0], [1e6, 0.0], [0.0, -1e4]]])
    rows = start_rows(X)
    raw = rows.whitening.map(rows.X)
    radius, before = np.linalg.norm(rows.Z, axis=1), np.linalg.norm(raw, axis=1)
    assert_close(rows.Z / radius[:, None], raw / before[:, None], rtol=1e-9)
    assert np.array_equal(np.argsort(radius, kind="stable"), np.argsort(before, kind="stable"))
    assert radius.max() < 6 * rows.whitening.far_radius
    near = before <= rows.whitening.far_radius
    assert near.sum() == 200
    assert np.array_equal(rows.Z[near], raw[near])


def test_the_influence_of_far_rows_is_bounded():
    X = np.concatenate([RNG(6).standard_normal((200, 2)), [[1e3, 0.0], [0.0, -1e6]]])
    rows = start_rows(X)
    squared = (rows.whitening.map(rows.X) ** 2).sum(axis=1)
    assert (rows.huber_weights * squared <= rows.whitening.far_radius**2 * (1 + 1e-9)).all()
    assert (rows.mass * (rows.Z**2).sum(axis=1) <= rows.whitening.far_radius**2 * (1 + 1e-9)).all()
    assert (rows.mass[squared <= rows.whitening.far_radius**2] == 1).all()
    assert (rows.huber_weights[squared <= rows.whitening.far_radius**2] == 1).all()
    mixture = mixture_of_responsibilities(rows, np.ones((len(rows.X), 1)), Model(Full()))
    assert np.linalg.eigvalsh(mixture.covariances.dense())[0].max() < 2.0


@pytest.mark.parametrize("method", ["kmeans", "k-means++"])
@pytest.mark.parametrize("far", FAR[:3])
def test_far_rows_take_no_more_than_one_centre(method, far):
    rng = RNG(7)
    X = np.concatenate([rng.standard_normal((300, 2)) + c for c in ([0, 0], [12, 0], [0, 12])])
    X[::90] += far * rng.standard_normal((10, 2))
    rows = start_rows(X, K=4)
    near = np.linalg.norm(rows.X, axis=1) < 30
    all_in_one = replace(
        rows, whitening=WhiteningTransform(X.mean(axis=0), Full().whitening(np.cov(X.T)), FullFrame())
    )
    for seed in range(10):
        shares = START_METHODS[method](rows, 4, RNG(seed))
        assert (shares[near].sum(axis=0) > 50).sum() >= 3
        if far > 1e3:
            # What the covariance of all rows would lead to.
            shares = START_METHODS[method](all_in_one, 4, RNG(seed))
            assert (shares[near].sum(axis=0) > 50).sum() == 1


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_clusters_are_found_beside_far_rows(scale):
    rng = RNG(8)
    centres = np.array([[0, 0], [12, 0], [0, 12]])
    labels = np.repeat(np.arange(3), 200)
    X = rng.standard_normal((600, 2)) + centres[labels]
    X[::60] = 1e3 * rng.standard_normal((10, 2))
    clean = np.arange(600) % 60 != 0
    model = fit(X * [1.0, scale], 4)
    found = model.predict(X * [1.0, scale])
    # Each cluster is one component, and the far rows are another.
    pairs = {(a, b) for a, b in zip(labels[clean].tolist(), found[clean].tolist(), strict=True)}
    assert len({b for _, b in pairs}) == 3
    assert len(pairs) == 3


def test_a_far_cluster_is_still_found():
    rng = RNG(9)
    centres = np.repeat([[0, 0], [8, 0], [300, 300]], [500, 500, 30], axis=0)
    X = rng.standard_normal(centres.shape) + centres
    rows = start_rows(X)
    shares = START_METHODS["kmeans"](rows, 3, RNG(0))
    far = rows.X[:, 1] > 100
    assert shares[far].sum(axis=0).max() == 30
    assert (shares[~far].sum(axis=0) > 0).sum() == 2


def test_one_hot_shares_of_weighted_rows_are_unchanged_without_far_rows():
    X = RNG(10).uniform(-1, 1, (80, 2))
    w = RNG(11).uniform(0.5, 2, 80)
    rows = start_rows(X, weights=w)
    labels = (rows.X[:, 0] > 0).astype(int)
    mixture = mixture_of_responsibilities(rows, one_hot(labels, 2), Model(Full()))
    for k in range(2):
        assert_close(
            mixture.means[k], np.average(rows.X[labels == k], axis=0, weights=rows.weights[labels == k])
        )
