"""Normal coordinates of mixtures."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Mixture
from gaussmix.covariances.constraints import NoConstraint
from gaussmix.fitting.normal_coordinates import coordinates_about
from gaussmix.uniform import Uniform


@pytest.mark.parametrize(("step", "exists"), [(1.0, True), (40.0, False)])
def test_a_step_to_a_mixture_of_noise_alone_has_no_end(step, exists):
    noise = Uniform(0.5, np.zeros(1), np.ones(1), 0.0)
    origin = coordinates_about(
        Mixture.of(
            np.array([0.5]), np.zeros((1, 1)), Mixture([1.0], [[0.0]], [[[1.0]]]).covariances, uniform=noise
        )
    )
    end = origin.retract(np.array([0.0, step, 0.0, 0.0]), NoConstraint())
    assert (end is not None) is exists
    if end is not None:
        assert noise.weight < end.mixture.uniform.weight < 1.0
