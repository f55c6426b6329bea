"""Random mixtures, for experiments and tests."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from gaussmix.errors import InputError, InputTypeError
from gaussmix.mixture import Mixture
from gaussmix.validation import LARGEST, as_count, as_generator

__all__ = ["random_mixture"]

RandomState: TypeAlias = int | np.random.Generator | np.random.RandomState | None


def random_mixture(
    n_components: int, n_features: int, spread: float = 10.0, random_state: RandomState = None
) -> Mixture:
    r"""Draw a mixture with full covariances at random.

    .. math::

       \mu_k \sim U[-s, s]^D, \qquad \Sigma_k = A_k^\top A_k,\ (A_k)_{ij} \sim N(0, 1), \qquad
       w_k \propto U[0, 1]

    The numbers are drawn in this order, and in no other: the means (K, D), then the matrices A (K, D, D),
    then the weights (K,). So a seed gives the same mixture in every release.

    Parameters
    ----------
    n_components : int
        K, the number of components, at least 1.
    n_features : int
        D, the number of columns, at least 1.
    spread : float, default=10.0
        Half the side of the cube that the means lie in (s), in the unit of the data; at least 0.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        An int seeds a new generator; a generator is drawn from, and so is changed; a RandomState, or for
        None NumPy's global state, seeds a new generator.

    Returns
    -------
    Mixture
        Of K components in D columns, with full covariances.

    Raises
    ------
    InputError, InputTypeError
        If an argument is of another kind or out of range.

    Examples
    --------
    >>> mixture = random_mixture(n_components=5, n_features=2, random_state=0)
    >>> mixture.means.shape
    (5, 2)
    >>> bool((abs(mixture.means) <= 10).all())
    True
    """
    K, D = as_count(n_components, "n_components"), as_count(n_features, "n_features")
    given: object = spread
    if not isinstance(given, (int, float, np.integer, np.floating)) or isinstance(given, bool):
        raise InputTypeError(f"spread is {spread!r} ({type(spread).__name__}): give a number ≥ 0.")
    if not 0 <= spread <= LARGEST:
        raise InputError(f"spread is {spread}: give a number from 0 to {LARGEST:g}.")
    rng = as_generator(random_state)
    means = rng.uniform(-float(spread), float(spread), size=(K, D))
    A = rng.standard_normal(size=(K, D, D))
    weights = rng.uniform(size=K)
    return Mixture(weights / weights.sum(), means, A.transpose(0, 2, 1) @ A)
