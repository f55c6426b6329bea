"""Modal clustering: modes beside a search by brute force, laws, rows as they are, and messages."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gaussmix import Decomposed, FactorAnalysers, GaussianMixture, Mixture, datasets, modal_clustering
from gaussmix.errors import InputError, InputTypeError
from gaussmix.mixture.modal_em import LogDensity
from gaussmix.uniform import Uniform

from ..support import FAMILIES, random_mixture


def peaks_and_valleys(mixture):
    """The largest and the smallest values of a density of one column, on a fine grid."""
    reach = 5.0 * np.sqrt(mixture.covariances.variances().max())
    x = np.linspace(mixture.means.min() - reach, mixture.means.max() + reach, 20_001)
    rise = np.diff(mixture.log_prob(x))
    turns = np.flatnonzero(rise[:-1] * rise[1:] <= 0) + 1
    up = rise[turns - 1] > 0
    return x[turns[up]], x[turns[~up]], x[1] - x[0]


@given(st.integers(1, 6), st.integers(0, 10_000))
@settings(max_examples=25)
def test_one_column_as_by_brute_force(K, seed):
    rng = np.random.default_rng(seed)
    mixture = Mixture(rng.dirichlet(np.full(K, 3.0)), rng.uniform(0, 8, (K, 1)), rng.uniform(0.1, 2.0, K))
    peaks, valleys, step = peaks_and_valleys(mixture)
    X = mixture.sample(100, random_state=seed)[0]
    found = modal_clustering(mixture, X)
    # All modes of one column are reached from the means.
    assert sorted(found.modes[:, 0].tolist()) == pytest.approx(peaks.tolist(), abs=2 * step)
    clear = np.abs(X - valleys).min(axis=1, initial=np.inf) > 0.01
    interval = np.searchsorted(valleys, X[:, 0])
    assert (np.abs(found.modes[found.labels, 0] - peaks[interval])[clear] < 2 * step).all()


@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 10_000))
@settings(max_examples=30)
def test_modes_are_stationary_and_the_density_never_falls(K, D, seed):
    mixture = datasets.random_mixture(K, D, random_state=seed)
    X = mixture.sample(50, random_state=seed)[0]
    found = modal_clustering(mixture, X)
    density = LogDensity(mixture)
    slopes = density.derivatives(density.standardized(found.modes))
    np.testing.assert_allclose(slopes.gradient, 0.0, atol=1e-7)
    assert (slopes.curvatures > 0).all()
    assert (mixture.log_prob(X) <= found.log_densities[found.labels] + 1e-9).all()
    assert (mixture.log_prob(mixture.means) <= found.log_densities[found.component_labels] + 1e-9).all()
    np.testing.assert_allclose(found.log_densities, mixture.log_prob(found.modes))
    assert np.array_equal(found.predict(X), found.labels)


@pytest.mark.parametrize("seed", range(5))
def test_an_optimiser_of_scipy_finds_the_same_modes(seed):
    mixture = datasets.random_mixture(4, 3, random_state=seed)
    found = modal_clustering(mixture, mixture.means)
    for k, mean in enumerate(mixture.means):
        # Small steps, so that the path stays in its basin.
        theirs = minimize(
            lambda x: -mixture.log_prob(x[None])[0], mean, method="BFGS", options={"gtol": 1e-9}
        ).x
        np.testing.assert_allclose(found.modes[found.component_labels[k]], theirs, atol=1e-3)


@given(st.integers(2, 4), st.integers(1, 3), st.integers(0, 1000))
@settings(max_examples=20)
def test_modes_move_with_the_units(K, D, seed):
    mixture, rng = datasets.random_mixture(K, D, random_state=seed), np.random.default_rng(seed)
    A, b = rng.normal(size=(D, D)) + 3.0 * np.eye(D), 100.0 * rng.normal(size=D)
    X = mixture.sample(40, random_state=seed)[0]
    here, there = modal_clustering(mixture, X), modal_clustering((A @ mixture) + b, X @ A.T + b)
    np.testing.assert_allclose(here.modes @ A.T + b, there.modes, rtol=1e-6, atol=1e-6)
    assert np.array_equal(here.labels, there.labels)


@given(
    st.sampled_from([*FAMILIES, Decomposed("EEV"), FactorAnalysers(1)]),
    st.integers(1, 5),
    st.sampled_from([1, 2, 3, 8, 31]),
    st.integers(0, 10_000),
)
@settings(max_examples=40)
def test_units_and_origins_of_columns_do_not_matter(family, K, D, seed):
    rng = np.random.default_rng(seed)
    mixture = random_mixture(rng, K, D, family)
    X = mixture.sample(40, random_state=seed)[0]
    scales = 10.0 ** rng.uniform(-8, 8, D)
    shifts = scales * rng.choice([0.0, 1e3, -1e8], D)
    here, there = (
        modal_clustering(mixture, X),
        modal_clustering(np.diag(scales) @ mixture + shifts, X * scales + shifts),
    )
    assert np.array_equal(here.labels, there.labels)
    assert np.array_equal(here.component_labels, there.component_labels)
    # A row of size 1e8 has eight digits after the point.
    np.testing.assert_allclose((there.modes - shifts) / scales, here.modes, atol=1e-5)


@pytest.mark.parametrize("thickness", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize("D", [2, 5])
def test_nearly_singular_covariances(thickness, D):
    rng = np.random.default_rng(D)
    mixture = random_mixture(rng, 4, D, FAMILIES[0])
    turn = np.linalg.qr(rng.standard_normal((D, D)))[0]
    thin = turn @ np.diag([thickness, *np.ones(D - 1)])
    X = mixture.sample(50, random_state=0)[0]
    here, there = modal_clustering(mixture, X), modal_clustering(thin @ mixture, X @ thin.T)
    np.testing.assert_allclose(there.modes, here.modes @ thin.T, atol=1e-5)
    assert np.array_equal(here.labels, there.labels)


@pytest.mark.parametrize("distance", [1e3, 1e7, 1e11])
def test_modes_far_apart(distance):
    far = Mixture(np.full(4, 0.25), distance * np.array([[0.0, 0], [1, 0], [0, 1], [1, 3]]), np.ones(4))
    X, components = far.sample(100, random_state=0)
    found = modal_clustering(far, X)
    assert np.array_equal(found.labels, components)
    np.testing.assert_allclose(found.modes, far.means, atol=1e-15 * distance)


def test_thin_components_across_each_other():
    # Of variances 1 and 1e-10, along the axes of a turned plane.
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((2, 2)))[0]
    thin = np.diag([1.0, 1e-10])
    crossed = turn @ Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 0.3]], [thin, thin[::-1, ::-1]])
    X, components = crossed.sample(200, random_state=0)
    assert np.array_equal(modal_clustering(crossed, X).labels, components)


def test_equal_components_have_one_mode():
    assert len(modal_clustering(Mixture(np.full(5, 0.2), np.full((5, 3), 0.37), np.ones(5))).modes) == 1


def test_more_modes_than_components():
    # Two crossed ridges have a third mode where they meet (Ray and Lindsay 2005).
    crossed = Mixture(
        [0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [[[1.0, 0.0], [0.0, 0.05]], [[0.05, 0.0], [0.0, 1.0]]]
    )
    X = crossed.sample(400, random_state=0)[0]
    assert len(modal_clustering(crossed).modes) == 2
    found = modal_clustering(crossed, X)
    assert len(found.modes) == 3
    with pytest.raises(InputError, match="leads to a new mode"):
        modal_clustering(crossed).predict(X)


def test_a_saddle_point_is_left():
    pair = Mixture([0.5, 0.5], [[-3.0, 0.0], [3.0, 0.0]], [1.0, 1.0])
    found = modal_clustering(pair, [[0.0, 0.0], [0.0, 5.0]])
    assert len(found.modes) == 2
    assert set(found.labels.tolist()) <= {0, 1}


@pytest.mark.parametrize(("origin", "gap"), [(0.0, 0.0), (0.1, 0.0), (1e3, 0.0), (0.1, 1e-7)])
def test_a_flat_top_is_one_mode(origin, gap):
    # At two standard deviations between equal components the density is flat to third order.
    flat = Mixture([0.5, 0.5], [[-1.0], [1.0 - gap]], [1.0, 1.0]) + origin
    found = modal_clustering(flat, flat.sample(100, random_state=0)[0])
    assert len(found.modes) == 1
    np.testing.assert_allclose(found.modes, origin, atol=0.02)


def test_two_modes_beside_a_nearly_flat_saddle():
    pair = Mixture([0.5, 0.5], [[-1.0005], [1.0005]], [1.0, 1.0])
    found = modal_clustering(pair, pair.sample(100, random_state=0)[0])
    np.testing.assert_allclose(np.abs(found.modes), 0.0548, atol=1e-4)
    assert len(found.modes) == 2


def test_rows_of_the_uniform_component_have_no_mode():
    noisy = Mixture(
        [0.5, 0.4],
        [[0.0], [9.0]],
        [1.0, 1.0],
        uniform=Uniform(
            weight=0.1, lower=np.array([-50.0]), upper=np.array([50.0]), log_volume=np.log(100.0)
        ),
    )
    found = modal_clustering(noisy, [[0.1], [40.0], [9.2]])
    assert found.labels.tolist() == [0, -1, 1]
    assert repr(found) == "<ModalClustering: 2 modes of 2 components, with 1 and 1 rows>"


def test_far_rows_come_home():
    mixture = datasets.random_mixture(3, 2, random_state=1)
    found = modal_clustering(mixture, [[1e6, 1e6], [-1e9, 0.0]])
    assert (found.labels >= 0).all()


def test_a_component_without_weight_has_no_mode():
    assert len(modal_clustering(Mixture([0.0, 1.0], [[9.0], [0.0]], [1.0, 1.0])).modes) == 1


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda m: modal_clustering(m, [[0.0, 0.0], [np.nan, 1.0]]),
            InputError,
            "X[1] has a missing value, and modal EM",
        ),
        (lambda m: modal_clustering(m, [[0.0]]), InputError, "X has 1 features, but the mixture has 2"),
        (
            lambda m: modal_clustering(
                Mixture([1.0], [[0.0, 0.0]], [np.diag([1.0, 0.0])], allow_singular=True)
            ),
            InputError,
            "singular covariances, whose density is infinite",
        ),
        (lambda m: modal_clustering(GaussianMixture(2)), InputError, "holds no fitted mixture"),
        (lambda m: modal_clustering("faithful"), InputTypeError, "modal_clustering needs a Mixture"),
    ],
)
def test_bad_input_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call(datasets.random_mixture(2, 2, random_state=0))
