// EM runs of a search as rows of one table, so that runs are copied, chosen and joined whole.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "shared_step.hpp"

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

// The choice among runs: the least weight of a component, that below which its rows are few, the lower bound of covariances or
// null, the least ratios to it in any direction, of a component of many rows and of one of few, and the nats within which two
// runs are taken for one.
struct Distinct {
    double least_weight;
    double few_weight;
    const double* bound;
    double least_clearance;
    double least_clearance_of_few;
    double alike;
};

// The number of components with too few rows or a narrow direction, less narrow for one of few rows.
inline int flaws(const MixtureArrays& mixture, Shape shape, const Distinct& distinct) {
    const auto [K, D, full] = shape;
    int count = 0;
    for (int k = 0; k < K; ++k) {
        const double weight = mixture.weights[k];
        const double* factor = mixture.factors + std::ptrdiff_t(k) * D * (full ? D : 1);
        const double least = weight < distinct.few_weight ? distinct.least_clearance_of_few : distinct.least_clearance;
        const bool wide =
            !distinct.bound || step::eigenvalues_below(1.0 / least, factor, distinct.bound, D, full);
        count += weight < distinct.least_weight || !wide;
    }
    return count;
}

// The most likely distinct runs above a value, at most a given number; those with fewer flawed components come first.
inline std::vector<std::ptrdiff_t> best_of(const Runs& runs, const std::vector<std::ptrdiff_t>& among,
                                           const Distinct& distinct, std::size_t most, double least) {
    double top = std::numeric_limits<double>::lowest();
    for (const std::ptrdiff_t s : among) top = std::max(top, runs.objective(s));
    std::vector<std::pair<double, std::ptrdiff_t>> order;
    for (const std::ptrdiff_t s : among) {  // equal but for rounding is equal
        const double value = runs.objective(s);
        if (least < value && value < HUGE_VAL) order.emplace_back(std::nearbyint((top - value) * 1e2), s);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::ptrdiff_t> result;
    std::vector<std::pair<int, std::ptrdiff_t>> flawed;
    const auto add = [&](std::ptrdiff_t s, bool judged) {
        const auto like = [&](std::ptrdiff_t t) {
            return std::abs(runs.objective(s) - runs.objective(t)) <= distinct.alike;
        };
        if (result.size() == most || std::any_of(result.begin(), result.end(), like)) return;
        const int count = judged ? 0 : flaws(runs.arrays(s), runs.shape, distinct);
        if (count)
            flawed.emplace_back(count, s);
        else
            result.push_back(s);
    };
    for (const auto& [below, s] : order) add(s, false);
    std::stable_sort(flawed.begin(), flawed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [count, s] : flawed) add(s, true);
    return result;
}

}  // namespace gaussmix
