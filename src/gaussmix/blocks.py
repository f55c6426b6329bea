"""Blocks of rows: the unit of reading and of parallel work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._types import Floats, Ints, Rows
from .kernels.incomplete_rows import Observations
from .uniform import Uniform

__all__ = ["Block"]

_ARRAYS = ("X", "weights", "background", "noise", "allowed", "projections")


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows of a table with their weights, measurement errors, labels, and the density of fixed components.

    Parameters
    ----------
    X : (n, D) float32 or float64 array
        The rows, with NaN for missing values; (n, m) where they are projections.
    weights : (n,) float64 array or None
        How often each row counts; None stands for once each.
    start : int, default=0
        Position of the first row in its source; of a source of unknown length any number that no other block has.
    background : (n,) float64 array or None
        Log-density at each row of components that are fixed, nats; None if there are none.
    noise : (n, D) or (n, D, D) float64 array or None
        Variances or covariances of the measurement errors of each row, in squared units; None if there are none.
        Those of projections are (n, m) or (n, m, m).
    allowed : (n, K) bool array or None
        Components that may have generated each row, from its label; None if all may. Where there is a uniform
        component it is the last of K + 1 columns.
    holes : bool, default=False
        Whether X may have missing values.
    projections : (n, m, D) float64 array or None
        Matrices R of rows that are R v of D true values v, but for their errors; None where rows are v itself.

    Examples
    --------
    >>> import numpy as np
    >>> block = Block(np.zeros((3, 2)), np.array([1.0, 0.0, 2.0]))
    >>> block.total_weight, block.take(slice(0, 2)).total_weight
    (3.0, 1.0)
    """

    X: Rows
    weights: Floats | None = None
    start: int = 0
    background: Floats | None = None
    noise: Floats | None = None
    allowed: NDArray[np.bool_] | None = None
    holes: bool = False
    projections: Floats | None = None

    @property
    def complete(self) -> bool:
        """Whether every value of every row is known exactly."""
        return self.exact and not self.holes

    @property
    def exact(self) -> bool:
        """Whether rows have no measurement errors and are no projections; values may be missing."""
        return self.noise is None and self.projections is None

    @property
    def plain(self) -> bool:
        """Whether the rows are complete, exact and unlabelled."""
        return self.complete and self.allowed is None

    @property
    def n_rows(self) -> int:
        """Number of rows n."""
        return int(self.X.shape[0])

    @property
    def n_features(self) -> int:
        """Number of true values of a row, D."""
        return int(self.X.shape[1] if self.projections is None else self.projections.shape[2])

    @property
    def total_weight(self) -> float:
        """Sum of the row weights, Σ w."""
        return float(self.n_rows) if self.weights is None else float(np.sum(self.weights))

    @property
    def rows(self) -> slice:
        """The positions of the rows in their source."""
        return slice(self.start, self.start + self.n_rows)

    def observations(self, n_components: int, uniform: Uniform | None = None) -> Observations:
        """Return the rows in the form for the kernels of incomplete rows, with a uniform component as background."""
        allowed, background = None, self.background
        if self.allowed is not None:
            allowed = np.ascontiguousarray(self.allowed[:, :n_components])
        if uniform is not None:
            assert background is None, "incomplete rows beside fixed and uniform components"
            background = uniform.log_density(self.X)
            if self.allowed is not None and self.allowed.shape[1] > n_components:
                background[~self.allowed[:, -1]] = -np.inf
        return Observations(self.X, self.weights, self.noise, allowed, background, self.projections)

    def take(self, chosen: slice | Ints) -> Block:
        """Return some of the rows with their weights, noise and labels; ``start`` is right for a slice without gaps."""
        first = chosen.indices(self.n_rows)[0] if isinstance(chosen, slice) else 0
        parts: dict[str, Any] = {
            name: _taken(array, chosen) for name in _ARRAYS if (array := getattr(self, name)) is not None
        }
        return Block(**parts, start=self.start + first, holes=self.holes)

    def __add__(self, other: Block) -> Block:
        """Return the rows of both blocks, the other's after these, with the start of this one."""
        return Block.joined([self, other])

    @classmethod
    def joined(cls, blocks: Sequence[Block]) -> Block:
        """Return the rows of several blocks as one, with the start of the first.

        Parameters
        ----------
        blocks : sequence of Block
            At least one; the same is known of the rows of each, but that one may have no weights.
        """
        parts: dict[str, Any] = {}
        for name in _ARRAYS:
            arrays = [getattr(block, name) for block in blocks]
            lacking = [array is None for array in arrays]
            if name == "weights" and any(lacking) and not all(lacking):
                arrays = [
                    np.ones(block.n_rows) if w is None else w for block, w in zip(blocks, arrays, strict=True)
                ]
            elif any(lacking) and not all(lacking):
                raise ValueError(f"one of {len(blocks)} blocks has no {name}: give it to both.")
            parts[name] = None if arrays[0] is None else np.concatenate(arrays)
        return cls(**parts, start=blocks[0].start, holes=any(block.holes for block in blocks))

    def scaled(self, factors: Floats) -> Block:
        """Return the same rows with each feature multiplied by a factor, (D,); densities are those of the new units."""
        if self.projections is not None:
            return replace(self, projections=self.projections / factors)
        volume = float(np.log(np.abs(factors)).sum())
        background = None if self.background is None else self.background - volume
        noise = self.noise
        if noise is not None:
            # One factor after the other: the square of 2**537 is beyond float64.
            noise = noise * factors * (factors if noise.ndim == 2 else factors[:, None])
        return replace(self, X=self.X * factors, background=background, noise=noise)


def _taken(array: NDArray[Any], chosen: slice | Ints) -> NDArray[Any]:
    """Return the rows of an array at given positions."""
    if isinstance(chosen, np.ndarray) and type(array) is np.ndarray and array.flags.c_contiguous:
        return array.take(chosen, axis=0)  # three times as fast
    taken: NDArray[Any] = array[chosen]
    return taken
