// The update of variational Bayes: from the moments of an E-step to the densities of the next one, and the divergence of
// the prior from the posterior. What gaussmix/variational/posterior.py, weights.py and precisions.py define.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "log_gamma.hpp"
#include "m_step.hpp"
#include "pass.hpp"

namespace gaussmix {

// The conjugate prior. `scatter` (D, D) or (D,) with the degrees of freedom as its count; `log_determinant` is that of
// scatter / degrees; `added` (D,) to the variances of the rows, or null.
struct VariationalPrior {
    bool full, sticks;
    Pooling pooling;
    double concentration, mean_precision, degrees, log_determinant;
    const double *mean, *scatter, *added;
};

// The densities of an E-step: means (K, D), factors (K, D, D) or (K, D), offsets (K,).
struct DensityArrays {
    double *means, *factors, *offsets;
};

class VariationalUpdate {
  public:
    VariationalUpdate(const VariationalPrior& prior, int K, int D)
        : p_(prior), K_(K), D_(D), size_(p_.full ? std::size_t(D) * D : D), shared_degrees_(K * p_.degrees),
          scatter_((p_.pooling.components ? 1 : K) * size_), logs_(K) {
        if (p_.sticks) constant_ = -K * std::log(p_.concentration);
        else constant_ = K * log_gamma(p_.concentration).value - log_gamma(K * p_.concentration).value;
        const double degrees = p_.pooling.components ? shared_degrees_ : p_.degrees;
        norm_of_prior_ = of_degrees(degrees).log_norm - 0.5 * degrees * p_.log_determinant;
    }

    // From moments about `reference` (K, D). False where something rare is to be done: moments that are not finite, a mean
    // so far from the reference that digits were lost, a covariance that is not positive definite.
    bool operator()(const Sums& sums, const DensityArrays& next, double& divergence) {
        if (!locate(sums, next.means)) return false;
        divergence = of_weights(sums.counts);
        double total = 0.0, log_diagonal = 0.0;
        for (int k = 0; k < K_; ++k) total += sums.counts[k];
        Degrees degrees;
        for (int k = 0; k < K_; ++k) {
            const double *mean = next.means + std::ptrdiff_t(k) * D_;
            double* factor = next.factors + k * size_;
            if (p_.pooling.components && k > 0) std::copy_n(next.factors, size_, factor);
            else {
                const double nu = p_.pooling.components ? shared_degrees_ + total : p_.degrees + sums.counts[k];
                if (!whiten(scatter_.data() + k * size_, nu, factor, log_diagonal)) return false;
                degrees = of_degrees(nu);
                divergence += of_precision(nu, degrees, factor, log_diagonal);
            }
            const double beta = p_.mean_precision + sums.counts[k], ratio = p_.mean_precision / beta;
            divergence += 0.5 * (D_ * (ratio - 1.0 - std::log(ratio)) + p_.mean_precision * square(factor, mean));
            next.offsets[k] = logs_[k] + 0.5 * (degrees.log_correction + 2.0 * log_diagonal - D_ * (log_two_pi + 1.0 / beta));
        }
        return std::isfinite(divergence);
    }

  private:
    static constexpr double log_two_pi = 1.8378770664093453, log_pi = 1.1447298858494002;

    // Of a precision with given degrees of freedom: E log |precision| + log |covariance|, and the logarithm of the
    // normaliser of its density but for -degrees/2 log |covariance|.
    struct Degrees {
        double log_correction = 0.0, log_norm = 0.0;
    };

    VariationalPrior p_;
    int K_, D_;
    std::size_t size_;
    double shared_degrees_, constant_ = 0.0, norm_of_prior_ = 0.0;
    std::vector<double> scatter_, logs_, work_;

    // Posterior means, and scatters of rows and prior about them.
    bool locate(const Sums& s, double* means) {
        constexpr double lost = 1e6;
        std::fill(scatter_.begin(), scatter_.end(), 0.0);
        for (int k = 0; k < K_; ++k) {
            const double n = s.counts[k], beta = p_.mean_precision + n;
            if (!(n >= 0.0 && n < HUGE_VAL)) return false;
            const double *first = s.first + std::ptrdiff_t(k) * D_, *second = s.second + k * size_;
            const double *from = s.reference + std::ptrdiff_t(k) * D_;
            double *mean = means + std::ptrdiff_t(k) * D_, *to = scatter_.data() + (p_.pooling.components ? 0 : k * size_);
            const double inverse = n > 1e-200 ? 1.0 / n : 0.0, pull = n * p_.mean_precision / beta;
            for (int i = 0; i < D_; ++i) mean[i] = from[i] + first[i] * inverse - p_.mean[i];  // of the rows, for now
            for (int i = 0; i < D_; ++i)
                for (int j = p_.full ? 0 : i; j <= i; ++j) {
                    const std::size_t at = p_.full ? std::size_t(i) * D_ + j : i;
                    const double shift = first[i] * first[j] * inverse;
                    double about = second[at] - shift + p_.scatter[at];
                    if (i == j) {
                        if (!(about * lost >= shift)) return false;
                        if (p_.added) about += n * p_.added[i];
                    }
                    to[at] += about + pull * mean[i] * mean[j];
                }
            for (int i = 0; i < D_; ++i) mean[i] = p_.mean[i] + n / beta * mean[i];
        }
        return true;
    }

    // The whitening factor of a scatter (lower triangle) over its degrees of freedom.
    bool whiten(double* scatter, double nu, double* factor, double& log_diagonal) {
        if (!p_.full) return step::estimate_diagonal(nu, D_, p_.pooling.columns, {}, scatter, factor, log_diagonal);
        return step::estimate_full(nu, D_, {}, scatter, factor, log_diagonal, work_);
    }

    Degrees of_degrees(double nu) const {
        const double log_half = std::log(0.5 * nu);
        if (p_.full) {
            const LogGamma sum = log_gamma_of_halves(0.5 * nu, D_);
            return {sum.derivative - D_ * log_half, sum.value + 0.25 * D_ * (D_ - 1) * log_pi - 0.5 * nu * D_ * log_half};
        }
        if (!p_.pooling.columns) {
            const LogGamma one = log_gamma(0.5 * nu);
            return {D_ * (one.derivative - log_half), D_ * (one.value - 0.5 * nu * log_half)};
        }
        const double half = 0.5 * D_ * nu, log_shape = std::log(half);
        const LogGamma one = log_gamma(half);
        return {D_ * (one.derivative - log_shape), one.value - half * log_shape};
    }

    // Divergence of the prior from the posterior of a precision.
    double of_precision(double nu, const Degrees& degrees, const double* factor, double log_diagonal) const {
        const double times = p_.pooling.components ? K_ : 1.0;
        const double powers = 0.5 * (nu - times * p_.degrees) * (degrees.log_correction + 2.0 * log_diagonal);
        const double norms = norm_of_prior_ - degrees.log_norm - nu * log_diagonal;
        return powers - 0.5 * nu * D_ + 0.5 * times * trace(factor) + norms;
    }

    // tr L B L^T for a whitening factor L and the scatter B of the prior.
    double trace(const double* factor) const {
        double total = 0.0;
        if (!p_.full) {
            for (int i = 0; i < D_; ++i) total += factor[i] * factor[i] * p_.scatter[i];
            return total;
        }
        for (int i = 0; i < D_; ++i) {
            const double* row = factor + std::ptrdiff_t(i) * D_;
            for (int j = 0; j <= i; ++j) {
                const double* of_prior = p_.scatter + std::ptrdiff_t(j) * D_;
                double half = 0.5 * row[j] * of_prior[j];
                for (int l = 0; l < j; ++l) half += row[l] * of_prior[l];
                total += 2.0 * row[j] * half;
            }
        }
        return total;
    }

    // |L (mean - m0)|^2.
    double square(const double* factor, const double* mean) const {
        double total = 0.0;
        for (int i = 0; i < D_; ++i) {
            double along = 0.0;
            if (!p_.full) along = factor[i] * (mean[i] - p_.mean[i]);
            else
                for (int j = 0; j <= i; ++j) along += factor[i * D_ + j] * (mean[j] - p_.mean[j]);
            total += along * along;
        }
        return total;
    }

    // Expected logarithms of the weights, and the divergence of their prior from their posterior.
    double of_weights(const double* counts) {
        return p_.sticks ? of_sticks(counts) : of_dirichlet(counts);
    }

    double of_dirichlet(const double* counts) {
        double sum = K_ * p_.concentration, divergence = constant_, logs = 0.0;
        for (int k = 0; k < K_; ++k) sum += counts[k];
        const LogGamma whole = log_gamma(sum);
        for (int k = 0; k < K_; ++k) {
            const LogGamma one = log_gamma(p_.concentration + counts[k]);
            logs_[k] = one.derivative - whole.derivative;
            logs += counts[k] * logs_[k];
            divergence -= one.value;
        }
        return divergence + whole.value + logs;
    }

    double of_sticks(const double* counts) {
        double after = 0.0, divergence = constant_, left = 0.0;
        for (int k = K_ - 1; k >= 0; --k) {
            logs_[k] = after;
            after += counts[k];
        }
        for (int k = 0; k < K_; ++k) {
            const double a = 1.0 + counts[k], rest = logs_[k], b = p_.concentration + rest;
            const LogGamma of_a = log_gamma(a), of_b = log_gamma(b), whole = log_gamma(a + b);
            const double taken = of_a.derivative - whole.derivative, passed = of_b.derivative - whole.derivative;
            divergence += whole.value - of_a.value - of_b.value + counts[k] * taken + rest * passed;
            logs_[k] = taken + left;
            left += passed;
        }
        return divergence;
    }
};

}  // namespace gaussmix
