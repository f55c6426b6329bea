"""Tied covariances: any family, with one covariance shared by all components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..validation import finite_array
from .constraints import Constraint
from .covariances import Covariances
from .family import Family
from .normal_coordinates import NormalCoordinates

__all__ = ["Tied", "TiedCovariances"]

_MCLUST_NAMES = {"VVV": "EEE", "VVI": "EEI", "VII": "EII"}
"""mclust's names of the families of which one covariance is shared."""


class TiedCovariances(Covariances):
    """The covariance of ``inner`` (one component), shared by K components."""

    def __init__(self, inner: Covariances, n_components: int) -> None:
        self.inner = inner
        self.n_components, self.n_features = n_components, inner.n_features

    @cached_property
    def array(self) -> Floats:
        """The shared covariance in the natural shape of its family."""
        array = np.asarray(self.inner.array[0])
        array.setflags(write=False)
        return array

    @property
    def family(self) -> Tied:
        return Tied(self.inner.family)

    @cached_property
    def factors(self) -> Floats:
        return self._repeat(self.inner.factors)

    @cached_property
    def log_determinants(self) -> Floats:
        return self._repeat(self.inner.log_determinants)

    def in_frame(self) -> Floats:
        return self._repeat(self.inner.in_frame())

    def variances(self) -> Floats:
        return self._repeat(self.inner.variances())

    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        return self.inner.colorize(noise, np.zeros_like(labels))

    def take(self, components: Sequence[int] | Ints) -> TiedCovariances:
        return TiedCovariances(self.inner, len(components))

    def marginal(self, columns: Sequence[int]) -> TiedCovariances:
        return TiedCovariances(self.inner.marginal(columns), self.n_components)

    def affine(self, matrix: Floats) -> TiedCovariances:
        return TiedCovariances(self.inner.affine(matrix), self.n_components)

    def scale(self, factors: Floats) -> TiedCovariances:
        return TiedCovariances(self.inner.scale(factors), self.n_components)

    def clearance(self, constraint: Constraint) -> Floats:
        return self._repeat(self.inner.clearance(constraint))

    def clears(self, constraint: Constraint, times: float) -> bool:
        return self.inner.clears(constraint, times)

    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        slope, rest = self.inner.condition(given, kept)
        return self._repeat(slope), TiedCovariances(rest, self.n_components)

    def _repeat(self, array: Floats) -> Floats:
        return np.repeat(array, self.n_components, axis=0)


class _TiedCoordinates(NormalCoordinates):
    """Normal coordinates about a common covariance with the weight of all K components."""

    def __init__(self, inner: NormalCoordinates, n_components: int) -> None:
        self._inner = inner
        self.covariances = TiedCovariances(inner.covariances, n_components)

    def coordinates(self, covariances: Covariances, weights: Floats) -> Floats:
        return self._inner.coordinates(_shared(covariances), np.ones(1))

    def retract(self, vector: Floats, weights: Floats, constraint: Constraint) -> NormalCoordinates | None:
        inner = self._inner.retract(vector, np.ones(1), constraint)
        return None if inner is None else _TiedCoordinates(inner, self.covariances.n_components)

    def whiten(self, shifts: Floats) -> Floats:
        return self._inner.whiten(shifts)

    def colorize(self, whitened: Floats) -> Floats:
        return self._inner.colorize(whitened)


def _shared(covariances: Covariances) -> Covariances:
    """Return the common covariance of all components."""
    assert isinstance(covariances, TiedCovariances)
    return covariances.inner


class Tied(Family):
    """All components share one covariance of another family (mclust's EEE, EEI and EII).

    Parameters
    ----------
    family : Family
        The family of the shared covariance.

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Tied(gaussmix.Full()).n_parameters(n_components=5, n_features=2)
    3
    """

    def __init__(self, family: Family) -> None:
        self.inner = family
        self.frame = family.frame
        self.pooling = family.pooling and family.pooling._replace(components=True)
        self.scales_columns = family.scales_columns

    @property
    def name(self) -> str:  # type: ignore[override]
        """The short name, as in ``covariance_type``."""
        return "tied" if self.inner.name == "full" else f"tied-{self.inner.name}"

    @property
    def mclust_name(self) -> str | None:  # type: ignore[override]
        """The name of mclust's model."""
        return _MCLUST_NAMES.get(self.inner.mclust_name or "")

    @property
    def single(self) -> Family:
        return self.inner

    def conditional(self, covariances: Covariances) -> Family:
        return _TiedTo(_shared(covariances))

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return self.inner.shape(1, n_features)[1:]

    def covariances(self, array: Any, n_components: int, n_features: int) -> TiedCovariances:
        checked = finite_array(array, "covariances", self.shape(n_components, n_features))
        return TiedCovariances(self.inner.covariances(checked[None], 1, n_features), n_components)

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> TiedCovariances:
        checked = finite_array(array, "precisions", self.shape(n_components, n_features))
        return TiedCovariances(self.inner.from_precisions(checked[None], 1, n_features), n_components)

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> TiedCovariances:
        checked = finite_array(array, "precisions_cholesky", self.shape(n_components, n_features))
        inner = self.inner.from_precisions_cholesky(checked[None], 1, n_features)
        return TiedCovariances(inner, n_components)

    def nearest(self, framed: Floats, weights: Floats) -> TiedCovariances:
        pooled = np.average(framed, axis=0, weights=weights)[None]
        return TiedCovariances(self.inner.nearest(pooled, np.ones(1)), len(framed))

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> TiedCovariances:
        inner = None if start is None else _shared(start)
        pooled = self.inner.maximum_likelihood(scatter.sum(axis=0)[None], counts.sum()[None], inner)
        return TiedCovariances(pooled, len(counts))

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> TiedCovariances:
        shared = self.inner.constrain(_shared(covariances), constraint, counts.sum()[None])
        return TiedCovariances(shared, covariances.n_components)

    def natural(self, framed: Floats) -> Floats:
        return np.asarray(self.inner.natural(framed[:1])[0])

    def of_frame(self, array: Floats, factors: Floats | None = None) -> TiedCovariances:
        first = None if factors is None else factors[:1]
        return TiedCovariances(self.inner.of_frame(array[:1], first), len(array))

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return self.inner.n_parameters(1, n_features)

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates | None:
        inner = self.inner.normal_coordinates(_shared(covariances))
        return None if inner is None else _TiedCoordinates(inner, covariances.n_components)

    def whitening(self, covariance: Floats) -> Floats:
        return self.inner.whitening(covariance)

    def __repr__(self) -> str:
        return f"Tied({self.inner!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is Tied and self.inner == other.inner

    def __hash__(self) -> int:
        return ~hash(self.inner)


class _TiedTo(Tied):
    """Components with a given common covariance: nothing is estimated."""

    def __init__(self, shared: Covariances) -> None:
        super().__init__(shared.family)
        self.pooling = None
        self._shared = shared

    def conditional(self, covariances: Covariances) -> Family:
        return self

    def nearest(self, framed: Floats, weights: Floats) -> TiedCovariances:
        return TiedCovariances(self._shared, len(framed))

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> TiedCovariances:
        return TiedCovariances(self._shared, len(counts))

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> TiedCovariances:
        return TiedCovariances(self._shared, covariances.n_components)

    def of_frame(self, array: Floats, factors: Floats | None = None) -> TiedCovariances:
        return TiedCovariances(self._shared, len(array))

    def n_parameters(self, n_components: int, n_features: int) -> int:
        return 0

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates | None:
        return None

    def __repr__(self) -> str:
        return f"<{super().__repr__()} with its covariance fixed>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _TiedTo) and self._shared == other._shared

    def __hash__(self) -> int:
        return hash(("_TiedTo", self.inner))
