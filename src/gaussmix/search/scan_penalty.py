"""What chance offers: how much likelihood a component may owe to where the rows happen to lie."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from .search_data import SearchData

__all__ = ["scan_penalty"]


def scan_penalty(data: SearchData, covariances: Floats) -> Floats:
    r"""Return the logarithm of the number of places and directions that each component could have been put at, nats.

    .. math:: -\tfrac12 \log |S| + \sum_{i<j} \log \max\left(1, \frac{s_j}{s_i} - \frac{s_i}{s_j}\right)

    with S the covariance in sphered coordinates and :math:`s_i \le s_j` its standard deviations. A search that looks
    at M places finds in pure noise a component that gains about log M nats: narrow ones have more places to be at,
    and long ones can be turned by smaller angles. Of two mixtures, the one whose likelihood is higher by no more than
    it has more looks is not the better one. Nothing is asked of components that share a covariance, which have one
    shape, and in tables of few rows, where there are few places.

    Parameters
    ----------
    data : SearchData
    covariances : (P, D, D) or (P, D) array
        In the frame of the model, in the units of the columns.

    References
    ----------
    Dümbgen, L. and Spokoiny, V. G. (2001). Multiscale testing of qualitative hypotheses. Ann. Statist. 29, 124-152:
    the larger the number of places at a scale, the more is asked of what is found there.
    """
    if data.likelihood or not data.predictive:
        return np.zeros(len(covariances))
    frame = data.model.frame
    whitened = frame.transform(data.rows.whitening.factor, covariances)
    variances = np.maximum(frame.eigenvalues(whitened), np.finfo(np.float64).tiny)
    places = -0.5 * np.log(variances).sum(axis=1)
    if not data.model.full:
        return np.asarray(places)  # the columns are the only directions
    i, j = np.triu_indices(variances.shape[1], 1)
    ratios = np.sqrt(variances[:, j] / variances[:, i])
    return np.asarray(places + np.log(np.maximum(1.0, ratios - 1.0 / ratios)).sum(axis=1))
