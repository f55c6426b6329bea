"""Components combined into clusters by entropy, from K clusters down to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import xlogy

from .._types import Floats, Ints
from ..errors import InputError
from ..mixture import Mixture
from ..mixture.of_model import mixture_with_rows
from ..validation import as_count, as_noise, as_rows_with_holes, as_weights, check_same_columns
from .elbow import change_points

__all__ = ["Combination", "Merger", "combine"]

_APART = 0.01
"""Clusters of a smaller overlap are apart: the rows determine their labels up to 1 % of the entropy of these."""
_FEW = 1e-3
"""Of a cluster of a smaller share of the rows, perhaps without any, the overlap is little evidence."""


@dataclass(frozen=True)
class Merger:
    """A merger of two clusters.

    Attributes
    ----------
    first, second : tuple of int
        The components of the two clusters.
    n_clusters : int
        The number of clusters afterwards.
    decrease : float
        The decrease of the entropy, in nats of all rows.
    n_rows : float
        Weight of the rows in the new cluster: rows are counted where it is the most probable.
    overlap : float
        The decrease as a share of that for two clusters of the same distribution, 0 to 1. A cluster of fewer than a
        thousandth of the rows counts as one of so many.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(X)
    >>> print(gaussmix.combine(model, X).mergers[0])
    1 with 2
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    n_clusters: int
    decrease: float
    n_rows: float
    overlap: float

    def __str__(self) -> str:
        return f"{_written(self.first)} with {_written(self.second)}"


@dataclass(frozen=True, eq=False, repr=False)
class Combination:
    r"""Clusters of the components of a mixture, for each number of clusters from K to 1.

    .. math:: E_C = -\sum_n w_n \sum_{c=1}^C t_{nc} \log t_{nc}, \qquad t_{nc} = \sum_{k \in c} r_{nk}

    Each step merges the two clusters whose merger lowers the entropy E most. The density stays that of the mixture.

    Attributes
    ----------
    mixture : Mixture
        The mixture of K components.
    component_responsibilities : (n, K) array
        The responsibilities of the components for the rows; of a uniform component in the last of K + 1 columns.
    mergers : tuple of K − 1 Merger
        The steps, in order.
    entropies : (K,) array
        E₁ … E_K: the entropy of 1 … K clusters, in nats of all rows.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(X)
    >>> combined = gaussmix.combine(model, X)
    >>> combined.n_clusters, combined.groups(2)
    (2, ((0,), (1, 2)))
    """

    mixture: Mixture
    component_responsibilities: Floats = field(repr=False)
    mergers: tuple[Merger, ...]
    entropies: Floats

    @cached_property
    def n_clusters(self) -> int:
        """The number of clusters at the elbow of the entropies, by a fit of two lines; K if no two clusters overlap."""
        return self.elbow()

    @property
    def merged_rows(self) -> Floats:
        """The weight of the rows in the clusters of the mergers, cumulated from one cluster on, (K,)."""
        return np.concatenate([[0.0], np.cumsum([merger.n_rows for merger in self.mergers[::-1]])])

    def elbow(self, n_pieces: int = 2, *, normalized: bool = False) -> int:
        """Return the number of clusters at the first change point of a piecewise linear fit to the entropies.

        Parameters
        ----------
        n_pieces : int
            Number of lines, 2 or 3.
        normalized : bool
            Whether the entropies are fitted by :attr:`merged_rows` instead of the number of clusters.

        Returns
        -------
        int
            The number of clusters. It is K where no merger has an overlap of 0.01, and where K is at most ``n_pieces``,
            too few for a change point. Otherwise it is at most K − 1: two lines for K = 3 meet at two clusters.

        Raises
        ------
        InputError
            If ``n_pieces`` is neither 2 nor 3.
        """
        if as_count(n_pieces, "n_pieces") not in (2, 3):
            raise InputError(f"n_pieces is {n_pieces}: give 2 or 3.")
        K = len(self.entropies)
        if n_pieces >= K or all(merger.overlap < _APART for merger in self.mergers):
            return K
        x = self.merged_rows if normalized else np.arange(1.0, K + 1)
        return change_points(x, self.entropies, n_pieces)[0] + 1

    def groups(self, n_clusters: int | None = None) -> tuple[tuple[int, ...], ...]:
        """Return the components of each cluster.

        Parameters
        ----------
        n_clusters : int, optional
            The number of clusters, 1 to K; that of the elbow unless given.

        Returns
        -------
        tuple of tuples of int
            Clusters in the order of their first components.

        Raises
        ------
        InputError
            If there are fewer components.
        """
        K = self.mixture.n_components
        wanted = self.n_clusters if n_clusters is None else as_count(n_clusters, "n_clusters")
        if wanted > K:
            raise InputError(f"n_clusters is {wanted}, and there are {K} components: give 1 to {K}.")
        return _partitions(self.mergers, K)[K - wanted]

    def responsibilities(self, n_clusters: int | None = None) -> Floats:
        """Return the posterior probability of each cluster for the rows of the analysis.

        Parameters
        ----------
        n_clusters : int, optional
            The number of clusters, 1 to K; that of the elbow unless given.

        Returns
        -------
        (n, number of clusters) array
            Probabilities, which sum to one in each row; that of a uniform component in a last column.
        """
        return _summed(self.component_responsibilities, self.groups(n_clusters))

    def labels(self, n_clusters: int | None = None) -> Ints:
        """Return the most probable cluster of each row of the analysis.

        Parameters
        ----------
        n_clusters : int, optional
            The number of clusters, 1 to K; that of the elbow unless given.

        Returns
        -------
        (n,) array of int
            Numbers of clusters, from 0; −1 for the uniform component.
        """
        return _most_probable(self.component_responsibilities, self.groups(n_clusters))

    def predict(self, X: Any, n_clusters: int | None = None) -> Ints:
        """Return the most probable cluster of each row, also of new rows.

        Parameters
        ----------
        X : (n, D) array
            Rows, in the units of the columns. A missing value is NaN.
        n_clusters : int, optional
            The number of clusters, 1 to K; that of the elbow unless given.

        Returns
        -------
        (n,) array of int
            Numbers of clusters, from 0; −1 for the uniform component.
        """
        return _most_probable(self.mixture.responsibilities(X), self.groups(n_clusters))

    def linkage(self) -> Floats:
        """Return the tree of the mergers in the format of ``scipy.cluster.hierarchy``.

        The height of a merger is the decrease of the entropy so far, E_K − E_C.

        Returns
        -------
        (K − 1, 4) array
            The numbers of the two clusters, the height, and the number of components.
        """
        K = self.mixture.n_components
        numbers: dict[tuple[int, ...], int] = {(k,): k for k in range(K)}
        lines = []
        for step, merger in enumerate(self.mergers):
            pair = sorted((numbers[merger.first], numbers[merger.second]))
            whole = _union(merger)
            numbers[whole] = K + step
            lines.append([*pair, self.entropies[-1] - self.entropies[merger.n_clusters - 1], len(whole)])
        return np.array(lines, dtype=np.float64).reshape(-1, 4)

    def __repr__(self) -> str:
        K, C = self.mixture.n_components, self.n_clusters
        named = ", ".join(_written(group) for group in self.groups())
        components, clusters = f"{K} component{'s' * (K > 1)}", f"{C} cluster{'s' * (C > 1)}"
        reason = " at the elbow of the entropy" if C < K else ", none combined"
        return f"<Combination: {components}, {clusters}{reason}: {named}>"


def combine(model: Any, X: Any, *, sample_weight: Any = None, noise: Any = None) -> Combination:
    """Combine the components of a mixture into clusters, by the entropy of their responsibilities.

    A cluster that is not Gaussian has several components. They overlap, and the entropy of the responsibilities is
    large until they are merged. The uniform component of a mixture is never merged.

    Parameters
    ----------
    model : Mixture or fitted estimator
        The mixture of K components; of a :class:`gaussmix.BayesianGaussianMixture`, those with rows (``pruned()``).
    X : (n, D) array
        Rows, in the units of the columns: those of the fit. A missing value is NaN, and integrated out.
    sample_weight : (n,) array, optional
        Weights of the rows.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.

    Returns
    -------
    Combination
        Clusters, labels and entropies for K, …, 1 clusters.

    Raises
    ------
    InputError
        If the rows have another number of columns, or an infinite value.

    References
    ----------
    Baudry, J.-P., Raftery, A. E., Celeux, G., Lo, K. and Gottardo, R. (2010). Combining mixture components for
    clustering. J. Comput. Graph. Stat. 19, 332-353.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> model = gaussmix.GaussianMixture(3, random_state=0).fit(X)
    >>> combined = gaussmix.combine(model, X)
    >>> combined.entropies.round(1)
    array([ 0. ,  0.6, 26.5])
    >>> combined
    <Combination: 3 components, 2 clusters at the elbow of the entropy: 0, 1+2>
    """
    mixture = mixture_with_rows(model, "combine")
    check_same_columns(X, mixture.feature_names)
    rows, _ = as_rows_with_holes(X, n_features=mixture.n_features, one_column=True)
    weights = as_weights(sample_weight, len(rows))
    r = mixture.responsibilities(rows, as_noise(noise, rows))
    w = np.ones(len(rows)) if weights is None else weights
    mergers, entropies = _merged(r, w, mixture.n_components)
    return Combination(mixture, r, mergers, entropies)


def _merged(r: Floats, w: Floats, K: int) -> tuple[tuple[Merger, ...], Floats]:
    """Return the mergers, and the entropies of 1 … K clusters."""
    shares: dict[tuple[int, ...], Floats] = {(k,): r[:, k] for k in range(K)}
    entropy = {group: _entropy(share, w) for group, share in shares.items()}
    decreases: dict[tuple[tuple[int, ...], tuple[int, ...]], float] = {}
    mergers: list[Merger] = []
    while len(shares) > 1:
        for a, b in combinations(sorted(shares), 2):
            if (a, b) not in decreases:
                decrease = entropy[a] + entropy[b] - _entropy(shares[a] + shares[b], w)
                decreases[a, b] = max(decrease, 0.0)
        first, second = max(decreases, key=decreases.__getitem__)
        decrease = decreases[first, second]
        sizes = np.maximum([w @ shares[first], w @ shares[second]], _FEW * w.sum())
        whole = tuple(sorted((*first, *second)))
        shares[whole] = shares.pop(first) + shares.pop(second)
        entropy[whole] = _entropy(shares[whole], w)
        decreases = {pair: value for pair, value in decreases.items() if shares.keys() >= set(pair)}
        columns = np.stack([*(shares[group] for group in sorted(shares)), *r.T[K:]], axis=1)
        won = columns.argmax(axis=1) == sorted(shares).index(whole)
        overlap = _overlap(decrease, sizes)
        mergers.append(Merger(first, second, len(shares), decrease, float(w[won].sum()), overlap))
    # A uniform component takes no part, but has its entropy.
    least = sum(entropy[group] for group in shares) + _entropy(r[:, K], w) if r.shape[1] > K else 0.0
    return tuple(mergers), least + np.cumsum([0.0, *(merger.decrease for merger in mergers[::-1])])


def _overlap(decrease: float, sizes: Floats) -> float:
    """Return the decrease by a merger as a share of that for two clusters of the same distribution."""
    whole = sizes.sum()
    return min(decrease / _entropy(sizes / whole, np.full(2, whole)), 1.0)


def _entropy(share: Floats, w: Floats) -> float:
    # A share may exceed one by a rounding, which has no entropy.
    return float(-(w @ xlogy(share, np.minimum(share, 1.0))))


def _partitions(mergers: Sequence[Merger], K: int) -> list[tuple[tuple[int, ...], ...]]:
    """Return the clusters after 0, 1, … mergers."""
    groups: set[tuple[int, ...]] = {(k,) for k in range(K)}
    found = [tuple(sorted(groups))]
    for merger in mergers:
        groups = (groups - {merger.first, merger.second}) | {_union(merger)}
        found.append(tuple(sorted(groups)))
    return found


def _union(merger: Merger) -> tuple[int, ...]:
    return tuple(sorted((*merger.first, *merger.second)))


def _summed(r: Floats, groups: Sequence[tuple[int, ...]]) -> Floats:
    """Return the sums of responsibilities over groups, and the column of a uniform component unchanged."""
    K = sum(map(len, groups))
    return np.column_stack([*(r[:, list(group)].sum(axis=1) for group in groups), r[:, K:]])


def _most_probable(r: Floats, groups: Sequence[tuple[int, ...]]) -> Ints:
    labels = _summed(r, groups).argmax(axis=1)
    return np.where(labels == len(groups), -1, labels)


def _written(group: Sequence[int]) -> str:
    return "+".join(map(str, group))
