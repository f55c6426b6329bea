// The posterior of the true values behind rows that see them through a matrix, in the lanes of a register.
//
// With x = R v + e, v ~ N(μ, Σ), e ~ N(0, N), over the values o of x that were observed: T = R Σ Rᵀ + N = C Cᵀ,
//   y = C⁻¹ (x − R μ),  A = C⁻¹ R Σ,  log N(x | R μ, T) = −½ (|o| log 2π + log |T| + |y|²),
//   E[v | x] = μ + Aᵀ y,  Cov[v | x] = Σ − Aᵀ A.
// A missing value has a row of zeros in R and in x, and the row and the column of the unit matrix in N.
#pragma once

#include "observations.hpp"

namespace gaussmix::GM_ARCH::observed {

// N is D, or zero where D is known at run time only. `Full` posterior covariances, or their diagonals.
template <int N, bool Full>
class Projected {
  public:
    static constexpr bool triangular = true;

    Projected(const Gaussians& p, int m, bool, Vectors& memory)
        : p_(p), m_(m), covariances_(std::size_t(p.K) * p.D * p.D) {
        for (int k = 0; k < p.K; ++k)
            for (int i = 0; i < p.D; ++i)
                for (int j = 0; j < p.D; ++j) covariances_[(std::size_t(k) * p.D + i) * p.D + j] = p.covariance(k, i, j);
        factor_ = memory.take(std::size_t(p.K) * triangle(m));
        whitened_ = memory.take(std::size_t(p.K) * m);
        gains_ = memory.take(std::size_t(p.K) * m * p.D);
        spread_ = memory.take(triangle(p.D));
    }
    static std::size_t space(int K, int D, int m, bool) {
        return std::size_t(K) * (triangle(m) + m + std::size_t(m) * D) + triangle(D);
    }

    // log of the component's weight times the density of the group's rows.
    GM_INLINE Double log_joint(const Group& g, int k) {
        project(g, k);
        const Double log_volume = factorise(g, k);
        return splat(p_.log_weights[k]) - g.constant - 0.5 * (log_volume + square(g, k));
    }

    // E[v | x] − μ (D,), and Cov[v | x], its lower triangle or diagonal, which is returned. Once after log_joint.
    GM_INLINE const Double* posterior(const Group&, int k, Double* mean) {
        const Double *C = factor(k), *y = whitened_ + std::size_t(k) * m_;
        Double* gain = projected(k);
        std::fill_n(mean, D(), Double{});
        for (int i = 0; i < m_; ++i) {
            Double* row = gain + i * D();
            for (int l = 0; l < i; ++l)
                for (int d = 0; d < D(); ++d) row[d] -= C[at(i, l)] * gain[l * D() + d];
            for (int d = 0; d < D(); ++d) {
                row[d] *= C[at(i, i)];
                mean[d] += row[d] * y[i];
            }
        }
        const double* covariance = covariances_.data() + std::size_t(k) * D() * D();
        for (int a = 0; a < D(); ++a)
            for (int b = Full ? 0 : a; b <= a; ++b) {
                Double total = splat(covariance[a * D() + b]);
                for (int i = 0; i < m_; ++i) total -= gain[i * D() + a] * gain[i * D() + b];
                spread_[Full ? at(a, b) : a] = total;
            }
        return spread_;
    }

  private:
    const Gaussians& p_;
    int m_;                           // values of a row
    std::vector<double> covariances_; // (K, D, D)
    Double *factor_, *whitened_, *gains_, *spread_;

    int D() const { return N > 0 ? N : p_.D; }
    Double* factor(int k) const { return factor_ + std::size_t(k) * triangle(m_); }
    Double* projected(int k) const { return gains_ + std::size_t(k) * m_ * D(); }

    // R Σ, (m, D).
    GM_INLINE void project(const Group& g, int k) {
        const double* covariance = covariances_.data() + std::size_t(k) * D() * D();
        Double* out = projected(k);
        for (int i = 0; i < m_; ++i) {
            Double* row = out + i * D();
            std::fill_n(row, D(), Double{});
            for (int l = 0; l < D(); ++l)
                for (int d = 0; d < D(); ++d) row[d] += g.projection[i * D() + l] * covariance[l * D() + d];
        }
    }
    // C with the reciprocals of its diagonal; log |T|.
    GM_INLINE Double factorise(const Group& g, int k) {
        const Double* S = projected(k);
        Double* C = factor(k);
        LogProduct volume;
        for (int i = 0; i < m_; ++i)
            for (int j = 0; j <= i; ++j) {
                Double value = g.noise[at(i, j)];
                for (int l = 0; l < D(); ++l) value += S[i * D() + l] * g.projection[j * D() + l];
                for (int l = 0; l < j; ++l) value -= C[at(i, l)] * C[at(j, l)];
                if (j < i) {
                    C[at(i, j)] = value * C[at(j, j)];
                    continue;
                }
                const Double valid = value > Double{} ? value : splat(std::numeric_limits<double>::quiet_NaN());
                volume.multiply(valid);
                C[at(i, i)] = splat(1.0) / square_root(valid);
            }
        return volume.log();
    }
    // y = C⁻¹ (x − R μ), and |y|².
    GM_INLINE Double square(const Group& g, int k) {
        const double* mean = p_.means + std::ptrdiff_t(k) * D();
        const Double* C = factor(k);
        Double* y = whitened_ + std::size_t(k) * m_;
        Double total = Double{};
        for (int i = 0; i < m_; ++i) {
            Double value = g.x[i];
            for (int d = 0; d < D(); ++d) value -= g.projection[i * D() + d] * mean[d];
            for (int l = 0; l < i; ++l) value -= C[at(i, l)] * y[l];
            y[i] = value * C[at(i, i)];
            total += y[i] * y[i];
        }
        return total;
    }
};

}  // namespace gaussmix::GM_ARCH::observed
