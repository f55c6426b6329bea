"""Divergences and distances between two mixtures."""

from __future__ import annotations

from .bounds import KLBounds, kl_bounds
from .closed_forms import cauchy_schwarz_divergence, l2_distance
from .simulated import hellinger_distance, jensen_shannon_divergence, kl_divergence, total_variation
from .transport import Transport, wasserstein_distance

__all__ = [
    "KLBounds",
    "Transport",
    "cauchy_schwarz_divergence",
    "hellinger_distance",
    "jensen_shannon_divergence",
    "kl_bounds",
    "kl_divergence",
    "l2_distance",
    "total_variation",
    "wasserstein_distance",
]
