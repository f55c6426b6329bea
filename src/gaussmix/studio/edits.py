"""Edits of a mixture: a mean moved, a component added or removed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._types import Floats
from ..covariances import Family
from ..errors import InputError
from ..mixture import Mixture

__all__ = ["with_component", "with_mean", "without_component"]


def with_mean(mixture: Mixture, component: int, places: Sequence[int], mean: Sequence[float]) -> Mixture:
    """Return a mixture with another mean of a component in some columns.

    Parameters
    ----------
    mixture : Mixture
        K components in D columns.
    component : int
        The component.
    places : sequence of int
        The columns.
    mean : sequence of float
        The mean in these columns.

    Raises
    ------
    InputError
        If there is no such component, or the numbers do not fit the columns.

    Examples
    --------
    >>> with_mean(Mixture([1.0], [[0.0, 1.0]], [1.0]), 0, [1], [5.0]).means
    array([[0., 5.]])
    """
    means = mixture.means.copy()
    means[_checked(mixture, component), list(places)] = _point(places, mean)
    return Mixture.of(mixture.weights, means, mixture.covariances, mixture.feature_names, mixture.uniform)


def without_component(mixture: Mixture, component: int, family: Family) -> Mixture:
    """Return a mixture without a component; the weights of the others grow in proportion.

    Raises
    ------
    InputError
        If there is no such component, or it is the only one.

    Examples
    --------
    >>> from gaussmix import Spherical
    >>> three = Mixture([0.5, 0.25, 0.25], [[0.0], [5.0], [9.0]], [1.0, 1.0, 1.0])
    >>> without_component(three, 0, Spherical()).weights
    array([0.5, 0.5])
    """
    if mixture.n_components == 1:
        raise InputError("The mixture has one component only: it cannot be removed.")
    kept = np.delete(np.arange(mixture.n_components), _checked(mixture, component))
    weights = mixture.weights[kept]
    if not weights.sum() > 0:
        raise InputError("The other components have no weight: remove another one.")
    weights = weights * (mixture.weights.sum() / weights.sum())
    return _of(mixture, weights, mixture.means[kept], mixture.covariances.dense()[kept], family)


def with_component(
    mixture: Mixture, places: Sequence[int], point: Sequence[float], family: Family
) -> Mixture:
    """Return a mixture with one more component, at a point in some columns.

    Its weight is 1 / (K + 1), and its covariance the mean of the others'. In the other columns its mean is the expected
    value given the point.

    Raises
    ------
    InputError
        If the numbers do not fit the columns.

    Examples
    --------
    >>> from gaussmix import Spherical
    >>> with_component(Mixture([1.0], [[0.0]], [4.0]), [0], [9.0], Spherical()).means.ravel()
    array([0., 9.])
    """
    row = np.full((1, mixture.n_features), np.nan)
    row[0, list(places)] = _point(places, point)
    mean = mixture.impute(row)
    K, dense = mixture.n_components, mixture.covariances.dense()
    weights = np.append(mixture.weights * K, mixture.weights.sum()) / (K + 1)
    average = np.einsum("k,kde->de", mixture.weights / mixture.weights.sum(), dense)
    return _of(mixture, weights, np.vstack([mixture.means, mean]), np.vstack([dense, average[None]]), family)


def _of(mixture: Mixture, weights: Floats, means: Floats, dense: Floats, family: Family) -> Mixture:
    covariances = family.from_dense(dense, weights)
    return Mixture.of(weights, means, covariances, mixture.feature_names, mixture.uniform)


def _checked(mixture: Mixture, component: int) -> int:
    if not 0 <= component < mixture.n_components:
        raise InputError(f"There is no component {component}: the last one is {mixture.n_components - 1}.")
    return component


def _point(places: Sequence[int], values: Sequence[float]) -> Floats:
    point = np.asarray(values, dtype=np.float64)
    if point.shape != (len(places),) or not np.isfinite(point).all():
        raise InputError(f"{len(values)} numbers do not fit {len(places)} columns: give one for each.")
    return point
