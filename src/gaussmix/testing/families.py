"""The check of a covariance family: everything against its dense matrices."""

from __future__ import annotations

import numpy as np

from .._types import Floats
from ..blocks import Block
from ..covariances import Covariances, Family
from ..covariances.constraints import AddToDiagonal, Floor, NoConstraint
from ..em import given_step, m_step
from ..frames import Frame, FullFrame
from ..model import Model
from ..moments import Moments
from .compare import close, true

__all__ = ["check_family"]


_MOST_ASCENTS = 2_000


def check_family(family: Family, n_components: int = 3, n_features: int = 2) -> None:
    """Check a covariance family against its dense matrices.

    Densities, samples, marginals, conditionals and affine maps must agree with the matrices (K, D, D) of
    ``dense()``; precisions, copies and normal coordinates must lead back; the number of parameters must be that of the
    directions in which the covariances can change; the M-step must maximise the expected log-likelihood, and satisfy a
    constraint.

    Parameters
    ----------
    family : Family
        The family to check.
    n_components : int, default=3
        Number of components of the mixtures that are tried (K).
    n_features : int, default=2
        Number of columns of the mixtures that are tried (D).

    Raises
    ------
    AssertionError
        If something does not hold; the message says what.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix.testing import check_family
    >>> check_family(gaussmix.Tied(gaussmix.Diagonal()))
    """
    rng = np.random.default_rng(0)
    K, D = n_components, n_features
    A = rng.standard_normal((K, D, D))
    weights = np.full(K, 1.0 / K)
    covariances = family.from_dense(A @ A.swapaxes(1, 2) + np.eye(D), weights)
    _check_shapes(family, covariances, K, D)
    _check_factors(covariances)
    _check_round_trips(family, covariances, K, D)
    _check_count(family, covariances, rng)
    _check_normal_coordinates(family, covariances, rng)
    _check_parts(covariances)
    _check_sample(covariances, rng)
    _check_estimate(family, K, D, rng)
    _check_conditional(family, covariances, rng)


def _check_shapes(family: Family, covariances: Covariances, K: int, D: int) -> None:
    true(isinstance(family.frame, Frame), f"frame is {family.frame!r}, no Frame")
    true(bool(family.name), "name is empty")
    true(covariances.natural.shape == family.shape(K, D), "natural does not have the shape that shape() says")
    stored = family.stored_shape(K, D)
    true(covariances.array.shape == stored, "array does not have the shape that stored_shape() says")
    true(not covariances.array.flags.writeable, "array can be written to")
    true((covariances.n_components, covariances.n_features) == (K, D), "n_components or n_features is wrong")
    true(covariances.family == family, "covariances.family is not the family")
    true(family == family and hash(family) == hash(family), "two of the family are not equal")
    dense = covariances.dense()
    true(dense.shape == (K, D, D), f"dense() has shape {dense.shape}")
    close(dense, dense.swapaxes(1, 2), 1e-12, "dense() transposed")
    close(covariances.variances(), np.diagonal(dense, axis1=1, axis2=2), 1e-12, "variances()")
    expected = family.frame.zero(K, D).shape
    true(covariances.factors.shape == expected, f"factors have shape {covariances.factors.shape}")
    close(covariances.in_frame(), family.frame.of_dense(dense), 1e-12, "in_frame()")


def _check_factors(covariances: Covariances) -> None:
    dense, factors = covariances.dense(), covariances.factors
    L = covariances.family.frame.dense(factors)
    close(L, np.tril(L), 0.0, "the part of factors above the diagonal")
    close(L @ dense @ L.swapaxes(1, 2), np.tile(np.eye(L.shape[1]), (len(L), 1, 1)), 1e-9, "L Σ Lᵀ")
    close(covariances.log_determinants, np.linalg.slogdet(dense)[1], 1e-9, "log_determinants", size=10.0)


def _check_round_trips(family: Family, covariances: Covariances, K: int, D: int) -> None:
    again = family.from_stored(covariances.array, K, D)
    true(again == covariances, "from_stored(array) is not equal to what the array came from")
    shown = family.covariances(covariances.natural, K, D)
    close(shown.array, covariances.array, 1e-9, "covariances(natural)")
    inverse = family.from_precisions(covariances.precisions(), K, D)
    close(inverse.array, covariances.array, 1e-9, "from_precisions(precisions())")
    rooted = family.from_precisions_cholesky(covariances.precisions_cholesky(), K, D)
    close(rooted.array, covariances.array, 1e-9, "from_precisions_cholesky(precisions_cholesky())")
    nearest = family.from_dense(covariances.dense(), np.full(K, 1.0 / K))
    close(nearest.array, covariances.array, 1e-9, "from_dense(dense())")
    order = list(range(K))[::-1]
    close(covariances.take(order).dense(), covariances.dense()[order], 1e-12, "take()")


def _nearby(family: Family, dense: Floats, size: float, rng: np.random.Generator) -> Covariances:
    """Return a member of the family near to matrices (K, D, D), about so far from them."""
    K, D, _ = dense.shape
    change = size * rng.standard_normal((K, D, D))
    factor = np.eye(D) + change + change.swapaxes(1, 2)
    return family.from_dense(factor @ dense @ factor.swapaxes(1, 2), np.full(K, 1.0 / K))


def _check_count(family: Family, covariances: Covariances, rng: np.random.Generator) -> None:
    """Check the number of parameters against the dimension of the tangent space of the covariances."""
    K, D = covariances.n_components, covariances.n_features
    count, dense = family.n_parameters(K, D), covariances.dense()
    ahead = [_nearby(family, dense, 1e-5, rng).dense() - dense for _ in range(K * D * D + 5)]
    values = np.linalg.svd(np.reshape(ahead, (len(ahead), -1)), compute_uv=False)
    found = int((values > 1e-3 * values[0]).sum())
    true(found == count, f"n_parameters says {count}, but the covariances change in {found} directions")


def _check_normal_coordinates(family: Family, covariances: Covariances, rng: np.random.Generator) -> None:
    origin = family.normal_coordinates(covariances)
    if origin is None:
        return
    K, D = covariances.n_components, covariances.n_features
    other, weights = _nearby(family, covariances.dense(), 1e-3, rng), rng.dirichlet(np.ones(K))
    zero, vector = origin.coordinates(covariances, weights), origin.coordinates(other, weights)
    close(zero, np.zeros_like(zero), 1e-12, "the coordinates of the origin", size=1.0)
    there = origin.retract(vector, weights, NoConstraint())
    true(there is not None, "retract() finds no covariances")
    assert there is not None
    true(there.covariances.family == family, "retract() leaves the family")
    close(there.covariances.dense(), other.dense(), 1e-6, "retract(coordinates())")
    shifts = rng.standard_normal((K, D))
    squared = np.einsum("kd,kde,ke->k", shifts, np.linalg.inv(covariances.dense()), shifts)
    close(np.square(origin.whiten(shifts)).sum(axis=1), squared, 1e-9, "the length of whiten()")
    close(origin.colorize(origin.whiten(shifts)), shifts, 1e-9, "colorize(whiten())")


def _check_parts(covariances: Covariances) -> None:
    dense, D = covariances.dense(), covariances.n_features
    columns = [D - 1, *range(D - 1)]
    close(covariances.marginal(columns).dense(), dense[:, columns][:, :, columns], 1e-12, "marginal()")
    A = np.eye(D) + 0.3 * np.triu(np.ones((D, D)), 1)
    close(covariances.affine(A).dense(), A @ dense @ A.T, 1e-9, "affine()")
    if D == 1:
        return
    kept = list(range(1, D))
    slope, rest = covariances.condition([0], kept)
    cross = dense[:, kept][:, :, [0]]
    expected = cross / dense[:, :1, :1]
    close(slope, expected, 1e-9, "the regression of condition()", size=1.0)
    left = dense[:, kept][:, :, kept] - expected @ cross.swapaxes(1, 2)
    close(rest.dense(), left, 1e-9, "the rest of condition()")


def _check_sample(covariances: Covariances, rng: np.random.Generator) -> None:
    n, D = 20_000, covariances.n_features
    for k, matrix in enumerate(covariances.dense()):
        rows = covariances.colorize(rng.standard_normal((n, D)), np.full(n, k))
        # The entries of n rows vary by √(2 / n) of the variances: eight times that is allowed.
        close(
            rows.T @ rows / n, matrix, 8.0 * np.sqrt(2.0 / n), f"the covariance of samples of component {k}"
        )


def _check_estimate(family: Family, K: int, D: int, rng: np.random.Generator) -> None:
    X, r = rng.standard_normal((60, D)) * 2.0, rng.dirichlet(np.ones(K), 60)
    zero = np.zeros((K, D))
    moments = given_step(r, Block(X), zero, family.frame)
    full = given_step(r, Block(X), zero, FullFrame()).scatter()
    best = _limit(family, moments)
    top = _expected(best, moments, full)
    for _ in range(10):
        other = _nearby(family, best.dense(), 1e-3, rng)
        true(_expected(other, moments, full) <= top + 1e-9 * abs(top), "estimate() is not the maximum")
    again = family.estimate(moments, NoConstraint(), start=best)
    close(again.dense(), best.dense(), 1e-9, "estimate() that starts at the estimate")
    added = family.from_dense(best.dense() + 0.5 * np.eye(D), moments.counts)
    moved = family.estimate(moments, AddToDiagonal(0.5), start=best)
    close(moved.dense(), added.dense(), 1e-9, "c I added")
    floor = family.estimate(moments, Floor(100.0 * np.eye(D), epsilon=1.0)).dense()
    true(
        bool((np.linalg.eigvalsh(floor) >= 100.0 * (1 - 1e-9)).all()), "estimate() leaves a constraint unkept"
    )
    if K == 1:
        return
    empty = Moments(family.frame, zero, moments.counts * (np.arange(K) > 0), moments.first, moments.second)
    true(
        bool(np.isfinite(m_step(empty, Model(family)).covariances.factors).all()),
        "a component without rows breaks it",
    )


def _limit(family: Family, moments: Moments) -> Covariances:
    """Return the estimate, or the limit of iterative estimates."""
    best = family.estimate(moments, NoConstraint())
    for _ in range(_MOST_ASCENTS):
        after = family.estimate(moments, NoConstraint(), start=best)
        change = float(np.abs(after.dense() - best.dense()).max())
        best = after
        if change < 1e-14 * float(np.abs(best.dense()).max()):
            break
    return best


def _check_conditional(family: Family, covariances: Covariances, rng: np.random.Generator) -> None:
    """Check that components estimated with the others fixed form a member of the family with them."""
    K, D = covariances.n_components, covariances.n_features
    for free in range(1, K):
        rows = rng.standard_normal((free, 5 * D, D)) * (1.0 + rng.random((free, 1, D)))
        scatter = family.frame.of_dense(rows.swapaxes(1, 2) @ rows)
        beside = family.conditional(covariances)
        part = beside.from_scatter(scatter, np.full(free, 5.0 * D), NoConstraint())
        whole = np.concatenate([covariances.dense()[free:], part.dense()])
        nearest = family.from_dense(whole, np.full(K, 1.0 / K))
        close(nearest.dense(), whole, 1e-9, "the covariances of conditional() beside the others")


def _expected(covariances: Covariances, moments: Moments, scatter: Floats) -> float:
    """Return −½ Σ n_k (log |Σ_k| + tr Σ_k⁻¹ S_k)."""
    dense = covariances.dense()
    trace = np.einsum("kij,kji->", np.linalg.inv(dense), scatter)
    return float(-0.5 * (moments.counts @ np.linalg.slogdet(dense)[1] + trace))
