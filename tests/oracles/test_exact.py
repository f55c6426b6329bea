"""log_prob against exact rational arithmetic and 60-digit logarithms, on hard cases."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from gaussmix import Diagonal, Full, Mixture, Spherical, Tied

PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


def exact_solve(matrix, vector):
    """Solve a positive definite system in fractions; return the solution and the determinant."""
    rows = [[Fraction(float(v)) for v in row] + [v] for row, v in zip(matrix, vector, strict=True)]
    D, determinant = len(rows), Fraction(1)
    for i in range(D):
        determinant *= rows[i][i]
        for j in range(i + 1, D):
            ratio = rows[j][i] / rows[i][i]
            rows[j] = [b - ratio * a for a, b in zip(rows[i], rows[j], strict=True)]
    solution = [Fraction(0)] * D
    for i in reversed(range(D)):
        rest = sum((rows[i][j] * solution[j] for j in range(i + 1, D)), Fraction(0))
        solution[i] = (rows[i][D] - rest) / rows[i][i]
    return solution, determinant


def decimal(fraction):
    return Decimal(fraction.numerator) / Decimal(fraction.denominator)


def exact_log_prob(mixture, x):
    """log Σ p_k N(x | μ_k, Σ_k) from the float64 parameters as they stand."""
    with localcontext() as context:
        context.prec, context.Emin, context.Emax = 60, MIN_EMIN, MAX_EMAX
        total = Decimal(0)
        for weight, mean, matrix in zip(
            mixture.weights, mixture.means, mixture.covariances.dense(), strict=True
        ):
            if weight == 0:
                continue
            deviation = [Fraction(float(a)) - Fraction(float(b)) for a, b in zip(x, mean, strict=True)]
            solution, determinant = exact_solve(matrix, deviation)
            square = decimal(sum(a * b for a, b in zip(deviation, solution, strict=True)))
            log_norm = len(x) * (2 * PI).ln() + decimal(determinant).ln()
            total += Decimal(float(weight)) * (-(square + log_norm) / 2).exp()
        return float(total.ln())


def check(mixture, X, rtol):
    expected = [exact_log_prob(mixture, x) for x in X]
    np.testing.assert_allclose(mixture.log_prob(X), expected, rtol=rtol, atol=rtol)


def test_narrow_components_far_apart():
    # Means 1e8 standard deviations from each other: the linear form would lose every digit.
    mixture = Mixture([0.5, 0.3, 0.2], [[0.0, 0.0], [1e4, 1e4], [-1e4, 3.0]], [1e-8, 1e-8, 1e-8])
    X = np.concatenate([mixture.means + s * 1e-4 for s in (-3.0, 0.0, 0.5, 7.0)] + [[[5e3, 5e3]]])
    check(mixture, X, rtol=1e-12)


def test_wide_and_narrow_together():
    mixture = Mixture([0.5, 0.5], [[0.0, 0.0], [0.0, 0.0]], [1e-12, 1e12])
    check(mixture, np.array([[0.0, 0.0], [1e-6, 0.0], [7e-6, 1e-6], [1.0, 1.0], [3e6, 1e5]]), rtol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e8])
def test_offsets(offset):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((3, 4, 4))
    mixture = Mixture([0.2, 0.3, 0.5], rng.standard_normal((3, 4)) + offset, A @ A.swapaxes(1, 2))
    check(mixture, rng.standard_normal((10, 4)) * 3 + offset, rtol=1e-10)


@pytest.mark.parametrize("condition", [1e4, 1e8, 1e10])
def test_ill_conditioned(condition):
    rng = np.random.default_rng(1)
    Q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    matrix = (Q * [1.0, condition**-0.5, 1 / condition]) @ Q.T
    matrix = 0.5 * (matrix + matrix.T)
    mixture = Mixture([1.0], [[0.0, 0.0, 0.0]], [matrix])
    X = (rng.standard_normal((10, 3)) * np.sqrt([1.0, condition**-0.5, 1 / condition])) @ Q.T
    # A quadratic form in a matrix of condition κ is defined to about κ ε.
    check(mixture, X, rtol=max(1e-12, 100 * condition * 2.2e-16))


@pytest.mark.parametrize("scales", [(1e-150, 1e-150), (1e150, 1e150), (1e-150, 1e150), (1e-60, 1e90)])
def test_extreme_scales(scales):
    scale = np.array(scales)
    X = np.array([[0.5, -1.0], [2.0, 2.0], [-3.0, 1.0]]) * scale
    means = np.array([[0.0, 0.0], [2.0, 1.0]]) * scale
    base = np.array([[[1.0, 0.3], [0.3, 2.0]], [[1.5, -0.4], [-0.4, 1.0]]])
    check(Mixture([0.4, 0.6], means, base * scale * scale[:, None]), X, rtol=1e-12)
    check(
        Mixture([0.4, 0.6], means, np.array([1.0, 2.0])[:, None] * scale**2, family=Diagonal()), X, rtol=1e-12
    )


def test_far_tails_do_not_underflow():
    mixture = Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 1.0])
    check(mixture, np.array([[1e4], [-1e4], [1e8], [40.0]]), rtol=1e-13)


@pytest.mark.parametrize("K", [2, 50])
def test_equal_components_add_up(K):
    mixture = Mixture(np.full(K, 1 / K), np.zeros((K, 2)), np.eye(2), family=Tied(Full()))
    check(mixture, np.array([[0.0, 0.0], [3.0, -4.0]]), rtol=1e-13)


def test_a_weight_of_zero_and_a_tiny_weight():
    mixture = Mixture(
        [0.0, 1.0 - 1e-300, 1e-300], [[0.0], [50.0], [0.0]], [1.0, 1.0, 1.0], family=Spherical()
    )
    check(mixture, np.array([[0.0], [50.0], [25.0]]), rtol=1e-12)
