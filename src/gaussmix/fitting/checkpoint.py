"""Checkpoints: the state at the end of a fit, from which another fit continues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bounds import Bounds
from ..covariances import Family
from ..engines import Engine, hash_of_rows
from ..moments import Moments
from ..priors import ConjugatePrior
from ..restrictions import FREE, Restrictions
from ..sources import Source
from .convergence import StoppingRule

if TYPE_CHECKING:
    from .loop import Reached

__all__ = ["Checkpoint", "Steps"]


@dataclass(frozen=True)
class Steps:
    """The options that determine the steps of a run.

    Parameters
    ----------
    variational : tuple, optional
        The prior of a variational fit, as values that can be compared.
    tails : tuple, optional
        The rule for the degrees of freedom of t distributions, as values that can be compared.
    log_volume : float or None
        Of the uniform component.
    """

    family: Family
    reg_covar: float | None
    accelerate: bool
    stop: StoppingRule
    prior: ConjugatePrior | None = None
    restrictions: Restrictions = FREE
    variational: tuple[Any, ...] | None = None
    tails: tuple[Any, ...] | None = None
    trim: float = 0.0
    bounds: Bounds | None = None
    log_volume: float | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state at the end of a fit, from which another fit to the same rows can continue.

    Attributes
    ----------
    reached : Reached
        The end of its run of EM.
    steps : Steps
        The options that determine the steps of a run.
    pooled : Moments
        The moments of all rows as one component: they identify complete rows.
    known : str
        A hash of rows with missing values, measurement errors or labels; empty for complete rows.

    Examples
    --------
    >>> from gaussmix import GaussianMixture
    >>> from gaussmix.datasets import load_faithful
    >>> X = load_faithful().data
    >>> model = GaussianMixture(2, warm_start=True, tol=0, max_iter=1, search="off", random_state=0)
    >>> for _ in range(3):  # each fit continues from the checkpoint of the one before
    ...     model = model.fit(X)
    >>> round(model.score(X), 3)
    -4.155
    """

    reached: Reached
    steps: Steps
    pooled: Moments
    known: str = ""

    @classmethod
    def of(
        cls, reached: Reached, steps: Steps, pooled: Moments, source: Source, engine: Engine
    ) -> Checkpoint:
        """Return the checkpoint of a fit to the rows of a source.

        Parameters
        ----------
        reached : Reached
            The end of the run.
        steps : Steps
            The options of the fit.
        pooled : Moments
            The moments of its rows, as one component.
        source : Source
            The rows.
        engine : Engine
            Visits rows that are not complete once.

        Returns
        -------
        Checkpoint
            The state with options and rows.
        """
        return cls(reached, steps, pooled, _hash_of_known(source, engine))

    def leads_to(self, steps: Steps, pooled: Moments, source: Source, engine: Engine) -> bool:
        """Return whether a fit has the same rows and options, so that it can continue from here.

        The moments of the same rows in the same order are bit-identical; those of other rows differ almost always.

        Parameters
        ----------
        steps : Steps
            The options of the fit.
        pooled : Moments
            The moments of its rows, as one component.
        source : Source
            The rows.
        engine : Engine
            Visits rows that are not complete once.

        Returns
        -------
        bool
            True if options and rows are the same.
        """
        same = self.steps == steps and _flat(self.pooled) == _flat(pooled)
        return same and self.known == _hash_of_known(source, engine)


def _hash_of_known(source: Source, engine: Engine) -> str:
    # Errors and labels are not in the moments.
    return "" if source.plain else hash_of_rows(source, engine)


def _flat(moments: Moments) -> tuple[Any, ...]:
    arrays = (moments.reference, moments.counts, moments.first, moments.second)
    return moments.total_weight, *(np.asarray(array).tobytes() for array in arrays)
