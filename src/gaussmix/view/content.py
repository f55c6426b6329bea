"""The content of a view: the rows and columns to draw, the frames of a recording, and notes on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.errors import InputError, InputTypeError
from gaussmix.mixture import Mixture
from gaussmix.plots.inputs import column_names, is_one, names_in, pick_columns, rows_with_holes
from gaussmix.plots.separation import columns_by_separation, pairs_by_separation
from gaussmix.sources.opening import opens
from gaussmix.validation import as_count, as_noise, as_weights, checked_names
from gaussmix.view.frames import Frame, frames_of, rows_in_json, with_responsibilities, with_trimmed
from gaussmix.view.recording import recording_of

__all__ = ["MOST_COLUMNS", "Drawn", "recorded_view"]

MOST_COLUMNS = 6
_MOST_BYTES = 2_000_000
"""Of responsibilities, where the page cannot compute them from the parameters."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """The rows and columns that a view draws.

    Parameters
    ----------
    rows : (m, D) array
        A uniform sample of the rows, or all.
    names : list of str
        Of the D columns.
    columns : list of int
        The columns of the frames.
    errors : array or None
        Variances or covariances of the measurement errors of these rows.
    n_rows : int
        Number of all rows.
    trim : float
        The share of the rows that the fit leaves out.
    """

    rows: Rows
    names: list[str]
    columns: list[int]
    errors: Floats | None
    n_rows: int
    trim: float = 0.0

    @classmethod
    def of(
        cls, rows: Rows, names: list[str], columns: list[int], errors: Floats | None, most: int, n_shares: int
    ) -> Drawn:
        """Return a sample of the rows.

        Parameters
        ----------
        rows : (n, D) array
        columns : list of int
            The columns of the frames.
        errors : array or None
        most : int
            Largest number of rows.
        n_shares : int
            Number of the responsibilities of a row in all frames.
        """
        every = cls(rows, names, columns, errors, len(rows))
        if not every.is_computed:
            most = min(most, max(100, _MOST_BYTES // n_shares))
        chosen = _sample(len(rows), most)
        return cls(rows[chosen], names, columns, None if errors is None else errors[chosen], len(rows))

    def trimmed_as(self, fit: Any) -> Drawn:
        """Return the same for a fit that may leave out rows."""
        return replace(self, trim=float(getattr(fit, "trim", 0.0)))

    @property
    def is_computed(self) -> bool:
        """Whether the page computes the responsibilities: it needs all parameters, and knows of no errors."""
        return len(self.columns) == len(self.names) and self.errors is None

    def frame(self, frame: Frame, mixture: Mixture) -> Frame:
        """Return a frame with what the page does not compute of the rows: responsibilities, and which are trimmed."""
        if not self.is_computed:
            frame = with_responsibilities(frame, mixture, self.rows, self.errors)
        return with_trimmed(frame, mixture, self.rows, self.trim, self.errors) if self.trim else frame

    def in_json(self) -> dict[str, Any]:
        """Return the rows for the view."""
        return rows_in_json(self.rows[:, self.columns], [self.names[d] for d in self.columns])

    def notes(self) -> list[str]:
        """Return notes on the drawn rows and columns."""
        m, n, D = len(self.rows), self.n_rows, len(self.names)
        notes = [
            f"All {n:,} rows are drawn." if m == n else f"A uniform sample of {m:,} of {n:,} rows is drawn."
        ]
        if len(self.columns) < D:
            notes.append(f"{len(self.columns)} of {D} columns are here; the colours use all.")
        return notes


def recorded_view(
    fit: Any,
    X: Any,
    *,
    columns: Any = None,
    max_rows: int = 2000,
    feature_names: Sequence[str] | None = None,
    sample_weight: Any = None,
    noise: Any = None,
) -> dict[str, Any]:
    """Return the content of a replay for JSON: rows, frames, columns, notes; see :func:`replay`."""
    check_in_memory(X, "a replay")
    rows = rows_with_holes(X, np.shape(X)[1] if np.ndim(X) > 1 else 1)
    weights, errors = as_weights(sample_weight, len(rows)), as_noise(noise, rows)
    recording = recording_of(fit, rows, weights, errors)
    last, count = recording.last, len(recording.frames)
    D = last.n_features
    if rows.shape[1] != D:
        raise InputError(f"X has {rows.shape[1]} columns, and the mixture {D}: give the rows of the fit.")
    given = checked_names(feature_names, D) or last.feature_names or names_in(X)
    names = column_names(list(range(D)), D, given)
    best = list(pairs_by_separation(last, 1)[0]) if D > 1 else [0]
    first = chosen_columns(columns, names, best)
    kept = sorted({*first, *columns_by_separation(last, MOST_COLUMNS)})
    most = as_count(max_rows, "max_rows")
    drawn = Drawn.of(rows, names, kept, errors, most, (last.n_components + 1) * count).trimmed_as(fit)
    frames = frames_of(recording.frames, None if len(kept) == D else kept)
    return {
        "rows": drawn.in_json(),
        "frames": [
            drawn.frame(frame, each.mixture) for frame, each in zip(frames, recording.frames, strict=True)
        ],
        "columns": [kept.index(d) for d in first],
        "notes": [*recording.notes, *drawn.notes(), *_notes_on_options(fit)],
    }


def _notes_on_options(fit: Any) -> list[str]:
    """Return notes on what a fit knows of its rows and the drawn mixture does not."""
    notes = []
    if trim := getattr(fit, "trim", 0.0):
        notes.append(f"The trimmed rows, {trim:.1%} of all, are grey crosses.")
    if getattr(fit, "bounds", None) is not None:
        notes.append("The components are drawn without the bounds, with their densities beyond them.")
    if getattr(fit, "censored", None) is not None:
        notes.append("Censored values are drawn at their limits, with the colours of exact values there.")
    return notes


def check_in_memory(X: Any, what: str) -> None:
    """Raise InputTypeError if rows would be read in blocks."""
    if opens(X):
        kind = type(X).__name__
        raise InputTypeError(
            f"{what} draws rows in memory, and X is of type {kind}, which is read in blocks: give an array or a data "
            "frame."
        )


def chosen_columns(columns: Any, names: Sequence[str], default: list[int]) -> list[int]:
    """Return the positions of the columns that are shown first: two, or one for curves."""
    if columns is None:
        return default
    D = len(names)
    return pick_columns(columns, D, tuple(names), 1 if is_one(columns, D) else 2)


def _sample(n: int, most: int) -> Ints:
    """Return the positions of all rows, or of a uniform sample of the given number of them."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, size=most, replace=False))
