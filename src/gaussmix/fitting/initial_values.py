"""Initial values: given parameters, or assignments of the rows."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Covariances, Family
from ..em import given_step
from ..errors import InputError
from ..frames import MomentFrame
from ..mixture import Mixture
from ..moments import Moments
from ..starts import Assignments, mixture_of_moments
from .problem import Problem
from .rescaling import Rescaling

__all__ = ["InitialValues", "mixture_of_assignments"]


@dataclass(frozen=True, eq=False)
class InitialValues:
    """The given parts of the first mixture; the start method computes the parts that are None.

    Parameters
    ----------
    weights : (K,) array, optional
        Weights of the components.
    means : (K, D) array, optional
        Means of the components, in the units of the columns.
    covariances : Covariances, optional
        Covariances of the components, in squared units.
    assignments : Assignments, optional
        Labels or responsibilities of the rows; given weights, means and covariances replace those of their
        M-step.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.fitting import InitialValues
    >>> InitialValues(means=np.zeros((2, 3))).settled, InitialValues().anything
    (True, False)
    """

    weights: Floats | None = None
    means: Floats | None = None
    covariances: Covariances | None = None
    assignments: Assignments | None = None

    @property
    def settled(self) -> bool:
        """Whether the start is given completely: one run of EM, and no search."""
        return self.means is not None or self.assignments is not None

    @property
    def anything(self) -> bool:
        """Whether any part is given."""
        return self.settled or self.weights is not None or self.covariances is not None

    @property
    def whole(self) -> bool:
        """Whether weights, means and covariances are given."""
        return not (self.weights is None or self.means is None or self.covariances is None)

    @property
    def mixture(self) -> Mixture | None:
        """The first mixture, if all parts are given."""
        if self.weights is None or self.means is None or self.covariances is None:
            return None
        return Mixture.of(self.weights, self.means, self.covariances)

    def or_those_of(self, other: InitialValues) -> InitialValues:
        """Return these parts, with missing ones from another object.

        Parameters
        ----------
        other : InitialValues
            Supplies the parts that are None here.

        Returns
        -------
        InitialValues
            The parts of both.
        """
        if not other.anything:
            return self
        missing = [part.name for part in fields(self) if getattr(self, part.name) is None]
        return replace(self, **{name: getattr(other, name) for name in missing})

    def over(self, start: Mixture) -> Mixture:
        """Return a mixture with the given parts in place of its own.

        Parameters
        ----------
        start : Mixture
            Supplies the parts that are not given.

        Returns
        -------
        Mixture
            The mixture of given and supplied parts.
        """
        return Mixture.of(
            start.weights if self.weights is None else self.weights,
            start.means if self.means is None else self.means,
            start.covariances if self.covariances is None else self.covariances,
        )

    def rescaled(self, rescaling: Rescaling, family: Family) -> InitialValues:
        """Return the same parts in the units of the problem.

        Parameters
        ----------
        rescaling : Rescaling
            The change of units.
        family : Family
            The covariance family of the fit.

        Returns
        -------
        InitialValues
            Means and covariances in the new units.
        """
        means = None if self.means is None else rescaling.inward_means(self.means)
        covariances = None if self.covariances is None else rescaling.inward_covariances(self.covariances)
        return replace(self, means=means, covariances=covariances)


def mixture_of_assignments(
    problem: Problem, assignments: Assignments, mean: Floats, scale: Floats
) -> Mixture:
    """Return the mixture of one M-step from shares of all rows.

    Parameters
    ----------
    problem : Problem
        n rows of D columns.
    assignments : Assignments
        Of the n rows.
    mean, scale : (D,) and (D, D) or (D,) arrays
        Of all rows; the covariance positive definite, or its diagonal.

    Raises
    ------
    InputError
        If the shares are those of another number of rows, or a component has none of any weight.
    """
    n = problem.n_rows
    if assignments.n_rows != n:
        raise InputError(
            f"init_params has labels or responsibilities of {assignments.n_rows:,} rows, and X has {n:,}: "
            "give one for each row."
        )
    frame = problem.model.moment_frame(assignments.n_components)
    step = partial(_moments_of_assignments, assignments, frame)
    moments = problem.engine.sum(partial(step, np.tile(mean, (assignments.n_components, 1))), problem.source)
    if moments.empty.any():
        raise InputError(
            f"init_params gives no row of positive weight to component {int(np.argmax(moments.empty))} of "
            f"{assignments.n_components}: give each component a row, or fit fewer."
        )
    if moments.cancellation() >= 10.0:
        moments = problem.engine.sum(partial(step, moments.means()), problem.source)
    per_row = problem.row_count / moments.total_weight
    return mixture_of_moments(moments.scale(per_row), scale, problem.model)


def _moments_of_assignments(
    assignments: Assignments, frame: MomentFrame, reference: Floats, block: Block
) -> Moments:
    return given_step(assignments.of_rows(block.rows), block, reference, frame)
