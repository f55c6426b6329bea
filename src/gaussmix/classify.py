"""Classification by Bayes' rule with a mixture for each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import Floats, Ints, Rows
from .kernels import distant
from .log_space import log_sum_exp
from .mixture import Mixture
from .validation import as_rows_with_holes

__all__ = ["ClassMixtures"]


@dataclass(frozen=True, eq=False)
class ClassMixtures:
    r"""A mixture and a prior probability for each of C classes.

    .. math:: P(c \mid x) = \frac{\pi_c \, p(x \mid c)}{\sum_b \pi_b \, p(x \mid b)}

    Parameters
    ----------
    priors : (C,) array
        π_c ≥ 0, summing to one.
    mixtures : sequence of C mixtures
        p(x | c), all of the same D features.

    Examples
    --------
    >>> from gaussmix import Mixture
    >>> classes = ClassMixtures(np.array([0.5, 0.5]), [Mixture([1.0], [[m]], [1.0]) for m in (-1.0, 1.0)])
    >>> np.exp(classes.log_posterior([[0.0]]))
    array([[0.5, 0.5]])

    References
    ----------
    Hastie, T. and Tibshirani, R. (1996). Discriminant analysis by Gaussian mixtures. J. R. Statist. Soc. B 58,
    155-176.
    """

    priors: Floats
    mixtures: Sequence[Mixture]

    def marginal(self) -> tuple[Mixture, Ints]:
        r"""Return the mixture of all classes, and the class of each of its components, from 0.

        .. math:: p(x) = \sum_c \pi_c \, p(x \mid c)
        """
        mixtures = self.mixtures
        weights = np.concatenate([p * m.weights for p, m in zip(self.priors, mixtures, strict=True)])
        means = np.concatenate([mixture.means for mixture in mixtures])
        dense = np.concatenate([mixture.covariances.dense() for mixture in mixtures])
        whole = Mixture(weights / weights.sum(), means, dense, feature_names=mixtures[0].feature_names)
        return whole, np.repeat(np.arange(len(mixtures)), [mixture.n_components for mixture in mixtures])

    def log_joint(self, X: Any) -> Floats:
        """Return log π_c p(x | c) for rows (n, D), as (n, C), nats."""
        with np.errstate(divide="ignore"):
            log_priors = np.log(self.priors)
        return np.stack([mixture.log_prob(X) for mixture in self.mixtures], axis=1) + log_priors

    def log_posterior(self, X: Any) -> Floats:
        """Return log P(c | x) for rows (n, D), as (n, C), nats."""
        joint = self.log_joint(X)
        with np.errstate(invalid="ignore"):
            posterior = joint - log_sum_exp(joint)[:, None]
        far = np.flatnonzero(~(joint.max(axis=1, initial=-np.inf) > -distant.LIMIT))
        if len(far):
            posterior[far] = self._posterior_of_distant(as_rows_with_holes(X, one_column=True)[0][far])
        return posterior

    def _posterior_of_distant(self, rows: Rows) -> Floats:
        """Return log P(c | x) of rows so far away that rounding would decide, from the components of all classes."""
        sizes = np.cumsum([mixture.n_components for mixture in self.mixtures])[:-1]
        with np.errstate(divide="ignore"):
            offsets = [
                mixture.offsets + np.log(prior)
                for prior, mixture in zip(self.priors, self.mixtures, strict=True)
            ]
        frames = [mixture.family.frame for mixture in self.mixtures]
        factors = [mixture.covariances.factors for mixture in self.mixtures]
        if len(set(frames)) > 1:
            factors = [frame.dense(array) for frame, array in zip(frames, factors, strict=True)]
        _, log_r = distant.log_posterior(
            rows,
            np.concatenate([mixture.means for mixture in self.mixtures]),
            np.concatenate(factors),
            np.concatenate(offsets),
        )
        return np.stack([log_sum_exp(part) for part in np.split(log_r, sizes, axis=1)], axis=1)
