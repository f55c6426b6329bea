"""Covariance families: constraints on the covariances of all components."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

from .._types import Floats
from ..frames import MomentFrame
from .covariances import Covariances
from .estimator import CovarianceEstimator
from .normal_coordinates import NormalCoordinates

__all__ = ["Family", "Pooling"]


class Pooling(NamedTuple):
    """Pooling of the scatter over components and columns, or of a part of it.

    Parameters
    ----------
    components, columns : bool
        Whether the scatter is pooled over all components, and over all columns.
    decomposition : str
        A model of :func:`gaussmix.kernels.decomposition.decomposed`; empty where covariances are pooled whole or not at
        all.
    """

    components: bool = False
    columns: bool = False
    decomposition: str = ""


class Family(CovarianceEstimator):
    """A covariance family: the form, the estimate and the number of parameters of the covariances of all components.

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
    mclust_name: str | None = None
    """The name of mclust's model, three letters for volume, shape and orientation; None where mclust has none."""
    pooling: Pooling | None = None
    """What is pooled, where the compiled kernels know the estimate; None for another rule."""
    scales_columns: bool = True
    """Whether the family is closed under the scaling of single columns."""

    @property
    def single(self) -> Family:
        """The family of one component, for many independent estimates side by side."""
        return self

    def conditional(self, covariances: Covariances) -> Family:
        """Return the family of a few components with the others fixed, and with them the shared parameters.

        Parameters
        ----------
        covariances : Covariances
            Of all components, or of some, in this family.

        Returns
        -------
        Family
            The family itself if components have no common parameters.
        """
        return self

    @abstractmethod
    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Return the shape of the natural array, as in ``covariances_``.

        Parameters
        ----------
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        tuple of int
            (K, D, D) for full covariances, (K, D) for diagonal ones, (K,) for spherical ones; without K for tied ones.
        """

    def moment_frame(self, n_components: int) -> MomentFrame:
        """Return the form of the second moments of a start, before there are covariances.

        Parameters
        ----------
        n_components : int
            Number of components (K).

        Returns
        -------
        MomentFrame
            The frame of the family, but for covariances of low rank.
        """
        return self.frame

    def stored_shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        """Return the shape of the array of covariances, also in files.

        Parameters
        ----------
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        tuple of int
            That of :meth:`shape`, but (K, D, 1 + q) for factor analysers: noise variances and loadings.
        """
        return self.shape(n_components, n_features)

    def from_stored(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances from their array; see :meth:`stored_shape`.

        Parameters
        ----------
        array : array
            As a file has it.
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        return self.covariances(array, n_components, n_features)

    @abstractmethod
    def covariances(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances of a natural array; see :meth:`shape`.

        Parameters
        ----------
        array : array
            Covariances, in squared units.
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def from_precisions(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the inverses of given matrices as covariances.

        Parameters
        ----------
        array : array
            Inverse covariances, in the shape of :meth:`shape`.
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> Covariances:
        """Return the covariances with given roots U of their inverses, Σ⁻¹ = U Uᵀ.

        Parameters
        ----------
        array : array
            The roots, upper triangular or 1/σ, in the shape of :meth:`shape`.
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def natural(self, framed: Floats) -> Floats:
        """Return an array in the natural shape of the family.

        Parameters
        ----------
        framed : (K, D, D) or (K, D) array
            The array in the family's frame.

        Returns
        -------
        array
            In the shape that :meth:`shape` gives.
        """

    def of_frame(self, array: Floats, factors: Floats | None = None) -> Covariances:
        """Return covariances from an array in the frame, for families with a pooling.

        Parameters
        ----------
        array : (K, D, D) or (K, D) array
            Covariances in the family's frame.
        factors : (K, D, D) or (K, D) array, optional
            Whitening factors, if they are more accurate than the array.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        raise NotImplementedError(f"{self!r} has no pooling")

    def fewest_rows(self, n_features: int) -> int:
        """Return the smallest number of rows with an estimate of one covariance that is not singular.

        Parameters
        ----------
        n_features : int
            Number of columns (D).

        Returns
        -------
        int
            D + 1, and q + 2 for q factors beside noise.

        Examples
        --------
        >>> import gaussmix
        >>> gaussmix.Full().fewest_rows(12), gaussmix.FactorAnalysers(1).fewest_rows(12)
        (13, 3)
        """
        return n_features + 1

    def least_rows(self, n_features: int) -> int:
        """Return the smallest number of rows of a component in a comparison of models.

        Less one for the mean, they have as many values for each parameter of a component's own covariance as D + 1 rows
        have for a full covariance: 1 + 2 c / (D + 1) with c parameters, rounded up.

        Parameters
        ----------
        n_features : int
            Number of columns (D).

        Returns
        -------
        int
            D + 1 for full covariances and for free shapes along common axes, 3 for diagonal ones, 2 for spherical ones,
            and 1 for a shared covariance.

        Examples
        --------
        >>> import gaussmix
        >>> (
        ...     gaussmix.Full().least_rows(12),
        ...     gaussmix.Diagonal().least_rows(12),
        ...     gaussmix.Spherical().least_rows(12),
        ... )
        (13, 3, 2)
        """
        own = self.n_parameters(2, n_features) - self.n_parameters(1, n_features)
        return min(self.fewest_rows(n_features), 1 - (-2 * own) // (n_features + 1))

    @abstractmethod
    def n_parameters(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters of the covariances.

        Parameters
        ----------
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        int
            K D (D + 1) / 2 for full covariances.
        """

    def n_parameters_of_mixture(self, n_components: int, n_features: int) -> int:
        """Return the number of free parameters of a mixture: K - 1 weights, K D means, and the covariances.

        Parameters
        ----------
        n_components, n_features : int
            Numbers of components (K) and of columns (D).

        Returns
        -------
        int

        Examples
        --------
        >>> import gaussmix
        >>> gaussmix.Full().n_parameters_of_mixture(3, 2)
        17
        """
        return n_components - 1 + n_components * n_features + self.n_parameters(n_components, n_features)

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
    def whitening(self, covariance: Floats) -> Floats:
        """Return the map A to whitened columns, as far as the family is equivariant.

        After x → A x, the pooled covariance is the identity, as far as the family's equivariance allows: by any affine
        map (full), by scaling of columns (diagonal), by a common scale (spherical).

        Parameters
        ----------
        covariance : (D, D) or (D,) array
            Covariance of all rows, or its diagonal, in the frame.

        Returns
        -------
        (D, D) or (D,) array
            The matrix A or its diagonal, in the frame.
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))
