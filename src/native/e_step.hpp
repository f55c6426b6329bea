// The E-step of the rows that Python gives, of which values may be missing.
#pragma once

#include <cmath>
#include <vector>

#include "bindings.hpp"
#include "m_step.hpp"

namespace gaussmix {

// Adds the moments of the rows about the means of a mixture to sums. Of incomplete rows they are expected, and need the
// mixture's covariances; of complete rows they need its factors, and may be summed in float.
class EStep {
  public:
    explicit EStep(const Plain& plain)
        : rows_(table<double>(std::get<0>(plain))), coarse_(rows_),
          given_(row_values(std::get<1>(plain), std::get<2>(plain))), holes_(std::get<3>(plain)) {}

    void operator()(const MixtureArrays& now, Shape shape, Sums& sums, bool coarse = false) {
        const auto [K, D, full] = shape;
        if (!holes_) {
            const Parameters p{K, D, full, now.means, now.factors, now.offsets};
            return coarse ? chosen.coarse_pass(coarse_, given_, p, sums) : chosen.twice.em_pass(rows_, given_, p, sums);
        }
        log_weights_.resize(K);
        for (int k = 0; k < K; ++k) log_weights_[k] = std::log(now.weights[k]);
        chosen.em_pass_rows(rows_, given_, {}, {K, D, full, log_weights_.data(), now.means, now.covariances}, full, sums);
    }

  private:
    Table<double> rows_;
    CoarseRows coarse_;
    RowValues given_;
    bool holes_;
    std::vector<double> log_weights_;
};

}  // namespace gaussmix
