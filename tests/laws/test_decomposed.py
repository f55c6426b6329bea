"""Families that share some of volume, shape and orientation: laws of their estimates and of EM."""

from __future__ import annotations

import pickle
from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaussmix import Decomposed, Diagonal, Full, GaussianMixture, Tied
from gaussmix.covariances.constraints import Floor, NoConstraint
from gaussmix.errors import InputError
from gaussmix.moments import Moments

from ..support import DECOMPOSED, assert_close, clusters, fit, quiet, random_dense, random_mixture
from .test_monotone import KINDS, assert_never_falls, heavy_tails, nearly_on_a_line, scales, tiny_clusters

SEEDS = st.integers(0, 2**32 - 1)
FAMILY = st.sampled_from(DECOMPOSED)
each_family = pytest.mark.parametrize("family", DECOMPOSED, ids=lambda family: family.model)
EXTREME = (heavy_tails, nearly_on_a_line, scales, tiny_clusters)
"""An equal volume or shape gives components axes whose lengths differ by 1e6 and more: float64 holds the variance along
the shortest one to a few digits.
"""
ASCENDING = [kind for kind in KINDS if kind not in EXTREME]


def with_rows_missing(X, rng):
    X = np.where(rng.random(X.shape) < 0.15, np.nan, X)
    X[0], X[1] = rng.standard_normal((2, X.shape[1]))
    return X


@pytest.mark.parametrize("kind", ASCENDING, ids=lambda kind: kind.__name__)
@settings(max_examples=8)
@given(SEEDS, FAMILY, st.integers(1, 4), st.integers(1, 4), st.integers(5, 50))
def test_em_never_falls(kind, seed, family, K, D, n):
    X = kind(np.random.default_rng(seed), n, D)
    assert_never_falls(fit(X, min(K, len(X)), covariance_type=family, tol=0, max_iter=20))


@pytest.mark.parametrize("kind", EXTREME, ids=lambda kind: kind.__name__)
@settings(max_examples=8)
@given(SEEDS, FAMILY, st.integers(1, 4), st.integers(1, 4), st.integers(5, 50))
def test_em_ends_higher_on_extreme_data(kind, seed, family, K, D, n):
    X = kind(np.random.default_rng(seed), n, D)
    model = fit(X, min(K, len(X)), covariance_type=family, tol=0, max_iter=20)
    values = model.trace_.log_likelihood
    assert np.isfinite(values).all()
    assert model.lower_bound_ >= values[0] - 1e-9 * abs(values[0])


@settings(max_examples=8)
@given(SEEDS, FAMILY, st.integers(1, 3), st.integers(2, 3))
def test_em_never_falls_with_weights_and_holes(seed, family, K, D):
    rng = np.random.default_rng(seed)
    X, weights = (
        with_rows_missing(clusters(rng, 60, 3, D), rng),
        rng.integers(1, 4, 60) * 10.0 ** rng.integers(-3, 4),
    )
    assert_never_falls(fit(X, K, covariance_type=family, tol=0, max_iter=20, sample_weight=weights))


@each_family
def test_the_default_fit_never_falls(family):
    X = clusters(np.random.default_rng(1), 300, 4, 2)
    model = fit(X, 4, covariance_type=family, search="auto", acceleration="auto", tol="auto")
    assert_never_falls(model)
    assert model.converged_
    assert model.mixture_.family == family


@each_family
@pytest.mark.parametrize("acceleration", ["auto", "off"])
def test_accelerated_em_ends_where_plain_em_does(family, acceleration):
    X = clusters(np.random.default_rng(5), 400, 3, 3, spread=2.0)
    ends = [
        fit(X, 3, covariance_type=family, tol="auto", max_iter=3000, acceleration=acceleration).score(X)
        for acceleration in (acceleration, "off")
    ]
    assert ends[0] >= ends[1] - 1e-5


@each_family
def test_what_is_equal_is_equal(family):
    rng = np.random.default_rng(3)
    mixture = (
        GaussianMixture(3, covariance_type=family, random_state=0).fit(clusters(rng, 300, 3, 3)).mixture_
    )
    values = np.linalg.eigvalsh(mixture.covariances.dense())
    volumes = values.prod(axis=1) ** (1 / 3)
    shapes = values / volumes[:, None]
    volume, shape, orientation = family.model
    assert (np.ptp(volumes) < 1e-9 * volumes[0]) == (volume == "E")
    if orientation != "I":
        assert (np.abs(shapes - shapes[0]).max() < 1e-8) == (shape == "E")
    if orientation == "I":
        assert np.count_nonzero(mixture.covariances.dense()) == 9
        ratios = mixture.covariances.array / volumes[:, None]
        assert (np.abs(ratios - ratios[0]).max() < 1e-8) == (shape == "E")
    products = mixture.covariances.dense()
    commutator = products[0] @ products[1] - products[1] @ products[0]
    assert (np.abs(commutator).max() < 1e-6 * np.abs(products).max() ** 2) == (orientation in "IE")


@each_family
@given(SEEDS, st.integers(1, 4))
@settings(max_examples=10)
def test_one_component_is_the_free_family(family, seed, D):
    X = clusters(np.random.default_rng(seed), 40, 2, D)
    one, free = (fit(X, 1, covariance_type=f, max_iter=3) for f in (family, family.single))
    assert_close(one.mixture_.covariances.dense(), free.mixture_.covariances.dense(), rtol=1e-10)
    assert one.mixture_.n_parameters == free.mixture_.n_parameters


@each_family
def test_one_column_is_e_or_v(family):
    X = clusters(np.random.default_rng(0), 200, 3, 1)
    other = Full() if family.model.startswith("V") else Tied(Full())
    fits = [fit(X, 3, covariance_type=f, tol=0, max_iter=30) for f in (family, other)]
    assert fits[0].score(X) == pytest.approx(fits[1].score(X), rel=1e-10)
    assert fits[0].mixture_.n_parameters == fits[1].mixture_.n_parameters


@each_family
@pytest.mark.parametrize("powers", [(0, 0, 0), (27, 27, 27), (-27, 20, 3), (300, -300, 0)])
def test_units_do_not_matter_where_the_family_does_not_see_them(family, powers):
    if len(set(powers)) > 1 and not family.scales_columns:
        return
    X = clusters(np.random.default_rng(2), 200, 3, 3)
    units = np.exp2(powers)
    fits = [fit(Y, 3, covariance_type=family, max_iter=50) for Y in (X, X * units)]
    assert (fits[0].predict(X) == fits[1].predict(X * units)).all()
    assert_close(fits[1].means_ / units, fits[0].means_, rtol=1e-6)


@pytest.mark.parametrize("family", [f for f in DECOMPOSED if f.frame.full], ids=lambda family: family.model)
def test_a_rotation_turns_the_fit(family):
    rng = np.random.default_rng(4)
    X, Q = clusters(rng, 200, 3, 3), np.linalg.qr(rng.standard_normal((3, 3)))[0]
    start = np.arange(200) % 3
    fits = [fit(Y, 3, covariance_type=family, init_params=start, tol=0, max_iter=30) for Y in (X, X @ Q.T)]
    assert_close(fits[1].means_, fits[0].means_ @ Q.T, rtol=1e-5)
    assert_close(fits[1].score(X @ Q.T), fits[0].score(X), rtol=1e-8)


@each_family
@given(SEEDS, st.integers(2, 4), st.integers(1, 4))
@settings(max_examples=10)
def test_a_bound_is_kept_within_the_family(family, seed, K, D):
    rng = np.random.default_rng(seed)
    counts, scale = rng.uniform(1.0, 50.0, K), random_dense(rng, 1, D)[0]
    dense = random_dense(rng, K, D, condition=1e6)
    dense[0] *= 1e-3
    scatter = np.array(family.frame.of_dense(dense)) * family.frame.expand(counts)
    bound = Floor(scale if family.frame.full else np.diagonal(scale), 0.05)
    for start in (None, family.from_dense(np.tile(scale, (K, 1, 1)), counts)):
        held = family.from_scatter(scatter, counts, bound, start)
        assert held.family == family
        assert (held.clearance(bound) >= 1.0 - 1e-9).all()
        assert_close(family.nearest(held.in_frame(), counts).dense(), held.dense(), rtol=1e-6)


@each_family
@pytest.mark.parametrize("degenerate", ["a point", "a constant column", "nothing"])
def test_degenerate_scatter_is_held_by_a_bound(family, degenerate):
    rng = np.random.default_rng(0)
    dense = random_dense(rng, 3, 3)
    if degenerate == "a point":
        dense[1] = 0.0
    if degenerate == "a constant column":
        dense[:, 2] = dense[:, :, 2] = 0.0
    if degenerate == "nothing":
        dense[:] = 0.0
    counts = np.array([20.0, 10.0, 5.0])
    scatter = np.array(family.frame.of_dense(dense)) * family.frame.expand(counts)
    bound = Floor(np.eye(3) if family.frame.full else np.ones(3), 1e-8)
    held = family.from_scatter(scatter, counts, bound)
    assert held.family == family
    assert (held.clearance(bound) >= 1.0 - 1e-6).all()
    assert np.isfinite(held.factors).all()


@each_family
def test_copies_are_equal(family):
    mixture = random_mixture(np.random.default_rng(0), 3, 2, family)
    for copy in (pickle.loads(pickle.dumps(mixture)), deepcopy(mixture)):
        assert copy == mixture
        assert copy.family == family
        with pytest.raises(ValueError, match="read-only"):
            copy.covariances.array[0] = 1.0
    assert repr(family) == f"Decomposed({family.model!r})"
    assert family == Decomposed(family.model)
    assert family not in (Full(), Diagonal(), *(f for f in DECOMPOSED if f.model != family.model))


@each_family
def test_arrays_of_no_member_are_refused(family):
    rng = np.random.default_rng(1)
    foreign = family.frame.of_dense(random_dense(rng, 3, 3) * np.array([1.0, 5.0, 9.0])[:, None, None])
    X = clusters(rng, 60, 3, 3)
    for method in (family.covariances, family.from_precisions):
        with pytest.raises(
            InputError,
            match=rf"are not consistent with the others in the family '{family.name}' \({family.model}\)",
        ):
            method(np.array(foreign), 3, 3)
    with pytest.raises(InputError, match="precisions of component"):
        GaussianMixture(3, covariance_type=family, precisions_init=np.array(foreign)).fit(X)


@each_family
def test_given_precisions_begin_the_fit(family):
    rng = np.random.default_rng(2)
    truth = random_mixture(rng, 3, 3, family)
    X = truth.sample(500, rng)[0]
    with quiet():
        model = GaussianMixture(
            3,
            covariance_type=family,
            weights_init=truth.weights,
            means_init=truth.means,
            precisions_init=truth.covariances.precisions(),
        ).fit(X)
    assert model.score(X) >= truth.log_prob(X).mean() - 1e-6
    assert model.precisions_.shape == model.covariances_.shape == family.shape(3, 3)


@each_family
def test_an_empty_component_changes_no_other(family):
    rng = np.random.default_rng(3)
    counts = np.array([30.0, 20.0, 0.0])
    second = np.array(family.frame.of_dense(random_dense(rng, 3, 2))) * family.frame.expand(counts)
    three, two = (
        family.estimate(Moments(family.frame, np.zeros((K, 2)), counts[:K], np.zeros((K, 2)), second[:K]))
        for K in (3, 2)
    )
    assert_close(three.dense()[:2], two.dense(), rtol=1e-7)
    assert np.isfinite(three.factors).all()


@each_family
def test_an_addition_to_the_diagonal_stays_in_the_family(family):
    X = clusters(np.random.default_rng(0), 100, 2, 3)
    model = fit(X, 2, covariance_type=family, reg_covar=0.5, max_iter=20)
    covariances = model.mixture_.covariances
    assert covariances.family == family
    assert_close(family.nearest(covariances.in_frame(), np.ones(2)).dense(), covariances.dense(), rtol=1e-7)
    assert (np.linalg.eigvalsh(covariances.dense()) >= 0.3).all()


def test_no_bound_and_no_variance_is_an_error_of_the_library():
    from gaussmix.errors import SingularCovarianceError

    for family in DECOMPOSED:
        scatter = family.frame.zero(2, 2)
        with pytest.raises(SingularCovarianceError):
            _ = family.from_scatter(scatter, np.ones(2), NoConstraint()).factors
