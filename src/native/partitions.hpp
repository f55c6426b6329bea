// Partitions of rows: seeds, Lloyd's iterations, and the moments of parts.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "e_step_moments.hpp"
#include "guesses.hpp"
#include "parts.hpp"

namespace gaussmix::GM_ARCH::partition {

using split::Columns;

// Differences of standardised rows up to which rounding may decide.
constexpr double tie = 1e-9;

// closest = min(closest, squared distances from a row).
inline void come_closer(const Columns& Z, int row, std::vector<double>& distances, std::vector<double>& closest) {
    split::distances(Z, row, distances);
    for (std::size_t i = 0; i < closest.size(); ++i) closest[i] = std::min(closest[i], distances[i]);
}

// The weighted sums of several arrays side by side, as each addition waits for the one before.
inline void weighted_sums(const std::vector<double>& weights, const std::vector<std::vector<double>>& of,
                          std::vector<double>& sums) {
    by_fours(int(of.size()), [&](int t, auto count) {
        double total[count] = {};
        for (std::size_t i = 0; i < weights.size(); ++i)
            for (int j = 0; j < count; ++j) total[j] += weights[i] * of[t + j][i];
        std::copy_n(total, int(count), sums.begin() + t);
    });
}

inline void seeds(const WeightedRows& rows, const double* uniform, int S, int K, int T, std::ptrdiff_t* chosen) {
    const int n = rows.n;
    const Columns Z(rows.values, n, rows.D);
    const std::vector<double> weights(rows.weights, rows.weights + n), by_weight = split::running_totals(weights, n);
    std::vector<double> distances(Z.stride()), closest, mass(n), reached(n), sums(T);
    std::vector<std::vector<double>> trials(T);
    std::vector<int> drawn(T);
    for (int s = 0; s < S; ++s, chosen += K) {
        closest.assign(Z.stride(), HUGE_VAL);
        chosen[0] = split::draw(by_weight, *uniform++);
        if (K > 1) come_closer(Z, int(chosen[0]), distances, closest);
        for (int k = 1; k < K; ++k) {
            for (int i = 0; i < n; ++i) mass[i] = weights[i] * closest[i];
            std::partial_sum(mass.begin(), mass.end(), reached.begin());
            for (int t = 0; t < T; ++t) {
                drawn[t] = split::draw(reached.back() > 0.0 ? reached : by_weight, *uniform++);
                if (T == 1 && k + 1 == K) continue;
                trials[t] = closest;
                come_closer(Z, drawn[t], distances, trials[t]);
            }
            if (T > 1) weighted_sums(weights, trials, sums);
            int best = 0;
            for (int t = 1; t < T; ++t)
                if (sums[t] * (1.0 + tie * t) < sums[best] * (1.0 + tie * best)) best = t;
            chosen[k] = drawn[best];
            closest.swap(trials[best]);
        }
    }
}

inline void farthest(const WeightedRows& rows, int S, int K, std::ptrdiff_t* chosen) {
    const Columns Z(rows.values, rows.n, rows.D);
    std::vector<double> distances(Z.stride()), closest;
    for (int s = 0; s < S; ++s, chosen += K) {
        closest.assign(Z.stride(), HUGE_VAL);
        for (int k = 1; k < K; ++k) {
            come_closer(Z, int(chosen[k - 1]), distances, closest);
            double most = -HUGE_VAL;
            for (int i = 0; i < rows.n; ++i) {
                const double apart = closest[i] * (1.0 - tie * i);
                if (!(apart > most)) continue;
                most = apart;
                chosen[k] = i;
            }
        }
    }
}

// The nearest of K centres for U vectors of rows from `start` on: the least a_k - 2 c_k . z. slopes: -2 c (K, D).
template <int U>
GM_INLINE void nearest_of(const Columns& Z, const double* slopes, const double* a, int K, int start,
                          std::ptrdiff_t* labels) {
    constexpr int W = lanes<double>;
    Double least[U];
    Long label[U];
    for (int u = 0; u < U; ++u) least[u] = splat(HUGE_VAL), label[u] = Long{};
    for (int k = 0; k < K; ++k) {
        Double value[U];
        for (int u = 0; u < U; ++u) value[u] = splat(a[k]);
        for (int d = 0; d < Z.D(); ++d) {
            const Double slope = splat(slopes[std::ptrdiff_t(k) * Z.D() + d]);
            const double* z = Z[d] + start;
            for (int u = 0; u < U; ++u) value[u] += slope * load<double>(z + u * W);
        }
        for (int u = 0; u < U; ++u) {
            const Long better = value[u] < least[u];
            label[u] = better ? Long{} + k : label[u];
            least[u] = better ? value[u] : least[u];
        }
    }
    for (int u = 0; u < U; ++u)
        for (int j = 0; j < W && start + u * W + j < Z.m(); ++j) labels[start + u * W + j] = std::ptrdiff_t(label[u][j]);
}

// The nearest centre of every row; of distances that are equal but for rounding, the first.
class Nearest {
  public:
    Nearest(const Columns& Z, int K) : Z_(Z), K_(K), slopes_(std::size_t(K) * Z.D()), a_(K) {}

    void operator()(const double* centres, std::ptrdiff_t* labels) {
        constexpr int W = lanes<double>;
        for (int k = 0; k < K_; ++k) {
            a_[k] = tie * Z_.D() * k;
            for (int d = 0; d < Z_.D(); ++d) {
                const double c = centres[std::ptrdiff_t(k) * Z_.D() + d];
                slopes_[std::ptrdiff_t(k) * Z_.D() + d] = -2.0 * c;
                a_[k] += c * c;
            }
        }
        int start = 0;
        for (; start + 4 * W <= Z_.stride(); start += 4 * W)
            nearest_of<4>(Z_, slopes_.data(), a_.data(), K_, start, labels);
        for (; start < Z_.stride(); start += W) nearest_of<1>(Z_, slopes_.data(), a_.data(), K_, start, labels);
    }

  private:
    const Columns& Z_;
    int K_;
    std::vector<double> slopes_, a_;
};

// The weights of the parts (K,), and their weighted sums of rows (K, D).
inline void part_sums(const WeightedRows& rows, const std::ptrdiff_t* labels, int K, double* mass, double* sums) {
    const int D = rows.D;
    std::fill_n(mass, K, 0.0);
    std::fill_n(sums, std::size_t(K) * D, 0.0);
    for (int i = 0; i < rows.n; ++i) {
        const double w = rows.weights[i], *row = rows.values + std::ptrdiff_t(i) * D;
        double* sum = sums + labels[i] * D;
        mass[labels[i]] += w;
        for (int d = 0; d < D; ++d) sum[d] += w * row[d];
    }
}

inline void lloyd(const WeightedRows& rows, const double* centres, int S, int K, int iterations,
                  std::ptrdiff_t* labels) {
    const int n = rows.n, D = rows.D;
    const Columns Z(rows.values, n, D);
    Nearest nearest(Z, K);
    std::vector<double> own(std::size_t(K) * D), mass(K), sums(own);
    std::vector<std::ptrdiff_t> moved(n);
    for (int s = 0; s < S; ++s, centres += own.size(), labels += n) {
        std::copy_n(centres, own.size(), own.data());
        nearest(own.data(), labels);
        for (int i = 0; i < iterations; ++i) {
            part_sums(rows, labels, K, mass.data(), sums.data());
            for (int k = 0; k < K; ++k)
                for (int d = 0; mass[k] > 0.0 && d < D; ++d) own[k * D + d] = sums[k * D + d] / mass[k];
            nearest(own.data(), moved.data());
            if (std::equal(moved.begin(), moved.end(), labels)) break;
            std::copy(moved.begin(), moved.end(), labels);
        }
    }
}

// Counts and means of parts; the mean of an empty one is zero.
inline void part_means(const WeightedRows& rows, const std::ptrdiff_t* labels, int K, double* counts, double* means) {
    part_sums(rows, labels, K, counts, means);
    for (int k = 0; k < K; ++k)
        for (int d = 0; counts[k] > 0.0 && d < rows.D; ++d) means[k * rows.D + d] /= counts[k];
}

// Counts, means, and the scatter about the means.
inline void moments(const WeightedRows& rows, const std::ptrdiff_t* labels, int S, int K, bool full,
                    const PartMoments& to) {
    const int n = rows.n, D = rows.D, block = rows_per_block<double>(n, D, K, full), stride = block + padding;
    const std::size_t KD = std::size_t(K) * D, size = full ? std::size_t(D) * D : D;
    for (int s = 0; s < S; ++s)
        part_means(rows, labels + std::ptrdiff_t(s) * n, K, to.counts + std::ptrdiff_t(s) * K, to.means + s * KD);
    std::fill_n(to.scatter, S * K * size, 0.0);
    const Table<double> table{rows.values, n, D, 1, D};
    Scratch<double> scratch(D, K, stride, full);
    std::vector<double> first(D);
    double count = 0.0;
    for (int start = 0; start < n; start += block) {
        const int m = std::min(block, n - start), padded = (m + 15) / 16 * 16;
        gather(Units<double>(D), table, start, m, padded, scratch.x, stride);
        for (int s = 0; s < S; ++s)
            for (int k = 0; k < K; ++k) {
                const std::ptrdiff_t* label = labels + std::ptrdiff_t(s) * n + start;
                double* r = scratch.joint;
                for (int i = 0; i < m; ++i) r[i] = label[i] == k ? rows.weights[start + i] : 0.0;
                std::fill(r + m, r + padded, 0.0);
                const ComponentSums<double> sums{to.means + s * KD + std::size_t(k) * D, &count, first.data(),
                                                 to.scatter + (std::size_t(s) * K + k) * size};
                if (full) add_components<double>(1, D, stride, m, r, scratch, sums);
                else add_diagonal<double>(false, 1, D, stride, m, r, nullptr, scratch, sums);
            }
    }
    for (std::size_t at = 0; full && at < S * K * size; at += size)
        for (int i = 0; i < D; ++i)
            for (int j = 0; j < i; ++j) to.scatter[at + j * D + i] = to.scatter[at + i * D + j];
}

inline PartKernel kernel() { return {seeds, farthest, lloyd, moments}; }

}  // namespace gaussmix::GM_ARCH::partition
