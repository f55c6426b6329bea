// Crossover of mixtures: children have components of two parents, and one component moves to a row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "runs.hpp"

namespace gaussmix {

inline double squared_distance(const double* a, const double* b, int D) {
    double sum = 0.0;
    for (int d = 0; d < D; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sum;
}

// The matching of the components of two mixtures, the nearest pairs first; of equals the first.
class Matching {
  public:
    Matching(int K, int D) : K_(K), D_(D), distances_(std::size_t(K) * K), nearest_(K), used_(K) {}

    // to (K,): for each mean of one (K, D) the number of one of the other's.
    void operator()(const double* one, const double* other, std::ptrdiff_t* to) {
        for (int i = 0; i < K_; ++i)
            for (int k = 0; k < K_; ++k)
                distances_[std::ptrdiff_t(i) * K_ + k] =
                    squared_distance(one + std::ptrdiff_t(i) * D_, other + std::ptrdiff_t(k) * D_, D_);
        std::fill(used_.begin(), used_.end(), 0);
        std::fill_n(to, K_, -1);
        for (int i = 0; i < K_; ++i) search(i);
        for (int round = 0; round < K_; ++round) {
            int best = -1;
            for (int i = 0; i < K_; ++i)
                if (to[i] < 0 && (best < 0 || distance(i) < distance(best))) best = i;
            const int taken = nearest_[best];
            to[best] = taken;
            used_[taken] = 1;
            for (int i = 0; round + 1 < K_ && i < K_; ++i)
                if (to[i] < 0 && nearest_[i] == taken) search(i);
        }
    }

  private:
    int K_, D_;
    std::vector<double> distances_;
    std::vector<int> nearest_, used_;

    double distance(int i) const { return distances_[std::ptrdiff_t(i) * K_ + nearest_[i]]; }
    void search(int i) {
        const double* row = distances_.data() + std::ptrdiff_t(i) * K_;
        int best = -1;
        for (int k = 0; k < K_; ++k)
            if (!used_[k] && (best < 0 || row[k] < row[best])) best = k;
        nearest_[i] = best;
    }
};

// Rows X (n, D), the same standardised, and their running total of weights (n,).
struct CrossoverRows {
    Table<double> X, Z;
    const double* reached;

    // The row at a share of the total weight.
    std::ptrdiff_t at(double share) const {
        const double* end = reached + X.n;
        return std::min(std::upper_bound(reached, end, share * end[-1]) - reached, X.n - 1);
    }
};

// Random numbers of B children: their parents (B,), a uniform number for each component (B, K), the component that moves
// (B,), and the share of the total weight at which its new row is (B,).
struct CrossoverDraws {
    const std::ptrdiff_t *first, *second;
    const double* uniform;
    const std::ptrdiff_t* moved;
    const double* share;
};

// Writes children of runs whose standardised means are places (S, K, D).
class Crossover {
  public:
    Crossover(const Runs& parents, const double* places, const CrossoverRows& rows, double least_weight, bool pooled)
        : parents_(parents), places_(places), rows_(rows), least_(least_weight), pooled_(pooled),
          match_(parents.shape.K, parents.shape.D), to_(parents.shape.K), at_(parents.shape.K),
          normalisers_(parents.shape.K) {}

    void child(const CrossoverDraws& draws, const Runs& children, std::ptrdiff_t b) {
        const MixtureArrays out = children.arrays(b);
        const int K = parents_.shape.K;
        combine(draws.first[b], draws.second[b], draws.uniform + b * K, out);
        relocate(int(draws.moved[b]), rows_.at(draws.share[b]), out);
        double total = 0.0;
        for (int k = 0; k < K; ++k) total += out.weights[k];
        for (int k = 0; k < K; ++k) {
            out.weights[k] /= total;
            out.offsets[k] = std::log(out.weights[k]) + normalisers_[k];
        }
        children.objective(b) = -std::numeric_limits<double>::infinity();
        children.age(b) = 0.0;
    }

  private:
    const Runs& parents_;
    const double* places_;
    const CrossoverRows& rows_;
    double least_;
    bool pooled_;
    Matching match_;
    std::vector<std::ptrdiff_t> to_;
    std::vector<const double*> at_;
    std::vector<double> normalisers_;

    // One of each pair of matched components; shared covariances are those of the first parent.
    void combine(std::ptrdiff_t first, std::ptrdiff_t second, const double* uniform, const MixtureArrays& out) {
        const auto [K, D, full] = parents_.shape;
        const MixtureArrays one = parents_.arrays(first), other = parents_.arrays(second);
        const std::ptrdiff_t KD = parents_.shape.KD();
        match_(places_ + first * KD, places_ + second * KD, to_.data());
        for (int k = 0; k < K; ++k) {
            const bool keeps = uniform[k] < 0.5;
            const MixtureArrays& from = keeps ? one : other;
            const std::ptrdiff_t j = keeps ? k : to_[k];
            out.weights[k] = std::max(from.weights[j], least_);
            std::copy_n(from.means + j * D, D, out.means + std::ptrdiff_t(k) * D);
            at_[k] = places_ + (keeps ? first : second) * KD + j * D;
            normalisers_[k] = pooled_ ? one.offsets[k] - std::log(one.weights[k])
                                      : from.offsets[j] - std::log(from.weights[j]);
            if (!pooled_) copy_matrices(from, j, out, k);
        }
        if (!pooled_) return;
        std::copy_n(one.covariances, parents_.covariances(), out.covariances);
        std::copy_n(one.factors, parents_.covariances(), out.factors);
    }

    // A component moves to a row, where it becomes a copy of the nearest one, with half of its weight.
    void relocate(int moved, std::ptrdiff_t row, const MixtureArrays& out) {
        const auto [K, D, full] = parents_.shape;
        std::vector<double> place(D);
        for (int d = 0; d < D; ++d) {
            place[d] = rows_.Z.data[row * rows_.Z.row_stride + d * rows_.Z.column_stride];
            out.means[std::ptrdiff_t(moved) * D + d] =
                rows_.X.data[row * rows_.X.row_stride + d * rows_.X.column_stride];
        }
        int nearest = moved;
        double least = std::numeric_limits<double>::infinity();
        for (int k = 0; k < K; ++k) {
            const double distance = squared_distance(at_[k], place.data(), D);
            if (k == moved || !(distance < least)) continue;
            nearest = k;
            least = distance;
        }
        out.weights[nearest] *= 0.5;
        out.weights[moved] = out.weights[nearest];
        if (pooled_ || moved == nearest) return;
        copy_matrices(out, nearest, out, moved);
        normalisers_[moved] = normalisers_[nearest];
    }

    void copy_matrices(const MixtureArrays& from, std::ptrdiff_t j, const MixtureArrays& out, std::ptrdiff_t k) const {
        const std::ptrdiff_t size = parents_.matrix();
        std::copy_n(from.covariances + j * size, size, out.covariances + k * size);
        std::copy_n(from.factors + j * size, size, out.factors + k * size);
    }
};

}  // namespace gaussmix
