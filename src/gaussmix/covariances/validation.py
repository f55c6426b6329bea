"""Covariances from a user: checks, and the family of an array by its shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import Floats
from ..errors import InputError
from ..validation import LARGEST, LARGEST_VARIANCE, finite_array, is_within
from .covariances import Covariances
from .diagonal import Diagonal
from .family import Family
from .full import Full
from .singular import SingularCovariances
from .spherical import Spherical
from .tied import Tied

__all__ = ["check_range", "check_range_of_covariances", "covariances_from"]


def covariances_from(
    value: Any,
    n_components: int,
    n_features: int,
    *,
    family: Family | None = None,
    allow_singular: bool = False,
) -> Covariances:
    """Return the covariances given by an array or by another mixture's ``covariances``.

    Raises
    ------
    InputError
        If the shape fits no family, or two of them.

    Examples
    --------
    >>> covariances_from([1.0, 2.0], n_components=2, n_features=3)
    <Spherical(): 2 components, 3 features>
    """
    K, D = n_components, n_features
    if isinstance(value, Covariances):
        if (value.n_components, value.n_features) != (K, D):
            raise InputError(
                f"covariances are of {value.n_components} components and {value.n_features} features, "
                f"but the means are of {K} and {D}."
            )
        return value
    array = finite_array(value, "covariances")
    chosen = family or _family_of(array, K, D)
    result = chosen.covariances(array, K, D)
    if allow_singular and np.linalg.matrix_rank(result.dense(), hermitian=True).min() < D:
        return SingularCovariances(result.dense())
    return result


def _family_of(array: Floats, K: int, D: int) -> Family:
    by_shape: tuple[Family, ...] = (Full(), Diagonal(), Spherical(), Tied(Full()))
    fitting = [family for family in by_shape if family.shape(K, D) == array.shape]
    if not fitting:
        raise InputError(
            f"covariances has shape {array.shape}: for K = {K} components and D = {D} features give "
            f"({K}, {D}, {D}) full, ({K}, {D}) diagonal, ({K},) spherical or ({D}, {D}) tied."
        )
    if len(fitting) == 1 or D == 1:
        return fitting[0]
    return _diagonal_or_tied(array)


def _diagonal_or_tied(array: Floats) -> Family:
    """Decide for K = D, where (K, D) variances and one (D, D) matrix look alike, or ask."""
    could_be_variances = bool((array > 0).all())
    symmetric = np.allclose(array, array.T, rtol=1e-6, atol=0.0)
    could_be_matrix = symmetric and bool(np.linalg.eigvalsh(array)[0] > 0)
    if could_be_variances and could_be_matrix:
        raise InputError(
            f"covariances of shape {array.shape} could be diagonal (K, D) or tied (D, D), as K = D = {len(array)}: "
            "say which with family=gaussmix.Diagonal() or family=gaussmix.Tied(gaussmix.Full())."
        )
    return Diagonal() if could_be_variances else Tied(Full())


def check_range(means: Floats, covariances: Covariances) -> None:
    """Raise InputError unless squares of means, and covariances and their inverses, are numbers of float64.

    Parameters
    ----------
    means : (K, D) array

    Raises
    ------
    InputError
        If a mean is beyond ±1e153, a variance beyond 1e307 or a standard deviation below 1e-153.
    """
    finite_array(means, "means", largest=LARGEST)
    check_range_of_covariances(covariances)


def check_range_of_covariances(covariances: Covariances) -> None:
    """Raise InputError unless covariances and their inverses are numbers of float64, as :func:`check_range`."""
    variances = covariances.variances()
    if not is_within(variances, LARGEST_VARIANCE):
        k, d = (int(i) for i in np.argwhere(~(variances <= LARGEST_VARIANCE))[0])
        raise InputError(
            f"the variance of component {k} in column {d} is {variances[k, d]:g}, beyond {LARGEST_VARIANCE:g}: "
            f"divide column {d} by a power of ten."
        )
    inverses = covariances.factors
    if not is_within(inverses, LARGEST):
        place = np.argwhere(~(np.abs(inverses) <= LARGEST))[0]
        raise InputError(
            f"the standard deviation of component {place[0]} along column {place[-1]} is below {1 / LARGEST:g}, where "
            f"the inverse of its square overflows: multiply column {place[-1]} by a power of ten."
        )
