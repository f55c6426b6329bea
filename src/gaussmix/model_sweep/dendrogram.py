"""The dendrogram of a mixing measure: the closest components of a mixture are merged, down to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .._types import Floats
from ..covariances import Full
from ..mixture import Mixture
from .fitted import FittedModel

__all__ = ["MixingDendrogram", "dendrogram_of", "largest_sound"]


@dataclass(frozen=True, eq=False, repr=False)
class MixingDendrogram:
    r"""The tree of the mergers of the components of a mixture, by the closest pair.

    .. math:: d_{ij} = \frac{\lVert \mu_i - \mu_j \rVert^2 + \lVert \Sigma_i - \Sigma_j \rVert}{1 / p_i + 1 / p_j}

    in units in which the covariance of the mixture is the identity. A merged component has the weight, the mean and the
    covariance of both together. More components than the rows have groups leave small heights d.

    Attributes
    ----------
    mixture : Mixture
        The mixture of K components.
    merged : tuple of K Mixture
        The mixtures of 1 … K components, with free covariances.
    heights : (K,) array
        The distance d of the closest pair of 1 … K components; NaN for one.
    tree : (K − 1, 4) array
        The mergers as ``scipy.cluster.hierarchy`` has them: the numbers of both, the height, the number of components.
    n_components : int, optional
        The number of components that is chosen.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> chosen = gaussmix.select(X, range(1, 6), "VVV", "dendrogram", random_state=0)
    >>> chosen.dendrogram()
    <MixingDendrogram of 5 components: ... chosen>

    References
    ----------
    Do, D., Do, L., McKinley, S. A., Terhorst, J. and Nguyen, X. (2024). Dendrogram of mixing measures: hierarchical
    clustering and model selection for finite mixture models. arXiv:2403.01684.
    """

    mixture: Mixture
    merged: tuple[Mixture, ...] = field(repr=False)
    heights: Floats
    tree: Floats
    n_components: int | None = None

    def criterion(self, n_components: int, log_likelihood: float, total_weight: float) -> float:
        r"""Return the criterion :math:`-(d + \log n \cdot \log L / n)`; lower is better.

        Parameters
        ----------
        n_components : int
            Of a merged mixture, with the height d of the closest pair.
        log_likelihood : float
            log L of all rows under this mixture, nats.
        total_weight : float
            n, the sum of the rows' weights.

        Returns
        -------
        float
            The criterion; NaN for one component, which has no pair.
        """
        height = float(self.heights[n_components - 1])
        return -(height + float(np.log(total_weight)) * log_likelihood / total_weight)

    def __repr__(self) -> str:
        chosen = "" if self.n_components is None else f": {self.n_components} chosen"
        return f"<MixingDendrogram of {self.mixture.n_components} components{chosen}>"


def dendrogram_of(mixture: Mixture, n_components: int | None = None) -> MixingDendrogram:
    """Return the dendrogram of a mixture.

    Parameters
    ----------
    mixture : Mixture
        K components.
    n_components : int, optional
        The number of components that is chosen.
    """
    K = mixture.n_components
    weights, means, matrices = mixture.weights, mixture.means, mixture.covariances.dense()
    names, sizes = list(range(K)), [1] * K
    white = np.linalg.inv(np.linalg.cholesky(_covariance(weights, means, matrices)))
    merged, heights, tree = [_mixture(weights, means, matrices, mixture)], [], []
    while len(weights) > 1:
        i, j, height = _closest(weights, means @ white.T, white @ matrices @ white.T)
        heights.append(height)
        tree.append([*sorted((names[i], names[j])), height, sizes[i] + sizes[j]])
        pair, rest = [i, j], [k for k in range(len(weights)) if k not in (i, j)]
        share = weights[pair] / weights[pair].sum()
        covariance = _covariance(share, means[pair], matrices[pair])
        matrices = np.concatenate([matrices[rest], covariance[None]])
        means = np.concatenate([means[rest], (share @ means[pair])[None]])
        weights = np.append(weights[rest], weights[pair].sum())
        names = [*(names[k] for k in rest), K + len(tree) - 1]
        sizes = [*(sizes[k] for k in rest), int(tree[-1][3])]
        merged.append(_mixture(weights, means, matrices, mixture))
    return MixingDendrogram(
        mixture,
        tuple(merged[::-1]),
        np.array([np.nan, *heights[::-1]]),
        np.array(tree, dtype=np.float64).reshape(-1, 4),
        n_components,
    )


def _mixture(weights: Floats, means: Floats, matrices: Floats, whole: Mixture) -> Mixture:
    covariances = Full().nearest(matrices.copy(), np.ones(len(weights)))
    return Mixture.of(weights.copy(), means.copy(), covariances, uniform=whole.uniform)


def _covariance(weights: Floats, means: Floats, matrices: Floats) -> Floats:
    """Return the covariance of some components together."""
    shares = weights / weights.sum()
    deviation = means - shares @ means
    within = np.tensordot(shares, matrices, axes=1)
    return np.asarray(within + (shares[:, None] * deviation).T @ deviation)


def _closest(weights: Floats, means: Floats, matrices: Floats) -> tuple[int, int, float]:
    """Return the closest pair of components, and its distance."""
    i, j = np.triu_indices(len(weights), 1)
    apart = ((means[i] - means[j]) ** 2).sum(axis=1)
    for number, (a, b) in enumerate(zip(i, j, strict=True)):
        apart[number] += np.linalg.norm(matrices[a] - matrices[b])
    tiny = np.finfo(np.float64).tiny
    distance = apart / (1.0 / np.maximum(weights[i], tiny) + 1.0 / np.maximum(weights[j], tiny))
    best = int(distance.argmin())
    return int(i[best]), int(j[best]), float(distance[best])


def largest_sound(models: Iterable[FittedModel]) -> FittedModel | None:
    """Return the sound model of most components; None without one.

    Parameters
    ----------
    models : iterable of FittedModel
        Of one family.
    """
    held = [model for model in models if model.sound and model.mixture is not None]
    return max(held, key=lambda model: model.n_components, default=None)
