"""Mean, covariance and rank of all rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .._cached import cached_property
from .._types import Floats
from ..blocks import Block
from ..covariances.constraints import positive_definite_scale
from ..engines import Engine
from ..frames import Frame
from ..mixture import TMixture
from ..moments import Moments
from ..sources import Source
from ..starts.robust import one_t
from .problem import pooled_moments

__all__ = ["RobustSpread", "Spread"]


@dataclass(eq=False)
class Spread:
    """The mean and the covariance of all rows, computed on first use.

    Parameters
    ----------
    source : Source
        The rows.
    frame : Frame
        That of the family.
    """

    source: Source
    engine: Engine
    frame: Frame

    @cached_property
    def pooled(self) -> Moments:
        """Moments of the rows as one component, in the frame."""
        return pooled_moments(self.source, self.engine, self.frame)

    @property
    def total_weight(self) -> float:
        """The sum n of the rows' weights."""
        parts = self.source.parts()
        if len(parts) == 1:
            return parts[0].read().total_weight
        return self.pooled.total_weight

    @cached_property
    def mean(self) -> Floats:
        """The mean of the rows, (D,)."""
        return np.asarray(self.pooled.means()[0])

    @cached_property
    def covariance(self) -> Floats:
        """The covariance of the rows, (D, D), or its diagonal (D,), in squared units of the columns."""
        pooled = self.pooled
        first, second = pooled.first[0], pooled.second[0]
        return np.asarray((second - self.frame.outer(first / pooled.counts[0], first)) / pooled.total_weight)

    @property
    def variances(self) -> Floats:
        """The variances of the columns, (D,)."""
        return self.frame.diagonal(self.covariance)

    @cached_property
    def _scale_and_rank(self) -> tuple[Floats, int]:
        magnitude = np.abs(self.pooled.reference[0]) + np.sqrt(self.variances)
        return positive_definite_scale(self.covariance, magnitude)

    @property
    def scale(self) -> Floats:
        """The covariance made positive definite if the rows have no spread, as :attr:`covariance`."""
        return self._scale_and_rank[0]

    @property
    def rank(self) -> int:
        """Dimension of the affine span of the rows."""
        return self._scale_and_rank[1]

    @cached_property
    def independent_columns(self) -> list[int]:
        """A largest set of linearly independent columns.

        Each has the largest variance given those before, relative to its own.
        """
        deviation = np.sqrt(self.variances)
        deviation[deviation == 0.0] = 1.0  # constant columns have a conditional variance of zero
        left, columns = self.frame.dense(self.covariance) / deviation / deviation[:, None], list[int]()
        for _ in range(self.rank):
            d = int(np.argmax(np.diagonal(left)))
            columns.append(d)
            left = left - np.outer(left[d], left[d]) / left[d, d]
        return sorted(columns)

    @property
    def complete(self) -> bool:
        """Whether the rows span as many dimensions as there are columns."""
        return self.rank == len(self.covariance)


@dataclass(eq=False)
class RobustSpread(Spread):
    """The location and the scatter of rows among which some may be outliers, of a sample of them.

    Parameters
    ----------
    sample : Block
        Some of the rows, with NaN for missing values.
    """

    sample: Block = field(kw_only=True)

    @cached_property
    def _t(self) -> TMixture:
        return one_t(self.sample, diagonal=not self.frame.full)

    @cached_property
    def mean(self) -> Floats:
        """The location of the rows, (D,)."""
        return np.asarray(self._t.means[0])

    @cached_property
    def covariance(self) -> Floats:
        """The scatter of the rows, (D, D), or its diagonal (D,), in squared units of the columns."""
        return np.asarray(self.frame.of_dense(self._t.covariances.dense()[0]))

    @cached_property
    def _scale_and_rank(self) -> tuple[Floats, int]:
        return positive_definite_scale(self.covariance, np.abs(self.mean) + np.sqrt(self.variances))
