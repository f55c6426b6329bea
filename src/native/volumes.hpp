// Volumes of components: equal, or those of components that share a shape; gaussmix/kernels/volumes.py says which.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "triangle.hpp"

namespace gaussmix::step {

// The solution of A x = b for a positive definite A (K, K), lower triangle, both in place. False where it is not definite.
inline bool solve_definite(double* A, double* b, int K) {
    for (int i = 0; i < K; ++i) {
        double* row = A + std::ptrdiff_t(i) * K;
        for (int j = 0; j <= i; ++j) {
            const double* other = A + std::ptrdiff_t(j) * K;
            double value = row[j];
            for (int r = 0; r < j; ++r) value -= row[r] * other[r];
            if (i > j) row[j] = value / other[j];
            else if (value > 0.0) row[j] = std::sqrt(value);
            else return false;
        }
        for (int r = 0; r < i; ++r) b[i] -= row[r] * b[r];
        b[i] /= row[i];
    }
    for (int i = K - 1; i >= 0; --i) {
        for (int r = i + 1; r < K; ++r) b[i] -= A[std::ptrdiff_t(r) * K + i] * b[r];
        b[i] /= A[std::ptrdiff_t(i) * K + i];
    }
    return true;
}

// What is known of scatter matrices W_k / λ_k beside their sum S: log |S|, traces of S⁻¹ W_k / λ_k (K,), and those of the
// products of two of these (K, K), lower triangle.
struct Shares {
    double log_determinant = 0.0;
    std::vector<double> traces, products;
    explicit Shares(int K) : traces(K), products(std::size_t(K) * K) {}

    // The products of K vectors (size, K), the numbers of each in a column.
    void multiply(const double* parts, std::size_t size, int K) {
        std::fill(products.begin(), products.end(), 0.0);
        for (std::size_t e = 0; e < size; ++e, parts += K)
            for (int k = 0; k < K; ++k)
                for (int j = 0; j <= k; ++j) products[std::size_t(k) * K + j] += parts[k] * parts[j];
    }
};

// Where Newton's method ends: after the most steps, or after one of no longer than the last.
struct Newton {
    int most_steps = 200;
    double last = 1e-8;  // the error after such a step is about its square
};

// The logarithms of the volumes (K,), in place, that minimise the convex D Σ n_k log λ_k + N log |Σ W_k / λ_k|, by
// Newton's method; where that leads up, by the fixed point, which never does. `share(logarithms, shares, whole)` fills the
// shares, or only the determinant, false where it cannot.
template <class Share>
bool newton_volumes(const Share& share, const double* counts, Newton until, int K, int D, double* logarithms) {
    const double N = std::accumulate(counts, counts + K, 0.0);
    Shares now(K), next(K);
    std::vector<double> hessian(std::size_t(K) * K), step(K), tried(K);
    const auto value = [&](const double* logs, const Shares& s) {
        double total = N * s.log_determinant;
        for (int k = 0; k < K; ++k) total += D * counts[k] * logs[k];
        return total;
    };
    if (!share(logarithms, now, true)) return false;
    bool ends = false;
    for (int i = 0; !ends && i < until.most_steps; ++i) {
        const auto take = [&] {
            double longest = 0.0;
            for (int k = 0; k < K; ++k) {
                tried[k] = logarithms[k] + step[k];
                longest = std::max(longest, std::abs(step[k]));
            }
            ends = longest < until.last;
            return share(tried.data(), next, !ends && i + 1 < until.most_steps);
        };
        for (int k = 0; k < K; ++k) {
            step[k] = N * now.traces[k] - D * counts[k];
            // All volumes may grow by one factor without change: the product of counts makes the matrix definite.
            for (int j = 0; j <= k; ++j)
                hessian[std::size_t(k) * K + j] = D * counts[k] * counts[j] / N - N * now.products[std::size_t(k) * K + j];
            hessian[std::size_t(k) * K + k] += N * now.traces[k];
        }
        const double before = value(logarithms, now);
        bool down = solve_definite(hessian.data(), step.data(), K) && take();
        down = down && value(tried.data(), next) <= before + 1e-13 * std::abs(before);
        if (!down) {
            for (int k = 0; k < K; ++k) step[k] = std::log(N * now.traces[k] / (D * counts[k]));
            if (!take()) return false;
        }
        for (int k = 0; k < K; ++k)
            if (!(std::abs(step[k]) < HUGE_VAL)) return false;
        std::copy_n(tried.data(), K, logarithms);
        std::swap(now, next);
    }
    return true;
}

// Variances λ_k b_d (K, D) in the place of sums of squares along axes; logarithms (K,) of the volumes to begin at, which
// are replaced. False where there are none.
inline bool variances_of_one_shape(double* scatter, const double* counts, Newton until, int K, int D,
                                   double* logarithms) {
    const double N = std::accumulate(counts, counts + K, 0.0);
    std::vector<double> parts(std::size_t(K) * D), total(D);
    const auto share = [&](const double* logs, Shares& s, bool whole) {
        std::fill(total.begin(), total.end(), 0.0);
        for (int k = 0; k < K; ++k) {
            const double inverse = std::exp(-logs[k]);
            for (int d = 0; d < D; ++d) total[d] += parts[d * K + k] = scatter[k * D + d] * inverse;
        }
        s.log_determinant = 0.0;
        for (int d = 0; d < D; ++d) {
            if (!(total[d] > 0.0 && total[d] < HUGE_VAL)) return false;
            s.log_determinant += std::log(total[d]);
            total[d] = 1.0 / total[d];
        }
        if (!whole) return true;
        for (int k = 0; k < K; ++k) {
            s.traces[k] = 0.0;
            for (int d = 0; d < D; ++d) s.traces[k] += parts[d * K + k] *= total[d];
        }
        s.multiply(parts.data(), D, K);
        return true;
    };
    if (!newton_volumes(share, counts, until, K, D, logarithms)) return false;
    std::fill(total.begin(), total.end(), 0.0);
    for (int k = 0; k < K; ++k)
        for (int d = 0; d < D; ++d) total[d] += scatter[k * D + d] * std::exp(-logarithms[k]) / N;
    for (int k = 0; k < K; ++k)
        for (int d = 0; d < D; ++d) scatter[k * D + d] = std::exp(logarithms[k]) * total[d];
    return true;
}

// Covariances λ_k C (K, D, D) in the place of scatter matrices; the same.
inline bool covariances_of_one_matrix(double* scatter, const double* counts, Newton until, int K, int D,
                                      double* logarithms) {
    constexpr double root_of_two = 1.4142135623730951;
    const std::size_t size = std::size_t(D) * D;
    const double N = std::accumulate(counts, counts + K, 0.0);
    std::vector<double> width(D), scaled(K * size), parts(K * size), part(size), total(size), inverse(size), half(size);
    for (int i = 0; i < D; ++i) {
        for (int k = 0; k < K; ++k) width[i] += scatter[k * size + i * D + i];
        if (!(width[i] > 0.0 && width[i] < HUGE_VAL)) return false;
        width[i] = std::sqrt(width[i]);
    }
    for (std::size_t e = 0; e < K * size; ++e) scaled[e] = scatter[e] / width[e % size / D] / width[e % D];
    const auto share = [&](const double* logs, Shares& s, bool whole) {
        std::fill(total.begin(), total.end(), 0.0);
        for (int k = 0; k < K; ++k) {
            const double factor = std::exp(-logs[k]);
            for (std::size_t e = 0; e < size; ++e) total[e] += scaled[k * size + e] * factor;
        }
        double trace = 0.0;
        for (int i = 0; i < D; ++i) trace += total[i * D + i] / D;
        if (!(trace > 0.0 && trace < HUGE_VAL)) return false;
        for (double& value : total) value /= trace;
        if (!cholesky(total.data(), D)) return false;
        s.log_determinant = D * std::log(trace);
        for (int i = 0; i < D; ++i) s.log_determinant += 2.0 * std::log(total[i * D + i]);
        if (!whole) return true;
        invert_lower(total.data(), D, inverse.data());
        for (int k = 0; k < K; ++k) {
            multiply(&scaled[k * size], false, inverse.data(), true, D, half.data());
            multiply(inverse.data(), false, half.data(), false, D, part.data());
            const double factor = std::exp(-logs[k]) / trace;
            s.traces[k] = 0.0;
            // Of a symmetric matrix the elements off the diagonal count twice in a product.
            for (int i = 0, at = k; i < D; ++i) {
                s.traces[k] += part[i * D + i] * factor;
                for (int j = 0; j <= i; ++j, at += K)
                    parts[at] = part[i * D + j] * (i == j ? factor : factor * root_of_two);
            }
        }
        s.multiply(parts.data(), std::size_t(D) * (D + 1) / 2, K);
        return true;
    };
    if (!newton_volumes(share, counts, until, K, D, logarithms)) return false;
    std::fill(total.begin(), total.end(), 0.0);
    for (int k = 0; k < K; ++k)
        for (std::size_t e = 0; e < size; ++e) total[e] += scatter[k * size + e] * std::exp(-logarithms[k]) / N;
    for (int k = 0; k < K; ++k)
        for (std::size_t e = 0; e < size; ++e) scatter[k * size + e] = std::exp(logarithms[k]) * total[e];
    return true;
}

// Factors (K,) of scatters whose volumes |W_k|^(1/D) have given logarithms, in place, so that the volumes are equal.
inline void equal_volumes(const double* counts, int K, double* logarithms) {
    const double top = *std::max_element(logarithms, logarithms + K);
    double total = 0.0, N = 0.0;
    for (int k = 0; k < K; ++k) {
        total += std::exp(logarithms[k] - top);
        N += counts[k];
    }
    for (int k = 0; k < K; ++k) logarithms[k] = total / N * std::exp(top - logarithms[k]);
}

}  // namespace gaussmix::step
