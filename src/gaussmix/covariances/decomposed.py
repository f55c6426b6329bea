"""Families whose components share some of volume, shape and orientation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import kernels
from .._types import Floats
from ..errors import InputError, SingularCovarianceError
from ..frames import DiagonalFrame, FullFrame
from ..kernels.common_axes import axes_of
from .cholesky import symmetric
from .constraints import Constraint
from .covariances import Covariances
from .decomposed_covariances import DecomposedCovariances
from .diagonal import Diagonal, DiagonalCovariances
from .family import Family, Pooling
from .full import Full, FullCovariances
from .normal_coordinates import NormalCoordinates
from .projected_coordinates import ProjectedCoordinates

__all__ = ["Decomposed", "expected_log_likelihood"]

_NAMES = {
    "VEI": "tied-shape-diag",
    "EVI": "tied-volume-diag",
    "VEE": "tied-shape-orientation",
    "EVE": "tied-volume-orientation",
    "VVE": "tied-orientation",
    "EEV": "tied-volume-shape",
    "VEV": "tied-shape",
    "EVV": "tied-volume",
}
_ROUNDING = 1e-6
"""Given covariances may differ by so much from a member of the family, as a share of the variances."""
_LEAST_GAIN = 1e-9
"""Minimum gain, in nats per row, of an estimate that replaces the previous one if a bound is active."""


@dataclass(frozen=True, eq=False)
class Projection:
    """The map from covariances to the family.

    Parameters
    ----------
    start : Covariances
        Where the iterative estimate begins.
    """

    family: Decomposed
    start: Covariances

    def __call__(self, near: Covariances, weights: Floats) -> Covariances:
        """Return the covariances of the family near given ones, of components with weights (K,)."""
        scatter = near.in_frame() * self.family.frame.expand(weights)
        return self.family.maximum_likelihood(scatter, weights, self.start)


class Decomposed(Family):
    r"""Components share some of volume, shape and orientation; the others are free.

    .. math:: \Sigma_k = \lambda_k Q_k A_k Q_k^T

    with the volume :math:`\lambda_k = |\Sigma_k|^{1/D}`, the shape :math:`A_k`, a diagonal matrix of determinant one,
    and the orientation :math:`Q_k`, an orthogonal matrix. The model says of each of the three, in this order, whether
    it is equal in all components (E) or variable (V); the orientation may be that of the columns (I).

    Parameters
    ----------
    model : {"VEI", "EVI", "VEE", "EVE", "VVE", "EEV", "VEV", "EVV"}
        The model by its name in mclust. The other six models are :class:`Full`, :class:`Diagonal`, :class:`Spherical`
        and :class:`Tied` of these.

    Raises
    ------
    InputError
        If the model is none of these.

    Examples
    --------
    >>> import gaussmix
    >>> gaussmix.Decomposed("VEV").n_parameters(n_components=3, n_features=4)
    24

    References
    ----------
    Celeux, G. and Govaert, G. (1995). Gaussian parsimonious clustering models. Pattern Recognition 28, 781-793.
    Browne, R. P. and McNicholas, P. D. (2014). Estimating common principal components in high dimensions. Advances in
    Data Analysis and Classification 8, 217-226.
    """

    share_of_empty = 1e-10

    def __init__(self, model: str) -> None:
        if model not in _NAMES:
            raise InputError(f"model is {model!r}: give one of {', '.join(_NAMES)}.")
        self.model = self.mclust_name = model
        self.name = _NAMES[model]
        diagonal = model.endswith("I")
        self.pooling = Pooling(decomposition=model)
        self.frame = DiagonalFrame() if diagonal else FullFrame()
        self._outer: Family = Diagonal() if diagonal else Full()
        self.scales_columns = model in ("VEI", "EVI", "VEE", "EVV")

    @property
    def proportional(self) -> bool:
        """Whether all covariances are multiples of one."""
        return self.model in ("VEI", "VEE")

    @property
    def single(self) -> Family:
        return self._outer

    def conditional(self, covariances: Covariances) -> Family:
        return _Beside(self.model, covariances)

    def shape(self, n_components: int, n_features: int) -> tuple[int, ...]:
        return self._outer.shape(n_components, n_features)

    def covariances(self, array: Any, n_components: int, n_features: int) -> Covariances:
        return self._member(self._outer.covariances(array, n_components, n_features), "covariances")

    def from_precisions(self, array: Any, n_components: int, n_features: int) -> Covariances:
        return self._member(self._outer.from_precisions(array, n_components, n_features), "precisions")

    def from_precisions_cholesky(self, array: Any, n_components: int, n_features: int) -> Covariances:
        outer = self._outer.from_precisions_cholesky(array, n_components, n_features)
        return self._member(outer, "precisions_cholesky")

    def _member(self, given: Covariances, name: str) -> Covariances:
        """Return given covariances as a member of the family, after a check."""
        nearest = self.nearest(given.in_frame(), np.ones(given.n_components))
        deviations = np.sqrt(given.variances())
        unit = deviations if not self.frame.full else deviations[:, :, None] * deviations[:, None, :]
        gaps = np.abs(nearest.in_frame() - given.in_frame()) > _ROUNDING * unit * (
            1 if self.frame.full else deviations
        )
        if gaps.any():
            raise InputError(
                f"{name} of component {int(np.argwhere(gaps)[0][0])} are not consistent with the others in the "
                f"family {self.name!r} ({self.mclust_name}): give components with equal shared properties."
            )
        return DecomposedCovariances(given, self)

    def nearest(self, framed: Floats, weights: Floats) -> Covariances:
        return self.maximum_likelihood(framed * self.frame.expand(weights), weights)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> Covariances:
        units = self._units(scatter)
        factors = None if start is None else start.factors * units
        array = kernels.decomposed(self._scaled(scatter, 1.0 / units), counts, self.model, factors)
        return self._of(self._scaled(array, units), scatter, counts)

    def _of(self, array: Floats, scatter: Floats, counts: Floats) -> Covariances:
        """Return estimated covariances; those of single components, for a constraint to combine, if there is none."""
        if not np.isfinite(array).all():
            return self._outer.maximum_likelihood(scatter, counts)
        outer = FullCovariances(symmetric(array)) if self.frame.full else DiagonalCovariances(array)
        return DecomposedCovariances(outer, self)

    def _units(self, scatter: Floats) -> Floats:
        """Return powers of two, (D,), near the spread of the columns, or of all where the family compares them."""
        variances = self.frame.diagonal(scatter).sum(axis=0)
        if not self.scales_columns:
            variances = np.full(len(variances), variances.max())
        with np.errstate(divide="ignore", invalid="ignore"):  # rounding leaves zeros a little below zero
            powers = np.round(0.5 * np.log2(variances))
        return np.where(np.isfinite(powers), np.exp2(np.where(np.isfinite(powers), powers, 0.0)), 1.0)

    def _scaled(self, second: Floats, factors: Floats) -> Floats:
        """Return the second moments of columns multiplied by factors (D,)."""
        return second * factors * (factors[:, None] if self.frame.full else factors)

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        if len(counts) == 1:
            return DecomposedCovariances(self._outer.from_scatter(scatter, counts, constraint), self)
        free = self.maximum_likelihood(scatter, counts, start)
        held = self.constrain(free, constraint, counts)
        if not constraint.bounds or (
            held is free and np.isfinite(expected_log_likelihood(held, scatter, counts))
        ):
            return held
        # Where a bound holds some components the maximum has no closed form. EM never descends all the same.
        bounded = self._outer.from_scatter(scatter, counts, constraint).in_frame() * self.frame.expand(counts)
        tried = [
            held,
            self.maximum_likelihood(bounded, counts, start),
            self._pooled(scatter, constraint, counts),
        ]
        values = [
            expected_log_likelihood(one, scatter, counts) if _keeps(one, constraint) else -np.inf
            for one in tried
        ]
        best = int(np.argmax(values))
        if start is None or not _keeps(start, constraint):
            return tried[best]
        gain = values[best] - expected_log_likelihood(start, scatter, counts)
        return tried[best] if gain > _LEAST_GAIN * counts.sum() else start

    def constrain(self, covariances: Covariances, constraint: Constraint, counts: Floats) -> Covariances:
        held = self._outer.constrain(covariances, constraint, counts)
        if held is covariances or np.array_equal(held.array, covariances.array):
            return covariances
        framed = held.in_frame()
        nearest = self._raised(self.nearest(framed, counts), constraint)
        found = isinstance(nearest, DecomposedCovariances)
        return nearest if found else self._pooled(framed * self.frame.expand(counts), constraint, counts)

    def _pooled(self, scatter: Floats, constraint: Constraint, counts: Floats) -> Covariances:
        """Return the covariance of all components together, for each: a member of every family."""
        pooled = self._outer.from_scatter(scatter.sum(axis=0)[None], counts.sum()[None], constraint)
        return DecomposedCovariances(pooled.take([0] * len(counts)), self)

    def _raised(self, covariances: Covariances, constraint: Constraint) -> Covariances:
        """Return covariances whose volumes are raised until they satisfy a bound, if any volume does."""
        clearance = covariances.clearance(constraint)
        if (clearance >= 1.0).all() or not (clearance > 0.0).all():
            return covariances
        raised = np.maximum(1.0, 1.0 / clearance)
        if self.model.startswith("E"):
            raised[:] = raised.max()
        array = covariances.in_frame() * self.frame.expand(raised)
        return self._of(array, array, np.ones(len(array)))

    def natural(self, framed: Floats) -> Floats:
        return framed

    def of_frame(self, array: Floats, factors: Floats | None = None) -> DecomposedCovariances:
        return DecomposedCovariances(self._outer.of_frame(array, factors), self)

    def n_parameters(self, n_components: int, n_features: int) -> int:
        K, D = n_components, n_features
        volume, shape, orientation = tuple(self.model)
        axes = {"I": 0, "E": 1, "V": K}[orientation]
        volumes, shapes = (K if letter == "V" else 1 for letter in (volume, shape))
        return volumes + shapes * (D - 1) + axes * D * (D - 1) // 2

    def least_rows(self, n_features: int) -> int:
        # An axis that all components share can be orthogonal to the differences of D rows: the likelihood of a
        # component of so few rows is largest where it has no variance there.
        common = self.model in ("EVE", "VVE")
        return self.fewest_rows(n_features) if common else super().least_rows(n_features)

    def normal_coordinates(self, covariances: Covariances) -> NormalCoordinates | None:
        outer = self._outer.normal_coordinates(covariances)
        assert outer is not None

        return ProjectedCoordinates(covariances, outer, Projection(self, covariances))

    def whitening(self, covariance: Floats) -> Floats:
        return self._outer.whitening(covariance)

    def __repr__(self) -> str:
        return f"Decomposed({self.model!r})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.model == getattr(other, "model", None)

    def __hash__(self) -> int:
        return hash(self.model)


def _keeps(covariances: Covariances, constraint: Constraint) -> bool:
    """Return whether covariances satisfy a bound, to rounding."""
    return bool((covariances.clearance(constraint) >= 1.0 - _ROUNDING).all())


def expected_log_likelihood(covariances: Covariances, scatter: Floats, counts: Floats) -> float:
    """Return −½ Σ (n_k log |Σ_k| + tr Σ_k⁻¹ W_k); −∞ of covariances that are singular, or outside of the family."""
    if not isinstance(covariances, DecomposedCovariances):
        return -np.inf
    try:
        frame, factors = covariances.family.frame, covariances.factors
    except SingularCovarianceError:
        return -np.inf
    traces = [frame.trace(factor, second) for factor, second in zip(factors, scatter, strict=True)]
    return -0.5 * float(counts @ covariances.log_determinants + sum(traces))


class _Beside(Decomposed):
    """Components with the others fixed, and with the shared volume, shape or orientation of these."""

    def __init__(self, model: str, others: Covariances) -> None:
        super().__init__(model)
        self.pooling, self._others = None, others

    def conditional(self, covariances: Covariances) -> Family:
        return self

    def from_scatter(
        self, scatter: Floats, counts: Floats, constraint: Constraint, start: Covariances | None = None
    ) -> Covariances:
        return Family.from_scatter(self, scatter, counts, constraint, start)

    def maximum_likelihood(
        self, scatter: Floats, counts: Floats, start: Covariances | None = None
    ) -> Covariances:
        volume, shape, orientation = tuple(self.model)
        known, axes = self._others.in_frame()[0], np.eye(scatter.shape[1])
        if orientation == "V":
            known = np.linalg.eigvalsh(known)
            along, axes = np.linalg.eigh(scatter)
        else:
            if orientation == "E":
                axes = axes_of(self._others.dense())
            known, along = (
                np.diagonal(axes.T @ self.frame.dense(m) @ axes, axis1=-2, axis2=-1) for m in (known, scatter)
            )
        with np.errstate(all="ignore"):
            if shape == "V":
                own, common = np.log(along / counts[:, None]).mean(axis=1), np.log(known).mean()
                along = along * np.exp((common if volume == "E" else own) - own)[:, None] / counts[:, None]
            else:
                volumes = np.ones(len(along)) if volume == "E" else (along / known).mean(axis=1) / counts
                along = volumes[:, None] * known
            array = along if orientation == "I" else (axes * along[:, None, :]) @ np.swapaxes(axes, -1, -2)
        return self._of(array, scatter, counts)

    def __repr__(self) -> str:
        return f"<{super().__repr__()} beside fixed components>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Beside) and self._others == other._others

    def __hash__(self) -> int:
        return super().__hash__()
