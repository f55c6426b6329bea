// The M-step as Python asks for it.
#pragma once

#include <algorithm>
#include <numeric>
#include <tuple>

#include "bindings.hpp"
#include "decomposition.hpp"
#include "m_step.hpp"

namespace gaussmix {

// The M-step's rule.
struct Rule {
    Constraint constraint;
    Pooling pooling;
    double mass;
    Decomposition parts;

    explicit Rule(const RuleTerms& terms)
        : constraint{std::get<0>(terms) ? std::get<0>(terms)->data() : nullptr,
                     std::get<1>(terms) ? std::get<1>(terms)->data() : nullptr, true},
          pooling{std::get<3>(terms), std::get<4>(terms)}, mass(std::get<2>(terms)), parts(std::get<5>(terms)) {}

    // The M-step from an old mixture; false where something rare is to be done.
    bool step(const Sums& sums, const MixtureArrays& old, Shape shape, const MixtureArrays& next) {
        const double counts = std::accumulate(sums.counts, sums.counts + shape.K, 0.0);
        const double left = mass * (counts / (counts + sums.uniform));
        if (sums.uniform > 0.0 && !(1.0 - left < 1.0)) return false;  // every row is noise
        if (parts.none()) return m_step(sums, old.means, shape, pooling, constraint, left, next);
        return m_step_decomposed(sums, old, shape, parts, constraint, left, next);
    }
};

// Replaces a mixture by that of the moments about its means; false, and no change, where something rare is to be done.
inline bool replace(const MixtureArrays& mixture, const Sums& sums, Shape shape, Rule& rule, const MixtureArrays& next) {
    if (!rule.step(sums, mixture, shape, next)) return false;
    std::copy_n(next.weights, shape.K, mixture.weights);
    std::copy_n(next.means, shape.KD(), mixture.means);
    std::copy_n(next.covariances, shape.size(), mixture.covariances);
    std::copy_n(next.factors, shape.size(), mixture.factors);
    std::copy_n(next.offsets, shape.K, mixture.offsets);
    return true;
}

}  // namespace gaussmix
