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

// Slopes (K, D) and columns in T, and in float in units in which the steepest slope of a column is one.
template <class T>
struct Slopes {
    Units<T> units;
    std::vector<T> values;
    std::vector<double> first;

    Slopes(const double* given, int K, int D) : units(D), values(std::size_t(K) * D), first(std::size_t(K) * D) {
        for (int d = 0; d < D; ++d) {
            double steepest = 0.0;
            for (int k = 0; k < K; ++k) steepest = std::max(steepest, std::abs(given[std::ptrdiff_t(k) * D + d]));
            units.set_scale(d, steepest);
            for (int k = 0; k < K; ++k) values[std::ptrdiff_t(k) * D + d] = T(given[std::ptrdiff_t(k) * D + d] * units.inverse[d]);
        }
    }
    const T* at(int k) const { return values.data() + std::ptrdiff_t(k) * units.scale.size(); }
    double* first_of(int k, Sums&) { return first.data() + std::ptrdiff_t(k) * units.scale.size(); }
    void add_to(Sums& sums) const {
        for (std::size_t i = 0; i < first.size(); ++i) sums.first[i] += first[i] * units.inverse[i % units.inverse.size()];
    }
};
template <>
struct Slopes<double> {
    Units<double> units;
    const double* values;
    int D;

    Slopes(const double* given, int, int columns) : units(columns), values(given), D(columns) {}
    const double* at(int k) const { return values + std::ptrdiff_t(k) * D; }
    double* first_of(int k, Sums& sums) { return sums.first + std::ptrdiff_t(k) * D; }
    void add_to(Sums&) const {}
};

// Counts and first moments about zero under responsibilities in proportion to exp(constants + slopes x), slopes (K, D),
// by products in T.
template <class T>
void linear_pass(const Table<double>& X, const double* weights, const double* given_slopes, const double* given_constants,
                 int K, Sums& sums) {
    const int D = X.D, block = rows_per_block<T>(X.n, D, K, false), stride = block + padding;
    Slopes<T> slopes(given_slopes, K, D);
    const double base = left_out<T>(given_constants, K);
    std::vector<T> constants(K);
    for (int k = 0; k < K; ++k) constants[k] = T(given_constants[k] - base);
    Scratch<T, T> s(D, K, stride, false);
    for (std::ptrdiff_t start = 0; start < X.n; start += block) {
        const int m = int(std::min<std::ptrdiff_t>(block, X.n - start)), padded = (m + 31) / 32 * 32;
        gather(slopes.units, X, start, m, padded, s.x, stride);
        const auto at = [&](int k) { return s.joint + std::ptrdiff_t(k) * stride; };
        by_fours(K, [&](int k, auto count) {
            linear_tile<T, count>(slopes.at(k), constants.data() + k, s.x, D, stride, padded, at(k));
        });
        block_weights(weights + start, m, padded, s.weights);
        weighted_softmax(s, K, stride, padded, base, sums);
        by_fours(K, [&](int k, auto count) {
            row_sums<T, count>(at(k), nullptr, stride, padded, sums.counts + k);
            first_moments<T, count>(at(k), s.x, D, stride, padded, slopes.first_of(k, sums));
        });
    }
    slopes.add_to(sums);
}

}  // namespace gaussmix::GM_ARCH
