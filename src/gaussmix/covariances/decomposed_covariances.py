"""Covariances with a common volume, shape or orientation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .._types import Floats, Ints
from .constraints import Constraint
from .covariances import Covariances
from .diagonal import DiagonalCovariances

if TYPE_CHECKING:
    from .decomposed import Decomposed

__all__ = ["DecomposedCovariances"]


class DecomposedCovariances(Covariances):
    """Matrices (K, D, D) or variances (K, D) with a common volume, shape or orientation."""

    def __init__(self, inner: Covariances, family: Decomposed) -> None:
        self.array, self.inner, self._family = inner.array, inner, family
        self.n_components, self.n_features = inner.n_components, inner.n_features

    @property
    def family(self) -> Decomposed:
        return self._family

    @cached_property
    def factors(self) -> Floats:
        return self.inner.factors

    @cached_property
    def log_determinants(self) -> Floats:
        return self.inner.log_determinants

    def in_frame(self) -> Floats:
        return self.inner.in_frame()

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        return self.inner.colorize(noise, labels)

    def take(self, components: Sequence[int] | Ints) -> Covariances:
        return self._changed(self.inner.take(components), True)

    def marginal(self, columns: Sequence[int]) -> Covariances:
        return self._changed(self.inner.marginal(columns), self._family.proportional)

    def affine(self, matrix: Floats) -> Covariances:
        changed, family = self.inner.affine(matrix), self._family
        square = matrix.shape[0] == matrix.shape[1]
        if not family.frame.full:
            return self._changed(changed, square and isinstance(changed, DiagonalCovariances))
        scaled = square and (family.scales_columns or _is_similarity(matrix))
        return self._changed(changed, scaled or family.proportional)

    def scale(self, factors: Floats) -> Covariances:
        one_factor = bool((factors == factors[0]).all())
        return self._changed(self.inner.scale(factors), self._family.scales_columns or one_factor)

    def clearance(self, constraint: Constraint) -> Floats:
        return self.inner.clearance(constraint)

    def clears(self, constraint: Constraint, times: float) -> bool:
        return self.inner.clears(constraint, times)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        slope, rest = self.inner.condition(given, kept)
        return slope, self._changed(rest, self._family.proportional)

    def _changed(self, inner: Covariances, stays: bool) -> Covariances:
        """Return changed covariances, as a member of the family if they stay there."""
        return DecomposedCovariances(inner, self._family) if stays else inner


def _is_similarity(matrix: Floats) -> bool:
    """Return whether a square matrix is a rotation or a reflection, times a number."""
    gram = matrix @ matrix.T
    scale = float(gram[0, 0])
    return scale > 0 and np.allclose(gram, scale * np.eye(len(gram)), rtol=0, atol=1e-14 * scale)
