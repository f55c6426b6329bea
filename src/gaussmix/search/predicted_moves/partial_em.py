"""Partial EM: a few free components on the rows they explain, beside the fixed density of all others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ... import kernels
from ..._types import Floats, Ints
from ...blocks import Block
from ...em import e_step, m_step
from ...fitting.own_estimate import EstimateState, own_estimate_steps
from ...kernels import MixtureArrays, PlainRows
from ...mixture import Mixture
from ...model import Model
from ...starts import StartRows
from ..local_em import Expectation
from ..search_data import SearchData

__all__ = ["RestrictedRows", "partial_em", "replaced", "restricted_rows"]


@dataclass(frozen=True, eq=False)
class RestrictedRows:
    """A restricted EM problem: a few free components, the rows they explain, the fixed log-density of the rest.

    Parameters
    ----------
    block : Block
        The m rows of the free components, with the log-density of all other components as their background.
    rows : StartRows
        All rows of the table.
    touched : (m,) array
        The positions of the block's rows among them.
    share : (m,) array
        The total responsibility of the free components for each row.
    objective : float
        Σ w log p(x) of the whole mixture before the trial, nats.
    before : Mixture
        The free components before the trial.
    model : Model
        The model of the free components, conditional on the fixed ones.
    """

    block: Block
    rows: StartRows
    touched: Ints
    share: Floats
    objective: float
    before: Mixture
    model: Model

    @property
    def Z(self) -> Floats:
        """The rows in the table's standardised coordinates, (m, D)."""
        return self.rows.Z.take(self.touched, axis=0)

    @property
    def mass(self) -> float:
        """The total weight of the free components."""
        return self.model.mass


def restricted_rows(
    data: SearchData, expectation: Expectation, components: list[int], touched: Ints
) -> RestrictedRows:
    """Return the restricted problem with some components of a mixture free.

    Parameters
    ----------
    data : SearchData
    expectation : Expectation
    components : list of int
    touched : (m,) array
        The rows with a responsibility above 0.01 for one of them.
    """
    share = np.zeros(len(touched))
    for component in components:
        share += expectation.responsibilities[:, component].take(touched)
    log_prob, weights = expectation.log_prob.take(touched), data.weights.take(touched)
    # A responsibility of one would give a background of −∞.
    background = log_prob + np.log(np.maximum(1.0 - share, 1e-16))
    mixture = expectation.mixture
    covariances = mixture.covariances.take(components)
    before = Mixture.of(mixture.weights[components], mixture.means[components], covariances)
    block = replace(data.block.take(touched), background=background)
    model = data.model.conditional(covariances, float(before.weights.sum()))
    objective = float(weights @ log_prob)
    return RestrictedRows(block, data.rows, touched, share, objective, before, model)


def partial_em(
    data: SearchData, restricted: RestrictedRows, part: Mixture, iterations: int
) -> tuple[Mixture, float]:
    """Return the components after some iterations, and the gain before the last M-step, nats.

    The gain is that of the restricted rows; −∞ if a component has too few rows.
    """
    after, objective = _compiled(restricted, part, iterations)
    if after is None:
        after, objective = _in_numpy(restricted, part, iterations)
    if after.weights.min() * data.total_weight < data.least_rows:
        return after, -np.inf
    return after, objective - restricted.objective


def _compiled(restricted: RestrictedRows, part: Mixture, iterations: int) -> tuple[Mixture | None, float]:
    model = restricted.model
    if kernels.em_steps is None or not model.compiled:
        return None, -np.inf
    factors, block = np.array(part.covariances.factors, order="C"), restricted.block
    weights, means, offsets = np.array(part.weights), np.array(part.means), np.array(part.offsets)
    arrays = MixtureArrays(weights, means, np.empty_like(factors), factors, offsets)
    rows = PlainRows(np.asarray(block.X, dtype=np.float64), block.weights, block.background)
    done, objective, _ = kernels.em_steps(rows, arrays, model.rule(means.shape[1]), iterations)
    if done < iterations:
        return None, -np.inf
    return Mixture.of(weights, means, model.family.of_frame(arrays.covariances)), objective


def _in_numpy(restricted: RestrictedRows, part: Mixture, iterations: int) -> tuple[Mixture, float]:
    model = restricted.model
    state, done = own_estimate_steps(restricted.block, model, EstimateState.of(part), iterations)
    if done:
        part = state.mixture
    objective = state.log_likelihood
    for _ in range(done, iterations):
        moments = e_step(part.densities, restricted.block)
        objective = moments.log_likelihood
        if moments.empty.any():
            return part, -np.inf
        part = m_step(moments, model)
    return part, objective


def replaced(data: SearchData, mixture: Mixture, removed: list[int], parts: list[Mixture]) -> Mixture:
    """Return a mixture with new components instead of removed ones, behind the others."""
    kept = np.setdiff1d(np.arange(mixture.n_components), removed)
    weights = np.concatenate([mixture.weights[kept], *(part.weights for part in parts)])
    means = np.concatenate([mixture.means[kept], *(part.means for part in parts)])
    stay = [mixture.covariances.take(kept).in_frame()] if len(kept) else []
    framed = np.concatenate([*stay, *(part.covariances.in_frame() for part in parts)])
    return Mixture.of(weights / weights.sum(), means, data.model.family.nearest(framed, weights))
