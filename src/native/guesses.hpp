// Guesses at where a component falls in two, each a share of one or nothing for every row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

#include "elementary.hpp"
#include "pass.hpp"

namespace gaussmix::GM_ARCH::split {

using Side = std::vector<double>;

// Rows as columns, each from the start of a register and filled up with zeros.
class Columns {
  public:
    Columns(const double* rows, int m, int D, const double* centre = nullptr)
        : m_(m), D_(D), stride_((m + lanes<double> - 1) / lanes<double> * lanes<double>),
          values_(reinterpret_cast<double*>(memory_.take(std::size_t(D) * stride_ * sizeof(double)))) {
        constexpr int W = lanes<double>;
        // Some rows at a time, so that each line of memory is written once.
        for (int i = 0; i < m; i += W)
            for (int d = 0; d < D; ++d) {
                const double *from = rows + std::ptrdiff_t(i) * D + d, c = centre ? centre[d] : 0.0;
                double* to = values_ + std::size_t(d) * stride_ + i;
                for (int j = 0; j < W; ++j) to[j] = i + j < m ? from[std::ptrdiff_t(j) * D] - c : 0.0;
            }
    }
    int m() const { return m_; }
    int D() const { return D_; }
    int stride() const { return stride_; }
    const double* operator[](int d) const { return values_ + std::size_t(d) * stride_; }

  private:
    int m_, D_, stride_;
    Memory memory_;
    double* values_;
};

// The sum over columns d of term(d, y) for every row, its sum so far added by term.
template <class Term>
GM_INLINE void over_columns(const Columns& Y, std::vector<double>& out, const Term& term) {
    constexpr int W = lanes<double>;
    const auto rows = [&](int i, auto count) {
        Double total[count];
        for (int u = 0; u < count; ++u) total[u] = Double{};
        for (int d = 0; d < Y.D(); ++d)
            for (int u = 0; u < count; ++u) total[u] = term(total[u], d, load<double>(Y[d] + i + u * W));
        for (int u = 0; u < count; ++u) store<double>(out.data() + i + u * W, total[u]);
    };
    int i = 0;
    for (; i + 4 * W <= Y.stride(); i += 4 * W) rows(i, std::integral_constant<int, 4>{});
    for (; i < Y.stride(); i += W) rows(i, std::integral_constant<int, 1>{});
}

// Σ a, Σ a b and Σ a b c of arrays that fill whole registers.
template <class... B>
GM_INLINE double dot(int stride, const double* a, const B*... b) {
    Double total = Double{};
    for (int i = 0; i < stride; i += lanes<double>) total += (load<double>(a + i) * ... * load<double>(b + i));
    return sum<double>(total);
}

// direction . y for every row.
inline void project(const Columns& Y, const double* direction, std::vector<double>& out) {
    over_columns(Y, out, [&](Double sum, int d, Double y) { return sum + splat<double>(direction[d]) * y; });
}

// Squared distances of all rows from one.
inline void distances(const Columns& Y, int row, std::vector<double>& out) {
    std::vector<double> centre(Y.D());
    for (int d = 0; d < Y.D(); ++d) centre[d] = Y[d][row];
    over_columns(Y, out, [&](Double sum, int d, Double y) {
        const Double difference = y - splat<double>(centre[d]);
        return sum + difference * difference;
    });
}

// One where a value is greater than a bound, nothing elsewhere.
inline void above(const std::vector<double>& values, double bound, Side& side) {
    for (std::size_t i = 0; i < values.size(); ++i) side[i] = values[i] > bound ? 1.0 : 0.0;
}

// Running totals of masses, and the row at a share u of all of them.
inline std::vector<double> running_totals(const std::vector<double>& mass, int m) {
    std::vector<double> reached(m);
    std::partial_sum(mass.begin(), mass.begin() + m, reached.begin());
    return reached;
}

inline int draw(const std::vector<double>& reached, double u) {
    const auto at = std::upper_bound(reached.begin(), reached.end(), u * reached.back());
    return std::min(int(at - reached.begin()), int(reached.size()) - 1);
}

// Two means by Lloyd's iterations, from a random row and another drawn by its squared distance.
inline Side two_means(const Columns& Y, const std::vector<double>& v, const std::vector<double>& reached,
                      const double* u, int iterations) {
    const int D = Y.D(), stride = Y.stride();
    std::vector<double> mass(v), far(stride), one(D), two(D), direction(D), sums(D), all(D);
    const int a = draw(reached, u[0]);
    distances(Y, a, far);
    for (int i = 0; i < stride; ++i) mass[i] = v[i] * far[i];
    const int b = draw(running_totals(mass, Y.m()), u[1]);
    for (int d = 0; d < D; ++d) {
        one[d] = Y[d][a];
        two[d] = Y[d][b];
        all[d] = dot(stride, v.data(), Y[d]);
    }
    const double total = dot(stride, v.data());
    double last = -1.0;
    Side side(stride), along(stride);
    for (int t = 0; t < iterations; ++t) {
        double middle = 0.0;
        for (int d = 0; d < D; ++d) {
            direction[d] = one[d] - two[d];
            middle += 0.5 * direction[d] * (one[d] + two[d]);
        }
        project(Y, direction.data(), along);
        above(along, middle, side);
        const double inside = dot(stride, v.data(), side.data());
        if (inside == last || !(inside > 0.0) || !(total - inside > 0.0)) break;
        last = inside;
        for (int d = 0; d < D; ++d) {
            const double part = dot(stride, v.data(), side.data(), Y[d]);
            one[d] = part / inside;
            two[d] = (all[d] - part) / (total - inside);
        }
    }
    return side;
}

// The nearest rows to a random one; how many is log-uniform from twice the least number to half of the rows.
inline Side ball(const Columns& Y, const std::vector<double>& reached, int least, const double* u) {
    const int m = Y.m();
    std::vector<double> far(Y.stride());
    distances(Y, draw(reached, u[0]), far);
    const double low = std::log(2.0 * least), high = std::log(std::max(0.5 * m, 2.0 * least));
    const int size = std::min(int(std::exp(low + (high - low) * u[1])), m - 1);
    std::vector<double> order(far.begin(), far.begin() + m);
    std::nth_element(order.begin(), order.begin() + size, order.end());
    Side side(Y.stride());
    for (std::size_t i = 0; i < side.size(); ++i) side[i] = far[i] < order[size] ? 1.0 : 0.0;
    return side;
}

// Scales a vector to unit length; false where it has none.
inline bool normalise(std::vector<double>& direction) {
    double length = 0.0;
    for (double x : direction) length += x * x;
    length = std::sqrt(length);
    if (!(length > 1e-9)) return false;
    for (double& x : direction) x /= length;
    return true;
}

// A double cone about the direction of a random row against that about one at right angles to it: two components that
// cross. Where there is no such other direction, far rows against near ones.
inline Side cross(const Columns& Y, const std::vector<double>& reached, const double* u) {
    const int D = Y.D(), one = draw(reached, u[0]), two = draw(reached, u[1]);
    std::vector<double> a(D), b(D), along(Y.stride()), beside(Y.stride());
    for (int d = 0; d < D; ++d) {
        a[d] = Y[d][one];
        b[d] = Y[d][two];
    }
    Side side(Y.stride(), 0.0);
    if (!normalise(a)) return side;
    double common = 0.0;
    for (int d = 0; d < D; ++d) common += a[d] * b[d];
    for (int d = 0; d < D; ++d) b[d] -= common * a[d];
    project(Y, a.data(), along);
    const bool crossing = normalise(b);
    if (crossing) project(Y, b.data(), beside);
    for (int i = 0; i < Y.stride(); ++i)
        side[i] = along[i] * along[i] > (crossing ? beside[i] * beside[i] : 0.5) ? 1.0 : 0.0;
    return side;
}

// The rows farther from the centre than the mean square distance: a halo about a core.
inline Side halo(const Columns& Y, const std::vector<double>& v) {
    std::vector<double> far(Y.stride(), 0.0);
    for (int d = 0; d < Y.D(); ++d)
        for (int i = 0; i < Y.stride(); ++i) far[i] += Y[d][i] * Y[d][i];
    Side side(Y.stride());
    above(far, dot(Y.stride(), v.data(), far.data()) / dot(Y.stride(), v.data()), side);
    return side;
}

// The longest axis of a symmetric matrix, by a few power iterations.
inline std::vector<double> longest_axis(const std::vector<double>& scatter, int D) {
    std::vector<double> axis(D), next(D);
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
    return axis;
}

// Either side of the mean along the longest axis.
inline Side across(const Columns& Z, const std::vector<double>& v) {
    const int D = Z.D(), stride = Z.stride();
    const double total = dot(stride, v.data());
    std::vector<double> mean(D), scatter(std::size_t(D) * D), weighted(stride), along(stride);
    for (int d = 0; d < D; ++d) mean[d] = dot(stride, v.data(), Z[d]) / total;
    for (int c = 0; c < D; ++c) {
        for (int i = 0; i < stride; ++i) weighted[i] = v[i] * (Z[c][i] - mean[c]);
        const double sum_of = dot(stride, weighted.data());
        for (int d = 0; d <= c; ++d)
            scatter[c * D + d] = scatter[d * D + c] = dot(stride, weighted.data(), Z[d]) - sum_of * mean[d];
    }
    const std::vector<double> axis = longest_axis(scatter, D);
    double middle = 0.0;
    for (int d = 0; d < D; ++d) middle += axis[d] * mean[d];
    project(Z, axis.data(), along);
    Side side(stride);
    above(along, middle, side);
    return side;
}

// The plane a . y = 1 through D rows; false where they lie in a plane through the origin, or nearly.
inline bool plane_through(const Columns& Y, const int* rows, std::vector<double>& system, double* a) {
    const int D = Y.D(), W = D + 1;
    for (int i = 0; i < D; ++i) {
        for (int d = 0; d < D; ++d) system[i * W + d] = Y[d][rows[i]];
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

// Half-widths of the crowd about a plane, in powers of two.
constexpr int widths = 7;
constexpr double narrowest = 1.0 / 512.0;

// How many of m distances from a plane, length · |a . y − 1|, are less than each half-width.
GM_INLINE void crowd(const std::vector<double>& along, int m, double length, int* inside) {
    Long counts[widths] = {};
    for (int i = 0; i < m; i += lanes<double>) {
        const Double difference = load<double>(along.data() + i) - splat<double>(1.0);
        const Double distance = difference < 0.0 ? -difference : difference;
        double width = narrowest * length;
        GM_UNROLL
        for (int w = 0; w < widths; ++w, width *= 2.0) counts[w] -= distance < splat<double>(width);
    }
    for (int w = 0; w < widths; ++w) {
        inside[w] = 0;
        for (int j = 0; j < lanes<double>; ++j) inside[w] += int(counts[w][j]);
    }
}

// Directions in the plane, as a share of half a turn in a diamond, in so many bins; how many bins are near another.
constexpr int directions = 256, nearby = 8;
constexpr double crowded = 2.0;  // what chance makes of a few hundred rows is less

// Of two columns: the farthest row in the direction in which most rows lie from one of them, or it itself where they
// crowd in none. Directions are compared with those nearby by count² / (count nearby + 4).
inline int where_rows_crowd(const Columns& Y, int from, std::vector<double>& turn) {
    const Double x0 = splat<double>(Y[0][from]), y0 = splat<double>(Y[1][from]), zero = Double{};
    for (int i = 0; i < Y.stride(); i += lanes<double>) {
        const Double dx = load<double>(Y[0] + i) - x0, dy = load<double>(Y[1] + i) - y0;
        const Double width = dx < zero ? -dx : dx, height = dy < zero ? -dy : dy;
        const Double slope = dy / (width + height + splat<double>(1e-300));
        store<double>(turn.data() + i, ((dx < zero ? -slope : slope) + splat<double>(1.0)) * splat<double>(0.5 * (directions - 1)));
    }
    constexpr int margin = nearby + 1;
    int counts[directions + 2 * margin] = {};
    for (int i = 0; i < Y.m(); ++i) {
        if (!(turn[i] >= 0.0 && turn[i] < directions)) turn[i] = 0.0;  // of rows beyond all numbers
        counts[margin + int(turn[i])] += i != from;
    }
    int window = 0, best = -1;
    double most = crowded;
    for (int b = 0; b < 2 * nearby + 2; ++b) window += counts[margin - nearby + b];
    for (int b = 0; b + 1 < directions; ++b) {
        const double pair = counts[margin + b] + counts[margin + b + 1];
        if (pair * pair > most * (window + 4)) {
            most = pair * pair / (window + 4);
            best = b;
        }
        window += counts[margin + b + nearby + 2] - counts[margin + b - nearby];
    }
    int farthest = from;
    double distance = 0.0;
    if (best < 0) return from;
    for (int i = 0; i < Y.m(); ++i) {
        const int b = int(turn[i]);
        if (b != best && b != best + 1) continue;
        const double dx = Y[0][i] - Y[0][from], dy = Y[1][i] - Y[1][from];
        if (dx * dx + dy * dy > distance) {
            distance = dx * dx + dy * dy;
            farthest = i;
        }
    }
    return farthest;
}

// The best plane so far of those that rows crowd about, and its half-width.
struct Crowd {
    std::vector<double> plane;
    double score = 0.0, width = 0.0;
};

// Judges a plane a . y = 1 by how many rows lie near it beyond what a Gaussian has there.
inline void judge_plane(const Columns& judge, const std::vector<double>& a, std::vector<double>& along, Crowd& best) {
    const int D = judge.D(), m = judge.m();
    double length = 0.0;
    for (double x : a) length += x * x;
    length = std::sqrt(length);
    project(judge, a.data(), along);
    std::fill(along.begin() + m, along.end(), std::numeric_limits<double>::infinity());
    int inside[widths];
    crowd(along, m, length, inside);
    const double beside = m * 2.0 * 0.3989422804014327 * std::exp(-0.5 / (length * length));
    double width = narrowest;
    for (int w = 0; w < widths; ++w, width *= 2.0) {
        // The D rows of the plane are inside by their choice.
        const double found = inside[w] - D, expected = beside * width + 0.1;
        if (!(found > expected)) continue;
        const double score = found * std::log(found / expected) - (found - expected);
        if (score > best.score) best = {a, score, width * length};
    }
}

// The rows that crowd about a plane (D = 2: a line) more than a Gaussian would have them: a needle among them. Planes
// through rows at random, judged by a few hundred evenly spaced rows; in two columns also the line from the first of
// these rows in the direction where others crowd. u: D uniform numbers for each plane.
inline Side needle(const double* rows, const Columns& Y, const double* u, int planes) {
    constexpr int judges = 400;
    const int D = Y.D(), step = (Y.m() + judges - 1) / judges, m = (Y.m() + step - 1) / step;
    std::vector<double> chosen(std::size_t(m) * D);
    for (int i = 0; i < m; ++i) std::copy_n(rows + std::ptrdiff_t(i) * step * D, D, chosen.data() + std::ptrdiff_t(i) * D);
    const Columns judge(chosen.data(), m, D);
    std::vector<int> through(D);
    std::vector<double> system(std::size_t(D) * (D + 1)), a(D), along(judge.stride());
    Crowd best;
    for (int p = 0; p < planes; ++p) {
        for (int i = 0; i < D; ++i) through[i] = std::min(int(u[p * D + i] * m), m - 1);
        if (plane_through(judge, through.data(), system, a.data())) judge_plane(judge, a, along, best);
        if (D != 2) continue;
        through[1] = where_rows_crowd(judge, through[0], along);
        if (through[1] == through[0]) continue;
        if (plane_through(judge, through.data(), system, a.data())) judge_plane(judge, a, along, best);
    }
    Side side(Y.stride(), 0.0), place(Y.stride());
    if (best.score > 0.0) {
        project(Y, best.plane.data(), place);
        for (int i = 0; i < Y.m(); ++i) side[i] = std::abs(place[i] - 1.0) < best.width ? 1.0 : 0.0;
    }
    return side;
}

}  // namespace gaussmix::GM_ARCH::split
