"""Moved components have a copy of a covariance, that of all rows on a smaller scale, or that of the nearest rows."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix.search.population.crossover import crossed
from gaussmix.search.population.starts import Starts

from ..support import assert_close, clusters
from .tables import FAMILY, OWN, SHARED, table_of

CHILDREN = 60


def family_tree(name, X, weights=None, K=3):
    """A table, some mixtures, and their children."""
    rng = np.random.default_rng(0)
    data = table_of(X, FAMILY[name], weights, K=K)
    parents = Starts(data, K, 6).runs(8, rng).best(data, 5)
    return data, parents, crossed(data, parents, CHILDREN, rng)


def strangers(parents, children):
    """The factors of children that no parent has."""
    known = {factor.tobytes() for factor in parents.factors.reshape(-1, *parents.factors.shape[2:])}
    flat = children.factors.reshape(-1, *children.factors.shape[2:])
    return [factor for factor in flat if factor.tobytes() not in known]


@pytest.mark.parametrize("name", OWN)
def test_some_moved_components_have_covariances_that_no_parent_has(name):
    _, parents, children = family_tree(name, clusters(np.random.default_rng(1), 300, 3, 2))
    assert CHILDREN / 3 < len(strangers(parents, children)) < CHILDREN


@pytest.mark.parametrize("name", SHARED)
def test_shared_covariances_stay(name):
    _, parents, children = family_tree(name, clusters(np.random.default_rng(1), 300, 3, 2))
    assert not strangers(parents, children)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("D", [1, 2, 8])
def test_children_have_the_constants_of_their_covariances(name, D):
    data, _, children = family_tree(name, clusters(np.random.default_rng(2), 300, 3, D))
    half = np.log(np.abs(data.model.frame.diagonal(children.factors))).sum(axis=2)
    if data.model.frame.full:
        half = np.linalg.slogdet(children.factors)[1]
    constants = np.log(children.weights) - 0.5 * D * np.log(2 * np.pi) + half
    assert_close(children.offsets, constants)


@pytest.mark.parametrize("name", OWN)
def test_covariances_do_not_depend_on_the_units_of_weights(name):
    X = clusters(np.random.default_rng(3), 200, 3, 2)
    _, _, one = family_tree(name, X, np.ones(200))
    _, _, other = family_tree(name, X, np.full(200, 4.0))
    assert_close(one.factors, other.factors)


def test_a_narrow_group_within_a_wide_one_is_found():
    rng = np.random.default_rng(4)
    wide, narrow = rng.standard_normal((600, 2)), [0.3, -0.2] + 0.003 * rng.standard_normal((30, 2))
    _, parents, children = family_tree("spherical", np.concatenate([wide, narrow]), K=2)
    spread = 1.0 / np.array(strangers(parents, children))
    assert spread.min() < 0.05
    assert spread.max() > 0.5
