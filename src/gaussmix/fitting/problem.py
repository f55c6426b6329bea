"""The problem that a fit solves: data, family, prior, and the engine that does the sums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Family
from ..data import Source
from ..em import given_step
from ..engines import Engine
from ..moments import Moments
from ..priors import CovariancePrior

__all__ = ["Problem", "pooled_moments"]


@dataclass(frozen=True, eq=False)
class Problem:
    """What is fitted to what, and by what means.

    Parameters
    ----------
    source : Source
        n rows of D columns, with weights.
    family : Family
        The rule for the covariances.
    prior : CovariancePrior
        What an M-step does to them beyond maximum likelihood.
    engine : Engine
        Adds up over the blocks of the source.
    """

    source: Source
    family: Family
    prior: CovariancePrior
    engine: Engine


def _all_rows(reference: Floats, block: Block) -> Moments:
    return given_step(np.ones((block.n_rows, 1)), block, reference, "full")


def pooled_moments(source: Source, engine: Engine) -> Moments:
    """Return the full moments of all rows as one component, about a row of the data and then about their mean.

    A constant column has a variance of exactly zero here.
    """
    reference = source.take(np.zeros(1, dtype=np.intp))[0]
    rough = engine.sum(partial(_all_rows, reference), source)
    if rough.cancellation() < 10.0:
        return rough
    return engine.sum(partial(_all_rows, rough.means()), source)
