"""The covariances of K components, as one frozen value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..frames import MomentFrame
from .constraints import Constraint
from .support import Support

if TYPE_CHECKING:
    from .family import Family

__all__ = ["Covariances"]


_LOG_TWO_PI = np.log(2 * np.pi)


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
    support: Support | None = None
    """The support of the densities, if some covariance is singular; None for the whole space."""

    def __init__(self, array: Floats) -> None:
        # Always C-contiguous, for one order of rounding in sums.
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
        """The family of the covariances."""

    @property
    def frame(self) -> MomentFrame:
        """The form of the whitening factors and of the second moments of an E-step."""
        return self.family.frame

    @property
    def natural(self) -> Floats:
        """The covariances in the shape of :meth:`Family.shape`, as ``covariances_`` shows them."""
        return self.array

    @abstractmethod
    def in_frame(self) -> Floats:
        """Return the covariances in the frame of the family.

        Returns
        -------
        (K, D, D) or (K, D) array
            Covariance matrices, or variances by column, in squared units; perhaps read-only.
        """

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
    @abstractmethod
    def log_determinants(self) -> Floats:
        """Logarithms of the determinants, log |Σ_k|, (K,); pseudo-determinants of singular covariances."""

    @property
    def singular(self) -> bool:
        """Whether some covariance is only positive semi-definite, with a pseudo-inverse instead of an inverse."""
        return self.support is not None

    @property
    def log_normalisers(self) -> Floats:
        """−½ (D log 2π + log |Σ_k|), the log-density at the mean, (K,); singular ones have their rank for D."""
        rank = self.n_features if self.support is None else self.support.ranks
        return np.asarray(-0.5 * (rank * _LOG_TWO_PI + self.log_determinants))

    def dense(self) -> Floats:
        """Return the covariances as matrices, whatever the family.

        Returns
        -------
        (K, D, D) array
            Covariance matrices, in squared units.
        """
        return np.array(self.family.frame.dense(self.in_frame()))

    def variances(self) -> Floats:
        """Return the variances of the columns.

        Returns
        -------
        (K, D) array
            Variances, in squared units.
        """
        return self.family.frame.diagonal(self.in_frame()).copy()

    def mean(self, weights: Floats) -> Floats:
        """Return the weighted mean of the covariances, Σ p_k Σ_k.

        Parameters
        ----------
        weights : (K,) array
            The weights p_k.

        Returns
        -------
        (D, D) array
            A matrix, in squared units.
        """
        return self.family.frame.dense(np.tensordot(weights, self.in_frame(), axes=1))

    def precisions(self) -> Floats:
        """Return the inverse covariances.

        Returns
        -------
        array
            In the natural shape of the family.
        """
        family = self.family
        return family.natural(family.frame.precisions(self.factors))

    def precisions_cholesky(self) -> Floats:
        """Return upper triangular U with Σ⁻¹ = U Uᵀ, as in scikit-learn.

        Returns
        -------
        array
            U, or 1/σ for diagonal and spherical covariances, in the natural shape of the family.
        """
        family = self.family
        return np.array(family.natural(family.frame.transpose(self.factors)), order="C")

    @abstractmethod
    def colorize(self, noise: Floats, labels: Ints) -> Floats:
        """Return standard normal noise transformed to the covariances of components.

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
        """Return the covariances of some components, in the given order.

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

    @abstractmethod
    def scale(self, factors: Floats) -> Covariances:
        """Return the covariances of scaled columns, in the same family where it stays there.

        Parameters
        ----------
        factors : (D,) array
            The factors of the columns.

        Returns
        -------
        Covariances
            The covariances of the scaled columns.
        """

    @abstractmethod
    def clearance(self, constraint: Constraint) -> Floats:
        """Return the smallest ratio of each covariance to its bound; 1 where the constraint is active.

        Parameters
        ----------
        constraint : Constraint
            The bound.

        Returns
        -------
        (K,) array
            The smallest ratio of a variance to its bound, in any direction; infinite without a bound.
        """

    def clears(self, constraint: Constraint, times: float) -> bool:
        """Return whether every covariance exceeds its bound several times, in every direction.

        Parameters
        ----------
        constraint : Constraint
            The bound.
        times : float
            The factor of the bound.

        Returns
        -------
        bool
            Whether no :meth:`clearance` is below the factor.
        """
        return bool((self.clearance(constraint) >= times).all())

    @abstractmethod
    def condition(self, given: Sequence[int], kept: Sequence[int]) -> tuple[Floats, Covariances]:
        """Return the regression coefficients of some columns on others, and the residual covariances.

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
