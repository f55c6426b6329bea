"""Nearest-neighbour cleaning: the probability of each row to be signal rather than uniform noise."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from .._types import Floats

__all__ = ["signal_probabilities"]

_NEIGHBOURS = 15
_ITERATIONS = 100


def signal_probabilities(X: Floats) -> Floats:
    r"""Return the probability of signal for each row, by the distance to its k-th nearest neighbour.

    In a region of constant density λ the volume t within the distance d_k of the k-th neighbour has a gamma
    distribution of shape k and rate λ. EM fits a mixture of two of them, for signal and noise.

    .. math:: t = d_k^D, \qquad f(t) \propto \lambda^k t^{k-1} e^{-\lambda t}

    Parameters
    ----------
    X : (n, D) array
        Rows without missing values.

    References
    ----------
    Byers, S. and Raftery, A. E. (1998). Nearest-neighbor clutter removal for estimating features in spatial point
    processes. J. Amer. Statist. Assoc. 93, 577-584.
    """
    n, D = X.shape
    k = min(_NEIGHBOURS, n - 1)
    spread = X.std(axis=0)
    spread[spread == 0] = 1.0
    Z = (X - X.mean(axis=0)) / spread
    distances = np.asarray(cKDTree(Z).query(Z, [k + 1])[0])[:, 0]
    log_t = D * np.log(np.maximum(distances, 1e-12))
    log_t -= np.median(log_t)
    t = np.exp(np.clip(log_t, -300.0, 300.0))
    low, high = np.quantile(log_t, [0.25, 0.9])
    log_rates, share = np.log(k) - np.array([low, high]), 0.5
    signal = np.full(n, 0.5)
    for _ in range(_ITERATIONS):
        joint = k * log_rates - np.exp(np.clip(log_rates + log_t[:, None], -700.0, 700.0))
        joint += np.log([share, 1.0 - share])
        before, signal = signal, 1.0 / (1.0 + np.exp(np.clip(joint[:, 1] - joint[:, 0], -700.0, 700.0)))
        share = float(np.clip(signal.mean(), 1e-6, 1.0 - 1e-6))
        weights = np.column_stack([signal, 1.0 - signal])
        log_rates = np.log(k * weights.sum(axis=0)) - np.log(np.maximum(weights.T @ t, 1e-300))
        if np.abs(signal - before).max() < 1e-6:
            break
    return signal
