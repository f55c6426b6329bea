"""Components with one value in a column: where the likelihood has no bound but the variance floor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Rows as Table
from ..engines import LocalEngine
from ..mixture import Mixture
from ..names import columns_in_words
from ..sources.base import first_block
from .candidate import Rows
from .fitted import FittedModel

__all__ = ["components_of_single_values", "single_values_in_words"]

_SHARE = 0.1
"""Largest standard deviation of equal values with few others, in units of the smallest distance between values: if the
others are at this distance, they are one in a hundred."""
_ROWS = 1_000
"""Number of rows examined, spread over the first block."""


def components_of_single_values(mixture: Mixture, X: Table) -> dict[int, list[int]]:
    """Return the columns in which components describe equal values, each with these components.

    The standard deviation of such a component is less than a tenth of the smallest distance between different values of
    the column.

    Parameters
    ----------
    mixture : Mixture
        K components.
    X : (n, D) array
        Rows, with NaN for missing values.

    Examples
    --------
    >>> import numpy as np
    >>> mixture = Mixture([0.5, 0.5], [[0.3, 1.0], [0.5, 2.1]], [np.diag([0.1, 1e-4]), np.diag([0.1, 0.3])])
    >>> components_of_single_values(mixture, np.array([[0.1, 1.0], [0.5, 1.0], [0.7, 2.0], [0.2, 3.0]]))
    {1: [0]}
    """
    deviations = np.sqrt(mixture.covariances.variances())
    found: dict[int, list[int]] = {}
    for d, column in enumerate(np.asarray(X, dtype=np.float64).T):
        steps = np.diff(np.unique(column[~np.isnan(column)]))
        if len(steps):
            narrow = np.flatnonzero(deviations[:, d] < _SHARE * steps.min())
            if len(narrow):
                found[d] = narrow.tolist()
    return found


def single_values_in_words(model: FittedModel, rows: Rows, names: Sequence[str] | None) -> list[str]:
    """Return a sentence on the components of a model that describe equal values of columns, if there are any.

    Parameters
    ----------
    model : FittedModel
    rows : Rows
        Of the fits. Rows on other processes or machines are not examined.
    names : (D,) sequence of str, optional
        Of the columns.
    """
    if model.mixture is None or model.n_components < 2 or not isinstance(rows.engine, LocalEngine):
        return []
    block = first_block(rows.source)
    if block.projections is not None:
        return []
    found = components_of_single_values(model.mixture, block.X[:: max(1, block.n_rows // _ROWS)])
    if not found:
        return []
    components = sorted(set().union(*found.values()))
    return [
        f"Nearly all rows of {_of(components, model.n_components)} of {model.name} have the same value of "
        f"{columns_in_words(list(found), names)}: the density of equal values depends on the lower bound of the "
        "variances, so that the criterion says little; leave out columns of few different values."
    ]


def _of(components: Sequence[int], n_components: int) -> str:
    if len(components) == n_components:
        return f"each of the {n_components} components"
    if len(components) == 1:
        return f"component {components[0]}"
    return f"{len(components)} of the {n_components} components"
