"""Mixtures of fewer components: mergers, pruning and reduction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from .._types import Floats, Ints
from ..covariances import Full, covariances_from
from ..errors import InputError, InputTypeError
from ..validation import as_count
from .merging import grouped, merged
from .packed import PackedGaussians
from .transformations import Transformations

__all__ = ["FewerComponents"]


class FewerComponents(Transformations):
    """Mergers of components, and mixtures of fewer of them."""

    def merge(self, components: Sequence[int] | Ints) -> Self:
        r"""Return the mixture with some components merged into one of the same moments.

        .. math:: p = \sum_i p_i, \quad \mu = \sum_i \tfrac{p_i}{p} \mu_i, \quad
                  \Sigma = \sum_i \tfrac{p_i}{p} \left( \Sigma_i + (\mu_i - \mu)(\mu_i - \mu)^T \right)

        Mean and covariance of the mixture stay the same. The covariances of the result are full.

        Parameters
        ----------
        components : sequence of int
            Numbers of the components to merge; negative ones count from the last.

        Returns
        -------
        Mixture
            The merged component in the place of the first, and the others in their order.

        Raises
        ------
        InputError
            If a number is not that of a component, or twice in the list.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.25, 0.25, 0.5], [[-1.0], [1.0], [9.0]], [1.0, 1.0, 1.0])
        >>> merged = mixture.merge([0, 1])
        >>> merged.means.ravel(), merged.covariances.dense().ravel()
        (array([0., 9.]), array([2., 1.]))
        """
        chosen = self._chosen(components)
        if len(np.unique(chosen)) < len(chosen):
            raise InputError(f"components is {components!r}: name each component once.")
        if self.weights[chosen].sum() == 0:
            raise InputError("the components to merge have no weight: leave them out with prune.")
        labels = np.arange(self.n_components)
        labels[chosen] = chosen.min()
        return self._merged(np.unique(labels, return_inverse=True)[1].ravel())

    def prune(self, min_weight: float = 1e-3) -> Self:
        """Return the mixture without components of small weight; the other weights are scaled to the same sum.

        Parameters
        ----------
        min_weight : float, default=0.001
            The smallest weight to keep.

        Returns
        -------
        Mixture
            The other components, in their order.

        Raises
        ------
        InputError
            If no component would be left, or the weight is not between 0 and 1.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> Mixture([0.6, 0.3999, 0.0001], [[0.0], [5.0], [9.0]], [1.0, 1.0, 1.0]).prune().n_components
        2
        """
        if isinstance(min_weight, bool) or not isinstance(min_weight, (int, float, np.floating)):
            raise InputTypeError(f"min_weight is {min_weight!r}: give a number between 0 and 1.")
        if not 0.0 <= min_weight <= 1.0:
            raise InputError(f"min_weight is {min_weight}: give a number between 0 and 1.")
        kept = np.flatnonzero(self.weights >= max(float(min_weight), np.finfo(np.float64).tiny))
        if not len(kept):
            raise InputError(
                f"all {self.n_components} weights are below {min_weight:g} (the largest is {self.weights.max():g}): "
                "give a smaller min_weight."
            )
        if len(kept) == self.n_components:
            return self.like(self.weights, self.means, self.covariances, self.feature_names, self.uniform)
        weights = self.weights[kept] * (self.weights.sum() / self.weights[kept].sum())
        covariances = self.covariances.take(kept)
        return self.like(weights, self.means[kept], covariances, self.feature_names, self.uniform, kept)

    def reduce(self, n_components: int) -> Self:
        r"""Return a mixture of fewer components near this one, with the same mean and covariance.

        The components form groups, and each group becomes one component with its moments (see :meth:`merge`). Pairs are
        merged in the order of their loss, a bound for the increase of the Kullback-Leibler divergence (Runnalls 2007);
        above 1,024 components only pairs of near means are compared, several at a time. Then each component joins the
        group from which it diverges least, until nothing changes. The sum of these divergences,

        .. math:: \sum_i p_i \, KL(N_i \,\|\, N_{g(i)}) \ge KL(p \,\|\, q),

        is a bound for the divergence from the result q, and no step of the second part increases it.

        Parameters
        ----------
        n_components : int
            Number of components of the result, at most that of the mixture. A uniform component stays as it is.

        Returns
        -------
        Mixture
            Components of full covariances, in descending order of weight.

        Raises
        ------
        InputError
            If the number is not between 1 and K, or covariances are singular.

        Examples
        --------
        >>> from gaussmix import Mixture
        >>> mixture = Mixture([0.3, 0.2, 0.5], [[0.0], [0.5], [9.0]], [1.0, 1.0, 1.0])
        >>> mixture.reduce(2).means.round(2)
        array([[0.2],
               [9. ]])

        References
        ----------
        Runnalls, A. R. (2007). Kullback-Leibler approach to Gaussian mixture reduction. IEEE Trans. Aerosp. Electron.
        Syst. 43, 989-999.

        Goldberger, J. and Roweis, S. (2004). Hierarchical clustering of a mixture model. Advances in Neural Information
        Processing Systems 17, 505-512.
        """
        K = as_count(n_components, "n_components")
        if self.n_components < K:
            raise InputError(
                f"n_components is {K}, and the mixture has {self.n_components}: give at most as many."
            )
        if self.covariances.singular:
            raise InputError("singular covariances have no divergences: give a mixture with regular ones.")
        present = self.prune(0.0)
        if present.n_components > K:
            standard = present._standardised()
            packed = PackedGaussians.of(standard.weights, standard.means, standard.covariances.dense())
            present = present._merged(grouped(packed, K))
        order = np.argsort(-present.weights, kind="stable")
        return present.like(
            present.weights[order],
            present.means[order],
            present.covariances.take(order),
            self.feature_names,
            self.uniform,
            order,
        )

    def _standardised(self) -> Self:
        """Return the Gaussian components in coordinates of mean zero and unit covariance."""
        gaussian = self.take(range(self.n_components))
        # The mean of the class has no uniform component here.
        centre: Floats = gaussian.weights @ gaussian.means
        apart = gaussian.means - centre
        spread = gaussian.covariances.mean(gaussian.weights) + (gaussian.weights[:, None] * apart).T @ apart
        whitening = np.linalg.inv(np.linalg.cholesky(spread))
        standard: Self = whitening @ (gaussian - centre)
        return standard

    def _merged(self, labels: Ints) -> Self:
        """Return the mixture of groups of components."""
        centre = self.weights @ self.means / self.weights.sum()
        packed = PackedGaussians.of(self.weights, self.means - centre, self.covariances.dense())
        groups = merged(packed, labels, int(labels.max()) + 1)
        means: Any = np.ascontiguousarray(groups.means.T) + centre
        covariances = covariances_from(
            groups.dense(), *means.shape, family=Full(), allow_singular=self.covariances.singular
        )
        return self.of(groups.weights, means, covariances, self.feature_names, self.uniform)
