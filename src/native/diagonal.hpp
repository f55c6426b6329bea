// Densities of components with diagonal covariances, and moments about their means: of several components at a time, so
// that a value of the rows is loaded once for all of them.
#pragma once

#include <type_traits>

#include "units.hpp"

namespace gaussmix::GM_ARCH {

// f(k, I) for the components k .. k+I, where I, known when compiled, is four until fewer are left.
template <class F>
GM_INLINE void by_fours(int K, const F& f) {
    int k = 0;
    for (; k + 4 <= K; k += 4) f(k, std::integral_constant<int, 4>{});
    switch (K - k) {
        case 3: return f(k, std::integral_constant<int, 3>{});
        case 2: return f(k, std::integral_constant<int, 2>{});
        case 1: return f(k, std::integral_constant<int, 1>{});
        default: return;
    }
}

// squares (I, R) = |scale (x - mean)|^2 for I components, means and scales (I, D), over R vectors of rows. Of spherical
// components all scales are the first one.
template <class T, bool spherical, int I, int R>
GM_INLINE void distance_tile(const T* means, const T* scales, int D, const T* x, int stride, Vec<T> (&squares)[I][R]) {
    for (int i = 0; i < I; ++i)
        for (int r = 0; r < R; ++r) squares[i][r] = Vec<T>{};
    for (int d = 0; d < D; ++d) {
        Vec<T> row[R];
        for (int r = 0; r < R; ++r) row[r] = load<T>(x + std::ptrdiff_t(d) * stride + r * lanes<T>);
        for (int i = 0; i < I; ++i)
            for (int r = 0; r < R; ++r) {
                Vec<T> y = row[r] - means[i * D + d];
                if (!spherical) y *= scales[i * D + d];
                squares[i][r] += y * y;
            }
    }
    for (int i = 0; spherical && i < I; ++i)
        for (int r = 0; r < R; ++r) squares[i][r] *= scales[i * D] * scales[i * D];
}

// Log-densities (I, stride) of R vectors of rows, and of spherical components the squares of their distances.
template <class T, class J, bool spherical, int I, int R>
GM_INLINE void joint_tile(const T* means, const T* scales, const J* offsets, int D, const T* x, int stride, T* squares,
                          J* joint) {
    constexpr int W = lanes<T>;
    Vec<T> found[I][R];
    distance_tile<T, spherical, I, R>(means, scales, D, x, stride, found);
    for (int i = 0; i < I; ++i)
        for (int r = 0; r < R; ++r) {
            const std::ptrdiff_t at = std::ptrdiff_t(i) * stride + r * W;
            if (spherical) store<T>(squares + at, found[i][r]);
            if constexpr (sizeof(T) == sizeof(J)) store<J>(joint + at, offsets[i] - J(0.5) * found[i][r]);
            else {
                T values[W];
                store<T>(values, found[i][r]);
                for (int l = 0; l < W; ++l) joint[at + l] = offsets[i] - J(0.5) * J(values[l]);
            }
        }
}

// joint and squares (K, stride) of a block, as above.
template <bool spherical, class T, class J>
void diagonal_log_joint(const Prepared<T>& m, double base, const T* x, int stride, int padded, T* squares, J* joint) {
    by_fours(m.p.K, [&](int k, auto count) {
        constexpr int W = lanes<T>, I = count, R = I > 2 ? 2 : 4;  // at least eight sums at a time hide the delay of each
        const std::ptrdiff_t at = std::ptrdiff_t(k) * stride;
        const T *means = m.mean(k), *scales = m.factor(k);
        J offsets[I];
        for (int i = 0; i < I; ++i) offsets[i] = J(m.p.offsets[k + i] - base);
        T* square = squares + at;
        J* to = joint + at;
        int n = 0;
        for (; n + R * W <= padded; n += R * W)
            joint_tile<T, J, spherical, I, R>(means, scales, offsets, m.p.D, x + n, stride, square + n, to + n);
        for (; n < padded; n += W)
            joint_tile<T, J, spherical, I, 1>(means, scales, offsets, m.p.D, x + n, stride, square + n, to + n);
    });
}

// first (I, C) += sums of r d, and unless components are spherical second (I, C) += those of r d^2, where d = x - mean,
// for I components and C of the D columns.
template <class T, bool spherical, int I, int C>
GM_INLINE void diagonal_moments(const T* r, const T* x, const T* means, int D, int stride, int padded, double* first,
                                double* second) {
    Vec<T> mu[I][C], one[I][C], two[I][C];
    for (int i = 0; i < I; ++i)
        for (int c = 0; c < C; ++c) {
            mu[i][c] = splat<T>(means[i * D + c]);
            one[i][c] = two[i][c] = Vec<T>{};
        }
    for (int n = 0; n < padded; n += lanes<T>) {
        Vec<T> row[C];
        for (int c = 0; c < C; ++c) row[c] = load<T>(x + std::ptrdiff_t(c) * stride + n);
        for (int i = 0; i < I; ++i) {
            const Vec<T> w = load<T>(r + std::ptrdiff_t(i) * stride + n);
            for (int c = 0; c < C; ++c) {
                const Vec<T> d = row[c] - mu[i][c], g = w * d;
                one[i][c] += g;
                if (!spherical) two[i][c] += g * d;
            }
        }
    }
    for (int i = 0; i < I; ++i)
        for (int c = 0; c < C; ++c) {
            first[i * D + c] += double(sum<T>(one[i][c]));
            if (!spherical) second[i * D + c] += double(sum<T>(two[i][c]));
        }
}

// The same for all columns of K components, r (K, stride), about the references (K, D).
template <bool spherical, class T>
void add_diagonal(const T* x, const T* r, const T* reference, int K, int D, int stride, int padded, double* first,
                  double* second) {
    by_fours(K, [&](int k, auto count) {
        constexpr int I = count, C = many_registers || spherical ? 2 : 1;  // sums that fit into the registers
        const T* of = r + std::ptrdiff_t(k) * stride;
        const auto columns = [&](int d, auto width) {
            const std::ptrdiff_t at = std::ptrdiff_t(k) * D + d;
            diagonal_moments<T, spherical, I, width>(of, x + std::ptrdiff_t(d) * stride, reference + at, D, stride, padded,
                                                     first + at, second + at);
        };
        int d = 0;
        for (; d + C <= D; d += C) columns(d, std::integral_constant<int, C>{});
        for (; d < D; ++d) columns(d, std::integral_constant<int, 1>{});
    });
}

}  // namespace gaussmix::GM_ARCH
