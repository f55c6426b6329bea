"""Fits to rows with missing values, errors, labels and noise do not depend on the rows' order, units and origin."""

from __future__ import annotations

from itertools import chain, combinations, cycle

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture
from gaussmix.fitting import Aitken

from ..support import assert_close, quiet

N, D = 120, 2
OPTIONS = ("holes", "errors", "labels", "noise", "weights")
ALL = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(1, len(OPTIONS) + 1)))
WITH_ERRORS = [chosen for chosen in ALL if "errors" in chosen]
PRECISE = Aitken(1e-10)
SHAPES = ("matrices", "exact columns", "of rank one", "variances", "exact columns")
CHOSEN = [("holes",), ("errors",), ("labels",), ("noise",), OPTIONS[:2], OPTIONS[:3], OPTIONS]


def problem(options):
    rng = np.random.default_rng([3, *(OPTIONS.index(option) for option in options)])
    truth = rng.integers(0, 2, N)
    X = np.array([[0.0, 0.0], [9.0, -7.0]])[truth] + rng.standard_normal((N, D)) @ [[1.0, 0.5], [0.0, 0.7]]
    known = {}
    if "noise" in options:
        X[:8] = rng.uniform(-15.0, 20.0, (8, D))
        truth[:8] = -1
    if "errors" in options:
        known["noise"] = rng.uniform(0.0, 0.4, (N, D))
    if "labels" in options:
        known["labels"] = np.where(rng.random(N) < 0.2, truth, -1)
    if "weights" in options:
        known["sample_weight"] = rng.uniform(0.5, 2.0, N)
    if "holes" in options:
        X = np.where(rng.random((N, D)) < 0.2, np.nan, X)
    return X, known


def fit(X, known, noise_component=False, family="full", tol=PRECISE, **options):
    """The mixture of a fit by the default search, its components by their first column where no labels number them."""
    options |= {"covariance_type": family, "noise_component": noise_component, "tol": tol}
    with quiet():
        mixture = GaussianMixture(2, random_state=0, **options).fit(X, **known).mixture_
    order = np.arange(2) if "labels" in known else np.argsort(mixture.means[:, 0])
    return mixture.weights[order], mixture.means[order], mixture.covariances.dense()[order]


def volume_of(X, options):
    return float(np.prod(np.nanmax(X, axis=0) - np.nanmin(X, axis=0))) if "noise" in options else 0.0


@pytest.mark.parametrize("family", ["full", "diag", "tied"])
@pytest.mark.parametrize("options", CHOSEN, ids="+".join)
def test_the_order_of_the_rows(options, family):
    X, known = problem(options)
    volume = volume_of(X, options) or False
    order = np.random.default_rng(1).permutation(N)
    moved = {name: value[order] for name, value in known.items()}
    for a, b in zip(fit(X[order], moved, volume, family), fit(X, known, volume, family), strict=True):
        assert_close(a, b, rtol=1e-3)


def assert_same(after, before, factors, rtol):
    weights, means, covariances = before
    assert_close(after[0], weights, rtol=rtol)
    assert_close(after[1] / factors, means, rtol=rtol)
    assert_close(after[2] / factors / factors[:, None], covariances, rtol=rtol)


UNITS = {"binary": (2.0**7, 2.0**-9), "decimal": (3.7, 1 / 2.9), "far": (1e90, 1e-80)}


@pytest.mark.parametrize("units", UNITS.values(), ids=UNITS)
@pytest.mark.parametrize("options", CHOSEN, ids="+".join)
def test_the_units_of_the_columns(options, units):
    X, known = problem(options)
    factors, volume = np.array(units), volume_of(X, options)
    moved = {**known, "noise": known["noise"] * factors**2} if "noise" in known else known
    after = fit(X * factors, moved, volume * factors.prod() or False)
    # Rounding may move the end by an iteration, beside a tolerance of 1e-10 nats a row.
    assert_same(after, fit(X, known, volume or False), factors, rtol=1e-5)


@pytest.mark.parametrize(("options", "shape"), list(zip(WITH_ERRORS, cycle(SHAPES), strict=False)))
def test_the_units_of_errors(options, shape):
    """A fixed number of iterations, of the default search or from one start, differs by rounding alone."""
    X, known = problem(options)
    noise = known["noise"]
    if shape == "exact columns":
        noise = noise * [0.0, 1.0]
    elif shape == "matrices":
        noise = (
            noise[:, :, None]
            * np.array([[1.0, -0.3], [-0.3, 1.0]])
            * np.sqrt(noise[:, None] / noise[:, :, None])
        )
    elif shape == "of rank one":
        noise = np.sqrt(noise)[:, :, None] * np.sqrt(noise)[:, None, :]
    factors, volume = np.array([3.7, 1 / 2.9]), volume_of(X, options)
    products = factors**2 if noise.ndim == 2 else np.outer(factors, factors)
    start = Mixture([0.5, 0.5], [[1.0, 0.5], [8.0, -6.0]], np.tile(np.diag([3.0, 2.0]), (2, 1, 1)))
    ends = [
        [
            fit(x, {**known, "noise": e}, v or False, tol=0, max_iter=30, **options)
            for options in ({}, {"init_params": s})
        ]
        for x, e, v, s in (
            (X, noise, volume, start),
            (X * factors, noise * products, volume * factors.prod(), np.diag(factors) @ start),
        )
    ]
    for before, after in zip(*ends, strict=True):
        assert_same(after, before, factors, rtol=1e-8)


@pytest.mark.parametrize("offset", [1e3, -1e6])
@pytest.mark.parametrize("options", CHOSEN, ids="+".join)
def test_the_origin(options, offset):
    X, known = problem(options)
    volume = volume_of(X, options) or False
    after, before = fit(X + offset, known, volume), fit(X, known, volume)
    assert_close(after[0], before[0], rtol=1e-3)
    assert_close(after[1] - offset, before[1], rtol=1e-3)
    assert_close(after[2], before[2], rtol=1e-3)


@pytest.mark.parametrize("options", [chosen for chosen in CHOSEN if "labels" in chosen], ids="+".join)
def test_the_numbers_of_the_labels(options):
    X, known = problem(options)
    volume, labels = volume_of(X, options) or False, known["labels"]
    renamed = {**known, "labels": np.where(labels < 0, -1, 1 - labels)}
    for a, b in zip(fit(X, renamed, volume), fit(X, known, volume), strict=True):
        assert_close(a[::-1], b, rtol=1e-3)
