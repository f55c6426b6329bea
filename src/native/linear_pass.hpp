// An E-step in which log-densities are linear in the rows: that of components with a common covariance.
#pragma once

#include <algorithm>
#include <vector>

#include "e_step_moments.hpp"

namespace gaussmix::GM_ARCH {

// joint (I, stride) = constants + slopes x for I components.
template <class T, int I>
GM_INLINE void linear_tile(const T* slopes, const T* constants, const T* x, int D, int stride, int padded, T* joint) {
    constexpr int W = lanes<T>;
    for (int n = 0; n < padded; n += 2 * W) {
        Vec<T> a[I][2];
        for (int c = 0; c < I; ++c) a[c][0] = a[c][1] = splat(constants[c]);
        for (int d = 0; d < D; ++d) {
            const T* row = x + std::ptrdiff_t(d) * stride + n;
            const Vec<T> v = load<T>(row), w = load<T>(row + W);
            for (int c = 0; c < I; ++c) {
                a[c][0] += v * slopes[c * D + d];
                a[c][1] += w * slopes[c * D + d];
            }
        }
        for (int c = 0; c < I; ++c) {
            store<T>(joint + std::ptrdiff_t(c) * stride + n, a[c][0]);
            store<T>(joint + std::ptrdiff_t(c) * stride + n + W, a[c][1]);
        }
    }
}

// first (I, D) += sums of r x for I components.
template <class T, int I>
GM_INLINE void first_moments(const T* r, const T* x, int D, int stride, int padded, double* first) {
    int d = 0;
    for (; d + 4 <= D; d += 4)
        tile<T, I, 4>(r, x + std::ptrdiff_t(d) * stride, stride, padded, first + d, D);
    for (; d < D; ++d) tile<T, I, 1>(r, x + std::ptrdiff_t(d) * stride, stride, padded, first + d, D);
}

// Numbers in T: those given where they are doubles.
template <class T>
const T* converted(const double* given, std::size_t size, std::vector<T>& kept) {
    if constexpr (sizeof(T) == sizeof(double)) return given;
    else {
        kept.assign(given, given + size);
        return kept.data();
    }
}

// Counts and first moments about zero under responsibilities in proportion to exp(constants + slopes x), slopes (K, D),
// by products in T.
template <class T>
void linear_pass(const Table<double>& X, const double* weights, const double* given_slopes, const double* given_constants,
                 int K, Sums& sums) {
    const Units<T> units(X.D);
    const int D = X.D, block = rows_per_block<T>(X.n, D, K, false), stride = block + padding;
    std::vector<T> kept_slopes, kept_constants;
    const T* slopes = converted(given_slopes, std::size_t(K) * D, kept_slopes);
    const T* constants = converted(given_constants, K, kept_constants);
    Scratch<T, T> s(D, K, stride, false);
    for (std::ptrdiff_t start = 0; start < X.n; start += block) {
        const int m = int(std::min<std::ptrdiff_t>(block, X.n - start)), padded = (m + 31) / 32 * 32;
        gather(units, X, start, m, padded, s.x, stride);
        const auto at = [&](int k) { return s.joint + std::ptrdiff_t(k) * stride; };
        int k = 0;
        for (; k + 4 <= K; k += 4) linear_tile<T, 4>(slopes + k * D, constants + k, s.x, D, stride, padded, at(k));
        for (; k < K; ++k) linear_tile<T, 1>(slopes + k * D, constants + k, s.x, D, stride, padded, at(k));
        block_weights(weights + start, m, padded, s.weights);
        weighted_softmax(s, K, stride, padded, sums);
        for (k = 0; k < K; ++k) {
            Vec<T> total = Vec<T>{};
            for (int i = 0; i < padded; i += lanes<T>) total += load<T>(at(k) + i);
            sums.counts[k] += double(sum<T>(total));
        }
        for (k = 0; k + 4 <= K; k += 4) first_moments<T, 4>(at(k), s.x, D, stride, padded, sums.first + k * D);
        for (; k < K; ++k) first_moments<T, 1>(at(k), s.x, D, stride, padded, sums.first + k * D);
    }
}

}  // namespace gaussmix::GM_ARCH
