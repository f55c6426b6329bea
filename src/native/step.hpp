// The M-step of components that each keep their own covariance, full or diagonal, for tables that are small enough for
// the interpreter's overhead to matter.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "pass.hpp"

namespace gaussmix {

// A mixture's arrays: weights (K,), means (K, D), covariances and factors (K, D, D) or (K, D), offsets (K,).
struct MixtureArrays {
    double *weights, *means, *covariances, *factors, *offsets;
};

// What is done to a covariance: `added` (D,) to its diagonal; at least `least`, (D, D) or (D,). Null: nothing.
struct Constraint {
    const double* added;
    const double* least;
};

namespace step {

// The lower Cholesky factor of a (D, D) in place; false where a pivot is not positive.
inline bool cholesky(double* a, int D) {
    for (int j = 0; j < D; ++j) {
        double pivot = a[j * D + j];
        for (int i = 0; i < j; ++i) pivot -= a[j * D + i] * a[j * D + i];
        if (!(pivot > 1e-14)) return false;  // of a matrix of about unit diagonal
        const double root = std::sqrt(pivot);
        a[j * D + j] = root;
        for (int r = j + 1; r < D; ++r) {
            double value = a[r * D + j];
            for (int i = 0; i < j; ++i) value -= a[r * D + i] * a[j * D + i];
            a[r * D + j] = value / root;
        }
    }
    return true;
}

// The inverse of a lower triangular matrix, with zeros above the diagonal.
inline void invert_lower(const double* l, int D, double* inverse) {
    for (int i = 0; i < D * D; ++i) inverse[i] = 0.0;
    for (int j = 0; j < D; ++j) {
        inverse[j * D + j] = 1.0 / l[j * D + j];
        for (int r = j + 1; r < D; ++r) {
            double value = 0.0;
            for (int i = j; i < r; ++i) value -= l[r * D + i] * inverse[i * D + j];
            inverse[r * D + j] = value / l[r * D + r];
        }
    }
}

// The whitening factor of one covariance (D, D) and the sum of the logarithms of its diagonal.
inline bool whiten(const double* covariance, const double* least, int D, double* factor, double& log_diagonal,
                   std::vector<double>& work) {
    work.resize(std::size_t(D) * D + D);
    double *unit = work.data(), *deviation = unit + std::size_t(D) * D;
    for (int i = 0; i < D; ++i) {
        if (!(covariance[i * D + i] > 0.0)) return false;
        deviation[i] = std::sqrt(covariance[i * D + i]);
    }
    const auto correlate = [&](const double* subtracted) {
        for (int i = 0; i < D; ++i)
            for (int j = 0; j < D; ++j) {
                const double value = covariance[i * D + j] - (subtracted ? subtracted[i * D + j] : 0.0);
                unit[i * D + j] = value / deviation[i] / deviation[j];
            }
    };
    if (least) {
        correlate(least);
        if (!cholesky(unit, D)) return false;  // the constraint binds: that is the caller's work
    }
    correlate(nullptr);
    if (!cholesky(unit, D)) return false;
    invert_lower(unit, D, factor);
    log_diagonal = 0.0;
    for (int i = 0; i < D; ++i) {
        for (int j = 0; j <= i; ++j) factor[i * D + j] /= deviation[j];
        log_diagonal += std::log(factor[i * D + i]);
    }
    return true;
}

}  // namespace step

// From moments about the old means to a new mixture. False where something rare is to be done: an empty component, a
// mean that jumped so far that digits were lost, a constraint that binds, a covariance that is not positive definite.
// The weights sum to `mass`: one, or less where the components are part of a larger mixture.
inline bool m_step(const Sums& s, const double* old_means, int K, int D, bool full, const Constraint& c, double mass,
                   const MixtureArrays& out) {
    constexpr double lost = 1e6, log_two_pi = 1.8378770664093453;
    double total = 0.0;
    for (int k = 0; k < K; ++k) {
        if (!(s.counts[k] > 1e-200)) return false;
        total += s.counts[k];
    }
    std::vector<double> work;
    const std::size_t size = full ? std::size_t(D) * D : D;
    for (int k = 0; k < K; ++k) {
        const double n = s.counts[k];
        const double *first = s.first + std::ptrdiff_t(k) * D, *second = s.second + k * size;
        double *mean = out.means + std::ptrdiff_t(k) * D, *covariance = out.covariances + k * size;
        double* factor = out.factors + k * size;
        double log_diagonal = 0.0;
        out.weights[k] = mass * n / total;
        for (int i = 0; i < D; ++i) mean[i] = old_means[std::ptrdiff_t(k) * D + i] + first[i] / n;
        for (int i = 0; i < D; ++i) {
            const double about_old = second[full ? i * D + i : i], shift = first[i] * first[i] / n;
            if (!(about_old - shift > about_old / lost)) return false;
            if (!full) {
                double v = (about_old - shift) / n + (c.added ? c.added[i] : 0.0);
                if (c.least && v < c.least[i]) v = c.least[i];
                if (!(v > 0.0)) return false;
                covariance[i] = v;
                factor[i] = 1.0 / std::sqrt(v);
                log_diagonal += std::log(factor[i]);
                continue;
            }
            for (int j = 0; j <= i; ++j) {
                double v = (second[i * D + j] - first[i] * first[j] / n) / n;
                if (c.added && i == j) v += c.added[i];
                covariance[i * D + j] = covariance[j * D + i] = v;
            }
        }
        if (full && !step::whiten(covariance, c.least, D, factor, log_diagonal, work)) return false;
        out.offsets[k] = std::log(out.weights[k]) - 0.5 * D * log_two_pi + log_diagonal;
    }
    return true;
}

}  // namespace gaussmix
