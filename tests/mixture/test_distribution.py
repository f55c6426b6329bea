"""Distribution function, quantiles, entropy, modes and regions: closed forms, scipy, and laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq

from gaussmix import GaussianMixture, Mixture, datasets, modal_clustering
from gaussmix.errors import InputError, InputTypeError
from gaussmix.uniform import Uniform

TWO = Mixture([0.3, 0.7], [[-2.0], [2.5]], [1.0, 0.25])
PLANE = datasets.random_mixture(3, 2, random_state=1)
CUBE = datasets.random_mixture(2, 3, random_state=2)
BOX = Uniform(0.2, np.array([-4.0]), np.array([6.0]), np.log(10.0))
NOISY = Mixture([0.5, 0.3], [[0.0], [3.0]], [1.0, 0.04], uniform=BOX)


def test_cdf_of_one_column():
    x = np.linspace(-9, 9, 41)
    expected = 0.3 * stats.norm.cdf(x, -2, 1) + 0.7 * stats.norm.cdf(x, 2.5, 0.5)
    np.testing.assert_allclose(TWO.cdf(x), expected, rtol=1e-13)
    assert TWO.cdf([-np.inf, np.inf]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("mixture", [PLANE, CUBE])
def test_cdf_is_the_share_of_draws(mixture):
    draws, _ = mixture.sample(200_000, random_state=0)
    points = np.quantile(draws, [0.3, 0.6, 0.9], axis=0)
    shares = (draws[None] <= points[:, None]).all(axis=2).mean(axis=1)
    np.testing.assert_allclose(mixture.cdf(points), shares, atol=0.006)


def test_cdf_with_bounds_of_some_columns_is_that_of_the_marginal():
    x = np.array([[0.5, np.inf, np.inf]])
    np.testing.assert_allclose(CUBE.cdf(x), CUBE.marginal([0]).cdf(x[:, 0]), atol=1e-6)
    assert CUBE.cdf(np.full((1, 3), np.inf)) == pytest.approx(1.0)


def test_cdf_without_correlations_is_a_product():
    mixture = Mixture([1.0], [[0.0, 1.0, 2.0]], [[1.0, 4.0, 9.0]])
    x = np.array([[0.3, 0.2, -20.0]])
    expected = stats.norm.cdf(x, [0, 1, 2], [1, 2, 3]).prod()
    assert mixture.cdf(x)[0] == pytest.approx(expected, rel=1e-12)


def test_cdf_of_equal_correlations_has_a_closed_form():
    covariance = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    assert Mixture([1.0], np.zeros((1, 3)), [covariance]).cdf(np.zeros((1, 3)))[0] == pytest.approx(
        0.25, abs=1e-6
    )


def test_cdf_is_the_same_in_every_call():
    X = np.random.default_rng(0).normal(size=(4, 3))
    first = CUBE.cdf(X)
    np.random.seed(7)  # noqa: NPY002
    assert np.array_equal(CUBE.cdf(X), first)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(1e-3, 1.0), min_size=1, max_size=5),
    st.integers(0, 2**32 - 1),
    st.floats(1e-12, 1.0 - 1e-12),
    st.floats(-3.0, 3.0),
)
def test_quantile_inverts_cdf(weights, seed, level, log_scale):
    rng, K = np.random.default_rng(seed), len(weights)
    mixture = Mixture(
        np.array(weights) / sum(weights), rng.normal(scale=20, size=(K, 1)), 10 ** rng.uniform(-3, 3, K)
    )
    scaled = np.array([[10.0**log_scale]]) @ mixture
    x = float(mixture.quantile(level))
    assert mixture.cdf([x])[0] == pytest.approx(level, rel=1e-9, abs=1e-14)
    assert float(scaled.quantile(level)) == pytest.approx(10.0**log_scale * x, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(
    "mixture",
    [
        TWO,
        NOISY,
        GaussianMixture(3, random_state=0, search="off").fit(datasets.load_faithful().data[:, :1]).mixture_,
    ],
)
@pytest.mark.parametrize("level", [1e-6, 0.1, 0.3, 0.5, 0.97])
def test_quantile_is_exact_to_1e_12(mixture, level):
    expected = brentq(lambda x: float(mixture.cdf([x])[0]) - level, -50.0, 60.0, xtol=1e-15, rtol=8.9e-16)
    assert float(mixture.quantile(level)) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_quantile_keeps_the_shape_and_the_ends():
    assert TWO.quantile(np.full((2, 3), 0.5)).shape == (2, 3)
    assert TWO.quantile([0.0, 1.0]).tolist() == [-np.inf, np.inf]


def test_quantile_far_from_zero():
    far = TWO + 1e8
    assert float(far.quantile(0.2)) - 1e8 == pytest.approx(float(TWO.quantile(0.2)), abs=1e-7)


def test_entropy_of_the_page_of_mclust():
    mixture = Mixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0])
    x = np.linspace(-14.0, 14.0, 20_001)[:, None]
    exact = -np.trapezoid(mixture.pdf(x) * mixture.log_prob(x), x[:, 0])
    assert mixture.entropy().value == pytest.approx(exact, abs=1e-12)
    # The page prints a simulated value.
    assert mixture.entropy().value == pytest.approx(2.051939, abs=5e-4)
    assert mixture.entropy().standard_error < 1e-10


@pytest.mark.parametrize("D", [1, 2, 5, 30])
def test_entropy_of_one_component(D):
    rng = np.random.default_rng(D)
    A = rng.normal(size=(D, D))
    mixture = Mixture([1.0], rng.normal(size=(1, D)), [A @ A.T + np.eye(D)])
    exact = 0.5 * (D * (1.0 + np.log(2.0 * np.pi)) + np.linalg.slogdet(A @ A.T + np.eye(D))[1])
    found = mixture.entropy(draws=4096)
    assert abs(found.value - exact) < 6 * found.standard_error + 1e-9
    assert found.standard_error < 0.01


def test_entropy_with_noise_and_of_components_apart():
    def integrand(x):
        return -NOISY.pdf([x])[0] * NOISY.log_prob([x])[0]

    def tail(x):
        density = 0.5 * stats.norm.pdf(x)
        return -density * np.log(density)

    exact = quad(integrand, -4.0, 6.0, points=[0.0, 3.0], limit=200)[0] + quad(tail, -12.0, -4.0)[0]
    assert NOISY.entropy().value == pytest.approx(exact, abs=1e-7)
    apart = Mixture([0.25, 0.75], [[0.0, 0.0], [1e4, 0.0]], [1.0, 1.0])
    exact = 1.0 + np.log(2 * np.pi) - 0.25 * np.log(0.25) - 0.75 * np.log(0.75)
    found = apart.entropy()
    assert abs(found.value - exact) < 6 * found.standard_error


def test_estimates_say_their_error():
    found = PLANE.entropy(draws=1000, random_state=3)
    assert float(found) == found.value
    assert "standard_error=" in repr(found)
    assert PLANE.entropy(draws=1000, random_state=3) == found


def test_modes_are_those_of_modal_clustering():
    for mixture in (PLANE, CUBE, TWO):
        np.testing.assert_array_equal(mixture.modes(), modal_clustering(mixture).modes)
    np.testing.assert_allclose(Mixture([0.5, 0.5], [[-0.5], [0.5]], [1.0, 1.0]).modes(), [[0.0]], atol=1e-9)


@pytest.mark.parametrize("mixture", [TWO, NOISY, Mixture([1.0], [[3.0]], [4.0])])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.95])
def test_intervals_have_their_probability(mixture, level):
    region = mixture.highest_density_region(level)
    ends = region.intervals
    assert float((mixture.cdf(ends[:, 1]) - mixture.cdf(ends[:, 0])).sum()) == pytest.approx(level, abs=1e-9)
    assert region.standard_error == 0.0


def test_intervals_of_a_normal_distribution():
    ends = Mixture([1.0], [[3.0]], [4.0]).highest_density_region(0.95).intervals
    np.testing.assert_allclose(ends, [3 + 2 * np.array([-1.959963985, 1.959963985])], rtol=1e-8)


@pytest.mark.parametrize("mixture", [PLANE, CUBE])
def test_regions_hold_their_share_of_draws(mixture):
    draws, _ = mixture.sample(100_000, random_state=5)
    for level in (0.5, 0.9):
        region = mixture.highest_density_region(level)
        assert region.contains(draws).mean() == pytest.approx(level, abs=0.006)


def test_threshold_of_a_normal_distribution_in_the_plane():
    region = Mixture([1.0], [[0.0, 0.0]], [1.0]).highest_density_region(0.9)
    exact = -np.log(2 * np.pi) - 0.5 * stats.chi2.ppf(0.9, 2)
    assert abs(region.log_threshold - exact) < 5 * region.standard_error
    assert "probability 0.9" in repr(region)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: PLANE.quantile(0.5), InputError, r"marginal\(\[column\]\)"),
        (lambda: TWO.quantile(-0.1), InputError, "level holds -0.1"),
        (lambda: TWO.quantile(np.nan), InputError, "level holds nan"),
        (lambda: PLANE.cdf([[0.0, np.nan]]), InputError, r"X\[0, 1\] is NaN"),
        (lambda: PLANE.cdf([0.0, 1.0]), InputError, r"shape \(2,\)"),
        (lambda: PLANE.highest_density_region(1.0), InputError, "between 0 and 1"),
        (lambda: PLANE.highest_density_region("most"), InputTypeError, "between 0 and 1"),
        (lambda: PLANE.highest_density_region(0.5).intervals, InputError, "use contains"),
        (lambda: PLANE.entropy(draws=3), InputError, "draws is 3"),
        (
            lambda: Mixture([1.0], [[0.0, 0.0]], [np.ones((2, 2))], allow_singular=True).entropy(),
            InputError,
            "singular",
        ),
    ],
)
def test_faults(call, error, message):
    with pytest.raises(error, match=message):
        call()
