"""The test for degenerate components, with covariances of their own and with a shared one."""

from __future__ import annotations

import numpy as np
import pytest

import gaussmix
from gaussmix import GaussianMixture, Mixture
from gaussmix.covariances.constraints import Floor
from gaussmix.errors import DataWarning
from gaussmix.estimators.options import family_of
from gaussmix.fitting.degeneracy import degenerate_components, few_rows


@pytest.mark.parametrize(
    ("name", "found"), [("full", [1]), ("diag", [1]), ("tied", []), ("tied-diag", []), ("tied-spherical", [])]
)
def test_few_rows_count_where_a_component_has_a_covariance_of_its_own(name, found):
    weights = np.array([0.995, 0.005])
    covariances = family_of(name).from_dense(np.tile(1e-6 * np.eye(2), (2, 1, 1)), weights)
    mixture = Mixture.of(weights, np.array([[0.0, 0.0], [9.0, 9.0]]), covariances)
    assert degenerate_components(mixture, Floor(np.eye(2)), 600.0).tolist() == found


def test_a_search_keeps_the_component_of_a_remote_row():
    rng = np.random.default_rng(5)
    groups = rng.integers(3, size=600)
    X = np.column_stack(
        [rng.normal(4.0 * groups, 1.0), rng.poisson(2 + 5 * groups), rng.exponential(1 + groups)]
    )
    X[7] = 1e4, 3.0, 1.0
    few, more = (GaussianMixture(K, covariance_type="tied", random_state=1).fit(X) for K in (4, 6))
    assert more.weights_.min() * 600 == pytest.approx(1.0, abs=1e-6)
    assert more.score(X) > few.score(X)


@pytest.mark.parametrize("name", ["EVI", "EVE", "EVV"])
def test_equal_volumes_do_not_hide_a_collapse_in_the_width_of_other_directions(name):
    # |Σ_k| = 1 for both: the first is 10,000 times as wide as all rows, and clears the floor by 10,000.
    covariances = family_of(name).covariances(
        [[1e4, 1e-4], [1.0, 1.0]] if name == "EVI" else [np.diag([1e4, 1e-4]), np.eye(2)], 2, 2
    )
    mixture = Mixture.of(np.array([0.5, 0.5]), np.zeros((2, 2)), covariances)
    assert degenerate_components(mixture, Floor(np.eye(2)), 600.0).tolist() == [0]


@pytest.mark.parametrize("name", ["VEI", "VEE", "VEV", "VVE"])
def test_a_component_far_wider_than_all_rows_is_degenerate(name):
    wide, narrow = 4e4 * np.diag([1e-4, 1.0]), np.diag([1e-4, 1.0])
    arrays = [np.diagonal(array) if name == "VEI" else array for array in (wide, narrow)]
    covariances = family_of(name).covariances(arrays, 2, 2)
    mixture = Mixture.of(np.array([0.1, 0.9]), np.zeros((2, 2)), covariances)
    assert degenerate_components(mixture, Floor(np.eye(2)), 600.0).tolist() == [0]


@pytest.mark.parametrize(
    ("name", "rows"), [("full", 15), ("diag", 15), ("spherical", 10), ("tied", 5), ("VVE", 15)]
)
def test_a_narrow_component_needs_more_rows_the_more_parameters_it_has(name, rows):
    assert few_rows(family_of(name), 2) == rows


def test_a_diagonal_component_of_many_columns_needs_no_more_rows():
    assert few_rows(family_of("diag"), 10) == 15
    assert few_rows(family_of("full"), 10) == 55


@pytest.mark.parametrize("name", ["EVI", "EVE", "EVV"])
def test_a_selection_with_a_column_of_ties_has_no_component_far_wider_than_the_rows(name):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    X[:50] += 4
    X = np.column_stack([X, np.where(rng.random(100) < 0.7, 0.0, rng.exponential(size=100))])
    for model in gaussmix.select(X, [2, 3], name, random_state=0).models:
        if model.sound:
            assert (model.mixture.covariances.variances() / X.var(axis=0)).max() < 30


def test_columns_of_zeros_and_ones_give_no_warning_of_numpy():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(60, 3)), rng.normal(size=(40, 3)) + 5.0])
    X = np.column_stack([X, np.repeat([0, 1], [60, 40])])
    chosen = gaussmix.select(X, range(1, 5), random_state=0)  # warnings are errors here
    assert chosen.best.sound


@pytest.mark.parametrize(("n_columns", "found"), [(10, True), (50, False)])
def test_the_bound_of_few_rows_falls_with_the_columns(n_columns, found):
    wide, narrow = np.eye(n_columns), np.eye(n_columns)
    narrow[0, 0] = 1e-6
    mixture = Mixture([0.9, 0.1], np.zeros((2, n_columns)), np.stack([wide, narrow]))
    few = degenerate_components(mixture, Floor(np.eye(n_columns)), 10.0 * 3 * (n_columns + 1))
    assert few.tolist() == ([1] if found else [])


def test_equal_volumes_do_not_stay_at_a_start_beside_rows_that_are_tied():
    """A component of the rows with one of five values in a column: the M-step has a likelier, narrow covariance."""
    X = np.random.default_rng(5).integers(1, 6, size=(300, 3))
    with pytest.warns(DataWarning, match="a component collapsed in column 1"):
        (model,) = gaussmix.select(X, [4], ["EVI"], random_state=0).models
    assert model.status == "degenerate"
