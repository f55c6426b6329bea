"""Values of a fitted mixture for the rows of a collection: lazily, as a collection of the same kind."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..distributed.collections import column_names, mapped
from ..distributed.values import RowFunction
from ..errors import InputError
from ..mixture import Mixture
from ..names import column_in_words, names_in_words
from .kinds import ArrayKind
from .rows import check_columns
from .source_rows import refuse_beside_source

__all__ = ["columns_of_fit", "values_of_collection"]

_NAMES = {
    "predict": "prediction",
    "responsibilities": "probability",
    "log_prob": "log_density",
    "outlier_score": "outlier_score",
}
"""Names of the values as a column of a data frame, by the method of the mixture."""


def values_of_collection(estimator: Any, mixture: Mixture, method: str, x: Any, known: dict[str, Any]) -> Any:
    """Return the values of a method of a mixture for the rows of a collection.

    Parameters
    ----------
    known : dict
        The other arguments of the method of the estimator.

    Raises
    ------
    InputError
        If columns of the fit are missing, or errors are given beside the collection.
    """
    refuse_beside_source(known)
    columns = columns_of_fit(estimator, x)
    single = getattr(x, "dtype", None) == np.float32 and estimator._kind.dtype == np.float32
    dtype = np.dtype(np.intp if method == "predict" else np.float32 if single else np.float64)
    width = len(mixture.weights) + (mixture.uniform is not None) if method == "responsibilities" else 0
    function = RowFunction(partial(_values, mixture, method, dtype), _NAMES[method], dtype, width)
    return mapped(x, columns, function)


def columns_of_fit(estimator: Any, x: Any) -> list[str] | None:
    """Return the names of the columns of the fit, which a collection has; None where they have none."""
    names = getattr(estimator, "feature_names_in_", None)
    shown = column_names(x)
    if shown is None or names is None:
        if shown is None:
            check_columns(estimator, x.shape[1], None)
        return None
    missing = [name for name in names if name not in shown and name.rpartition("[")[0] not in shown]
    if missing:
        raise InputError(
            f"X has no {column_in_words(missing[0])}, which the fit had: its columns are {names_in_words(shown)}."
        )
    return [str(name) for name in names]


def _values(mixture: Mixture, method: str, dtype: np.dtype[Any], X: NDArray[Any]) -> NDArray[Any]:
    kind = ArrayKind(dtype)
    function = getattr(mixture, method)
    values: NDArray[Any] = function(X, None) if method == "predict" else kind.rows(function, X, None)
    return values
