"""Trimmed rows of a fitted estimator: those whose density is below that of the share that was kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .._types import Ints
from ..blocks import Block
from ..fitting.trimmed import scores_of
from ..graphs import Graph, Output, mixture_outputs
from ..mixture import Mixture
from ..storage import Record
from ..trimming import Trimming

__all__ = ["KeptRows"]


@dataclass(frozen=True, eq=False)
class KeptRows:
    """The rows that a trimmed fit keeps.

    Parameters
    ----------
    threshold : float
        The least score, nats: the log-density of a row without missing values.
    """

    mixture: Mixture
    trimming: Trimming
    threshold: float

    def predict(self, X: Any, noise: Any = None, projections: Any = None) -> Ints:
        """Return the most probable component of each row, −1 for trimmed rows.

        Parameters
        ----------
        X : (n, D) array
            Checked rows.
        noise, projections : array, optional
            As in :meth:`Mixture.predict`.
        """
        labels = self.mixture.predict(X, noise, projections)
        block = Block(X, noise=noise, holes=bool(np.isnan(X).any()), projections=projections)
        labels[scores_of(self.mixture.densities, self.trimming, block) < self.threshold] = -1
        return labels

    def onnx_outputs(self, graph: Graph, rows: str) -> list[Output]:
        """Add the predictions for rows without missing values to a graph, the label −1 for trimmed rows."""
        label, probabilities, score = mixture_outputs(graph, rows, self.mixture)
        # The threshold is the score of a row that is kept, and the graph rounds otherwise.
        least = graph.constant(np.array(self.threshold - 1e-9 * max(1.0, abs(self.threshold))))
        trimmed = graph.add("Less", score.value, least)
        value = graph.add("Where", trimmed, graph.constant(np.array(-1)), label.value)
        return [replace(label, value=value), probabilities, score]

    @classmethod
    def from_record(cls, mixture: Mixture, record: Record) -> KeptRows:
        """Return the rows that a mixture keeps, from what :meth:`to_dict` gave."""
        scales = record.require("log_scales", (mixture.n_features,))
        trimming = Trimming(record.entry("share", float), scales)
        return cls(mixture, trimming, float(record.require("threshold", (), finite=False)))

    def to_dict(self) -> dict[str, Any]:
        """Return the trimming as an array and numbers."""
        return {
            "share": self.trimming.share,
            "log_scales": self.trimming.log_scales,
            "threshold": np.array(self.threshold),
        }
