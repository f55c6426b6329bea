// Log-joint densities of a block of rows, feature by row, and the softmax over components.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "elementary.hpp"
#include "pass.hpp"

namespace gaussmix::GM_ARCH {

// The units of columns in float: a centre, subtracted in double, and a factor with its inverse. In double they are those
// of the data.
template <class T>
struct Units {
    std::vector<double> centre, scale, inverse;

    explicit Units(int D) : centre(D, 0.0), scale(D, 1.0), inverse(D, 1.0) {}
    void set_scale(int d, double factor) {
        scale[d] = factor > 1e-300 && factor < 1e300 ? factor : 1.0;
        inverse[d] = 1.0 / scale[d];
    }
};
template <>
struct Units<double> {
    explicit Units(int) {}
};

// The mixture in the type that products are made in. In float, columns are taken about a common centre, and multiplied by
// factors that make the narrowest component one wide: an offset of the data then costs no digit, no square leaves the range
// of float, and digits are the same in all units.
template <class T>
struct Prepared : Units<T> {
    using Units<T>::centre, Units<T>::scale, Units<T>::inverse;
    Parameters p;
    std::vector<T> means, factors;

    explicit Prepared(const Parameters& parameters) : Units<T>(parameters.D), p(parameters) {
        choose_units();
        means = points(p.means);
        const std::size_t size = std::size_t(p.K) * p.D * (p.full ? p.D : 1);
        factors.resize(size);
        for (std::size_t i = 0; i < size; i += p.D)
            for (int d = 0; d < p.D; ++d) factors[i + d] = T(p.factors[i + d] * inverse[d]);
    }

    const T* mean(int k) const { return means.data() + std::ptrdiff_t(k) * p.D; }
    const T* factor(int k) const { return factors.data() + std::ptrdiff_t(k) * p.D * (p.full ? p.D : 1); }

    // Whether float resolves every component: 1e4 widths of the narrowest one from the centre, three digits of one are left.
    bool within_reach() const {
        return std::all_of(means.begin(), means.end(), [](T mean) { return std::abs(mean) < T(1e4); });
    }

    // Points (K, D) in the units of the pass.
    std::vector<T> points(const double* given) const {
        std::vector<T> result(std::size_t(p.K) * p.D);
        for (std::size_t i = 0; i < result.size(); i += p.D)
            for (int d = 0; d < p.D; ++d) result[i + d] = T((given[i + d] - centre[d]) * scale[d]);
        return result;
    }

  private:
    void choose_units() {
        for (int k = 0; k < p.K; ++k)
            for (int d = 0; d < p.D; ++d) {
                const std::size_t at = std::size_t(k) * p.D + d;
                centre[d] += p.means[at] / p.K;
                const double factor = std::abs(p.factors[p.full ? at * p.D + d : at]);
                scale[d] = k == 0 ? factor : std::max(scale[d], factor);
            }
        for (int d = 0; d < p.D; ++d) {
            this->set_scale(d, scale[d]);
        }
    }
};

// In double the arrays are those that are given.
template <>
struct Prepared<double> : Units<double> {
    Parameters p;

    explicit Prepared(const Parameters& parameters) : Units<double>(parameters.D), p(parameters) {}

    const double* mean(int k) const { return p.means + std::ptrdiff_t(k) * p.D; }
    const double* factor(int k) const { return p.factors + std::ptrdiff_t(k) * p.D * (p.full ? p.D : 1); }
};

// Column d of `rows` rows of X from `first` on, in the units of the pass.
template <class T, class From>
GM_INLINE void gather_column(const Units<T>& units, const Table<From>& X, std::ptrdiff_t first, int rows, int d,
                             T* to) {
    const From* column = X.data + first * X.row_stride + d * X.column_stride;
    if constexpr (sizeof(T) == sizeof(double)) {
        if (X.row_stride == 1) std::copy_n(column, rows, to);
        else
            for (int i = 0; i < rows; ++i) to[i] = column[i * X.row_stride];
    } else {
        const double c = units.centre[d], s = units.scale[d];
        if (X.row_stride == 1)
            for (int i = 0; i < rows; ++i) to[i] = T((double(column[i]) - c) * s);
        else
            for (int i = 0; i < rows; ++i) to[i] = T((double(column[i * X.row_stride]) - c) * s);
    }
}

// X[rows] as (D, stride), in the units of the pass; the rows from m to a whole number of vectors repeat the last one.
template <class T, class From>
void gather(const Units<T>& units, const Table<From>& X, std::ptrdiff_t start, int m, int padded, T* out, int stride) {
    int i = 0;
    // Of many columns, eight rows at a time: each is then read along memory, and each line of the result written once.
    if (X.D >= 32 && X.column_stride == 1)
        for (; i + 8 <= m; i += 8)
            for (int d = 0; d < X.D; ++d)
                gather_column(units, X, start + i, 8, d, out + std::ptrdiff_t(d) * stride + i);
    for (int d = 0; d < X.D; ++d) {
        T* to = out + std::ptrdiff_t(d) * stride;
        gather_column(units, X, start + i, m - i, d, to + i);
        for (int j = m; j < padded; ++j) to[j] = to[m - 1];
    }
}

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

// The same for a diagonal L, straight from the rows x.
template <class T, int R>
GM_INLINE void scale_rows(const T* scale, const T* mean, int D, const T* x, int stride, T* squares) {
    constexpr int W = lanes<T>;
    Vec<T> total[R];
    for (int r = 0; r < R; ++r) total[r] = Vec<T>{};
    for (int d = 0; d < D; ++d) {
        const T* row = x + std::ptrdiff_t(d) * stride;
        for (int r = 0; r < R; ++r) {
            const Vec<T> y = (load<T>(row + r * W) - mean[d]) * scale[d];
            total[r] += y * y;
        }
    }
    for (int r = 0; r < R; ++r) store<T>(squares + r * W, total[r]);
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

// squares[n] = |L (x_n - mu)|^2 for a block.
template <class T>
void squared_distances(const Prepared<T>& m, int k, const T* x, int stride, int padded, T* scratch, T* squares) {
    constexpr int W = lanes<T>;
    constexpr int wide = GM_BYTES == 64 ? 4 : 2;  // what 32 or 16 registers hold beside four rows of L
    const int D = m.p.D;
    const T* mean = m.mean(k);
    int i = 0;
    if (!m.p.full) {
        const T* scale = m.factor(k);
        for (; i + 4 * W <= padded; i += 4 * W) scale_rows<T, 4>(scale, mean, D, x + i, stride, squares + i);
        for (; i < padded; i += W) scale_rows<T, 1>(scale, mean, D, x + i, stride, squares + i);
        return;
    }
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

// log_joint (K, stride) of a block, in J, less what is left out.
template <class T, class J>
void block_log_joint(const Prepared<T>& m, const T* x, int stride, int padded, T* scratch, T* squares, J* joint) {
    const double base = left_out<J>(m.p.offsets, m.p.K);
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
