// Covariances some of whose volume, shape and orientation are equal in all components: what gaussmix/kernels/decomposition.py
// defines.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "common_axes.hpp"
#include "m_step.hpp"
#include "volumes.hpp"

namespace gaussmix {

// A model of three letters, for volume, shape and orientation. Common axes are improved from those of given factors, so that
// an iteration does not depend on those made in the same call, but where it is approximate.
class Decomposition {
   public:
    Decomposition() = default;
    explicit Decomposition(const std::string& letters) : letters_(letters.size() == 3 ? letters : std::string()) {}

    // An estimate is then not the best one, but better than the last, where it begins: common axes and volumes take two
    // steps, or one where it gains little, and the axes of each component are exact to the roots of the digits.
    void approximate() {
        rotations_ = {2, 1e-6};
        newton_ = {2, 1e-3};
        axes_error_ = 1e-6;
    }
    bool none() const { return letters_.empty(); }
    void forget() { axes_.clear(); }

    // From scatters (K, D, D) or (K, D) to covariances, in place; factors of the covariances to begin at, or null. False
    // where the likelihood has no maximum, or none in float64.
    bool estimate(double* scatter, const double* counts, const double* factors, int K, int D) {
        const std::size_t size = std::size_t(D) * D;
        if (orientation() == 'I') return variances(scatter, counts, factors, false, K, D);
        for (int k = 0; k < K; ++k)
            for (int i = 0; i < D; ++i)
                for (int j = 0; j < i; ++j) scatter[k * size + j * D + i] = scatter[k * size + i * D + j];
        if (K == 1) {
            for (std::size_t e = 0; e < size; ++e) scatter[e] /= counts[0];
            return true;
        }
        if (letters_ == "VEE") {
            std::vector<double> squares(K);
            for (int k = 0; k < K; ++k)
                for (int d = 0; d < D; ++d) squares[k] += scatter[k * size + d * D + d] / counts[k];
            std::vector<double> logarithms = log_volumes(squares, factors, true, K, D);
            return step::covariances_of_one_matrix(scatter, counts, newton_, K, D, logarithms.data());
        }
        if (letters_ == "EVV") return of_one_volume(scatter, counts, K, D);
        std::vector<double> axes(orientation() == 'V' ? K * size : size), along(std::size_t(K) * D);
        if (orientation() == 'V') each_axes(scatter, K, D, axes.data(), along.data());
        else common_axes(scatter, counts, factors, K, D, axes.data(), along.data());
        if (!variances(along.data(), counts, factors, true, K, D)) return false;
        for (int k = 0; k < K; ++k) {
            const double* Q = orientation() == 'V' ? &axes[k * size] : axes.data();
            for (int i = 0; i < D; ++i)
                for (int j = 0; j <= i; ++j) {
                    double value = 0.0;
                    for (int d = 0; d < D; ++d) value += Q[i * D + d] * along[k * D + d] * Q[j * D + d];
                    scatter[k * size + i * D + j] = scatter[k * size + j * D + i] = value;
                }
        }
        return true;
    }

   private:
    std::string letters_;
    std::vector<double> axes_;
    step::Rotations rotations_{step::most_rotations, 1e-15};
    step::Newton newton_;
    double axes_error_ = 0.0;

    char volume() const { return letters_[0]; }
    char shape() const { return letters_[1]; }
    char orientation() const { return letters_[2]; }

    bool approximates() const { return axes_error_ > 0.0; }

    // Logarithms of the volumes to begin at, up to a common number: those of the factors, or of the mean squares (K,).
    static std::vector<double> log_volumes(const std::vector<double>& squares, const double* factors, bool full, int K,
                                           int D) {
        std::vector<double> result(K);
        for (int k = 0; k < K; ++k) {
            if (!factors) result[k] = std::log(squares[k]);
            for (int d = 0; factors && d < D; ++d)
                result[k] -= 2.0 / D * std::log(std::abs(factors[full ? (k * D + d) * D + d : k * D + d]));
        }
        return result;
    }

    // Variances along axes, for the letters of volume and shape, in the place of sums of squares (K, D).
    bool variances(double* along, const double* counts, const double* factors, bool full_factors, int K, int D) const {
        const std::ptrdiff_t size = std::ptrdiff_t(K) * D;
        for (std::ptrdiff_t e = 0; e < size; ++e)
            if (!(along[e] > 0.0 && along[e] < HUGE_VAL)) return false;
        if (shape() == 'E' && volume() == 'V') {
            std::vector<double> squares(K);
            for (std::ptrdiff_t e = 0; e < size; ++e) squares[e / D] += along[e] / counts[e / D];
            std::vector<double> logs = log_volumes(squares, factors, full_factors, K, D);
            return step::variances_of_one_shape(along, counts, newton_, K, D, logs.data());
        }
        if (shape() == 'E') {
            const double N = std::accumulate(counts, counts + K, 0.0);
            for (int d = 0; d < D; ++d) {
                double total = 0.0;
                for (int k = 0; k < K; ++k) total += along[k * D + d];
                for (int k = 0; k < K; ++k) along[k * D + d] = total / N;
            }
            return true;
        }
        std::vector<double> multiples(K);
        for (int k = 0; k < K; ++k)
            for (int d = 0; d < D; ++d) multiples[k] += std::log(along[k * D + d]) / D;
        if (volume() == 'E') step::equal_volumes(counts, K, multiples.data());
        else std::transform(counts, counts + K, multiples.begin(), [](double n) { return 1.0 / n; });
        for (std::ptrdiff_t e = 0; e < size; ++e) along[e] *= multiples[e / D];
        return true;
    }

    // Multiples of the scatters that have one volume, of columns in any units.
    static bool of_one_volume(double* scatter, const double* counts, int K, int D) {
        const std::size_t size = std::size_t(D) * D;
        std::vector<double> unit(size), multiples(K);
        for (int k = 0; k < K; ++k) {
            double* m = scatter + k * size;
            for (int i = 0; i < D; ++i) {
                if (!(m[i * D + i] > 0.0 && m[i * D + i] < HUGE_VAL)) return false;
                for (int j = 0; j < D; ++j)
                    unit[i * D + j] = m[i * D + j] / std::sqrt(m[i * D + i]) / std::sqrt(m[j * D + j]);
                multiples[k] += std::log(m[i * D + i]) / D;
            }
            if (!step::cholesky(unit.data(), D)) return false;
            for (int i = 0; i < D; ++i) multiples[k] += 2.0 * std::log(unit[i * D + i]) / D;
        }
        step::equal_volumes(counts, K, multiples.data());
        for (std::size_t e = 0; e < K * size; ++e) scatter[e] *= multiples[e / size];
        return true;
    }

    // The axes of each scatter, columns (K, D, D), and the sums of squares along them (K, D), in ascending order.
    void each_axes(double* scatter, int K, int D, double* axes, double* along) {
        const std::size_t size = std::size_t(D) * D;
        std::vector<double> vectors(size), half(size);
        std::vector<int> order(D);
        const bool begun = approximates() && !axes_.empty();
        for (int k = 0; k < K; ++k) {
            double* m = scatter + k * size;
            if (begun) {
                std::copy_n(&axes_[k * size], size, vectors.data());
                step::multiply(m, false, vectors.data(), false, D, half.data());
                step::multiply(vectors.data(), true, half.data(), false, D, m);
                step::diagonalise(m, vectors.data(), D, axes_error_);
            } else {
                step::eigen(m, vectors.data(), D);
            }
            std::iota(order.begin(), order.end(), 0);
            std::sort(order.begin(), order.end(), [&](int a, int b) { return m[a * D + a] < m[b * D + b]; });
            for (int d = 0; d < D; ++d) {
                along[k * D + d] = m[order[d] * D + order[d]];
                for (int i = 0; i < D; ++i) axes[k * size + i * D + d] = vectors[i * D + order[d]];
            }
        }
        if (approximates()) axes_.assign(axes, axes + K * size);
    }

    // The axes that all scatters share, columns (D, D), and the sums of squares along them (K, D).
    void common_axes(double* scatter, const double* counts, const double* factors, int K, int D, double* axes,
                     double* along) {
        const std::size_t size = std::size_t(D) * D;
        if (!approximates()) axes_.clear();
        if (axes_.empty() && factors) {
            std::vector<double> precisions(K * size);
            for (int k = 0; k < K; ++k)
                step::multiply(factors + k * size, true, factors + k * size, false, D, &precisions[k * size]);
            axes_.resize(size);
            step::shared_axes(precisions.data(), {rotations_.most_sweeps}, K, D, axes_.data());
        }
        if (axes_.empty()) {
            axes_.resize(size);
            step::search_axes(scatter, counts, volume() == 'E', K, D, axes_.data());
        } else {
            // In generalised EM an estimate need not be the best one, but better than the last.
            const step::Rotations few{std::min(rotations_.most_sweeps, step::few_rotations), rotations_.least_gain};
            step::rotate_to_common(scatter, counts, volume() == 'E', few, K, D, axes_.data());
        }
        std::copy(axes_.begin(), axes_.end(), axes);
        for (int k = 0; k < K; ++k)
            for (int d = 0; d < D; ++d) along[k * D + d] = scatter[k * size + d * D + d];
    }
};

// The M-step of covariances that share some of volume, shape and orientation. False as m_step says, and where something is
// added to the diagonal or the bound holds a covariance.
inline bool m_step_decomposed(const Sums& s, const MixtureArrays& old, Shape shape, Decomposition& parts,
                              const Constraint& c, double mass, const MixtureArrays& out) {
    if (c.added || !step::locate(s, old.means, shape, false, mass, out)) return false;
    if (!parts.estimate(out.covariances, s.counts, old.factors, shape.K, shape.D)) {
        parts.forget();
        return false;
    }
    return whiten_all(out.weights, out.covariances, c.least, shape, out.factors, out.offsets);
}

}  // namespace gaussmix
