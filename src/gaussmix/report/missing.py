"""Missing values in a report: by column and by pattern, with their conditional means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gaussmix.report.rendering import Table, breakable
from gaussmix.report.words import counted, decimals_for, number

if TYPE_CHECKING:
    from gaussmix._types import Floats, Rows
    from gaussmix.mixture import Mixture

__all__ = ["missing_tables"]

_MOST_PATTERNS, _MOST_COLUMNS = 20, 60


def missing_tables(X: Rows, mixture: Mixture, names: Sequence[str]) -> list[Table]:
    """Return the tables of missing values by column and by pattern; none if nothing is missing.

    Parameters
    ----------
    X : (n, D) array
        NaN for missing values.
    """
    missing = np.isnan(X)
    if not missing.any():
        return []
    return [
        _by_column(np.asarray(X, dtype=np.float64), mixture.impute(X), names),
        _by_pattern(missing, names),
    ]


def _by_column(X: Floats, imputed: Floats, names: Sequence[str]) -> Table:
    missing = np.isnan(X)
    columns = np.flatnonzero(missing.any(axis=0))[:_MOST_COLUMNS].tolist()
    rows = []
    for d in columns:
        gone, there = imputed[missing[:, d], d], X[~missing[:, d], d]
        decimals = decimals_for(float(there.std())) if len(there) else 2
        observed = number(float(there.mean()), decimals) if len(there) else "none"
        values = [number(float(value), decimals) for value in (gone.mean(), gone.min(), gone.max())]
        rows.append(
            [breakable(names[d]), f"{len(gone):,}", f"{100 * len(gone) / len(X):.1f} %", observed, *values]
        )
    head = ["column", "missing", "share", "mean observed", "mean imputed", "min imputed", "max imputed"]
    return Table("Missing values by column", head, rows, "data")


def _by_pattern(missing: Floats, names: Sequence[str]) -> Table:
    patterns, counts = np.unique(missing, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    rows = []
    for i in order[:_MOST_PATTERNS].tolist():
        gone = [names[d] for d in np.flatnonzero(patterns[i]).tolist()]
        shown = ", ".join(gone[:8]) + (f" and {len(gone) - 8} more" if len(gone) > 8 else "")
        rows.append(
            [breakable(shown or "nothing"), f"{counts[i]:,}", f"{100 * counts[i] / len(missing):.1f} %"]
        )
    if len(order) > _MOST_PATTERNS:
        rest = order[_MOST_PATTERNS:]
        total = int(counts[rest].sum())
        rows.append(
            [counted(len(rest), "other pattern"), f"{total:,}", f"{100 * total / len(missing):.1f} %"]
        )
    return Table("Patterns of missing values", ["missing", "rows", "share"], rows, "data")
