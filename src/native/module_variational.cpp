// Variational Bayes as functions of the Python module.
#include <nanobind/stl/array.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

#include "bindings.hpp"
#include "variational.hpp"

using namespace gaussmix;

namespace {

// Concentration, precision of the means, degrees of freedom, and the log-determinant of the scatter over these.
using PriorNumbers = std::array<double, 4>;
// The named tuples VariationalRule and VariationalPath.
using RuleTuple = std::tuple<PriorNumbers, Given<1>, Factors, std::optional<Given<1>>, bool, bool, bool>;
using PathTuple = std::tuple<Out<double>, Out<double>, Out<double>, Out<double>, Out<double>>;
// Means, factors and offsets, which an update writes.
using DensityTuple = std::tuple<Out<double>, Out<double>, Out<double>>;

VariationalPrior prior_of(const RuleTuple& rule) {
    const auto& [numbers, mean, scatter, added, sticks, pool_components, pool_columns] = rule;
    return {scatter.ndim() == 2, sticks, {pool_components, pool_columns}, numbers[0], numbers[1], numbers[2], numbers[3],
            mean.data(), scatter.data(), added ? added->data() : nullptr};
}

// From moments about `reference` to the densities of the next E-step; the divergence of the posterior, NaN where something
// rare is to be done.
double variational_update(Given<1> moments, Given<2> reference, DensityTuple densities, RuleTuple rule) {
    const auto& [means, factors, offsets] = densities;
    const int K = int(reference.shape(0)), D = int(reference.shape(1));
    const VariationalPrior prior = prior_of(rule);
    const Sums sums = sums_in(const_cast<double*>(moments.data()), reference.data(), K, D);
    const DensityArrays to{means.data(), factors.data(), offsets.data()};
    nb::gil_scoped_release unlocked;
    double divergence = 0.0;
    const bool done = VariationalUpdate(prior, K, D)(sums, to, divergence);
    return done ? divergence : std::numeric_limits<double>::quiet_NaN();
}

// E-steps and updates of which all is kept: the arrays' first axis counts iterations, and the densities at its beginning
// are given. moments (m, .) are those of each E-step, as em_pass writes them; divergences (m + 1,). Returns how many were
// done before something rare was met.
int variational_path(Plain plain, PathTuple path, RuleTuple rule) {
    const auto& [X, weights, background, holes] = plain;
    const auto& [means, factors, offsets, divergences, moments] = path;
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, background);
    const int K = int(means.shape(1)), D = int(means.shape(2)), iterations = int(moments.shape(0));
    const VariationalPrior prior = prior_of(rule);
    const std::ptrdiff_t KD = std::ptrdiff_t(K) * D, size = prior.full ? KD * D : KD, n_sums = K + KD + size + 2;
    nb::gil_scoped_release unlocked;
    VariationalUpdate update(prior, K, D);
    DensityArrays now{means.data(), factors.data(), offsets.data()};
    for (int i = 0; i < iterations; ++i) {
        double* at = moments.data() + i * n_sums;
        std::fill_n(at, n_sums, 0.0);
        Sums sums = sums_in(at, now.means, K, D);
        chosen.twice.em_pass(rows, given, {K, D, prior.full, now.means, now.factors, now.offsets}, sums);
        at[n_sums - 2] = sums.log_likelihood;
        at[n_sums - 1] = sums.hard;
        const DensityArrays next{now.means + KD, now.factors + size, now.offsets + K};
        if (!update(sums, next, divergences.data()[i + 1])) return i;
        now = next;
    }
    return iterations;
}

}  // namespace

void gaussmix::define_variational(nb::module_& m) {
    m.def("variational_update", &variational_update, nb::arg("moments"), nb::arg("reference"),
          nb::arg("densities").noconvert(), nb::arg("rule"));
    m.def("variational_path", &variational_path, nb::arg("rows"), nb::arg("path").noconvert(), nb::arg("rule"));
}
