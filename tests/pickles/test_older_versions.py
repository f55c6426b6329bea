"""Pickles of versions with fewer parameters: what is missing has its default value."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

from gaussmix import GaussianMixture, MixtureClassifier

ROWS = np.concatenate([np.random.default_rng(0).normal(size=(200, 2)), np.full((1, 2), 3.0)])
CLASSES = np.arange(len(ROWS)) % 2
DEFAULTS = [
    (kind, name, parameter.default)
    for kind in (GaussianMixture, MixtureClassifier)
    for name, parameter in inspect.signature(kind).parameters.items()
]


class Short(GaussianMixture):
    """A constructor of its own, with another parameter."""

    def __init__(self, n_components=2, extra="as given"):
        super().__init__(n_components)
        self.extra = extra


def without(estimator, *names):
    """What a version without these parameters would have pickled, loaded."""
    old = copy.copy(estimator)
    for name in names:
        del old.__dict__[name]
    return pickle.loads(pickle.dumps(old))


@pytest.mark.parametrize(("kind", "name", "default"), DEFAULTS)
def test_a_missing_parameter_has_its_default(kind, name, default):
    fitted = kind(2, search="off", random_state=3).fit(ROWS, CLASSES)
    loaded = without(fitted, name)
    assert getattr(loaded, name) == default
    expected = {**fitted.get_params(), name: default}
    assert loaded.get_params() == expected
    np.testing.assert_array_equal(loaded.predict(ROWS), fitted.predict(ROWS))
    assert repr(loaded)


@pytest.mark.parametrize("kind", [GaussianMixture, MixtureClassifier])
def test_it_is_fitted_again(kind):
    loaded = without(kind(2, random_state=0), "search", "engine", "callbacks", "acceleration")
    here = kind(2, random_state=0).fit(ROWS, CLASSES)
    np.testing.assert_array_equal(loaded.fit(ROWS, CLASSES).predict(ROWS), here.predict(ROWS))


def test_what_is_there_stays():
    model = GaussianMixture(5, tol=1e-3, noise_component=7.0)
    loaded = without(model, "engine")
    assert loaded.get_params() == model.get_params()
    assert "mixture_" not in vars(loaded)


def test_parameters_of_a_subclass_and_of_its_base():
    loaded = without(Short(3), "extra", "noise_component")
    assert (loaded.n_components, loaded.extra, loaded.noise_component) == (3, "as given", False)
    assert loaded.fit(ROWS).predict(ROWS).shape == (len(ROWS),)
