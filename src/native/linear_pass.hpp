// An E-step in which log-densities are linear in the rows: that of components with a common covariance.
#pragma once

#include <algorithm>

#include "e_step_moments.hpp"

namespace gaussmix::GM_ARCH {

// joint (I, stride) = constants + slopes x for I components.
template <int I>
GM_INLINE void linear_tile(const double* slopes, const double* constants, const double* x, int D, int stride, int padded,
                           double* joint) {
    constexpr int W = lanes<double>;
    for (int n = 0; n < padded; n += 2 * W) {
        Double a[I][2];
        for (int c = 0; c < I; ++c) a[c][0] = a[c][1] = splat(constants[c]);
        for (int d = 0; d < D; ++d) {
            const double* row = x + std::ptrdiff_t(d) * stride + n;
            const Double v = load<double>(row), w = load<double>(row + W);
            for (int c = 0; c < I; ++c) {
                a[c][0] += v * slopes[c * D + d];
                a[c][1] += w * slopes[c * D + d];
            }
        }
        for (int c = 0; c < I; ++c) {
            store<double>(joint + std::ptrdiff_t(c) * stride + n, a[c][0]);
            store<double>(joint + std::ptrdiff_t(c) * stride + n + W, a[c][1]);
        }
    }
}

// first (I, D) += sums of r x for I components.
template <int I>
GM_INLINE void first_moments(const double* r, const double* x, int D, int stride, int padded, double* first) {
    int d = 0;
    for (; d + 4 <= D; d += 4)
        tile<double, I, 4>(r, x + std::ptrdiff_t(d) * stride, stride, padded, first + d, D);
    for (; d < D; ++d) tile<double, I, 1>(r, x + std::ptrdiff_t(d) * stride, stride, padded, first + d, D);
}

// Counts and first moments about zero under responsibilities in proportion to exp(constants + slopes x), slopes (K, D).
inline void linear_pass(const Table<double>& X, const double* weights, const double* slopes, const double* constants,
                        int K, Sums& sums) {
    const Prepared<double> units({K, X.D, false, nullptr, nullptr, nullptr});
    const int D = X.D, block = rows_per_block<double>(X.n, D, K, false), stride = block + padding;
    Scratch<double> s(D, K, stride, false);
    double* joint = s.joint;
    for (std::ptrdiff_t start = 0; start < X.n; start += block) {
        const int m = int(std::min<std::ptrdiff_t>(block, X.n - start)), padded = (m + 15) / 16 * 16;
        gather<double>(units, X, start, m, padded, s.x, stride);
        const auto at = [&](int k) { return joint + std::ptrdiff_t(k) * stride; };
        int k = 0;
        for (; k + 4 <= K; k += 4) linear_tile<4>(slopes + k * D, constants + k, s.x, D, stride, padded, at(k));
        for (; k < K; ++k) linear_tile<1>(slopes + k * D, constants + k, s.x, D, stride, padded, at(k));
        if (sums.with_likelihood) softmax(joint, K, stride, padded, s.log_prob, s.log_top);
        else softmax<false>(joint, K, stride, padded, s.log_prob, s.log_top);
        weigh(joint, K, stride, m, padded, weights + start, s.log_prob, s.log_top, sums);
        for (k = 0; k < K; ++k) {
            Double total = Double{};
            for (int i = 0; i < padded; i += lanes<double>) total += load<double>(at(k) + i);
            sums.counts[k] += sum<double>(total);
        }
        for (k = 0; k + 4 <= K; k += 4) first_moments<4>(at(k), s.x, D, stride, padded, sums.first + k * D);
        for (; k < K; ++k) first_moments<1>(at(k), s.x, D, stride, padded, sums.first + k * D);
    }
}

}  // namespace gaussmix::GM_ARCH
