"""Initial mixtures of fits to incomplete or labelled rows."""

from __future__ import annotations

import numpy as np

from ..blocks import Block
from ..covariances import Family
from ..em import given_step, m_step
from ..fitting import Problem
from ..mixture import Mixture

__all__ = ["of_family", "supervised"]


def of_family(mixture: Mixture, family: Family) -> Mixture:
    """Return a mixture with its covariances in the nearest form of a family."""
    covariances = family.from_dense(mixture.covariances.dense(), mixture.weights)
    return Mixture.of(mixture.weights, mixture.means, covariances)


def supervised(block: Block, plain: Block, problem: Problem) -> list[Mixture]:
    """Return the mixture of labelled rows alone, if each component has labelled rows of its own.

    Parameters
    ----------
    block : Block
        Rows with their allowed components.
    plain : Block
        The same rows, completed.
    """
    if block.allowed is None:
        return []
    model = problem.model.gaussian
    K = block.allowed.shape[1] - (problem.model.uniform is not None)
    allowed = block.allowed[:, :K]
    own = np.where(allowed.sum(axis=1, keepdims=True) == 1, allowed, False).astype(np.float64)
    if block.weights is not None:
        own[block.weights == 0] = 0.0
    if (own.sum(axis=0) < plain.X.shape[1] + 1).any():
        return []
    rows = np.flatnonzero(own.any(axis=1))
    reference = np.tile(plain.X[rows].mean(axis=0), (K, 1))
    return [m_step(given_step(own[rows], plain.take(rows), reference, model.moment_frame(K)), model)]
