// Triangular factors of small matrices.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

namespace gaussmix::step {

// The value of a function of a number of columns: of few it is a constant of the compiler, which unrolls loops over them.
template <class Function>
auto with_columns(int D, const Function& function) {
    switch (D) {
        case 2: return function(std::integral_constant<int, 2>());
        case 3: return function(std::integral_constant<int, 3>());
        case 4: return function(std::integral_constant<int, 4>());
        case 5: return function(std::integral_constant<int, 5>());
        case 6: return function(std::integral_constant<int, 6>());
        case 7: return function(std::integral_constant<int, 7>());
        case 8: return function(std::integral_constant<int, 8>());
        default: return function(D);
    }
}

// The sum of the logarithms of D positive numbers, `apart` from one to the next: that of products within the range of double.
inline double sum_of_logarithms(const double* values, int D, std::ptrdiff_t apart) {
    double sum = 0.0, product = 1.0;
    for (int i = 0; i < D; ++i, values += apart) {
        const double next = product * *values;
        if (next > 1e-150 && next < 1e150) product = next;
        else {
            sum += std::log(product);
            product = *values;
        }
    }
    return sum + std::log(product);
}

// The lower Cholesky factor of a symmetric (D, D), upper triangle, in place. It is made as an upper one, whose inner
// loops run along memory; false where a pivot is not positive.
template <class Columns>
bool cholesky(double* a, Columns D) {
    for (int j = 0; j < D; ++j) {
        double* row = a + std::ptrdiff_t(j) * D;
        if (!(row[j] > 1e-14)) return false;  // of a matrix of about unit diagonal
        const double inverse = 1.0 / std::sqrt(row[j]);
        for (int r = j; r < D; ++r) row[r] *= inverse;
        for (int i = j + 1; i < D; ++i) {
            double* other = a + std::ptrdiff_t(i) * D;
            for (int r = i; r < D; ++r) other[r] -= row[i] * row[r];
        }
    }
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < i; ++j) a[i * D + j] = a[j * D + i];
    return true;
}

// The inverse of a lower triangular matrix, with zeros above the diagonal.
template <class Columns>
void invert_lower(const double* l, Columns D, double* inverse) {
    for (int r = 0; r < D; ++r) {
        double* row = inverse + std::ptrdiff_t(r) * D;
        for (int j = 0; j < D; ++j) row[j] = 0.0;
        for (int i = 0; i < r; ++i) {
            const double *above = inverse + std::ptrdiff_t(i) * D, scale = l[r * D + i];
            for (int j = 0; j <= i; ++j) row[j] -= scale * above[j];
        }
        const double inverse = 1.0 / l[r * D + r];
        for (int j = 0; j < r; ++j) row[j] *= inverse;
        row[r] = inverse;
    }
}

// The lower triangular L with L^T L = f^T f for f (D, D), which is overwritten, and the sum of the logarithms of its
// diagonal: columns are made orthogonal from the last one on, so that no digit is lost to a product.
inline bool triangle_of(double* f, int D, double* L, double& log_diagonal) {
    log_diagonal = 0.0;
    std::fill_n(L, std::size_t(D) * D, 0.0);
    for (int j = D - 1; j >= 0; --j) {
        double square = 0.0;
        for (int r = 0; r < D; ++r) square += f[r * D + j] * f[r * D + j];
        if (!(square > 0.0 && square < HUGE_VAL)) return false;
        const double length = L[j * D + j] = std::sqrt(square);
        log_diagonal += std::log(length);
        for (int r = 0; r < D; ++r) f[r * D + j] /= length;
        for (int i = 0; i < j; ++i) {
            double part = 0.0;
            for (int r = 0; r < D; ++r) part += f[r * D + j] * f[r * D + i];
            L[j * D + i] = part;
            for (int r = 0; r < D; ++r) f[r * D + i] -= part * f[r * D + j];
        }
    }
    return true;
}

// tr(L S L^T) of a lower triangular or diagonal factor and a symmetric S.
inline double trace_of(const double* factor, const double* S, int D, bool full) {
    double trace = 0.0;
    for (int i = 0; i < D && !full; ++i) trace += factor[i] * factor[i] * S[i];
    for (int i = 0; i < D && full; ++i) {
        const double* row = factor + std::ptrdiff_t(i) * D;
        for (int a = 0; a <= i; ++a) {
            const double* other = S + std::ptrdiff_t(a) * D;
            double product = 0.0;  // those off the diagonal count twice
            for (int b = 0; b < a; ++b) product += other[b] * row[b];
            trace += row[a] * (2.0 * product + other[a] * row[a]);
        }
    }
    return trace;
}

// Whether all eigenvalues of L S L^T are below a positive value, of a lower triangular or diagonal factor and a positive
// semi-definite S: their sum is, or I - L S L^T / most is positive definite.
inline bool eigenvalues_below(double most, const double* factor, const double* S, int D, bool full) {
    for (int i = 0; i < D && !full; ++i)
        if (!(factor[i] * factor[i] * S[i] < most)) return false;
    if (!full || trace_of(factor, S, D, true) < most) return true;
    std::vector<double> product(std::size_t(D) * D, 0.0), rest(std::size_t(D) * D, 0.0);
    for (int i = 0; i < D; ++i) {
        double* row = product.data() + std::ptrdiff_t(i) * D;
        for (int a = 0; a <= i; ++a)
            for (int b = 0; b < D; ++b) row[b] += factor[i * D + a] * S[a * D + b];
    }
    for (int i = 0; i < D; ++i)
        for (int j = i; j < D; ++j) {
            double sum = 0.0;
            for (int b = 0; b <= j; ++b) sum += product[i * D + b] * factor[j * D + b];
            rest[i * D + j] = (i == j ? 1.0 : 0.0) - sum / most;
        }
    return cholesky(rest.data(), D);
}

}  // namespace gaussmix::step
