"""The scan penalty: the expected gain of a component of a given size by chance."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from .search_data import SearchData

__all__ = ["scan_penalty"]


def scan_penalty(data: SearchData, covariances: Floats) -> Floats:
    r"""Return the scan penalty of each component, in nats.

    .. math:: -\tfrac12 \log |S| + \sum_{i<j} \log \max\left(1, \frac{s_j}{s_i} - \frac{s_i}{s_j}\right)

    The penalty is the log of the number of distinguishable positions and orientations of an ellipsoid of its size,
    with S the covariance in whitened coordinates and :math:`s_i \le s_j` its standard deviations. In pure
    noise, the best component of M positions and orientations gains about log M nats. So mixtures are compared by their
    log-likelihood less the penalty. It is zero for shared covariances, which have one shape, and for few rows.

    Parameters
    ----------
    data : SearchData
    covariances : (P, D, D) or (P, D) array
        In the frame of the model, in the units of the columns.

    References
    ----------
    Dümbgen, L. and Spokoiny, V. G. (2001). Multiscale testing of qualitative hypotheses. Ann. Statist. 29, 124-152:
    a larger penalty at scales with more positions.
    """
    if data.likelihood or not data.predictive:
        return np.zeros(len(covariances))
    frame = data.model.frame
    whitened = frame.transform(data.rows.whitening.factor, covariances)
    variances = np.maximum(frame.eigenvalues(whitened), np.finfo(np.float64).tiny)
    places = -0.5 * np.log(variances).sum(axis=1)
    if not data.model.full:
        return np.asarray(places)  # orientations are fixed
    i, j = np.triu_indices(variances.shape[1], 1)
    ratios = np.sqrt(variances[:, j] / variances[:, i])
    return np.asarray(places + np.log(np.maximum(1.0, ratios - 1.0 / ratios)).sum(axis=1))
