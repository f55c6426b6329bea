// The covariance that is best where a bound holds it: its generalised eigenvalues against the bound are clipped at one.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "triangle.hpp"

namespace gaussmix::step {

// With more columns the eigenvalues are LAPACK's work.
constexpr int most_clipped_columns = 16;

// Turns rows and columns p and q of a symmetric (D, D) so that a[p, q] becomes zero, and the columns of v with them.
inline void rotate(double* a, double* v, int D, int p, int q) {
    const double across = a[p * D + q], theta = 0.5 * (a[q * D + q] - a[p * D + p]) / across;
    const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::sqrt(theta * theta + 1.0));
    const double c = 1.0 / std::sqrt(t * t + 1.0), s = t * c;
    const auto turn = [c, s](double& x, double& y) {
        const double before = x;
        x = c * before - s * y;
        y = s * before + c * y;
    };
    a[p * D + p] -= t * across;
    a[q * D + q] += t * across;
    a[p * D + q] = a[q * D + p] = 0.0;
    for (int r = 0; r < D; ++r) {
        turn(v[r * D + p], v[r * D + q]);
        if (r == p || r == q) continue;
        turn(a[r * D + p], a[r * D + q]);
        a[p * D + r] = a[r * D + p];
        a[q * D + r] = a[r * D + q];
    }
}

// Jacobi's method: eigenvalues on the diagonal of a symmetric (D, D), in place, with the columns of v turned to the axes.
// With an error, correlations of the axes below it are left.
inline void diagonalise(double* a, double* v, int D, double error) {
    double trace = 0.0;
    for (int i = 0; i < D; ++i) trace += std::abs(a[i * D + i]);
    bool turned = true;
    for (int sweep = 0; turned && sweep < 30; ++sweep) {
        turned = false;
        for (int p = 0; p < D; ++p)
            for (int q = p + 1; q < D; ++q)
                if (std::abs(a[p * D + q]) > 1e-17 * trace &&
                    a[p * D + q] * a[p * D + q] > error * error * a[p * D + p] * a[q * D + q]) {
                    rotate(a, v, D, p, q);
                    turned = true;
                }
    }
}

// Eigenvalues on the diagonal of a symmetric (D, D), in place, and eigenvectors in the columns of v.
inline void eigen(double* a, double* v, int D) {
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) v[i * D + j] = i == j;
    diagonalise(a, v, D, 0.0);
}

// to (D, D) = a b, where either may stand for its transpose.
template <class Columns>
void product_of(const double* a, bool a_transposed, const double* b, bool b_transposed, Columns D, double* to) {
    const int a_row = a_transposed ? 1 : D, a_column = a_transposed ? D : 1;
    for (int i = 0; i < D; ++i) {
        double* row = to + i * D;
        std::fill_n(row, D, 0.0);
        for (int r = 0; r < D; ++r) {
            const double factor = a[i * a_row + r * a_column];
            for (int j = 0; j < D; ++j) row[j] += factor * (b_transposed ? b[j * D + r] : b[r * D + j]);
        }
    }
}

inline void multiply(const double* a, bool a_transposed, const double* b, bool b_transposed, int D, double* to) {
    with_columns(D, [&](auto columns) { product_of(a, a_transposed, b, b_transposed, columns, to); });
}

// The bound as diag(width) root root^T diag(width), and the inverse of the root.
struct Bound {
    int D;
    std::vector<double> width, root, inverse;

    Bound(const double* least, int D_) : D(D_), width(D), root(std::size_t(D) * D), inverse(root.size()) {
        for (int i = 0; i < D; ++i) width[i] = std::sqrt(least[i * D + i]);
        for (int i = 0; i < D; ++i)
            for (int j = 0; j < D; ++j) root[i * D + j] = least[i * D + j] / width[i] / width[j];
    }
    bool factorise() {
        if (!cholesky(root.data(), D)) return false;
        for (int i = 0; i < D; ++i) std::fill_n(root.data() + i * D + i + 1, D - i - 1, 0.0);
        invert_lower(root.data(), D, inverse.data());
        return true;
    }
    // to = a covariance in the coordinates where the bound is the identity.
    void whiten(const double* covariance, double* to) const {
        std::vector<double> scaled(root.size()), half(root.size());
        for (int i = 0; i < D; ++i)
            for (int j = 0; j < D; ++j) scaled[i * D + j] = covariance[i * D + j] / width[i] / width[j];
        multiply(scaled.data(), false, inverse.data(), true, D, half.data());
        multiply(inverse.data(), false, half.data(), false, D, to);
        for (int i = 0; i < D; ++i)
            for (int j = 0; j < i; ++j) to[i * D + j] = to[j * D + i] = 0.5 * (to[i * D + j] + to[j * D + i]);
    }
};

// Clips a covariance (D, D), in place, and gives its whitening factor. That is made of the eigenvalues' roots: made of the
// matrix it would have half of their digits. False where it cannot be done here.
inline bool clip(double* covariance, const double* least, int D, double* factor, double& log_diagonal) {
    if (D > most_clipped_columns) return false;
    Bound bound(least, D);
    if (!bound.factorise()) return false;
    std::vector<double> values(bound.root.size()), vectors(values.size()), product(values.size()), roots(D);
    bound.whiten(covariance, values.data());
    eigen(values.data(), vectors.data(), D);
    double smallest = HUGE_VAL;
    for (int i = 0; i < D; ++i) {
        const double value = values[i * D + i];
        if (!(std::abs(value) < HUGE_VAL)) return false;
        smallest = std::min(smallest, value);
        roots[i] = std::sqrt(std::max(1.0, value));
    }
    multiply(vectors.data(), true, bound.inverse.data(), false, D, product.data());
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) product[i * D + j] /= roots[i] * bound.width[j];
    if (!triangle_of(product.data(), D, factor, log_diagonal)) return false;
    if (smallest >= 1.0) return true;
    multiply(bound.root.data(), false, vectors.data(), false, D, product.data());
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) product[i * D + j] *= bound.width[i] * roots[j];
    multiply(product.data(), false, product.data(), true, D, covariance);
    return true;
}

}  // namespace gaussmix::step
