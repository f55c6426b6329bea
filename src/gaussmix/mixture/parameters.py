"""The parameters of a mixture, checked and frozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from .._cached import cached_property
from .._types import Floats, Ints
from ..covariances import Covariances, Family, check_range, covariances_from
from ..densities import Densities
from ..errors import InputError
from ..uniform import Uniform
from ..validation import checked_names, checked_weights, finite_array

__all__ = ["FrozenParameters"]


class FrozenParameters:
    """The weights, means and covariances of a mixture: immutable."""

    # NumPy must leave ``A @ mixture`` and ``b + mixture`` to the methods below.
    __array_ufunc__ = None

    weights: Floats
    """Weights of the components, (K,)."""
    means: Floats
    """Means of the components, (K, D), in the units of the columns."""
    covariances: Covariances
    """Covariances of the components, in squared units; ``covariances.dense()`` is the array (K, D, D)."""
    feature_names: tuple[str, ...] | None
    """Names of the columns, or None."""
    uniform: Uniform | None
    """The uniform component, or None."""

    def __init__(
        self,
        weights: Any,
        means: Any,
        covariances: Any,
        *,
        family: Family | None = None,
        allow_singular: bool = False,
        feature_names: Sequence[str] | None = None,
        uniform: Uniform | None = None,
    ) -> None:
        weights = checked_weights(weights, 1.0 if uniform is None else 1.0 - uniform.weight)
        means = finite_array(means, "means")
        if means.ndim != 2 or len(means) != len(weights) or means.shape[1] == 0:
            raise InputError(
                f"means has shape {means.shape}, expected ({len(weights)}, D): one row for each of the "
                f"{len(weights)} weights."
            )
        values = covariances_from(covariances, *means.shape, family=family, allow_singular=allow_singular)
        # A covariance that is not positive definite must be refused here too.
        check_range(means, values)
        if uniform is not None and uniform.n_features != means.shape[1]:
            raise InputError(
                f"the uniform component has {uniform.n_features} features, and the means have {means.shape[1]}: "
                "give the same number."
            )
        self._set(weights, means, values, checked_names(feature_names, means.shape[1]), uniform)

    @classmethod
    def of(
        cls,
        weights: Floats,
        means: Floats,
        covariances: Covariances,
        feature_names: tuple[str, ...] | None = None,
        uniform: Uniform | None = None,
    ) -> Self:
        """Return a mixture of valid parameters, without a check.

        Parameters
        ----------
        weights : (K,) array
            Weights of the components.
        means : (K, D) array
            Means of the components.
        covariances : Covariances
            Covariances of the components.
        feature_names : tuple of str, optional
            Names of the columns.
        uniform : Uniform, optional
            The uniform component.

        Returns
        -------
        Mixture
            The mixture, which holds the arrays themselves and makes them read-only.
        """
        mixture = cls.__new__(cls)
        mixture._set(weights, means, covariances, feature_names, uniform)
        return mixture

    def like(
        self,
        weights: Floats,
        means: Floats,
        covariances: Covariances,
        feature_names: tuple[str, ...] | None = None,
        uniform: Uniform | None = None,
        components: Ints | None = None,
    ) -> Self:
        """Return a mixture of the same kind with other parameters, without a check.

        Parameters
        ----------
        weights : (K,) array
            Weights of the components.
        means : (K, D) array
            Means of the components.
        covariances : Covariances
            Covariances of the components.
        feature_names : tuple of str, optional
            Names of the columns.
        uniform : Uniform, optional
            The uniform component.
        components : (K,) array of int, optional
            The positions of its components in this mixture, if they are others.

        Returns
        -------
        Mixture
            The mixture; a :class:`TMixture` keeps its degrees of freedom.
        """
        return self.of(weights, means, covariances, feature_names, uniform)

    def reordered(self, order: Ints) -> Self:
        """Return the mixture with its components in another order.

        Parameters
        ----------
        order : (K,) array of int
            The positions of the components in this mixture, in the new order.

        Returns
        -------
        Mixture
            The same distribution.

        Examples
        --------
        >>> import numpy as np
        >>> from gaussmix import Mixture
        >>> Mixture([0.3, 0.7], [[0.0], [5.0]], [1.0, 1.0]).reordered(np.array([1, 0])).weights
        array([0.7, 0.3])
        """
        return self.like(
            self.weights[order],
            self.means[order],
            self.covariances.take(order),
            self.feature_names,
            self.uniform,
            order,
        )

    def _set(
        self,
        weights: Floats,
        means: Floats,
        covariances: Covariances,
        names: tuple[str, ...] | None,
        uniform: Uniform | None,
    ) -> None:
        for array in (weights, means):
            array.setflags(write=False)
        self.__dict__.update(
            weights=weights, means=means, covariances=covariances, feature_names=names, uniform=uniform
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Mixture is frozen: build a new one instead of setting {name!r}.")

    @property
    def n_components(self) -> int:
        """Number of components K."""
        return len(self.weights)

    @property
    def n_features(self) -> int:
        """Number of features D."""
        return int(self.means.shape[1])

    @property
    def family(self) -> Family:
        """The covariance family."""
        return self.covariances.family

    @property
    def n_parameters(self) -> int:
        """Number of free parameters: of the weights, the K D means, the covariances and the uniform component.

        A uniform component has two, as in mclust: its weight and its volume.
        """
        K, D = self.means.shape
        of_uniform = 0 if self.uniform is None else 2
        return int(of_uniform + self.family.n_parameters_of_mixture(K, D))

    @cached_property
    def offsets(self) -> Floats:
        """Offsets of the log-joint densities, log p_k − ½ log |2π Σ_k|, (K,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.weights) + self.covariances.log_normalisers)

    @cached_property
    def densities(self) -> Densities:
        """The weighted component densities, as the E-step takes them."""
        values = self.covariances
        return Densities(self.means, values.factors, self.offsets, values.frame, self.uniform)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FrozenParameters):
            return NotImplemented
        return (
            np.array_equal(self.weights, other.weights)
            and np.array_equal(self.means, other.means)
            and self.covariances == other.covariances
            and self.feature_names == other.feature_names
            and self.uniform == other.uniform
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.weights.copy(), self.means.copy(), self.covariances, self.feature_names)
        return type(self).of, parts if self.uniform is None else (*parts, self.uniform)
