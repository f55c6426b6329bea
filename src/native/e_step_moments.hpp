// Moments of a block: sums of r d, and of r d d^T, about a reference.
#pragma once

#include <memory>
#include <utility>

#include "e_step_densities.hpp"

namespace gaussmix::GM_ARCH {

// second[i, j] += sum_n g_in d_jn for a tile of I rows and J columns.
template <class T, int I, int J>
GM_INLINE void tile(const T* g, const T* d, int stride, int padded, double* second, int D) {
    constexpr int W = lanes<T>;
    Vec<T> a[I][J];
    for (int i = 0; i < I; ++i)
        for (int j = 0; j < J; ++j) a[i][j] = Vec<T>{};
    for (int n = 0; n < padded; n += W) {
        Vec<T> right[J];
        for (int j = 0; j < J; ++j) right[j] = load<T>(d + std::ptrdiff_t(j) * stride + n);
        for (int i = 0; i < I; ++i) {
            const Vec<T> left = load<T>(g + std::ptrdiff_t(i) * stride + n);
            for (int j = 0; j < J; ++j) a[i][j] += left * right[j];
        }
    }
    for (int i = 0; i < I; ++i)
        for (int j = 0; j < J; ++j) second[i * D + j] += double(sum<T>(a[i][j]));
}

// The same for the lower triangle of a tile of I rows and as many columns.
template <class T, int I>
GM_INLINE void diagonal_tile(const T* g, const T* d, int stride, int padded, double* second, int D) {
    constexpr int W = lanes<T>;
    Vec<T> a[I][I];
    for (int i = 0; i < I; ++i)
        for (int j = 0; j <= i; ++j) a[i][j] = Vec<T>{};
    for (int n = 0; n < padded; n += W) {
        GM_UNROLL
        for (int i = 0; i < I; ++i) {
            const Vec<T> left = load<T>(g + std::ptrdiff_t(i) * stride + n);
            GM_UNROLL
            for (int j = 0; j <= i; ++j) a[i][j] += left * load<T>(d + std::ptrdiff_t(j) * stride + n);
        }
    }
    for (int i = 0; i < I; ++i)
        for (int j = 0; j <= i; ++j) second[i * D + j] += double(sum<T>(a[i][j]));
}

// Rows i .. i+I of the lower triangle of second (D, D) += g d^T.
template <class T, int I>
GM_INLINE void tile_row(const T* g, const T* d, int D, int i, int stride, int padded, double* second) {
    const T* gi = g + std::ptrdiff_t(i) * stride;
    double* to = second + std::ptrdiff_t(i) * D;
    int j = 0;
    for (; j < i; j += 4) tile<T, I, 4>(gi, d + std::ptrdiff_t(j) * stride, stride, padded, to + j, D);
    diagonal_tile<T, I>(gi, d + std::ptrdiff_t(i) * stride, stride, padded, to + i, D);
}

template <class T>
void add_products(const T* g, const T* d, int D, int stride, int padded, double* second) {
    int i = 0;
    for (; i + 4 <= D; i += 4) tile_row<T, 4>(g, d, D, i, stride, padded, second);
    switch (D - i) {
        case 3: return tile_row<T, 3>(g, d, D, i, stride, padded, second);
        case 2: return tile_row<T, 2>(g, d, D, i, stride, padded, second);
        case 1: return tile_row<T, 1>(g, d, D, i, stride, padded, second);
        default: return;
    }
}

// Scratch of one pass, in one piece of memory, aligned, in which nothing is written at first: in a small table more
// allocations, or zeros, would take as long as the pass.
template <class T, class J = double>
class Scratch {
  public:
    T *x, *deviation, *weighted, *squares, *r;
    J *joint, *weights, *log_prob, *log_top;

    // stride: a multiple of 16, so that each array is aligned.
    Scratch(int D, int K, int stride, bool full) {
        const std::size_t columns = full ? 3 * D : D, row = (columns + 2 * K) * sizeof(T) + (K + 4) * sizeof(J);
        at_ = memory_.take(stride * row);
        const std::size_t table = std::size_t(D) * stride;
        x = take<T>(table);
        deviation = take<T>(full ? table : 0);
        weighted = take<T>(full ? table : 0);
        squares = take<T>(std::size_t(K) * stride);
        r = take<T>(std::size_t(K) * stride);
        joint = take<J>(std::size_t(K + 1) * stride);
        weights = take<J>(stride);
        log_prob = take<J>(stride);
        log_top = take<J>(stride);
    }

  private:
    Memory memory_;
    unsigned char* at_;

    template <class V>
    V* take(std::size_t size) {
        return reinterpret_cast<V*>(std::exchange(at_, at_ + size * sizeof(V)));
    }
};

// Whether to sum over the rows that the component has a part in, packed, rather than over all: cycles in the model are
// a sixteenth of a product, one and a half a row to find it, and one a value to move it.
inline bool pays_to_pack(int D, int used, int m) {
    const double product = (0.5 * D * D + 2.5 * D) / 16.0;
    return 1.5 * m + used * (D + product) < m * product;
}

// Where the moments of components are added, and the references that they are about.
template <class T>
struct ComponentSums {
    const T* reference;
    double *counts, *first, *second;
};

// The deviations s.deviation = x - reference of the rows that matter, and their s.r; returns how many there are, up to
// whole vectors.
template <class T, class J>
int pack(int D, int stride, int m, const T* reference, const J* r, Scratch<T, J>& s) {
    constexpr int W = lanes<T>;
    const T* x = s.x;
    T *packed_r = s.r, *d = s.deviation;
    int used = 0;
    for (int i = 0; i < m; ++i) used += r[i] > J(0);
    if (!pays_to_pack(D, used, m)) {
        const int padded = (m + W - 1) / W * W;
        for (int i = 0; i < m; ++i) packed_r[i] = T(r[i]);
        for (int i = m; i < padded; ++i) packed_r[i] = T(0);
        deviations<T>(x, D, stride, padded, reference, d);
        return padded;
    }
    const int padded = (used + W - 1) / W * W;
    int rows[4096];
    int at = 0;
    for (int i = 0; i < m; ++i) {
        rows[at] = i;
        at += r[i] > J(0);
    }
    for (int i = 0; i < used; ++i) packed_r[i] = T(r[rows[i]]);
    for (int i = used; i < padded; ++i) packed_r[i] = T(0);
    for (int c = 0; c < D; ++c) {
        const T* from = x + std::ptrdiff_t(c) * stride;
        T* to = d + std::ptrdiff_t(c) * stride;
        for (int i = 0; i < used; ++i) to[i] = from[rows[i]] - reference[c];
        for (int i = used; i < padded; ++i) to[i] = T(0);
    }
    return padded;
}

// One component's moments of a block, full, of few columns: every sum stays in a register.
template <class T, int D, class J>
void add_small(const T* x, int stride, int m, const J* r, const ComponentSums<T>& to) {
    constexpr int W = lanes<T>;
    const auto& [reference, counts, first, second] = to;
    Vec<T> mu[D], zero = Vec<T>{}, one[D], two[D][D];
    for (int i = 0; i < D; ++i) {
        mu[i] = splat<T>(reference[i]);
        one[i] = Vec<T>{};
        for (int j = 0; j <= i; ++j) two[i][j] = Vec<T>{};
    }
    for (int n = 0; n < m; n += W) {
        Vec<T> d[D], w;
        if constexpr (sizeof(T) == sizeof(J)) w = load<T>(r + n);
        else for (int l = 0; l < W; ++l) w[l] = T(r[n + l]);
        zero += w;
        for (int i = 0; i < D; ++i) {
            d[i] = load<T>(x + std::ptrdiff_t(i) * stride + n) - mu[i];
            const Vec<T> g = w * d[i];
            one[i] += g;
            for (int j = 0; j <= i; ++j) two[i][j] += g * d[j];
        }
    }
    *counts += double(sum<T>(zero));
    for (int i = 0; i < D; ++i) {
        first[i] += double(sum<T>(one[i]));
        for (int j = 0; j <= i; ++j) second[i * D + j] += double(sum<T>(two[i][j]));
    }
}

// Rows from A on of a lower triangle whose sums, with those of first moments, fit into 28 registers.
constexpr int rows_that_fit(int A, int D) {
    int sums = 0, i = A;
    for (; i < D && sums + i + 2 <= 28; ++i) sums += i + 2;
    return i;
}

// One component's moments, full, of some more columns: rows A, A+1, ... of the triangle at a time, without the entries
// above the diagonal.
template <class T, int D, int A = 0>
void add_few(const T* d, int stride, int padded, const T* r, double* first, double* second) {
    constexpr int W = lanes<T>, B = rows_that_fit(A, D);
    Vec<T> one[B - A], two[B - A][B];
    GM_UNROLL
    for (int i = A; i < B; ++i) {
        one[i - A] = Vec<T>{};
        GM_UNROLL
        for (int j = 0; j <= i; ++j) two[i - A][j] = Vec<T>{};
    }
    for (int n = 0; n < padded; n += W) {
        const Vec<T> w = load<T>(r + n);
        GM_UNROLL
        for (int i = A; i < B; ++i) {
            const Vec<T> g = w * load<T>(d + std::ptrdiff_t(i) * stride + n);
            one[i - A] += g;
            GM_UNROLL
            for (int j = 0; j <= i; ++j) two[i - A][j] += g * load<T>(d + std::ptrdiff_t(j) * stride + n);
        }
    }
    GM_UNROLL
    for (int i = A; i < B; ++i) {
        first[i] += double(sum<T>(one[i - A]));
        GM_UNROLL
        for (int j = 0; j <= i; ++j) second[i * D + j] += double(sum<T>(two[i - A][j]));
    }
    if constexpr (B < D) add_few<T, D, B>(d, stride, padded, r, first, second);
}

// sums (I,) += m values, up to whole vectors, of each of I rows (I, stride), times others where these are given.
template <class V, int I>
GM_INLINE void row_sums(const V* values, const V* others, int stride, int m, double* sums) {
    Vec<V> a[I];
    for (int i = 0; i < I; ++i) a[i] = Vec<V>{};
    for (int n = 0; n < m; n += lanes<V>)
        for (int i = 0; i < I; ++i) {
            const std::ptrdiff_t at = std::ptrdiff_t(i) * stride + n;
            a[i] += others ? load<V>(values + at) * load<V>(others + at) : load<V>(values + at);
        }
    for (int i = 0; i < I; ++i) sums[i] += double(sum<V>(a[i]));
}

// One component's moments, full, of any number of columns.
template <class T, class J>
void add_full(int D, int stride, int m, const J* r, Scratch<T, J>& s, const ComponentSums<T>& to) {
    constexpr int W = lanes<T>;
    const auto& [reference, counts, first, second] = to;
    row_sums<J, 1>(r, nullptr, stride, m, counts);
    T *d = s.deviation, *g = s.weighted, *packed_r = s.r;
    const int padded = pack(D, stride, m, reference, r, s);
    if (padded == 0) return;
    if constexpr (many_registers) switch (D) {
            case 5: return add_few<T, 5>(d, stride, padded, packed_r, first, second);
            case 6: return add_few<T, 6>(d, stride, padded, packed_r, first, second);
            case 7: return add_few<T, 7>(d, stride, padded, packed_r, first, second);
            case 8: return add_few<T, 8>(d, stride, padded, packed_r, first, second);
            case 9: return add_few<T, 9>(d, stride, padded, packed_r, first, second);
            case 10: return add_few<T, 10>(d, stride, padded, packed_r, first, second);
            case 11: return add_few<T, 11>(d, stride, padded, packed_r, first, second);
            case 12: return add_few<T, 12>(d, stride, padded, packed_r, first, second);
            case 13: return add_few<T, 13>(d, stride, padded, packed_r, first, second);
            case 14: return add_few<T, 14>(d, stride, padded, packed_r, first, second);
            case 15: return add_few<T, 15>(d, stride, padded, packed_r, first, second);
            case 16: return add_few<T, 16>(d, stride, padded, packed_r, first, second);
            default: break;
        }
    for (int c = 0; c < D; ++c) {
        const T* dc = d + std::ptrdiff_t(c) * stride;
        T* gc = g + std::ptrdiff_t(c) * stride;
        Vec<T> one = Vec<T>{};
        for (int i = 0; i < padded; i += W) {
            const Vec<T> w = load<T>(dc + i) * load<T>(packed_r + i);
            one += w;
            store<T>(gc + i, w);
        }
        first[c] += double(sum<T>(one));
    }
    add_products<T>(g, d, D, stride, padded, second);
}

// Adds one component's moments, full.
template <class T, class J>
void add_component(int D, int stride, int m, const J* r, Scratch<T, J>& s, const ComponentSums<T>& to) {
    switch (D) {
        case 1: return add_small<T, 1>(s.x, stride, m, r, to);
        case 2: return add_small<T, 2>(s.x, stride, m, r, to);
        case 3: return add_small<T, 3>(s.x, stride, m, r, to);
        case 4: return add_small<T, 4>(s.x, stride, m, r, to);
        default: return add_full<T>(D, stride, m, r, s, to);
    }
}

// Adds the moments of a block's K components, full. r: (K, stride) responsibilities times weights, zero beyond the m rows.
template <class T, class J>
void add_components(int K, int D, int stride, int m, const J* r, Scratch<T, J>& s, const ComponentSums<T>& to) {
    const auto& [reference, counts, first, second] = to;
    for (std::ptrdiff_t k = 0; k < K; ++k, r += stride)
        add_component<T>(D, stride, m, r, s, {reference + k * D, counts + k, first + k * D, second + k * D * D});
}

// The same, diagonal. Of spherical components, scales (K, D), the second moments of all columns stand in the first one:
// they are sums of s.squares.
template <class T, class J>
void add_diagonal(bool spherical, int K, int D, int stride, int m, const J* r, const T* scales, Scratch<T, J>& s,
                  const ComponentSums<T>& to) {
    const auto& [reference, counts, first, second] = to;
    const int padded = (m + lanes<T> - 1) / lanes<T> * lanes<T>;
    const T* of = s.r;
    if constexpr (sizeof(T) == sizeof(J)) of = r;
    else
        for (std::ptrdiff_t k = 0; k < K; ++k) std::copy_n(r + k * stride, padded, s.r + k * stride);
    by_fours(K, [&](std::ptrdiff_t k, auto count) { row_sums<J, count>(r + k * stride, nullptr, stride, m, counts + k); });
    if (!spherical) return add_diagonal<false>(s.x, of, reference, K, D, stride, padded, first, second);
    add_diagonal<true>(s.x, of, reference, K, D, stride, padded, first, second);
    by_fours(K, [&](std::ptrdiff_t k, auto count) {
        double whitened[count] = {};
        row_sums<T, count>(of + k * stride, s.squares + k * stride, stride, padded, whitened);
        for (std::ptrdiff_t i = k; i < k + count; ++i)
            second[i * D] += whitened[i - k] / (double(scales[i * D]) * double(scales[i * D]));
    });
}

}  // namespace gaussmix::GM_ARCH
