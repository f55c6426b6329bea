// The tree of mergers of smallest loss of the classification likelihood: what gaussmix/kernels/hierarchical.py defines.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "triangle.hpp"

namespace gaussmix {

// Parts of rows, single ones at first, with the cost of merging each pair in the row of the lesser number.
class Tree {
   public:
    Tree(const double* Z, const double* weights, int m, int D)
        : m_(m), D_(D), counts_(weights, weights + m), means_(Z, Z + std::size_t(m) * D),
          scatter_(std::size_t(m) * D * D), terms_(m), costs_(std::size_t(m) * m, std::numeric_limits<double>::infinity()),
          alive_(m, true), best_(m), union_(std::size_t(D) * D), factor_(union_), shift_(D) {
        for (int i = 0; i < m; ++i) terms_[i] = term(0.0, counts_[i]);
        for (int i = 0; i < m; ++i) {
            for (int k = i + 1; k < m; ++k) cost(i, k) = loss_of_rows(i, k);
            choose(i);
        }
    }

    // Merges the two parts of smallest cost, and writes their numbers.
    void merge(std::ptrdiff_t* numbers) {
        int i = 0;
        for (int r = 1; r < m_; ++r)
            if (cost(r, best_[r]) < cost(i, best_[i])) i = r;
        const int k = best_[i];
        join(i, k);
        const double share = counts_[k] / (counts_[i] + counts_[k]);
        for (int d = 0; d < D_; ++d) means_[at(i) + d] += share * shift_[d];
        std::copy(union_.begin(), union_.end(), scatter_.begin() + at(i) * D_);
        counts_[i] += counts_[k];
        terms_[i] = term(log_determinant(), counts_[i]);
        alive_[k] = false;
        for (int r = 0; r < m_; ++r) cost(r, k) = cost(k, r) = std::numeric_limits<double>::infinity();
        for (int r = 0; r < m_; ++r) {
            if (!alive_[r] || r == i) continue;
            join(i, r);
            cost(std::min(i, r), std::max(i, r)) = term(log_determinant(), counts_[i] + counts_[r]) - terms_[i] - terms_[r];
        }
        for (int r = 0; r < m_; ++r) {
            if (alive_[r] && (r == i || best_[r] == k || best_[r] == i)) choose(r);
            else if (cost(r, i) < cost(r, best_[r])) best_[r] = i;
        }
        numbers[0] = i;
        numbers[1] = k;
    }

   private:
    int m_, D_;
    std::vector<double> counts_, means_, scatter_, terms_, costs_;
    std::vector<char> alive_;
    std::vector<int> best_;
    // The scatter of a union, its factor, and how far the second part lies from the first.
    std::vector<double> union_, factor_, shift_;

    std::size_t at(int i) const { return std::size_t(i) * D_; }
    double& cost(int i, int k) { return costs_[std::size_t(i) * m_ + k]; }
    double term(double log_determinant, double n) const { return n * (log_determinant - D_ * std::log1p(n)); }

    void choose(int i) {
        const auto row = costs_.begin() + std::ptrdiff_t(i) * m_;
        best_[i] = int(std::min_element(row, row + m_) - row);
    }

    // Of two rows the matrix has rank one, and its determinant with I is 1 + its trace.
    double loss_of_rows(int i, int k) const {
        double square = 0.0;
        for (int d = 0; d < D_; ++d) square += (means_[at(k) + d] - means_[at(i) + d]) * (means_[at(k) + d] - means_[at(i) + d]);
        const double both = counts_[i] + counts_[k];
        return term(std::log1p(counts_[i] * counts_[k] / both * square), both) - terms_[i] - terms_[k];
    }

    void join(int i, int k) {
        for (int d = 0; d < D_; ++d) shift_[d] = means_[at(k) + d] - means_[at(i) + d];
        const double share = counts_[i] * counts_[k] / (counts_[i] + counts_[k]);
        const double *one = &scatter_[at(i) * D_], *other = &scatter_[at(k) * D_];
        for (int a = 0; a < D_; ++a)
            for (int b = a; b < D_; ++b) union_[at(a) + b] = one[at(a) + b] + other[at(a) + b] + share * shift_[a] * shift_[b];
    }

    // log |W + I| of the union.
    double log_determinant() {
        factor_ = union_;
        for (int d = 0; d < D_; ++d) factor_[at(d) + d] += 1.0;
        if (!step::cholesky(factor_.data(), D_)) return std::numeric_limits<double>::infinity();
        double total = 0.0, product = 1.0;
        for (int d = 0; d < D_; ++d) {
            product *= factor_[at(d) + d];
            if (product < 1e100) continue;
            total += std::log(product);
            product = 1.0;
        }
        return 2.0 * (total + std::log(product));
    }
};

// The two parts of each merger, (m - 1, 2); the union takes the number of the first.
inline void mergers(const double* Z, const double* weights, int m, int D, std::ptrdiff_t* merged) {
    Tree tree(Z, weights, m, D);
    for (int step = 0; step + 1 < m; ++step) tree.merge(merged + 2 * step);
}

}  // namespace gaussmix
