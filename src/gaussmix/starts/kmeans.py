"""k-means++ seeding and Lloyd's iterations, on weighted rows."""

from __future__ import annotations

import numpy as np

from .. import kernels
from .._types import Floats, Ints

__all__ = ["lloyd", "nearest", "plus_plus"]


def plus_plus(Z: Floats, weights: Floats, n_clusters: int, rng: np.random.Generator) -> Floats:
    """Return K centres (K, D) drawn from the rows by greedy k-means++.

    Each new centre is the best of 2 + ⌊log K⌋ rows drawn with probability ∝ weight × squared distance to the
    nearest centre.

    Parameters
    ----------
    Z : (m, D) array
        Standardised rows.
    weights : (m,) array
        Weights of the rows.
    n_clusters : int
        K.
    rng : numpy.random.Generator

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[0.0], [0.0], [9.0]])
    >>> sorted(plus_plus(Z, np.ones(3), 2, np.random.default_rng(0)).ravel().tolist())
    [0.0, 9.0]

    References
    ----------
    Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA 2007, 1027-1035.
    """
    uniform = rng.random((1, 1 + (n_clusters - 1) * (2 + int(np.log(n_clusters)))))
    return np.asarray(Z[kernels.partitioning.seeds(Z, weights, uniform, n_clusters)[0]])


def nearest(Z: Floats, centres: Floats) -> Ints:
    """Return the nearest centre of each row, (m,)."""
    return lloyd(Z, np.ones(len(Z)), centres, 0)


def lloyd(Z: Floats, weights: Floats, centres: Floats, max_iter: int = 30) -> Ints:
    """Return the labels (m,) after Lloyd's iterations from the centres; an empty cluster keeps its centre.

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[0.0], [1.0], [9.0]])
    >>> lloyd(Z, np.ones(3), np.array([[0.0], [1.0]])).tolist()
    [0, 0, 1]

    References
    ----------
    Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Trans. Inf. Theory 28, 129-137.
    """
    return np.asarray(kernels.partitioning.lloyd(Z, weights, centres[None], max_iter)[0])
