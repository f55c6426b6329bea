// The E-step of the rows that Python gives, of which values may be missing.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "bindings.hpp"
#include "m_step.hpp"

namespace gaussmix {

// Adds the moments of the rows about the means of a mixture to sums. Of incomplete rows they are expected, and need the
// mixture's covariances; of complete rows they need its factors, and may be summed in float. The background may be the
// log-density of a uniform component, which has the weight that the others leave.
class EStep {
  public:
    EStep(const Plain& plain, const RuleTerms& terms)
        : rows_(table<double>(std::get<0>(plain))), coarse_(rows_),
          given_(row_values(std::get<1>(plain), std::get<2>(plain))), holes_(std::get<3>(plain)),
          density_(std::get<6>(terms) ? given_.background : nullptr) {
        if (!density_) return;
        background_.resize(rows_.n);
        given_.background = background_.data();
        total_ = given_.weights ? std::accumulate(given_.weights, given_.weights + rows_.n, 0.0) : double(rows_.n);
    }

    void operator()(const MixtureArrays& now, Shape shape, Sums& sums, bool coarse = false) {
        if (density_) set_background(now.weights, shape.K);
        pass(now, shape, sums, coarse);
        if (density_) sums.uniform = std::max(0.0, total_ - std::accumulate(sums.counts, sums.counts + shape.K, 0.0));
    }

  private:
    Table<double> rows_;
    CoarseRows coarse_;
    RowValues given_;
    bool holes_;
    const double* density_;
    double total_ = 0.0;
    std::vector<double> log_weights_, background_;

    void set_background(const double* weights, int K) {
        const double left = std::log(std::max(1.0 - std::accumulate(weights, weights + K, 0.0), 1e-300));
        std::transform(density_, density_ + rows_.n, background_.begin(), [left](double value) { return value + left; });
    }

    void pass(const MixtureArrays& now, Shape shape, Sums& sums, bool coarse) {
        const auto [K, D, full] = shape;
        if (!holes_) {
            const Parameters p{K, D, full, now.means, now.factors, now.offsets};
            return coarse ? chosen.coarse_pass(coarse_, given_, p, sums) : chosen.twice.em_pass(rows_, given_, p, sums);
        }
        log_weights_.resize(K);
        for (int k = 0; k < K; ++k) log_weights_[k] = std::log(now.weights[k]);
        chosen.em_pass_rows(rows_, given_, {}, {K, D, full, log_weights_.data(), now.means, now.covariances}, full, sums);
    }
};

}  // namespace gaussmix
