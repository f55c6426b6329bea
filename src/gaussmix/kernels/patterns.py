"""Patterns of missing values: the rows with the same observed columns."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._types import Ints

__all__ = ["patterns"]

_WORD = 8
"""Bytes of a word: of 64 columns at most, a pattern is one integer, which is sorted fast."""


def patterns(missing: NDArray[np.bool_]) -> Iterator[tuple[Ints, Ints]]:
    """Yield the observed columns and the rows of each pattern of missing values.

    Parameters
    ----------
    missing : (n, D) bool array

    Examples
    --------
    >>> [
    ...     (columns.tolist(), rows.tolist())
    ...     for columns, rows in patterns(np.array([[0, 1], [0, 0], [0, 1]], bool))
    ... ]
    [([0, 1], [1]), ([0], [0, 2])]
    """
    if not missing.any():
        if len(missing):
            yield np.arange(missing.shape[1]), np.arange(len(missing))
        return
    codes: NDArray[np.generic] = np.packbits(missing, axis=1)
    if codes.shape[1] <= _WORD:
        # Of rows in column order, the bytes of a row are not contiguous.
        words = np.ascontiguousarray(np.pad(codes, ((0, 0), (0, _WORD - codes.shape[1]))))
        codes = words.view(">u8").astype(np.uint64)[:, 0]
    found, labels = np.unique(codes, axis=0, return_inverse=True)
    labels = labels.ravel().astype(np.min_scalar_type(len(found)))
    order = np.argsort(labels, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(labels))[:-1]):
        yield np.flatnonzero(~missing[rows[0]]), rows
