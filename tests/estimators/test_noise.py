"""Fits with a noise component: they are no less likely than those without it, at any number of components."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture, Mixture, datasets, select
from gaussmix.errors import ComponentWarning, DataWarning, InputError
from gaussmix.fitting.degeneracy import columns_of_ties
from gaussmix.uniform import Uniform

from ..support import quiet

KINDS = ["full", "tied", "diag", "spherical"]


def journeys(seed, n=600):
    """Minutes, km and fare: nearly collinear, so that the box of the noise is denser than a component."""
    rng = np.random.default_rng(seed)
    z = rng.integers(0, 3, n)
    minutes = np.array([3, 20, 90])[z] * rng.gamma(9, 1 / 9, n)
    km = np.array([1, 9, 70])[z] * rng.gamma(6, 1 / 6, n)
    return np.column_stack([minutes, km, np.round(250 + 90 * km + 20 * rng.normal(size=n))])


def clusters_and_noise(seed):
    rng = np.random.default_rng(seed)
    centres = 6.0 * rng.normal(size=(3, 3))
    X = centres[rng.integers(0, 3, 300)] + rng.normal(size=(300, 3)) @ rng.normal(size=(3, 3))
    return np.concatenate([X, rng.uniform(-15.0, 15.0, (40, 3))])


TABLES = {
    "journeys": journeys(77),
    "clusters": clusters_and_noise(0),
    "few rows": clusters_and_noise(1)[::4],
    "faithful": datasets.load_faithful().data,
    "iris": load_iris().data,
    "waiting times": datasets.load_faithful().data[:, 1:],
}
all_tables = pytest.mark.parametrize("name", TABLES)


def total(model, X):
    return model.score(X) * len(X)


@all_tables
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("K", [1, 2, 3])
def test_no_less_likely_than_without_noise(name, kind, K):
    X = TABLES[name]
    with quiet():
        plain, model = (
            GaussianMixture(K, covariance_type=kind, noise_component=noise, random_state=0).fit(X)
            for noise in (False, True)
        )
    assert total(model, X) > total(plain, X) - 0.5


@pytest.mark.parametrize("seed", range(3))
def test_no_less_likely_than_without_noise_where_values_are_missing(seed):
    X = journeys(seed)
    X[np.random.default_rng(seed).random(X.shape) < 0.05] = np.nan
    plain, model = (
        GaussianMixture(3, noise_component=noise, random_state=0).fit(X) for noise in (False, True)
    )
    assert total(model, X) > total(plain, X) - 0.5


@pytest.mark.parametrize("volume", [True, 1e2, 1e5, 1e8])
def test_no_less_likely_than_without_noise_where_columns_are_dependent(volume):
    """The density of the noise is that of all columns, also where the search takes place in independent ones."""
    X = clusters_and_noise(2)[:, :2]
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    with quiet():
        plain, model = (
            GaussianMixture(2, noise_component=noise, random_state=0).fit(X) for noise in (False, volume)
        )
    assert total(model, X) > total(plain, X) - 0.5


def test_the_box_of_dependent_columns_is_that_of_the_columns():
    X = clusters_and_noise(2)[:, :2]
    X = np.column_stack([X, 2.0 * X[:, 0]])
    with quiet():
        model = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
    assert model.mixture_.uniform.log_volume == pytest.approx(np.log(np.ptp(X, axis=0)).sum())


def test_a_warning_where_nearly_every_row_is_noise():
    X = clusters_and_noise(2)
    with (
        pytest.warns(DataWarning, match="noise_component is the volume 1, below that of the box"),
        pytest.warns(ComponentWarning, match="nearly every row belongs to the noise component") as caught,
    ):
        GaussianMixture(3, noise_component=1.0, random_state=0).fit(X)
    assert not any("collapsed" in str(warning.message) for warning in caught)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_seed_does_not_matter(seed):
    X = clusters_and_noise(5)
    model, other = (
        GaussianMixture(3, noise_component=True, random_state=state).fit(X) for state in (seed, seed + 10)
    )
    assert total(model, X) == pytest.approx(total(other, X), abs=0.01)
    assert model.trace_.search.clear
    assert model.mixture_.uniform.weight == pytest.approx(40 / 340, abs=0.03)


def test_a_cluster_beyond_the_components_is_noise():
    """Three groups and two components: the third group belongs to the noise."""
    rng = np.random.default_rng(0)
    X = np.concatenate([0.05 * rng.normal(size=(80, 1)) + place for place in (0.0, 4.0, 8.0)])
    model = GaussianMixture(2, noise_component=True, random_state=0).fit(X)
    assert model.mixture_.uniform.weight == pytest.approx(1 / 3, abs=0.05)
    groups = model.predict(X).reshape(3, 80)
    assert (groups == -1).all(axis=1).sum() == 1


@pytest.mark.parametrize("search", ["auto", "off"])
def test_one_component(search):
    rng = np.random.default_rng(3)
    X = np.concatenate([rng.normal(size=(100, 2)), rng.uniform(-20.0, 20.0, (60, 2))])
    model = GaussianMixture(1, noise_component=True, search=search, random_state=0).fit(X)
    assert model.mixture_.uniform.weight == pytest.approx(0.37, abs=0.03)


@all_tables
def test_the_chosen_model_is_no_less_likely_than_by_its_own_search(name):
    X = TABLES[name]
    with quiet():
        chosen = select(X, range(1, 5), random_state=0, noise_component=True)
        best = chosen.best
        alone = GaussianMixture(
            best.n_components, covariance_type=best.family_name, noise_component=True, random_state=1
        ).fit(X)
    assert best.log_likelihood > total(alone, X) - 0.5
    # Spherical components of a few rows describe single values of the waiting times, which are whole minutes.
    assert {model.status for model in chosen.models if model.family_name not in ("EII", "VII")} == {"fitted"}
    assert all(model.mixture.uniform is not None for model in chosen.models)


def test_a_column_of_equal_values_is_named_beside_noise():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(1000, 2)), np.append(np.zeros(999), 1.0)])
    with pytest.warns(
        ComponentWarning, match="component 0 collapsed in column 2, where many values are equal"
    ):
        GaussianMixture(1, noise_component=True, random_state=0).fit(X)


@pytest.mark.parametrize("shift", [0.0, 1e4, -1e6])
def test_the_origin_does_not_matter_for_columns_of_equal_values(shift):
    beside = Uniform(0.5, np.full(2, shift), np.full(2, shift + 9.0), np.log(81.0))
    means = np.full((2, 2), shift) + np.array([[0.0], [1.0]])
    mixture = Mixture([0.25, 0.25], means, np.tile(np.eye(2), (2, 1, 1)), uniform=beside)
    assert columns_of_ties(mixture, 1000.0) == []


def test_a_constant_column_has_no_volume():
    X = np.column_stack([clusters_and_noise(0), np.full(340, 7.0)])
    with pytest.raises(
        InputError, match=r"^column 3 is constant \(7\), so that the volume of the noise component is zero"
    ):
        GaussianMixture(2, noise_component=True).fit(X)
