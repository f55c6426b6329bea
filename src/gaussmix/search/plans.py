"""The starts of the runs of a search that chooses moves by predicted gain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np

from ..mixture import Mixture
from .climb import Climber
from .descent import breathe, over_fit
from .exchange import Local

__all__ = ["Plan", "batches"]

MANY = (2, 3, 1)
"""Independent runs begin with 2K, 3K and K components, in turn."""
BREATHS = (0.5, 1.0)
"""Between them are runs that split half or all components of the best mixture, and merge down to K again."""
SIDE_BY_SIDE = 2
"""The number of later runs that are made in parallel, from the same best mixture."""


@dataclass(frozen=True)
class Plan:
    """The start of a run.

    Parameters
    ----------
    times : int
        An independent run begins with so many times K components.
    share : float, optional
        The share of the components of the best mixture that are split instead.
    """

    times: int
    share: float | None = None

    @property
    def anew(self) -> bool:
        """Whether the run is independent of those before it."""
        return self.share is None

    def first(
        self, climber: Climber, n_components: int, ends: Sequence[Local], rng: np.random.Generator
    ) -> tuple[Mixture, str]:
        """Return the first mixture of a run, and its description."""
        best = max(ends, key=lambda end: end.rank, default=None)
        if self.share is not None and best is not None and best.sound:
            more = max(1, round(self.share * n_components))
            words = f"the best so far with {more} of its components split"
            return breathe(climber, best.mixture, more, rng), words
        table = climber.table
        room = int(table.total_weight / (2 * table.least_rows))
        many = max(n_components, min(self.times * n_components, room, len(table.X)))
        return over_fit(climber, n_components, many, rng), f"{many} components merged to {n_components}"


def _plans() -> Iterator[Plan]:
    for times in cycle(MANY):
        yield Plan(times)
        yield from (Plan(times, share) for share in BREATHS)


def batches() -> Iterator[list[Plan]]:
    """Yield the starts of the runs: that of the first run alone, the others two at a time."""
    plans = _plans()
    yield list(islice(plans, 1))
    while True:
        yield list(islice(plans, SIDE_BY_SIDE))
