// The best way to split one component in two, by partial EM from several guesses: all others stand still.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "pass.hpp"
#include "step.hpp"

namespace gaussmix {

// The rows that a component answers for, row-major: X in the data's units, Y whitened by the component, Z standardised by
// the table. v is weight times responsibility, which is what a row counts for in a guess.
struct SplitScene {
    int m, D;
    bool full;
    const double *X, *Y, *Z, *v;
    RowValues given;      // weights and the log-density of all other components
    const double* centre; // (D,) a point among the rows
    double mass, least_count;
    Constraint constraint;
    bool pool_columns;    // one variance for all columns
};

struct SplitEffort {
    int balls, planes, first, finalists, more;
};

namespace split {

using Side = std::vector<std::uint8_t>;

// The row at a share u of the total of masses.
inline int draw(const std::vector<double>& mass, double u) {
    double total = 0.0;
    for (double x : mass) total += x;
    double reached = 0.0;
    for (std::size_t i = 0; i < mass.size(); ++i) {
        reached += mass[i];
        if (reached > u * total) return int(i);
    }
    return int(mass.size()) - 1;
}

inline void distances(const double* Y, int m, int D, int centre, std::vector<double>& out) {
    const double* c = Y + std::ptrdiff_t(centre) * D;
    for (int i = 0; i < m; ++i) {
        double total = 0.0;
        for (int d = 0; d < D; ++d) {
            const double difference = Y[std::ptrdiff_t(i) * D + d] - c[d];
            total += difference * difference;
        }
        out[i] = total;
    }
}

// Two means by Lloyd's iterations, from a random row and another drawn by its squared distance.
inline Side two_means(const double* Y, const double* v, int m, int D, const double* u, int iterations) {
    std::vector<double> mass(v, v + m), far(m), one(D), two(D), sum(D), all(D, 0.0);
    const int a = draw(mass, u[0]);
    distances(Y, m, D, a, far);
    for (int i = 0; i < m; ++i) mass[i] = v[i] * far[i];
    const int b = draw(mass, u[1]);
    std::copy_n(Y + std::ptrdiff_t(a) * D, D, one.begin());
    std::copy_n(Y + std::ptrdiff_t(b) * D, D, two.begin());
    double total = 0.0;
    for (int i = 0; i < m; ++i) {
        total += v[i];
        for (int d = 0; d < D; ++d) all[d] += v[i] * Y[std::ptrdiff_t(i) * D + d];
    }
    Side side(m, 0);
    for (int t = 0; t < iterations; ++t) {
        double middle = 0.0, inside = 0.0;
        for (int d = 0; d < D; ++d) middle += 0.5 * (one[d] - two[d]) * (one[d] + two[d]);
        std::fill(sum.begin(), sum.end(), 0.0);
        bool moved = false;
        for (int i = 0; i < m; ++i) {
            const double* y = Y + std::ptrdiff_t(i) * D;
            double along = 0.0;
            for (int d = 0; d < D; ++d) along += y[d] * (one[d] - two[d]);
            const std::uint8_t now = along > middle;
            moved |= now != side[i];
            side[i] = now;
            if (!now) continue;
            inside += v[i];
            for (int d = 0; d < D; ++d) sum[d] += v[i] * y[d];
        }
        if (!moved || !(inside > 0.0) || !(total - inside > 0.0)) break;
        for (int d = 0; d < D; ++d) {
            one[d] = sum[d] / inside;
            two[d] = (all[d] - sum[d]) / (total - inside);
        }
    }
    return side;
}

// The nearest rows to a random one; how many is log-uniform from twice the least number to half of the rows.
inline Side ball(const double* Y, const double* v, int m, int D, int least, const double* u) {
    std::vector<double> mass(v, v + m), far(m);
    distances(Y, m, D, draw(mass, u[0]), far);
    const double low = std::log(2.0 * least), high = std::log(std::max(0.5 * m, 2.0 * least));
    const int size = std::min(int(std::exp(low + (high - low) * u[1])), m - 1);
    std::vector<double> order(far);
    std::nth_element(order.begin(), order.begin() + size, order.end());
    Side side(m);
    for (int i = 0; i < m; ++i) side[i] = far[i] < order[size];
    return side;
}

// Either side of the mean along the longest axis, found by a few power iterations.
inline Side across(const double* Z, const double* v, int m, int D) {
    std::vector<double> mean(D, 0.0), scatter(std::size_t(D) * D, 0.0), axis(D), next(D);
    double total = 0.0;
    for (int i = 0; i < m; ++i) {
        total += v[i];
        for (int d = 0; d < D; ++d) mean[d] += v[i] * Z[std::ptrdiff_t(i) * D + d];
    }
    for (double& x : mean) x /= total;
    for (int i = 0; i < m; ++i)
        for (int c = 0; c < D; ++c) {
            const double w = v[i] * (Z[std::ptrdiff_t(i) * D + c] - mean[c]);
            for (int d = 0; d <= c; ++d) scatter[c * D + d] += w * (Z[std::ptrdiff_t(i) * D + d] - mean[d]);
        }
    for (int c = 0; c < D; ++c)
        for (int d = c + 1; d < D; ++d) scatter[c * D + d] = scatter[d * D + c];
    int longest = 0;
    for (int d = 1; d < D; ++d)
        if (scatter[d * D + d] > scatter[longest * D + longest]) longest = d;
    for (int d = 0; d < D; ++d) axis[d] = scatter[longest * D + d];
    for (int t = 0; t < 20; ++t) {
        double length = 0.0;
        for (int c = 0; c < D; ++c) {
            next[c] = 0.0;
            for (int d = 0; d < D; ++d) next[c] += scatter[c * D + d] * axis[d];
            length += next[c] * next[c];
        }
        length = std::sqrt(length);
        if (!(length > 0.0)) break;
        for (int c = 0; c < D; ++c) axis[c] = next[c] / length;
    }
    Side side(m);
    for (int i = 0; i < m; ++i) {
        double along = 0.0;
        for (int d = 0; d < D; ++d) along += (Z[std::ptrdiff_t(i) * D + d] - mean[d]) * axis[d];
        side[i] = along > 0.0;
    }
    return side;
}

// The plane a . y = 1 through D rows; false where they lie in a plane through the origin, or nearly.
inline bool plane_through(const double* Y, const int* rows, int D, std::vector<double>& system, double* a) {
    const int W = D + 1;
    for (int i = 0; i < D; ++i) {
        std::copy_n(Y + std::ptrdiff_t(rows[i]) * D, D, system.data() + i * W);
        system[i * W + D] = 1.0;
    }
    for (int c = 0; c < D; ++c) {
        int pivot = c;
        for (int i = c + 1; i < D; ++i)
            if (std::abs(system[i * W + c]) > std::abs(system[pivot * W + c])) pivot = i;
        if (!(std::abs(system[pivot * W + c]) > 1e-9)) return false;
        std::swap_ranges(system.begin() + c * W, system.begin() + (c + 1) * W, system.begin() + pivot * W);
        for (int i = c + 1; i < D; ++i) {
            const double share = system[i * W + c] / system[c * W + c];
            for (int j = c; j < W; ++j) system[i * W + j] -= share * system[c * W + j];
        }
    }
    for (int c = D - 1; c >= 0; --c) {
        a[c] = system[c * W + D];
        for (int j = c + 1; j < D; ++j) a[c] -= system[c * W + j] * a[j];
        a[c] /= system[c * W + c];
    }
    return true;
}

// The rows that crowd about a plane (D = 2: a line) more than a Gaussian would have them: a needle among them. Planes
// through rows at random, judged by a few hundred evenly spaced rows; half-widths in powers of two. u: D uniform numbers
// for each plane.
inline Side needle(const double* Y, int all, int D, const double* u, int planes) {
    constexpr int widths = 7, judges = 400;
    const int step = (all + judges - 1) / judges, m = (all + step - 1) / step;
    const std::ptrdiff_t stride = std::ptrdiff_t(D) * step;
    constexpr double narrowest = 1.0 / 512.0;
    std::vector<int> rows(D);
    std::vector<double> system(std::size_t(D) * (D + 1)), a(D), best(D, 0.0), distance(m);
    double best_score = 0.0, best_width = 0.0;
    for (int p = 0; p < planes; ++p) {
        for (int i = 0; i < D; ++i) rows[i] = step * std::min(int(u[p * D + i] * m), m - 1);
        if (!plane_through(Y, rows.data(), D, system, a.data())) continue;
        double length = 0.0;
        for (double x : a) length += x * x;
        length = std::sqrt(length);
        for (int i = 0; i < m; ++i) {
            double along = -1.0;
            for (int d = 0; d < D; ++d) along += a[d] * Y[i * stride + d];
            distance[i] = std::abs(along) / length;
        }
        double width = narrowest;
        for (int w = 0; w < widths; ++w, width *= 2.0) {
            int inside = 0;
            for (int i = 0; i < m; ++i) inside += distance[i] < width;
            // The D rows of the plane are inside by their choice.
            const double found = inside - D;
            const double expected = m * 2.0 * width * 0.3989422804014327 * std::exp(-0.5 / (length * length)) + 0.1;
            if (!(found > expected)) continue;
            const double score = found * std::log(found / expected) - (found - expected);
            if (score > best_score) {
                best_score = score;
                best_width = width;
                for (int d = 0; d < D; ++d) best[d] = a[d];
            }
        }
    }
    Side side(all, 0);
    double length = 0.0;
    for (double x : best) length += x * x;
    for (int i = 0; i < all && best_score > 0.0; ++i) {
        double along = -1.0;
        for (int d = 0; d < D; ++d) along += best[d] * Y[std::ptrdiff_t(i) * D + d];
        side[i] = std::abs(along) < best_width * std::sqrt(length);
    }
    return side;
}

// Two components and how far they have come.
struct Pair {
    std::vector<double> values;
    double objective = -std::numeric_limits<double>::infinity();
    std::size_t size;
    int D;

    Pair(int D_, bool full) : size(full ? std::size_t(D_) * D_ : D_), D(D_) { values.resize(4 + 2 * D + 4 * size); }
    MixtureArrays arrays() {
        double* at = values.data();
        return {at, at + 2, at + 2 + 2 * D, at + 2 + 2 * D + 2 * size, at + 2 + 2 * D + 4 * size};
    }
};

// Moments of the two sides about the centre.
inline void side_moments(const SplitScene& s, const Side& side, double* counts, double* first, double* second) {
    const int D = s.D;
    const std::size_t size = s.full ? std::size_t(D) * D : D;
    std::vector<double> d(D);
    for (int i = 0; i < s.m; ++i) {
        const int k = side[i] ? 0 : 1;
        double *one = first + k * D, *two = second + k * size;
        const double v = s.v[i];
        counts[k] += v;
        for (int c = 0; c < D; ++c) {
            d[c] = s.X[std::ptrdiff_t(i) * D + c] - s.centre[c];
            one[c] += v * d[c];
        }
        for (int c = 0; c < D; ++c) {
            const double w = v * d[c];
            if (!s.full) two[c] += w * d[c];
            else
                for (int e = 0; e <= c; ++e) two[c * D + e] += w * d[e];
        }
    }
}

// The pair of a guess: each side's moments, its covariance leaning on the pooled one by some rows. False where a side is
// too small or no density.
inline bool begin(const SplitScene& s, const Side& side, double lean, Pair& pair) {
    const int D = s.D;
    const std::size_t size = pair.size;
    std::vector<double> sums(2 + 2 * D + 2 * size, 0.0), within(size, 0.0), work;
    double *counts = sums.data(), *first = counts + 2, *second = first + 2 * D;
    side_moments(s, side, counts, first, second);
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
inline void climb(const SplitScene& s, const Entry<double>& entry, int iterations, Pair& pair) {
    const int D = s.D;
    const std::size_t size = pair.size;
    const Table<double> rows{s.X, s.m, D, 1, D};
    Pair next(D, s.full);
    std::vector<double> sums_of(2 + 2 * D + 2 * size);
    for (int i = 0; i < iterations; ++i) {
        const MixtureArrays now = pair.arrays();
        const Parameters p{2, D, s.full, now.means, now.factors, now.offsets};
        std::fill(sums_of.begin(), sums_of.end(), 0.0);
        Sums sums{now.means, sums_of.data(), sums_of.data() + 2, sums_of.data() + 2 + 2 * D};
        entry.em_pass(rows, s.given, p, sums);
        if (!m_step(sums, now.means, 2, D, s.full, Pooling{false, s.pool_columns}, s.constraint, s.mass, next.arrays())) {
            pair.objective = -std::numeric_limits<double>::infinity();
            return;
        }
        pair.values.swap(next.values);
        pair.objective = sums.log_likelihood;
    }
}

}  // namespace split

// The best pair, of objective −∞ where there is none. u: uniform numbers, 4, 2 for each ball, D for each plane.
inline split::Pair best_split(const SplitScene& s, const SplitEffort& effort, const double* u, double least_weight,
                              const Entry<double>& entry) {
    using namespace split;
    const int least = s.D + 1;
    std::vector<Side> sides{across(s.Z, s.v, s.m, s.D), two_means(s.Y, s.v, s.m, s.D, u, 6),
                            two_means(s.Z, s.v, s.m, s.D, u + 2, 6)};
    for (int b = 0; b < effort.balls; ++b) sides.push_back(ball(s.Y, s.v, s.m, s.D, least, u + 4 + 2 * b));
    if (effort.planes > 0) sides.push_back(needle(s.Y, s.m, s.D, u + 4 + 2 * effort.balls, effort.planes));
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < sides.size(); ++i) {
        Pair pair(s.D, s.full);
        // A needle that leaned on what is wide would be none.
        const bool is_needle = effort.planes > 0 && i + 1 == sides.size();
        if (!begin(s, sides[i], is_needle ? 0.0 : s.D + 1.0, pair)) continue;
        climb(s, entry, effort.first, pair);
        pairs.push_back(std::move(pair));
    }
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.objective > b.objective; });
    Pair best(s.D, s.full);
    for (int i = 0; i < std::min(effort.finalists, int(pairs.size())); ++i) {
        if (!std::isfinite(pairs[i].objective)) break;
        climb(s, entry, effort.more, pairs[i]);
        const MixtureArrays a = pairs[i].arrays();
        if (std::min(a.weights[0], a.weights[1]) < least_weight) continue;
        if (pairs[i].objective > best.objective) best = pairs[i];
    }
    return best;
}

}  // namespace gaussmix
