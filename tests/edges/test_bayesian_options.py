"""Wrong values and types of the parameters of a Bayesian mixture: one sentence that names the parameter."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from gaussmix import BayesianGaussianMixture

from .test_options import WRONG as COMMON
from .test_options import X, refused

OWN = {
    "weight_concentration_prior_type": ["process", None, 1, "", ["dirichlet_process"]],
    "weight_concentration_prior": [0, -1.0, np.nan, np.inf, "one", [1.0, 1.0], True],
    "mean_precision_prior": [0, -1.0, np.nan, np.inf, "one", [1.0], True],
    "mean_prior": [0.0, [0.0], [0.0, np.nan], np.zeros((2, 2)), "zero", [0.0, np.inf], [0j, 1j]],
    "degrees_of_freedom_prior": [0, -1.0, 1.0, np.nan, np.inf, "two", [2.0], True],
    "covariance_prior": [1.0, [1.0, 1.0], np.eye(3), np.zeros((2, 2)), -np.eye(2), np.eye(2) * np.nan, "eye"],
}
SHARED = set(COMMON) & set(inspect.signature(BayesianGaussianMixture).parameters)
WRONG = OWN | {name: COMMON[name] for name in sorted(SHARED)}


def test_every_parameter_is_covered():
    assert set(WRONG) == set(inspect.signature(BayesianGaussianMixture).parameters)


@pytest.mark.parametrize(
    ("name", "index"), [(name, i) for name, values in WRONG.items() for i in range(len(values))]
)
def test_a_wrong_value_is_refused(name, index):
    refused(lambda: BayesianGaussianMixture(**{"n_components": 2, name: WRONG[name][index]}).fit(X), name)


@pytest.mark.parametrize(
    ("family", "shape"), [("diag", "(2,)"), ("spherical", "()"), ("tied", "(2, 2)"), ("tied-diag", "(2,)")]
)
def test_the_shape_of_a_prior_is_told(family, shape):
    with pytest.raises(ValueError, match="covariance_prior") as info:
        BayesianGaussianMixture(covariance_type=family, covariance_prior=np.ones((3, 1))).fit(X)
    assert shape in str(info.value)


@pytest.mark.parametrize(
    "accepted",
    [
        {"weight_concentration_prior": np.float32(0.5)},
        {"weight_concentration_prior": 3},
        {"mean_prior": (0, 1)},
        {"degrees_of_freedom_prior": 1.5},
        {"covariance_prior": [[2, 1], [1, 2]]},
        {"covariance_type": "spherical", "covariance_prior": 2},
        {"covariance_type": "VVI", "covariance_prior": [1, 2]},
    ],
)
def test_other_forms_are_accepted(accepted):
    assert BayesianGaussianMixture(2, random_state=0, **accepted).fit(X).converged_
