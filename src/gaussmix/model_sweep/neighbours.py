"""Common starts of neighbouring models: partitions for all families, and mixtures of one component more or fewer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .. import kernels
from .._types import Floats, Ints
from ..covariances import Diagonal, Family, Full
from ..errors import SingularCovarianceError
from ..frames import Frame
from ..mixture import Mixture
from ..model import Model
from ..search.merge_losses import pair_losses
from ..starts import StartRows, mixture_of_responsibilities
from ..starts.hierarchical import hierarchy
from ..starts.methods import one_hot
from ..starts.partitions import Coordinates, partitions

__all__ = ["SharedPartitions", "from_fewer", "from_more", "likeliest"]

_KINDS = range(12)
"""Numbers of the kinds of starting partitions."""
_TREE_ROWS = 400
"""Rows of the tree of a hierarchical clustering; the others go to the nearest centroid."""
_PAIRS, _AXIS, _CORE, _HALO = 3, 0.64, 0.3, 1.7
"""Pairs that are merged; share of the variance between the halves of a component; scales of its core and its halo."""


def outer(frame: Frame) -> Family:
    """Return the family of free covariances in a frame."""
    return Full() if frame.full else Diagonal()


class SharedPartitions:
    """Starting partitions of the rows, as mixtures of free covariances, for all families and numbers of components.

    Parameters
    ----------
    model : Model
        Of free covariances.
    """

    def __init__(self, rows: StartRows, model: Model, seed: int) -> None:
        self._rows, self._model, self._seed = rows, model, seed
        self._coordinates = Coordinates(rows)
        few = rows.part(_TREE_ROWS, np.random.default_rng([seed, 0]))
        self._few = Coordinates(few)
        self._tree = hierarchy(self._few.sphered, few.weights)

    def mixtures(self, n_components: int) -> list[Mixture]:
        """Return the mixtures of partitions into K parts, that of the hierarchical clustering first."""
        rng = np.random.default_rng([self._seed, n_components])
        labels = [self._of_tree(n_components), *partitions(self._coordinates, n_components, _KINDS, rng)]
        found = []
        for parts in labels:
            if len(np.unique(parts)) < n_components:
                continue
            try:
                shares = one_hot(parts, n_components)
                mixture = mixture_of_responsibilities(self._rows, shares, self._model)
                _ = mixture.covariances.factors
            except SingularCovarianceError:
                continue
            found.append(mixture)
        return found

    def _of_tree(self, n_components: int) -> Ints:
        parts, Z = self._tree.labels(n_components), self._few.sphered
        if len(Z) == len(self._rows.X):
            return parts
        centres = np.stack([Z[parts == k].mean(axis=0) for k in range(parts.max() + 1)])
        gaps = ((self._coordinates.sphered[:, None, :] - centres) ** 2).sum(axis=2)
        return np.asarray(gaps.argmin(axis=1), dtype=np.intp)


def _freed(mixture: Mixture) -> Mixture:
    """Return a mixture with unconstrained covariances."""
    framed = mixture.covariances.in_frame()
    covariances = outer(mixture.family.frame).nearest(framed, np.ones(len(framed)))
    return Mixture.of(mixture.weights / mixture.weights.sum(), mixture.means, covariances)


def from_more(mixture: Mixture) -> list[Mixture]:
    """Return mixtures of one component fewer, by mergers of the pairs of smallest loss.

    Parameters
    ----------
    mixture : Mixture
        Of K + 1 components.
    """
    free = _freed(mixture)
    i, k, losses = pair_losses(free, 1.0)
    return [_merged(free, int(i[p]), int(k[p])) for p in np.argsort(losses, kind="stable")[:_PAIRS]]


def _merged(mixture: Mixture, i: int, k: int) -> Mixture:
    weights, means, framed = mixture.weights, mixture.means, mixture.covariances.in_frame()
    both = weights[i] + weights[k]
    share = weights[i] / both
    shift = means[i] - means[k]
    between = share * (1.0 - share) * mixture.family.frame.outer(shift[None], shift[None])[0]
    kept = [c for c in range(mixture.n_components) if c not in (i, k)]
    return _of_parts(
        mixture.family,
        [*weights[kept], both],
        [*means[kept], share * means[i] + (1.0 - share) * means[k]],
        [*framed[kept], share * framed[i] + (1.0 - share) * framed[k] + between],
    )


def from_fewer(mixture: Mixture) -> list[Mixture]:
    """Return mixtures with a component split in two: across its longest axis, and into core and shell.

    Parameters
    ----------
    mixture : Mixture
        Of K - 1 components.
    """
    free = _freed(mixture)
    weights, means, framed = free.weights, free.means, free.covariances.in_frame()
    family, found = free.family, []
    for c in range(free.n_components):
        kept = [k for k in range(free.n_components) if k != c]
        step, within = _halved(framed[c])
        half = [0.5 * weights[c]] * 2
        for shift, inside in ((step, (within, within)), (0.0 * step, (_CORE * framed[c], _HALO * framed[c]))):
            parts = [*means[kept], means[c] + shift, means[c] - shift]
            found.append(_of_parts(family, [*weights[kept], *half], parts, [*framed[kept], *inside]))
    return found


def _halved(covariance: Floats) -> tuple[Floats, Floats]:
    """Return how far the halves of a component lie from its mean, and the covariance of each."""
    if covariance.ndim == 1:
        d = int(covariance.argmax())
        step = np.zeros(len(covariance))
        step[d] = np.sqrt(_AXIS * covariance[d])
        within = covariance.copy()
        within[d] *= 1.0 - _AXIS
        return step, within
    values, vectors = np.linalg.eigh(covariance)
    step = np.sqrt(_AXIS * values[-1]) * vectors[:, -1]
    return step, covariance - np.outer(step, step)


def _of_parts(
    family: Family, weights: Sequence[float], means: Sequence[Floats], framed: Sequence[Floats]
) -> Mixture:
    shares = np.array(weights)
    return Mixture.of(
        shares / shares.sum(), np.array(means), family.nearest(np.array(framed), np.ones(len(shares)))
    )


def likeliest(mixtures: Iterable[Mixture], rows: StartRows, most: int) -> list[Mixture]:
    """Return the mixtures of highest likelihood on some rows, at most a given number."""
    scored = []
    for number, mixture in enumerate(mixtures):
        try:
            value = float(rows.weights @ kernels.active.log_prob(rows.X, *mixture.densities.arrays))
        except SingularCovarianceError:
            continue
        scored.append((-value, number, mixture))
    return [mixture for _, _, mixture in sorted(scored)[:most]]
