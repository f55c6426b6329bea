"""Mixtures as data frames: one row for each component."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingDependencyError
from ..mixture import Mixture
from ..mixture.of_model import gaussians_of

__all__ = ["component_columns", "to_frame"]

_BACKENDS = ("pandas", "polars", "pyarrow")


def to_frame(model: Any, backend: str = "pandas") -> Any:
    """Return a mixture as a data frame with one row for each component.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture of K components.
    backend : {"pandas", "polars", "pyarrow"}, default="pandas"
        The library of the data frame.

    Returns
    -------
    data frame
        K rows with the columns "component", "weight", "mean NAME" and "variance NAME" of each column, and "covariance
        NAME NAME" of each pair. A uniform component has a row of its own, −1, with the moments of its box.

    Raises
    ------
    InputError
        If the backend is not known, or names of columns make two equal.
    MissingDependencyError
        If the library is not installed.

    Examples
    --------
    >>> from gaussmix import Mixture, exchange
    >>> mixture = Mixture([0.25, 0.75], [[0.0], [2.0]], [1.0, 4.0], feature_names=["x"])
    >>> exchange.to_frame(mixture)
       component  weight  mean x  variance x
    0          0    0.25     0.0         1.0
    1          1    0.75     2.0         4.0
    """
    import narwhals as nw

    mixture = gaussians_of(model, "to_frame")
    if backend not in _BACKENDS:
        raise InputError(f"backend is {backend!r}: give one of {', '.join(map(repr, _BACKENDS))}.")
    data = component_columns(mixture)
    try:
        from_dict: Any = nw.from_dict
        return from_dict(data, backend=backend).to_native()
    except ImportError:
        raise MissingDependencyError(f"backend {backend!r} is not installed: pip install {backend}") from None


def component_columns(mixture: Mixture) -> dict[str, NDArray[Any]]:
    """Return the columns of a table with one row for each component."""
    K, D = mixture.n_components, mixture.n_features
    names = mixture.feature_names or tuple(f"x{d}" for d in range(D))
    number, weights = np.arange(K), mixture.weights
    means, covariances = mixture.means, mixture.covariances.dense()
    if mixture.uniform is not None:
        box = mixture.uniform
        number, weights = np.append(number, -1), np.append(weights, box.weight)
        means = np.concatenate([means, box.centre[None]])
        covariances = np.concatenate([covariances, np.diag((box.upper - box.lower) ** 2 / 12.0)[None]])
    columns: list[tuple[str, NDArray[Any]]] = [("component", number), ("weight", weights)]
    columns += [(f"mean {name}", means[:, d]) for d, name in enumerate(names)]
    columns += [(f"variance {name}", covariances[:, d, d]) for d, name in enumerate(names)]
    columns += [
        (f"covariance {names[i]} {names[j]}", covariances[:, i, j]) for i, j in combinations(range(D), 2)
    ]
    data = {title: np.ascontiguousarray(values) for title, values in columns}
    if len(data) < len(columns):
        titles = [title for title, _ in columns]
        double = next(title for title in titles if titles.count(title) > 1)
        raise InputError(
            f"two columns of the table would be named {double!r}: rename the columns of the mixture with named()."
        )
    return data
