"""The kernel in NumPy and BLAS: blocks of rows small enough for the cache, two matrix products a block.

The logarithm of a Gaussian density is linear in φ(x) = (1, z, vech zzᵀ), z = x − c (diagonal: (1, z, z²)), so the
E-step of a block is one product Θφ and its moments are one product Rφᵀ. This *linear form* loses digits where a
component is narrow against its distance from the common centre c or the reach of the rows. There, and for that
component only, the *whitened form* y = L(x − μ) takes its place, in which nothing cancels.

Arrays inside are feature by row: (D, n), (K, n).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints, Rows
from . import distant
from .incomplete_rows import Sums, em_pass_rows, rows_expected, rows_joint

__all__ = [
    "em_pass",
    "em_pass_rows",
    "linear_pass",
    "log_joint",
    "log_prob",
    "predict",
    "responsibilities",
    "rows_expected",
    "rows_joint",
    "weighted_moments",
]

_CACHE_VALUES = 1 << 17
_UNDERFLOW = -700.0
_LINEAR_LIMIT = 1e-10 / np.finfo(np.float64).eps


def log_joint(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log p_k N(x | μ_k, Σ_k), as (n, K)."""
    form = _Form.of(X, means, factors, offsets)
    result = np.empty((X.shape[0], means.shape[0]))
    for rows, Z, raw in _blocks(X, form):
        result[rows] = form.joint(Z, form.features(Z), raw).T
    return distant.mend_log_joint(result, X, means, factors, offsets)


def log_prob(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return log Σ_k p_k N(x | μ_k, Σ_k), as (n,)."""
    form = _Form.of(X, means, factors, offsets)
    result = np.empty(X.shape[0])
    for rows, Z, raw in _blocks(X, form):
        result[rows], _ = _softmax(form.joint(Z, form.features(Z), raw))
    return distant.mend_log_prob(result, X, means, factors, offsets, distant.LIMIT)


def responsibilities(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Floats:
    """Return p_k N(x | μ_k, Σ_k) / p(x), as (n, K)."""
    form = _Form.of(X, means, factors, offsets)
    result = np.empty((X.shape[0], means.shape[0]))
    for rows, Z, raw in _blocks(X, form):
        joint = form.joint(Z, form.features(Z), raw)
        log_density, _ = _softmax(joint)
        joint[:, ~(log_density > -distant.LIMIT)] = np.nan
        result[rows] = joint.T
    return distant.mend_responsibilities(result, X, means, factors, offsets)


def predict(X: Rows, means: Floats, factors: Floats, offsets: Floats) -> Ints:
    """Return the component of the largest responsibility, the first of equals, as (n,)."""
    form = _Form.of(X, means, factors, offsets)
    result = np.empty(X.shape[0], dtype=np.intp)
    for rows, Z, raw in _blocks(X, form):
        joint = form.joint(Z, form.features(Z), raw)
        result[rows] = np.where(joint.max(axis=0) > -distant.LIMIT, joint.argmax(axis=0), -1)
    return distant.mend_labels(result, X, means, factors, offsets)


def weighted_moments(
    X: Rows, responsibilities: Floats, reference: Floats, full: bool
) -> tuple[Floats, Floats, Floats]:
    """Return counts, first and second moments of rows with responsibilities (n, K), weights included."""
    K, D = reference.shape
    first, second = np.zeros((K, D)), np.zeros((K, D, D) if full else (K, D))
    size = max(256, _CACHE_VALUES // (3 * D + K))
    for start in range(0, X.shape[0], size):
        Z = np.ascontiguousarray(X[start : start + size].T, dtype=np.float64)
        R = np.ascontiguousarray(responsibilities[start : start + size].T)
        for k in range(K):
            # Labels leave each component a few of the rows.
            used = np.flatnonzero(R[k])
            few = 2 * len(used) < len(R[k])
            _add_direct(
                Z[:, used] if few else Z, R[k, used] if few else R[k], reference[k], first[k], second[k]
            )
    return responsibilities.sum(axis=0), first, second


def em_pass(
    X: Rows,
    weights: Floats | None,
    means: Floats,
    factors: Floats,
    offsets: Floats,
    reference: Floats,
    background: Floats | None = None,
) -> Sums:
    """Return the moments of one E-step about the reference, Σ w log p(x) and Σ w log max_k r_k."""
    form = _Form.of(X, means, factors, offsets)
    K, D = means.shape
    counts, first, second = np.zeros(K), np.zeros((K, D)), np.zeros(factors.shape)
    about_centre = np.zeros((K, form.theta.shape[1]))
    log_likelihood = map_entropy = 0.0
    for rows, Z, raw in _blocks(X, form):
        features = form.features(Z)
        R = form.joint(Z, features, raw)
        if background is not None:
            R = np.concatenate([R, background[None, rows]])
        log_density, log_top = _softmax(R)
        R = R[:K]
        if weights is None:
            log_likelihood += float(log_density.sum())
            map_entropy += float(log_top.sum())
        else:
            block_weights = weights[rows]
            R *= block_weights
            log_likelihood += float(block_weights @ log_density)
            map_entropy += float(block_weights @ log_top)
        if features is not None:
            about_centre += R @ features.T
        for k in form.narrow:
            counts[k] += R[k].sum()
            _add_direct(raw, R[k], reference[k], first[k], second[k])
    if not np.isfinite(counts.sum()):
        return distant.em_pass(X, weights, means, factors, offsets, reference, background)
    about_centre[form.narrow] = 0.0
    _add_about_centre(about_centre, form.centre, reference, counts, first, second)
    return counts, first, second, log_likelihood, map_entropy


def linear_pass(X: Rows, weights: Floats | None, slopes: Floats, intercepts: Floats) -> Floats:
    """Return Σ w r_k, Σ w r_k x and Σ w log Σ_k exp(a_k + b_kᵀ x) as one array, for rows in the cache."""
    K, D = slopes.shape
    sums = np.empty(K + K * D + 1)
    R = slopes @ X.T
    R += intercepts[:, None]
    log_total, _ = _softmax(R)
    if weights is None:
        sums[-1] = log_total.sum()
    else:
        sums[-1] = weights @ log_total
        R *= weights
    R.sum(axis=1, out=sums[:K])
    np.matmul(R, X, out=sums[K:-1].reshape(K, D))
    return sums


@dataclass(frozen=True, slots=True)
class _Form:
    """The parameters of a pass in both forms: Θ about the centre c, and whitening factors."""

    centre: Floats
    means: Floats
    factors: Floats
    offsets: Floats
    theta: Floats
    narrow: NDArray[np.intp]  # the components for which the linear form would lose digits

    @classmethod
    def of(cls, X: Rows, means: Floats, factors: Floats, offsets: Floats) -> _Form:
        D = means.shape[1]
        centre = means.mean(axis=0)
        shifts = means - centre
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            if factors.ndim == 3:
                whitened = np.matmul(factors, shifts[:, :, None])[:, :, 0]
                transposed = factors.swapaxes(1, 2)
                linear = np.matmul(transposed, whitened[:, :, None])[:, :, 0]
                upper, _, shares = _upper(D)
                quadratic = np.matmul(transposed, factors).reshape(len(means), -1)[:, upper] * shares
            else:
                whitened = factors * shifts
                linear = factors * whitened
                quadratic = -0.5 * factors**2
            squares = np.einsum("kd,kd->k", whitened, whitened)
            theta = np.concatenate([(offsets - 0.5 * squares)[:, None], linear, quadratic], axis=1)
            wide = (np.sqrt(squares) + _reach(X, centre, factors)) ** 2 < _LINEAR_LIMIT
        # Keep out of the product: overflows, and the offset −∞ of a component of weight zero.
        wide &= np.isfinite(theta).all(axis=1)
        theta[~wide] = 0.0
        return cls(centre, means, factors, offsets, theta, np.flatnonzero(~wide))

    @property
    def all_narrow(self) -> bool:
        return len(self.narrow) == len(self.offsets)

    def features(self, Z: Floats) -> Floats | None:
        """Return φ (P, n), or None where no component uses the linear form."""
        return None if self.all_narrow else _features(Z, self.factors.ndim == 3)

    def joint(self, Z: Floats, features: Floats | None, raw: Floats) -> Floats:
        """Return log-joint densities (K, n); components in whitened form use the raw rows, which are not rounded."""
        result = np.empty((len(self.offsets), Z.shape[1])) if features is None else self.theta @ features
        for k in self.narrow:
            deviation = raw - self.means[k][:, None]
            factor = self.factors[k]
            with np.errstate(over="ignore", invalid="ignore"):
                whitened = factor[:, None] * deviation if factor.ndim == 1 else factor @ deviation
                np.einsum("dn,dn->n", whitened, whitened, out=result[k])
            result[k] *= -0.5
            result[k] += self.offsets[k]
        return result


def _reach(X: Rows, centre: Floats, factors: Floats) -> Floats:
    """Return a bound of |L_k (x − c)| over the rows, (K,)."""
    if not len(X):
        return np.zeros(len(factors))
    low, high = _extent(X)
    reach = np.maximum(high - centre, centre - low)
    if factors.ndim == 2:
        return np.asarray(np.sqrt((factors**2) @ reach**2))
    # |L z| ≤ Σ_d |L_d| |z_d| with the columns L_d of L.
    return np.asarray(np.sqrt(np.einsum("kij,kij->kj", factors, factors)) @ reach)


def _extent(X: Rows) -> tuple[Rows, Rows]:
    """Return the least and largest value of each column, (D,)."""
    n, D = X.shape
    fold = max(1, 512 // D)
    if not X.flags.c_contiguous or n < 2 * fold:
        return X.min(axis=0), X.max(axis=0)
    # NumPy reduces short rows slowly: many rows laid side by side make long ones.
    head = n - n % fold
    wide = X[:head].reshape(-1, fold * D)
    low = np.concatenate([wide.min(axis=0).reshape(fold, D), X[head:]])
    high = np.concatenate([wide.max(axis=0).reshape(fold, D), X[head:]])
    return low.min(axis=0), high.max(axis=0)


def _blocks(X: Rows, form: _Form) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield slices of rows, z = x − c and (where a component needs it) x, feature by row, in blocks for the cache."""
    K, D = form.means.shape
    values = 4 * D + K if form.all_narrow else form.theta.shape[1] + 2 * K + 2 * D
    size = min(8192, max(256, _CACHE_VALUES // values))
    centre = form.centre[:, None]
    for start in range(0, X.shape[0], size):
        rows = slice(start, start + size)
        Z = np.subtract(X[rows].T, centre, order="C", dtype=np.float64)
        yield rows, Z, np.ascontiguousarray(X[rows].T, dtype=np.float64) if len(form.narrow) else Z


@lru_cache(maxsize=64)
def _upper(D: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return where vech reads a flat (D, D) matrix, where the flat matrix reads vech, and each term's share of −½."""
    rows, columns = np.triu_indices(D)
    back = np.empty((D, D), dtype=np.intp)
    back[rows, columns] = back[columns, rows] = np.arange(len(rows))
    return rows * D + columns, back.ravel(), np.where(rows == columns, -0.5, -1.0)


def _features(Z: Floats, full: bool) -> Floats:
    D, n = Z.shape
    terms = 1 + D + (D * (D + 1) // 2 if full else D)
    features = np.empty((terms, n))
    features[0] = 1.0
    features[1 : 1 + D] = Z
    if not full:
        np.multiply(Z, Z, out=features[1 + D :])
        return features
    at = 1 + D
    for d in range(D):
        np.multiply(Z[d:], Z[d], out=features[at : at + D - d])
        at += D - d
    return features


def _softmax(joint: Floats) -> tuple[Floats, Floats]:
    """Make the log-joint (K, n) responsibilities in place; return log p(x) and log max_k r_k, as (n,)."""
    top = joint.max(axis=0)
    with np.errstate(invalid="ignore"):
        joint -= top
    # NumPy's exp is ten times slower where it underflows; what lies below e⁻⁷⁰⁰ adds nothing to a sum.
    np.maximum(joint, _UNDERFLOW, out=joint)
    np.exp(joint, out=joint)
    total = joint.sum(axis=0)
    joint *= 1.0 / total
    log_total = np.log(total)
    return top + log_total, -log_total


def _add_direct(Z: Floats, r: Floats, reference: Floats, first: Floats, second: Floats) -> None:
    """Add one component's moments about a reference, centred first to avoid cancellation."""
    deviation = Z - reference[:, None]
    weighted = deviation * r
    first += weighted.sum(axis=1)
    second += weighted @ deviation.T if second.ndim == 2 else np.einsum("dn,dn->d", weighted, deviation)


def _add_about_centre(
    about: Floats, centre: Floats, reference: Floats, counts: Floats, first: Floats, second: Floats
) -> None:
    """Move the moments (K, P) from the common centre to the reference and add them."""
    K, D = reference.shape
    n, one, two = about[:, 0], about[:, 1 : 1 + D], about[:, 1 + D :]
    shift = reference - centre
    counts += n
    first += one - n[:, None] * shift
    if second.ndim == 2:
        second += two - (2.0 * one - n[:, None] * shift) * shift
        return
    square = two[:, _upper(D)[1]].reshape(K, D, D)
    cross = shift[:, :, None] * (one - 0.5 * n[:, None] * shift)[:, None, :]
    second += square - cross - cross.swapaxes(1, 2)
