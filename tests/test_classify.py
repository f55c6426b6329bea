"""The density of a row whatever its class."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.classify import ClassMixtures
from gaussmix.log_space import log_sum_exp

from .support import FAMILIES, assert_close, random_mixture


@pytest.mark.parametrize("D", [1, 3])
@pytest.mark.parametrize("priors", [(0.2, 0.5, 0.3), (1.0, 0.0, 0.0), (1e-12, 0.5, 0.5 - 1e-12)])
def test_the_marginal_density_is_the_sum_over_the_classes(D, priors):
    rng = np.random.default_rng(D)
    mixtures = [random_mixture(rng, K, D, family) for K, family in zip((1, 2, 4), FAMILIES, strict=False)]
    classes = ClassMixtures(np.array(priors), mixtures)
    whole, numbers = classes.marginal()
    X = rng.normal(size=(50, D)) * 5.0
    assert_close(whole.log_prob(X), log_sum_exp(classes.log_joint(X)), rtol=1e-10)
    assert numbers.tolist() == [0, 1, 1, 2, 2, 2, 2]
    assert_close(np.bincount(numbers, whole.weights), priors, rtol=1e-12)


def test_columns_keep_their_names():
    one = Mixture([1.0], [[0.0, 0.0]], [np.eye(2)], feature_names=["a", "b"])
    assert ClassMixtures(np.array([0.5, 0.5]), [one, one]).marginal()[0].feature_names == ("a", "b")
