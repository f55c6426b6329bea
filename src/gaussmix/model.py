"""Model: the covariance family and the constraint of the M-step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ._types import Floats
from .covariances import Covariances, Family
from .covariances.constraints import Constraint, NoConstraint
from .frames import Frame, MomentFrame
from .kernels import Rule
from .uniform import Uniform

__all__ = ["Model", "Rule"]


@dataclass(frozen=True, eq=False)
class Model:
    """The model of a fit: the covariance family and the constraint of the M-step.

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
        return pooling is not None and (self.constraint.monotone or not pooling.decomposition)

    def rule(self, n_features: int) -> Rule:
        """Return the M-step as arguments of the compiled kernels, for D columns."""
        assert self.family.pooling is not None
        added, least = self.constraint.terms(n_features, self.full)
        return Rule(added, least, self.mass, *self.family.pooling)

    def of_mass(self, mass: float) -> Model:
        """Return the model of components with another sum of weights."""
        return replace(self, mass=mass)

    def conditional(self, covariances: Covariances, mass: float) -> Model:
        """Return the model of some components, of a given total weight, with the others fixed."""
        return replace(self, family=self.family.conditional(covariances), mass=mass)

    def separately(self, scatter: Floats, counts: Floats) -> Covariances:
        """Return covariances each estimated from its own scatter alone, (B, D, D) or (B, D), and its count, (B,)."""
        return self.family.single.from_scatter(scatter, counts, self.constraint)
