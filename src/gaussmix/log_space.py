"""Sums of exponentials in log space."""

from __future__ import annotations

import numpy as np

from ._types import Floats

__all__ = ["log_sum_exp"]


def log_sum_exp(joint: Floats) -> Floats:
    """Return log Σ_k exp(joint_k) of each row of (n, K), as (n,); a row of −∞ gives −∞."""
    top = joint.max(axis=1, initial=-np.inf)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + np.log(np.exp(joint - safe[:, None]).sum(axis=1)))
