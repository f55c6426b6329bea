"""Where a fit ended, so that a further one to the same rows goes on as if it were one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..covariances import Family
from ..moments import Moments
from .convergence import StoppingRule

if TYPE_CHECKING:
    from .loop import Reached

__all__ = ["Checkpoint", "Steps"]


@dataclass(frozen=True)
class Steps:
    """What decides, beside the rows and the mixture, which steps a run takes and when it has converged.

    Parameters
    ----------
    family : Family
    reg_covar : float or None
    accelerate : bool
    stop : StoppingRule
    """

    family: Family
    reg_covar: float | None
    accelerate: bool
    stop: StoppingRule


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Where a fit ended, and of what.

    Parameters
    ----------
    reached : Reached
        Where its run ended.
    steps : Steps
    pooled : Moments
        Of the rows, as one component.
    """

    reached: Reached
    steps: Steps
    pooled: Moments

    def leads_to(self, steps: Steps, pooled: Moments) -> bool:
        """Return whether a fit to rows of these pooled moments is the same problem.

        The moments are the same to the last bit for the same rows in the same order, and for hardly any others.
        """
        return self.steps == steps and _flat(self.pooled) == _flat(pooled)


def _flat(moments: Moments) -> tuple[Any, ...]:
    arrays = (moments.reference, moments.counts, moments.first, moments.second)
    return moments.total_weight, *(np.asarray(array).tobytes() for array in arrays)
