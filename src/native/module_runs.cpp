// EM runs of a search as functions of the Python module.
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <tuple>
#include <type_traits>
#include <vector>

#include "bindings.hpp"
#include "crossover.hpp"
#include "e_step.hpp"
#include "rule.hpp"
#include "runs.hpp"

using namespace gaussmix;

namespace {

// The named tuples RunTable, RunEffort and Distinct.
using TableTuple = std::tuple<Out<double>, int, int, int, bool>;
using EffortTuple = std::tuple<int, int, double, bool, bool>;
// The named tuple CentredRows.
using CentredTuple = std::tuple<In<double, 2>, Given<1>, Given<1>, Factors>;
using DistinctTuple = std::tuple<double, double, std::optional<Factors>, double, double, double>;

Runs runs_of(const TableTuple& of) {
    const auto& [numbers, K, D, matrices, full] = of;
    return {numbers.data(), std::ptrdiff_t(numbers.shape(0)), {K, D, full}, matrices};
}

// The iterations of a run, which ends early if `step` of them gain less than `least` on its log-likelihood so far, −∞
// where it has none. They are in float if they are coarse.
struct RunEffort {
    int iterations, step;
    double least;
    bool exact, coarse;
};

RunEffort effort_of(const EffortTuple& of) {
    const auto& [iterations, step, least, exact, coarse] = of;
    return {iterations, step, least, exact, coarse};
}

// Iterations of a run; returns how many it made. Where something rare was met, its log-likelihood is −∞. Of no iterations,
// it is that of the mixture. `pass` returns it where it is asked for, and `move` replaces the mixture.
template <class Pass, class Move>
int advance(double& objective, const RunEffort& effort, const Pass& pass, const Move& move) {
    const int iterations = effort.iterations;
    for (int i = 0;;) {
        const bool looks = i + 1 >= iterations || (i + 1) % effort.step == 0;
        const double value = pass(looks);
        if (i < iterations && !move()) {
            objective = -std::numeric_limits<double>::infinity();
            return i;
        }
        ++i;
        const bool ends = looks && value - objective < effort.least;
        if (looks) objective = value;
        if (ends || i >= iterations) return std::min(i, iterations);
    }
}

// EM of one run after the other, with scratch that they share.
class Steps {
  public:
    Steps(const Plain& plain, const RuleTerms& terms, const Runs& runs)
        : e_step_(plain, terms), rule_(terms), runs_(runs), work_(2 * shape().sums() + shape().size() + shape().K) {
        const Shape shape = runs.shape;
        double* at = work_.data() + shape.sums();
        next_ = {at, at + shape.K, at + shape.K + shape.KD(), at + shape.sums(), at + shape.sums() + shape.size()};
    }

    int advance(std::ptrdiff_t s, const RunEffort& effort) {
        const MixtureArrays now = runs_.arrays(s);
        Rule rule = rule_;
        if (!effort.exact) {
            rule.parts.approximate();
            rule.constraint.clips = false;  // a run that the bound has to hold is one of those that fail
        }
        Sums sums{};
        const auto pass_over = [&](bool with_likelihood) {
            sums = pass(now, with_likelihood, effort.coarse);
            return sums.log_likelihood;
        };
        const auto move = [&] {
            if (replace(now, sums, shape(), rule, next_)) return true;
            // Digits of float may not have been enough.
            return effort.coarse && replace(now, pass(now, false, false), shape(), rule, next_);
        };
        return ::advance(runs_.objective(s), effort, pass_over, move);
    }

  private:
    EStep e_step_;
    Rule rule_;
    const Runs& runs_;
    std::vector<double> work_;
    MixtureArrays next_;

    Shape shape() const { return runs_.shape; }

    Sums pass(const MixtureArrays& now, bool with_likelihood, bool coarse) {
        std::fill_n(work_.begin(), shape().sums(), 0.0);
        Sums sums = sums_in(work_.data(), now.means, shape().K, shape().D);
        sums.with_likelihood = with_likelihood;
        sums.spherical = coarse && rule_.pooling.columns;
        e_step_(now, shape(), sums, coarse);
        return sums;
    }
};

// The same with one covariance for all components.
class SharedSteps {
  public:
    SharedSteps(const CentredTuple& centred, const RuleTerms& terms, const Runs& runs)
        : rows_(rows_of(centred)), runs_(runs), rule_(terms),
          shared_(rows_, runs.shape, rule_.constraint, rule_.pooling.columns) {}

    int advance(std::ptrdiff_t s, const RunEffort& effort) {
        const MixtureArrays now = runs_.arrays(s);
        const auto pass = [&](bool with_likelihood) { return shared_.e_step(chosen, now, with_likelihood, effort.coarse); };
        const auto move = [&] {
            if (shared_.m_step(now)) return true;
            if (!effort.coarse) return false;
            shared_.e_step(chosen, now, false, false);
            return shared_.m_step(now);
        };
        return ::advance(runs_.objective(s), effort, pass, move);
    }

  private:
    CentredRows rows_;
    const Runs& runs_;
    Rule rule_;
    SharedStep shared_;

    static CentredRows rows_of(const CentredTuple& centred) {
        const auto& [Y, weights, centre, scatter] = centred;
        const double total = std::accumulate(weights.data(), weights.data() + weights.size(), 0.0);
        return {table<double>(Y), weights.data(), centre.data(), scatter.data(), total};
    }
};

template <class Rows>
using StepsOf = std::conditional_t<std::is_same_v<Rows, Plain>, Steps, SharedSteps>;

// EM iterations of many mixtures: those of em_steps. `done` (S,) says how many iterations each made.
template <class Rows>
void em_runs(Rows rows, TableTuple table_of, RuleTerms terms, EffortTuple effort_tuple, Out<std::ptrdiff_t> done) {
    const RunEffort effort = effort_of(effort_tuple);
    const Runs runs = runs_of(table_of);
    StepsOf<Rows> steps(rows, terms, runs);
    nb::gil_scoped_release unlocked;
    for (std::ptrdiff_t s = 0; s < runs.S; ++s) done.data()[s] = steps.advance(s, effort);
}

// Heats of EM iterations, after each of which the best distinct runs go on: heats (H, 3) are iterations, the most runs that
// go on, and the value that their objectives exceed. Returns the last of them, the best first.
template <class Rows>
std::vector<std::ptrdiff_t> em_race(Rows rows, TableTuple table_of, RuleTerms terms, DistinctTuple distinct,
                                    Given<2> heats) {
    const auto& [least_weight, few_weight, bound, many, few, alike] = distinct;
    const Runs runs = runs_of(table_of);
    const Distinct by{least_weight, few_weight, bound ? bound->data() : nullptr, many, few, alike};
    StepsOf<Rows> steps(rows, terms, runs);
    nb::gil_scoped_release unlocked;
    std::vector<std::ptrdiff_t> left(runs.S);
    std::iota(left.begin(), left.end(), 0);
    for (std::size_t h = 0; h < heats.shape(0); ++h) {
        const double* heat = heats.data() + 3 * h;
        for (const std::ptrdiff_t s : left) steps.advance(s, {int(heat[0]), 1 << 30, 0.0, false, true});
        left = best_of(runs, left, by, std::size_t(heat[1]), heat[2]);
    }
    std::stable_sort(left.begin(), left.end(),
                     [&](std::ptrdiff_t a, std::ptrdiff_t b) { return runs.objective(a) > runs.objective(b); });
    return left;
}

// The numbers of the best distinct runs above a log-likelihood, at most some.
std::vector<std::ptrdiff_t> best_runs(TableTuple table_of, DistinctTuple distinct, std::size_t most, double least) {
    const auto& [least_weight, few_weight, bound, many, few, alike] = distinct;
    const Runs runs = runs_of(table_of);
    std::vector<std::ptrdiff_t> all(runs.S);
    std::iota(all.begin(), all.end(), 0);
    const Distinct by{least_weight, few_weight, bound ? bound->data() : nullptr, many, few, alike};
    return best_of(runs, all, by, most, least);
}

// The named tuples CrossoverRows and CrossoverDraws.
using Numbers = nb::ndarray<const std::ptrdiff_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using RowsTuple = std::tuple<In<double, 2>, In<double, 2>, Given<1>>;
using DrawsTuple = std::tuple<Numbers, Numbers, Given<2>, Numbers, Given<1>>;

// Children of runs, written as a table of the same layout.
void crossed(TableTuple table_of, Given<3> places, RowsTuple rows, DrawsTuple draws, double least_weight, bool pooled,
             Out<double> out) {
    const auto& [X, Z, reached] = rows;
    const auto& [first, second, uniform, moved, share] = draws;
    const Runs parents = runs_of(table_of), children{out.data(), std::ptrdiff_t(out.shape(0)), parents.shape, parents.matrices};
    const CrossoverRows places_of{table<double>(X), table<double>(Z), reached.data()};
    const CrossoverDraws numbers{first.data(), second.data(), uniform.data(), moved.data(), share.data()};
    nb::gil_scoped_release unlocked;
    Crossover crossover(parents, places.data(), places_of, least_weight, pooled);
    for (std::ptrdiff_t b = 0; b < children.S; ++b) crossover.child(numbers, children, b);
}

// For each component of B mixtures one of another, (B, K): the nearest pairs first.
void matched(Given<3> one, Given<3> other, Out<std::ptrdiff_t> to) {
    const std::ptrdiff_t K = one.shape(1), size = K * one.shape(2);
    Matching match{int(K), int(one.shape(2))};
    for (std::size_t b = 0; b < one.shape(0); ++b)
        match(one.data() + b * size, other.data() + b * size, to.data() + b * K);
}

template <class Rows>
void define_steps(nb::module_& m) {
    const auto rows = nb::arg("rows"), rule = nb::arg("rule");
    const auto runs = nb::arg("runs").noconvert();
    m.def("em_runs", &em_runs<Rows>, rows, runs, rule, nb::arg("effort"), nb::arg("done").noconvert());
    m.def("em_race", &em_race<Rows>, rows, runs, rule, nb::arg("distinct"), nb::arg("heats"));
}

}  // namespace

void gaussmix::define_runs(nb::module_& m) {
    define_steps<CentredTuple>(m);
    define_steps<Plain>(m);
    m.def("best_runs", &best_runs, nb::arg("runs").noconvert(), nb::arg("distinct"), nb::arg("most"), nb::arg("least"));
    m.def("crossed", &crossed, nb::arg("parents").noconvert(), nb::arg("places"), nb::arg("rows"), nb::arg("draws"),
          nb::arg("least_weight"), nb::arg("pooled"), nb::arg("children").noconvert());
    m.def("matched", &matched, nb::arg("one"), nb::arg("other"), nb::arg("to").noconvert());
}
