// Partitions of rows by cuts of their scores.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace gaussmix {

// A whole number with the order of a double, NaN among them; -0 is 0.
inline std::int64_t ordered(double value) {
    value += 0.0;
    std::int64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

// A row by its score, and the first of equal scores.
using Place = std::pair<std::int64_t, int>;

// The weights of rows in some order, and the shares of their total weight to cut at, ascending.
struct Cuts {
    Place* order;
    const double* weights;
    const double* shares;
    double total;
    int* ends;

    // For the shares from `a` to `b`, put into `ends` how many rows there are before the first one up to which the weight
    // exceeds the share. It is among those from `first` to `last`, and the rows before them weigh `before`. The rows are
    // sorted only as far as needed.
    void find(int first, int last, double before, int a, int b) const {
        if (a == b) return;
        if (last - first == 1) {
            std::fill(ends + a, ends + b, first);
            return;
        }
        const int middle = first + (last - first) / 2;
        std::nth_element(order + first, order + middle, order + last);
        double weight = before;
        for (int i = first; i < middle; ++i) weight += weights[order[i].second];
        const int c = static_cast<int>(
            std::partition_point(shares + a, shares + b, [&](double share) { return weight > share * total; }) - shares);
        find(first, middle, before, a, c);
        find(middle, last, weight, c, b);
    }
};

// scores, labels (S, n); shares (S, K - 1), ascending. A row is in the part of the number of shares of the total weight
// below the weight up to it; scores that differ by less than `tie` are equal, and the row that comes first is lower.
inline void cuts(const double* scores, const double* weights, const double* shares, int S, int K, int n, double tie,
                 std::ptrdiff_t* labels) {
    std::vector<Place> order(n);
    std::vector<int> ends(K);
    const double total = std::accumulate(weights, weights + n, 0.0);
    for (int s = 0; s < S; ++s, scores += n, labels += n, shares += K - 1) {
        for (int i = 0; i < n; ++i) order[i] = {ordered(std::nearbyint(scores[i] / tie)), i};
        if (n > 0) Cuts{order.data(), weights, shares, total, ends.data()}.find(0, n, 0.0, 0, K - 1);
        ends[K - 1] = n;
        for (int label = 0, i = 0; label < K; ++label) {
            for (; i < ends[label]; ++i) labels[order[i].second] = label;
        }
    }
}

}  // namespace gaussmix
