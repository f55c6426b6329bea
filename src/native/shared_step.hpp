// EM iterations with one covariance for all components: E-steps are linear in the rows, and an M-step needs first moments
// alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "m_step.hpp"

namespace gaussmix {

// Rows about a centre, Y (n, D), their weights and total weight, and their second moments (D, D) or (D,).
struct CentredRows {
    Table<double> Y;
    const double *weights, *centre, *scatter;
    double total;
};

class SharedStep {
  public:
    SharedStep(const CentredRows& rows, Shape shape, const Constraint& constraint, bool pool_columns)
        : rows_(rows), shape_(shape), constraint_(constraint), pool_columns_(pool_columns), slopes_(shape.KD()),
          constants_(shape.K), counts_(shape.K), first_(shape.KD()), shift_(shape.D),
          covariance_(std::size_t(shape.D) * (shape.full ? shape.D : 1)), factor_(covariance_) {}

    // The E-step of a mixture: its log-likelihood where it is asked for. Where the rows vary much more than a component,
    // digits would cancel, those of float first, and sums are taken about the means.
    double e_step(const Kernel& kernel, const MixtureArrays& now, bool with_likelihood, bool coarse) {
        constexpr double far = 1e6, far_in_float = 1e3;
        const double trace = step::trace_of(now.factors, rows_.scatter, shape_.D, shape_.full);
        exact_ = trace > far * rows_.total;
        if (exact_) return about_means(kernel, now, with_likelihood);
        const LinearPass pass = coarse && trace < far_in_float * rows_.total ? kernel.coarse_linear_pass : kernel.linear_pass;
        return linear(pass, now, with_likelihood) - 0.5 * trace;
    }

    // Replaces the mixture; false, and no change, where a component is empty or no scatter is left.
    bool m_step(const MixtureArrays& now) { return exact_ ? pool(now) : complete(now); }

  private:
    const CentredRows& rows_;
    Shape shape_;
    Constraint constraint_;
    bool pool_columns_, exact_ = false;
    std::vector<double> slopes_, constants_, counts_, first_, shift_, covariance_, factor_, work_, moments_,
        means_, mixture_;

    MixtureArrays copies(std::vector<double>& of) const {
        of.resize(2 * shape_.K + shape_.KD() + 2 * shape_.size());
        double* at = of.data();
        return {at, at + shape_.K, at + shape_.K + shape_.KD(), at + shape_.K + shape_.KD() + shape_.size(),
                at + shape_.K + shape_.KD() + 2 * shape_.size()};
    }

    // Moments about the means, with the covariance of all as that of each.
    double about_means(const Kernel& kernel, const MixtureArrays& now, bool with_likelihood) {
        const auto [K, D, full] = shape_;
        moments_.assign(shape_.sums(), 0.0);
        means_.resize(shape_.KD());
        const MixtureArrays each = copies(mixture_);
        for (int k = 0; k < K; ++k) {
            std::copy_n(now.factors, covariance_.size(), each.factors + k * covariance_.size());
            for (int d = 0; d < D; ++d) means_[k * D + d] = now.means[k * D + d] - rows_.centre[d];
        }
        Sums sums = moments();
        sums.with_likelihood = with_likelihood;
        kernel.twice.em_pass(rows_.Y, {rows_.weights}, {K, D, full, means_.data(), each.factors, now.offsets}, sums);
        return sums.log_likelihood;
    }

    Sums moments() {
        double* at = moments_.data();
        return {means_.data(), at, at + shape_.K, at + shape_.K + shape_.KD()};
    }

    bool pool(const MixtureArrays& now) {
        const MixtureArrays next = copies(mixture_);
        if (!gaussmix::m_step(moments(), means_.data(), shape_, {true, pool_columns_}, constraint_, 1.0, next)) return false;
        std::copy_n(next.weights, shape_.K, now.weights);
        std::copy_n(next.offsets, shape_.K, now.offsets);
        std::copy_n(next.covariances, covariance_.size(), now.covariances);
        std::copy_n(next.factors, covariance_.size(), now.factors);
        for (std::ptrdiff_t i = 0; i < shape_.KD(); ++i) now.means[i] = next.means[i] + rows_.centre[i % shape_.D];
        return true;
    }

    double linear(LinearPass pass, const MixtureArrays& now, bool with_likelihood) {
        for (int k = 0; k < shape_.K; ++k) linear_form(now, k);
        std::fill(counts_.begin(), counts_.end(), 0.0);
        std::fill(first_.begin(), first_.end(), 0.0);
        Sums sums{nullptr, counts_.data(), first_.data(), nullptr};
        sums.with_likelihood = with_likelihood;
        pass(rows_.Y, rows_.weights, slopes_.data(), constants_.data(), shape_.K, sums);
        return sums.log_likelihood;
    }

    // The M-step from counts and first moments.
    bool complete(const MixtureArrays& now) {
        constexpr double log_two_pi = 1.8378770664093453;
        const auto [K, D, full] = shape_;
        double total = 0.0, log_diagonal = 0.0;
        for (const double n : counts_) {
            if (!(n > 1e-200)) return false;
            total += n;
        }
        if (!scatter_within()) return false;
        if (full ? !step::estimate_full(rows_.total, D, constraint_, covariance_.data(), factor_.data(), log_diagonal, work_)
                 : !step::estimate_diagonal(rows_.total, D, pool_columns_, constraint_, covariance_.data(), factor_.data(),
                                            log_diagonal))
            return false;
        std::copy(covariance_.begin(), covariance_.end(), now.covariances);
        std::copy(factor_.begin(), factor_.end(), now.factors);
        for (int k = 0; k < K; ++k) {
            now.weights[k] = counts_[k] / total;
            now.offsets[k] = std::log(now.weights[k]) - 0.5 * D * log_two_pi + log_diagonal;
            for (int d = 0; d < D; ++d) now.means[k * D + d] = first_[k * D + d] + rows_.centre[d];
        }
        return true;
    }

    // log p_k - |L m|^2 / 2 and L^T L m, where m is the mean about the centre.
    void linear_form(const MixtureArrays& now, int k) {
        const auto [K, D, full] = shape_;
        double *slope = slopes_.data() + std::ptrdiff_t(k) * D, square = 0.0;
        for (int d = 0; d < D; ++d) shift_[d] = now.means[std::ptrdiff_t(k) * D + d] - rows_.centre[d];
        std::fill_n(slope, D, 0.0);
        for (int i = 0; i < D; ++i) {
            const double* row = now.factors + std::ptrdiff_t(i) * (full ? D : 1);
            double y = full ? 0.0 : row[0] * shift_[i];
            for (int j = 0; full && j <= i; ++j) y += row[j] * shift_[j];
            square += y * y;
            if (!full) slope[i] = row[0] * y;
            for (int j = 0; full && j <= i; ++j) slope[j] += row[j] * y;
        }
        constants_[k] = now.offsets[k] - 0.5 * square;
    }

    // The scatter about the means, in the place of the covariance, and the means about the centre, in that of the first
    // moments.
    bool scatter_within() {
        const auto [K, D, full] = shape_;
        std::copy_n(rows_.scatter, covariance_.size(), covariance_.begin());
        for (int k = 0; k < K; ++k) {
            double* mean = first_.data() + std::ptrdiff_t(k) * D;
            for (int d = 0; d < D; ++d) mean[d] /= counts_[k];
            for (int i = 0; i < D; ++i) {
                const double weighted = counts_[k] * mean[i];
                if (!full) covariance_[i] -= weighted * mean[i];
                else
                    for (int j = 0; j <= i; ++j) covariance_[i * D + j] -= weighted * mean[j];
            }
        }
        for (int i = 0; i < D; ++i)
            if (!(covariance_[full ? i * D + i : i] > 0.0)) return false;
        return true;
    }
};

}  // namespace gaussmix
