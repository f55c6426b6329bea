// The best way to split one component in two: what the entry points of every instruction set have in common.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "pass.hpp"
#include "m_step.hpp"

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

// How many balls and planes are guessed at; iterations for all guesses, for the better ones, and for the best of these.
struct SplitEffort {
    int balls, planes, first, better, then, finalists, more;
};

// Two components and how far they have come.
struct SplitPair {
    std::vector<double> values;
    double objective = -std::numeric_limits<double>::infinity();
    std::size_t size;
    int D;

    SplitPair(int D_, bool full) : size(full ? std::size_t(D_) * D_ : D_), D(D_) {
        values.resize(4 + 2 * D + 4 * size);
    }
    MixtureArrays arrays() {
        double* at = values.data();
        return {at, at + 2, at + 2 + 2 * D, at + 2 + 2 * D + 2 * size, at + 2 + 2 * D + 4 * size};
    }
};

}  // namespace gaussmix
