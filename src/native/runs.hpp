// EM runs of a search as rows of one table, so that runs are copied, chosen and joined whole.
#pragma once

#include <cstddef>
#include <utility>

#include "m_step.hpp"

namespace gaussmix {

// S runs (S, W) of K components in D columns. A run is weights (K,), means (K, D), `matrices` covariances and as many
// factors, offsets (K,), its log-likelihood, and its age. One covariance is that of all components.
struct Runs {
    double* data;
    std::ptrdiff_t S;
    Shape shape;
    int matrices;

    std::ptrdiff_t matrix() const { return full() ? std::ptrdiff_t(shape.D) * shape.D : shape.D; }
    std::ptrdiff_t covariances() const { return matrices * matrix(); }
    std::ptrdiff_t width() const { return 2 * shape.K + shape.KD() + 2 * covariances() + 2; }
    bool full() const { return shape.full; }

    double* row(std::ptrdiff_t s) const { return data + s * width(); }
    double& objective(std::ptrdiff_t s) const { return row(s)[width() - 2]; }
    double& age(std::ptrdiff_t s) const { return row(s)[width() - 1]; }
    MixtureArrays arrays(std::ptrdiff_t s) const {
        double* at = row(s);
        const auto take = [&at](std::ptrdiff_t size) { return std::exchange(at, at + size); };
        MixtureArrays result;
        result.weights = take(shape.K);
        result.means = take(shape.KD());
        result.covariances = take(covariances());
        result.factors = take(covariances());
        result.offsets = take(shape.K);
        return result;
    }
};

}  // namespace gaussmix
