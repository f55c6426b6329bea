"""Classes told apart by a mixture for each: Bayes' rule on mixture densities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import Floats
from .log_space import log_sum_exp
from .mixture import Mixture

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

    def log_joint(self, X: Any) -> Floats:
        """Return log π_c p(x | c) for rows (n, D), as (n, C), nats."""
        with np.errstate(divide="ignore"):
            log_priors = np.log(self.priors)
        return np.stack([mixture.log_prob(X) for mixture in self.mixtures], axis=1) + log_priors

    def log_posterior(self, X: Any) -> Floats:
        """Return log P(c | x) for rows (n, D), as (n, C), nats."""
        joint = self.log_joint(X)
        return joint - log_sum_exp(joint)[:, None]
