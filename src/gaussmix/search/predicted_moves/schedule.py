"""The schedule of runs: the initial mixture of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from ...mixture import Mixture
from ..local_em import LocalEM
from .initial import overfit_and_merge, split_and_merge
from .split_merge import LocalOptimum

__all__ = ["RunSpec", "batches"]

MULTIPLES = (2, 3, 1)
"""Independent runs begin with 2K, 3K and K components, in turn."""
SPLIT_SHARES = (0.5, 1.0)
"""Fractions of the components of the best mixture that are split in the runs between them."""


@dataclass(frozen=True)
class RunSpec:
    """The start of a run.

    Parameters
    ----------
    times : int
        The number of components at the beginning of an independent run, as a multiple of K.
    share : float, optional
        For other runs, the fraction of the components of the best mixture to split.
    """

    times: int
    share: float | None = None

    @property
    def independent(self) -> bool:
        """Whether the run is independent of those before it."""
        return self.share is None

    def first(
        self, local_em: LocalEM, n_components: int, ends: Sequence[LocalOptimum], rng: np.random.Generator
    ) -> tuple[Mixture, str]:
        """Return the first mixture of a run, and its description."""
        best = max(ends, key=lambda end: end.rank, default=None)
        if self.share is not None and best is not None and best.nondegenerate:
            more = max(1, round(self.share * n_components))
            words = f"the best so far with {more} of its components split"
            return split_and_merge(local_em, best.mixture, more, rng), words
        data = local_em.data
        room = int(data.total_weight / (2 * data.least_rows))
        many = max(n_components, min(self.times * n_components, room, len(data.X)))
        return overfit_and_merge(
            local_em, n_components, many, rng
        ), f"{many} components merged to {n_components}"


def batches() -> Iterator[list[RunSpec]]:
    """Yield the specifications of the runs: two independent ones, then pairs of one from the best and one more."""
    multiples = cycle(MULTIPLES)
    yield [RunSpec(next(multiples))]
    yield [RunSpec(next(multiples))]
    for share, times in zip(cycle(SPLIT_SHARES), multiples, strict=False):
        yield [RunSpec(times, share), RunSpec(times)]
