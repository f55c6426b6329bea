"""A mixture with a uniform component as the start of a fit."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import GaussianMixture, datasets


@pytest.fixture(scope="module")
def fitted():
    X = datasets.load_chevron().data
    return X, GaussianMixture(2, noise_component=True, search="off", random_state=0).fit(X).mixture_


def test_the_weight_of_the_noise_is_that_of_the_start(fitted):
    X, mixture = fitted
    model = GaussianMixture(2, noise_component=True, init_params=mixture, max_iter=0).fit(X)
    assert model.mixture_.uniform == mixture.uniform
    assert np.allclose(model.weights_, mixture.weights, rtol=1e-15)


def test_the_fit_goes_on_from_there(fitted):
    X, mixture = fitted
    model = GaussianMixture(2, noise_component=True, init_params=mixture).fit(X)
    assert model.n_iter_ < 10
    assert model.lower_bounds_[0] == pytest.approx(mixture.log_prob(X).mean(), rel=1e-12)


def test_without_a_noise_component_the_other_weights_sum_to_one(fitted):
    X, mixture = fitted
    model = GaussianMixture(2, init_params=mixture, max_iter=0).fit(X)
    assert model.mixture_.uniform is None
    assert model.weights_.sum() == pytest.approx(1.0, abs=1e-15)
    assert np.allclose(model.weights_, mixture.weights / mixture.weights.sum())
