"""A family of one's own in one class: a shared shape with free volumes, which the library has as VEI."""

from __future__ import annotations

import numpy as np
import pytest

from gaussmix import Decomposed, Diagonal, Mixture
from gaussmix.covariances import DiagonalCovariances, NormalCoordinates
from gaussmix.covariances.constraints import Floor, NoConstraint
from gaussmix.em import m_step
from gaussmix.engines import SerialEngine
from gaussmix.fitting import Aitken, BatchEM, FixedIterations, Problem, run_loop
from gaussmix.frames import DiagonalFrame
from gaussmix.model import Model
from gaussmix.moments import Moments
from gaussmix.sources import ArraySource
from gaussmix.testing import check_family

from ..support import assert_close, random_mixture


class OneShapeCovariances(DiagonalCovariances):
    """Variances λ_k b_d."""

    @property
    def family(self):
        return OneShape()


class OneShape(Diagonal):
    """Variances λ_k b_d with ∏ b_d = 1.

    Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28, 781-793.
    """

    name = "one-shape"
    pooling = None
    starts: list = []  # noqa: RUF012  (what each M-step was given)

    def n_parameters(self, n_components, n_features):
        return n_components + n_features - 1

    def covariances(self, array, n_components, n_features):
        return OneShapeCovariances(super().covariances(array, n_components, n_features).array)

    def nearest(self, framed, weights):
        return self.maximum_likelihood(framed * weights[:, None], weights)

    def maximum_likelihood(self, scatter, counts, start=None):
        self.starts.append(start)
        volumes = (scatter if start is None else start.in_frame()).mean(axis=1)
        for _ in range(200):
            shape = (scatter / volumes[:, None]).sum(axis=0)
            shape /= np.exp(np.log(shape).mean())
            volumes = (scatter / shape).mean(axis=1) / counts
        return OneShapeCovariances(volumes[:, None] * shape)

    def constrain(self, covariances, constraint, counts):
        changed = constraint.diagonal(covariances.array)
        if np.array_equal(changed, covariances.array):
            return covariances
        clearance = constraint.diagonal_clearance(covariances.array)
        if np.isfinite(clearance).all():
            return OneShapeCovariances(covariances.array * np.maximum(1.0, 1.0 / clearance)[:, None])
        return self.nearest(changed, counts)

    def normal_coordinates(self, covariances) -> NormalCoordinates | None:
        return None

    def conditional(self, covariances):
        return VolumesAlone(covariances.array[0] / covariances.array[0].mean())


class VolumesAlone(OneShape):
    """Components beside others, whose shape they have."""

    def __init__(self, shape):
        self.known = shape

    def maximum_likelihood(self, scatter, counts, start=None):
        return OneShapeCovariances(
            (scatter / self.known).mean(axis=1)[:, None] / counts[:, None] * self.known
        )


@pytest.mark.parametrize(("K", "D"), [(1, 1), (1, 3), (2, 2), (3, 4), (5, 2)])
def test_it_passes_the_check(K, D):
    check_family(OneShape(), K, D)


def test_a_family_that_shares_has_a_conditional_one(monkeypatch):
    monkeypatch.setattr(OneShape, "conditional", lambda self, covariances: self)
    check_family(OneShape(), 1, 3)
    check_family(OneShape(), 3, 1)
    with pytest.raises(AssertionError, match=r"conditional\(\)"):
        check_family(OneShape(), 3, 2)


def is_of_one_shape(variances):
    ratios = variances / variances[:, :1]
    return np.allclose(ratios, ratios[0], rtol=1e-9)


@pytest.mark.parametrize("epsilon", [1e-8, 0.1, 0.5, 0.9])
def test_a_bound_keeps_the_shape_and_raises_volumes(epsilon):
    rng = np.random.default_rng(0)
    scatter, counts, scale = rng.random((3, 4)) * 10.0, np.full(3, 10.0), 0.5 + rng.random(4)
    free = OneShape().from_scatter(scatter, counts, NoConstraint())
    held = OneShape().from_scatter(scatter, counts, Floor(scale, epsilon))
    assert is_of_one_shape(held.array)
    assert (held.array >= epsilon * scale * (1.0 - 1e-12)).all()
    active = free.clearance(Floor(scale, epsilon)) < 1.0
    assert_close(held.array[~active], free.array[~active], rtol=1e-12)
    assert_close(held.clearance(Floor(scale, epsilon))[active], np.ones(active.sum()), rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_em_ascends_and_begins_each_estimate_at_the_last(seed):
    rng = np.random.default_rng(seed)
    K, D = 3, 3
    truth = random_mixture(rng, K, D, OneShape())
    X, _ = truth.sample(300, random_state=seed)
    problem = Problem(ArraySource(X), Model(OneShape(), Floor(X.var(axis=0))), SerialEngine())
    OneShape.starts.clear()
    result = run_loop(BatchEM(problem), truth, stop=Aitken(1e-9), max_iter=200)
    objectives = np.array(result.trace.log_likelihood)
    assert (np.diff(objectives) >= -1e-9 * np.abs(objectives[1:])).all()
    assert result.mixture.family == OneShape()
    assert is_of_one_shape(result.mixture.covariances.array)
    assert OneShape.starts[0] is truth.covariances
    assert all(start is not None for start in OneShape.starts)


@pytest.mark.parametrize("seed", range(5))
def test_the_family_of_the_library_takes_the_same_steps(seed):
    rng = np.random.default_rng(seed)
    truth = random_mixture(rng, 3, 3, OneShape())
    X, _ = truth.sample(300, random_state=seed)
    ends = []
    for family in (OneShape(), Decomposed("VEI")):
        problem = Problem(ArraySource(X), Model(family, Floor(X.var(axis=0))), SerialEngine())
        start = Mixture(truth.weights, truth.means, truth.covariances.array, family=family)
        ends.append(run_loop(BatchEM(problem), start, stop=FixedIterations(), max_iter=30))
    assert_close(ends[1].objective, ends[0].objective, rtol=1e-12)
    assert_close(ends[1].mixture.covariances.array, ends[0].mixture.covariances.array, rtol=1e-8)


def test_a_component_without_rows_stays_in_the_family():
    frame = DiagonalFrame()
    moments = Moments(
        frame, np.zeros((2, 2)), np.array([5.0, 0.0]), np.zeros((2, 2)), np.array([[4.0, 9.0], [0.0, 0.0]])
    )
    variances = m_step(moments, Model(OneShape())).covariances.array
    assert is_of_one_shape(variances)
    assert (variances > 0).all()
