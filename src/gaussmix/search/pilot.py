"""The pilot fit of a search: a plain fit to a part of the rows.

It tells whether gains of moves can be predicted, and whether a search is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import kernels
from .._types import Floats
from ..engines import SerialEngine
from ..mixture import Mixture
from ..model import Model
from ..starts import START_METHODS, StartRows, mixture_of_responsibilities
from ..starts.best_k_means import best_k_means
from ..starts.partitions import MOST_SPHERED
from .budget import MANY, Budget
from .costs import plain_fit
from .local_em import LocalEM
from .search_data import FEW_ROWS, SearchData, predicts, supports
from .separation import no_move_gains

__all__ = ["Pilot"]

ROWS, PER_COMPONENT = 4_000, 20
"""The most rows of a pilot fit; more if they are fewer than so many for each component."""
SEPARATE = 0.85
"""Gains are predicted if the largest responsibility of a row is at least this on average. On 162 fits to real tables of
4,000 to 20,000 rows, whose components mostly overlap, populations reached the best maximum in 82 instead of 75 %; of
random mixtures, whose components rarely do, predicted gains found the maximum in a third of the time.
"""


SETTLED, UNCERTAIN = 3, 1e-3
"""There is no search if EM of the pilot fit ends after at most so many iterations, the mean of the largest
responsibility is above one less the second, and no split-merge move gains: k-means separated the clusters.
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
    start : Mixture
        Its result, with which a population begins.
    settled : bool
        Whether k-means separated the clusters, so that a search would find nothing better.
    """

    iterations: int
    predictable: bool
    start: Mixture
    settled: bool

    @classmethod
    def of(cls, rows: StartRows, model: Model, n_components: int, rng: np.random.Generator) -> Pilot:
        """Return the pilot fit of a search.

        It begins with the better of two k-means partitions, of whitened and of scaled columns; in many columns, with
        that of scaled columns.

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
        local_em = LocalEM(SearchData(part, model, SerialEngine()))
        methods = [best_k_means] if _has_many_columns(rows) else [START_METHODS["kmeans"], best_k_means]
        partitions = [method(part, n_components, rng) for method in methods]
        mixture, iterations = _best_fit(
            local_em, [mixture_of_responsibilities(part, shares, model) for shares in partitions]
        )
        joint = kernels.active.log_joint(part.X, *mixture.densities.arrays)
        certainty = _certainty(joint, part.weights)
        predictable = _predicts(rows, model, n_components) and (n_components > MANY or certainty > SEPARATE)
        settled = (
            iterations <= SETTLED
            and certainty > 1.0 - UNCERTAIN
            and no_move_gains(local_em, mixture, joint, rng)
        )
        return cls(iterations, predictable, mixture, settled)

    @staticmethod
    def decides(rows: StartRows, model: Model, n_components: int) -> bool:
        """Return whether a search has a pilot fit.

        It has one with many rows that support the parameters, and in many columns, unless covariances are full and rows
        few: EM is too expensive then.

        Parameters
        ----------
        rows : StartRows
        model : Model
        n_components : int
            K.
        """
        n, D = rows.X.shape
        if n <= n_components or not (model.plain and model.uniform is None):
            return False
        if supports(n, n_components, D, model.family):
            return n >= FEW_ROWS or _has_many_columns(rows)
        return _has_many_columns(rows) and not model.full

    def suffices(self, budget: Budget) -> bool:
        """Return whether the pilot fit takes the place of a search that is not asked for.

        Parameters
        ----------
        budget : Budget
        """
        asked = budget.likelihood or budget.thorough or not budget.patient or budget.least_runs > 1
        return self.settled and not asked


def _best_fit(local_em: LocalEM, starts: list[Mixture]) -> tuple[Mixture, int]:
    """Return the result and the number of iterations of a plain fit that begins with the best of some starts."""

    def rank(end: tuple[Mixture, int]) -> tuple[bool, float]:
        return local_em.data.accepts(end[0]), local_em.objective(end[0])

    ends = [plain_fit(local_em, start, SETTLED + 1) for start in starts]
    mixture, iterations = max(ends, key=rank)
    if iterations <= SETTLED:
        return mixture, iterations
    mixture, more = plain_fit(local_em, mixture)
    return mixture, iterations + more


def _certainty(joint: Floats, weights: Floats) -> float:
    """Return the mean largest responsibility of the rows: one without overlap."""
    largest = 1.0 / np.exp(joint - joint.max(axis=1, keepdims=True)).sum(axis=1)
    return float(weights @ largest / weights.sum())


def _has_many_columns(rows: StartRows) -> bool:
    return bool(rows.X.shape[1] > MOST_SPHERED)


def _predicts(rows: StartRows, model: Model, n_components: int) -> bool:
    """Return whether moves may be chosen by predicted gain, and the rows support the parameters."""
    n, D = rows.X.shape
    return supports(n, n_components, D, model.family) and predicts(n, n_components, model)
