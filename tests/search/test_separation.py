"""The test whether a split–merge move of separate components can gain."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture, kernels
from gaussmix.search.local_em import LocalEM
from gaussmix.search.separation import no_move_gains, smallest_loss
from gaussmix.starts import mixture_of_responsibilities
from gaussmix.starts.methods import one_hot

from .tables import FAMILY, OWN, SHARED, table_of

NORMAL, CENTRES = np.random.default_rng(0).standard_normal((1_200, 5)), 10.0 * np.eye(5)


def in_order_of(data, X, labels):
    """The labels of the rows of a table, which has an order of its own."""
    return labels[np.argsort(X[:, 0])][np.argsort(np.argsort(data.X[:, 0]))]


def fit_of(X, labels, name):
    """EM on the table, and the maximum near a partition."""
    K = labels.max() + 1
    data = table_of(X, FAMILY[name], K=K)
    local_em = LocalEM(data)
    start = mixture_of_responsibilities(data.rows, one_hot(in_order_of(data, X, labels), K), data.model)
    return local_em, local_em.converge(start, 100, 1e-9)


def is_kept(X, labels, name):
    """Whether no move from the partition can gain."""
    local_em, mixture = fit_of(X, labels, name)
    joint = kernels.active.log_joint(local_em.data.X, *mixture.densities.arrays)
    return no_move_gains(local_em, mixture, joint, np.random.default_rng(0))


@pytest.mark.parametrize("name", OWN)
def test_the_loss_of_a_merger_is_that_of_the_likelihood(name):
    labels = np.arange(1_200) % 3
    X = NORMAL + CENTRES[labels] * np.array([3.0, 10.0, 30.0])[labels, None]
    local_em, apart = fit_of(X, labels, name)
    objectives = [
        local_em.objective(fit_of(X, merged, name)[1])
        for merged in (labels // 2, np.minimum(labels, 1), np.where(labels == 2, 0, labels))
    ]
    lost = local_em.objective(apart) - max(objectives)
    assert smallest_loss(apart, 1_200.0, 3) == pytest.approx(lost, rel=1e-3)


@pytest.mark.parametrize("name", SHARED)
def test_with_shared_parameters_it_is_a_lower_bound(name):
    labels = np.arange(1_200) % 3
    X = NORMAL + CENTRES[labels]
    local_em, apart = fit_of(X, labels, name)
    lost = local_em.objective(apart) - local_em.objective(fit_of(X, labels // 2, name)[1])
    assert 0.0 < smallest_loss(apart, 1_200.0, 3) < lost


def test_a_component_without_rows_costs_nothing():
    _, mixture = fit_of(NORMAL, np.arange(1_200) % 2, "diag")
    empty = Mixture.of(np.array([1.0, 0.0]), mixture.means, mixture.covariances)
    assert smallest_loss(empty, 1_200.0, 2) == pytest.approx(0.0, abs=1e-6)


def test_the_halves_of_a_component_are_not_merged():
    labels = np.arange(1_200) % 4
    _, mixture = fit_of(NORMAL + CENTRES[labels % 2] + 0.1 * CENTRES[labels], labels, "full")
    assert smallest_loss(mixture, 1_200.0, 4) < 0.1 * smallest_loss(mixture, 1_200.0, 2)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("K", [2, 5])
def test_no_move_from_separate_normal_clusters_gains(name, K):
    labels = np.arange(1_200) % K
    assert is_kept(NORMAL + CENTRES[labels], labels, name)


@pytest.mark.parametrize("name", ["diag", "spherical", "tied-diag"])
def test_separate_clusters_need_not_be_of_the_family(name):
    turned = NORMAL @ np.random.default_rng(1).standard_normal((5, 5)) / np.sqrt(5.0)
    labels = np.arange(1_200) % 4
    assert is_kept(turned + CENTRES[labels], labels, name)


@pytest.mark.parametrize("name", FAMILY)
def test_two_clusters_in_one_component_are_split(name):
    labels = np.arange(1_200) % 5
    assert not is_kept(NORMAL + CENTRES[labels], np.array([0, 0, 1, 2, 3])[labels], name)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize(("apart", "kept"), [(0.3, False), (300.0, True)])
def test_a_cluster_with_a_narrow_core_is_split_where_others_are_near(name, apart, kept):
    core = np.where(np.random.default_rng(1).random(1_200) < 0.3, 0.2, 1.0)[:, None]
    labels = np.arange(1_200) % 3
    assert is_kept(core * NORMAL + apart * CENTRES[labels], labels, name) == kept


def test_satellites_of_a_cluster_may_join_a_small_one():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [1_000, 50, 150])
    X = NORMAL + np.array([[0.0], [8.0], [14.0]])[labels] * np.array([[1.0, 0.0, 0.0, 0.0, 0.0]])
    order = rng.permutation(1_200)
    assert not is_kept(X[order], (labels == 2).astype(int)[order], "spherical")
