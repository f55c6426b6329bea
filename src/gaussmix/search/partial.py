"""Partial EM: a few components move, all others stand still, and only rows that the few have a part in are touched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..blocks import Block
from ..em import e_step, m_step
from ..fitting.own_estimate import EstimateState, own_estimate_steps
from ..kernels import MixtureArrays, PlainRows
from ..mixture import Mixture
from .climb import View
from .table import Table

__all__ = ["Scene", "partial_em", "replaced", "scene_of"]


@dataclass(frozen=True, eq=False)
class Scene:
    """What a trial sees.

    Parameters
    ----------
    block : Block
        The m rows that are touched, with the log-density of all other components as their background.
    Z : (m, D) array
        The rows in the table's standardised coordinates.
    share : (m,) array
        The responsibility that the components that move had for each row.
    objective : float
        Σ w log p(x) of the whole mixture before the trial, nats.
    before : Mixture
        The components that move, as they were; their weights sum to the mass of the scene.
    """

    block: Block
    Z: Floats
    share: Floats
    objective: float
    before: Mixture

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
    before = Mixture.of(mixture.weights[components], mixture.means[components], covariances)
    block = Block(table.X[touched], weights, background=background)
    return Scene(block, table.rows.Z[touched], share, float(weights @ log_prob), before)


def partial_em(table: Table, scene: Scene, part: Mixture, iterations: int) -> tuple[Mixture, float]:
    """Return the components after some iterations, and the gain before the last M-step, nats.

    The gain is that of the rows of the scene: −∞ where a component was left with fewer than D + 1 rows.
    """
    after, objective = _compiled(table, scene, part, iterations)
    if after is None:
        after, objective = _in_numpy(table, scene, part, iterations)
    if after.weights.min() * table.total_weight < table.least_rows:
        return after, -np.inf
    return after, objective - scene.objective


def _compiled(table: Table, scene: Scene, part: Mixture, iterations: int) -> tuple[Mixture | None, float]:
    if kernels.em_steps is None or not table.model.compiled:
        return None, -np.inf
    factors, block = np.array(part.covariances.factors, order="C"), scene.block
    weights, means, offsets = np.array(part.weights), np.array(part.means), np.array(part.offsets)
    arrays = MixtureArrays(weights, means, np.empty_like(factors), factors, offsets)
    rows = PlainRows(np.asarray(block.X, dtype=np.float64), block.weights, block.background)
    done, objective, _ = kernels.em_steps(rows, arrays, table.rule._replace(mass=scene.mass), iterations)
    if done < iterations:
        return None, -np.inf
    return Mixture.of(weights, means, table.model.family.of_frame(arrays.covariances)), objective


def _in_numpy(table: Table, scene: Scene, part: Mixture, iterations: int) -> tuple[Mixture, float]:
    model = table.model.of_mass(scene.mass)
    state, done = own_estimate_steps(scene.block, model, EstimateState.of(part), iterations)
    if done:
        part = state.mixture
    objective = state.log_likelihood
    for _ in range(done, iterations):
        moments = e_step(part.densities, scene.block)
        objective = moments.log_likelihood
        if moments.empty.any():
            return part, -np.inf
        part = m_step(moments, model)
    return part, objective


def replaced(table: Table, mixture: Mixture, removed: list[int], parts: list[Mixture]) -> Mixture:
    """Return a mixture with some components removed and others put behind the ones that stay."""
    kept = np.setdiff1d(np.arange(mixture.n_components), removed)
    weights = np.concatenate([mixture.weights[kept], *(part.weights for part in parts)])
    means = np.concatenate([mixture.means[kept], *(part.means for part in parts)])
    stay = [mixture.covariances.take(kept).in_frame()] if len(kept) else []
    framed = np.concatenate([*stay, *(part.covariances.in_frame() for part in parts)])
    return Mixture.of(weights / weights.sum(), means, table.model.family.nearest(framed, weights))
