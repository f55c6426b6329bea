"""The content of a replay: a recording as frames, the rows to draw, and what is said of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gaussmix._types import Floats, Ints, Rows
from gaussmix.errors import InputError
from gaussmix.plots.inputs import column_names, names_in, pick_columns, rows_with_holes
from gaussmix.plots.separation import columns_by_separation, pairs_by_separation
from gaussmix.validation import as_count, as_noise, as_weights, checked_names
from gaussmix.view.frames import frames_of, rows_in_json, with_responsibilities
from gaussmix.view.recording import Recording, recording_of

__all__ = ["recorded_view"]

_MOST_COLUMNS = 6
_MOST_BYTES = 2_000_000
"""Of responsibilities, where the page cannot compute them from the parameters."""


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
    rows = rows_with_holes(X, np.shape(X)[1] if np.ndim(X) > 1 else 1)
    weights, errors = as_weights(sample_weight, len(rows)), as_noise(noise, rows)
    recording = recording_of(fit, rows, weights, errors)
    D = recording.last.n_features
    if rows.shape[1] != D:
        raise InputError(f"X has {rows.shape[1]} columns, and the mixture {D}: give the rows of the fit.")
    given = checked_names(feature_names, D) or recording.last.feature_names or names_in(X)
    names = column_names(list(range(D)), D, given)
    first = _first_columns(columns, recording, tuple(names))
    return _content(recording, rows, names, first, as_count(max_rows, "max_rows"), errors)


def _first_columns(columns: Any, recording: Recording, names: tuple[str, ...]) -> list[int]:
    """Return the columns that are shown first."""
    D = len(names)
    if columns is not None:
        count = 1 if isinstance(columns, (str, int, np.integer)) else len(columns)
        return pick_columns(columns, D, names, min(count, 2))
    return list(pairs_by_separation(recording.last, 1)[0]) if D > 1 else [0]


def _content(
    recording: Recording, rows: Rows, names: list[str], first: list[int], most: int, errors: Floats | None
) -> dict[str, Any]:
    D = len(names)
    kept = sorted({*first, *columns_by_separation(recording.last, _MOST_COLUMNS)})
    # A page computes responsibilities from all parameters, but not from those of some columns or from known errors.
    computed = len(kept) == D and errors is None
    if not computed:
        each = (recording.last.n_components + 1) * len(recording.frames)
        most = min(most, max(100, _MOST_BYTES // each))
    chosen = _sample(len(rows), most)
    drawn = rows[chosen]
    frames = frames_of(recording.frames, None if len(kept) == D else kept)
    if not computed:
        of_rows = None if errors is None else errors[chosen]
        frames = [
            with_responsibilities(frame, each.mixture, drawn, of_rows)
            for frame, each in zip(frames, recording.frames, strict=True)
        ]
    return {
        "rows": rows_in_json(drawn[:, kept], [names[d] for d in kept]),
        "frames": frames,
        "columns": [kept.index(d) for d in first],
        "notes": [*recording.notes, *_what_is_drawn(len(drawn), len(rows), len(kept), D)],
    }


def _sample(n: int, most: int) -> Ints:
    """Return the positions of all rows, or of a uniform sample of the given number of them."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, size=most, replace=False))


def _what_is_drawn(drawn: int, n: int, kept: int, D: int) -> list[str]:
    notes = [
        f"All {n:,} rows are drawn."
        if drawn == n
        else f"A uniform sample of {drawn:,} of {n:,} rows is drawn."
    ]
    if kept < D:
        notes.append(
            f"Of {D} columns, the {kept} that separate the components best are here; colours use all."
        )
    return notes
