"""Location and scatter of rows among which some may be outliers: one t distribution of few degrees of freedom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Diagonal, Family, Full
from ..covariances.constraints import Floor
from ..degrees_of_freedom import DegreesOfFreedom
from ..em import e_step, m_step
from ..mixture import Mixture, TMixture
from ..model import Model
from ..student import precision_weights

__all__ = ["one_t", "without_outliers"]

_DEGREES = 3.0
_PASSES = 50
_FLOOR = 1e-4
"""Least variance in any direction, relative to the start: rows on a plane have none across it."""
_FEW_ROWS = 4
"""Rows for each column from which the scatter is a full matrix."""
_NORMAL = 0.6745
"""Median absolute deviation of a standard normal value."""
_REMOTE = 1e-3
"""Rows of a smaller expected precision are left out of a start."""


def one_t(block: Block, diagonal: bool = False) -> TMixture:
    """Return the t distribution of three degrees of freedom of maximum likelihood, nearly.

    Parameters
    ----------
    block : Block
        Rows (n, D), with NaN for missing values. Errors and labels are left out.
    diagonal : bool, default=False
        Whether its scale matrix is diagonal; also with few rows.

    Examples
    --------
    >>> rows = np.array([[-1.0], [0.0], [1.0], [2.0], [1e6]])
    >>> one_t(Block(rows)).means.round(1)
    array([[0.5]])
    """
    family: Family = Diagonal() if diagonal or block.n_rows < _FEW_ROWS * block.n_features else Full()
    location, variances = _columns(block)
    start = family.from_dense(np.diag(variances)[None], np.ones(1))
    tails = DegreesOfFreedom("fixed", (_DEGREES,))
    mixture: Mixture = TMixture.with_tails(
        Mixture.of(np.ones(1), location[None], start), tails.start(1), tails.estimated
    )
    model = Model(family, Floor(np.diag(variances), epsilon=_FLOOR), tails=tails)
    rows = replace(block, allowed=None, noise=None)
    for _ in range(_PASSES):
        mixture = m_step(e_step(mixture.densities, rows), model, mixture)
    assert isinstance(mixture, TMixture)
    return mixture


def without_outliers(block: Block, plain: Block, mixture: TMixture) -> Block:
    """Return complete rows, each weighted by its expected precision; remote rows have no weight.

    Parameters
    ----------
    block : Block
        Rows as they are.
    plain : Block
        The same rows, completed.
    mixture : TMixture
    """
    signal = np.minimum(precision_weights(mixture.densities, block), 1.0)
    remote = signal < _REMOTE
    signal[remote] = 0.0
    X = plain.X
    if remote.any():
        X = np.array(X, dtype=np.float64)
        X[remote] = mixture.means[int(np.argmax(mixture.weights))]
    weights = signal if plain.weights is None else signal * plain.weights
    return replace(plain, X=X, weights=weights)


def _columns(block: Block) -> tuple[Floats, Floats]:
    """Return median and squared robust deviation of the observed values of each column, (D,)."""
    X = np.asarray(block.X, dtype=np.float64)
    if block.weights is not None:
        X = X[block.weights > 0]
    location, variances = np.zeros(X.shape[1]), np.ones(X.shape[1])
    for d, column in enumerate(X.T):
        values = column[~np.isnan(column)]
        if not len(values):
            continue
        location[d] = np.median(values)
        deviations = np.abs(values - location[d])
        # Where most values are equal, the others say how wide the column is.
        spread = np.median(deviations) or np.median(deviations[deviations > 0] if deviations.any() else [1.0])
        variances[d] = max(float(spread) / _NORMAL, 1e-150) ** 2
    return location, variances
