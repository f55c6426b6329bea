// Partitions of rows: what the entry points of every instruction set have in common.
#pragma once

#include <cstddef>

namespace gaussmix {

// Rows (n, D), one after the other in memory, with their weights (n,).
struct WeightedRows {
    const double *values, *weights;
    int n, D;
};

// Where the moments of S partitions into K parts go: counts (S, K), means (S, K, D), scatter (S, K, D, D) or (S, K, D).
struct PartMoments {
    double *counts, *means, *scatter;
};

// Functions of S partitions into K parts.
struct PartKernel {
    // uniform (S, 1 + (K - 1) T): seeds by k-means++, each the best of T rows drawn.
    void (*seeds)(const WeightedRows&, const double* uniform, int S, int K, int T, std::ptrdiff_t* chosen);
    // Farthest-first traversal from the first row of each line of chosen (S, K).
    void (*farthest)(const WeightedRows&, int S, int K, std::ptrdiff_t* chosen);
    // centres (S, K, D); labels (S, n).
    void (*lloyd)(const WeightedRows&, const double* centres, int S, int K, int iterations, std::ptrdiff_t* labels);
    void (*moments)(const WeightedRows&, const std::ptrdiff_t* labels, int S, int K, bool full, const PartMoments&);
};

}  // namespace gaussmix
