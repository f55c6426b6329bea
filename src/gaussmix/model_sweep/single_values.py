"""Components that describe single values of a column: their density has no bound but the variance floor."""

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

_OF_ROUNDING = 12.0**-0.5
"""Standard deviation of rounding to values at a distance of one."""
_ROWS = 1_000
"""Number of rows examined, spread over the first block."""


def components_of_single_values(mixture: Mixture, X: Table) -> dict[int, list[int]]:
    r"""Return the columns in which components describe single values, each with these components.

    The standard deviation of such a component is less than that of rounding to the values of the column,
    :math:`h / \sqrt{12}` with their smallest distance h.

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
            narrow = np.flatnonzero(deviations[:, d] < _OF_ROUNDING * steps.min())
            if len(narrow):
                found[d] = narrow.tolist()
    return found


def single_values_in_words(model: FittedModel, rows: Rows, names: Sequence[str] | None) -> list[str]:
    """Return the components of a model that describe single values of columns, in words.

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
    describe = "describes" if len(components) == 1 else "describe"
    return [
        f"{_of(components, model.n_components)} of {model.name} {describe} single values of "
        f"{columns_in_words(list(found), names)} (with a standard deviation below that of rounding to them): equal "
        "values have a density without bound, so that the criterion says little; leave out columns of few values."
    ]


def _of(components: Sequence[int], n_components: int) -> str:
    if len(components) == n_components:
        return f"All {n_components} components"
    return f"{len(components)} of the {n_components} components"
