"""Which pair of columns tells components apart best."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, Mixture, datasets
from gaussmix.plots.separation import columns_by_separation, pairs_by_separation


def test_pairs_are_those_in_which_components_part_in_any_units() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(4, 5)) * [0.0, 3.0, 0.1, 9.0, 1.0]
    mixture = Mixture([0.25] * 4, means, [1.0] * 4)
    assert pairs_by_separation(mixture, 2) == [(1, 3), (3, 4)]
    scaled = np.diag([1e3, 1e-3, 1.0, 1e-6, 1e6]) @ mixture
    assert pairs_by_separation(scaled) == pairs_by_separation(mixture)
    assert len(pairs_by_separation(mixture)) == 6


def test_components_with_the_same_mean_part_by_their_spread() -> None:
    wide, narrow = np.diag([1.0, 1.0, 1.0]), np.diag([1.0, 100.0, 100.0])
    assert pairs_by_separation(Mixture([0.5, 0.5], np.zeros((2, 3)), [wide, narrow]), 1) == [(1, 2)]


def test_columns_that_tell_together_what_they_do_not_tell_alone() -> None:
    # Two long parallel clouds: apart only across their common direction.
    line = [[1.0, 0.995, 0.0], [0.995, 1.0, 0.0], [0.0, 0.0, 1.0]]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0, 0.0], [0.5, -0.5, 1.0]], [line, line])
    assert pairs_by_separation(mixture, 1) == [(0, 1)]


def test_the_order_is_that_of_the_errors_of_the_best_classifier() -> None:
    mixture = datasets.random_mixture(3, 4, random_state=3)
    X, made_by = mixture.sample(20_000, random_state=0)
    ranked = pairs_by_separation(mixture, 6)
    errors = [(mixture.marginal(pair).predict(X[:, pair]) != made_by).mean() for pair in map(list, ranked)]
    assert errors[0] <= min(errors) + 0.01
    assert errors[0] < errors[-1]


@pytest.mark.parametrize(
    "mixture",
    [
        Mixture([1.0], np.zeros((1, 3)), [1.0]),
        Mixture([0.5, 0.5], np.zeros((2, 3)), [1.0, 1.0]),
        Mixture([1.0, 0.0], [[0.0, 0.0, 0.0], [9.0, 9.0, 9.0]], [1.0, 1.0]),
    ],
    ids=["one component", "two alike", "a weight of zero"],
)
def test_where_no_pair_tells_more_the_first_is_taken(mixture: Mixture) -> None:
    assert pairs_by_separation(mixture, 1) == [(0, 1)]


def test_a_constant_column_and_a_singular_component_are_no_trouble() -> None:
    flat = [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0, 1.0], [4.0, 4.0, 1.0]], [flat, flat], allow_singular=True)
    assert pairs_by_separation(mixture, 1)[0][0] in (0, 1)


def test_of_many_columns_and_components_a_part_is_looked_at() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(300, 60))
    means[:, [7, 31]] *= 20.0
    mixture = Mixture(np.full(300, 1 / 300), means, np.ones((300, 60)))
    assert pairs_by_separation(mixture, 1) == [(7, 31)]
    assert {7, 31} < set(columns_by_separation(mixture, 5))


def test_columns_keep_their_order() -> None:
    mixture = GaussianMixture(2, random_state=0).fit(datasets.load_faithful().data).mixture_
    assert columns_by_separation(mixture, 6) == [0, 1]
    wide = datasets.random_mixture(3, 9, random_state=0)
    chosen = columns_by_separation(wide, 4)
    assert len(chosen) == 4
    assert chosen == sorted(chosen)
