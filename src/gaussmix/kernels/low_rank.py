r"""Passes over rows for covariances of low rank plus a diagonal, Σ_k = Λ_k Λ_kᵀ + Ψ_k.

The functions are those of :mod:`gaussmix.kernels.reference`. Factors are arrays (K, D, 1 + q): first w = ψ^{−1/2}, then
the q columns of H = Ψ^{−1/2} Λ. With M = I + HᵀH = C Cᵀ and G = Ψ^{−1/2} H C^{−T}, by the Woodbury identity

.. math:: |L (x - \mu)|^2 = |\Psi^{-1/2} y|^2 - |G^T y|^2, \quad y = x - \mu.

So neither a density nor a moment takes more than a multiple of D q operations. Second moments are kept as the diagonal
Σ w r y_d² and as Σ w r y yᵀ G, (K, D, 1 + q): what an M-step of factor analysis reads of Σ w r y yᵀ.

Ghahramani, Z. and Hinton, G. E. (1996). The EM algorithm for mixtures of factor analyzers. Technical report
CRG-TR-96-1, University of Toronto.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .._types import Floats, Ints, Rows
from ..errors import SingularCovarianceError
from .incomplete_rows import Sums

__all__ = [
    "basis_of",
    "em_pass",
    "log_joint",
    "log_prob",
    "predict",
    "responsibilities",
    "roots_of",
    "weighted_moments",
]

_VALUES = 1 << 21
"""Numbers of a piece of rows that are held at a time."""
_DIGITS = 1e6
"""Squared distances are sums of terms at most so large where they are computed about a common centre."""
_NEGLIGIBLE = 1e-18
"""Rows of a smaller share of the largest responsibility of a component are left out of its moments."""


class _Form(NamedTuple):
    """The components, prepared for passes over rows."""

    means: Floats  # (K, D)
    inverse: Floats  # 1/ψ, (K, D)
    whitened: Floats  # w, (K, D)
    loadings: Floats  # H, (K, D, q)
    roots: Floats  # C⁻ᵀ, (K, q, q)
    basis: Floats  # G, (K, D, q)
    offsets: Floats  # (K,)


def _form(means: Floats, factors: Floats, offsets: Floats) -> _Form:
    w, H = factors[..., 0], factors[..., 1:]
    roots = roots_of(H)
    basis = w[..., None] * (H @ roots)
    return _Form(means, w * w, w, H, roots, basis, offsets)


def roots_of(H: Floats) -> Floats:
    """Return C⁻ᵀ, (..., q, q), upper triangular, with I + HᵀH = C Cᵀ for H (..., D, q).

    Raises
    ------
    SingularCovarianceError
        If rounding leaves nothing of I in the sum.
    """
    q = H.shape[-1]
    inner = np.eye(q) + H.swapaxes(-1, -2) @ H
    try:
        return np.asarray(np.linalg.inv(np.linalg.cholesky(inner)).swapaxes(-1, -2))
    except np.linalg.LinAlgError:
        raise SingularCovarianceError(
            "The unique variances of a component are too small for its loadings: "
            "give fewer factors or a larger reg_covar."
        ) from None


def basis_of(factors: Floats) -> Floats:
    """Return G, (..., D, q), of factors (..., D, 1 + q)."""
    w, H = factors[..., :1], factors[..., 1:]
    return np.asarray(w * (H @ roots_of(H)))


def _pieces(n: int, width: int) -> Iterator[slice]:
    size = max(64, _VALUES // max(1, width))
    for start in range(0, n, size):
        yield slice(start, min(n, start + size))


class _Distances:
    """Squared Mahalanobis distances of rows from all components.

    About a common centre they take three products of matrices for all components together. Components that are narrow
    against their distance from it, or whose factors are strong against their noise, would lose digits there, and are
    computed one by one from the residuals of the factors.
    """

    def __init__(self, form: _Form) -> None:
        self.form = form
        D = form.basis.shape[1]
        self.centre = form.means.mean(axis=0)
        shift = form.means - self.centre
        weighted = form.inverse * shift
        size = np.einsum("kd,kd->k", weighted, shift) + np.einsum("kdq,kdq->k", form.loadings, form.loadings)
        self.apart = np.flatnonzero(~(size < _DIGITS))
        self.near = near = np.flatnonzero(size < _DIGITS)
        self.projections = np.ascontiguousarray(form.basis[near].transpose(1, 0, 2).reshape(D, -1))
        self.projected = np.einsum("kd,kdq->kq", shift[near], form.basis[near]).ravel()
        self.linear = np.ascontiguousarray(weighted[near].T)
        self.squares = np.ascontiguousarray(form.inverse[near].T)
        self.constant = np.einsum("kd,kd->k", weighted[near], shift[near])

    def of(self, X: Floats) -> Floats:
        """Return the squares for rows (n, D), (n, K)."""
        result = np.empty((len(X), len(self.form.means)))
        Y = X - self.centre
        if len(self.near):
            inside = Y @ self.projections - self.projected
            inside *= inside
            projected = inside.reshape(len(X), len(self.near), -1).sum(axis=2)
            cross = Y @ self.linear
            Y *= Y
            result[:, self.near] = (Y @ self.squares) - 2.0 * cross + self.constant - projected
        for k in self.apart:
            result[:, k] = _residual_squares(self.form, int(k), X)
        return result


def _residual_squares(form: _Form, k: int, X: Floats) -> Floats:
    """Return the squared distances as sums of squares of residuals and of factor means."""
    u = (X - form.means[k]) * form.whitened[k]
    H, root = form.loadings[k], form.roots[k]
    z = (u @ H) @ (root @ root.T)
    u -= z @ H.T
    return np.asarray(np.einsum("nd,nd->n", u, u) + np.einsum("nq,nq->n", z, z))


def _joint_pieces(
    X: Rows, means: Floats, factors: Floats, offsets: Floats
) -> Iterator[tuple[slice, Floats, Floats, _Form]]:
    """Yield pieces of the rows, in float64, with their log-joint densities."""
    form = _form(means, factors, offsets)
    distances = _Distances(form)
    K, D, width = factors.shape
    for piece in _pieces(len(X), K * width + 3 * D):
        rows = np.asarray(X[piece], dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            joint = offsets - 0.5 * distances.of(rows)
        # A distance beyond float64 leaves no density.
        np.nan_to_num(joint, copy=False, nan=-np.inf, posinf=-np.inf, neginf=-np.inf)
        yield piece, rows, joint, form


def _log_sum_exp(joint: Floats) -> Floats:
    top = joint.max(axis=1, initial=-np.inf)
    safe = np.where(np.isneginf(top), 0.0, top)
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(joint - safe[:, None]).sum(axis=1)))


def log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log p_k N(x | μ_k, Σ_k), (n, K)."""
    result = np.empty((len(X), len(means)))
    for piece, _, joint, _ in _joint_pieces(X, means, factors, offsets):
        result[piece] = joint
    return result


def log_prob(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log Σ_k p_k N(x | μ_k, Σ_k), (n,)."""
    result = np.empty(len(X))
    for piece, _, joint, _ in _joint_pieces(X, means, factors, offsets):
        result[piece] = _log_sum_exp(joint)
    return result


def responsibilities(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return p_k N(x | μ_k, Σ_k) / p(x), (n, K)."""
    result = np.empty((len(X), len(means)))
    for piece, _, joint, _ in _joint_pieces(X, means, factors, offsets):
        result[piece] = _softmax(joint, _log_sum_exp(joint))[0]
    return result


def predict(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return the component of the largest responsibility, the first of equals, (n,)."""
    result = np.empty(len(X), dtype=np.intp)
    for piece, _, joint, _ in _joint_pieces(X, means, factors, offsets):
        result[piece] = joint.argmax(axis=1)
    return result


def _softmax(joint: Floats, log_density: Floats) -> tuple[Floats, Floats]:
    """Return responsibilities (n, K) and the logarithm of the largest; equal ones where there is no density."""
    outside = np.isneginf(log_density)
    log_r = joint - np.where(outside, 0.0, log_density)[:, None]
    log_r[outside] = -np.log(joint.shape[1])
    return np.exp(log_r), log_r.max(axis=1, initial=-np.inf)


def em_pass(
    X: Rows,
    weights: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    background: Floats | None = None,
) -> Sums:
    """Return the moments of one E-step about a reference (K, D), the second ones (K, D, 1 + q)."""
    K, D, width = factors.shape
    sums = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, width))
    log_likelihood = map_entropy = 0.0
    for piece, rows, joint, form in _joint_pieces(X, means, factors, offsets):
        w = np.ones(len(rows)) if weights is None else weights[piece]
        whole = joint if background is None else np.column_stack([joint, background[piece]])
        log_density = _log_sum_exp(whole)
        r, log_top = _softmax(whole, log_density)
        used = w > 0
        log_likelihood += float(w[used] @ log_density[used])
        map_entropy += float(w[used] @ log_top[used])
        _add_moments(rows, w[:, None] * r[:, :K], reference, form.basis, sums)
    return *sums, log_likelihood, map_entropy


def weighted_moments(
    X: Rows, responsibilities: Floats, reference: Floats, basis: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the moments under given responsibilities (n, K), weights included, for bases G (K, D, q)."""
    K, D, q = basis.shape
    sums = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, 1 + q))
    for piece in _pieces(len(X), K * (1 + q) + 3 * D):
        rows = np.asarray(X[piece], dtype=np.float64)
        _add_moments(rows, responsibilities[piece], reference, basis, sums)
    return sums


def _add_moments(
    rows: Floats, r: Floats, reference: Floats, basis: Floats, sums: tuple[Floats, Floats, Floats]
) -> None:
    """Add Σ r, Σ r y, and Σ r y_d² beside Σ r y yᵀ G, y = x − c_k; of many columns few rows belong to a component."""
    counts, first, second = sums
    least = _NEGLIGIBLE * r.max(axis=0, initial=0.0)
    for k in range(len(reference)):
        share = r[:, k]
        chosen = np.flatnonzero(share > least[k])
        if not len(chosen):
            continue
        Y = (rows if len(chosen) == len(rows) else rows[chosen]) - reference[k]
        share = share[chosen]
        counts[k] += share.sum()
        first[k] += share @ Y
        second[k, :, 1:] += Y.T @ (share[:, None] * (Y @ basis[k]))
        Y *= Y
        second[k, :, 0] += share @ Y
