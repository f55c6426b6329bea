"""Labels and probabilities of classes, for rows of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._types import Rows
from ..blocks import Block
from ..classify import ClassMixtures
from ..distributed.collections import mapped
from ..distributed.values import RowFunction
from .collection_rows import columns_of_fit

__all__ = ["ClassValues"]

_NAMES = {"predict": "prediction", "proba": "probability", "log_proba": "log_probability"}
"""Names of the values as a column of a data frame."""


@dataclass(frozen=True, eq=False)
class ClassValues:
    """Function of rows: their classes, or the probabilities of all classes.

    Parameters
    ----------
    classes : (C,) array
        The classes in their order.
    what : {"predict", "proba", "log_proba"}
    """

    mixtures: ClassMixtures
    classes: Any
    what: str

    def __call__(self, X: Rows) -> Any:
        """Return the values of rows (n, D)."""
        values = self.mixtures.log_posterior(X)
        if self.what == "predict":
            return self.classes[values.argmax(axis=1)]
        return np.exp(values) if self.what == "proba" else values

    def of_block(self, block: Block) -> Any:
        """Return the values of the rows of a block."""
        return self(block.X)

    def of_collection(self, estimator: Any, x: Any) -> Any:
        """Return the values of the rows of a collection, lazily, as a collection of the same kind.

        Parameters
        ----------
        estimator : MixtureClassifier
            Fitted.
        """
        labels = self.what == "predict"
        # Text of any length: chunks must not differ in their type.
        dtype = self.classes.dtype if self.classes.dtype.kind != "U" else np.dtype(object)
        kind = dtype if labels else np.dtype(np.float64)
        function = RowFunction(self, _NAMES[self.what], kind, 0 if labels else len(self.classes))
        return mapped(x, columns_of_fit(estimator, x), function)
