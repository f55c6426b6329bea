"""The dendrogram of a mixing measure, and its criterion."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.cluster.hierarchy import is_valid_linkage

import gaussmix
from gaussmix import GaussianMixture, Mixture, plots, select
from gaussmix.errors import InputError
from gaussmix.model_sweep.dendrogram import dendrogram_of
from gaussmix.uniform import Uniform

from ..support import quiet

FAITHFUL = gaussmix.datasets.load_faithful().data


def some(seed, K=5, D=3):
    return gaussmix.datasets.random_mixture(n_components=K, n_features=D, random_state=seed)


def total(mixture):
    deviation = mixture.means - mixture.weights @ mixture.means
    return (
        np.tensordot(mixture.weights, mixture.covariances.dense(), 1)
        + (mixture.weights[:, None] * deviation).T @ deviation
    )


def closest(mixture, units):
    """The distance of the closest pair, pair by pair."""
    root = np.linalg.inv(np.linalg.cholesky(units))
    means, matrices, found = mixture.means @ root.T, root @ mixture.covariances.dense() @ root.T, []
    for i in range(mixture.n_components):
        for j in range(i):
            apart = ((means[i] - means[j]) ** 2).sum() + np.sqrt(((matrices[i] - matrices[j]) ** 2).sum())
            found.append(apart / (1 / mixture.weights[i] + 1 / mixture.weights[j]))
    return min(found)


@pytest.mark.parametrize("seed", range(5))
def test_each_merger_is_that_of_the_closest_pair(seed):
    mixture = some(seed, 4 + seed % 3, 1 + seed % 4)
    found = dendrogram_of(mixture)
    assert len(found.merged) == mixture.n_components
    assert np.isnan(found.heights[0])
    for K, merged in enumerate(found.merged, 1):
        assert merged.n_components == K
        np.testing.assert_allclose(merged.mean(), mixture.mean(), rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(merged.covariance(), mixture.covariance(), rtol=1e-9, atol=1e-9)
        if K > 1:
            assert found.heights[K - 1] == pytest.approx(closest(merged, total(mixture)), rel=1e-9)
    assert is_valid_linkage(
        np.column_stack([found.tree[:, :2], np.arange(1.0, len(found.tree) + 1), found.tree[:, 3]])
    )


@pytest.mark.parametrize("seed", range(3))
def test_maps_and_orders_of_components_do_not_matter(seed):
    mixture, rng = some(seed), np.random.default_rng(seed)
    order = rng.permutation(5)
    A, shift = rng.normal(size=(3, 3)) + 2 * np.eye(3), rng.normal(size=3)
    means, matrices = mixture.means[order] @ A.T + shift, A @ mixture.covariances.dense()[order] @ A.T
    moved = Mixture(mixture.weights[order], means, 0.5 * (matrices + matrices.transpose(0, 2, 1)))
    np.testing.assert_allclose(dendrogram_of(moved).heights, dendrogram_of(mixture).heights, rtol=1e-7)


@pytest.mark.parametrize("copies", [2, 3, 5])
def test_a_component_in_several_parts_is_merged_first(copies):
    mixture = some(1, 3, 2)
    weights = np.append(mixture.weights[:2], np.full(copies, mixture.weights[2] / copies))
    rows = [0, 1, *[2] * copies]
    parts = Mixture(weights, mixture.means[rows], mixture.covariances.dense()[rows])
    found = dendrogram_of(parts)
    assert found.heights[3:] == pytest.approx(0.0, abs=1e-12)
    assert found.heights[2] == pytest.approx(dendrogram_of(mixture).heights[2], rel=1e-9)
    x = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(found.merged[2].log_prob(x), mixture.log_prob(x), rtol=1e-9)


@pytest.mark.parametrize("family", ["VVV", "EEE", "VVI", "EII", "UUU-1"])
def test_groups_are_counted(family):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(1000, 3)) * 0.5 + centre for centre in rng.normal(size=(5, 3)) * 3])
    mixture = GaussianMixture(8, covariance_type=family, search="off", random_state=0).fit(X).mixture_
    found, n = dendrogram_of(mixture), len(X)
    values = [found.criterion(K, m.log_prob(X).sum(), n) for K, m in enumerate(found.merged, 1)]
    assert 1 + np.nanargmin(values) == 5


@pytest.fixture(scope="module")
def faithful():
    return select(FAITHFUL, range(1, 7), ["VVV", "EII"], "dendrogram", random_state=0)


def test_values_are_those_of_the_merged_mixtures(faithful):
    for name in ("VVV", "EII"):
        found = faithful.dendrogram(name)
        assert found.mixture is faithful.model(6, name).mixture
        for K in range(2, 7):
            mean = found.merged[K - 1].log_prob(FAITHFUL).mean()
            expected = -(found.heights[K - 1] + np.log(272) * mean)
            assert faithful.model(K, name).value("dendrogram") == pytest.approx(expected, rel=1e-9)
        assert np.isnan(faithful.model(1, name).value("dendrogram"))
    assert (
        faithful.dendrogram("EII").n_components
        == min(
            (m for m in faithful.models if m.family_name == "EII" and m.n_components > 1),
            key=lambda m: m.value("dendrogram"),
        ).n_components
    )


def test_fits_are_those_of_bic(faithful, tmp_path):
    path = tmp_path / "s.safetensors"
    by_bic = select(FAITHFUL, range(1, 7), ["VVV", "EII"], random_state=0, resume=path)
    later = select(FAITHFUL, range(1, 7), ["VVV", "EII"], "dendrogram", random_state=0, resume=path)
    assert later.best.value("dendrogram") == pytest.approx(faithful.best.value("dendrogram"), rel=1e-12)
    assert gaussmix.load(path).best.name == faithful.best.name
    assert by_bic.best.bic == later.best_by("bic").bic


def test_weights_missing_values_errors_labels_and_noise():
    X = FAITHFUL.copy()
    X[::7, 0] = np.nan
    labels = np.where(np.arange(272) % 9 == 0, 0, -1)
    weights = np.random.default_rng(0).integers(0, 3, 272)
    copies = select(np.repeat(FAITHFUL, weights, axis=0), [1, 2, 3], "EEE", "dendrogram", random_state=0)
    with quiet():
        for case in (
            {"X": X},
            {"X": FAITHFUL, "sample_weight": weights},
            {"X": FAITHFUL, "noise": np.full((272, 2), 0.01)},
            {"X": FAITHFUL, "labels": labels},
            {"X": FAITHFUL, "noise_component": True},
        ):
            chosen = select(
                n_components=[1, 2, 3], families="EEE", criterion="dendrogram", random_state=0, **case
            )
            assert np.isfinite(chosen.best.value("dendrogram"))
            if "sample_weight" in case:
                assert chosen.best.value("dendrogram") == pytest.approx(
                    copies.best.value("dendrogram"), rel=1e-6
                )


def test_a_uniform_component_is_never_merged():
    uniform = Uniform(0.2, np.zeros(2), np.ones(2), 0.0)
    mixture = some(0, 3, 2)
    noisy = Mixture(0.8 * mixture.weights, mixture.means, mixture.covariances, uniform=uniform)
    found = dendrogram_of(noisy)
    assert [m.uniform.weight for m in found.merged] == [0.2] * 3
    assert found.heights == pytest.approx(0.8 * dendrogram_of(mixture).heights, nan_ok=True)


def test_degenerate_models_are_passed_over():
    X = np.concatenate([FAITHFUL[:100], np.tile(FAITHFUL[:1], (8, 1))])
    with quiet():
        chosen = select(X, range(1, 6), "VVV", "dendrogram", random_state=0)
    models = [replace(m, status="degenerate") if m.n_components > 3 else m for m in chosen.models]
    held = replace(chosen, models=tuple(models))
    assert held.dendrogram("VVV").mixture.n_components == 3
    with pytest.raises(InputError, match="is sound, so no components can be merged"):
        replace(chosen, models=tuple(replace(m, status="singular") for m in models)).dendrogram("VVV")


@pytest.mark.parametrize("style", ["default", "dark_background"])
def test_the_picture(faithful, style):
    with plt.style.context(style):
        found = faithful.dendrogram("EII")
        ax = plots.dendrogram(found)
        ax.figure.canvas.draw()
        assert ax.get_ylabel() == "distance of merged components"
        one = select(FAITHFUL, range(1, 5), "EII", "dendrogram", random_state=0).plot()
        one.canvas.draw()
        assert len(one.axes) == 2
    plots.dendrogram(dendrogram_of(some(0, 1, 2)))
    plots.dendrogram(dendrogram_of(some(0, 2, 2)))
