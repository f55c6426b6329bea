"""Random mixtures: what is drawn, from what, in which order."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.datasets import random_mixture
from gaussmix.errors import InputError, InputTypeError


@pytest.mark.parametrize(("K", "D"), [(1, 1), (5, 2), (3, 7)])
def test_shapes(K, D):
    mixture = random_mixture(K, D, random_state=0)
    assert isinstance(mixture, Mixture)
    assert mixture.weights.shape == (K,)
    assert mixture.means.shape == (K, D)
    assert mixture.covariances.dense().shape == (K, D, D)
    assert mixture.weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_order_of_the_draws_is_means_covariances_weights():
    rng = np.random.default_rng(7)
    means = rng.uniform(-3.0, 3.0, size=(4, 2))
    A = rng.standard_normal(size=(4, 2, 2))
    weights = rng.uniform(size=4)
    mixture = random_mixture(4, 2, spread=3.0, random_state=7)
    assert np.array_equal(mixture.means, means)
    assert np.allclose(mixture.covariances.dense(), np.einsum("kji,kjl->kil", A, A), rtol=1e-12, atol=1e-12)
    assert np.allclose(mixture.weights, weights / weights.sum(), rtol=1e-12)


def test_means_fill_the_cube():
    means = random_mixture(2000, 2, spread=5.0, random_state=1).means
    assert np.abs(means).max() <= 5.0
    # The standard deviation of a uniform variable on [-5, 5] is 10/sqrt(12).
    assert means.std(axis=0) == pytest.approx(10 / np.sqrt(12), rel=0.05)


def test_same_seed_same_mixture_and_generators_move_on():
    assert random_mixture(3, 2, random_state=5) == random_mixture(3, 2, random_state=np.random.default_rng(5))
    rng = np.random.default_rng(5)
    assert random_mixture(3, 2, random_state=rng) != random_mixture(3, 2, random_state=rng)
    legacy = [random_mixture(3, 2, random_state=np.random.RandomState(5)) for _ in range(2)]
    assert legacy[0] == legacy[1]
    assert random_mixture(3, 2) != random_mixture(3, 2)


def test_spread_of_zero_puts_all_means_at_the_origin():
    assert not random_mixture(3, 2, spread=0, random_state=0).means.any()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"n_components": 0}, InputError, "n_components is 0"),
        ({"n_features": -1}, InputError, "n_features is -1"),
        ({"n_components": 2.0}, InputTypeError, "n_components is 2.0"),
        ({"n_features": True}, InputTypeError, "n_features is True"),
        ({"spread": -1.0}, InputError, "spread is -1.0"),
        ({"spread": float("nan")}, InputError, "spread is nan"),
        ({"spread": float("inf")}, InputError, "spread is inf"),
        ({"spread": "wide"}, InputTypeError, "spread is 'wide'"),
        ({"random_state": "seed"}, InputError, "random_state is 'seed'"),
        ({"random_state": -1}, InputError, "random_state is -1"),
    ],
)
def test_other_arguments_are_refused_by_name(arguments, error, says):
    with pytest.raises(error, match=says):
        random_mixture(**({"n_components": 2, "n_features": 2} | arguments))
