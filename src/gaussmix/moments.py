"""Moments: the additive sufficient statistics between the E-step and the M-step."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._cached import cached_property
from ._types import Floats, Ints
from .frames import MomentFrame

__all__ = ["Moments", "ScaleSums", "triangles", "whole"]


def triangles(second: Floats) -> Floats:
    """Return the lower triangles (K, D(D + 1)/2) of symmetric matrices (K, D, D), and any other array as it is.

    Examples
    --------
    >>> triangles(np.array([[[1.0, 2.0], [2.0, 3.0]]]))
    array([[1., 2., 3.]])
    """
    # NaN is no reason for other matrices: they are sent whole.
    if second.ndim != 3 or not np.array_equal(second, second.swapaxes(1, 2)):
        return second
    rows, columns = np.tril_indices(second.shape[-1])
    return second[:, rows, columns]


def whole(packed: Floats) -> Floats:
    """Return symmetric matrices (K, D, D) from their lower triangles (K, D(D + 1)/2).

    Examples
    --------
    >>> whole(np.array([[1.0, 2.0, 3.0]]))
    array([[[1., 2.],
            [2., 3.]]])
    """
    D = (int(np.sqrt(8 * packed.shape[1] + 1)) - 1) // 2
    rows, columns = np.tril_indices(D)
    second = np.empty((len(packed), D, D))
    second[:, rows, columns] = packed
    second[:, columns, rows] = packed
    return second


@dataclass(frozen=True, eq=False)
class ScaleSums:
    """Sums over rows of t distributed components, beside those with the latent precisions τ of the rows.

    Parameters
    ----------
    members : (K,) array
        Σ w r_k.
    log_scales : (K,) array
        Σ w r_k (E[log τ] − E[τ]).

    Examples
    --------
    >>> (ScaleSums(np.ones(2), np.zeros(2)) + ScaleSums(np.ones(2), np.zeros(2))).members
    array([2., 2.])
    """

    members: Floats
    log_scales: Floats

    def __add__(self, other: ScaleSums) -> ScaleSums:
        """Return the sums of the rows of both."""
        return ScaleSums(self.members + other.members, self.log_scales + other.log_scales)

    def scale(self, factor: float) -> ScaleSums:
        """Return the sums of rows with weights multiplied by a factor."""
        return ScaleSums(self.members * factor, self.log_scales * factor)


@dataclass(frozen=True, eq=False)
class Moments:
    r"""Weighted sums over rows for each component, about a fixed reference.

    With weights w and responsibilities r, for component k and reference c_k:
    ``counts`` Σ w r_k, ``first`` Σ w r_k (x − c_k), ``second`` Σ w r_k (x − c_k)(x − c_k)ᵀ.

    ``+`` joins the moments of two sets of rows; ``Moments.zero`` is neutral.

    Parameters
    ----------
    frame : MomentFrame
        The form of the second moments.
    reference : (K, D) array
        The points c_k that sums are taken about.
    counts : (K,) array
    first : (K, D) array
    second : (K, D, D) or (K, D) array
        In the frame.
    log_likelihood : float
        Σ w log p(x), nats.
    map_entropy : float
        Σ w log max_k r_k, the entropy term of ICL, nats.
    total_weight : float
        Σ w.
    uniform : float
        Σ w r of the uniform component.
    scales : ScaleSums, optional
        Of t distributed components. In the sums above, r_k then has the expected precision of the row as a factor.

    Examples
    --------
    >>> import numpy as np
    >>> from gaussmix.frames import FullFrame
    >>> zero = Moments.zero(FullFrame(), reference=np.zeros((2, 3)))
    >>> (zero + zero).second.shape
    (2, 3, 3)
    """

    frame: MomentFrame
    reference: Floats
    counts: Floats
    first: Floats
    second: Floats
    log_likelihood: float = 0.0
    map_entropy: float = 0.0
    total_weight: float = 0.0
    uniform: float = 0.0
    scales: ScaleSums | None = None

    @classmethod
    def zero(cls, frame: MomentFrame, reference: Floats) -> Moments:
        """Return the neutral element for a frame and a reference (K, D)."""
        K, D = reference.shape
        return cls(frame, reference, np.zeros(K), np.zeros((K, D)), frame.zero(K, D))

    @property
    def members(self) -> Floats:
        """Σ w r_k, (K,): ``counts``, but of t distributed components without the precisions of the rows."""
        return self.counts if self.scales is None else self.scales.members

    @property
    def mean_log_likelihood(self) -> float:
        """Σ w log p(x) / Σ w, nats for each unit of weight."""
        return self.log_likelihood / self.total_weight

    def __reduce__(self) -> tuple[Any, ...]:
        # Between processes, one triangle of a symmetric matrix is enough.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        second = triangles(self.second)
        return _unpickled, ({**values, "second": second}, second is not self.second)

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of the rows of both; the references must be the same."""
        if self.reference is not other.reference and not np.array_equal(self.reference, other.reference):
            other = other.recentre(self.reference)
        return Moments(
            self.frame,
            self.reference,
            self.counts + other.counts,
            self.first + other.first,
            self.second + other.second,
            self.log_likelihood + other.log_likelihood,
            self.map_entropy + other.map_entropy,
            self.total_weight + other.total_weight,
            self.uniform + other.uniform,
            _joined(self.scales, other.scales),
        )

    def scale(self, factor: float) -> Moments:
        """Return the moments of rows with weights multiplied by a factor."""
        return Moments(
            self.frame,
            self.reference,
            self.counts * factor,
            self.first * factor,
            self.second * factor,
            self.log_likelihood * factor,
            self.map_entropy * factor,
            self.total_weight * factor,
            self.uniform * factor,
            None if self.scales is None else self.scales.scale(factor),
        )

    def recentre(self, reference: Floats) -> Moments:
        """Return the same moments about another reference (K, D)."""
        frame, shift = self.frame, reference - self.reference
        second = self.second - frame.outer(shift, self.first) - frame.outer(self.first, shift)
        second = second + frame.expand(self.counts) * frame.outer(shift, shift)
        return replace(
            self, reference=reference, first=self.first - self.counts[:, None] * shift, second=second
        )

    def about(self, means: Floats) -> Moments:
        """Return the moments about given means, (K, D), as sums of squares alone: they are taken for the true means."""
        frame, shift = self.frame, self.means() - means
        second = self.scatter() + frame.expand(self.counts) * frame.outer(shift, shift)
        return replace(self, reference=means, first=np.zeros_like(self.first), second=second)

    def take(self, components: Ints) -> Moments:
        """Return the moments of some components."""
        frame = self.frame.take(components)
        parts = {name: getattr(self, name)[components] for name in ("reference", "counts", "first", "second")}
        return replace(self, frame=frame, **parts)

    def means(self) -> Floats:
        """Return the weighted means (K, D); a component without weight keeps its reference."""
        return self.reference + self._shift

    @cached_property
    def _shift(self) -> Floats:
        """The means less the reference, free of an offset of the data."""
        counts, empty = self.counts[:, None], self.empty
        if not empty.any():
            return self.first / counts
        return np.asarray(np.divide(self.first, counts, out=np.zeros_like(self.first), where=~empty[:, None]))

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        """Mask of the components with less than 1e-200 rows, (K,)."""
        return ~(self.counts > 1e-200)

    def scatter(self) -> Floats:
        """Return Σ w r_k (x − μ_k)(x − μ_k)ᵀ about the components' own means, in the frame."""
        return self.second - self.frame.outer(self._shift, self.first)

    def cancellation(self) -> float:
        """Return the largest ratio of a second moment about the reference to the one about the mean.

        Figures of about 1 are harmless; at 1e6 six digits of the covariance are lost, and the pass
        should be repeated about the new means.
        """
        lost = self._shift * self.first
        about_mean = self.frame.diagonal(self.second) - lost
        if about_mean.min() > 1e-100 * lost.max():
            return 1.0 + float((lost / about_mean).max())
        with np.errstate(divide="ignore", over="ignore"):
            ratio = np.divide(lost, about_mean, out=np.zeros_like(lost), where=lost > 0)
        worst = float(np.max(ratio, initial=0.0))
        return 1.0 + (worst if np.isfinite(worst) else float("inf"))


def _joined(a: ScaleSums | None, b: ScaleSums | None) -> ScaleSums | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _unpickled(values: dict[str, Any], packed: bool) -> Moments:
    second = whole(values["second"]) if packed else values["second"]
    return Moments(**{**values, "second": second})
