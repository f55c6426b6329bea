"""The contract of a covariance family, and of the K covariances that belong to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._types import Floats, Ints
from ..constraints import Constraint, NoConstraint
from ..moments import Layout, Moments

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Covariances", "Family", "Pooling"]


class Pooling(NamedTuple):
    """Over what the scatter is pooled before it is divided by the count."""

    components: bool = False
    columns: bool = False


class Family(ABC):
    """A rule for the covariances of all components: what is estimated, and how many parameters that takes.

    A family has no state beyond its definition; two of the same definition are equal.
    Its ``covariances`` are values of a :class:`Covariances` class.
    """

    name: str
    """The short name, as in ``covariance_type``."""
    pooling: Pooling | None = None
    """What is pooled, where the estimate is the scatter over the count and nothing else; None for another rule."""
    scales_columns: bool = True
    """Whether multiplying one column by a number leads from one member of the family to another."""
    layout: Layout
    """The second moments that ``estimate`` needs."""

    @property
    def own(self) -> Family:
        """The family of one component's covariance where it shares nothing with others."""
        return self

    @property
    def plain(self) -> bool:
        """Whether each component's estimate is its own scatter over its own count, with nothing shared or pooled."""
        return self.pooling == Pooling()

    @abstractmethod
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Return the shape of the natural array."""

    @abstractmethod
    def covariances(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances that a natural array describes; see :meth:`shape`."""

    @abstractmethod
    def from_precisions(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances whose inverses are given in the natural shape."""

    @abstractmethod
    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances whose inverses have the roots U, Σ⁻¹ = U Uᵀ, in the natural shape."""

    @abstractmethod
    def from_dense(self, dense: Floats, weights: Floats) -> Covariances:
        """Return the member of the family nearest to matrices (K, D, D) that have weights (K,)."""

    @abstractmethod
    def from_scatter(self, scatter: Floats, counts: Floats, constraint: Constraint) -> Covariances:
        """Return the maximum of the expected log-likelihood: scatter in the layout, counts (K,)."""

    def of_layout(self, array: Floats, factors: Floats | None = None) -> Covariances:
        """Return the covariances that an array in the layout, (K, D, D) or (K, D), is; for families with a pooling.

        Whitening factors are given where they hold more digits than matrices (K, D, D) do.
        """
        raise NotImplementedError(f"{self!r} has no pooling")

    @abstractmethod
    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters of the covariances."""

    @abstractmethod
    def unravel(self, vector: Floats, n_components: int, n_features: int) -> Covariances:
        """Return the covariances of a vector of free parameters, as :meth:`Covariances.ravel` gives them."""

    @abstractmethod
    def sphering(self, covariance: Floats) -> Floats:
        """Return the map A that makes the clusters found free of the units that the family does not see.

        After x → A x the pooled covariance is the identity as far as the family's own equivariance goes: any affine
        map (full), scaling of columns (diagonal), one common scale (spherical). It is a matrix (D, D) in the full
        layout, and the diagonal of one (D,) in the other, which reads no more than the diagonal of the covariance.
        """

    def estimate(self, moments: Moments, constraint: Constraint | None = None) -> Covariances:
        """Return the M-step's covariances for moments in the family's layout.

        A component without weight gets the estimate of all rows together, so that it stays a density.
        """
        scatter, counts = moments.scatter(), moments.counts
        empty = moments.empty
        if empty.any():
            scatter, counts = scatter.copy(), counts.copy()
            scatter[empty], counts[empty] = scatter.sum(axis=0), max(counts.sum(), np.finfo(np.float64).tiny)
        return self.from_scatter(scatter, counts, constraint or NoConstraint())

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class Covariances(ABC):
    """The covariances of K components, as one frozen value.

    Parameters
    ----------
    array : array
        The natural array of the family: full (K, D, D), diagonal (K, D), spherical (K,); tied ones lack K.
    """

    n_components: int
    """Number of components (K)."""
    n_features: int
    """Number of columns (D)."""
    singular: bool = False
    """Whether some covariance is only positive semi-definite, with a pseudo-inverse in its place."""

    def __init__(self, array: Floats) -> None:
        # C-contiguous whatever the source, so that sums over it round in one order only.
        frozen = np.array(array, dtype=np.float64, order="C")
        frozen.setflags(write=False)
        self.array = frozen

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Pickle and deepcopy forget that the array is frozen.
        self.__dict__.update(state)
        self.array.setflags(write=False)

    @property
    @abstractmethod
    def family(self) -> Family:
        """The family that these covariances belong to."""

    @property
    def layout(self) -> Layout:
        """The form of :attr:`factors`: ``full`` or ``diagonal``."""
        return self.family.layout

    @cached_property
    @abstractmethod
    def factors(self) -> Floats:
        """Whitening factors L_k with Σ_k⁻¹ = L_kᵀ L_k: lower triangular (K, D, D), or diagonal (K, D).

        Raises
        ------
        SingularCovarianceError
            If a covariance is not positive definite; the message names the component.
        """

    @cached_property
    def log_determinants(self) -> Floats:
        """Logarithms of the determinants, log |Σ_k|, (K,)."""
        diagonal = self.factors if self.factors.ndim == 2 else self.factors.diagonal(axis1=1, axis2=2)
        return np.asarray(-2.0 * np.log(np.abs(diagonal)).sum(axis=1))

    @cached_property
    def log_normalisers(self) -> Floats:
        """−½ (D log 2π + log |Σ_k|), the log-density at the mean, (K,)."""
        return np.asarray(-0.5 * (self.n_features * np.log(2 * np.pi) + self.log_determinants))

    @abstractmethod
    def dense(self) -> Floats:
        """Return the matrices (K, D, D)."""

    @abstractmethod
    def variances(self) -> Floats:
        """Return the variances of the columns (K, D), squared units."""

    @abstractmethod
    def precisions(self) -> Floats:
        """Return the inverses in the natural shape."""

    @abstractmethod
    def precisions_cholesky(self) -> Floats:
        """Return upper triangular U with Σ⁻¹ = U Uᵀ (or 1/σ) in the natural shape, as scikit-learn keeps them."""

    @abstractmethod
    def colour(self, noise: Floats, labels: Ints) -> Floats:
        """Return standard normal noise (n, D) given the covariance of component ``labels`` (n,)."""

    @abstractmethod
    def take(self, components: Sequence[int] | Ints) -> Covariances:
        """Return the covariances of some components, in that order."""

    @abstractmethod
    def marginal(self, columns: Sequence[int]) -> Covariances:
        """Return the covariances of some columns."""

    @abstractmethod
    def affine(self, matrix: Floats) -> Covariances:
        """Return A Σ_k Aᵀ for A (M, D), in the same family where it stays there."""

    @abstractmethod
    def ravel(self) -> Floats:
        """Return the free parameters as a vector without constraints, for accelerated drivers."""

    def scale(self, factors: Floats) -> Covariances:
        """Return the covariances of columns multiplied by factors (D,), in the same family where it stays there."""
        return self.affine(np.diag(factors))

    def room(self, constraint: Constraint) -> Floats:
        """Return how many times the least variance that a constraint allows each covariance has left, (K,)."""
        if self.layout == "diagonal":
            return constraint.diagonal_room(self.variances())
        return constraint.room(self.dense())

    @abstractmethod
    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        """Return the regression (K, |kept|, |given|) of kept columns on given ones, and what it leaves over."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Covariances):
            return NotImplemented
        return self.family == other.family and np.array_equal(self.array, other.array)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.family!r}: {self.n_components} components, {self.n_features} features>"
