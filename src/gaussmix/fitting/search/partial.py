"""Partial EM: a few components move, all others stand still, and only rows that the few have a part in are touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...blocks import Block
from ...covariances import Covariances
from ...densities import Densities
from ...em import e_step
from ...mixture import Mixture
from ...moments import Moments
from .climb import View
from .table import Table

__all__ = ["Part", "Scene", "moments_of", "partial_em", "replaced", "scene_of"]


@dataclass(frozen=True, eq=False)
class Part:
    """A few components; their weights sum to the mass of a scene.

    Parameters
    ----------
    weights : (k,) array
    means : (k, D) array
    covariances : Covariances
        Each component's own.
    """

    weights: Floats
    means: Floats
    covariances: Covariances

    @property
    def offsets(self) -> Floats:
        """Log p_k − ½ log |2π Σ_k|, (k,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.weights) + self.covariances.log_normalisers)


@dataclass(frozen=True, eq=False)
class Scene:
    """What a trial sees.

    Parameters
    ----------
    X : (m, D) array
        The rows that are touched.
    Z : (m, D) array
        The same in the table's standardised coordinates.
    weights : (m,) array
        Of the rows.
    share : (m,) array
        The responsibility that the components that move had for each row.
    background : (m,) array
        Log-density of all others.
    objective : float
        Σ w log p(x) of the whole mixture before the trial, nats.
    before : Part
        The components that move, as they were.
    """

    X: Floats
    Z: Floats
    weights: Floats
    share: Floats
    background: Floats
    objective: float
    before: Part

    @property
    def mass(self) -> float:
        """The weight that the components that move share."""
        return float(self.before.weights.sum())


def scene_of(table: Table, view: View, components: list[int], touched: Ints) -> Scene:
    """Return the scene in which some components of a mixture move.

    Parameters
    ----------
    table : Table
    view : View
    components : list of int
    touched : (m,) array
        The rows that one of them has a part in.
    """
    share = np.zeros(len(touched))
    for component in components:
        share += view.responsibilities[:, component][touched]
    log_prob, weights = view.log_prob[touched], table.weights[touched]
    # A share of one leaves nothing to the others: far less than a rounding is as good.
    background = log_prob + np.log(np.maximum(1.0 - share, 1e-16))
    mixture = view.mixture
    covariances = mixture.covariances.take(components)
    before = Part(mixture.weights[components], mixture.means[components], covariances)
    objective = float(weights @ log_prob)
    return Scene(table.X[touched], table.rows.Z[touched], weights, share, background, objective, before)


def partial_em(table: Table, scene: Scene, part: Part, iterations: int) -> tuple[Part, float]:
    """Return the components after some iterations, and the gain before the last M-step, nats.

    The gain is that of the rows of the scene: −∞ where a component was left with fewer than D + 1 rows.
    """
    after, objective = _compiled(table, scene, part, iterations)
    if after is None:
        after, objective = _in_numpy(table, scene, part, iterations)
    if after.weights.min() * table.total_weight < table.least_rows:
        return after, -np.inf
    return after, objective - scene.objective


def _compiled(table: Table, scene: Scene, part: Part, iterations: int) -> tuple[Part | None, float]:
    family = table.family
    if kernels.em_steps is None or family.pooling is None:
        return None, -np.inf
    factors = np.array(part.covariances.factors, order="C")
    arrays = (np.array(part.weights), np.array(part.means), np.empty_like(factors), factors, part.offsets)
    done, objective, _ = kernels.em_steps(
        scene.X,
        scene.weights,
        scene.background,
        *arrays,
        *table.terms,
        scene.mass,
        iterations,
        *family.pooling,
    )
    if done < iterations:
        return None, -np.inf
    return Part(arrays[0], arrays[1], family.of_layout(arrays[2])), objective


def _in_numpy(table: Table, scene: Scene, part: Part, iterations: int) -> tuple[Part, float]:
    objective = -np.inf
    for _ in range(iterations):
        moments = moments_of(scene, part)
        objective = moments.log_likelihood
        if moments.empty.any():
            return part, -np.inf
        weights = scene.mass * moments.counts / moments.counts.sum()
        part = Part(weights, moments.means(), table.family.estimate(moments, table.prior))
    return part, objective


def moments_of(scene: Scene, part: Part) -> Moments:
    """Return the moments of the rows of a scene that belong to components."""
    densities = Densities(part.means, part.covariances.factors, part.offsets)
    return e_step(densities, Block(scene.X, scene.weights, background=scene.background))


def replaced(table: Table, mixture: Mixture, removed: list[int], parts: list[Part]) -> Mixture:
    """Return a mixture with some components removed and others put behind the ones that stay."""
    kept = np.setdiff1d(np.arange(mixture.n_components), removed)
    weights = np.concatenate([mixture.weights[kept], *(part.weights for part in parts)])
    means = np.concatenate([mixture.means[kept], *(part.means for part in parts)])
    stay = [mixture.covariances.take(kept).dense()] if len(kept) else []
    dense = np.concatenate([*stay, *(part.covariances.dense() for part in parts)])
    return Mixture.of(weights / weights.sum(), means, table.family.from_dense(dense, weights))
