"""Stability over runs: the agreement of partitions into K components with those into one more or fewer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .._types import Floats, Ints
from ..covariances import Family
from .fitted import FittedModel

__all__ = ["Stability", "agreements_of", "fowlkes_mallows"]


def fowlkes_mallows(first: Ints, second: Ints, weights: Floats | None = None) -> float:
    r"""Return the Fowlkes-Mallows index of two partitions of the same rows, from 0 to 1.

    .. math:: \frac{T}{\sqrt{P Q}}

    with T pairs of rows together in both partitions, P in the first and Q in the second.

    Parameters
    ----------
    first, second : (n,) array of int
        Labels.
    weights : (n,) array, optional
        Numbers of copies of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> fowlkes_mallows(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0

    References
    ----------
    Fowlkes, E. B. and Mallows, C. L. (1983). A method for comparing two hierarchical clusterings. J. Am. Stat. Assoc.
    78, 553-569.
    """
    first, second = first - first.min(), second - second.min()
    width = int(second.max()) + 1
    counts = np.bincount(first * width + second, weights, minlength=(int(first.max()) + 1) * width)
    table = counts.reshape(-1, width).astype(np.float64)
    n = table.sum()
    together = max(float((table**2).sum() - n), 0.0)
    own = [max(float((table.sum(axis=axis) ** 2).sum() - n), 0.0) for axis in (1, 0)]
    return together / float(np.sqrt(own[0] * own[1])) if together > 0.0 else 0.0


def agreements_of(models: Iterable[FittedModel], weights: Floats | None) -> dict[tuple[int, Family], Floats]:
    """Return the Fowlkes-Mallows indices of the runs of each model with those of one component more and one fewer.

    Parameters
    ----------
    models : iterable of FittedModel
        With partitions of the same rows.
    weights : array, optional
        Of these rows.

    Returns
    -------
    dict
        For K and the family, all pairs of runs of K and K − 1, and of K and K + 1. Models without both neighbours are
        left out.
    """
    held = {(m.n_components, m.family): m.partitions for m in models if m.sound and m.partitions is not None}
    upward: dict[tuple[int, Family], Floats] = {}
    for (K, family), own in held.items():
        more = held.get((K + 1, family))
        if more is not None:
            values = [fowlkes_mallows(one, other, weights) for one in own for other in more]
            upward[K, family] = np.array(values)
    return {
        (K, family): np.concatenate([upward[K - 1, family], upward[K, family]])
        for K, family in upward
        if (K - 1, family) in upward
    }


@dataclass(frozen=True, eq=False, repr=False)
class Stability:
    """The agreement of partitions with those of one component more or fewer, over several runs of a family.

    Attributes
    ----------
    n_components : tuple of int
        The numbers of components K with both neighbours.
    indices : tuple of arrays
        For each K, the Fowlkes-Mallows indices of all pairs of runs of K and K − 1, and of K and K + 1.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), "EEE", "instability", random_state=0, n_runs=3)
    >>> chosen.stability().best
    3

    References
    ----------
    Varrone, M., Tavernari, D., Santamaria-Martínez, A., Walsh, L. A. and Ciriello, G. (2024). CellCharter reveals
    spatial cell niches associated with tissue remodeling and cell plasticity. Nature Genetics 56, 74-84.
    """

    n_components: tuple[int, ...]
    indices: tuple[Floats, ...]

    @classmethod
    def of(cls, models: Iterable[FittedModel]) -> Stability:
        """Return the stability of the models of one family.

        Returns
        -------
        Stability
            Of the models with indices.
        """
        held = sorted(
            ((m.n_components, m.agreements) for m in models if m.agreements is not None), key=lambda m: m[0]
        )
        return cls(tuple(K for K, _ in held), tuple(indices for _, indices in held))

    @property
    def mean(self) -> Floats:
        """The mean index of each K."""
        return np.array([indices.mean() for indices in self.indices])

    @property
    def spread(self) -> Floats:
        """The standard deviation of the indices of each K."""
        return np.array([indices.std() for indices in self.indices])

    @property
    def best(self) -> int:
        """The number of components of the largest mean index; the smallest of equal ones."""
        return self.n_components[int(np.argmax(self.mean))]

    @property
    def peaks(self) -> tuple[int, ...]:
        """Peaks: numbers of components with a larger mean index than both neighbours."""
        mean = dict(zip(self.n_components, self.mean, strict=True))
        return tuple(K for K in mean if mean[K] > max(mean.get(K - 1, np.inf), mean.get(K + 1, np.inf)))

    def __repr__(self) -> str:
        peaks = ", ".join(map(str, self.peaks)) or "none"
        runs = f"K = {self.n_components[0]} to {self.n_components[-1]}, largest at {self.best}"
        return f"<Stability for {runs}; peaks: {peaks}>"
