"""Results as tables of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import MissingDependencyError
from ..mixture import Mixture

if TYPE_CHECKING:
    from .resampled import ParameterArrays

__all__ = ["frame_of", "parameter_table"]


def frame_of(columns: Mapping[str, Any]) -> Any:
    """Return a frame of pandas, or raise MissingDependencyError."""
    try:
        import pandas as pd
    except ImportError:
        raise MissingDependencyError('a table needs pandas: pip install "gaussmix[data]"') from None
    return pd.DataFrame(dict(columns))


def parameter_table(mixture: Mixture, parts: Mapping[str, ParameterArrays]) -> Any:
    """Return numbers about the parameters of a mixture, a line for each parameter.

    Parameters
    ----------
    parts : mapping of str to ParameterArrays
        The columns of numbers.
    """
    lines = list(_lines(mixture))
    named = {
        "parameter": [name for name, *_ in lines],
        "component": [str(component) for _, component, *_ in lines],
        "column": [column for _, _, column, *_ in lines],
    }
    numbers = {
        title: [float(np.asarray(getattr(part, place))[index]) for *_, place, index in lines]
        for title, part in parts.items()
    }
    return frame_of({**named, **numbers})


def _lines(mixture: Mixture) -> Iterator[tuple[str, Any, str, str, tuple[int, ...]]]:
    """Yield name, component, columns, attribute and index of each parameter."""
    K, D = mixture.n_components, mixture.n_features
    columns = mixture.feature_names or tuple(f"column {d}" for d in range(D))
    for k in range(K):
        yield "weight", k, "", "weights", (k,)
    if mixture.uniform is not None:
        yield "weight", "noise", "", "uniform_weight", ()
    for k in range(K):
        for d in range(D):
            yield "mean", k, columns[d], "means", (k, d)
    yield from _covariance_lines(mixture, columns)


def _covariance_lines(
    mixture: Mixture, columns: tuple[str, ...]
) -> Iterator[tuple[str, Any, str, str, tuple[int, ...]]]:
    """Yield the entries of the covariances in the shape of their family, each pair of columns once."""
    # Which axes are components and columns is seen from the shape for other numbers of them.
    shape = mixture.family.shape(7, 11)
    of_components, of_columns = "k" in _axes(shape), _axes(shape).count("d")
    for index in np.ndindex(mixture.covariances.natural.shape):
        component = index[0] if of_components else "all"
        pair = index[len(index) - of_columns :]
        if len(pair) == 2 and pair[0] > pair[1]:
            continue
        name = "covariance" if len(set(pair)) == 2 else "variance"
        yield (
            name,
            component,
            ", ".join(columns[d] for d in dict.fromkeys(pair)) or "all",
            "covariances",
            index,
        )


def _axes(shape: tuple[int, ...]) -> str:
    return "".join({7: "k", 11: "d"}.get(length, "?") for length in shape)
