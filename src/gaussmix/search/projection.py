"""Searches for a start in fewer dimensions: principal axes, or linearly independent columns.

Mixtures of factor analysers are searched on the first principal axes, with full covariances. Where columns are linear
combinations of others, all covariances are singular but those of independent columns. The partition that a search finds
is the start of EM in all columns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Full, principal_axes
from ..covariances.constraints import Floor
from ..em import given_step
from ..fitting.problem import Problem
from ..fitting.spread import Spread
from ..frames import MomentFrame
from ..mixture import Mixture
from ..model import Model
from ..moments import Moments
from ..sources import ArraySource
from ..starts import draw_start_rows, mixture_of_moments
from ..starts.beside_uniform import beside
from ..uniform import Uniform

__all__ = ["Projection", "has_dependent_columns", "independent_problem", "lifted", "projected_problem"]

_AXES = 12
"""Principal axes at most; of few rows, fewer."""
_ROWS_PER_AXIS = 5
_MOST_ROWS = 20_000


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map of rows to fewer dimensions.

    Parameters
    ----------
    mean : (D,) array
    axes : (D, d) array
        In units that make columns of the standardised rows.
    """

    mean: Floats
    axes: Floats

    @classmethod
    def of(cls, X: Floats, weights: Floats, spread: Spread, n_components: int) -> Projection:
        """Return the projection of rows (m, D) on principal axes of standardised columns, as many as they support."""
        deviation = np.sqrt(spread.scale)
        most = min(_AXES, max(2, len(X) // (_ROWS_PER_AXIS * n_components)))
        Y = (X - spread.mean) / deviation * np.sqrt(weights / weights.sum())[:, None]
        axes, _ = principal_axes(Y, most)
        return cls(spread.mean, axes / deviation[:, None])

    def map(self, X: Floats) -> Floats:
        """Return rows (n, D) projected, (n, d)."""
        return np.asarray((X - self.mean) @ self.axes)


def projected_problem(
    problem: Problem, spread: Spread, n_components: int, rng: np.random.Generator
) -> tuple[Problem, Spread, Projection]:
    """Return the problem of full covariances on the first principal axes, with its spread and the projection."""
    family, engine = problem.model.family, problem.engine
    drawn = draw_start_rows(problem.source, _MOST_ROWS, family, spread.mean, spread.scale, rng, engine)
    projection = Projection.of(drawn.X, drawn.weights, spread, n_components)
    rows = ArraySource(projection.map(drawn.X), drawn.weights)
    around, uniform = Spread(rows, engine, Full().frame), problem.model.uniform
    if uniform is not None:
        uniform = uniform.affine(projection.axes.T)
    return Problem(rows, Model(Full(), Floor(around.scale), uniform=uniform), engine), around, projection


def has_dependent_columns(problem: Problem, spread: Spread) -> bool:
    """Return whether columns are linear combinations of others, with more rows than dimensions.

    Then every covariance matrix is at its lower bound, where the EM runs of a search end.

    Parameters
    ----------
    problem : Problem
        Of all columns.
    spread : Spread
        Of its rows.
    """
    model, rank = problem.model, spread.rank
    bounded = model.frame.full and model.plain and model.constraint.bounds and problem.incomplete is None
    return bounded and 0 < rank < min(problem.source.n_features, problem.n_rows - 1)


def independent_problem(
    problem: Problem, spread: Spread, n_components: int, rng: np.random.Generator
) -> tuple[Problem, Spread, Projection]:
    """Return the problem of linearly independent columns, with its spread and the map of rows to them.

    Parameters
    ----------
    problem : Problem
        Of all columns.
    spread : Spread
    n_components : int
    rng : numpy.random.Generator
        Draws the rows.
    """
    family, engine, D = problem.model.family, problem.engine, problem.source.n_features
    columns = spread.independent_columns
    drawn = draw_start_rows(problem.source, _MOST_ROWS, family, spread.mean, spread.scale, rng, engine)
    rows = ArraySource(drawn.X[:, columns], drawn.weights)
    around = Spread(rows, engine, family.frame)
    uniform = problem.model.uniform
    if uniform is not None:
        uniform = _uniform_beside(uniform, problem, spread, columns)
    model = replace(problem.model, constraint=Floor(around.scale), uniform=uniform)
    names = None if problem.names is None else [problem.names[d] for d in columns]
    return Problem(rows, model, engine, names), around, Projection(np.zeros(D), np.eye(D)[:, columns])


def _uniform_beside(uniform: Uniform, problem: Problem, spread: Spread, columns: list[int]) -> Uniform:
    """Return the uniform component of some columns, with unchanged density relative to the Gaussian components.

    In directions without variance, covariances are at their lower bound. This multiplies each Gaussian density by a
    constant, and the volume is divided by the same constant.
    """
    whole = problem.model.constraint.full(spread.covariance[None])[0]
    part = spread.covariance[np.ix_(columns, columns)]
    narrow = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(part)[1]
    lost = len(whole) - len(columns)
    log_volume = uniform.log_volume - 0.5 * (narrow + lost * np.log(2.0 * np.pi))
    return replace(uniform.marginal(columns), log_volume=float(log_volume))


def lifted(problem: Problem, spread: Spread, mixture: Mixture, projection: Projection) -> Mixture:
    """Return the mixture of an M-step in all columns, under the responsibilities of one on the axes.

    Parameters
    ----------
    problem : Problem
        Of all columns.
    spread : Spread
    mixture : Mixture
        In fewer dimensions.
    projection : Projection
    """
    frame = problem.model.moment_frame(mixture.n_components)
    reference = np.tile(spread.mean, (mixture.n_components, 1))
    step = partial(_moments, mixture, projection, reference, frame)
    moments = problem.engine.sum(step, problem.source)
    start, uniform = mixture_of_moments(moments, spread.scale, problem.model), problem.model.uniform
    if uniform is None or mixture.uniform is None:
        return start
    return beside(start, uniform.of_weight(mixture.uniform.weight))


def _moments(
    mixture: Mixture, projection: Projection, reference: Floats, frame: MomentFrame, block: Block
) -> Moments:
    X = projection.map(np.asarray(block.X, dtype=np.float64))
    return given_step(mixture.responsibilities(X)[:, : mixture.n_components], block, reference, frame)
