"""The pilot fit of a search: a plain fit to a part of the rows tells whether gains of moves can be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import kernels
from ..engines import SerialEngine
from ..mixture import Mixture
from ..model import Model
from ..starts import START_METHODS, StartRows, mixture_of_responsibilities
from .budget import MANY
from .costs import plain_fit
from .local_em import LocalEM
from .search_data import SearchData

__all__ = ["Pilot"]

ROWS, PER_COMPONENT = 4_000, 20
"""The most rows of a pilot fit; more if they are fewer than so many for each component."""
SEPARATE = 0.85
"""Gains are predicted if the largest responsibility of a row is at least this on average. On 162 fits to real tables of
4,000 to 20,000 rows, whose components mostly overlap, populations reached the best maximum in 82 instead of 75 %; of
random mixtures, whose components rarely do, predicted gains found the maximum in a third of the time.
"""


@dataclass(frozen=True, eq=False)
class Pilot:
    """A plain fit to a part of the rows.

    Parameters
    ----------
    iterations : int
        The number of EM iterations.
    predictable : bool
        Whether moves are to be chosen by predicted gain: the components are separate, or many.
    """

    iterations: int
    predictable: bool

    @classmethod
    def of(cls, rows: StartRows, model: Model, n_components: int, rng: np.random.Generator) -> Pilot:
        """Return the pilot fit of a search.

        Parameters
        ----------
        rows : StartRows
            n rows of D columns.
        model : Model
            Of the search.
        n_components : int
            K.
        rng : numpy.random.Generator
        """
        part = rows.part(max(ROWS, PER_COMPONENT * n_components), rng)
        shares = START_METHODS["kmeans"](part, n_components, rng)
        start = mixture_of_responsibilities(part, shares, model)
        mixture, iterations = plain_fit(LocalEM(SearchData(part, model, SerialEngine())), start)
        return cls(iterations, n_components > MANY or _separate(mixture, part))


def _separate(mixture: Mixture, rows: StartRows) -> bool:
    """Return whether components overlap little: the mean of the largest responsibilities is high."""
    joint = kernels.active.log_joint(rows.X, *mixture.densities.arrays)
    largest = 1.0 / np.exp(joint - joint.max(axis=1, keepdims=True)).sum(axis=1)
    return bool(rows.weights @ largest > SEPARATE * rows.weights.sum())
