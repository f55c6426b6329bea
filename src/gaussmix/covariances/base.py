"""The contract of a covariance family, and of the K covariances that belong to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._types import Floats, Ints
from ..constraints import Constraint, NoConstraint
from ..frames import Frame
from ..moments import Moments
from .normal_coordinates import NormalCoordinates

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

    Examples
    --------
    >>> from gaussmix import Full, Tied
    >>> isinstance(Full(), Family), Tied(Full()) == Tied(Full())
    (True, True)
    """

    name: str
    """The short name, as in ``covariance_type``."""
    pooling: Pooling | None = None
    """What is pooled, where the estimate is the scatter over the count and nothing else; None for another rule."""
    scales_columns: bool = True
    """Whether multiplying one column by a number leads from one member of the family to another."""
    frame: Frame
    """The form of the second moments that ``estimate`` needs, and of the whitening factors."""

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
        """Return the shape of the natural array: that of ``covariances_``.

        Parameters
        ----------
        n_components : int
            Number of components (K).
        n_features : int
            Number of columns (D).

        Returns
        -------
        tuple of int
            (K, D, D) for full covariances, (K, D) for diagonal ones, (K,) for spherical ones; without K for tied ones.
        """

    @abstractmethod
    def covariances(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances that a natural array describes; see :meth:`shape`.

        Parameters
        ----------
        array : array
            Covariances, in squared units.
        n_components : int
            Number of components (K).
        n_features : int
            Number of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def from_precisions(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances whose inverses are given.

        Parameters
        ----------
        array : array
            Inverse covariances, in the shape of :meth:`shape`.
        n_components : int
            Number of components (K).
        n_features : int
            Number of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances whose inverses have given roots U, Σ⁻¹ = U Uᵀ.

        Parameters
        ----------
        array : array
            The roots, upper triangular or 1/σ, in the shape of :meth:`shape`.
        n_components : int
            Number of components (K).
        n_features : int
            Number of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def from_dense(self, dense: Floats, weights: Floats) -> Covariances:
        """Return the member of the family that is nearest to some matrices.

        Parameters
        ----------
        dense : (K, D, D) array
            Covariance matrices.
        weights : (K,) array
            Their weights, where covariances are pooled.

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> Covariances:
        """Return the covariances that maximise the expected log-likelihood.

        Parameters
        ----------
        scatter : (K, D, D) or (K, D) array
            Weighted sums of squares and products about the means, in the family's frame.
        counts : (K,) array
            Sums of the responsibilities.
        start : Covariances, optional
            Where an iterative estimate begins: the covariances before the M-step.

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def constrain(self, covariances: Covariances, constraint: Constraint) -> Covariances:
        """Return the member of the family that a constraint makes of maximum-likelihood covariances.

        A family whose covariances are one matrix, or one set of variances, for each component applies the constraint to
        each. A family that shares a shape or a volume must stay in the family: it raises the volumes until the smallest
        ratio of a variance to its bound (:meth:`Covariances.room`) is one.

        Parameters
        ----------
        covariances : Covariances
            As :meth:`maximum_likelihood` returns them.
        constraint : Constraint
            The bound, or the addition to the diagonal.

        Returns
        -------
        Covariances
            The covariances of K components; the same object where the constraint changes nothing.
        """

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        """Return the maximum-likelihood covariances under a constraint.

        Parameters
        ----------
        scatter : (K, D, D) or (K, D) array
            Weighted sums of squares and products about the means, in the family's frame.
        counts : (K,) array
            Sums of the responsibilities.
        constraint : Constraint
            The bound, or the addition to the diagonal.
        start : Covariances, optional
            Where an iterative estimate begins.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        return self.constrain(self.maximum_likelihood(scatter, counts, start), constraint)

    def of_frame(self, array: Floats, factors: Floats | None = None) -> Covariances:
        """Return the covariances that an array in the frame is, for families with a pooling.

        Parameters
        ----------
        array : (K, D, D) or (K, D) array
            Covariances in the family's frame.
        factors : (K, D, D) or (K, D) array, optional
            Whitening factors, where they hold more digits than the array does.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        raise NotImplementedError(f"{self!r} has no pooling")

    @abstractmethod
    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters of the covariances.

        Parameters
        ----------
        n_components : int
            Number of components (K).
        n_features : int
            Number of columns (D).

        Returns
        -------
        int
            K D (D + 1) / 2 for full covariances.
        """

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates | None:
        """Return normal coordinates about covariances of the family, for accelerated EM.

        Parameters
        ----------
        covariances : Covariances
            The origin.

        Returns
        -------
        NormalCoordinates or None
            None in a family without them, which plain EM fits.

        Raises
        ------
        SingularCovarianceError
            If a covariance is not positive definite.
        """
        return None

    @abstractmethod
    def sphering(self, covariance: Floats) -> Floats:
        """Return the map A that makes the clusters found free of the units that the family does not see.

        After x → A x the pooled covariance is the identity as far as the family's own equivariance goes: any affine
        map (full), scaling of columns (diagonal), one common scale (spherical).

        Parameters
        ----------
        covariance : (D, D) or (D,) array
            Covariance of all rows, or its diagonal, in the frame.

        Returns
        -------
        (D, D) or (D,) array
            The matrix A or its diagonal, in the frame.
        """

    def estimate(
        self, moments: Moments, constraint: Constraint | None = None, start: Covariances | None = None
    ) -> Covariances:
        """Return the covariances of an M-step.

        A component without weight gets the estimate of all rows together, so that it stays a density.

        Parameters
        ----------
        moments : Moments
            Sums of an E-step, in the family's frame.
        constraint : Constraint, optional
            What bounds the covariances; nothing unless given.
        start : Covariances, optional
            The covariances before the M-step, where an iterative estimate begins.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        scatter, counts = moments.scatter(), moments.counts
        empty = moments.empty
        if empty.any():
            scatter, counts = scatter.copy(), counts.copy()
            scatter[empty], counts[empty] = scatter.sum(axis=0), max(counts.sum(), np.finfo(np.float64).tiny)
        return self.from_scatter(scatter, counts, constraint or NoConstraint(), start)

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

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> covariances = Mixture([0.5, 0.5], [[0.0, 0.0], [5.0, 5.0]], [1.0, 4.0]).covariances
    >>> covariances.array, covariances.dense()[1]
    (array([1., 4.]), array([[4., 0.],
           [0., 4.]]))
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

    def in_frame(self) -> Floats:
        """Return the covariances in the frame of the family.

        Returns
        -------
        (K, D, D) or (K, D) array
            Covariance matrices, or variances by column, in squared units.
        """
        return self.dense() if self.family.frame.full else self.variances()

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
        diagonal = self.family.frame.diagonal(self.factors)
        return np.asarray(-2.0 * np.log(np.abs(diagonal)).sum(axis=1))

    @cached_property
    def log_normalisers(self) -> Floats:
        """−½ (D log 2π + log |Σ_k|), the log-density at the mean, (K,)."""
        return np.asarray(-0.5 * (self.n_features * np.log(2 * np.pi) + self.log_determinants))

    @abstractmethod
    def dense(self) -> Floats:
        """Return the covariances as matrices, whatever the family.

        Returns
        -------
        (K, D, D) array
            Covariance matrices, in squared units.
        """

    @abstractmethod
    def variances(self) -> Floats:
        """Return the variances of the columns.

        Returns
        -------
        (K, D) array
            Variances, in squared units.
        """

    @abstractmethod
    def precisions(self) -> Floats:
        """Return the inverse covariances.

        Returns
        -------
        array
            In the natural shape of the family.
        """

    @abstractmethod
    def precisions_cholesky(self) -> Floats:
        """Return upper triangular U with Σ⁻¹ = U Uᵀ, as scikit-learn keeps them.

        Returns
        -------
        array
            U, or 1/σ for diagonal and spherical covariances, in the natural shape of the family.
        """

    @abstractmethod
    def colour(self, noise: Floats, labels: Ints) -> Floats:
        """Return standard normal noise, given the covariances of components.

        Parameters
        ----------
        noise : (n, D) array
            Independent standard normal numbers.
        labels : (n,) array of int
            The component of each row.

        Returns
        -------
        (n, D) array
            Rows of mean zero with the covariance of their component.
        """

    @abstractmethod
    def take(self, components: Sequence[int] | Ints) -> Covariances:
        """Return the covariances of some components, in that order.

        Parameters
        ----------
        components : sequence of int
            Numbers of the components to keep.

        Returns
        -------
        Covariances
            The covariances of these components.
        """

    @abstractmethod
    def marginal(self, columns: Sequence[int]) -> Covariances:
        """Return the covariances of some columns.

        Parameters
        ----------
        columns : sequence of int
            Positions of the columns to keep.

        Returns
        -------
        Covariances
            The covariances of these columns.
        """

    @abstractmethod
    def affine(self, matrix: Floats) -> Covariances:
        """Return A Σ_k Aᵀ, in the same family where it stays there.

        Parameters
        ----------
        matrix : (M, D) array
            The linear map A.

        Returns
        -------
        Covariances
            The covariances of the M new columns.
        """

    def scale(self, factors: Floats) -> Covariances:
        """Return the covariances of scaled columns, in the same family where it stays there.

        Parameters
        ----------
        factors : (D,) array
            What the columns are multiplied by.

        Returns
        -------
        Covariances
            The covariances of the scaled columns.
        """
        return self.affine(np.diag(factors))

    def room(self, constraint: Constraint) -> Floats:
        """Return how far each covariance is above the least that a constraint allows.

        Parameters
        ----------
        constraint : Constraint
            What bounds the covariances.

        Returns
        -------
        (K,) array
            The smallest ratio of a variance to the least one allowed; infinite without a bound.
        """
        room = constraint.room if self.family.frame.full else constraint.diagonal_room
        return room(self.in_frame())

    @abstractmethod
    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        """Return the regression of some columns on others, and what it leaves over.

        Parameters
        ----------
        given : sequence of int
            Positions of the known columns.
        kept : sequence of int
            Positions of the other columns.

        Returns
        -------
        slopes : (K, number of kept columns, number of given columns) array
            Regression coefficients.
        rest : Covariances
            Covariances of the residuals.
        """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Covariances):
            return NotImplemented
        return self.family == other.family and np.array_equal(self.array, other.array)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{self.family!r}: {self.n_components} components, {self.n_features} features>"
