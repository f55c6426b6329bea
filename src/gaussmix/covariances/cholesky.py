"""Triangular factors of symmetric matrices, for each of K components."""

from __future__ import annotations

import numpy as np

from .. import kernels
from .._types import Floats
from ..errors import InputError

__all__ = [
    "MOST_COLUMNS",
    "ROUNDING",
    "checked_symmetric",
    "exceed",
    "first_without_cholesky",
    "inverse_lower",
    "lower_of_precisions",
    "lower_of_roots",
    "range_and_null_space",
    "symmetric",
    "whitened",
]

MOST_COLUMNS = 64
"""With more columns, LAPACK computes the factors faster than the compiled kernel."""
ROUNDING = 64 * np.finfo(np.float64).eps
"""An eigenvalue or a pivot of a smaller share of the largest eigenvalue or of the diagonal is zero but for rounding."""

_BEYOND_ROUNDING = 1e6
"""Eigenvalues of at least this many times the rounding of a matrix are not zero, and rounding hardly changes them."""
_BLOCK = 64
"""Reflectors that LAPACK applies at once."""


def symmetric(matrices: Floats) -> Floats:
    """Return the mean of matrices (K, D, D) and their transposes."""
    halves = 0.5 * matrices  # so that no sum leaves float64
    return halves + halves.swapaxes(1, 2)


def checked_symmetric(matrices: Floats, name: str = "covariances") -> Floats:
    """Return the symmetric part of matrices (K, D, D).

    Raises
    ------
    InputError
        If they differ by more; the message names the component and the entries.
    """
    halves = 0.5 * matrices
    mirrored = halves.swapaxes(1, 2)
    gap = np.abs(halves - mirrored)
    large = gap > 0.5e-6 * np.abs(matrices).max(axis=(1, 2), keepdims=True, initial=0.0)
    if large.any():
        k, i, j = (int(v) for v in np.argwhere(large)[0])
        raise InputError(
            f"{name} of component {k} is not symmetric: entry [{i}, {j}] is {matrices[k, i, j]:g} and "
            f"[{j}, {i}] is {matrices[k, j, i]:g}; give symmetric matrices."
        )
    return halves + mirrored


def lower_of_precisions(precisions: Floats) -> Floats:
    """Return lower triangular L_k with Σ_k⁻¹ = L_kᵀ L_k, (K, D, D)."""
    # A Cholesky factor with rows and columns in reverse order is the upper one that is the transpose of L.
    reverse = np.linalg.cholesky(precisions[:, ::-1, ::-1])
    return np.ascontiguousarray(reverse[:, ::-1, ::-1].swapaxes(1, 2))


def inverse_lower(lower: Floats) -> Floats:
    """Return the inverses of lower triangular matrices (K, D, D)."""
    # The checks of solve_triangular cost more than the inverse of a small matrix.
    from scipy.linalg.lapack import dtrtri

    inverse = np.empty(lower.shape)
    for k, matrix in enumerate(lower):
        inverse[k] = dtrtri(matrix, lower=1)[0]
    return inverse


def lower_of_roots(roots: Floats) -> Floats:
    """Return lower triangular L_k with L_kᵀ L_k = R_k R_kᵀ, (K, D, D)."""
    if not np.tril(roots, -1).any():
        lower = roots.swapaxes(1, 2)
    else:
        # R = (R J) J with J that reverses columns: the QR factors of J Rᵀ J are those of Rᵀ with L in the place of R.
        upper = np.linalg.qr(roots.swapaxes(1, 2)[:, ::-1, ::-1], mode="r")
        lower = np.asarray(upper)[:, ::-1, ::-1]
    signs = np.sign(np.diagonal(lower, axis1=1, axis2=2))
    return np.ascontiguousarray(signs[:, :, None] * lower)


def exceed(matrices: Floats, least: Floats) -> bool:
    """Return whether matrices (K, D, D) exceed a lower bound (D, D) in the Loewner order, by a factorisation.

    False does not say that one is not: the pivots may be of the size of rounding.
    """
    if whitened(matrices, least) is not None:
        return True
    try:
        lower = np.linalg.cholesky(matrices - least)
    except np.linalg.LinAlgError:
        return False
    # A pivot of the size of rounding says nothing: two rows far apart leave a matrix that is barely definite.
    pivots = np.square(np.diagonal(lower, axis1=1, axis2=2))
    return bool((pivots > ROUNDING * np.diagonal(matrices, axis1=1, axis2=2)).all())


def range_and_null_space(matrix: Floats, least: float) -> tuple[Floats, Floats] | None:
    r"""Return A with M = A Aᵀ, and an orthonormal basis of the null space, of a singular matrix.

    By a pivoted Cholesky factorisation, which takes a third of the time of an eigendecomposition.

    Parameters
    ----------
    matrix : (D, D) array
        M, positive semi-definite but for rounding.
    least : float
        A lower bound of the eigenvalues that are not zero.

    Returns
    -------
    tuple of (D, r) and (D, D - r) arrays, or None
        None if the rank r is D or zero, or not beyond doubt, or if another eigenvalue may be below the bound.
    """
    from scipy.linalg.lapack import dgeqrf, dormqr, dpotrf, dpstrf

    D = len(matrix)
    rounding = 4.0 * D * np.finfo(np.float64).eps * float(np.diagonal(matrix).max())
    lower, order, rank, singular = dpstrf(matrix, tol=rounding, lower=1)
    if not (singular and rank):
        return None
    root = np.empty((D, rank))
    root[order - 1] = np.tril(lower[:, :rank])
    gram = root.T @ root
    gram.flat[:: rank + 1] -= max(least, _BEYOND_ROUNDING * rounding)
    if dpotrf(gram, lower=1)[1]:
        return None
    reflectors, lengths, _, _ = dgeqrf(root)
    rest = np.eye(D, D - rank, -rank)
    return root, dormqr("L", "N", reflectors, lengths, rest, _BLOCK * (D - rank))[0]


def first_without_cholesky(matrices: Floats) -> int:
    """Return the position of the first matrix of (K, D, D) that is not positive definite."""
    for k, matrix in enumerate(matrices):
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return k
    return 0


def whitened(matrices: Floats, least: Floats | None = None) -> Floats | None:
    """Return the whitening factors (K, D, D) of matrices, by the compiled kernel.

    None without the compiled kernel or with many columns, and where a matrix is not positive definite or falls below
    the least.
    """
    if kernels.whiten is None or matrices.shape[1] > MOST_COLUMNS:
        return None
    any_weights = np.zeros(len(matrices))  # the factors do not depend on them
    found = kernels.whiten(any_weights, np.ascontiguousarray(matrices), least)
    return None if found is None else found[0]
