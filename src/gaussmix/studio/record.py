"""The record of a fit: its frames, within a bound on memory, and its curves."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .._types import Floats
from ..mixture import Mixture
from ..view import frame_of as view_frame
from ..view.frames import trimmed_rows
from . import pictures
from .chosen import ChosenRows
from .messages import Trace

__all__ = ["Moment", "Record", "frame_of"]

Phase = Literal["start", "search", "E", "M"]

_MOST_NUMBERS = 8_000_000
"""Numbers of the mixtures of a record, 64 MB."""

_LETTERS = {"start": "s", "search": "S", "E": "E", "M": "M"}


@dataclass(frozen=True, eq=False)
class Moment:
    """The state of a fit after a step, as a record keeps it.

    Parameters
    ----------
    phase : "start", "search", "E" or "M"
        The step.
    mixture : Mixture
        After it.
    iteration : int
        Number of the iteration or of the move.
    run : int
        Number of the run.
    mean_log_likelihood : float or None
        Of the mixture before, in nats per row.
    bic : float or None
        That goes with it.
    words : str
        A title.
    coloured_by : Mixture or None
        Whose responsibilities the rows have, after half a step; those of ``mixture`` for None.
    """

    phase: Phase
    mixture: Mixture
    iteration: int = 0
    run: int = 0
    mean_log_likelihood: float | None = None
    bic: float | None = None
    words: str = ""
    coloured_by: Mixture | None = None

    @property
    def n_numbers(self) -> int:
        """The numbers of its mixture."""
        return int(self.mixture.means.size + self.mixture.covariances.array.size)


class Record:
    """The moments of a fit in order. When they are too many, every second one is dropped, apart from the newest.

    The numbers of frames stay the same: a frame that was dropped is answered by the one before it. The curves keep
    every value.
    """

    def __init__(self) -> None:
        self._moments: dict[int, Moment] = {}
        self._values: list[tuple[float | None, float | None]] = []
        self._phases: list[str] = []
        self._runs: list[int] = []
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._values)

    def add(self, moment: Moment) -> int:
        """Add a moment, and return its number."""
        number = len(self._values)
        self._values.append((moment.mean_log_likelihood, moment.bic))
        self._phases.append(_LETTERS[moment.phase])
        self._runs.append(moment.run)
        self._moments[number] = moment
        self._numbers += moment.n_numbers
        if self._numbers > _MOST_NUMBERS:
            self._thin_out()
        return number

    def _thin_out(self) -> None:
        kept = [number for i, number in enumerate(self._moments) if i % 2 == 0]
        newest = len(self._values) - 1
        self._moments = {number: self._moments[number] for number in {*kept, newest}}
        self._moments = dict(sorted(self._moments.items()))
        self._numbers = sum(moment.n_numbers for moment in self._moments.values())

    def at(self, number: int) -> tuple[int, Moment]:
        """Return the moment of a number, or the one before it, with its number."""
        moments = self._moments
        found = moments.get(number)
        if found is not None:
            return number, found
        before = max((n for n in list(moments) if n <= number), default=min(moments))
        return before, moments[before]

    def between(self, first: int, count: int) -> list[tuple[int, Moment]]:
        """Return the moments that are kept of a range of numbers."""
        return [(n, m) for n, m in list(self._moments.items()) if first <= n < first + count]

    def curves(self, first: int = 0) -> Trace:
        """Return the curves from a number on."""
        end = len(self._values)
        values = self._values[first:end]
        return Trace(
            first,
            [_finite(value) for value, _ in values],
            [_finite(bic) for _, bic in values],
            "".join(self._phases[first:end]),
            self._runs[first:end],
        )


def frame_of(
    number: int, moment: Moment, rows: ChosenRows, shown: Sequence[str], shares: bool, trim: float = 0.0
) -> pictures.Frame:
    """Return a moment as the page draws it.

    Parameters
    ----------
    number : int
        In the record.
    moment : Moment
        The moment.
    rows : ChosenRows
        Of the fit.
    shown : sequence of str
        The columns of the frame.
    shares : bool
        Whether to add the responsibilities of the rows that are drawn.
    trim : float
        The share of the rows that the fit leaves out.
    """
    density = density_of(moment.mixture, rows.places(shown), shown)
    coloured_by = moment.coloured_by or moment.mixture
    return pictures.Frame(
        frame=number,
        phase=moment.phase,
        iteration=moment.iteration,
        run=moment.run,
        words=moment.words,
        columns=density.columns,
        weights=density.weights,
        means=density.means,
        covariances=density.covariances,
        noise=density.noise,
        log_likelihood=_finite(moment.mean_log_likelihood),
        bic=_finite(moment.bic),
        half=moment.coloured_by is not None,
        responsibilities=bytes_of(coloured_by.responsibilities(rows.drawn_X)) if shares else None,
        trimmed=trimmed_rows(coloured_by, rows.drawn_X, trim).tolist() if trim else None,
    )


def density_of(mixture: Mixture, places: Sequence[int], names: Sequence[str]) -> pictures.Density:
    """Return the marginal distribution of some columns as numbers."""
    drawn = view_frame(mixture, columns=places)
    return pictures.Density(
        list(names), drawn["weights"], drawn["means"], drawn["covariances"], drawn["noise"]
    )


def bytes_of(shares: Floats) -> str:
    """Return shares from 0 to 1 as bytes in base64."""
    return base64.b64encode(np.rint(255 * np.nan_to_num(shares)).astype(np.uint8).tobytes()).decode("ascii")


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
