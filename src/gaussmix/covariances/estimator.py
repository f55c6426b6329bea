"""The M-step of covariances: maximum likelihood within a family, under a constraint."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from .._types import Floats
from ..frames import Frame
from ..moments import Moments
from .constraints import Constraint, NoConstraint
from .covariances import Covariances

__all__ = ["CovarianceEstimator"]


class CovarianceEstimator(ABC):
    """Estimates of the covariances of all components from second moments, in the frame of a family."""

    frame: Frame
    """The form of the second moments that ``estimate`` needs, and of the whitening factors."""
    share_of_empty: float = 1.0
    """The share of all rows from which a component without weight gets its covariance; small where it has a part in
    the covariances of others.
    """

    @abstractmethod
    def nearest(self, framed: Floats, weights: Floats) -> Covariances:
        """Return the nearest member of the family to covariances in its frame.

        Parameters
        ----------
        framed : (K, D, D) or (K, D) array
            Covariances in the family's frame.
        weights : (K,) array
            Their weights, where covariances are pooled.

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    def from_dense(self, dense: Floats, weights: Floats) -> Covariances:
        """Return the nearest member of the family to matrices.

        Parameters
        ----------
        dense : (K, D, D) array
            Covariance matrices.
        weights : (K,) array
            Their weights, where covariances are pooled.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        return self.nearest(self.frame.of_dense(dense), weights)

    @abstractmethod
    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> Covariances:
        """Return the covariances of maximum expected log-likelihood.

        Parameters
        ----------
        scatter : (K, D, D) or (K, D) array
            Weighted sums of squares and products about the means, in the family's frame.
        counts : (K,) array
            Sums of the responsibilities.
        start : Covariances, optional
            The covariances before the M-step, from which an iterative estimate starts.

        Returns
        -------
        Covariances
            The covariances of K components.
        """

    @abstractmethod
    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> Covariances:
        """Return constrained covariances in the family, from those of maximum likelihood.

        For families without common parameters, the constraint is applied to each component. With a common shape or
        volume, a lower bound raises the volumes until the smallest ratio of a variance to its bound
        (:meth:`Covariances.clearance`) is one; after an addition to the diagonal, the :meth:`nearest` member is taken.

        Parameters
        ----------
        covariances : Covariances
            The result of :meth:`maximum_likelihood`.
        constraint : Constraint
            The bound, or the addition to the diagonal.
        counts : (K,) array
            Sums of the responsibilities: the weights of :meth:`nearest`.

        Returns
        -------
        Covariances
            The covariances of K components; the same object if the constraint is not active.
        """

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        """Return the maximum-likelihood covariances under a constraint.

        Parameters
        ----------
        scatter : (K, D, D) or (K, D) array
            Weighted sums of squares and products about the means, in the family's frame.
        counts : (K,) array
            Sums of the responsibilities.
        constraint : Constraint
            The bound, or the addition to the diagonal.
        start : Covariances, optional
            Where an iterative estimate begins.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        return self.constrain(self.maximum_likelihood(scatter, counts, start), constraint, counts)

    def estimate(
        self, moments: Moments, constraint: Constraint | None = None, start: Covariances | None = None
    ) -> Covariances:
        """Return the covariances of an M-step.

        A component without weight gets the estimate of all rows together, so that it stays a density.

        Parameters
        ----------
        moments : Moments
            Sums of an E-step, in the family's frame.
        constraint : Constraint, optional
            What bounds the covariances; nothing unless given.
        start : Covariances, optional
            The covariances before the M-step, where an iterative estimate begins.

        Returns
        -------
        Covariances
            The covariances of K components.
        """
        scatter, counts = moments.scatter(), moments.members
        empty = moments.empty
        if empty.any():
            scatter, counts = scatter.copy(), counts.copy()
            share = self.share_of_empty
            scatter[empty] = share * scatter.sum(axis=0)
            counts[empty] = share * max(counts.sum(), np.finfo(np.float64).tiny / share)
        return self.from_scatter(scatter, counts, constraint or NoConstraint(), start)
