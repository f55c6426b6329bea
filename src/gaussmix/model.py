"""Model: the covariance family, the constraint, the prior and the restrictions of the M-step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from . import kernels
from ._types import Floats
from .bounds import Bounds
from .covariances import Covariances, Family
from .covariances.constraints import Constraint, NoConstraint
from .covariances.family import Pooling
from .degrees_of_freedom import DegreesOfFreedom
from .frames import Frame, MomentFrame
from .kernels import Rule
from .moments import Moments
from .priors import PseudoMoments
from .restrictions import FREE, Restrictions
from .trimming import Trimming
from .uniform import Uniform

__all__ = ["Model", "Rule"]


@dataclass(frozen=True, eq=False)
class Model:
    """The model of a fit: the covariance family, and the constraint, prior and restrictions of the M-step.

    Parameters
    ----------
    family : Family
        The rule for the covariances.
    constraint : Constraint, default=NoConstraint()
        The constraint on the covariances.
    mass : float, default=1.0
        The sum of the weights; below one where other components are fixed in the background of the rows.
    uniform : Uniform, optional
        The uniform component, with a weight estimated by the M-step.
    prior : PseudoMoments, optional
        The pseudo-moments of a conjugate prior, which the M-step adds to those of the rows.
    restrictions : Restrictions
        Fixed and common parameters, a bound of the eigenvalues, a least weight.
    tails : DegreesOfFreedom, optional
        The rule for the degrees of freedom of t distributed components; they are Gaussian unless given.
    trimming : Trimming, optional
        The share of rows of least density that is left out.
    bounds : Bounds, optional
        Truncation and censoring of the columns.

    Examples
    --------
    >>> from gaussmix import Full
    >>> Model(Full()).compiled
    True
    """

    family: Family
    constraint: Constraint = field(default_factory=NoConstraint)
    mass: float = 1.0
    uniform: Uniform | None = None
    prior: PseudoMoments | None = None
    restrictions: Restrictions = FREE
    tails: DegreesOfFreedom | None = None
    trimming: Trimming | None = None
    bounds: Bounds | None = None

    @property
    def plain(self) -> bool:
        """Whether the M-step is that of maximum likelihood, without a prior and restrictions."""
        return self.prior is None and not self.restrictions.anything

    @property
    def gaussian(self) -> Model:
        """The model of Gaussian components alone, for all rows."""
        if (self.uniform, self.tails, self.trimming, self.bounds) == (None,) * 4:
            return self
        return replace(self, uniform=None, tails=None, trimming=None, bounds=None)

    @property
    def gaussian_or_uniform(self) -> bool:
        """Whether each component is Gaussian or uniform, and all rows are kept as they are."""
        return (self.tails, self.trimming, self.bounds) == (None,) * 3

    @property
    def frame(self) -> Frame:
        """The form of the pooled second moments, and of the covariances."""
        return self.family.frame

    def moment_frame(self, n_components: int) -> MomentFrame:
        """Return the form of the second moments of a start of K components."""
        return self.family.moment_frame(n_components)

    @property
    def full(self) -> bool:
        """Whether second moments are matrices, as an argument of the kernels."""
        return self.frame.full

    @property
    def shares(self) -> bool:
        """Whether the components' covariances have parameters in common."""
        return self.family.single != self.family

    @property
    def pooled(self) -> bool:
        """Whether components have all of the covariance in common, and not a part of it alone."""
        pooling = self.family.pooling
        return self.shares and not (pooling is not None and pooling.decomposition)

    @property
    def compiled(self) -> bool:
        """Whether the compiled kernels know the M-step."""
        # They add nothing to covariances that share a part: the sum would leave the family.
        pooling = self.family.pooling
        if not self.plain:
            return False
        return pooling is not None and (self.constraint.monotone or not pooling.decomposition)

    @property
    def light(self) -> bool:
        """Whether an M-step takes little time: it is compiled, or in closed form beside a prior."""
        return self.compiled or (self.prior is not None and self.family.pooling is not None)

    def rule(self, n_features: int) -> Rule:
        """Return the M-step as arguments of the compiled kernels, for D columns."""
        assert self.family.pooling is not None
        added, least = self.constraint.terms(n_features, self.full)
        return Rule(added, least, self.mass, *self.family.pooling, self.uniform is not None)

    @property
    def unrestricted(self) -> Model:
        """The same model without restrictions."""
        return replace(self, restrictions=FREE) if self.restrictions.anything else self

    def scaled(self, factor: float) -> Model:
        """Return the model for rows of a total weight multiplied by a factor, such as a sample."""
        if self.prior is None or factor == 1.0:
            return self
        return replace(self, prior=self.prior.scaled(factor))

    def weights(self, counts: Floats, uniform: float) -> tuple[Floats, float]:
        """Return the weights of an M-step, (K,), and that of the uniform component.

        Parameters
        ----------
        counts : (K,) array
        uniform : float
            The count of the uniform component.
        """
        if self.prior is not None and self.prior.weight_count:
            counts = counts + self.prior.weight_count
            uniform = uniform + (0.0 if self.uniform is None else self.prior.weight_count)
        if self.restrictions.anything:
            return self.restrictions.restricted_weights(counts, None if self.uniform is None else uniform)
        total = counts.sum() + uniform
        return self.mass * counts / total, float(uniform / total)

    def completed(self, moments: Moments, start: Covariances | None) -> Moments:
        """Return the moments of rows and pseudo-rows about the new means, with the counts of the covariances.

        Parameters
        ----------
        moments : Moments
            Of the rows.
        start : Covariances or None
            Those before the M-step.
        """
        if self.plain:
            return moments
        means, counts = moments.means(), moments.counts
        if self.prior is not None and self.prior.mean_count:
            counts = counts + self.prior.mean_count
            means = means + (self.prior.mean_count / counts)[:, None] * (self.prior.mean - means)
        means = self.restrictions.restricted_means(means, counts, start)
        about = replace(moments.about(means), counts=moments.members, scales=None)
        return about if self.prior is None else self.prior.added(about, means)

    def covariances(self, moments: Moments, start: Covariances | None) -> Covariances:
        """Return the covariances of an M-step from the result of :meth:`completed`."""
        if self.restrictions.anything:
            return self.restrictions.restricted_covariances(self.family, self.constraint, moments, start)
        return self.family.estimate(moments, self.constraint, start)

    def penalty(self, weights: Floats, means: Floats, factors: Floats, frame: MomentFrame) -> float:
        """Return the log-density of the prior at parameters, as its ``log_density``; zero without a prior."""
        return 0.0 if self.prior is None else self.prior.log_density(weights, means, factors, frame)

    def of_mass(self, mass: float) -> Model:
        """Return the model of components with another sum of weights."""
        return replace(self, mass=mass)

    def conditional(self, covariances: Covariances, mass: float) -> Model:
        """Return the model of some components, of a given total weight, with the others fixed."""
        return replace(self, family=self.family.conditional(covariances), mass=mass)

    def separately(self, scatter: Floats, counts: Floats) -> Covariances:
        """Return covariances each estimated from its own scatter alone, (B, D, D) or (B, D), and its count, (B,)."""
        return self.family.single.from_scatter(scatter, counts, self.constraint)

    def factors_separately(self, scatter: Floats, counts: Floats) -> tuple[Floats, Floats]:
        """Return whitening factors of such covariances, and their log-densities at the mean, (B,).

        The compiled kernel computes those of a scatter that is not pooled over columns; it refuses covariances at the
        bound.
        """
        single = self.family.single.pooling
        added, least = self.constraint.terms(scatter.shape[-1], self.full)
        if kernels.whiten is not None and single == Pooling() and added is None:
            framed = scatter / self.frame.expand(counts)
            found = kernels.whiten(np.ones(len(counts)), framed, least)
            if found is not None:
                return found
        covariances = self.separately(scatter, counts)
        return covariances.factors, covariances.log_normalisers
