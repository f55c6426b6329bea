"""Truncated and censored columns: bounds= and censored=."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm, truncnorm

import gaussmix
from gaussmix import GaussianMixture, Mixture
from gaussmix.datasets import load_faithful
from gaussmix.errors import GaussmixError, InputError
from gaussmix.kernels.truncated_normal import truncated_moments, univariate_moments

from ..support import quiet

WAITING = load_faithful().data[:, 1:]
INSIDE = WAITING[(WAITING[:, 0] > 50) & (WAITING[:, 0] < 85)]
PRECISE = {"tol": 1e-13, "max_iter": 20_000, "random_state": 0}


def test_all_waiting_times_have_the_known_maximum():
    model = GaussianMixture(2, **PRECISE).fit(WAITING)
    assert abs(model.score(WAITING) * 272 - -1034.001749832) < 1e-6
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.weights_[order[0]], 0.360886, rtol=1e-5)
    np.testing.assert_allclose(model.means_[order, 0], [54.614856, 80.091069], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(model.covariances_[order].ravel()), [5.871219, 5.867734], rtol=1e-5)


def test_censored_waiting_times_have_the_known_maximum():
    model = GaussianMixture(2, censored=(50.0, 85.0), **PRECISE).fit(WAITING)
    assert abs(model.score(WAITING) * 272 - -905.277400695) < 1e-6
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.weights_[order], [0.371670, 0.628330], rtol=1e-5)
    np.testing.assert_allclose(model.means_[order, 0], [54.585506, 80.229815], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(model.covariances_[order].ravel()), [6.959562, 5.588142], rtol=1e-5)
    assert np.diff(model.lower_bounds_).min() > -1e-12


def test_truncated_waiting_times_have_the_known_maximum():
    model = GaussianMixture(2, bounds=(50.0, 85.0), **PRECISE).fit(INSIDE)
    assert abs(model.score(INSIDE) * 211 - -718.543008832) < 1e-5
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.weights_[order], [0.395746, 0.604254], rtol=1e-5)
    np.testing.assert_allclose(model.means_[order, 0], [54.803639, 79.607198], rtol=1e-5)
    np.testing.assert_allclose(np.sqrt(model.covariances_[order].ravel()), [7.132693, 4.981636], rtol=1e-5)
    assert np.diff(model.lower_bounds_).min() > -1e-12


def test_the_truncated_density_integrates_to_one():
    model = GaussianMixture(2, bounds=(50.0, 85.0), random_state=0).fit(INSIDE)
    total = quad(lambda x: float(np.exp(model.score_samples([[x]])[0])), 50.0, 85.0, epsabs=1e-10)[0]
    assert abs(total - 1.0) < 1e-8


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (-1.0, 2.0),
        (0.0, np.inf),
        (5.0, np.inf),
        (30.0, 40.0),
        (-np.inf, -20.0),
        (-np.inf, np.inf),
        (1.0, 1.01),
    ],
)
def test_moments_of_one_column_are_scipys(low, high):
    log_p, mean, variance = univariate_moments(np.array([low]), np.array([high]))
    expected = truncnorm.stats(low, high, moments="mv")
    np.testing.assert_allclose([mean[0], variance[0]], expected, rtol=1e-5, atol=1e-9)
    if high - low > 0.5 and abs(low) < 10:
        np.testing.assert_allclose(np.exp(log_p[0]), norm.sf(low) - norm.sf(high), rtol=1e-10)


@pytest.mark.parametrize("d", [2, 3, 4])
def test_moments_of_several_columns_are_those_of_draws(d):
    rng = np.random.default_rng(d)
    A = rng.normal(size=(d, d))
    covariance, mean = A @ A.T + np.eye(d), rng.normal(size=d)
    low, high = mean - 1.0, np.where(np.arange(d) % 2, np.inf, mean + 2.0)
    log_p, centre, spread = truncated_moments(mean[None], covariance, low[None], high[None])
    exact = multivariate_normal(mean, covariance).cdf(np.minimum(high, 1e9), lower_limit=low)
    np.testing.assert_allclose(np.exp(log_p[0]), exact, rtol=2e-3 if d > 3 else 2e-4)
    X = rng.multivariate_normal(mean, covariance, size=300_000)
    X = X[((low <= X) & (high >= X)).all(axis=1)]
    np.testing.assert_allclose(centre[0], X.mean(axis=0), atol=0.03)
    np.testing.assert_allclose(spread[0], np.cov(X.T), atol=0.06)


@pytest.mark.parametrize(
    ("covariance", "low", "high"),
    [
        ([[1.0, 0.5], [0.5, 1.0]], [0.0, 0.0], [np.inf, np.inf]),
        ([[1.0, 0.9], [0.9, 1.0]], [-np.inf, -np.inf], [-1.0, 1.0]),
        ([[1.0, -0.8], [-0.8, 2.0]], [1.0, 2.0], [np.inf, np.inf]),
        ([[1.0, 0.3], [0.3, 1.0]], [-1.0, -2.0], [0.5, 1.5]),
        ([[1.0, 0.6], [0.6, 1.0]], [-4.0, -5.0], [6.0, 7.0]),
    ],
)
def test_moments_of_two_columns_are_those_of_fine_quadrature(covariance, low, high):
    ends = np.clip(np.array([low, high]), -12.0, 12.0)
    x, w = np.polynomial.legendre.leggauss(400)
    half, middle = np.diff(ends, axis=0)[0] / 2.0, ends.mean(axis=0)
    points = np.stack(np.meshgrid(*(middle[:, None] + half[:, None] * x), indexing="ij"), axis=-1)
    density = multivariate_normal([0.0, 0.0], covariance).pdf(points) * np.outer(w, w) * half.prod()
    p = density.sum()
    mean = np.einsum("ij,ijd->d", density, points) / p
    spread = np.einsum("ij,ijd,ije->de", density, points - mean, points - mean) / p
    found = truncated_moments(np.zeros((1, 2)), np.array(covariance), np.array([low]), np.array([high]))
    np.testing.assert_allclose(found[0][0], np.log(p), atol=1e-9)
    np.testing.assert_allclose(found[1][0], mean, atol=1e-9)
    np.testing.assert_allclose(found[2][0], spread, atol=1e-9)


@pytest.mark.parametrize(
    ("d", "coarse", "fine"),
    [
        (2, 1e-14, 1e-14),
        (3, 1e-14, 1e-14),
        (4, 1e-6, 1e-9),
        (5, 2e-5, 5e-6),
        (6, 2e-4, 6e-5),
        (8, 5e-3, 2e-3),
    ],
)
def test_probabilities_of_orthants(d, coarse, fine):
    """With correlations of one half, all columns are positive with the probability 1 / (d + 1)."""
    covariance, zero = 0.5 * (np.eye(d) + 1.0), np.zeros((1, d))
    for error, chosen in ((coarse, False), (fine, True)):
        log_p, mean, _ = truncated_moments(zero, covariance, zero, np.full((1, d), np.inf), fine=chosen)
        assert np.exp(log_p[0]) * (d + 1) == pytest.approx(1.0, abs=error)
        np.testing.assert_allclose(mean, mean[0, 0], rtol=max(1e-8, 30 * error))  # by symmetry


@pytest.mark.parametrize(("kind", "d", "seed"), [("bounds", 4, 5), ("bounds", 5, 0), ("censored", 4, 0)])
def test_the_likelihood_never_falls_in_several_columns(kind, d, seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(2, d, d))
    parts = zip((0.0, 3.0), 0.6 * A @ A.swapaxes(1, 2) / d + 0.3 * np.eye(d), strict=True)
    X = np.concatenate([rng.multivariate_normal(np.full(d, m), S, 500) for m, S in parts])
    lower, upper = -1.0, 4.0
    X = X[((lower < X) & (upper > X)).all(axis=1)] if kind == "bounds" else X[::10]
    options = {"tol": 0, "search": "off", "acceleration": "off", "random_state": 0}
    model = GaussianMixture(2, **{kind: (lower, upper)}, max_iter=150, **options)
    with quiet():
        told = np.array(model.fit(X).lower_bounds_)
    assert len(told) == 150
    assert (np.diff(told) / np.abs(told[1:])).min() > -1e-10


@pytest.mark.parametrize("name", ["full", "diag"])
@pytest.mark.parametrize("kind", ["bounds", "censored"])
def test_the_likelihood_never_falls_beyond_rounding_in_two_columns(name, kind):
    X, limits = load_faithful().data, ([1.8, 50.0], [4.6, 88.0])
    if kind == "bounds":
        X = X[((limits[0] < X) & (limits[1] > X)).all(axis=1)]
    model = GaussianMixture(
        2, covariance_type=name, **{kind: limits}, tol=0, max_iter=200, search="off", random_state=0
    )
    bounds = np.array(model.fit(X).lower_bounds_)
    assert (np.diff(bounds) / np.abs(bounds[1:])).min() > -1e-12


def rows(n=3000, seed=0):
    mixture = Mixture(
        [0.4, 0.6], [[0.0, 0.0], [5.0, 3.0]], [[[1.0, 0.5], [0.5, 1.0]], [[2.0, -0.6], [-0.6, 1.0]]]
    )
    return mixture, mixture.sample(n, seed)[0]


@pytest.mark.parametrize("kind", ["one column", "both columns", "both sides"])
def test_a_censored_fit_recovers_the_mixture_behind_the_limit(kind):
    truth, X = rows()
    limits = {
        "one column": ([-0.2, -np.inf], None),
        "both columns": ([-0.2, 0.3], None),
        "both sides": ([-0.2, -np.inf], [6.0, 3.5]),
    }[kind]
    lower = np.asarray(limits[0])
    upper = np.full(2, np.inf) if limits[1] is None else np.asarray(limits[1])
    seen = np.clip(X, lower, upper)
    model = GaussianMixture(2, censored=limits, random_state=0).fit(seen)
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.means_[order], truth.means, atol=0.2)
    np.testing.assert_allclose(model.covariances_[order], truth.covariances.dense(), atol=0.3)
    assert np.diff(model.lower_bounds_).min(initial=0.0) > -1e-9
    filled = model.impute(seen)
    assert (filled[seen == lower] < np.broadcast_to(lower, seen.shape)[seen == lower]).all()
    with quiet():
        plain = GaussianMixture(2, random_state=0).fit(seen)
    assert abs(np.sort(model.means_[:, 0])[0]) < abs(np.sort(plain.means_[:, 0])[0])


@pytest.mark.parametrize("bounds", [((0.0, -np.inf), None), ((0.0, 0.0), None), ((-1.0, -1.0), (6.0, 4.0))])
def test_a_truncated_fit_recovers_the_mixture_of_all_rows(bounds):
    truth, X = rows(12_000, 1)
    lower = np.asarray(bounds[0])
    upper = np.full(2, np.inf) if bounds[1] is None else np.asarray(bounds[1])
    X = X[((lower < X) & (upper > X)).all(axis=1)]
    model = GaussianMixture(2, bounds=bounds, random_state=0, max_iter=3000).fit(X)
    order = np.argsort(model.means_[:, 0])
    np.testing.assert_allclose(model.means_[order], truth.means, atol=0.35)
    assert np.diff(model.lower_bounds_).min(initial=0.0) > -1e-9
    plain = GaussianMixture(2, random_state=0).fit(X)
    assert model.score(X) > plain.score(X)


@pytest.mark.parametrize("name", ["tied", "diag", "spherical", "EEV", "VVI"])
@pytest.mark.parametrize("known", ["weights", "holes", "labels"])
def test_the_likelihood_never_falls(name, known):
    _, X = rows(300, 2)
    X, rng = np.clip(X[(X[:, 1] > -1)], [-0.5, -np.inf], [5.5, np.inf]), np.random.default_rng(0)
    given = {}
    if known == "weights":
        given["sample_weight"] = rng.uniform(0.5, 2.0, len(X))
    elif known == "labels":
        given["labels"] = np.where(rng.random(len(X)) < 0.2, (X[:, 0] > 2.5).astype(int), -1)
    else:
        X[rng.random(X.shape) < 0.2] = np.nan
    model = GaussianMixture(
        2,
        covariance_type=name,
        bounds=([-np.inf, -1.0], None),
        censored=([-0.5, -np.inf], [5.5, np.inf]),
        tol=0,
        max_iter=15,
        search="off",
        random_state=0,
    ).fit(X, **given)
    assert np.diff(model.lower_bounds_).min() > -1e-9


def test_files_and_pickles_predict_the_same(tmp_path):
    _, X = rows(400)
    X = np.maximum(X, [-0.2, -np.inf])
    model = GaussianMixture(2, censored=([-0.2, -np.inf], None), random_state=0).fit(X)
    model.save(tmp_path / "censored.safetensors")
    for again in (gaussmix.load(tmp_path / "censored.safetensors"), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
        assert again.score(X) == model.score(X)


@pytest.mark.parametrize(
    ("options", "known", "says"),
    [
        ({"bounds": (60.0, None)}, {}, "outside its bounds"),
        ({"censored": (50.0, None), "noise_component": True}, {}, "noise_component"),
        ({"censored": (50.0, None), "trim": 0.1}, {}, "trim"),
        ({"bounds": (0.0, None)}, {"noise": np.ones_like(WAITING)}, "measurement errors"),
        ({"censored": (50.0, None)}, {"noise": np.ones_like(WAITING)}, "measurement errors"),
    ],
)
def test_what_cannot_be_combined_is_one_sentence(options, known, says):
    with pytest.raises(GaussmixError, match=says) as info:
        GaussianMixture(2, **options).fit(WAITING, **known)
    assert str(info.value).endswith(".")


@pytest.mark.parametrize("name", ["trim", "bounds", "censored"])
def test_batches_refuse(name):
    value = 0.1 if name == "trim" else (0.0, None)
    with pytest.raises(InputError, match=name):
        GaussianMixture(2, **{name: value}).partial_fit(WAITING)
