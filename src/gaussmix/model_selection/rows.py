"""The rows of a selection: in memory, or in a source; their subsets and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from .._types import Ints
from ..blocks import Block
from ..engines import Engine, SerialEngine, count_rows, hash_of_rows
from ..errors import InputError
from ..estimators.candidates import FitRows, KnownRows
from ..estimators.kinds import on_host
from ..estimators.options import uniform_of
from ..estimators.rows import Features, fit_rows
from ..estimators.source_rows import SourceRows
from ..estimators.source_uniform import uniform_of_source
from ..sources import Part, Source
from ..sources.folds import Fold
from ..sources.opening import opens
from ..sources.pieces import TablePart
from ..sources.table import TableSource
from ..validation import as_count, as_noise, as_weights

__all__ = ["checked_rows", "folds_of", "hash_of", "samples_of", "split", "unlabelled"]


def checked_rows(
    X: Any, known: dict[str, Any], noise_component: Any, engine: Engine
) -> tuple[FitRows, Features]:
    """Return checked rows with weights, errors and labels, and their columns.

    Rows of a source are held in memory if half of its memory has room for them.

    Parameters
    ----------
    X : (n, D) array, data frame, path or Source
    known : dict
        ``sample_weight``, ``noise`` and ``labels``.
    engine : Engine
        Visits the blocks of a source.
    """
    if opens(X):
        rows, features = SourceRows.of(X, known, engine)
        held = _held(rows)
        if held is None:
            return rows.with_uniform(
                uniform_of_source(noise_component, rows.rows, engine, features.names)
            ), features
        return replace(
            held, uniform=uniform_of(noise_component, held.X, held.weights, features.names)
        ), features
    checked, holes, features = fit_rows(on_host(X))
    weights = as_weights(on_host(known["sample_weight"]), len(checked))
    uniform = uniform_of(noise_component, checked, weights, features.names)
    errors = as_noise(on_host(known["noise"]), checked)
    return KnownRows(checked, weights, errors, on_host(known["labels"]), holes, uniform), features


def _held(rows: SourceRows) -> KnownRows | None:
    source = rows.rows
    if not rows.hold or not isinstance(source, TableSource):
        return None
    if 2 * source.n_rows * source.layout.row_bytes > source.memory:
        return None
    found = _joined([_known(part, slice(None)) for part in source.parts()])
    source.buffers.clear()
    return replace(found, X=np.ascontiguousarray(found.X))


def _known(part: Part, chosen: slice | Ints) -> KnownRows:
    """Return some rows of a part, with their labels as numbers."""
    if isinstance(part, TablePart):
        values = part.good_values().take(chosen)
        block, labels = part.block_of(values), values.labels
        if labels is not None:
            labels = part.layout.codes(labels)
            labels = np.where(np.isnan(labels), -1.0, labels).astype(np.intp)
        return KnownRows(np.array(block.X), block.weights, block.noise, labels, block.holes)
    block = part.read().take(chosen)
    return KnownRows(
        np.array(block.X),
        block.weights,
        block.noise,
        block.allowed,
        block.holes,
        projections=block.projections,
    )


def _joined(parts: Sequence[KnownRows]) -> KnownRows:
    whole = Block.joined(
        [
            Block(each.X, each.weights, noise=each.noise, holes=each.holes, projections=each.projections)
            for each in parts
        ]
    )
    labels = None if parts[0].labels is None else np.concatenate([each.labels for each in parts])
    return KnownRows(whole.X, whole.weights, whole.noise, labels, whole.holes, projections=whole.projections)


def folds_of(rows: FitRows, n_folds: int, seed: int) -> list[tuple[FitRows, FitRows]]:
    """Return the rows without each fold, and those of the fold; folds are drawn at random.

    Raises
    ------
    InputError
        If there are fewer rows than folds.
    """
    most = rows.usable if isinstance(rows, SourceRows) else len(rows.X)
    if not 2 <= as_count(n_folds, "n_folds") <= most // 2:
        raise InputError(f"n_folds is {n_folds}: give 2 to {most // 2}, half the number of rows.")
    if isinstance(rows, SourceRows):
        bounds = [i / n_folds for i in range(n_folds + 1)]
        return [_split(rows, seed, low, high) for low, high in pairwise(bounds)]
    n = len(rows.X)
    order = np.random.default_rng([seed, 2]).permutation(n)
    parts = [np.sort(part) for part in np.array_split(order, n_folds)]
    return [(rows.take(np.setdiff1d(np.arange(n), part)), rows.take(part)) for part in parts]


def split(rows: FitRows, share: Any, seed: int) -> tuple[FitRows, FitRows]:
    """Return all rows but a random share of them, and that share.

    Parameters
    ----------
    share : float
        Between 0 and 1.

    Raises
    ------
    InputError
        If a part would have no rows.
    """
    n = rows.usable if isinstance(rows, SourceRows) else len(rows.X)
    given = float(share) if isinstance(share, (float, np.floating)) else 0.0
    count = round(given * n) if 0.0 < given < 1.0 else 0
    if not 1 <= count <= n - 2:
        raise InputError(f"held_out is {share!r}: give a share of the rows between 0 and 1, such as 0.2.")
    if isinstance(rows, SourceRows):
        return _split(rows, seed, 0.0, given)
    order = np.random.default_rng([seed, 2]).permutation(n)
    return rows.take(np.sort(order[count:])), rows.take(np.sort(order[:count]))


def _split(rows: SourceRows, seed: int, low: float, high: float) -> tuple[SourceRows, SourceRows]:
    inside = Fold(int(np.random.default_rng([seed, 2]).integers(1 << 63)), low, high)
    return replace(rows, fold=replace(inside, inside=False)), replace(rows, fold=inside)


def unlabelled(rows: FitRows) -> FitRows:
    """Return the rows without their labels."""
    if isinstance(rows, KnownRows):
        return replace(rows, labels=None)
    return replace(rows, rows=rows.rows.unlabelled()) if isinstance(rows.rows, TableSource) else rows


def samples_of(rows: FitRows, most: int, seeds: Sequence[Sequence[int]]) -> list[KnownRows]:
    """Return random samples of the rows in memory, one for each seed; all rows where there are no more.

    Parameters
    ----------
    rows : KnownRows or SourceRows
        A source is read once.
    most : int
        Number of rows of a sample.
    """
    source: Source | None = rows.rows if isinstance(rows, SourceRows) else None
    n = len(rows.X) if isinstance(rows, KnownRows) else count_rows(rows.rows, SerialEngine())
    chosen = [
        np.arange(n) if n <= most else np.sort(np.random.default_rng(seed).choice(n, most, replace=False))
        for seed in seeds
    ]
    if source is None:
        assert isinstance(rows, KnownRows)
        return [rows if n <= most else rows.take(each) for each in chosen]
    drawn: list[list[KnownRows]] = [[] for _ in seeds]
    start = 0
    for part in source.parts():
        whole = _known(part, slice(None))
        end = start + len(whole.X)
        for found, positions in zip(drawn, chosen, strict=True):
            low, high = np.searchsorted(positions, [start, end])
            found.append(whole.take(positions[low:high] - start))
        start = end
    return [replace(_joined(found), uniform=rows.uniform) for found in drawn]


def hash_of(rows: FitRows, engine: Engine) -> str:
    """Return a hash of rows, weights, errors and labels, which identifies them when a selection is resumed.

    Parameters
    ----------
    engine : Engine
        Visits the rows of a source once.
    """
    if isinstance(rows, SourceRows):
        return hash_of_rows(rows.rows, engine)
    found = hashlib.blake2b(digest_size=16)
    for array in (rows.X, rows.weights, rows.noise, rows.labels):
        if array is not None:
            held = np.ascontiguousarray(array)
            found.update(f"{held.shape}{held.dtype}".encode())
            found.update(held.tobytes() if held.dtype == object else held.data)
    return found.hexdigest()
