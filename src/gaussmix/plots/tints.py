"""The colours of rows: by responsibilities, by component, by labels, or one for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats, Ints, Rows
from gaussmix.plots.inputs import UNKNOWN, as_labels
from gaussmix.plots.style import Style

__all__ = ["TINTS", "Tint", "by_responsibilities", "plain", "tint_of"]


@dataclass(frozen=True, eq=False)
class Tint:
    """The colours of rows.

    Parameters
    ----------
    colours : callable
        From the style of the axes to colours (K, 3).
    shares : callable
        From a slice of rows to their shares (m, K) of the colours.
    classes : array or None
        Names of the colours, for a legend.
    positions : (n,) array or None
        The colour of each row, if it has only one.
    noise, holed : (n,) or (1,) array of bool
        Which rows are noise, and which have a missing value.
    """

    colours: Callable[[Style], Floats]
    shares: Callable[[slice], Floats]
    classes: np.ndarray[Any, Any] | None = None
    positions: Ints | None = None
    noise: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, dtype=bool))
    holed: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(1, dtype=bool))


def tint_of(
    mixture: Any,
    rows: Rows,
    tint: Callable[[Any, Rows, Floats | None], Tint],
    labels: Any = None,
    errors: Floats | None = None,
    classes: Any = None,
) -> Tint:
    """Return the colours of rows: by their labels if there are labels, plain without a mixture.

    Parameters
    ----------
    classes : (C,) array, optional
        All labels that have a colour; by default those of the rows.
    """
    if labels is not None:
        classes, positions = as_labels(labels, len(rows), classes=classes)
        noise = np.array(
            [name == UNKNOWN if isinstance(name, str) else name == -1 for name in classes.tolist()]
        )
        own_colours = _one_each(positions, len(classes), classes)
        if not noise.any():
            return own_colours

        def colours(style: Style) -> Floats:
            own = np.tile(style.line, (len(classes), 1))
            own[~noise] = style.components(int((~noise).sum()))
            return own

        return replace(own_colours, colours=colours, noise=noise[positions])
    return _by_nothing(mixture, rows) if mixture is None else tint(mixture, rows, errors)


def by_responsibilities(mixture: Any, rows: Rows, errors: Floats | None = None) -> Tint:
    """Return colours mixed in the proportions of the responsibilities."""
    noise = np.zeros(1, dtype=bool) if mixture.uniform is None else mixture.predict(rows, errors) < 0

    def shares(part: slice) -> Floats:
        return np.asarray(mixture.responsibilities(rows[part], None if errors is None else errors[part]))

    return Tint(_of_mixture(mixture), shares, noise=noise)


def _by_component(mixture: Any, rows: Rows, errors: Floats | None = None) -> Tint:
    positions = mixture.predict(rows, errors)
    # The uniform component has the last of K + 1 colours, which −1 picks.
    tint = _one_each(positions, mixture.n_components + (mixture.uniform is not None))
    return replace(tint, colours=_of_mixture(mixture), noise=positions < 0)


def _by_nothing(mixture: Any, rows: Rows, errors: Floats | None = None) -> Tint:
    return plain(rows)


def plain(rows: Rows, strength: float = 0.7) -> Tint:
    """Return the colour of rows of unknown component: the colour of text, faded."""
    return Tint(lambda style: style.faded(strength)[None], lambda part: np.ones((len(rows[part]), 1)))


def _of_mixture(mixture: Any) -> Callable[[Style], Floats]:
    """Return the colours of components, and a grey for a uniform one."""
    if mixture.uniform is None:
        return _components(mixture.n_components)
    return lambda style: np.vstack([style.components(mixture.n_components), style.line])


def _components(count: int) -> Callable[[Style], Floats]:
    return lambda style: style.components(count)


def _one_each(positions: Any, count: int, classes: Any = None) -> Tint:
    identity = np.eye(count)
    return Tint(_components(count), lambda part: identity[positions[part]], classes, positions)


TINTS = {"responsibilities": by_responsibilities, "component": _by_component, "nothing": _by_nothing}
