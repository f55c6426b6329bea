// The best way to split one component in two, by partial EM from several guesses: all others stand still.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "guesses.hpp"
#include "split.hpp"

namespace gaussmix::GM_ARCH::split {

// Moments of the two sides about the centre.
inline void side_moments(const Columns& deviations, bool full, const std::vector<double>& v, const Side& side,
                         double* counts, double* first, double* second) {
    const int D = deviations.D(), stride = deviations.stride();
    const std::size_t size = full ? std::size_t(D) * D : D;
    std::vector<double> share(stride), weighted(stride);
    for (int k = 0; k < 2; ++k) {
        for (int i = 0; i < stride; ++i) share[i] = v[i] * (k == 0 ? side[i] : 1.0 - side[i]);
        counts[k] = dot(stride, share.data());
        for (int c = 0; c < D; ++c) {
            for (int i = 0; i < stride; ++i) weighted[i] = share[i] * deviations[c][i];
            first[k * D + c] = dot(stride, weighted.data());
            if (!full) second[k * size + c] = dot(stride, weighted.data(), deviations[c]);
            else
                for (int e = 0; e <= c; ++e) second[k * size + c * D + e] = dot(stride, weighted.data(), deviations[e]);
        }
    }
}

// The pair of a guess: each side's moments, its covariance leaning on the pooled one by some rows. False where a side is
// too small or no density.
inline bool begin(const SplitScene& s, const Columns& deviations, const std::vector<double>& v, const Side& side,
                  double lean, SplitPair& pair) {
    const int D = s.D;
    const std::size_t size = pair.size;
    std::vector<double> sums(2 + 2 * D + 2 * size, 0.0), within(size, 0.0), work;
    double *counts = sums.data(), *first = counts + 2, *second = first + 2 * D;
    side_moments(deviations, s.full, v, side, counts, first, second);
    if (std::min(counts[0], counts[1]) < s.least_count) return false;
    const double total = counts[0] + counts[1];
    MixtureArrays out = pair.arrays();
    const auto scatter = [&](int k, int c, int e) {
        const double* two = second + k * size;
        return two[s.full ? c * D + e : c] - first[k * D + c] * first[k * D + e] / counts[k];
    };
    for (int k = 0; k < 2; ++k)
        for (int c = 0; c < D; ++c)
            for (int e = s.full ? 0 : c; e <= c; ++e) within[s.full ? c * D + e : c] += scatter(k, c, e) / total;
    for (int k = 0; k < 2; ++k) {
        double* covariance = out.covariances + k * size;
        double log_diagonal = 0.0;
        out.weights[k] = s.mass * counts[k] / total;
        for (int c = 0; c < D; ++c) {
            out.means[k * D + c] = s.centre[c] + first[k * D + c] / counts[k];
            for (int e = s.full ? 0 : c; e <= c; ++e) {
                const std::size_t at = s.full ? c * D + e : c;
                double value = (scatter(k, c, e) + lean * within[at]) / (counts[k] + lean);
                if (s.constraint.added && c == e) value += s.constraint.added[c];
                if (!s.full && s.constraint.least) value = std::max(value, s.constraint.least[c]);
                covariance[at] = value;
                if (s.full) covariance[e * D + c] = value;
            }
        }
        if (s.pool_columns) std::fill_n(covariance, D, std::accumulate(covariance, covariance + D, 0.0) / D);
        if (s.full) {
            if (!step::whiten(covariance, s.constraint.least, D, out.factors + k * size, log_diagonal, work)) return false;
        } else {
            for (int c = 0; c < D; ++c) {
                if (!(covariance[c] > 0.0)) return false;
                out.factors[k * size + c] = 1.0 / std::sqrt(covariance[c]);
                log_diagonal += std::log(out.factors[k * size + c]);
            }
        }
        out.offsets[k] = std::log(out.weights[k]) - 0.5 * D * 1.8378770664093453 + log_diagonal;
    }
    return true;
}

// Partial EM; the objective is that before the last M-step, and −∞ where something rare was met.
inline void climb(const SplitScene& s, const Columns& X, int iterations, SplitPair& pair) {
    const int D = s.D;
    const std::size_t size = pair.size;
    const Table<double> rows{X[0], s.m, 1, X.stride(), D};
    SplitPair next(D, s.full);
    std::vector<double> sums_of(2 + 2 * D + 2 * size);
    for (int i = 0; i < iterations; ++i) {
        const MixtureArrays now = pair.arrays();
        const Parameters p{2, D, s.full, now.means, now.factors, now.offsets};
        std::fill(sums_of.begin(), sums_of.end(), 0.0);
        Sums sums{now.means, sums_of.data(), sums_of.data() + 2, sums_of.data() + 2 + 2 * D};
        sums.with_likelihood = i + 1 == iterations;
        em_pass<double>(rows, s.given, p, sums);
        if (!m_step(sums, now.means, {2, D, s.full}, Pooling{false, s.pool_columns}, s.constraint, s.mass, next.arrays())) {
            pair.objective = -std::numeric_limits<double>::infinity();
            return;
        }
        pair.values.swap(next.values);
        pair.objective = sums.log_likelihood;
    }
}

// The best pair, of objective −∞ where there is none. u: uniform numbers, 6, 2 for each ball, D for each plane.
inline SplitPair best_split(const SplitScene& s, const SplitEffort& effort, const double* u, double least_weight) {
    const int least = s.D + 1;
    const Columns X(s.X, s.m, s.D), Y(s.Y, s.m, s.D), Z(s.Z, s.m, s.D), deviations(s.X, s.m, s.D, s.centre);
    std::vector<double> v(s.v, s.v + s.m);
    v.resize(Y.stride(), 0.0);
    const std::vector<double> reached = running_totals(v, s.m);
    std::vector<Side> sides{across(Z, v), two_means(Y, v, reached, u, 6), two_means(Z, v, reached, u + 2, 6),
                            cross(Y, reached, u + 4), halo(Y, v)};
    for (int b = 0; b < effort.balls; ++b) sides.push_back(ball(Y, reached, least, u + 6 + 2 * b));
    if (effort.planes > 0) sides.push_back(needle(s.Y, Y, u + 6 + 2 * effort.balls, effort.planes));
    std::vector<SplitPair> pairs;
    for (std::size_t i = 0; i < sides.size(); ++i) {
        SplitPair pair(s.D, s.full);
        // A needle that leaned on what is wide would be none.
        const bool is_needle = effort.planes > 0 && i + 1 == sides.size();
        if (!begin(s, deviations, v, sides[i], is_needle ? 0.0 : s.D + 1.0, pair)) continue;
        climb(s, X, effort.first, pair);
        pairs.push_back(std::move(pair));
    }
    const auto likelier = [](const SplitPair& a, const SplitPair& b) { return a.objective > b.objective; };
    std::stable_sort(pairs.begin(), pairs.end(), likelier);
    pairs.resize(std::min(pairs.size(), std::size_t(effort.better)), SplitPair(s.D, s.full));
    for (SplitPair& pair : pairs)
        if (std::isfinite(pair.objective)) climb(s, X, effort.then, pair);
    std::stable_sort(pairs.begin(), pairs.end(), likelier);
    SplitPair best(s.D, s.full);
    for (int i = 0; i < std::min(effort.finalists, int(pairs.size())); ++i) {
        if (!std::isfinite(pairs[i].objective)) break;
        climb(s, X, effort.more, pairs[i]);
        const MixtureArrays a = pairs[i].arrays();
        if (std::min(a.weights[0], a.weights[1]) < least_weight) continue;
        if (pairs[i].objective > best.objective) best = pairs[i];
    }
    return best;
}

}  // namespace gaussmix::GM_ARCH::split
