// The M-step of full and diagonal covariances, each component's own or shared, where columns are few enough for the
// interpreter's overhead to matter.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "clip.hpp"
#include "pass.hpp"
#include "triangle.hpp"

namespace gaussmix {

// The sizes of a mixture's arrays: components, columns, and whether covariances are matrices.
struct Shape {
    int K, D;
    bool full;

    std::ptrdiff_t KD() const { return std::ptrdiff_t(K) * D; }
    std::ptrdiff_t size() const { return full ? KD() * D : KD(); }
    std::ptrdiff_t sums() const { return K + KD() + size(); }
};

// A mixture's arrays: weights (K,), means (K, D), covariances and factors (K, D, D) or (K, D), offsets (K,).
struct MixtureArrays {
    double *weights, *means, *covariances, *factors, *offsets;

    // The arrays of a later one of several mixtures.
    MixtureArrays after(Shape of, std::ptrdiff_t count) const {
        return {weights + count * of.K, means + count * of.KD(), covariances + count * of.size(),
                factors + count * of.size(), offsets + count * of.K};
    }
};

// What is done to a covariance: `added` (D,) to its diagonal; at least `least`, (D, D) or (D,). Null: nothing. Unless it
// `clips`, a matrix that falls below the least is refused.
struct Constraint {
    const double* added;
    const double* least;
    bool clips = false;
};

namespace step {

// The whitening factor of one covariance (D, D) and the sum of the logarithms of its diagonal.
template <class Columns>
bool whiten_of(const double* covariance, const double* least, Columns D, double* factor, double& log_diagonal,
               std::vector<double>& work) {
    work.resize(std::size_t(D) * D + D);
    double *unit = work.data(), *inverse = unit + std::size_t(D) * D;
    for (int i = 0; i < D; ++i) {
        if (!(covariance[i * D + i] > 0.0)) return false;
        inverse[i] = 1.0 / std::sqrt(covariance[i * D + i]);
    }
    const auto correlate = [&](const double* subtracted) {
        for (int i = 0; i < D; ++i)
            for (int j = i; j < D; ++j) {
                const double value = covariance[i * D + j] - (subtracted ? subtracted[i * D + j] : 0.0);
                unit[i * D + j] = value * inverse[i] * inverse[j];
            }
    };
    correlate(nullptr);
    if (!cholesky(unit, D)) return false;
    invert_lower(unit, D, factor);
    for (int i = 0; i < D; ++i)
        for (int j = 0; j <= i; ++j) factor[i * D + j] *= inverse[j];
    log_diagonal = sum_of_logarithms(factor, D, D + 1);
    if (!least) return true;
    // A trace below one is that of eigenvalues below one: then the constraint does not bind. It is at most D times that of a
    // matrix without correlations.
    double uncorrelated = 0.0;
    for (int i = 0; i < D; ++i)
        for (int j = 0; j <= i; ++j) uncorrelated += factor[i * D + j] * factor[i * D + j] * least[j * D + j];
    if (D * uncorrelated < 0.5 || trace_of(factor, least, D, true) < 0.5) return true;
    correlate(least);
    return cholesky(unit, D);
}

inline bool whiten(const double* covariance, const double* least, int D, double* factor, double& log_diagonal,
                   std::vector<double>& work) {
    return with_columns(D, [&](auto columns) { return whiten_of(covariance, least, columns, factor, log_diagonal, work); });
}

// From an inverse covariance (D, D) to its whitening factor and the variances (D,). False where it is not symmetric to
// rounding, or not positive definite.
inline bool factor_of_inverse(const double* inverse, int D, double* factor, double* variances, std::vector<double>& work) {
    work.assign(std::size_t(D) * D + D, 0.0);
    double *unit = work.data(), *root = unit + std::size_t(D) * D, largest = 0.0;
    for (int i = 0; i < D * D; ++i) largest = std::max(largest, std::abs(inverse[i]));
    for (int i = 0; i < D; ++i) {
        if (!(inverse[i * D + i] > 0.0)) return false;
        root[i] = std::sqrt(inverse[i * D + i]);
        for (int j = 0; j < i; ++j)
            if (!(std::abs(inverse[i * D + j] - inverse[j * D + i]) <= 1e-6 * largest)) return false;
    }
    // The Cholesky factor with rows and columns in reverse order is the transpose of the whitening factor.
    const int last = D - 1;
    for (int i = 0; i < D; ++i)
        for (int j = 0; j <= i; ++j) {
            const double value = 0.5 * inverse[i * D + j] + 0.5 * inverse[j * D + i];
            unit[(last - i) * D + last - j] = value / root[i] / root[j];
        }
    if (!cholesky(unit, D)) return false;
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) factor[i * D + j] = j <= i ? unit[(last - j) * D + last - i] * root[j] : 0.0;
    invert_lower(factor, D, unit);
    for (int i = 0; i < D; ++i) {
        variances[i] = 0.0;
        for (int j = 0; j <= i; ++j) variances[i] += unit[i * D + j] * unit[i * D + j];
    }
    return true;
}

}  // namespace step

// What components share of their covariances: the scatter of all of them, and that of all columns (diagonal only).
struct Pooling {
    bool components, columns;
};

namespace step {

// Weights, means and scatters (K, D, D) or (K, D) about them. False where a component is empty or a mean jumped so far
// that digits were lost; where components are pooled, digits of the sum of their scatters, to which one row adds none.
inline bool locate(const Sums& s, const double* old_means, Shape shape, bool pooled, double mass,
                   const MixtureArrays& out) {
    constexpr double lost = 1e6;
    const auto [K, D, full] = shape;
    const std::size_t size = full ? std::size_t(D) * D : D;
    double total = 0.0;
    std::vector<double> before(pooled ? D : 0), after(before);
    for (int k = 0; k < K; ++k) {
        if (!(s.counts[k] > 1e-200)) return false;
        total += s.counts[k];
    }
    for (int k = 0; k < K; ++k) {
        const double n = s.counts[k], share = 1.0 / n;
        const double *first = s.first + std::ptrdiff_t(k) * D, *second = s.second + k * size;
        double* scatter = out.covariances + k * size;
        out.weights[k] = mass * n / total;
        bool found = true;
        for (int i = 0; i < D; ++i) {
            const std::ptrdiff_t at = std::ptrdiff_t(k) * D + i;
            out.means[at] = old_means[at] + first[i] * share;
            const double about_old = second[full ? i * D + i : i], shift = first[i] * first[i] * share;
            if (pooled) before[i] += about_old, after[i] += about_old - shift;
            // Rows that are all equal leave zeros, from which nothing is lost.
            found &= pooled || shift <= about_old * (1.0 - 1.0 / lost);
            if (!full) scatter[i] = about_old - shift;
            else
                for (int j = 0; j <= i; ++j) scatter[i * D + j] = second[i * D + j] - first[i] * first[j] * share;
        }
        if (!found) return false;
    }
    for (std::size_t i = 0; i < before.size(); ++i)
        if (!(after[i] >= before[i] / lost)) return false;
    return true;
}

// From a scatter (D, D), lower triangle, to the covariance and its factor, in place.
inline bool estimate_full(double n, int D, const Constraint& c, double* covariance, double* factor,
                          double& log_diagonal, std::vector<double>& work) {
    for (int i = 0; i < D; ++i)
        for (int j = 0; j <= i; ++j) {
            double v = covariance[i * D + j] / n;
            if (c.added && i == j) v += c.added[i];
            covariance[i * D + j] = covariance[j * D + i] = v;
        }
    if (whiten(covariance, c.least, D, factor, log_diagonal, work)) return true;
    return c.least && c.clips && clip(covariance, c.least, D, factor, log_diagonal);
}

// The same for a diagonal (D,); with pooled columns all of it is the mean.
inline bool estimate_diagonal(double n, int D, bool pool_columns, const Constraint& c, double* covariance, double* factor,
                              double& log_diagonal) {
    const auto mean = [D](const double* values) { return std::accumulate(values, values + D, 0.0) / D; };
    const double share = 1.0 / n;
    for (int i = 0; i < D; ++i) covariance[i] = covariance[i] * share + (c.added ? c.added[i] : 0.0);
    if (pool_columns) covariance[0] = mean(covariance);
    const int distinct = pool_columns ? 1 : D;
    bool positive = true;
    for (int i = 0; i < distinct; ++i) {
        if (c.least) covariance[i] = std::max(covariance[i], pool_columns ? mean(c.least) : c.least[i]);
        positive &= covariance[i] > 0.0;
        factor[i] = 1.0 / std::sqrt(covariance[i]);
    }
    if (!positive) return false;
    log_diagonal = sum_of_logarithms(factor, distinct, 1) * (D / distinct);
    std::fill(covariance + distinct, covariance + D, covariance[0]);
    std::fill(factor + distinct, factor + D, factor[0]);
    return true;
}

}  // namespace step

// From moments about the old means to a new mixture. False where something rare is to be done: an empty component, a
// mean that jumped so far that digits were lost, a bound that is met in many columns, a covariance that is not positive
// definite.
// The weights sum to `mass`: one, or less where the components are part of a larger mixture.
inline bool m_step(const Sums& s, const double* old_means, Shape shape, const Pooling& pool, const Constraint& c,
                   double mass, const MixtureArrays& out) {
    constexpr double log_two_pi = 1.8378770664093453;
    const auto [K, D, full] = shape;
    if (!step::locate(s, old_means, shape, pool.components, mass, out)) return false;
    const std::size_t size = full ? std::size_t(D) * D : D;
    double total = s.counts[0];
    for (int k = 1; pool.components && k < K; ++k) {
        total += s.counts[k];
        for (std::size_t i = 0; i < size; ++i) out.covariances[i] += out.covariances[k * size + i];
    }
    std::vector<double> work;
    double log_diagonal = 0.0;
    for (int k = 0; k < K; ++k) {
        double *covariance = out.covariances + k * size, *factor = out.factors + k * size;
        if (pool.components && k > 0) {
            std::copy_n(out.covariances, size, covariance);
            std::copy_n(out.factors, size, factor);
        } else {
            const double n = pool.components ? total : s.counts[k];
            if (full ? !step::estimate_full(n, D, c, covariance, factor, log_diagonal, work)
                     : !step::estimate_diagonal(n, D, pool.columns, c, covariance, factor, log_diagonal))
                return false;
        }
        out.offsets[k] = std::log(out.weights[k]) - 0.5 * D * log_two_pi + log_diagonal;
    }
    return true;
}

// Whitening factors and offsets of components whose covariances are given. False where one is not positive definite or
// falls below the least.
inline bool whiten_all(const double* weights, const double* covariances, const double* least, Shape shape,
                       double* factors, double* offsets) {
    constexpr double log_two_pi = 1.8378770664093453;
    const auto [K, D, full] = shape;
    const std::size_t size = full ? std::size_t(D) * D : D;
    std::vector<double> work;
    if (full) std::fill_n(factors, K * size, 0.0);
    for (int k = 0; k < K; ++k) {
        const double* covariance = covariances + k * size;
        double *factor = factors + k * size, log_diagonal = 0.0;
        if (full) {
            if (!step::whiten(covariance, least, D, factor, log_diagonal, work)) return false;
        } else {
            for (int i = 0; i < D; ++i) {
                if (!(covariance[i] > 0.0) || (least && covariance[i] < least[i])) return false;
                factor[i] = 1.0 / std::sqrt(covariance[i]);
            }
            log_diagonal = step::sum_of_logarithms(factor, D, 1);
        }
        offsets[k] = std::log(weights[k]) - 0.5 * D * log_two_pi + log_diagonal;
    }
    return true;
}

}  // namespace gaussmix
