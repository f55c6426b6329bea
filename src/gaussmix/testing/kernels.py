"""The check of a kernel: everything against the reference."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from .._types import Floats, Rows
from ..kernels import Gaussians, Observations, reference
from .compare import close

__all__ = ["check_kernel"]


def check_kernel(kernel: ModuleType | Any, rtol: float = 1e-9, rtol_float32: float = 1e-5) -> None:
    """Check a kernel against :mod:`gaussmix.kernels.reference`.

    Both layouts, float32 and float64 rows, in C and Fortran order and strided, with and without weights (some of
    them zero), no rows and one row, a component without weight, offsets of 1e6, and components that are narrow
    against their distances; rows with measurement errors and missing values.

    Parameters
    ----------
    kernel : module
        With ``em_pass``, ``log_joint``, ``log_prob``, ``weighted_moments``, ``em_pass_rows``, ``rows_joint`` and
        ``rows_expected``.
    rtol : float, default=1e-9
        The difference that is allowed, against the size of each result.
    rtol_float32 : float, default=1e-5
        The same for float32 rows, which a kernel may multiply in float32.

    Raises
    ------
    AssertionError
        If a result differs from the reference; the message says which.

    Examples
    --------
    >>> from gaussmix import kernels
    >>> from gaussmix.testing import check_kernel
    >>> check_kernel(kernels.active)
    """
    for label, X, weights, parameters in _kernel_cases():
        allowed = rtol if X.dtype == np.float64 else rtol_float32
        _check_kernel_on(kernel, X, weights, parameters, allowed, label)
    for label, rows, gaussians in _observations():
        _check_observations(kernel, rows, gaussians, rtol, label)


def _kernel_cases() -> Iterator[tuple[str, Rows, Floats | None, tuple[Floats, Floats, Floats]]]:
    rng = np.random.default_rng(0)
    for K, D in ((1, 1), (3, 2), (2, 5)):
        for full in (True, False):
            for case, (spread, offset, width) in _PLACES.items():
                means = spread * rng.standard_normal((K, D)) + offset
                factors = _factors(rng, K, D, full) / width
                offsets = np.log(np.full(K, 1.0 / K)) - D * np.log(width)
                X = means[rng.integers(0, K, 300)] + width * rng.standard_normal((300, D))
                weights = rng.integers(0, 3, 300).astype(np.float64)
                label = f"K = {K}, D = {D}, {'full' if full else 'diagonal'}, {case}"
                for layout, rows in _layouts(X, case):
                    yield f"{label}, {layout}", rows, None, (means, factors, offsets)
                yield f"{label}, weights", X, weights, (means, factors, offsets)
                yield f"{label}, no rows", X[:0], None, (means, factors, offsets)
                yield f"{label}, one row", X[:1], weights[1:2], (means, factors, offsets)
                lost = np.where(np.arange(K) == K - 1, -np.inf, offsets) if K > 1 else offsets
                yield f"{label}, a weight of zero", X, weights, (means, factors, lost)


_SUMS = ("counts", "first", "second", "log-likelihood", "map_entropy")

_PLACES = {"near": (3.0, 0.0, 1.0), "far": (3.0, 1e6, 1.0), "narrow": (3.0, 0.0, 1e-5)}
"""Spread of the means, offset of all rows, and width of the components."""


def _factors(rng: np.random.Generator, K: int, D: int, full: bool) -> Floats:
    if not full:
        return np.asarray(np.exp(rng.uniform(-1, 1, (K, D))))
    return np.tril(rng.standard_normal((K, D, D)), -1) * 0.5 + np.eye(D) * np.exp(
        rng.uniform(-1, 1, (K, D, 1))
    )


def _layouts(X: Floats, case: str) -> Iterator[tuple[str, Rows]]:
    yield "C order", X
    yield "Fortran order", np.asfortranarray(X)
    yield "strided", np.repeat(X, 2, axis=0)[::2]
    if case == "near":
        yield "float32", X.astype(np.float32)


def _check_kernel_on(
    kernel: Any,
    X: Rows,
    weights: Floats | None,
    parameters: tuple[Floats, Floats, Floats],
    rtol: float,
    label: str,
) -> None:
    means, factors, _ = parameters
    joint = reference.log_joint(X, *parameters)
    # A quadratic form of this size carries rounding in proportion.
    size = 1.0 + float(np.max(np.abs(joint[np.isfinite(joint)]), initial=0.0))
    close(kernel.log_joint(X, *parameters), joint, rtol, f"log_joint ({label})", size)
    log_prob = reference.log_prob(X, *parameters)
    size_prob = 1.0 + float(np.max(np.abs(log_prob), initial=0.0))
    close(kernel.log_prob(X, *parameters), log_prob, rtol, f"log_prob ({label})", size_prob)
    total = float(len(X)) if weights is None else float(weights.sum())
    about = means + 0.1 / np.max(np.abs(factors))
    # Against a background the rounding of a large quadratic form is a relative error of the responsibilities.
    for background, what, rounding in ((None, "", 1.0), (log_prob - 0.5, " beside frozen components", size)):
        sums = reference.em_pass(X, weights, *parameters, about, background)
        found = kernel.em_pass(X, weights, *parameters, about, background)
        reach = float(np.max(np.abs(sums[2]), initial=0.0))
        sizes = (1.0 + total, np.sqrt(reach * (1.0 + total)), reach, size_prob * (1.0 + total), 1.0 + total)
        for name, a, b, bound in zip(_SUMS, found, sums, sizes, strict=True):
            close(a, b, rtol, f"{name} of em_pass{what} ({label})", bound * rounding)
    shares = np.random.default_rng(1).dirichlet(np.ones(len(means)), len(X))
    for full in (True, False):
        given = reference.weighted_moments(X, shares, about, full)
        for name, a, b in zip(_SUMS, kernel.weighted_moments(X, shares, about, full), given, strict=False):
            close(a, b, rtol, f"{name} of weighted_moments ({label})")


def _observations() -> Iterator[tuple[str, Observations, Gaussians]]:
    rng = np.random.default_rng(0)
    n = 203
    for K, D in ((1, 1), (3, 2), (2, 7)):
        root = rng.standard_normal((K, D, D))
        spread = root @ root.swapaxes(1, 2) + np.eye(D)
        means = 3.0 * rng.standard_normal((K, D))
        X = means[rng.integers(0, K, n)] + rng.standard_normal((n, D))
        holed = np.where(rng.random((n, D)) < 0.3, np.nan, X)
        errors = rng.standard_normal((n, D, D)) * rng.integers(0, 2, (n, 1, 1))
        variances, matrices = rng.exponential(1.0, (n, D)), errors @ errors.swapaxes(1, 2)
        weights, allowed = rng.integers(0, 3, n).astype(np.float64), rng.random((n, K)) < 0.5
        allowed[:, 0] |= ~allowed.any(axis=1)
        for covariances in (spread, np.diagonal(spread, axis1=1, axis2=2).copy()):
            gaussians = Gaussians(np.log(np.full(K, 1.0 / K)), means, covariances)
            label = f"K = {K}, D = {D}, {'full' if covariances.ndim == 3 else 'diagonal'}"
            yield f"{label}, missing values", Observations(holed), gaussians
            yield f"{label}, variances", Observations(X, weights, variances), gaussians
            yield f"{label}, covariances", Observations(X, None, matrices, allowed), gaussians
            background = -1.0 - rng.random(n)
            yield (
                f"{label}, all at once",
                Observations(holed, weights, matrices, allowed, background),
                gaussians,
            )


def _check_observations(
    kernel: Any, rows: Observations, gaussians: Gaussians, rtol: float, label: str
) -> None:
    about = gaussians.means + 0.3
    for full in (True, False):
        found = kernel.em_pass_rows(rows, gaussians, about, full)
        sums = reference.em_pass_rows(rows, gaussians, about, full)
        for name, a, b in zip(_SUMS, found, sums, strict=True):
            close(a, b, rtol, f"{name} of em_pass_rows ({label})", 1.0 + float(np.max(np.abs(np.asarray(b)))))
    close(
        kernel.rows_joint(rows, gaussians),
        reference.rows_joint(rows, gaussians),
        rtol,
        f"rows_joint ({label})",
        100.0,
    )
    expected = reference.rows_expected(rows, gaussians)
    for name, a, b in zip(
        ("means", "covariances"), kernel.rows_expected(rows, gaussians), expected, strict=True
    ):
        close(a, b, rtol, f"{name} of rows_expected ({label})")
