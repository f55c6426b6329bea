// Log-joint densities of a block of rows, feature by row, and the softmax over components.
#pragma once

#include <limits>

#include "diagonal.hpp"
#include "elementary.hpp"

namespace gaussmix::GM_ARCH {

template <class T>
GM_INLINE void deviations(const T* x, int D, int stride, int padded, const T* mean, T* out) {
    for (int d = 0; d < D; ++d) {
        const Vec<T> mu = splat<T>(mean[d]);
        const T* from = x + std::ptrdiff_t(d) * stride;
        T* to = out + std::ptrdiff_t(d) * stride;
        for (int i = 0; i < padded; i += lanes<T>) store<T>(to + i, load<T>(from + i) - mu);
    }
}

// total += |rows i .. i+I of L d|^2, over R vectors of rows of data.
template <class T, int I, int R>
GM_INLINE void whiten_tile(const T* L, int D, int i, const T* d, int stride, Vec<T> total[R]) {
    constexpr int W = lanes<T>;
    Vec<T> a[I][R];
    for (int c = 0; c < I; ++c)
        for (int r = 0; r < R; ++r) a[c][r] = Vec<T>{};
    const T* l = L + std::ptrdiff_t(i) * D;
    for (int j = 0; j < i; ++j) {
        const T* row = d + std::ptrdiff_t(j) * stride;
        for (int r = 0; r < R; ++r) {
            const Vec<T> v = load<T>(row + r * W);
            for (int c = 0; c < I; ++c) a[c][r] += v * l[c * D + j];
        }
    }
    GM_UNROLL
    for (int j = 0; j < I; ++j) {
        const T* row = d + std::ptrdiff_t(i + j) * stride;
        GM_UNROLL
        for (int r = 0; r < R; ++r) {
            const Vec<T> v = load<T>(row + r * W);
            GM_UNROLL
            for (int c = j; c < I; ++c) a[c][r] += v * l[c * D + i + j];
        }
    }
    for (int c = 0; c < I; ++c)
        for (int r = 0; r < R; ++r) total[r] += a[c][r] * a[c][r];
}

// squares[n] = |L d_n|^2 for lower triangular L, over R vectors of rows.
template <class T, int R>
GM_INLINE void whiten_rows(const T* L, int D, const T* d, int stride, T* squares) {
    Vec<T> total[R];
    for (int r = 0; r < R; ++r) total[r] = Vec<T>{};
    int i = 0;
    for (; i + 4 <= D; i += 4) whiten_tile<T, 4, R>(L, D, i, d, stride, total);
    switch (D - i) {
        case 3: whiten_tile<T, 3, R>(L, D, i, d, stride, total); break;
        case 2: whiten_tile<T, 2, R>(L, D, i, d, stride, total); break;
        case 1: whiten_tile<T, 1, R>(L, D, i, d, stride, total); break;
        default: break;
    }
    for (int r = 0; r < R; ++r) store<T>(squares + r * lanes<T>, total[r]);
}

// The same for a full L of few columns, without scratch.
template <class T, int D>
void whiten_small(const T* L, const T* mean, const T* x, int stride, int padded, T* squares) {
    Vec<T> l[D][D], mu[D];
    for (int i = 0; i < D; ++i) {
        mu[i] = splat<T>(mean[i]);
        for (int j = 0; j <= i; ++j) l[i][j] = splat<T>(L[i * D + j]);
    }
    for (int n = 0; n < padded; n += lanes<T>) {
        Vec<T> d[D], total = Vec<T>{};
        for (int i = 0; i < D; ++i) d[i] = load<T>(x + std::ptrdiff_t(i) * stride + n) - mu[i];
        for (int i = 0; i < D; ++i) {
            Vec<T> y = l[i][0] * d[0];
            for (int j = 1; j <= i; ++j) y += l[i][j] * d[j];
            total += y * y;
        }
        store<T>(squares + n, total);
    }
}

// The same for some more columns: sums in registers, L read as it is needed, and no product with its zeros.
template <class T, int D, int R>
GM_INLINE void whiten_few_rows(const T* L, const T* mean, const T* x, int stride, T* squares) {
    constexpr int W = lanes<T>;
    Vec<T> y[D][R], total[R];
    for (int r = 0; r < R; ++r) total[r] = Vec<T>{};
    GM_UNROLL
    for (int j = 0; j < D; ++j) {
        Vec<T> d[R];
        GM_UNROLL
        for (int r = 0; r < R; ++r) d[r] = load<T>(x + std::ptrdiff_t(j) * stride + r * W) - mean[j];
        GM_UNROLL
        for (int i = j; i < D; ++i) {
            const Vec<T> l = splat<T>(L[i * D + j]);
            GM_UNROLL
            for (int r = 0; r < R; ++r) y[i][r] = j == 0 ? l * d[r] : y[i][r] + l * d[r];
        }
        GM_UNROLL
        for (int r = 0; r < R; ++r) total[r] += y[j][r] * y[j][r];
    }
    for (int r = 0; r < R; ++r) store<T>(squares + r * W, total[r]);
}

template <class T, int D>
void whiten_few(const T* L, const T* mean, const T* x, int stride, int padded, T* squares) {
    constexpr int W = lanes<T>;
    int n = 0;
    if constexpr (D <= 13)
        for (; n + 2 * W <= padded; n += 2 * W) whiten_few_rows<T, D, 2>(L, mean, x + n, stride, squares + n);
    for (; n < padded; n += W) whiten_few_rows<T, D, 1>(L, mean, x + n, stride, squares + n);
}

// squares[n] = |L (x_n - mu)|^2 for a block and a full L.
template <class T>
void squared_distances(const Prepared<T>& m, int k, const T* x, int stride, int padded, T* scratch, T* squares) {
    constexpr int W = lanes<T>;
    constexpr int wide = GM_BYTES == 64 ? 4 : 2;  // what 32 or 16 registers hold beside four rows of L
    const int D = m.p.D;
    const T* mean = m.mean(k);
    int i = 0;
    const T* L = m.factor(k);
    switch (D) {
        case 1: return whiten_small<T, 1>(L, mean, x, stride, padded, squares);
        case 2: return whiten_small<T, 2>(L, mean, x, stride, padded, squares);
        case 3: return whiten_small<T, 3>(L, mean, x, stride, padded, squares);
        case 4: return whiten_small<T, 4>(L, mean, x, stride, padded, squares);
        default: break;
    }
    if constexpr (many_registers) switch (D) {
            case 5: return whiten_few<T, 5>(L, mean, x, stride, padded, squares);
            case 6: return whiten_few<T, 6>(L, mean, x, stride, padded, squares);
            case 7: return whiten_few<T, 7>(L, mean, x, stride, padded, squares);
            case 8: return whiten_few<T, 8>(L, mean, x, stride, padded, squares);
            case 9: return whiten_few<T, 9>(L, mean, x, stride, padded, squares);
            case 10: return whiten_few<T, 10>(L, mean, x, stride, padded, squares);
            case 11: return whiten_few<T, 11>(L, mean, x, stride, padded, squares);
            case 12: return whiten_few<T, 12>(L, mean, x, stride, padded, squares);
            case 13: return whiten_few<T, 13>(L, mean, x, stride, padded, squares);
            case 14: return whiten_few<T, 14>(L, mean, x, stride, padded, squares);
            case 15: return whiten_few<T, 15>(L, mean, x, stride, padded, squares);
            case 16: return whiten_few<T, 16>(L, mean, x, stride, padded, squares);
            default: break;
        }
    deviations<T>(x, D, stride, padded, mean, scratch);
    for (; i + wide * W <= padded; i += wide * W) whiten_rows<T, wide>(L, D, scratch + i, stride, squares + i);
    for (; i < padded; i += W) whiten_rows<T, 1>(L, D, scratch + i, stride, squares + i);
}

// What is left out of log-densities: the largest offset in float, so that they have the same digits in all units.
template <class J>
double left_out(const double* offsets, int K) {
    return sizeof(J) == sizeof(double) ? 0.0 : *std::max_element(offsets, offsets + K);
}

// log_joint (K, stride) of a block, in J, less what is left out; of spherical components also squares (K, stride).
template <class T, class J>
void block_log_joint(const Prepared<T>& m, bool spherical, const T* x, int stride, int padded, T* scratch, T* squares,
                     J* joint) {
    const double base = left_out<J>(m.p.offsets, m.p.K);
    if (spherical) return diagonal_log_joint<true>(m, base, x, stride, padded, squares, joint);
    if (!m.p.full) return diagonal_log_joint<false>(m, base, x, stride, padded, squares, joint);
    for (int k = 0; k < m.p.K; ++k) {
        squared_distances<T>(m, k, x, stride, padded, scratch, squares);
        J* to = joint + std::ptrdiff_t(k) * stride;
        const J offset = J(m.p.offsets[k] - base);
        for (int i = 0; i < padded; ++i) to[i] = offset - J(0.5) * J(squares[i]);
    }
}

// In place: responsibilities (K, stride), times weights (stride,) unless these are null. log_prob and log_top (the
// logarithm of the largest), (stride,), unless no one asks for logarithms: then they hold nothing of use.
template <bool Logarithms = true, class J>
GM_INLINE void softmax(J* joint, int K, int stride, int padded, const J* weights, J* log_prob, J* log_top) {
    constexpr int W = lanes<J>;
    constexpr J least = std::numeric_limits<J>::lowest() * J(0.9);
    // Two loops, so that the processor has several rows' exponentials, and then several logarithms, in hand at a time.
    for (int i = 0; i < padded; i += W) {
        Vec<J> top = load<J>(joint + i);
        for (int k = 1; k < K; ++k) top = maximum(load<J>(joint + std::ptrdiff_t(k) * stride + i), top);
        // Of a row whose every density leaves the range of J, responsibilities and moments become NaN.
        const Vec<J> safe = top > splat(least) ? top : splat(least);
        Vec<J> total = Vec<J>{};
        for (int k = 0; k < K; ++k) {
            J* at = joint + std::ptrdiff_t(k) * stride + i;
            const Vec<J> e = exp_vector(load<J>(at) - safe);
            total += e;
            store<J>(at, e);
        }
        store<J>(log_prob + i, safe);
        store<J>(log_top + i, total);
    }
    for (int i = 0; i < padded; i += W) {
        const Vec<J> total = load<J>(log_top + i);
        const Vec<J> inverse = (weights ? load<J>(weights + i) : splat(J(1.0))) / total;
        for (int k = 0; k < K; ++k) {
            J* at = joint + std::ptrdiff_t(k) * stride + i;
            store<J>(at, load<J>(at) * inverse);
        }
        if constexpr (Logarithms) {
            const Vec<J> log_total = log_vector(total);
            store<J>(log_prob + i, load<J>(log_prob + i) + log_total);
            store<J>(log_top + i, -log_total);
        }
    }
}

}  // namespace gaussmix::GM_ARCH
