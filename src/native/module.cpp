// The Python module: it checks nothing, picks an instruction set once, and releases the interpreter lock.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "e_step.hpp"
#include "processor.hpp"
#include "pause.hpp"
#include "rule.hpp"
#include "split.hpp"

using namespace gaussmix;

namespace {

Kernel kernel_of([[maybe_unused]] const std::string& name) {
#if defined(GM_WITH_X86)
    if (name == "avx512") return avx512::kernel();
    if (name == "avx2") return avx2::kernel();
#endif
    return baseline::kernel();
}

std::string chosen_name = runs("avx512") ? "avx512" : runs("avx2") ? "avx2" : "baseline";

}  // namespace

Kernel gaussmix::chosen = kernel_of(chosen_name);

namespace {

template <class T>
const Entry<T>& entry();
template <>
const Entry<float>& entry<float>() { return chosen.single; }
template <>
const Entry<double>& entry<double>() { return chosen.twice; }

template <class T, class P>
void write_moments(const P& pass, In<T, 2> X, Values values, Densities densities, Given<2> reference, Out<double> out) {
    const Table<T> rows = table<T>(X);
    const RowValues given = row_values(std::get<0>(values), std::get<1>(values));
    const Parameters p = parameters(densities);
    Sums sums = sums_in(out.data(), reference.data(), p.K, p.D);
    double* rest = out.data() + out.size() - 2;
    nb::gil_scoped_release unlocked;
    pass(rows, given, p, sums);
    rest[0] = sums.log_likelihood;
    rest[1] = sums.hard;
}

template <class T>
void em_pass(In<T, 2> X, Values values, Densities densities, Given<2> reference, Out<double> out) {
    write_moments<T>(entry<T>().em_pass, X, values, densities, reference, out);
}

void coarse_pass(In<double, 2> X, Values values, Densities densities, Given<2> reference, Out<double> out) {
    const auto pass = [](const Table<double>& rows, const RowValues& given, const Parameters& p, Sums& sums) {
        CoarseRows coarse(rows);
        chosen.coarse_pass(coarse, given, p, sums);
    };
    write_moments<double>(pass, X, values, densities, reference, out);
}

// Writes one of the outputs that a pass over rows can have.
template <class T, class V, V* Outputs::*member>
void write_rows(In<T, 2> X, Densities densities, Out<V> out) {
    Outputs outputs;
    outputs.*member = out.data();
    const Table<T> rows = table<T>(X);
    const Parameters p = parameters(densities);
    nb::gil_scoped_release unlocked;
    entry<T>().rows(rows, p, outputs);
}

template <class T, class V, V* Outputs::*member>
void define_rows(nb::module_& m, const char* name) {
    m.def(name, &write_rows<T, V, member>, nb::arg("X").noconvert(), nb::arg("densities"), nb::arg("out").noconvert());
}

// Errors, projections and allowed components of rows; log-weights, means and covariances of Gaussians.
using Known = std::tuple<std::optional<Factors>, std::optional<Given<3>>, std::optional<Allowed>>;
using GaussianArrays = std::tuple<Given<1>, Given<2>, Factors>;

// Rows with measurement errors or missing values, and the densities that they are compared with.
struct Observed {
    AnyTable X;
    RowValues given;
    Errors errors;
    Gaussians p;

    template <class T>
    Observed(const In<T, 2>& X_, const Known& known, const GaussianArrays& gaussians) : X(table<T>(X_)) {
        const auto& [noise, projections, allowed] = known;
        const auto& [log_weights, means, covariances] = gaussians;
        p = {int(means.shape(0)), int(means.shape(1)), covariances.ndim() == 3, log_weights.data(), means.data(),
             covariances.data()};
        if (allowed) given.allowed = allowed->data();
        if (noise) errors = {noise->data(), noise->ndim() == 3};
        if (projections) errors.projections = projections->data();
    }
};

// Moments about a reference of the true values behind the rows, as em_pass writes them.
template <class T>
void em_pass_rows(In<T, 2> X, Values values, Known known, GaussianArrays gaussians, Given<2> reference, bool full,
                  Out<double> out) {
    Observed o(X, known, gaussians);
    const auto& [weights, background] = values;
    if (weights) o.given.weights = weights->data();
    if (background) o.given.background = background->data();
    Sums sums = sums_in(out.data(), reference.data(), o.p.K, o.p.D);
    double* rest = out.data() + out.size() - 2;
    nb::gil_scoped_release unlocked;
    chosen.em_pass_rows(o.X, o.given, o.errors, o.p, full, sums);
    rest[0] = sums.log_likelihood;
    rest[1] = sums.hard;
}

template <class T>
void rows_joint(In<T, 2> X, Known known, GaussianArrays gaussians, Out<double> out) {
    const Observed o(X, known, gaussians);
    nb::gil_scoped_release unlocked;
    chosen.rows_joint(o.X, o.given, o.errors, o.p, out.data());
}

template <class T>
void rows_expected(In<T, 2> X, Known known, GaussianArrays gaussians, Out<double> expected, Out<double> spread) {
    const Observed o(X, known, gaussians);
    nb::gil_scoped_release unlocked;
    chosen.rows_expected(o.X, o.given, o.errors, o.p, expected.data(), spread.data());
}

// The named tuple MixtureArrays; with one axis more in front, those of several mixtures.
using MixtureTuple = std::tuple<Out<double>, Out<double>, Out<double>, Out<double>, Out<double>>;

// The same of a mixture that is only read.
using StartTuple = std::tuple<Factors, Factors, Factors, Factors, Factors>;

MixtureArrays only_read(const StartTuple& of) {
    const auto at = [](const Factors& array) { return const_cast<double*>(array.data()); };
    return {at(std::get<0>(of)), at(std::get<1>(of)), at(std::get<2>(of)), at(std::get<3>(of)), at(std::get<4>(of))};
}

// The arrays of a mixture, which a step replaces.
struct Mixture {
    const Out<double> &weights, &means, &covariances, &factors, &offsets;

    explicit Mixture(const MixtureTuple& of)
        : weights(std::get<0>(of)), means(std::get<1>(of)), covariances(std::get<2>(of)), factors(std::get<3>(of)),
          offsets(std::get<4>(of)) {}

    Shape shape() const { return {int(means.shape(0)), int(means.shape(1)), factors.ndim() == 3}; }
    std::size_t size() const { return weights.size() + means.size() + covariances.size() + factors.size() + offsets.size(); }

    MixtureArrays arrays() const {
        return {weights.data(), means.data(), covariances.data(), factors.data(), offsets.data()};
    }
    // Arrays of the same sizes in one piece of memory.
    MixtureArrays beside(double* at) const {
        MixtureArrays result;
        const auto take = [&at](const Out<double>& like) { return std::exchange(at, at + like.size()); };
        result.weights = take(weights);
        result.means = take(means);
        result.covariances = take(covariances);
        result.factors = take(factors);
        result.offsets = take(offsets);
        return result;
    }
};

// E-steps and M-steps: each new mixture is written over the old one's arrays. Returns how many were done before something
// rare was met, and what the last E-step of a mixture that was replaced found.
std::tuple<int, double, double> em_steps(Plain plain, MixtureTuple arrays, RuleTerms terms, int iterations) {
    EStep e_step(plain, terms);
    const Mixture mixture(arrays);
    const MixtureArrays now = mixture.arrays();
    const Shape shape = mixture.shape();
    Rule rule(terms);
    nb::gil_scoped_release unlocked;
    std::vector<double> work(shape.sums() + mixture.size());
    const MixtureArrays next = mixture.beside(work.data() + shape.sums());
    double log_likelihood = 0.0, hard = 0.0;
    for (int i = 0; i < iterations; ++i) {
        std::fill_n(work.begin(), shape.sums(), 0.0);
        Sums sums = sums_in(work.data(), now.means, shape.K, shape.D);
        e_step(now, shape, sums);
        if (!replace(now, sums, shape, rule, next)) return {i, log_likelihood, hard};
        log_likelihood = sums.log_likelihood;
        hard = sums.hard;
    }
    return {iterations, log_likelihood, hard};
}

// E-steps and M-steps from the first of two mixtures. The last ones are kept in the second, in turn, as many as there are
// places along the first axis of its arrays. Returns how many were done before something rare was met, or up to a pause. The
// last of the objectives are those of the iterations, for each unit of weight; those before are of earlier ones.
int em_path(Plain plain, std::tuple<StartTuple, MixtureTuple> mixtures, RuleTerms terms, std::optional<PauseTuple> pause,
            double total_weight, Out<double> objectives, int iterations) {
    const auto& [start, path] = mixtures;
    EStep e_step(plain, terms);
    const Mixture of(path);
    const Factors &means = std::get<1>(start), &factors = std::get<3>(start);
    const Shape shape{int(means.shape(0)), int(means.shape(1)), factors.ndim() == 3};
    const int places = int(of.means.shape(0));
    const std::ptrdiff_t earlier = std::ptrdiff_t(objectives.size()) - iterations;
    Rule rule(terms);
    nb::gil_scoped_release unlocked;
    MixtureArrays now = only_read(start);
    const MixtureArrays first = of.arrays();
    std::vector<double> work(shape.sums());
    for (int i = 0; i < iterations; ++i) {
        std::fill(work.begin(), work.end(), 0.0);
        Sums sums = sums_in(work.data(), now.means, shape.K, shape.D);
        e_step(now, shape, sums);
        const MixtureArrays next = first.after(shape, i % places);
        if (!rule.step(sums, now, shape, next)) return i;
        double* last = objectives.data() + earlier + i;
        *last = sums.log_likelihood / total_weight;
        if (pause && pauses(*pause, last, earlier + i + 1, i + 1)) return i + 1;
        now = next;
    }
    return iterations;
}

// The named tuple SplitRows; weights, means and covariances of the two components.
using SplitArrays = std::tuple<Given<2>, Given<2>, Given<2>, Given<1>, Given<1>, Given<1>, Given<1>>;
using Pair = std::tuple<Out<double>, Out<double>, Out<double>>;

// The best way to split a component; its objective, −∞ where there is none.
double try_splits(SplitArrays arrays, RuleTerms terms, std::array<int, 7> effort, Given<1> uniform, double least_weight,
                  Pair pair) {
    const auto& [X, Y, Z, v, weights, background, centre] = arrays;
    const auto& [shares, means, covariances] = pair;
    const int m = int(X.shape(0)), D = int(X.shape(1));
    const bool full = covariances.ndim() == 3;
    Rule rule(terms);
    rule.constraint.clips = false;
    const SplitScene scene{m, D, full, X.data(), Y.data(), Z.data(), v.data(),
                           RowValues{weights.data(), background.data()}, centre.data(), rule.mass, double(D + 1),
                           rule.constraint, rule.pooling.columns};
    const SplitEffort work{effort[0], effort[1], effort[2], effort[3], effort[4], effort[5], effort[6]};
    double *to[] = {shares.data(), means.data(), covariances.data()};
    nb::gil_scoped_release unlocked;
    SplitPair best = chosen.best_split(scene, work, uniform.data(), least_weight);
    const MixtureArrays a = best.arrays();
    std::copy_n(a.weights, 2, to[0]);
    std::copy_n(a.means, 2 * D, to[1]);
    std::copy_n(a.covariances, 2 * best.size, to[2]);
    return best.objective;
}

// The M-step alone, for moments about the means as em_pass writes them.
bool m_step_of(Given<1> moments, MixtureTuple arrays, RuleTerms terms) {
    const Mixture mixture(arrays);
    const MixtureArrays now = mixture.arrays();
    const Shape shape = mixture.shape();
    const Sums sums = sums_in(const_cast<double*>(moments.data()), now.means, shape.K, shape.D);
    Rule rule(terms);
    nb::gil_scoped_release unlocked;
    std::vector<double> work(mixture.size());
    return replace(now, sums, shape, rule, mixture.beside(work.data()));
}

// Counts, weights, means and scatter.
using ScatterArrays = std::tuple<Out<double>, Out<double>, Out<double>, Out<double>>;

// An E-step, and what the M-step of every family begins with: counts, weights that sum to `mass`, means, and the scatter
// about these. Returns whether no component is empty and no digits were lost, and what the E-step found.
std::tuple<bool, double, double> em_scatter(Plain plain, Densities densities, double mass, ScatterArrays arrays) {
    const auto& [X, weights, background, holes] = plain;
    const auto& [counts, next_weights, next_means, scatter] = arrays;
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, background);
    const Parameters p = parameters(densities);
    const Shape shape{p.K, p.D, p.full};
    double* to = counts.data();
    const MixtureArrays next{next_weights.data(), next_means.data(), scatter.data(), nullptr, nullptr};
    nb::gil_scoped_release unlocked;
    std::vector<double> work(shape.sums());
    Sums sums = sums_in(work.data(), p.means, p.K, p.D);
    chosen.twice.em_pass(rows, given, p, sums);
    const bool located = step::locate(sums, p.means, shape, false, mass, next);
    std::copy_n(sums.counts, p.K, to);
    for (int k = 0; p.full && k < p.K; ++k) {
        double* matrix = next.covariances + std::ptrdiff_t(k) * p.D * p.D;
        for (int i = 0; i < p.D; ++i)
            for (int j = 0; j < i; ++j) matrix[j * p.D + i] = matrix[i * p.D + j];
    }
    return {located, sums.log_likelihood, sums.hard};
}

// Whitening factors and offsets of components; false where a covariance is not positive definite, or below the least.
bool whiten(Given<1> weights, Factors covariances, std::optional<Factors> least, Out<double> factors,
            Out<double> offsets) {
    const Shape shape{int(covariances.shape(0)), int(covariances.shape(1)), covariances.ndim() == 3};
    nb::gil_scoped_release unlocked;
    return whiten_all(weights.data(), covariances.data(), least ? least->data() : nullptr, shape, factors.data(),
                      offsets.data());
}

// Whitening factors (K, D, D), variances (K, D) and log-determinants (K,) of the covariances whose inverses are given; false
// where one is not symmetric or not positive definite.
bool invert(Given<3> inverses, Out<double> factors, Out<double> variances, Out<double> log_determinants) {
    const std::ptrdiff_t K = inverses.shape(0), D = inverses.shape(1);
    nb::gil_scoped_release unlocked;
    std::vector<double> work;
    for (std::ptrdiff_t k = 0; k < K; ++k) {
        const std::ptrdiff_t at = k * D * D;
        double *factor = factors.data() + at, &log_determinant = log_determinants.data()[k];
        if (!step::factor_of_inverse(inverses.data() + at, int(D), factor, variances.data() + k * D, work)) return false;
        log_determinant = -2.0 * step::sum_of_logarithms(factor, int(D), D + 1);
    }
    return true;
}

// The covariances of a model that shares some of volume, shape and orientation, in the place of scatters (K, D, D) or
// (K, D); false where there are none.
bool decomposed(Out<double> scatter, Given<1> counts, const std::string& model, std::optional<Factors> factors) {
    const int K = int(scatter.shape(0)), D = int(scatter.shape(1));
    nb::gil_scoped_release unlocked;
    return Decomposition(model).estimate(scatter.data(), counts.data(), factors ? factors->data() : nullptr, K, D);
}

template <class T>
void define(nb::module_& m) {
    const auto X = nb::arg("X").noconvert(), out = nb::arg("out").noconvert();
    m.def("em_pass", &em_pass<T>, X, nb::arg("values"), nb::arg("densities"), nb::arg("reference"), out);
    define_rows<T, double, &Outputs::log_joint>(m, "log_joint");
    define_rows<T, double, &Outputs::responsibilities>(m, "responsibilities");
    define_rows<T, double, &Outputs::log_prob>(m, "log_prob");
    define_rows<T, std::ptrdiff_t, &Outputs::labels>(m, "labels");
    m.def("em_pass_rows", &em_pass_rows<T>, X, nb::arg("values"), nb::arg("known"), nb::arg("gaussians"),
          nb::arg("reference"), nb::arg("full"), out);
    m.def("rows_joint", &rows_joint<T>, X, nb::arg("known"), nb::arg("gaussians"), out);
    m.def("rows_expected", &rows_expected<T>, X, nb::arg("known"), nb::arg("gaussians"),
          nb::arg("expected").noconvert(), nb::arg("spread").noconvert());
}

}  // namespace

NB_MODULE(_native, m) {
    define<double>(m);
    define<float>(m);
    m.def("coarse_pass", &coarse_pass, nb::arg("X").noconvert(), nb::arg("values"), nb::arg("densities"),
          nb::arg("reference"), nb::arg("out").noconvert());
    const auto rows = nb::arg("rows"), rule = nb::arg("rule");
    const auto mixture = nb::arg("mixture").noconvert();
    m.def("em_steps", &em_steps, rows, mixture, rule, nb::arg("iterations"));
    m.def("em_path", &em_path, rows, nb::arg("mixtures").noconvert(), rule, nb::arg("pause").none(),
          nb::arg("total_weight"), nb::arg("objectives").noconvert(), nb::arg("iterations"));
    m.def("m_step", &m_step_of, nb::arg("moments"), mixture, rule);
    m.def("best_split", &try_splits, rows, rule, nb::arg("effort"), nb::arg("uniform"), nb::arg("least_weight"),
          nb::arg("pair").noconvert());
    m.def("em_scatter", &em_scatter, rows, nb::arg("densities"), nb::arg("mass"), nb::arg("arrays").noconvert());
    m.def("whiten", &whiten, nb::arg("weights"), nb::arg("covariances"), nb::arg("least").none(),
          nb::arg("factors").noconvert(), nb::arg("offsets").noconvert());
    m.def("invert", &invert, nb::arg("inverses"), nb::arg("factors").noconvert(), nb::arg("variances").noconvert(),
          nb::arg("log_determinants").noconvert());
    m.def("decomposed", &decomposed, nb::arg("scatter").noconvert(), nb::arg("counts"), nb::arg("model"),
          nb::arg("factors").none());
    define_runs(m);
    define_variational(m);
    define_partitions(m);
    m.def("exp", [](Given<1> x, Out<double> y) { chosen.exp(x.data(), y.data(), std::ptrdiff_t(x.size())); },
          nb::arg("x"), nb::arg("y"));
    m.def("log", [](Given<1> x, Out<double> y) { chosen.log(x.data(), y.data(), std::ptrdiff_t(x.size())); },
          nb::arg("x"), nb::arg("y"));
    m.def("instruction_set", [] { return chosen_name; });
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const char* name : {"baseline", "avx2", "avx512"})
            if (runs(name)) names.push_back(name);
        return names;
    });
    m.def("use", [](const std::string& name) {
        if (!runs(name)) throw std::invalid_argument("this processor or build has no instruction set " + name);
        chosen_name = name;
        chosen = kernel_of(name);
    }, nb::arg("name"));
}
