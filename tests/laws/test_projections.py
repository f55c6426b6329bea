"""Rows that are projections of the true values: laws of whole fits, beside every option that has a meaning."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from gaussmix import FactorAnalysers, Full, GaussianMixture, Mixture
from gaussmix.blocks import Block
from gaussmix.em import e_step as ours
from gaussmix.em import m_step as our_m_step
from gaussmix.errors import InputError
from gaussmix.model import Model

from ..support import assert_close, quiet
from .row_by_row import Parameters, Rows, Rules, e_step, m_step

K, D, M, N = 3, 3, 2, 60
OPTIONS = ("weights", "missing", "noise", "labels")
SUBSETS = list(chain.from_iterable(combinations(OPTIONS, size) for size in range(len(OPTIONS) + 1)))
TRUTH = Mixture(
    [0.5, 0.3, 0.2],
    [[0.0, 0.0, 0.0], [6.0, -4.0, 3.0], [-5.0, 2.0, 6.0]],
    [np.eye(3), np.diag([2.0, 0.5, 1.0]) + 0.3, 0.5 * np.eye(3)],
)


def measured(n, m=M, seed=0, options=("noise",)):
    """Rows of random projections, with what is known of them, and their true values and components."""
    rng = np.random.default_rng([seed, m, *(OPTIONS.index(option) for option in options)])
    V, components = TRUTH.sample(n, random_state=rng)
    R = rng.standard_normal((n, m, D))
    X = np.einsum("nmd,nd->nm", R, V)
    known = {"projections": R}
    if "noise" in options:
        root = 0.3 * rng.standard_normal((n, m, m))
        known["noise"] = root @ root.swapaxes(1, 2)
        X += (root @ rng.standard_normal((n, m, 1)))[:, :, 0]
    if "weights" in options:
        known["sample_weight"] = rng.integers(0, 3, n).astype(float)
    if "missing" in options:
        X[rng.random(X.shape) < 0.2] = np.nan
    if "labels" in options:
        known["labels"] = np.where(rng.random(n) < 0.2, components, -1)
    return X, known, V, components


@pytest.mark.parametrize("options", SUBSETS, ids="+".join)
def test_the_library_takes_the_steps_of_the_loop_over_rows(options):
    X, known, _, _components = measured(N, options=options)
    noise, weights = known.get("noise"), known.get("sample_weight")
    allowed = None
    if "labels" in options:
        labels = known["labels"][:, None]
        allowed = (labels < 0) | (labels == np.arange(K + 1))
    rows = Rows.of(X, K, weights, noise, allowed, known["projections"])
    rules = Rules(np.zeros(K, dtype=bool), np.ones(D))
    p = Parameters(np.full(K, 1 / K), np.array(TRUTH.means) + 0.7, np.tile(2.0 * np.eye(D), (K, 1, 1)))
    mixture = Mixture(p.weights, p.means, p.covariances)
    block = Block(
        X,
        weights,
        noise=noise,
        allowed=None if allowed is None else allowed[:, :K],
        holes="missing" in options,
        projections=known["projections"],
    )
    last = -np.inf
    for _ in range(3):
        sums, moments = e_step(p, rows, rules), ours(mixture.densities, block)
        assert_close(moments.log_likelihood, sums.log_likelihood, rtol=1e-10)
        assert sums.log_likelihood > last
        last = sums.log_likelihood
        p, mixture = m_step(sums, rules, p), our_m_step(moments, Model(Full()))
        assert_close(mixture.means, p.means, rtol=1e-8, atol=1e-8)
        assert_close(mixture.covariances.dense(), p.covariances, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("options", SUBSETS, ids="+".join)
@pytest.mark.parametrize("family", ["full", "diag"])
def test_a_default_fit_beside_every_option(options, family):
    X, known, _, _ = measured(150, options=options)
    with quiet():
        model = GaussianMixture(K, covariance_type=family, random_state=0, max_iter=100).fit(X, **known)
    assert (np.diff(model.lower_bounds_) > -1e-9).all()
    rows = {name: known[name] for name in ("projections", "noise") if name in known}
    scored = {**rows, "sample_weight": known.get("sample_weight")}
    if "labels" not in options:
        assert model.score(X, **scored) == pytest.approx(model.lower_bound_, abs=0.05)
    assert_close(model.predict_proba(X, **rows).sum(axis=1), np.ones(150), rtol=1e-10)
    assert model.denoise(X, known.get("noise"), known["projections"]).shape == (150, D)
    assert model.n_features_in_ == D


@pytest.mark.parametrize("seed", range(5))
def test_a_mixture_is_found_from_planes_that_rows_are_seen_in(seed):
    X, known, V, components = measured(1500, seed=seed)
    model = GaussianMixture(K, random_state=seed).fit(X, **known)
    rows = known["projections"], known["noise"]
    found = model.score(X, noise=known["noise"], projections=known["projections"])
    assert found > TRUTH.log_prob(X, known["noise"], known["projections"]).mean()
    order = np.argsort(model.means_[:, 0])
    assert_close(model.means_[order], TRUTH.means[np.argsort(TRUTH.means[:, 0])], atol=0.5, rtol=0)
    denoised = model.denoise(X, known["noise"], known["projections"])
    nearest = np.linalg.pinv(rows[0]) @ X[:, :, None]
    assert np.square(denoised - V).mean() < 0.3 * np.square(nearest[:, :, 0] - V).mean()
    labels = model.predict(X, known["noise"], known["projections"])
    assert (np.argsort(order)[labels] == np.argsort(np.argsort(TRUTH.means[:, 0]))[components]).mean() > 0.9


def test_the_unit_matrix_changes_nothing():
    X, _ = TRUTH.sample(300, random_state=1)
    plain = GaussianMixture(K, random_state=0).fit(X)
    seen = GaussianMixture(K, random_state=0).fit(X, projections=np.eye(D))
    assert seen.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-9)
    assert_close(seen.means_, plain.means_, rtol=1e-5, atol=1e-5)
    for name in ("aic", "bic", "icl"):
        assert getattr(seen, name)(X, projections=np.eye(D)) == pytest.approx(
            getattr(seen, name)(X), rel=1e-12
        )
    noise = np.full(X.shape, 0.2)
    assert_close(seen.denoise(X, noise, np.eye(D)), seen.denoise(X, noise), rtol=1e-10)


def test_rows_of_the_unit_matrix_are_rows_with_missing_values():
    rng = np.random.default_rng(2)
    X, _ = TRUTH.sample(300, random_state=2)
    seen = np.array([np.sort(rng.choice(D, 2, replace=False)) for _ in X])
    holed = np.full(X.shape, np.nan)
    values = np.take_along_axis(X, seen, axis=1)
    np.put_along_axis(holed, seen, values, axis=1)
    a = GaussianMixture(K, random_state=0).fit(holed)
    b = GaussianMixture(K, random_state=0).fit(values, projections=np.eye(D)[seen])
    assert b.lower_bound_ == pytest.approx(a.lower_bound_, abs=1e-6)
    assert_close(b.denoise(values, None, np.eye(D)[seen]), a.impute(holed), rtol=1e-3, atol=1e-2)
    mixture = a.mixture_
    assert_close(mixture.log_prob(values, projections=np.eye(D)[seen]), mixture.log_prob(holed), rtol=1e-10)


@pytest.mark.parametrize("unit", [1e-3, 2.0**40, 1e150])
def test_units_of_the_true_values_change_nothing(unit):
    X, known, _, _ = measured(200, seed=3)
    one = GaussianMixture(2, random_state=0).fit(X, **known)
    other = GaussianMixture(2, random_state=0).fit(
        X, projections=known["projections"] / unit, noise=known["noise"]
    )
    assert other.lower_bound_ == pytest.approx(one.lower_bound_, abs=1e-6)
    assert_close(other.means_ / unit, one.means_, rtol=1e-3, atol=1e-3)


def test_a_rotation_of_the_measured_values_changes_nothing():
    X, known, _, _ = measured(200, seed=4)
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((M, M)))[0]
    one = GaussianMixture(2, random_state=0).fit(X, **known)
    turned = {"projections": turn @ known["projections"], "noise": turn @ known["noise"] @ turn.T}
    other = GaussianMixture(2, random_state=0).fit(X @ turn.T, **turned)
    assert other.lower_bound_ == pytest.approx(one.lower_bound_, abs=1e-6)


def test_copies_are_weights_bit_for_bit():
    X, known, _, _ = measured(80, seed=5)
    copies = np.random.default_rng(0).integers(1, 4, 80)
    repeated = np.random.default_rng(1).permutation(np.repeat(np.arange(80), copies))
    with quiet():
        a = GaussianMixture(2, random_state=0).fit(X, sample_weight=copies, **known)
        chosen = {name: array[repeated] for name, array in known.items()}
        b = GaussianMixture(2, random_state=0).fit(X[repeated], **chosen)
    assert np.array_equal(a.means_, b.means_)


def test_draws_have_the_posterior_mean_and_are_seen_as_the_rows():
    X, known, _, _ = measured(20, seed=6, options=())
    draws = TRUTH.draw(X, 4000, random_state=0, projections=known["projections"])
    assert draws.shape == (4000, 20, D)
    assert_close(draws.mean(axis=0), TRUTH.denoise(X, None, known["projections"]), atol=0.15, rtol=0)
    assert_close(np.einsum("nmd,snd->snm", known["projections"], draws[:5]), np.tile(X, (5, 1, 1)), atol=1e-9)


def test_more_values_than_true_ones_with_errors():
    rng = np.random.default_rng(7)
    V, _ = TRUTH.sample(400, random_state=7)
    R = rng.standard_normal((400, 5, D))
    noise = np.full((400, 5), 0.04)
    X = np.einsum("nmd,nd->nm", R, V) + 0.2 * rng.standard_normal((400, 5))
    model = GaussianMixture(K, random_state=0).fit(X, noise=noise, projections=R)
    assert model.score(V) > TRUTH.log_prob(V).mean() - 0.1


def test_factor_analysers_of_few_and_of_many_columns():
    rng = np.random.default_rng(0)
    R = rng.standard_normal((200, 4, 60))
    X = np.einsum("nmd,nd->nm", R, rng.standard_normal((200, 60)))
    model = GaussianMixture(2, covariance_type=FactorAnalysers(1), max_iter=10, random_state=0)
    with quiet():
        model.fit(X, projections=R[:, :, :5])
    assert (np.diff(model.lower_bounds_) > -1e-9).all()
    with pytest.raises(InputError, match=r"factor analysers of more than \d+ columns take none"):
        model.fit(X, projections=R)


BAD = {
    "another number of rows": (lambda R: R[:-1], {}, "give a matrix"),
    "a vector": (lambda R: R[0, 0], {}, "give a matrix"),
    "not finite": (lambda R: np.where(R[3, 1, 2] == R, np.nan, R), {}, r"projections\[3, 1, 2\] is nan"),
    "equal rows": (lambda R: np.repeat(R[:, :1], 2, axis=1), {}, "rank below its 2 observed values"),
    "a row of zeros": (lambda R: R * [[[1.0], [0.0]]], {}, "rank below its 2 observed values"),
    "an unseen value": (lambda R: R * [1.0, 1.0, 0.0], {}, "no row observes the true value 2"),
    "an unseen direction": (lambda R: np.tile(R[:1], (len(R), 1, 1)), {}, "no row observes the direction"),
    "a uniform component": (lambda R: R, {"noise_component": True}, "projections of uniform rows"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_said(case):
    X, known, _, _ = measured(50, seed=8, options=())
    change, options, message = BAD[case]
    with quiet(), pytest.raises(InputError, match=message):
        GaussianMixture(2, random_state=0, **options).fit(X, projections=change(known["projections"]))


def test_a_fitted_model_says_what_it_expects():
    X, known, _, _ = measured(100, seed=9)
    model = GaussianMixture(1, random_state=0).fit(X, **known)
    with pytest.raises(InputError, match="expecting 3 features"):
        model.predict(X)
    with pytest.raises(InputError, match="matrices of 2 columns, but the mixture has 3 features"):
        model.predict(X, projections=known["projections"][:, :, :2])
    uniform = GaussianMixture(2, noise_component=True, random_state=0).fit(TRUTH.sample(200, 0)[0])
    with pytest.raises(InputError, match="projections of uniform rows"):
        uniform.score(X, projections=known["projections"])
