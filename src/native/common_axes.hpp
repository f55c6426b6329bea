// Common principal axes of several scatter matrices, by rotations of planes; gaussmix/kernels/common_axes.py says which.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "clip.hpp"

namespace gaussmix::step {

// Turns two vectors by an angle of cosine c and sine s.
inline void turn(double* x, double* y, int size, double c, double s) {
    for (int e = 0; e < size; ++e) {
        const double before = x[e];
        x[e] = c * before + s * y[e];
        y[e] = c * y[e] - s * before;
    }
}

// K symmetric matrices (D, D), of which those above the diagonal are kept, and the elements of all side by side.
class Matrices {
   public:
    Matrices(int K, int D) : K_(K), D_(D), elements_(std::size_t(D) * D * K) {}

    double* operator()(int i, int j) { return &elements_[(std::size_t(std::min(i, j)) * D_ + std::max(i, j)) * K_]; }

    // Turns axes i < j.
    void turn_plane(int i, int j, double c, double s) {
        for (int r = 0; r < D_; ++r)
            if (r != i && r != j) turn((*this)(r, i), (*this)(r, j), K_, c, s);
        double *a = (*this)(i, i), *b = (*this)(j, j), *across = (*this)(i, j);
        for (int k = 0; k < K_; ++k) {
            const double first = c * a[k] + s * across[k], second = c * across[k] + s * b[k];
            const double other = c * across[k] - s * a[k], last = c * b[k] - s * across[k];
            a[k] = c * first + s * second;
            across[k] = c * second - s * first;
            b[k] = c * last - s * other;
        }
    }

   private:
    int K_, D_;
    std::vector<double> elements_;
};

// Sweeps of a search for axes, and those from axes of the iteration before.
constexpr int most_rotations = 1000, few_rotations = 10;

// Where rotations end: after the most sweeps, or after one of which no rotation gains more, in nats for each unit of weight.
struct Rotations {
    int most_sweeps;
    double least_gain = 1e-18;
};

// The best axes (D, D), in place of those to begin at, and on the diagonals of `matrices` (K, D, D) the scatter along them: of
// given weights, or those of components of equal volume. Ends after the most sweeps, after one of which no rotation gains more,
// in nats for each unit of weight, and where a component has no extent along some axis: the objective has no minimum there.
inline void rotate_to_common(double* matrices, const double* counts, bool equal_volume, Rotations until, int K, int D,
                             double* axes) {
    constexpr double rounding = 1e-15;
    const std::size_t size = std::size_t(D) * D;
    std::vector<double> work(3 * size + 5 * std::size_t(K));
    double *half = work.data(), *turned = half + size, *rows = turned + size, *least = rows + size, *shares = least + K;
    double *logarithms = shares + K, *areas = logarithms + K, *gaps = areas + K;
    std::copy_n(counts, K, shares);
    Matrices along(K, D);
    for (int k = 0; k < K; ++k) {
        multiply(matrices + k * size, false, axes, false, D, half);
        multiply(axes, true, half, false, D, turned);
        for (int d = 0; d < D; ++d) least[k] += rounding * turned[d * D + d];
        for (int i = 0; i < D; ++i)
            for (int j = i; j < D; ++j) along(i, j)[k] = turned[i * D + j];
    }
    for (int i = 0; i < D; ++i)
        for (int j = 0; j < D; ++j) rows[j * D + i] = axes[i * D + j];
    const double N = std::accumulate(counts, counts + K, 0.0);
    // The shares of components of equal volume, from the logarithms of their volumes.
    const auto weigh = [&] {
        const double top = *std::max_element(logarithms, logarithms + K);
        double total = 0.0;
        for (int k = 0; k < K; ++k) total += shares[k] = std::exp(logarithms[k] - top);
        for (int k = 0; k < K; ++k) shares[k] *= N / total;
    };
    const auto measure = [&] {
        for (int k = 0; k < K; ++k) {
            logarithms[k] = 0.0;
            for (int d = 0; d < D; ++d) logarithms[k] += std::log(along(d, d)[k]) / D;
        }
        weigh();
    };
    // The gain of the best rotation of a plane, which is made; negative where a component has no extent.
    const auto rotate = [&](int i, int j) {
        const double *a = along(i, i), *b = along(j, j), *across = along(i, j);
        double level = 0.0, slope = 0.0;
        bool extended = true;
        for (int k = 0; k < K; ++k) {
            extended &= (a[k] > least[k]) & (b[k] > least[k]);
            gaps[k] = shares[k] / a[k] - shares[k] / b[k];
        }
        if (!extended) return -1.0;
        for (int k = 0; k < K; ++k) {
            areas[k] = a[k] * b[k];
            level += 0.5 * gaps[k] * (a[k] - b[k]);
            slope += gaps[k] * across[k];
        }
        // For the variances so far the objective is level cos 2t + slope sin 2t, where level ≤ 0.
        const double height = std::sqrt(level * level + slope * slope);
        const double gain = 0.5 * slope * slope / (height - level);
        if (!(gain > 0.0)) return 0.0;
        const double cosine = std::sqrt(0.5 - 0.5 * level / height), sine = -0.5 * slope / height / cosine;
        along.turn_plane(i, j, cosine, sine);
        turn(&rows[i * D], &rows[j * D], D, cosine, sine);
        if (equal_volume) {
            // A rotation changes two factors of each volume.
            for (int k = 0; k < K; ++k) logarithms[k] += std::log(a[k] * b[k] / areas[k]) / D;
            weigh();
        }
        return gain;
    };
    const auto sweep = [&] {
        double largest = 0.0;
        if (equal_volume) measure();
        for (int i = 0; i < D; ++i)
            for (int j = i + 1; j < D; ++j) {
                const double gain = rotate(i, j);
                if (gain < 0.0) return gain;
                largest = std::max(largest, gain);
            }
        return largest;
    };
    for (int done = 0; done < until.most_sweeps; ++done)
        if (!(sweep() >= until.least_gain * N)) break;
    for (int i = 0; i < D; ++i) {
        for (int j = 0; j < D; ++j) axes[i * D + j] = rows[j * D + i];
        for (int k = 0; k < K; ++k) matrices[k * size + i * D + i] = along(i, i)[k];
    }
}

// −2 times the log-likelihood along the axes, but for constants.
inline double along_axes(const double* matrices, const double* counts, bool equal_volume, int K, int D) {
    double total = 0.0, top = -HUGE_VAL;
    std::vector<double> logarithms(K);
    for (int k = 0; k < K; ++k) {
        for (int d = 0; d < D; ++d) logarithms[k] += std::log(matrices[std::ptrdiff_t(k) * D * D + d * D + d]);
        top = std::max(top, logarithms[k] / D);
    }
    for (int k = 0; k < K; ++k)
        total += equal_volume ? std::exp(logarithms[k] / D - top) : counts[k] * logarithms[k];
    return equal_volume ? top + std::log(total) : total;
}

// The axes, columns of (D, D), that positive definite matrices (K, D, D) have in common; their diagonals are those of the turned ones.
inline void shared_axes(double* matrices, Rotations until, int K, int D, double* axes) {
    const std::size_t size = std::size_t(D) * D;
    std::vector<double> total(size), ones(K, 1.0);
    for (int k = 0; k < K; ++k) {
        double trace = 0.0;
        for (int i = 0; i < D; ++i) trace += matrices[k * size + i * D + i];
        for (std::size_t e = 0; e < size; ++e) total[e] += matrices[k * size + e] /= trace;
    }
    eigen(total.data(), axes, D);
    rotate_to_common(matrices, ones.data(), false, until, K, D, axes);
}

// The best axes of several starts: of all components together, and of the heaviest by themselves.
inline void search_axes(double* matrices, const double* counts, bool equal_volume, int K, int D, double* axes) {
    constexpr int most_starts = 5;
    const std::size_t size = std::size_t(D) * D;
    std::vector<int> heavy(K);
    std::iota(heavy.begin(), heavy.end(), 0);
    std::stable_sort(heavy.begin(), heavy.end(), [&](int a, int b) { return counts[a] > counts[b]; });
    const int n_starts = K == 1 ? 0 : std::min(K, most_starts);
    std::vector<double> work(size), first(size), turned(K * size), best;
    double least = HUGE_VAL;
    for (int start = -1; start < n_starts; ++start) {
        std::fill(work.begin(), work.end(), 0.0);
        for (int k = 0; k < K; ++k)
            for (std::size_t e = 0; (start < 0 || heavy[start] == k) && e < size; ++e) work[e] += matrices[k * size + e];
        eigen(work.data(), first.data(), D);
        std::copy_n(matrices, K * size, turned.data());
        rotate_to_common(turned.data(), counts, equal_volume, {most_rotations}, K, D, first.data());
        const double value = along_axes(turned.data(), counts, equal_volume, K, D);
        if (start < 0 || value < least) {
            least = value;
            best = turned;
            std::copy(first.begin(), first.end(), axes);
        }
    }
    std::copy(best.begin(), best.end(), matrices);
}

}  // namespace gaussmix::step
