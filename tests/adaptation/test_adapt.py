"""Adaptation of a background mixture: values of bob.learn.em, the published formulas row by row, and laws."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import (
    Diagonal,
    Full,
    GaussianMixture,
    Mixture,
    Spherical,
    Tied,
    TMixture,
    adapt,
    linear_score,
    log_likelihood_ratio,
)
from gaussmix.blocks import Block
from gaussmix.em import e_step
from gaussmix.errors import GaussmixError, InputError

BACKGROUND = Mixture([0.5, 0.5], [[2.0] * 3, [8.0] * 3], np.ones((2, 3)), family=Diagonal())
ROWS = np.array([[1.0, 2, 2], [2, 1, 2], [7, 8, 9], [7, 7, 8], [7, 9, 7]])


def test_the_step_of_bob():
    """Test of the MAP trainer of bob.learn.em 3.3.1, relevance 4, one step."""
    adapted = adapt(BACKGROUND, ROWS, 4, parameters=("means", "weights"))
    expected = [[1.8333333333, 1.8333333333, 2.0], [7.5714285714, 8.0, 8.0]]
    np.testing.assert_allclose(adapted.means, expected, atol=1e-8)
    np.testing.assert_allclose(adapted.weights, [0.46226415, 0.53773585], atol=1e-8)


def bobs():
    """The background and the rows that bob.learn.em 3.3.1 was run on."""
    rng = np.random.default_rng(0)
    means, variances = rng.normal(size=(3, 2)) * 3, rng.uniform(0.5, 2, (3, 2))
    rows = rng.normal(size=(40, 2)) * 2
    return Mixture([0.2, 0.3, 0.5], means, variances, family=Diagonal()), rows


BOB = {
    1: {
        "w": [0.276230759901, 0.331801403889, 0.39196783621],
        "m": [
            [-0.197741970052, -0.783778687134],
            [1.8720757707, 0.881678130526],
            [-1.41309038782, 1.18871982205],
        ],
    },
    3: {
        "w": [0.320693705165, 0.334662648042, 0.344643646793],
        "m": [
            [-0.379572916679, -1.0747639288],
            [1.8215522312, 1.26195895696],
            [-1.38711241354, 1.38546915105],
        ],
    },
    "lin": 0.35515423645,
    "ll": 0.360096114124,
}
"""Weights, means, linear score and log-likelihood ratio by bob.learn.em 3.3.1, by the number of steps."""


@pytest.mark.parametrize("steps", [1, 3])
def test_several_steps_of_bob(steps):
    background, rows = bobs()
    adapted = adapt(background, rows, 4, parameters=("means", "weights"), max_iter=steps)
    np.testing.assert_allclose(adapted.weights, BOB[steps]["w"], rtol=1e-8)
    np.testing.assert_allclose(adapted.means, BOB[steps]["m"], rtol=1e-8)


def test_scores_of_bob():
    background, rows = bobs()
    adapted = adapt(background, rows, 4, parameters=("means", "weights"), max_iter=3)
    assert linear_score(adapted, background, rows) == pytest.approx(BOB["lin"], rel=1e-8)
    assert log_likelihood_ratio(adapted, background, rows).mean() == pytest.approx(BOB["ll"], rel=1e-8)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1 / 3] * 3, [-3.6519900964986527, -3.83151883210222, -3.83151883210222, -5.344374066745753]),
        ([0.6, 0.1, 0.3], [-4.206596356117164, -3.492325679996329, -3.634745457950943, -6.49485678536014]),
    ],
)
def test_log_likelihoods_of_bob(weights, expected):
    """Tests of the machine of bob.learn.em."""
    means = np.array([[0.0], [1.0], [-1.0]]) * np.ones(3)
    mixture = Mixture(weights, means, np.ones((3, 3)), family=Diagonal())
    rows = [[1.0, 1, 1], [-1, 0, 0], [0, 0, 1], [2, 2, 2]]
    np.testing.assert_allclose(mixture.log_prob(rows), expected, rtol=1e-12)


def test_the_statistics_of_bob():
    """Test of the statistics of bob.learn.em, to 1e-5: rows of two remote components."""
    mixture = Mixture([0.5, 0.5], [[0.0] * 3, [8.0] * 3], np.ones((2, 3)), family=Diagonal())
    moments = e_step(mixture.densities, Block(np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9], [7, 8, 9]])))
    assert moments.log_likelihood == pytest.approx(-37.2998511206581, abs=1e-7)
    np.testing.assert_allclose(moments.counts, [1.0, 3.0], atol=1e-5)
    about_zero = moments.recentre(np.zeros((2, 3)))
    np.testing.assert_allclose(about_zero.first, [[1, 2, 3], [18, 21, 24]], atol=1e-5)
    np.testing.assert_allclose(about_zero.second, [[1, 4, 9], [114, 153, 198]], atol=1e-5)


def test_adaptation_to_the_statistics_of_bob():
    """Equations 11 and 12 of Reynolds et al. (2000) with N = (1, 3) and the sums of bob.learn.em, relevance 4."""
    background = Mixture([0.5, 0.5], [[0.0] * 3, [8.0] * 3], np.ones((2, 3)), family=Diagonal())
    rows = np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9], [7, 8, 9]])
    adapted = adapt(background, rows, 4, parameters=("means", "weights"))
    means = [[1 / 5, 2 / 5, 3 / 5], [(18 + 4 * 8) / 7, (21 + 4 * 8) / 7, (24 + 4 * 8) / 7]]
    weights = np.array([1 / 5 * 1 / 4 + 4 / 5 * 1 / 2, 3 / 7 * 3 / 4 + 4 / 7 * 1 / 2])
    np.testing.assert_allclose(adapted.means, means, atol=1e-5)
    np.testing.assert_allclose(adapted.weights, weights / weights.sum(), atol=1e-5)


def test_the_step_of_maximum_likelihood_of_bob():
    """Test of the ML trainer of bob.learn.em 3.3.1: its least variance stands for the zeros."""
    moments = e_step(BACKGROUND.densities, Block(ROWS))
    np.testing.assert_allclose(moments.means(), [[1.5, 1.5, 2.0], [7.0, 8.0, 8.0]], atol=1e-8)
    np.testing.assert_allclose(moments.counts / 5.0, [0.4, 0.6], atol=1e-8)
    variances = moments.scatter() / moments.counts[:, None]
    np.testing.assert_allclose(variances, [[0.25, 0.25, 0.0], [0.0, 2 / 3, 2 / 3]], atol=1e-8)


def reference(background, X, weights, rho):
    """Equations 11 to 13 of Reynolds et al. (2000), row by row, with matrices."""
    K, D = background.means.shape
    n, first, second = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D))
    for x, w in zip(X, weights, strict=True):
        for k, r in enumerate(background.responsibilities(x[None])[0]):
            n[k] += w * r
            first[k] += w * r * x
            second[k] += w * r * np.outer(x, x)
    share = n / (n + rho)
    p = share * n / sum(weights) + (1 - share) * background.weights
    means = [a * f / c + (1 - a) * m for a, f, c, m in zip(share, first, n, background.means, strict=True)]
    parts = zip(share, second, n, background.covariances.dense(), background.means, means, strict=True)
    covariances = [
        a * s / c + (1 - a) * (cov + np.outer(m, m)) - np.outer(new, new) for a, s, c, cov, m, new in parts
    ]
    return p / p.sum(), np.array(means), np.array(covariances)


@pytest.mark.parametrize(
    "family", [Full(), Diagonal(), Spherical(), Tied(Full())], ids=lambda family: family.name
)
@pytest.mark.parametrize("seed", range(3))
def test_the_published_formulas(family, seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, 2, 2))
    covariances = family.from_dense(A @ A.swapaxes(1, 2) + np.eye(2), np.ones(3))
    background = Mixture(rng.dirichlet(np.ones(3)), 2 * rng.standard_normal((3, 2)), covariances)
    X, weights = 2 * rng.standard_normal((30, 2)), rng.uniform(0.5, 2.0, 30)
    adapted = adapt(background, X, 7.0, parameters="all", sample_weight=weights)
    p, means, dense = reference(background, X, weights, 7.0)
    np.testing.assert_allclose(adapted.weights, p, rtol=1e-10)
    np.testing.assert_allclose(adapted.means, means, rtol=1e-10)
    expected = family.from_dense(dense, p).dense()
    np.testing.assert_allclose(adapted.covariances.dense(), expected, rtol=1e-8, atol=1e-10)


def test_large_relevance_is_the_background_and_small_is_maximum_likelihood():
    background, rows = bobs()
    far = adapt(background, rows, 1e15, parameters="all")
    np.testing.assert_allclose(far.means, background.means, rtol=1e-10)
    near = adapt(background, rows, 1e-12, parameters="all")
    r = background.responsibilities(rows)
    np.testing.assert_allclose(near.means, r.T @ rows / r.sum(axis=0)[:, None], rtol=1e-8)
    np.testing.assert_allclose(near.weights, r.mean(axis=0), rtol=1e-8)


@pytest.mark.parametrize("parameters", ["weights", "means", "covariances"])
def test_the_other_parameters_stay(parameters):
    background, rows = bobs()
    adapted = adapt(background, rows, parameters=parameters)
    kept = {
        "weights": np.array_equal(adapted.weights, background.weights),
        "means": np.array_equal(adapted.means, background.means),
        "covariances": np.array_equal(adapted.covariances.array, background.covariances.array),
    }
    assert kept == {name: name != parameters for name in kept}


def test_weights_count_rows_and_missing_values_are_integrated_out():
    background, rows = bobs()
    weights = np.arange(len(rows)) % 3
    one = adapt(background, rows, parameters="all", sample_weight=weights)
    two = adapt(background, np.repeat(rows, weights, axis=0), parameters="all")
    np.testing.assert_allclose(one.means, two.means, rtol=1e-10)
    np.testing.assert_allclose(one.covariances.array, two.covariances.array, rtol=1e-10)
    holes = rows.copy()
    holes[:, 1] = np.nan
    columns = adapt(background.marginal([0]), rows[:, :1], parameters=("weights", "means"))
    adapted = adapt(background, holes, parameters=("weights", "means"))
    np.testing.assert_allclose(adapted.means[:, 0], columns.means[:, 0], rtol=1e-10)
    np.testing.assert_allclose(adapted.means[:, 1], background.means[:, 1], rtol=1e-12)


@pytest.mark.parametrize("top", [1, 2])
def test_the_densities_of_the_best_components(top):
    background, rows = bobs()
    model = adapt(background, rows[:10])
    for found, theirs, ours in zip(
        log_likelihood_ratio(model, background, rows, top=top),
        background.log_joint(rows),
        model.log_joint(rows),
        strict=True,
    ):
        best = np.argsort(-theirs)[:top]
        expected = np.logaddexp.reduce(ours[best]) - np.logaddexp.reduce(theirs[best])
        assert found == pytest.approx(expected, abs=1e-12)


def test_all_components_are_the_default():
    background, rows = bobs()
    model = adapt(background, rows[:10])
    np.testing.assert_allclose(
        log_likelihood_ratio(model, background, rows, top=3),
        log_likelihood_ratio(model, background, rows),
        atol=1e-12,
    )


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"relevance": 0}, "relevance"),
        ({"relevance": -1.0}, "relevance"),
        ({"relevance": np.nan}, "relevance"),
        ({"relevance": "16"}, "relevance"),
        ({"relevance": True}, "relevance"),
        ({"parameters": "variance"}, "parameters"),
        ({"parameters": ()}, "parameters"),
        ({"parameters": 3}, "parameters"),
        ({"max_iter": 0}, "max_iter"),
        ({"sample_weight": [1.0]}, "sample_weight"),
    ],
)
def test_wrong_options_are_refused(options, match):
    with pytest.raises(GaussmixError, match=match):
        adapt(BACKGROUND, ROWS, **options)


@pytest.mark.parametrize("rows", [np.zeros((0, 3)), np.zeros((2, 2)), [[np.inf, 0, 0]], "rows"])
def test_wrong_rows_are_refused(rows):
    with pytest.raises(GaussmixError):
        adapt(BACKGROUND, rows)


def test_mixtures_that_do_not_correspond_are_refused():
    with pytest.raises(InputError, match="shape"):
        log_likelihood_ratio(BACKGROUND.take([0]), BACKGROUND, ROWS)
    with pytest.raises(InputError, match="top is 3"):
        log_likelihood_ratio(BACKGROUND, BACKGROUND, ROWS, top=3)
    with pytest.raises(GaussmixError, match="background is of type ndarray"):
        adapt(ROWS, ROWS)


@pytest.mark.parametrize(
    "background",
    [
        TMixture([0.5, 0.5], BACKGROUND.means, np.ones((2, 3)), 4.0),
        GaussianMixture(1, noise_component=True).fit(np.random.default_rng(0).normal(size=(60, 3))).mixture_,
    ],
    ids=["t distributions", "a uniform component"],
)
def test_components_that_are_not_gaussian_are_refused(background):
    for call in (adapt, lambda mixture, rows: linear_score(mixture, mixture, rows)):
        with pytest.raises(
            InputError, match="the (background|model) has t distributions, a uniform component"
        ):
            call(background, ROWS)
