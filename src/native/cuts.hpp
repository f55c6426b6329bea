// Partitions of rows by cuts of their scores.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

// scores, labels (S, n); shares (S, K - 1), ascending. A row is in the part of the number of shares of the total weight
// below the weight up to it; scores that differ by less than `tie` are equal, and the row that comes first is lower.
inline void cuts(const double* scores, const double* weights, const double* shares, int S, int K, int n, double tie,
                 std::ptrdiff_t* labels) {
    std::vector<std::pair<std::int64_t, int>> order(n);
    std::vector<double> reached(n);
    for (int s = 0; s < S; ++s, scores += n, labels += n, shares += K - 1) {
        for (int i = 0; i < n; ++i) order[i] = {ordered(std::nearbyint(scores[i] / tie)), i};
        std::sort(order.begin(), order.end());
        double total = 0.0;
        for (int i = 0; i < n; ++i) reached[i] = total += weights[order[i].second];
        int label = 0;
        for (int i = 0; i < n; ++i) {
            while (label < K - 1 && reached[i] > shares[label] * total) ++label;
            labels[order[i].second] = label;
        }
    }
}

}  // namespace gaussmix
