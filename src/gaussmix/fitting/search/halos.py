"""Halos: the broadest component, set about one after another of those that it reaches."""

from __future__ import annotations

import numpy as np

from .candidates import Candidate
from .climb import View
from .partial import Part
from .table import Table

__all__ = ["halos"]

WIDER = 9.0
"""The covariance of a halo is so many times that of what it lies about."""
REACH = 10.0
"""How far the broadest component reaches, in standard deviations of the squared distance of its own rows."""


def halos(table: Table, view: View) -> list[Candidate]:
    r"""Return the changes that set the broadest component k about a component j that it reaches, the nearest first.

    .. math:: \mu_k \leftarrow \mu_j, \quad \Sigma_k \leftarrow 9\, \Sigma_j \quad
        \text{where} \quad (\mu_j - \mu_k)^\top \Sigma_k^{-1} (\mu_j - \mu_k) < D + 10 \sqrt{2 D}

    What collects the tails of several clusters is first of all the halo of one of them, which gets a narrower core. The
    likelihood has a top for each choice of that one, and no way up leads from one top to another. As all components
    have to move, no trial of few of them foretells which is the highest: the gain that is promised is 0.

    Parameters
    ----------
    table : Table
    view : View
    """
    mixture = view.mixture
    D, dense = mixture.n_features, mixture.covariances.dense()
    k = int(np.argmax(np.linalg.slogdet(dense)[1]))
    shifts = mixture.means - mixture.means[k]
    distances = np.einsum("jd,jd->j", shifts, np.linalg.solve(dense[k], shifts.T).T)
    reached = np.flatnonzero(distances < D + REACH * np.sqrt(2.0 * D))
    others = [int(j) for j in reached[np.argsort(distances[reached], kind="stable")] if j != k]
    of = table.family.own.from_dense

    def halo(j: int) -> Part:
        return Part(mixture.weights[[k]], mixture.means[[j]], of(WIDER * dense[[j]], np.ones(1)))

    return [Candidate(0.0, 0.0, (k,), (halo(j),), "halo") for j in others]
