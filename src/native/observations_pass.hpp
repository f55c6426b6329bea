// One pass of EM, densities and posterior moments of rows with measurement errors and missing values.
#pragma once

#include "e_step_densities.hpp"
#include "observations.hpp"
#include "projections.hpp"

namespace gaussmix::GM_ARCH::observed {

constexpr const double* unweighted = nullptr;

template <class Core>
std::size_t space(const AnyTable& X, const Errors& errors, const Gaussians& p) {
    return Reader::space(X.D, p.D) + Core::space(p.K, p.D, X.D, Reader::repeats(errors));
}

// Log-joint densities of a group, (K,), −∞ where a row may not come from a component.
template <class Core>
GM_INLINE void joint_of(Core& core, const Group& g, const RowValues& given, const Gaussians& p, Double* joint) {
    for (int k = 0; k < p.K; ++k) {
        const bool excluded = p.log_weights[k] == -HUGE_VAL;
        joint[k] = excluded ? splat(-HUGE_VAL) : core.log_joint(g, k);
        if (excluded || !given.allowed) continue;
        for (int l = 0; l < W; ++l)
            if (!given.allowed[g.rows[l] * p.K + k]) reinterpret_cast<double*>(joint)[k * W + l] = -HUGE_VAL;
    }
}

GM_INLINE bool all_zero(Double r) {
    for (int l = 0; l < W; ++l)
        if (!(r[l] == 0.0)) return false;
    return true;
}

// Moments in lanes.
template <bool Full>
class LaneSums {
  public:
    LaneSums(int K, int D, Vectors& memory) : K_(K), D_(D), size_(Full ? triangle(D) : D) {
        counts_ = memory.take(K);
        first_ = memory.take(std::size_t(K) * D);
        second_ = memory.take(std::size_t(K) * size_);
        deviation_ = memory.take(D);
    }
    static std::size_t space(int K, int D) { return std::size_t(K) * (1 + D + triangle(D)) + D; }

    // r times the moments of rows whose true values have a mean (D,), less μ, and a covariance.
    GM_INLINE void add(int k, Double r, const Double* mean, const Double* covariance, const double* shift) {
        Double *first = first_ + std::size_t(k) * D_, *second = second_ + k * size_;
        counts_[k] += r;
        for (int i = 0; i < D_; ++i) {
            deviation_[i] = mean[i] + shift[i];
            const Double weighted = r * deviation_[i];
            first[i] += weighted;
            if constexpr (!Full) second[i] += weighted * deviation_[i] + r * covariance[i];
            else
                for (int j = 0; j <= i; ++j) second[at(i, j)] += weighted * deviation_[j] + r * covariance[at(i, j)];
        }
    }

    void add_to(Sums& sums) const {
        for (int k = 0; k < K_; ++k) {
            sums.counts[k] += sum<double>(counts_[k]);
            const Double *first = first_ + std::size_t(k) * D_, *second = second_ + k * size_;
            for (int i = 0; i < D_; ++i) {
                sums.first[std::ptrdiff_t(k) * D_ + i] += sum<double>(first[i]);
                if constexpr (!Full) sums.second[std::ptrdiff_t(k) * D_ + i] += sum<double>(second[i]);
                else
                    for (int j = 0; j <= i; ++j) {
                        double* to = sums.second + std::ptrdiff_t(k) * D_ * D_;
                        const double value = sum<double>(second[at(i, j)]);
                        to[i * D_ + j] += value;
                        if (i != j) to[j * D_ + i] += value;
                    }
            }
        }
    }

  private:
    int K_, D_;
    std::size_t size_;
    Double *counts_, *first_, *second_, *deviation_;
};

template <class Core, bool Full>
void em_pass(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, Sums& sums) {
    const int K = p.K, D = p.D;
    Vectors memory(space<Core>(X, errors, p) + LaneSums<Full>::space(K, D) + K + D + 1);
    Reader reader(X, errors, D, Core::triangular, memory);
    Core core(p, X.D, Reader::repeats(errors), memory);
    LaneSums<Full> local(K, D, memory);
    Double *joint = memory.take(K + 1), *mean = memory.take(D);
    Double log_likelihood = Double{}, hard = Double{};
    std::vector<double> shifts(std::size_t(K) * D);
    for (std::size_t i = 0; i < shifts.size(); ++i) shifts[i] = p.means[i] - sums.reference[i];
    for (std::ptrdiff_t start = 0; start < X.n; start += W) {
        const int m = int(std::min<std::ptrdiff_t>(W, X.n - start));
        const Group& g = reader.read(start);
        joint_of(core, g, given, p, joint);
        Double weights = Double{}, log_prob, log_top;
        for (int l = 0; l < m; ++l) {
            weights[l] = given.weights ? given.weights[g.rows[l]] : 1.0;
            if (given.background) joint[K][l] = given.background[g.rows[l]];
        }
        softmax(reinterpret_cast<double*>(joint), given.background ? K + 1 : K, W, W, unweighted,
                reinterpret_cast<double*>(&log_prob), reinterpret_cast<double*>(&log_top));
        // Rows without weight add nothing, whatever they hold.
        const Double none = Double{};
        log_likelihood += weights > none ? weights * log_prob : none;
        hard += weights > none ? weights * log_top : none;
        for (int k = 0; k < K; ++k) {
            const Double r = weights > none ? weights * joint[k] : none;
            if (all_zero(r)) continue;
            const Double* covariance = core.posterior(g, k, mean);
            local.add(k, r, mean, covariance, shifts.data() + std::ptrdiff_t(k) * D);
        }
    }
    local.add_to(sums);
    sums.log_likelihood += sum<double>(log_likelihood);
    sums.hard += sum<double>(hard);
}

template <class Core>
void log_joint(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, double* out) {
    const int K = p.K, D = p.D;
    Vectors memory(space<Core>(X, errors, p) + K);
    Reader reader(X, errors, D, Core::triangular, memory);
    Core core(p, X.D, Reader::repeats(errors), memory);
    Double* joint = memory.take(K);
    for (std::ptrdiff_t start = 0; start < X.n; start += W) {
        const int m = int(std::min<std::ptrdiff_t>(W, X.n - start));
        const Group& g = reader.read(start);
        joint_of(core, g, given, p, joint);
        for (int l = 0; l < m; ++l)
            for (int k = 0; k < K; ++k) out[g.rows[l] * K + k] = joint[k][l];
    }
}

// The mean (n, D) and the covariance (n, D, D) of each row's true values under the mixture.
template <class Core>
void expected(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, double* means,
              double* covariances) {
    const int K = p.K, D = p.D, size = triangle(D);
    Vectors memory(space<Core>(X, errors, p) + K + std::size_t(K) * D + D + size);
    Reader reader(X, errors, D, Core::triangular, memory);
    Core core(p, X.D, Reader::repeats(errors), memory);
    Double *joint = memory.take(K), *centres = memory.take(std::size_t(K) * D), *mean = memory.take(D);
    Double* total = memory.take(size);
    for (std::ptrdiff_t start = 0; start < X.n; start += W) {
        const int m = int(std::min<std::ptrdiff_t>(W, X.n - start));
        const Group& g = reader.read(start);
        joint_of(core, g, given, p, joint);
        Double log_prob, log_top;
        softmax(reinterpret_cast<double*>(joint), K, W, W, unweighted, reinterpret_cast<double*>(&log_prob),
                reinterpret_cast<double*>(&log_top));
        std::fill_n(mean, D, Double{});
        std::fill_n(total, size, Double{});
        for (int k = 0; k < K; ++k) {
            Double* centre = centres + std::size_t(k) * D;
            if (all_zero(joint[k])) continue;
            const Double* covariance = core.posterior(g, k, centre);
            for (int i = 0; i < D; ++i) {
                centre[i] += p.means[std::ptrdiff_t(k) * D + i];
                mean[i] += joint[k] * centre[i];
            }
            for (int i = 0; i < size; ++i) total[i] += joint[k] * covariance[i];
        }
        for (int k = 0; k < K; ++k) {
            const Double* centre = centres + std::size_t(k) * D;
            if (all_zero(joint[k])) continue;
            for (int i = 0; i < D; ++i)
                for (int j = 0; j <= i; ++j)
                    total[at(i, j)] += joint[k] * (centre[i] - mean[i]) * (centre[j] - mean[j]);
        }
        for (int l = 0; l < m; ++l)
            for (int i = 0; i < D; ++i) {
                const std::ptrdiff_t row = g.rows[l] * D + i;
                means[row] = mean[i][l];
                for (int j = 0; j < D; ++j)
                    covariances[row * D + j] = total[at(std::max(i, j), std::min(i, j))][l];
            }
    }
}

// The pass for a number of columns known when compiled, or any.
template <bool Full>
void em_pass_of(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, Sums& sums) {
    switch (p.D) {
        case 1: return em_pass<Matrices<1, Full>, Full>(X, given, errors, p, sums);
        case 2: return em_pass<Matrices<2, Full>, Full>(X, given, errors, p, sums);
        case 3: return em_pass<Matrices<3, Full>, Full>(X, given, errors, p, sums);
        case 4: return em_pass<Matrices<4, Full>, Full>(X, given, errors, p, sums);
        case 5: return em_pass<Matrices<5, Full>, Full>(X, given, errors, p, sums);
        case 6: return em_pass<Matrices<6, Full>, Full>(X, given, errors, p, sums);
        default: return em_pass<Matrices<0, Full>, Full>(X, given, errors, p, sums);
    }
}

template <bool Full>
void em_pass_of_projections(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p,
                            Sums& sums) {
    switch (p.D) {
        case 2: return em_pass<Projected<2, Full>, Full>(X, given, errors, p, sums);
        case 3: return em_pass<Projected<3, Full>, Full>(X, given, errors, p, sums);
        default: return em_pass<Projected<0, Full>, Full>(X, given, errors, p, sums);
    }
}

inline bool columns_apart(const Errors& errors, const Gaussians& p) {
    return !p.full && !(errors.values && errors.full);
}

inline void em_pass_rows(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, bool full,
                  Sums& sums) {
    if (errors.projections) {
        if (full) em_pass_of_projections<true>(X, given, errors, p, sums);
        else em_pass_of_projections<false>(X, given, errors, p, sums);
    } else if (full) em_pass_of<true>(X, given, errors, p, sums);
    else if (columns_apart(errors, p)) em_pass<Diagonals, false>(X, given, errors, p, sums);
    else em_pass_of<false>(X, given, errors, p, sums);
}

inline void rows_joint(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, double* out) {
    if (errors.projections) log_joint<Projected<0, true>>(X, given, errors, p, out);
    else if (columns_apart(errors, p)) log_joint<Diagonals>(X, given, errors, p, out);
    else log_joint<Matrices<0, true>>(X, given, errors, p, out);
}

inline void rows_expected(const AnyTable& X, const RowValues& given, const Errors& errors, const Gaussians& p, double* means,
                   double* covariances) {
    if (errors.projections) expected<Projected<0, true>>(X, given, errors, p, means, covariances);
    else expected<Matrices<0, true>>(X, given, errors, p, means, covariances);
}

}  // namespace gaussmix::GM_ARCH::observed
