"""The order of components: by labels, or by weight."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from .._types import Floats
from ..blocks import Block
from ..incomplete import posterior
from ..mixture import Mixture

__all__ = ["by_weight", "numbered"]


def numbered(mixture: Mixture, block: Block) -> Mixture:
    """Return a mixture with components numbered by labels: the assignment of largest responsibility.

    Parameters
    ----------
    mixture : Mixture
        Of K components.
    block : Block
        Rows with their allowed components.
    """
    if block.allowed is None:
        return mixture
    K = mixture.n_components
    allowed = block.allowed[:, :K]
    known = ~allowed.all(axis=1) & allowed.any(axis=1)
    if not known.any():
        return mixture
    rows = replace(block.take(np.flatnonzero(known)), allowed=None)
    r = posterior(replace(mixture.densities, uniform=None), rows)
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    shares: Floats = allowed[known] / allowed[known].sum(axis=1, keepdims=True) * weights[known, None]
    order = linear_sum_assignment(shares.T @ r, maximize=True)[1]
    return mixture.reordered(order)


def by_weight(mixture: Mixture) -> Mixture:
    """Return a mixture with its Gaussian components in descending order of weight."""
    # In float32, weights that are equal but for rounding are equal.
    return mixture.reordered(np.argsort(-mixture.weights.astype(np.float32), kind="stable"))
