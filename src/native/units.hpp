// The rows of a block, feature by row, and the mixture in the same units.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "pass.hpp"
#include "vector.hpp"

namespace gaussmix::GM_ARCH {

// The mean of the components' means, and factors that make the narrowest component one wide.
template <class T>
Units<T> units_of(const Parameters& p) {
    Units<T> units(p.D);
    for (int d = 0; d < p.D; ++d) {
        double narrowest = 0.0;
        for (int k = 0; k < p.K; ++k) {
            units.centre[d] += p.means[std::size_t(k) * p.D + d] / p.K;
            narrowest = std::max(narrowest, std::abs(p.factor(k, d)));
        }
        units.set_scale(d, narrowest);
    }
    return units;
}

// The mixture in the type that products are made in. In float, columns are taken about a common centre, and multiplied by
// factors, those of the narrowest component or those of the rows: an offset of the data then costs no digit, no square
// leaves the range of float, and digits are the same in all units.
template <class T>
struct Prepared : Units<T> {
    using Units<T>::centre, Units<T>::scale, Units<T>::inverse;
    Parameters p;
    std::vector<T> means, factors;

    explicit Prepared(const Parameters& parameters) : Prepared(parameters, units_of<T>(parameters)) {}
    Prepared(const Parameters& parameters, const Units<T>& units) : Units<T>(units), p(parameters) {
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
        for (int d = 0; d < p.D; ++d) {
            double farthest = 0.0, narrowest = 0.0;
            for (int k = 0; k < p.K; ++k) {
                farthest = std::max(farthest, std::abs(p.means[std::size_t(k) * p.D + d] - centre[d]));
                narrowest = std::max(narrowest, std::abs(p.factor(k, d)));
            }
            if (!(farthest * narrowest < 1e4)) return false;
        }
        return true;
    }

    // Points (K, D) in the units of the pass.
    std::vector<T> points(const double* given) const {
        std::vector<T> result(std::size_t(p.K) * p.D);
        for (std::size_t i = 0; i < result.size(); i += p.D)
            for (int d = 0; d < p.D; ++d) result[i + d] = T((given[i + d] - centre[d]) * scale[d]);
        return result;
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

}  // namespace gaussmix::GM_ARCH
