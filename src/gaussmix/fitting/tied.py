r"""EM for components with a common covariance: a pass is linear in the rows.

With one covariance Σ for all, the quadratic term of the densities is the same for every component and leaves the
responsibilities alone, as in linear discriminant analysis: about a centre c,

.. math:: r_{nk} \propto \exp(a_k + b_k^T (x_n - c)), \quad b_k = \Sigma^{-1} (\mu_k - c), \quad
          a_k = \log p_k - \tfrac12 (\mu_k - c)^T b_k .

The M-step needs only counts and first moments, because the within-component scatter is the total scatter T of the rows
about c, which is constant, less that of the means:

.. math:: W = T - \sum_k n_k (\mu_k - c)(\mu_k - c)^T .

T also gives the sum of the quadratic terms, tr(Σ⁻¹ T), in the log-likelihood. A pass over n rows then costs 2 n K D
multiplications rather than n K D². Digits cancel if the rows vary much more than a component.

References
----------
Hastie, T. and Tibshirani, R. (1996). Discriminant analysis by Gaussian mixtures. J. R. Statist. Soc. B 58, 155-176.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from .. import kernels
from .._types import Floats
from ..blocks import Block
from ..covariances import FullCovariances, Tied, TiedCovariances
from ..covariances.constraints import positive_definite_scale
from ..densities import Densities
from ..engines import Engine
from ..errors import SingularCovarianceError
from ..frames import Frame
from ..mixture import Mixture
from ..moments import Moments
from ..sources import Source
from .problem import Problem, pooled_moments
from .protocols import Driver

__all__ = [
    "Coordinates",
    "LinearForm",
    "TiedEM",
    "TiedState",
    "linear_passes_pay",
    "linear_sums",
    "tied_driver",
]

_LARGEST_RATIO = 1e5
"""Sum about the components' own means where the shared covariance is narrower than the rows by this factor."""
_CORRELATED = 10.0
"""Whiten the rows where another column is to explain all but this share of a column's variance (1 / _CORRELATED)."""
_CACHE_VALUES = 1 << 16
_FEW_COLUMNS, _MANY_COLUMNS, _SMALL = 10, 64, 800_000
"""Columns, and rows × columns², at which the pass that is linear in the rows becomes the faster one."""


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Coordinates y = B (x − c) for the sums, and the scatter of all rows in them.

    Parameters
    ----------
    frame : Frame
        The form of the scatter.
    centre : (D,) array
        c, in the units of the columns.
    basis : (D, D) array or None
        B, lower triangular: it decorrelates the rows. None for y = x − c, if their correlations are small.
    scatter : (D, D) or (D,) array
        Σ w y yᵀ or its diagonal.
    total_weight : float
        Σ w.
    """

    frame: Frame
    centre: Floats
    basis: Floats | None
    scatter: Floats
    total_weight: float

    @classmethod
    def of(cls, source: Source, engine: Engine, frame: Frame) -> Coordinates:
        """Return the coordinates for a table."""
        pooled = pooled_moments(source, engine, frame)
        centre, scatter = pooled.means()[0], pooled.scatter()[0]
        plain = cls(frame, centre, None, scatter, pooled.total_weight)
        if not frame.full:
            return plain
        scale, _ = positive_definite_scale(scatter / pooled.total_weight, np.abs(centre))
        basis = FullCovariances(scale[None]).factors[0]
        # Entry d is the variance of column d, divided by its residual variance given the other columns.
        if (np.square(basis).sum(axis=0) * np.diagonal(scale)).max() < _CORRELATED:
            return plain
        turned = cls(frame, centre, basis, scatter, pooled.total_weight)
        return cls(frame, centre, basis, engine.sum(turned._moments, source).second[0], pooled.total_weight)

    def rows(self, block: Block, part: slice) -> Floats:
        """Return some rows of a block in these coordinates."""
        Y = np.subtract(block.X[part], self.centre, dtype=np.float64)
        return Y if self.basis is None else Y @ self.basis.T

    def parts(self, block: Block) -> list[slice]:
        """Return slices of the rows of a block, each small enough for the cache."""
        size = max(256, _CACHE_VALUES // len(self.centre))
        return [slice(start, start + size) for start in range(0, max(1, block.n_rows), size)]

    def _moments(self, block: Block) -> Moments:
        moments = Moments.zero(self.frame, np.zeros((1, len(self.centre))))
        for part in self.parts(block):
            Y = self.rows(block, part)
            weighted = Y if block.weights is None else Y * block.weights[part, None]
            moments.second[0] += self.frame.scatter(Y, weighted)
        return moments

    def inward(self, factor: Floats) -> Floats:
        """Return the whitening factor of x, (D, D) or (D,), as that of y."""
        if self.basis is None:
            return factor
        from scipy.linalg import solve_triangular

        return np.asarray(solve_triangular(self.basis, factor.T, trans=1, lower=True).T)

    @cached_property
    def _root(self) -> Floats | None:
        from scipy.linalg.lapack import dtrtri

        return None if self.basis is None else np.asarray(dtrtri(self.basis, lower=1)[0])

    def outward(self, means: Floats) -> Floats:
        """Return points y (K, D) as x − c."""
        return means if self._root is None else means @ self._root.T

    def scatter_within(self, counts: Floats, means: Floats) -> Floats:
        """Return the scatter about the means (K, D) of y, in the units of the columns, (D, D) or (D,)."""
        within = self.scatter - self.frame.scatter(means, means * counts[:, None])
        return within if self._root is None else np.asarray(self._root @ within @ self._root.T)


@dataclass(frozen=True, eq=False)
class LinearForm:
    """The E-step of a mixture in these coordinates: log-joint densities a_k + b_kᵀ y, up to a common term.

    Parameters
    ----------
    slopes, intercepts : (K, D) and (K,) arrays
        b and a.
    quadratic : float
        Σ w times the common quadratic term.
    cancellation : float
        Largest ratio of the variance of the rows to that of the components, over all directions.
    """

    slopes: Floats
    intercepts: Floats
    quadratic: float
    cancellation: float

    @classmethod
    def of(cls, densities: Densities, coordinates: Coordinates) -> LinearForm:
        """Return the linear form of densities with a common factor."""
        shared = densities.factors[0]
        frame, factor = coordinates.frame, coordinates.inward(shared)
        whitened = frame.whiten(shared, densities.means - coordinates.centre)
        slopes = frame.whiten_transposed(factor, whitened)
        quadratic = -0.5 * frame.trace(factor, coordinates.scatter)
        widths = frame.scaled(factor, frame.diagonal(coordinates.scatter))
        intercepts = densities.offsets - 0.5 * np.square(whitened).sum(axis=1)
        return cls(slopes, intercepts, quadratic, float(widths.max()) / coordinates.total_weight)

    @property
    def safe(self) -> bool:
        """Whether the cancellation is small enough; False for NaN."""
        return self.cancellation < _LARGEST_RATIO


@dataclass(frozen=True, eq=False)
class TiedState:
    """The mixture after a step, its linear form if it is known, and the mean log-likelihood before it."""

    mixture: Mixture
    objective: float
    form: LinearForm | None = None


@dataclass(frozen=True, eq=False)
class TiedEM:
    """EM with a covariance common to all components, by passes that are linear in the rows.

    Parameters
    ----------
    problem : Problem
        With a tied family.
    exact : Driver
        The driver for steps in which too many digits would cancel.
    """

    problem: Problem
    exact: Driver[Any]

    @property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the objective between steps."""
        return self.problem.allowed_fall

    @cached_property
    def coordinates(self) -> Coordinates:
        """The coordinates of the sums."""
        return Coordinates.of(self.problem.source, self.problem.engine, self.problem.model.frame)

    def init(self, mixture: Mixture) -> TiedState:
        """Return the state before the first step."""
        return TiedState(mixture, -np.inf)

    def step(self, state: TiedState) -> TiedState:
        """Return the state after one E-step and one M-step."""
        form = LinearForm.of(state.mixture.densities, self.coordinates) if state.form is None else state.form
        after = self._linear_step(state.mixture, form) if form.safe else None
        if after is not None:
            return after
        exact = self.exact.step(self.exact.init(state.mixture))
        return TiedState(exact.mixture, exact.objective)

    def _linear_step(self, mixture: Mixture, form: LinearForm) -> TiedState | None:
        """Return the state after a step; None if too many digits cancel."""
        sums = linear_sums(self.problem, self.coordinates, form)
        try:
            after = self._m_step(mixture, sums)
            following = LinearForm.of(after.densities, self.coordinates)
        except SingularCovarianceError:
            return None
        if not following.safe:
            return None
        objective = (float(sums[-1]) + form.quadratic) / self.coordinates.total_weight
        return TiedState(after, objective, following)

    def _m_step(self, mixture: Mixture, sums: Floats) -> Mixture:
        K, D = mixture.means.shape
        counts, first = sums[:K], sums[K:-1].reshape(K, D)
        used = (counts > 1e-200)[:, None]
        means = np.divide(first, counts[:, None], out=np.zeros((K, D)), where=used)
        scatter = self.coordinates.scatter_within(counts, means)
        shared = self.problem.model.separately(scatter[None], counts.sum()[None])
        located = np.where(used, self.coordinates.centre + self.coordinates.outward(means), mixture.means)
        return Mixture.of(counts / counts.sum(), located, TiedCovariances(shared, K))


def linear_sums(problem: Problem, coordinates: Coordinates, form: LinearForm) -> Floats:
    """Return counts (K,), first moments of y (K, D) and the sum of the logarithms over all rows as one array."""
    return problem.engine.sum(partial(_linear_sums, coordinates, form), problem.source)


def _linear_sums(coordinates: Coordinates, form: LinearForm, block: Block) -> Floats:
    K, D = form.slopes.shape
    sums = np.zeros(K + K * D + 1)
    for part in coordinates.parts(block):
        weights = None if block.weights is None else block.weights[part]
        sums += kernels.active.linear_pass(
            coordinates.rows(block, part), weights, form.slopes, form.intercepts
        )
    return sums


def linear_passes_pay(problem: Problem) -> bool:
    """Return whether passes that are linear in the rows exist, and are faster than others.

    With few columns, and in small tables, compiled iterations are faster than NumPy's calls.
    """
    family = problem.model.family
    if not isinstance(family, Tied) or family.pooling is None or not problem.plain:
        return False
    n, D = problem.n_rows, problem.source.n_features
    return (family.frame.full and D >= _FEW_COLUMNS and n * D * D >= _SMALL) or D > _MANY_COLUMNS


def tied_driver(problem: Problem, exact: Driver[Any]) -> TiedEM | None:
    """Return the driver with linear passes if it is faster than the given one, else None."""
    return TiedEM(problem, exact) if linear_passes_pay(problem) and problem.model.plain else None
