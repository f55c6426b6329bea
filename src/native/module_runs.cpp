// EM runs of a search as functions of the Python module.
#include <algorithm>
#include <limits>
#include <tuple>
#include <vector>

#include "bindings.hpp"
#include "rule.hpp"
#include "runs.hpp"

using namespace gaussmix;

namespace {

// The named tuples RunTable and RunEffort.
using TableTuple = std::tuple<Out<double>, int, int, int, bool>;
using EffortTuple = std::tuple<int, int, double, bool>;

Runs runs_of(const TableTuple& of) {
    const auto& [numbers, K, D, matrices, full] = of;
    return {numbers.data(), std::ptrdiff_t(numbers.shape(0)), {K, D, full}, matrices};
}

// EM iterations of many mixtures, each with a covariance for each component: those of em_steps. A run ends early if
// `step` iterations gain less than `least`. `done` (S,) says how many iterations each made; where something rare was met,
// the log-likelihood is −∞. Of no iterations, it is that of the mixture.
void em_runs(Plain plain, TableTuple table_of, RuleTerms terms, EffortTuple effort, Out<std::ptrdiff_t> done) {
    const auto& [X, weights, background] = plain;
    const auto& [iterations, step, least, exact] = effort;
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, background);
    const Runs runs = runs_of(table_of);
    const Shape shape = runs.shape;
    nb::gil_scoped_release unlocked;
    std::vector<double> work(2 * shape.sums() + shape.size() + shape.K);
    double* at = work.data() + shape.sums();
    const MixtureArrays next{at, at + shape.K, at + shape.K + shape.KD(), at + shape.sums(), at + shape.sums() + shape.size()};
    for (std::ptrdiff_t s = 0; s < runs.S; ++s) {
        const MixtureArrays now = runs.arrays(s);
        const Parameters p{shape.K, shape.D, shape.full, now.means, now.factors, now.offsets};
        double& objective = runs.objective(s) = -std::numeric_limits<double>::infinity();
        Rule rule(terms);
        if (!exact) {
            rule.parts.rotate_less();
            rule.constraint.clips = false;  // a run that the bound has to hold is one of those that fail
        }
        int i = 0;
        for (bool goes_on = true; goes_on;) {
            std::fill_n(work.begin(), shape.sums(), 0.0);
            Sums sums = sums_in(work.data(), now.means, shape.K, shape.D);
            sums.with_likelihood = i + 1 >= iterations || (i + 1) % step == 0;
            chosen.twice.em_pass(rows, given, p, sums);
            if (i < iterations && !replace(now, sums, shape, rule, next)) {
                objective = -std::numeric_limits<double>::infinity();
                break;
            }
            goes_on = ++i < iterations;
            if (!sums.with_likelihood) continue;
            if (sums.log_likelihood - objective < least) goes_on = false;
            objective = sums.log_likelihood;
        }
        done.data()[s] = std::min(i, iterations);
    }
}

}  // namespace

void gaussmix::define_runs(nb::module_& m) {
    m.def("em_runs", &em_runs, nb::arg("rows"), nb::arg("runs").noconvert(), nb::arg("rule"), nb::arg("effort"),
          nb::arg("done").noconvert());
}
