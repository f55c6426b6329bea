"""Results of a pass over the rows of a source: their number, missing values, weights and bad rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Block
from ..errors import InputError
from .values import ValuesOfRows

__all__ = ["Facts", "but_bad_ones", "classes_of"]

_MOST_CLASSES = 10_000


@dataclass(frozen=True, eq=False)
class Facts:
    """Results of a pass over the rows.

    Parameters
    ----------
    n_rows : tuple of int
        Rows of each part, without those that were skipped.
    holes : bool
        Whether values are missing.
    skipped : mapping from str to int
        Number of bad rows that were left out, by fault.
    weight : float
        Sum of the weights.
    usable : int
        Number of rows of positive weight.
    most_weight : float
        The largest weight.
    allowed : (K,) array of bool, or None
        Whether a label of a row of positive weight allows each component.
    classes : frozenset, or None
        The names among the labels of rows of positive weight.
    """

    n_rows: tuple[int, ...]
    holes: bool
    skipped: Mapping[str, int]
    weight: float
    usable: int
    most_weight: float
    allowed: NDArray[np.bool_] | None = None
    classes: frozenset[Any] | None = None

    @classmethod
    def of(cls, block: Block, skipped: Mapping[str, int], classes: frozenset[Any] | None = None) -> Facts:
        """Return the facts of one block."""
        weights = block.weights
        usable = block.n_rows if weights is None else int(np.count_nonzero(weights))
        most = 1.0 if weights is None else float(weights.max(initial=0.0))
        allowed, holes = block.allowed, bool(np.isnan(block.X.min(initial=np.inf)))
        if allowed is not None:
            allowed = np.asarray((allowed if weights is None else allowed[weights > 0]).any(axis=0))
        return cls((block.n_rows,), holes, skipped, block.total_weight, usable, most, allowed, classes)

    def __add__(self, other: Facts) -> Facts:
        return Facts(
            self.n_rows + other.n_rows,
            self.holes or other.holes,
            Counter(self.skipped) + Counter(other.skipped),
            self.weight + other.weight,
            self.usable + other.usable,
            max(self.most_weight, other.most_weight),
            None if self.allowed is None or other.allowed is None else self.allowed | other.allowed,
            None if self.classes is None or other.classes is None else self.classes | other.classes,
        )


def classes_of(values: ValuesOfRows) -> frozenset[Any]:
    """Return the names among the labels of rows of positive weight.

    Raises
    ------
    InputError
        If they are too many for classes.
    """
    labels = values.labels
    assert labels is not None
    used = labels if values.weights is None else labels[values.weights > 0]
    found = frozenset(label for label in set(used.tolist()) if label is not None and label == label)
    if len(found) > _MOST_CLASSES:
        raise InputError(
            f"the column of labels holds more than {_MOST_CLASSES:,} different values: name a column of classes."
        )
    return found


def but_bad_ones(skipped: Mapping[str, int]) -> str:
    """Return the words for skipped rows, by fault; empty without any."""
    faults = ", ".join(f"{count} with {what}" for what, count in skipped.items())
    return f" but bad ones ({faults})" if skipped else ""
