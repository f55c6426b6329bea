"""Trimmed fits: the rows of least density are left out in each step."""

from __future__ import annotations

import itertools
import pickle
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import gaussmix
from gaussmix import ConjugatePrior, GaussianMixture, Mixture, StudentMixture
from gaussmix.datasets import load_faithful
from gaussmix.engines import SerialEngine, ThreadEngine
from gaussmix.fitting import trimmed
from gaussmix.sources import ArraySource
from gaussmix.trimming import Cutoff, Trimming

from ..support import quiet

ERUPTIONS = load_faithful().data[:, 0]
EXAMPLE = Path(__file__).parents[1] / "oracles" / "tables" / "tclust_example.csv"
PAIRS = np.column_stack([ERUPTIONS[1:], ERUPTIONS[:-1]])
"""The length of an eruption and of the one before: tclust's geyser2."""


def clusters(n=300, seed=0):
    rng = np.random.default_rng(seed)
    k = rng.random(n) < 0.4
    X = np.where(k[:, None], rng.normal(size=(n, 2)) + np.array([8.0, 0.0]), rng.normal(size=(n, 2)))
    X[: n // 10] = rng.uniform(-60, 60, size=(n // 10, 2))
    return X


def reference_step(mixture, X, w, trim):
    """One trimmed step of full covariances, written out."""
    logs = mixture.log_prob(X)
    order, left, v = np.argsort(-logs, kind="stable"), (1.0 - trim) * w.sum(), np.zeros(len(X))
    for i in order:
        v[i] = min(w[i], left)
        left -= v[i]
    r = mixture.responsibilities(X) * v[:, None]
    means = r.T @ X / r.sum(axis=0)[:, None]
    deviations = X[:, None] - means
    covariances = np.einsum("nk,nki,nkj->kij", r, deviations, deviations) / r.sum(axis=0)[:, None, None]
    return Mixture(r.sum(axis=0) / r.sum(), means, covariances), float(v @ logs) / v.sum()


@pytest.mark.parametrize("trim", [0.1, 0.137, 0.5])
@pytest.mark.parametrize("weighted", [False, True])
def test_each_step_is_that_of_the_rows_of_largest_density(trim, weighted):
    X = clusters()
    w = np.random.default_rng(1).uniform(0.5, 2.0, len(X)) if weighted else np.ones(len(X))
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [7.0, 1.0]], [np.eye(2) * 4, np.eye(2) * 4])
    values = []
    start = mixture
    for _ in range(6):
        mixture, value = reference_step(mixture, X, w, trim)
        values.append(value)
    model = GaussianMixture(2, trim=trim, init_params=start, tol=0, max_iter=6)
    model.fit(X, sample_weight=w if weighted else None)
    np.testing.assert_allclose(model.lower_bounds_, values, rtol=1e-9)
    np.testing.assert_allclose(model.means_, mixture.means, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(model.covariances_, mixture.covariances.dense(), rtol=1e-8, atol=1e-8)


OPTIONS = list(itertools.product([False, True], repeat=6))


@pytest.mark.parametrize("options", OPTIONS[::3] + OPTIONS[-1:], ids=str)
def test_the_trimmed_likelihood_never_falls(options):
    weights, holes, labels, uniform, prior, tails = options
    X, rng = clusters(200, 3), np.random.default_rng(0)
    known = {}
    if labels:
        known["labels"] = np.where(np.arange(200) >= 170, (X[:, 0] > 4).astype(int), -1)
    if weights:
        known["sample_weight"] = rng.uniform(0.5, 2.0, 200)
    if holes:
        X[rng.random(X.shape) < 0.1] = np.nan
    cls = StudentMixture if tails else GaussianMixture
    model = cls(
        2,
        trim=0.12,
        noise_component=uniform,
        prior=ConjugatePrior() if prior else None,
        max_eigenvalue_ratio=20.0,
        tol=0,
        max_iter=20,
        search="off",
        random_state=0,
    )
    with quiet():
        model.fit(X, **known)
    assert np.diff(model.lower_bounds_).min() > -1e-9
    trimmed_rows = model.predict(X) == -1
    assert trimmed_rows.sum() >= (0 if weights else 20 if uniform else 24)


@pytest.mark.parametrize(
    ("K", "trim", "ratio", "objective"), [(2, 0.1, 8.0, -3747.378), (3, 0.0, 100.0, -4731.715)]
)
def test_the_likelihood_is_that_of_tclusts_hard_objective_on_its_example(K, trim, ratio, objective):
    """tclust 2.1-2, tests/ttclust.Rout.save: k, alpha, restr.fact and the objective, on 360 + 540 + 100 drawn rows."""
    X = np.loadtxt(EXAMPLE, delimiter=",", skiprows=1)
    model = GaussianMixture(K, trim=trim, max_eigenvalue_ratio=ratio, random_state=0).fit(X)
    assert (model.predict(X) == -1).sum() == round(trim * len(X))
    # Classification steps from the mixture's solution reach tclust's objective.
    mixture, last = model.mixture_, -np.inf
    for _ in range(50):
        joint = mixture.log_joint(X)
        best = joint.max(axis=1)
        kept = np.argsort(-best, kind="stable")[: round((1 - trim) * len(X))]
        value = best[kept].sum()
        if value <= last + 1e-9:
            break
        last = value
        labels = joint[kept].argmax(axis=1)
        hard = GaussianMixture(
            K, max_eigenvalue_ratio=ratio, init_params=labels, max_iter=0, search="off"
        ).fit(X[kept])
        mixture = hard.mixture_
    assert abs(last - objective) < 0.01


def test_the_short_eruptions_after_short_ones_are_trimmed():
    model = GaussianMixture(3, trim=6 / 271, max_eigenvalue_ratio=50.0, random_state=0).fit(PAIRS)
    out = PAIRS[model.predict(PAIRS) == -1]
    assert len(out) == 6
    assert (out.max(axis=1) < 3.2).sum() >= 4
    assert np.diff(model.lower_bounds_).min() > -1e-9


@pytest.mark.parametrize("value", [1e3, -9999.0, 1e10, 1e100])
def test_wild_rows_are_left_out_at_any_distance(value):
    X = np.vstack([load_faithful().data, [[value, value], [value, 60.0], [3.0, -value]]])
    model = GaussianMixture(2, trim=3 / 275, random_state=0).fit(X)
    plain = GaussianMixture(2, random_state=0).fit(X[:-3])
    np.testing.assert_allclose(model.means_, plain.means_, rtol=1e-3)
    np.testing.assert_allclose(model.covariances_, plain.covariances_, rtol=2e-2, atol=1e-4)
    assert (np.flatnonzero(model.predict(X) == -1) == [272, 273, 274]).all()


def test_no_trimming_is_the_plain_fit_bit_by_bit():
    X = clusters()
    assert (
        GaussianMixture(2, trim=0.0, random_state=0).fit(X).mixture_
        == GaussianMixture(2, random_state=0).fit(X).mixture_
    )
    assert GaussianMixture(2, random_state=0).fit(X).trim_threshold_ is None


def test_engines_files_and_copies_agree(tmp_path):
    X = np.tile(clusters(3000), (4, 1)) + np.random.default_rng(0).normal(size=(12_000, 2)) * 1e-3
    options = {"trim": 0.11, "init_params": (X[:, 0] > 4).astype(int), "tol": 0, "max_iter": 4}
    models = [
        GaussianMixture(2, engine=engine, **options).fit(X) for engine in (SerialEngine(), ThreadEngine(2))
    ]
    assert models[0].mixture_ == models[1].mixture_
    assert models[0].trim_threshold_ == models[1].trim_threshold_
    with quiet():
        models[0].save(tmp_path / "trimmed.safetensors")
    for again in (gaussmix.load(tmp_path / "trimmed.safetensors"), pickle.loads(pickle.dumps(models[0]))):
        np.testing.assert_array_equal(again.predict(X), models[0].predict(X))
        assert again.trim_threshold_ == models[0].trim_threshold_
    from_source = models[0].predict(ArraySource(X))
    np.testing.assert_array_equal(from_source, models[0].predict(X))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.49])
@pytest.mark.parametrize("weighted", [False, True])
def test_two_passes_with_a_histogram_find_the_same_cutoff(share, weighted, monkeypatch):
    X = np.round(clusters(2000), 1)  # with ties
    w = np.random.default_rng(2).uniform(0.1, 3.0, len(X)) if weighted else None
    source, mixture = ArraySource(X, w), Mixture([0.5, 0.5], [[0.0, 0.0], [8.0, 0.0]], [1.0, 1.0])
    find = partial(trimmed.cutoff_of, mixture, Trimming(share, np.zeros(2)), source, SerialEngine())
    once = find()
    monkeypatch.setattr(trimmed, "_GATHERED", 10)
    twice = find()
    assert once.score == twice.score
    assert abs(once.share - twice.share) < 1e-6


def test_the_weight_that_is_kept_is_exact():
    rng = np.random.default_rng(0)
    for _ in range(30):
        scores = np.round(rng.normal(size=40), 1)
        weights, share = rng.uniform(0.1, 2.0, 40), float(rng.uniform(0.0, 0.5))
        kept = (1.0 - share) * weights.sum()
        v = Cutoff.of(scores, weights, kept).weights(scores, weights)
        assert abs(v.sum() - kept) < 1e-9
        assert scores[v == 0].max(initial=-np.inf) <= scores[v > 0].min()


@pytest.mark.parametrize(
    "kind", ["variances", "covariances", "holes", "projections", "one component", "labels"]
)
def test_wild_rows_are_left_out_beside_measurement_errors(kind):
    rng = np.random.default_rng(5)
    truth = np.arange(150) % 2
    true, known = rng.normal(size=(150, 3)) + 6.0 * truth[:, None], {}
    K = 1 if kind == "one component" else 2
    if kind == "projections":
        known["projections"] = rng.normal(size=(150, 2, 3))
        X = np.einsum("nij,nj->ni", known["projections"], true)
    else:
        roots = 0.5 * rng.normal(size=(150, 3, 3))
        known["noise"] = np.tile(np.eye(3) * 0.3, (150, 1, 1))
        if kind == "covariances":
            known["noise"] = roots @ roots.swapaxes(1, 2)
        elif kind == "variances":
            known["noise"] = np.full((150, 3), 0.3)
        X = true + 0.5 * rng.normal(size=(150, 3))
    X[:6] = rng.uniform(100.0, 200.0, (6, X.shape[1]))
    if kind == "holes":
        X[6:][rng.random((144, 3)) < 0.2] = np.nan
    if kind == "labels":
        known["labels"] = np.where(np.arange(150) > 100, truth, -1)
    model = GaussianMixture(K, trim=0.04, random_state=0).fit(X, **known)
    expected = [[3.0] * 3] if K == 1 else [[0.0] * 3, [6.0] * 3]
    np.testing.assert_allclose(model.means_[np.argsort(model.means_[:, 0])], expected, atol=0.6)
    assert np.diff(model.lower_bounds_).min(initial=0.0) > -1e-9
    known.pop("labels", None)
    np.testing.assert_array_equal(np.flatnonzero(model.predict(X, **known) == -1), np.arange(6))
