"""What a kernel should return, in the longest floating type, and the scale of each result's rounding.

``relative`` has to mean something for each quantity. Here it is against the sum of the absolute values of its own
terms, with every error that a term brings along:

- the log-joint of row n and component k, offset − ½ Σ_i y_i² with y = L (x − μ): |offset| + Σ_i |y_i| (|L| |x − μ|)_i,
  for y_i is a sum that may cancel, and ½ y² moves by |y| times what y moves;
- log p(x): the scales of the log-joints averaged by responsibility, |log p(x)|, and one for the logarithm;
- a responsibility r_k: r_k times (one, its own log-joint's scale, the average of those, and |log r_k| for the exp);
- moments: Σ w × (the scale of r) × |x − reference|, and × |x − reference| again;
- Σ w log p and Σ w log max r: Σ w times the scale of each term.

A scale is thus never smaller than its result, and one rounding in each operation makes an error of about 1e-16.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

LONG = np.longdouble
LONG_ENOUGH = np.finfo(LONG).eps < 1e-3 * np.finfo(float).eps
OUTPUTS = (
    "log_joint",
    "log_prob",
    "responsibilities",
    "counts",
    "first",
    "second",
    "log_likelihood",
    "map_entropy",
)
TINIEST = 1e-300
NOTHING = 1e13 * TINIEST  # exp of less than −690 may be taken as zero: an error of 1e-13 against this
FLOAT = 2.0**-24
NOTHING_IN_FLOAT = 1e-36 / FLOAT
GUARD = 1e3  # the linear form may lose 1e-10 of a log-joint: 1e-13 against this


@dataclass(frozen=True)
class Inputs:
    """What a kernel is called with."""

    X: Any
    weights: Any
    means: Any
    factors: Any
    offsets: Any
    reference: Any

    @property
    def parameters(self) -> tuple[Any, Any, Any]:
        return self.means, self.factors, self.offsets

    @property
    def matrices(self) -> Any:
        """The factors as matrices (K, D, D)."""
        L = self.factors.astype(LONG)
        return L if L.ndim == 3 else L[:, :, None] * np.eye(L.shape[1], dtype=LONG)

    def from_points(self, points: Any) -> Any:
        """The rows less some points (K, D), as (n, K, D)."""
        return self.X.astype(LONG)[:, None, :] - points.astype(LONG)

    def whitened(self) -> Any:
        return np.einsum("kij,nkj->nki", self.matrices, self.from_points(self.means))

    def log_joint(self) -> Any:
        y = self.whitened()
        return self.offsets.astype(LONG) - 0.5 * (y * y).sum(axis=2)


def results(kernel: Any, given: Inputs) -> dict[str, Any]:
    """Everything that a kernel says."""
    out = {name: getattr(kernel, name)(given.X, *given.parameters) for name in OUTPUTS[:3]}
    sums = kernel.em_pass(given.X, given.weights, *given.parameters, given.reference)
    return out | dict(zip(OUTPUTS[3:], sums, strict=True))


def exact(given: Inputs) -> dict[str, Any]:
    """All results."""
    joint = given.log_joint()
    log_prob, r = _softmax(joint)
    deviation = given.from_points(given.reference)
    map_entropy = np.log(r.max(axis=1, initial=0.0)) if len(r) else np.zeros(0, LONG)
    return _collect(given, joint, log_prob, r, map_entropy, deviation, deviation)


def scales(given: Inputs) -> dict[str, Any]:
    """The scales of rounding in double precision."""
    deviation = np.abs(given.from_points(given.reference))
    return _scales(given, _joint_scale(given), NOTHING, deviation, deviation)


def scales_with_linear_form(given: Inputs) -> dict[str, Any]:
    """The same, with what the guard of the linear form lets through, in log-joints and in squared widths."""
    width = np.sqrt((np.linalg.inv(given.matrices.astype(float)) ** 2).sum(axis=2))
    deviation = np.abs(given.from_points(given.reference)) + np.sqrt(GUARD) * width
    return _scales(given, _joint_scale(given) + GUARD, NOTHING, deviation, deviation)


def scales_in_float(given: Inputs) -> dict[str, Any]:
    """The scales of rounding of products in float32: rows and means are rounded about the mean of the means."""
    centre = given.means.mean(axis=0)
    rows = np.abs(given.X.astype(LONG) - centre)[:, None, :]
    y = np.abs(given.whitened())
    reach = np.einsum("kij,nkj->nki", np.abs(given.matrices), rows + np.abs(given.means - centre))
    joint = ((y + FLOAT * reach) * reach).sum(axis=2)
    rounded = rows + np.abs(given.reference - centre)
    deviation = np.abs(given.from_points(given.reference)) + FLOAT * rounded
    return _scales(given, joint, NOTHING_IN_FLOAT, rounded, deviation)


def _joint_scale(given: Inputs) -> Any:
    reach = np.einsum("kij,nkj->nki", np.abs(given.matrices), np.abs(given.from_points(given.means)))
    offsets = np.where(np.isfinite(given.offsets), np.abs(given.offsets), 0.0)
    return offsets + (np.abs(given.whitened()) * reach).sum(axis=2)


def _scales(given: Inputs, joint_scale: Any, nothing: float, one: Any, two: Any) -> dict[str, Any]:
    log_prob, r = _softmax(given.log_joint())
    average = (r * joint_scale).sum(axis=1)
    log_r = np.abs(np.log(np.maximum(r, LONG(TINIEST))))
    r_scale = r * (1.0 + joint_scale + average[:, None] + log_r) + nothing
    top = np.take_along_axis(joint_scale, r.argmax(axis=1)[:, None], axis=1)[:, 0]
    log_scale = 1.0 + average + np.abs(log_prob)
    return _collect(given, joint_scale, log_scale, r_scale, 1.0 + average + top, one, two)


def _softmax(joint: Any) -> tuple[Any, Any]:
    top = joint.max(axis=1, initial=-np.inf) if len(joint) else np.zeros(0, LONG)
    e = np.exp(joint - top[:, None])
    total = e.sum(axis=1)
    return top + np.log(total), e / total[:, None]


def _collect(
    given: Inputs, joint: Any, log_prob: Any, r: Any, map_entropy: Any, one: Any, two: Any
) -> dict[str, Any]:
    w = np.ones(len(joint), LONG) if given.weights is None else given.weights.astype(LONG)
    weighted = w[:, None] * r
    first = np.einsum("nk,nki->ki", weighted, one)
    signature = "nki,nkj->kij" if given.factors.ndim == 3 else "nki,nki->ki"
    second = np.einsum(signature, weighted[:, :, None] * one, two)
    if one is not two and second.ndim == 3:
        second = second + second.swapaxes(1, 2)
    columns = (joint, log_prob, r, weighted.sum(axis=0), first, second, w @ log_prob, w @ map_entropy)
    return dict(zip(OUTPUTS, columns, strict=True))


def error(found: Any, value: Any, scale: Any) -> float:
    """The largest error against its scale; infinite where a result is infinite and should not be, or not a number."""
    found, value = np.asarray(found, LONG), np.asarray(value, LONG)
    if found.shape != value.shape or np.isnan(found).any():
        return float("inf")
    with np.errstate(invalid="ignore"):
        distance = np.where(found == value, 0.0, np.abs(found - value))
    return float(np.max(distance / np.maximum(scale, LONG(TINIEST)), initial=0.0))
