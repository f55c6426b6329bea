// The posterior of the true values behind rows with measurement errors and missing values, of as many rows at a time as a
// register has lanes.
//
// With x = v + e, v ~ N(μ, Σ), e ~ N(0, N), over the columns o that were observed: T = Σ_oo + N_oo = C Cᵀ,
//   y = C⁻¹ (x − μ)_o,  A = C⁻¹ Σ_o:,  log N(x_o | μ_o, T) = −½ (|o| log 2π + log |T| + |y|²),
//   E[v | x] = μ + Aᵀ y,  Cov[v | x] = Σ − Aᵀ A.
// A missing column has the row and the column of the unit matrix in T, and zeros in x − μ and in Σ_o:. Without errors,
// observed columns of v are those of x, without the rounding of nearly singular Σ, and A has missing columns alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "elementary.hpp"
#include "pass.hpp"

namespace gaussmix::GM_ARCH::observed {

constexpr int W = lanes<double>;

// Where an entry of a lower triangle lies, and how many it has.
constexpr int at(int i, int j) { return i * (i + 1) / 2 + j; }
constexpr int triangle(int D) { return D * (D + 1) / 2; }

GM_INLINE Double square_root(Double x) {
    double values[W];
    store<double>(values, x);
    for (int l = 0; l < W; ++l) values[l] = std::sqrt(values[l]);
    return load<double>(values);
}

// Vectors in one aligned piece of memory, zero at first.
class Vectors {
  public:
    explicit Vectors(std::size_t size) : memory_(size * W + 8, 0.0) {
        const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
        next_ = memory_.data() + (((address + 63) & ~std::uintptr_t{63}) - address) / sizeof(double);
    }
    Double* take(std::size_t size) {
        double* taken = next_;
        next_ += size * W;
        return reinterpret_cast<Double*>(taken);
    }

  private:
    std::vector<double> memory_;
    double* next_;
};

// The logarithm of a product of positive factors of any size, at the price of one logarithm.
class LogProduct {
  public:
    GM_INLINE void multiply(Double factor) {
        using Bits = Vec<std::uint64_t>;
        const Bits product = bits<Bits>(mantissa_ * factor);
        exponent_ += bits<Long>(product >> 52) - 1023;
        mantissa_ = bits<Double>((product & 0x000fffffffffffff) | 0x3ff0000000000000);
    }
    GM_INLINE Double log() const {
        const Double shift = splat(6755399441055744.0);
        return log_vector(mantissa_) + (bits<Double>(exponent_ + bits<Long>(shift)) - shift) * 0.6931471805599453;
    }

  private:
    Double mantissa_ = splat(1.0);
    Long exponent_ = Long{};
};

// The rows of a group, column by column, in lanes; those beyond the table's last repeat it.
struct Group {
    std::ptrdiff_t rows[W];    // where they lie in the table
    Double *x, *seen, *noise;  // (m,), (m,) of ones and zeros, the lower triangle or the diagonal of N
    Double* projection;        // R (m, D), with zeros for missing values
    Double constant;           // ½ |o| log 2π
    bool holes = false;        // whether a value is missing
    bool repeats = false;      // whether the matrices T are those of the group before
    std::vector<unsigned char> lacks;  // (m,) whether a row misses the column
};

// The order in which rows without errors are read: groups of one pattern of missing values behind one another, so that
// their matrices are made once, and then what is left of each pattern. Empty where no value is missing.
inline std::vector<std::ptrdiff_t> by_pattern(const AnyTable& X) {
    std::vector<std::uint32_t> codes(X.n);
    bool holes = false;
    int digits = 6;
    while (digits < 16 && (std::ptrdiff_t{1} << digits) < 2 * X.n) ++digits;
    for (std::ptrdiff_t row = 0; row < X.n; ++row) {
        std::uint64_t code = 0;
        for (int d = 0; d < X.D; ++d) {
            const double value = X.value(row, d);
            const bool missing = !(value == value);
            holes |= missing;
            code = 2 * code + missing;
            if (d % 32 == 31) code *= 0x9e3779b97f4a7c15u;
        }
        // Patterns that share a code are told apart when they are read.
        codes[row] = std::uint32_t(code * 0x9e3779b97f4a7c15u >> (64 - digits));
    }
    std::vector<std::ptrdiff_t> order;
    if (!holes) return order;
    std::vector<std::ptrdiff_t> ends((std::size_t{1} << digits) + 1, 0), sorted(X.n);
    for (const auto code : codes) ++ends[code + 1];
    for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
    std::vector<std::ptrdiff_t> next(ends);
    for (std::ptrdiff_t row = 0; row < X.n; ++row) sorted[next[codes[row]]++] = row;
    order.reserve(X.n);
    for (const bool whole : {true, false})
        for (std::size_t i = 1; i < ends.size(); ++i) {
            const std::ptrdiff_t first = ends[i - 1], middle = first + (ends[i] - first) / W * W;
            order.insert(order.end(), sorted.begin() + (whole ? first : middle),
                         sorted.begin() + (whole ? middle : ends[i]));
        }
    return order;
}

// How a group is read.
class Reader {
  public:
    Reader(const AnyTable& X, const Errors& errors, int D, bool triangular, Vectors& memory)
        : X_(X), errors_(errors), D_(D), triangular_(triangular), size_(triangular ? triangle(X.D) : X.D) {
        if (repeats(errors)) order_ = by_pattern(X);
        if (errors.projections) group_.projection = memory.take(std::size_t(X.D) * D);
        group_.x = memory.take(X.D);
        group_.seen = memory.take(X.D);
        group_.noise = memory.take(size_);
        group_.lacks.assign(X.D, false);
    }
    static std::size_t space(int m, int D) { return 2 * std::size_t(m) + triangle(m) + std::size_t(m) * D; }
    // Whether the matrices T of two rows can be the same.
    static bool repeats(const Errors& errors) { return !errors.values && !errors.projections; }

    const Group& read(std::ptrdiff_t start) {
        const bool had_holes = group_.holes;
        group_.holes = false;
        bool same = start > 0;
        for (int l = 0; l < W; ++l) {
            const std::ptrdiff_t i = std::min(start + l, X_.n - 1);
            group_.rows[l] = order_.empty() ? i : order_[i];
            same &= read_values(group_.rows[l], l);
        }
        Double columns = Double{};
        for (int d = 0; d < X_.D; ++d) columns += group_.seen[d];
        group_.constant = columns * 0.91893853320467274;
        group_.repeats = same && repeats(errors_);
        if (!group_.repeats)
            for (int d = 0; d < X_.D; ++d) group_.lacks[d] = sum<double>(group_.seen[d]) < W;
        if (errors_.projections)
            for (int l = 0; l < W; ++l) read_projection(group_.rows[l], l);
        if (errors_.values)
            for (int l = 0; l < W; ++l) read_noise(group_.rows[l], l);
        if ((group_.holes || had_holes) && !group_.repeats) mask_noise();
        return group_;
    }

  private:
    AnyTable X_;
    Errors errors_;
    int D_;
    bool triangular_;
    int size_;
    std::vector<std::ptrdiff_t> order_;
    Group group_;

    static double& lane(Double* vectors, int i, int l) { return reinterpret_cast<double*>(vectors)[i * W + l]; }

    // Whether the row has values in the columns where the one before it in this lane had.
    bool read_values(std::ptrdiff_t row, int l) {
        bool same = true;
        for (int d = 0; d < X_.D; ++d) {
            const double value = X_.value(row, d), seen = value == value ? 1.0 : 0.0;
            same &= lane(group_.seen, d, l) == seen;
            lane(group_.seen, d, l) = seen;
            lane(group_.x, d, l) = seen == 1.0 ? value : 0.0;
            group_.holes |= seen == 0.0;
        }
        return same;
    }
    void read_projection(std::ptrdiff_t row, int l) {
        const double* from = errors_.projections + row * X_.D * D_;
        for (int i = 0; i < X_.D; ++i)
            for (int d = 0; d < D_; ++d)
                lane(group_.projection, i * D_ + d, l) = lane(group_.seen, i, l) == 1.0 ? from[i * D_ + d] : 0.0;
    }
    void read_noise(std::ptrdiff_t row, int l) {
        const int D = X_.D;
        const double* from = errors_.values + row * (errors_.full ? std::ptrdiff_t(D) * D : D);
        for (int i = 0; i < D; ++i) {
            const int first = triangular_ ? at(i, 0) : i;
            if (!errors_.full) lane(group_.noise, triangular_ ? first + i : i, l) = from[i];
            else
                for (int j = 0; j <= i; ++j) lane(group_.noise, first + j, l) = from[i * D + j];
        }
    }
    // Errors of missing values may be anything, NaN too.
    void mask_noise() {
        const Double one = splat(1.0);
        for (int i = 0; i < X_.D; ++i) {
            Double* own = group_.noise + (triangular_ ? at(i, i) : i);
            const Double noise = errors_.values ? *own : Double{};
            *own = group_.seen[i] == one ? noise : one;
            for (int j = 0; triangular_ && errors_.full && j < i; ++j) {
                Double* other = group_.noise + at(i, j);
                *other = group_.seen[i] * group_.seen[j] == one ? *other : Double{};
            }
        }
    }
};

// Vectors of four accumulators: how many columns are summed at a time.
constexpr int tile_columns = 4;

// to[c] = from[c] − Σ_l<m a[l] b[l * stride + c] for C columns.
template <int C>
GM_INLINE void subtract_products(const Double* a, int m, const Double* b, std::ptrdiff_t stride, Double sums[C]) {
    for (int l = 0; l < m; ++l)
        for (int c = 0; c < C; ++c) sums[c] -= a[l] * b[l * stride + c];
}

// Full matrices: D is N where that is not zero. `Full` posterior covariances, or their diagonals.
template <int N, bool Full>
class Matrices {
  public:
    static constexpr bool triangular = true;

    Matrices(const Gaussians& p, int, bool repeats, Vectors& memory)
        : p_(p), exact_(repeats), keeps_(keeps(repeats, p.K, p.D)), known_(p.K),
          covariances_(std::size_t(p.K) * p.D * p.D) {
        const int D = p.D;
        for (int k = 0; k < p.K; ++k)
            for (int i = 0; i < D; ++i)
                for (int j = 0; j < D; ++j) covariances_[(std::size_t(k) * D + i) * D + j] = p.covariance(k, i, j);
        factors_ = memory.take(std::size_t(p.K) * triangle(D));
        whitened_ = memory.take(std::size_t(p.K) * D);
        log_volumes_ = memory.take(p.K);
        const std::size_t kept = keeps_ ? p.K : 1;
        gains_ = memory.take(kept * D * D);
        spreads_ = memory.take(kept * triangle(D));
    }
    static std::size_t space(int K, int D, int, bool repeats) {
        const std::size_t kept = keeps(repeats, K, D) ? K : 1;
        return std::size_t(K) * (triangle(D) + D + 1) + kept * (std::size_t(D) * D + triangle(D));
    }

    // log of the component's weight times the density of the group's rows.
    GM_INLINE Double log_joint(const Group& g, int k) {
        if (!g.repeats) {
            known_[k] = false;
            if (g.holes) factorise<true>(g, k);
            else factorise<false>(g, k);
        }
        return splat(p_.log_weights[k]) - g.constant - 0.5 * (log_volumes_[k] + square(g, k));
    }

    // E[v | x] − μ (D,), and Cov[v | x], its lower triangle or diagonal, which is returned. After log_joint.
    GM_INLINE const Double* posterior(const Group& g, int k, Double* mean) {
        Double* gain = gains_ + (keeps_ ? std::size_t(k) * D() * D() : 0);
        Double* covariance = spreads_ + (keeps_ ? std::size_t(k) * triangle(D()) : 0);
        if (!keeps_ || !known_[k]) {
            if (g.holes) solve_gain<true>(g, k, gain);
            else if (!exact_) solve_gain<false>(g, k, gain);
            subtract(g, k, gain, covariance);
            known_[k] = true;
        }
        const Double* y = whitened_ + std::size_t(k) * D();
        if (exact_ && !g.holes) {
        } else if constexpr (N > 0) {
            Double total[N] = {};
            GM_UNROLL
            for (int m = 0; m < N; ++m)
                GM_UNROLL
                for (int i = 0; i < N; ++i) total[i] += gain[m * N + i] * y[m];
            std::copy_n(total, N, mean);
        } else {
            int i = 0;
            for (; i + 4 <= p_.D; i += 4)
                if (needs<4>(g, i)) expect<4>(gain + i, y, mean + i);
            for (; i < p_.D; ++i)
                if (needs<1>(g, i)) expect<1>(gain + i, y, mean + i);
        }
        if (exact_)
            for (int i = 0; i < D(); ++i) {
                const Double observed = g.x[i] - p_.means[std::ptrdiff_t(k) * D() + i];
                mean[i] = g.seen[i] == splat(1.0) ? observed : mean[i];
            }
        return covariance;
    }

  private:
    // The most bytes that gains are kept in from group to group.
    static constexpr std::size_t most_kept = 32u << 20;

    const Gaussians& p_;
    bool exact_;                       // whether observed values are the true ones
    bool keeps_;                       // whether the gains of each component are kept, for groups that repeat
    std::vector<unsigned char> known_; // (K,) whether they are those of the group
    std::vector<double> covariances_;  // (K, D, D)
    Double *factors_, *whitened_, *log_volumes_, *gains_, *spreads_;

    static bool keeps(bool repeats, int K, int D) {
        return repeats && std::size_t(K) * (std::size_t(D) * D + triangle(D)) * sizeof(Double) <= most_kept;
    }

    template <int C>
    GM_INLINE void expect(const Double* gain, const Double* y, Double* mean) const {
        Double total[C] = {};
        for (int m = 0; m < p_.D; ++m)
            for (int c = 0; c < C; ++c) total[c] += gain[std::ptrdiff_t(m) * p_.D + c] * y[m];
        std::copy_n(total, C, mean);
    }

    // Whether one of C columns is missing in a row, or uncertain in all.
    template <int C>
    GM_INLINE bool needs(const Group& g, int i) const {
        for (int c = 0; c < C; ++c)
            if (!exact_ || g.lacks[i + c]) return true;
        return false;
    }

    // An entry of Cov[v | x], zero for observed values.
    GM_INLINE Double unseen(const Group& g, int i, int j, Double value) const {
        return exact_ ? value * ((splat(1.0) - g.seen[i]) * (splat(1.0) - g.seen[j])) : value;
    }

    // Σ − Aᵀ A, its lower triangle or diagonal.
    GM_INLINE void subtract(const Group& g, int k, const Double* gain, Double* covariance) const {
        if (exact_ && !g.holes) {
            std::fill_n(covariance, Full ? triangle(D()) : D(), Double{});
        } else if constexpr (N > 0) {
            Double products[Full ? triangle(N) : N];
            GM_UNROLL
            for (int i = 0; i < N; ++i)
                GM_UNROLL
                for (int j = Full ? 0 : i; j <= i; ++j)
                    products[Full ? at(i, j) : i] = splat(covariance_of(k, i, j));
            GM_UNROLL
            for (int m = 0; m < N; ++m)
                GM_UNROLL
                for (int i = 0; i < N; ++i)
                    GM_UNROLL
                    for (int j = Full ? 0 : i; j <= i; ++j)
                        products[Full ? at(i, j) : i] -= gain[m * N + i] * gain[m * N + j];
            GM_UNROLL
            for (int i = 0; i < N; ++i)
                GM_UNROLL
                for (int j = Full ? 0 : i; j <= i; ++j) {
                    const int entry = Full ? at(i, j) : i;
                    covariance[entry] = unseen(g, i, j, products[entry]);
                }
        } else if constexpr (Full) {
            subtract_all(g, k, gain, covariance);
        } else {
            for (int i = 0; i < p_.D; ++i) {
                Double total = splat(covariance_of(k, i, i));
                for (int m = 0; needs<1>(g, i) && m < p_.D; ++m) total -= gain[m * p_.D + i] * gain[m * p_.D + i];
                covariance[i] = unseen(g, i, i, total);
            }
        }
    }

    int D() const { return N > 0 ? N : p_.D; }
    GM_INLINE double covariance_of(int k, int i, int j) const {
        return covariances_[(std::size_t(k) * D() + i) * D() + j];
    }

    // T = C Cᵀ: C with the reciprocals of its diagonal, and log |T|.
    template <bool Holes>
    GM_INLINE void factorise(const Group& g, int k) {
        Double* out = factors_ + std::size_t(k) * triangle(D());
        LogProduct volume;
        if constexpr (N > 0) {
            Double t[triangle(N)];
            GM_UNROLL
            for (int i = 0; i < N; ++i)
                GM_UNROLL
                for (int j = 0; j <= i; ++j) t[at(i, j)] = entry<Holes>(g, k, i, j);
            GM_UNROLL
            for (int j = 0; j < N; ++j) {
                const Double inverse = t[at(j, j)] = reciprocal(t[at(j, j)], volume);
                GM_UNROLL
                for (int i = j + 1; i < N; ++i) {
                    t[at(i, j)] *= inverse;
                    GM_UNROLL
                    for (int l = j + 1; l <= i; ++l) t[at(i, l)] -= t[at(i, j)] * t[at(l, j)];
                }
            }
            std::copy_n(t, triangle(N), out);
        } else {
            for (int i = 0; i < p_.D; ++i) factor_row<Holes>(g, k, i, out, volume);
        }
        log_volumes_[k] = volume.log();
    }

    template <bool Holes>
    GM_INLINE Double entry(const Group& g, int k, int i, int j) const {
        Double value = splat(covariance_of(k, i, j));
        if constexpr (Holes) value *= g.seen[i] * g.seen[j];
        return value + g.noise[at(i, j)];
    }

    // 1 / √pivot, NaN where T is not positive definite.
    static GM_INLINE Double reciprocal(Double pivot, LogProduct& volume) {
        const Double valid = pivot > Double{} ? pivot : splat(std::numeric_limits<double>::quiet_NaN());
        volume.multiply(valid);
        return splat(1.0) / square_root(valid);
    }

    // Row i of C from those above it.
    template <bool Holes>
    void factor_row(const Group& g, int k, int i, Double* C, LogProduct& volume) {
        Double* row = C + at(i, 0);
        Double pivot = entry<Holes>(g, k, i, i);
        for (int j = 0; j < i; ++j) {
            const Double* other = C + at(j, 0);
            Double sums[4] = {entry<Holes>(g, k, i, j), Double{}, Double{}, Double{}};
            int l = 0;
            for (; l + 4 <= j; l += 4)
                for (int u = 0; u < 4; ++u) sums[u] -= row[l + u] * other[l + u];
            for (; l < j; ++l) sums[0] -= row[l] * other[l];
            row[j] = ((sums[0] + sums[1]) + (sums[2] + sums[3])) * other[j];
            pivot -= row[j] * row[j];
        }
        row[i] = reciprocal(pivot, volume);
    }

    // y = C⁻¹ (x − μ), and |y|².
    GM_INLINE Double square(const Group& g, int k) {
        const Double* C = factors_ + std::size_t(k) * triangle(D());
        const double* mean = p_.means + std::ptrdiff_t(k) * D();
        Double* out = whitened_ + std::size_t(k) * D();
        Double total = Double{};
        if constexpr (N > 0) {
            Double y[N];
            GM_UNROLL
            for (int i = 0; i < N; ++i) {
                Double value = (g.x[i] - mean[i]) * g.seen[i];
                GM_UNROLL
                for (int l = 0; l < i; ++l) value -= C[at(i, l)] * y[l];
                out[i] = y[i] = value * C[at(i, i)];
                total += y[i] * y[i];
            }
        } else {
            for (int i = 0; i < p_.D; ++i) {
                const Double* row = C + at(i, 0);
                Double sums[2] = {(g.x[i] - mean[i]) * g.seen[i], Double{}};
                int l = 0;
                for (; l + 2 <= i; l += 2)
                    for (int u = 0; u < 2; ++u) sums[u] -= row[l + u] * out[l + u];
                if (l < i) sums[0] -= row[l] * out[l];
                out[i] = (sums[0] + sums[1]) * row[i];
                total += out[i] * out[i];
            }
        }
        return total;
    }

    // A = C⁻¹ Σ_o:, (D, D).
    template <bool Holes>
    GM_INLINE void solve_gain(const Group& g, int k, Double* gain) {
        const Double* C = factors_ + std::size_t(k) * triangle(D());
        if constexpr (N > 0) {
            GM_UNROLL
            for (int m = 0; m < N; ++m) {
                Double row[N];
                GM_UNROLL
                for (int i = 0; i < N; ++i) {
                    row[i] = splat(covariance_of(k, m, i));
                    if constexpr (Holes) row[i] *= g.seen[m];
                }
                GM_UNROLL
                for (int l = 0; l < m; ++l)
                    GM_UNROLL
                    for (int i = 0; i < N; ++i) row[i] -= C[at(m, l)] * gain[l * N + i];
                GM_UNROLL
                for (int i = 0; i < N; ++i) gain[m * N + i] = row[i] * C[at(m, m)];
            }
        } else {
            const int D = p_.D;
            for (int m = 0; m < D; ++m) {
                int i = 0;
                for (; i + 4 <= D; i += 4)
                    if (needs<4>(g, i)) gain_tile<Holes, 4>(g, k, m, i, C, gain);
                for (; i < D; ++i)
                    if (needs<1>(g, i)) gain_tile<Holes, 1>(g, k, m, i, C, gain);
            }
        }
    }
    template <bool Holes, int C>
    GM_INLINE void gain_tile(const Group& g, int k, int m, int i, const Double* factor, Double* gain) {
        const int D = p_.D;
        const Double* row = factor + at(m, 0);
        Double sums[C];
        for (int c = 0; c < C; ++c) {
            sums[c] = splat(covariance_of(k, m, i + c));
            if constexpr (Holes) sums[c] *= g.seen[m];
        }
        subtract_products<C>(row, m, gain + i, D, sums);
        for (int c = 0; c < C; ++c) gain[m * D + i + c] = sums[c] * row[m];
    }

    // Σ − Aᵀ A.
    void subtract_all(const Group& g, int k, const Double* gain, Double* covariance) const {
        int i = 0;
        for (; i + 4 <= p_.D; i += 4) {
            for (int j = 0; j < i; j += 4) subtract_tile<4, 4>(g, k, i, j, gain, covariance);
            subtract_tile<4, 4>(g, k, i, i, gain, covariance);
        }
        for (; i < p_.D; ++i) {
            int j = 0;
            for (; j + 4 <= i; j += 4) subtract_tile<1, 4>(g, k, i, j, gain, covariance);
            for (; j <= i; ++j) subtract_tile<1, 1>(g, k, i, j, gain, covariance);
        }
    }
    template <int I, int J>
    GM_INLINE void subtract_tile(const Group& g, int k, int i, int j, const Double* gain, Double* covariance) const {
        const int D = p_.D;
        Double sums[I][J];
        for (int a = 0; a < I; ++a)
            for (int b = 0; b < J; ++b) sums[a][b] = splat(covariance_of(k, i + a, j + b));
        const bool needed = needs<I>(g, i) && needs<J>(g, j);
        for (int m = 0; needed && m < D; ++m) {
            const Double* row = gain + std::ptrdiff_t(m) * D;
            for (int a = 0; a < I; ++a)
                for (int b = 0; b < J; ++b) sums[a][b] -= row[i + a] * row[j + b];
        }
        for (int a = 0; a < I; ++a)
            for (int b = 0; b < J && j + b <= i + a; ++b)
                covariance[at(i + a, j + b)] = unseen(g, i + a, j + b, sums[a][b]);
    }
};

// Diagonal covariances and errors: columns apart.
class Diagonals {
  public:
    static constexpr bool triangular = false;

    Diagonals(const Gaussians& p, int, bool, Vectors& memory) : p_(p) {
        inverses_ = memory.take(std::size_t(p.K) * p.D);
        log_volumes_ = memory.take(p.K);
        spread_ = memory.take(p.D);
    }
    static std::size_t space(int K, int D, int, bool) { return std::size_t(K) * (D + 1) + D; }

    GM_INLINE Double log_joint(const Group& g, int k) {
        const double *variance = p_.covariances + std::ptrdiff_t(k) * p_.D, *mean = p_.means + std::ptrdiff_t(k) * p_.D;
        Double* inverse = inverses_ + std::size_t(k) * p_.D;
        if (!g.repeats) {
            LogProduct volume;
            for (int d = 0; d < p_.D; ++d) {
                const Double total = g.seen[d] * variance[d] + g.noise[d];
                const Double valid = total > Double{} ? total : splat(std::numeric_limits<double>::quiet_NaN());
                volume.multiply(valid);
                inverse[d] = splat(1.0) / valid;
            }
            log_volumes_[k] = volume.log();
        }
        Double square = Double{};
        for (int d = 0; d < p_.D; ++d) {
            const Double shift = (g.x[d] - mean[d]) * g.seen[d];
            square += shift * shift * inverse[d];
        }
        return splat(p_.log_weights[k]) - g.constant - 0.5 * (log_volumes_[k] + square);
    }

    GM_INLINE const Double* posterior(const Group& g, int k, Double* mean) {
        const double *variance = p_.covariances + std::ptrdiff_t(k) * p_.D, *centre = p_.means + std::ptrdiff_t(k) * p_.D;
        const Double* inverse = inverses_ + std::size_t(k) * p_.D;
        for (int d = 0; d < p_.D; ++d) {
            // The noise of a missing value is one here, and its inverse too.
            const Double gain = g.seen[d] * variance[d] * inverse[d];
            mean[d] = gain * (g.x[d] - centre[d]);
            spread_[d] = g.noise[d] * inverse[d] * variance[d];
        }
        return spread_;
    }

  private:
    const Gaussians& p_;
    Double *inverses_, *log_volumes_, *spread_;
};

}  // namespace gaussmix::GM_ARCH::observed
