"""Components of a refit in the order of the components of the original fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from .._types import Floats, Ints

__all__ = ["matched_order"]


def matched_order(original: Floats, refitted: Floats, weights: Floats) -> Ints:
    r"""Return the matching of the components of a refit with the original ones, of largest total similarity.

    The similarity is the cosine of the angle between the responsibilities of two components for the same rows:

    .. math:: \frac{\sum_n w_n r_{nk} s_{nj}}{\sqrt{\sum_n w_n r_{nk}^2 \sum_n w_n s_{nj}^2}}

    Parameters
    ----------
    original, refitted : (n, K) array
        Responsibilities r and s.
    weights : (n,) array
        Weights of the rows (w).
    """
    lengths: Any = [np.sqrt(np.maximum(weights @ np.square(r), 1e-300)) for r in (original, refitted)]
    similarity = (original * weights[:, None]).T @ refitted / np.outer(*lengths)
    return np.asarray(linear_sum_assignment(-similarity)[1], dtype=np.intp)
