// Common principal axes of several scatter matrices, by rotations of planes; gaussmix/kernels/common_axes.py says which.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "clip.hpp"

namespace gaussmix::step {

// Turns axes i and j of K symmetric matrices (D, D) and of the axes (D, D), columns, by an angle of cosine c and sine s.
inline void turn_plane(double* matrices, double* axes, int K, int D, int i, int j, double c, double s) {
    const auto turn = [c, s](double& x, double& y) {
        const double before = x;
        x = c * before + s * y;
        y = c * y - s * before;
    };
    for (int r = 0; r < D; ++r) turn(axes[r * D + i], axes[r * D + j]);
    for (int k = 0; k < K; ++k) {
        double* m = matrices + std::ptrdiff_t(k) * D * D;
        for (int r = 0; r < D; ++r) turn(m[r * D + i], m[r * D + j]);
        for (int r = 0; r < D; ++r) turn(m[i * D + r], m[j * D + r]);
        m[j * D + i] = m[i * D + j];
    }
}

// Sweeps of a search for axes, and those from axes of the iteration before.
constexpr int most_rotations = 1000, few_rotations = 10;

// Where rotations end: after the most sweeps, or after one of which no rotation gains more, in nats for each unit of weight.
struct Rotations {
    int most_sweeps;
    double least_gain = 1e-18;
};

// The best axes (D, D), in place of those to begin at, and in `matrices` (K, D, D) the scatter along them: of given
// weights, or those of components of equal volume. Ends after the most sweeps, after one of which no rotation gains more, in
// nats for each unit of weight, and where a component has no extent along some axis: the objective has no minimum there.
inline void rotate_to_common(double* matrices, const double* counts, bool equal_volume, Rotations until, int K, int D,
                             double* axes) {
    constexpr double rounding = 1e-15;
    const std::size_t size = std::size_t(D) * D;
    std::vector<double> half(size), shares(counts, counts + K), least(K), logarithms(K), areas(K);
    for (int k = 0; k < K; ++k) {
        multiply(matrices + k * size, false, axes, false, D, half.data());
        multiply(axes, true, half.data(), false, D, matrices + k * size);
        for (int d = 0; d < D; ++d) least[k] += rounding * matrices[k * size + d * D + d];
    }
    const double N = std::accumulate(counts, counts + K, 0.0);
    // The shares of components of equal volume, from the logarithms of their volumes.
    const auto weigh = [&] {
        const double top = *std::max_element(logarithms.begin(), logarithms.end());
        double total = 0.0;
        for (int k = 0; k < K; ++k) total += shares[k] = std::exp(logarithms[k] - top);
        for (double& share : shares) share *= N / total;
    };
    const auto measure = [&] {
        for (int k = 0; k < K; ++k) {
            logarithms[k] = 0.0;
            for (int d = 0; d < D; ++d) logarithms[k] += std::log(matrices[k * size + d * D + d]) / D;
        }
        weigh();
    };
    for (int sweep = 0; sweep < until.most_sweeps; ++sweep) {
        double largest = 0.0;
        if (equal_volume) measure();
        for (int i = 0; i < D; ++i)
            for (int j = i + 1; j < D; ++j) {
                double level = 0.0, slope = 0.0;
                for (int k = 0; k < K; ++k) {
                    const double* m = matrices + k * size;
                    const double a = m[i * D + i], b = m[j * D + j], gap = shares[k] / a - shares[k] / b;
                    if (!(a > least[k] && b > least[k])) return;
                    areas[k] = a * b;
                    level += 0.5 * gap * (a - b);
                    slope += gap * m[i * D + j];
                }
                // For the variances so far the objective is level cos 2t + slope sin 2t, where level ≤ 0.
                const double height = std::sqrt(level * level + slope * slope);
                const double gain = 0.5 * slope * slope / (height - level);
                if (!(gain > 0.0)) continue;
                const double cosine = std::sqrt(0.5 - 0.5 * level / height);
                turn_plane(matrices, axes, K, D, i, j, cosine, -0.5 * slope / height / cosine);
                if (equal_volume) {
                    // A rotation changes two factors of each volume.
                    for (int k = 0; k < K; ++k) {
                        const double* m = matrices + k * size;
                        logarithms[k] += std::log(m[i * D + i] * m[j * D + j] / areas[k]) / D;
                    }
                    weigh();
                }
                largest = std::max(largest, gain);
            }
        if (!(largest >= until.least_gain * N)) break;
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

// The axes, columns of (D, D), that positive definite matrices (K, D, D) have in common; the matrices are turned to them.
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
