"""Clusters of any shape: components combined by entropy, and the modes of a mixture."""

from __future__ import annotations

from .combining import Combination, Merger, combine
from .modal import ModalClustering, modal_clustering

__all__ = ["Combination", "Merger", "ModalClustering", "combine", "modal_clustering"]
