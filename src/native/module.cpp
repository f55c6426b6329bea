// The Python module: it checks nothing, picks an instruction set once, and releases the interpreter lock.
#include <nanobind/nanobind.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings.hpp"
#include "decomposition.hpp"
#include "processor.hpp"
#include "split.hpp"
#include "m_step.hpp"

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

template <class T>
void em_pass(In<T, 2> X, std::optional<Given<1>> weights, std::optional<Given<1>> background, Given<2> means,
             Factors factors, Given<1> offsets, Given<2> reference, Out<double> out) {
    const Table<T> rows = table<T>(X);
    const RowValues given = row_values(weights, background);
    const Parameters p = parameters(means, factors, offsets);
    Sums sums = sums_in(out.data(), reference.data(), p.K, p.D);
    double* rest = sums.second + factors.size();
    nb::gil_scoped_release unlocked;
    entry<T>().em_pass(rows, given, p, sums);
    rest[0] = sums.log_likelihood;
    rest[1] = sums.hard;
}

// Writes one of the outputs that a pass over rows can have.
template <class T, class V, V* Outputs::*member>
void write_rows(In<T, 2> X, Given<2> means, Factors factors, Given<1> offsets, Out<V> out) {
    Outputs outputs;
    outputs.*member = out.data();
    const Table<T> rows = table<T>(X);
    const Parameters p = parameters(means, factors, offsets);
    nb::gil_scoped_release unlocked;
    entry<T>().rows(rows, p, outputs);
}

template <class T, class V, V* Outputs::*member>
void define_rows(nb::module_& m, const char* name) {
    m.def(name, &write_rows<T, V, member>, nb::arg("X").noconvert(), nb::arg("means"), nb::arg("factors"),
          nb::arg("offsets"), nb::arg("out").noconvert());
}

// Rows with measurement errors or missing values, and the densities that they are held against.
struct Observed {
    AnyTable X;
    RowValues given;
    Errors errors;
    Gaussians p;

    template <class T>
    Observed(const In<T, 2>& X_, const std::optional<Given<1>>& weights, const std::optional<Factors>& noise,
             const std::optional<Given<3>>& projections, const std::optional<Allowed>& allowed,
             const std::optional<Given<1>>& background, const Given<1>& log_weights, const Given<2>& means, const Factors& covariances)
        : X(table<T>(X_)), given(row_values(weights, background)),
          p{int(means.shape(0)), int(means.shape(1)), covariances.ndim() == 3, log_weights.data(), means.data(),
            covariances.data()} {
        if (allowed) given.allowed = allowed->data();
        if (noise) errors = {noise->data(), noise->ndim() == 3};
        if (projections) errors.projections = projections->data();
    }
};

// Moments about a reference of the true values behind the rows, as em_pass writes them.
template <class T>
void em_pass_rows(In<T, 2> X, std::optional<Given<1>> weights, std::optional<Factors> noise,
                  std::optional<Allowed> allowed, std::optional<Given<1>> background, Given<1> log_weights,
                  Given<2> means, Factors covariances, Given<2> reference, bool full, Out<double> out,
                  std::optional<Given<3>> projections) {
    const Observed o(X, weights, noise, projections, allowed, background, log_weights, means, covariances);
    Sums sums = sums_in(out.data(), reference.data(), o.p.K, o.p.D);
    double* rest = out.data() + out.size() - 2;
    nb::gil_scoped_release unlocked;
    chosen.em_pass_rows(o.X, o.given, o.errors, o.p, full, sums);
    rest[0] = sums.log_likelihood;
    rest[1] = sums.hard;
}

template <class T>
void rows_joint(In<T, 2> X, std::optional<Factors> noise, std::optional<Allowed> allowed, Given<1> log_weights,
                Given<2> means, Factors covariances, Out<double> out, std::optional<Given<3>> projections) {
    const Observed o(X, std::nullopt, noise, projections, allowed, std::nullopt, log_weights, means, covariances);
    nb::gil_scoped_release unlocked;
    chosen.rows_joint(o.X, o.given, o.errors, o.p, out.data());
}

template <class T>
void rows_expected(In<T, 2> X, std::optional<Factors> noise, std::optional<Allowed> allowed, Given<1> log_weights,
                   Given<2> means, Factors covariances, Out<double> expected, Out<double> spread,
                   std::optional<Given<3>> projections) {
    const Observed o(X, std::nullopt, noise, projections, allowed, std::nullopt, log_weights, means, covariances);
    nb::gil_scoped_release unlocked;
    chosen.rows_expected(o.X, o.given, o.errors, o.p, expected.data(), spread.data());
}

// The arrays of a mixture, which a step replaces.
struct Mixture {
    Out<double> weights, means, covariances, factors, offsets;

    int K() const { return int(means.shape(0)); }
    int D() const { return int(means.shape(1)); }
    bool full() const { return factors.ndim() == 3; }
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

// The M-step's rule.
struct Rule {
    Constraint constraint;
    Pooling pooling;
    double mass;
    Decomposition parts;

    // The M-step from an old mixture; false where something rare is to be done.
    bool step(const Sums& sums, const MixtureArrays& old, int K, int D, bool full, const MixtureArrays& next) {
        if (parts.none()) return m_step(sums, old.means, K, D, full, pooling, constraint, mass, next);
        return m_step_decomposed(sums, old, K, D, full, parts, constraint, mass, next);
    }
};

// Replaces a mixture by that of the moments about its means; false, and no change, where something rare is to be done.
bool replace(const MixtureArrays& mixture, const Sums& sums, int K, int D, bool full, Rule& rule,
             const MixtureArrays& next) {
    if (!rule.step(sums, mixture, K, D, full, next)) return false;
    const std::size_t KD = std::size_t(K) * D, size = full ? KD * D : KD;
    std::copy_n(next.weights, K, mixture.weights);
    std::copy_n(next.means, KD, mixture.means);
    std::copy_n(next.covariances, size, mixture.covariances);
    std::copy_n(next.factors, size, mixture.factors);
    std::copy_n(next.offsets, K, mixture.offsets);
    return true;
}

Rule rule_of(const std::optional<Given<1>>& added, const std::optional<Factors>& least, double mass, bool pool_components,
             bool pool_columns, const std::string& decomposition) {
    const Constraint constraint{added ? added->data() : nullptr, least ? least->data() : nullptr, true};
    return {constraint, {pool_components, pool_columns}, mass, Decomposition(decomposition)};
}

// E-steps and M-steps: each new mixture is written over the old one's arrays. Returns how many were done before something
// rare was met, and what the last E-step of a mixture that was replaced found.
std::tuple<int, double, double> em_steps(In<double, 2> X, std::optional<Given<1>> weights,
                                         std::optional<Given<1>> background, Out<double> shares, Out<double> means,
                                         Out<double> covariances, Out<double> factors, Out<double> offsets,
                                         std::optional<Given<1>> added, std::optional<Factors> least, double mass,
                                         int iterations, bool pool_components, bool pool_columns,
                                         const std::string& decomposition) {
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, background);
    const Mixture mixture{shares, means, covariances, factors, offsets};
    const MixtureArrays now = mixture.arrays();
    const int K = mixture.K(), D = mixture.D();
    const Parameters p{K, D, mixture.full(), now.means, now.factors, now.offsets};
    Rule rule = rule_of(added, least, mass, pool_components, pool_columns, decomposition);
    const std::size_t n_sums = K + means.size() + factors.size();
    nb::gil_scoped_release unlocked;
    std::vector<double> work(n_sums + mixture.size());
    const MixtureArrays next = mixture.beside(work.data() + n_sums);
    double log_likelihood = 0.0, hard = 0.0;
    for (int i = 0; i < iterations; ++i) {
        std::fill_n(work.begin(), n_sums, 0.0);
        Sums sums = sums_in(work.data(), now.means, K, D);
        chosen.twice.em_pass(rows, given, p, sums);
        if (!replace(now, sums, K, D, p.full, rule, next)) return {i, log_likelihood, hard};
        log_likelihood = sums.log_likelihood;
        hard = sums.hard;
    }
    return {iterations, log_likelihood, hard};
}

// E-steps and M-steps of which every mixture is kept: the arrays' first axis counts iterations, and the first mixture
// along it is where they begin. Returns how many were done before something rare was met; log_likelihood (m,) is what the
// E-step of each iteration found.
int em_path(In<double, 2> X, std::optional<Given<1>> weights, Out<double> shares, Out<double> means,
            Out<double> covariances, Out<double> factors, Out<double> offsets, Out<double> log_likelihood,
            std::optional<Given<1>> added, std::optional<Factors> least, bool pool_components, bool pool_columns,
            const std::string& decomposition) {
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, std::nullopt);
    const int K = int(means.shape(1)), D = int(means.shape(2)), iterations = int(log_likelihood.size());
    const bool full = factors.ndim() == 4;
    const std::ptrdiff_t KD = std::ptrdiff_t(K) * D, size = full ? KD * D : KD;
    Rule rule = rule_of(added, least, 1.0, pool_components, pool_columns, decomposition);
    nb::gil_scoped_release unlocked;
    MixtureArrays now{shares.data(), means.data(), covariances.data(), factors.data(), offsets.data()};
    std::vector<double> work(K + KD + size);
    for (int i = 0; i < iterations; ++i) {
        std::fill(work.begin(), work.end(), 0.0);
        Sums sums = sums_in(work.data(), now.means, K, D);
        chosen.twice.em_pass(rows, given, {K, D, full, now.means, now.factors, now.offsets}, sums);
        const MixtureArrays next{now.weights + K, now.means + KD, now.covariances + size, now.factors + size,
                                 now.offsets + K};
        if (!rule.step(sums, now, K, D, full, next)) return i;
        log_likelihood.data()[i] = sums.log_likelihood;
        now = next;
    }
    return iterations;
}

// The best way to split a component; its objective, −∞ where there is none.
double try_splits(Given<2> X, Given<2> Y, Given<2> Z, Given<1> v, Given<1> weights, Given<1> background,
                  Given<1> centre, Given<1> uniform, std::optional<Given<1>> added, std::optional<Factors> least,
                  double mass, double least_weight, bool pool_columns, std::array<int, 7> effort, Out<double> shares, Out<double> means,
                  Out<double> covariances) {
    const int m = int(X.shape(0)), D = int(X.shape(1));
    const bool full = covariances.ndim() == 3;
    const SplitScene scene{m, D, full, X.data(), Y.data(), Z.data(), v.data(),
                           RowValues{weights.data(), background.data()}, centre.data(), mass, double(D + 1),
                           Constraint{added ? added->data() : nullptr, least ? least->data() : nullptr}, pool_columns};
    const SplitEffort work{effort[0], effort[1], effort[2], effort[3], effort[4], effort[5], effort[6]};
    nb::gil_scoped_release unlocked;
    SplitPair best = chosen.best_split(scene, work, uniform.data(), least_weight);
    const MixtureArrays a = best.arrays();
    std::copy_n(a.weights, 2, shares.data());
    std::copy_n(a.means, 2 * D, means.data());
    std::copy_n(a.covariances, 2 * best.size, covariances.data());
    return best.objective;
}

// The M-step alone, for moments about the means as em_pass writes them.
bool m_step_of(Given<1> moments, Out<double> shares, Out<double> means, Out<double> covariances, Out<double> factors,
               Out<double> offsets, std::optional<Given<1>> added, std::optional<Factors> least, double mass,
               bool pool_components, bool pool_columns, const std::string& decomposition) {
    const Mixture mixture{shares, means, covariances, factors, offsets};
    const MixtureArrays now = mixture.arrays();
    const Sums sums = sums_in(const_cast<double*>(moments.data()), now.means, mixture.K(), mixture.D());
    Rule rule = rule_of(added, least, mass, pool_components, pool_columns, decomposition);
    nb::gil_scoped_release unlocked;
    std::vector<double> work(mixture.size());
    return replace(now, sums, mixture.K(), mixture.D(), mixture.full(), rule, mixture.beside(work.data()));
}

// An E-step, and what the M-step of every family begins with: counts, weights that sum to `mass`, means, and the scatter
// about these. Returns whether no component is empty and no digits were lost, and what the E-step found.
std::tuple<bool, double, double> em_scatter(In<double, 2> X, std::optional<Given<1>> weights,
                                            std::optional<Given<1>> background, Given<2> means, Factors factors,
                                            Given<1> offsets, double mass, Out<double> counts, Out<double> next_weights,
                                            Out<double> next_means, Out<double> scatter) {
    const Table<double> rows = table<double>(X);
    const RowValues given = row_values(weights, background);
    const Parameters p = parameters(means, factors, offsets);
    const MixtureArrays next{next_weights.data(), next_means.data(), scatter.data(), nullptr, nullptr};
    nb::gil_scoped_release unlocked;
    std::vector<double> work(p.K + means.size() + factors.size());
    Sums sums = sums_in(work.data(), p.means, p.K, p.D);
    chosen.twice.em_pass(rows, given, p, sums);
    const bool located = step::locate(sums, p.means, p.K, p.D, p.full, false, mass, next);
    std::copy_n(sums.counts, p.K, counts.data());
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
    const int K = int(covariances.shape(0)), D = int(covariances.shape(1));
    const bool full = covariances.ndim() == 3;
    nb::gil_scoped_release unlocked;
    return whiten_all(weights.data(), covariances.data(), least ? least->data() : nullptr, K, D, full, factors.data(),
                      offsets.data());
}

// The covariances of a model that shares some of volume, shape and orientation, in the place of scatters (K, D, D) or
// (K, D); false where there are none.
bool decomposed(Out<double> scatter, Given<1> counts, const std::string& model, std::optional<Factors> factors) {
    const int K = int(scatter.shape(0)), D = int(scatter.shape(1));
    nb::gil_scoped_release unlocked;
    return Decomposition(model).estimate(scatter.data(), counts.data(), factors ? factors->data() : nullptr, K, D);
}

// EM iterations of S mixtures, each with its own background and mass: what em_steps does, for many starts in one call.
// `done` (S,) says how many iterations each made before something rare was met; objectives are those of em_steps.
void em_runs(In<double, 2> X, std::optional<Given<1>> weights, std::optional<Given<2>> background, Out<double> shares,
             Out<double> means, Out<double> covariances, Out<double> factors, Out<double> offsets,
             std::optional<Given<1>> added, std::optional<Factors> least, Given<1> mass, int iterations,
             bool pool_components, bool pool_columns, Out<double> objectives, Out<std::ptrdiff_t> done,
             const std::string& decomposition) {
    const Table<double> rows = table<double>(X);
    const std::ptrdiff_t S = means.shape(0);
    const int K = int(means.shape(1)), D = int(means.shape(2));
    const bool full = factors.ndim() == 4;
    const std::ptrdiff_t KD = std::ptrdiff_t(K) * D, size = full ? KD * D : KD;
    nb::gil_scoped_release unlocked;
    std::vector<double> work(2 * (K + KD + size) + size + K);
    double* at = work.data() + K + KD + size;
    const MixtureArrays next{at, at + K, at + K + KD, at + K + KD + size, at + K + KD + 2 * size};
    for (std::ptrdiff_t s = 0; s < S; ++s) {
        const MixtureArrays now{shares.data() + s * K, means.data() + s * KD, covariances.data() + s * size,
                                factors.data() + s * size, offsets.data() + s * K};
        const Parameters p{K, D, full, now.means, now.factors, now.offsets};
        const RowValues given{weights ? weights->data() : nullptr, background ? background->data() + s * rows.n : nullptr};
        Rule rule = rule_of(added, least, mass.data()[s], pool_components, pool_columns, decomposition);
        rule.parts.rotate_less();
        rule.constraint.clips = false;  // a run that the bound has to hold is one of those that fail
        std::ptrdiff_t i = 0;
        for (; i < iterations; ++i) {
            std::fill_n(work.begin(), K + KD + size, 0.0);
            Sums sums = sums_in(work.data(), now.means, K, D);
            sums.with_likelihood = i + 1 == iterations;
            chosen.twice.em_pass(rows, given, p, sums);
            if (!replace(now, sums, K, D, full, rule, next)) break;
            objectives.data()[s] = sums.log_likelihood;
        }
        done.data()[s] = i;
    }
}

template <class T>
void define(nb::module_& m) {
    const auto X = nb::arg("X").noconvert();
    m.def("em_pass", &em_pass<T>, X, nb::arg("weights").none(), nb::arg("background").none(), nb::arg("means"),
          nb::arg("factors"), nb::arg("offsets"), nb::arg("reference"), nb::arg("out").noconvert());
    define_rows<T, double, &Outputs::log_joint>(m, "log_joint");
    define_rows<T, double, &Outputs::responsibilities>(m, "responsibilities");
    define_rows<T, double, &Outputs::log_prob>(m, "log_prob");
    define_rows<T, std::ptrdiff_t, &Outputs::labels>(m, "labels");
    const auto noise = nb::arg("noise").none(), allowed = nb::arg("allowed").none();
    const auto projections = nb::arg("projections").none() = nb::none();
    m.def("em_pass_rows", &em_pass_rows<T>, X, nb::arg("weights").none(), noise, allowed,
          nb::arg("background").none(), nb::arg("log_weights"), nb::arg("means"), nb::arg("covariances"), nb::arg("reference"), nb::arg("full"),
          nb::arg("out").noconvert(), projections);
    m.def("rows_joint", &rows_joint<T>, X, noise, allowed, nb::arg("log_weights"), nb::arg("means"),
          nb::arg("covariances"), nb::arg("out").noconvert(), projections);
    m.def("rows_expected", &rows_expected<T>, X, noise, allowed, nb::arg("log_weights"), nb::arg("means"),
          nb::arg("covariances"), nb::arg("expected").noconvert(), nb::arg("spread").noconvert(),
          projections);
}

}  // namespace

NB_MODULE(_native, m) {
    define<double>(m);
    define<float>(m);
    m.def("em_steps", &em_steps, nb::arg("X").noconvert(), nb::arg("weights").none(), nb::arg("background").none(),
          nb::arg("shares").noconvert(), nb::arg("means").noconvert(), nb::arg("covariances").noconvert(),
          nb::arg("factors").noconvert(), nb::arg("offsets").noconvert(), nb::arg("added").none(),
          nb::arg("least").none(), nb::arg("mass"), nb::arg("iterations"), nb::arg("pool_components") = false,
          nb::arg("pool_columns") = false, nb::arg("decomposition") = "");
    m.def("em_path", &em_path, nb::arg("X").noconvert(), nb::arg("weights").none(), nb::arg("shares").noconvert(),
          nb::arg("means").noconvert(), nb::arg("covariances").noconvert(), nb::arg("factors").noconvert(),
          nb::arg("offsets").noconvert(), nb::arg("log_likelihood").noconvert(), nb::arg("added").none(),
          nb::arg("least").none(), nb::arg("pool_components") = false, nb::arg("pool_columns") = false,
          nb::arg("decomposition") = "");
    m.def("em_runs", &em_runs, nb::arg("X").noconvert(), nb::arg("weights").none(), nb::arg("background").none(),
          nb::arg("shares").noconvert(), nb::arg("means").noconvert(), nb::arg("covariances").noconvert(),
          nb::arg("factors").noconvert(), nb::arg("offsets").noconvert(), nb::arg("added").none(),
          nb::arg("least").none(), nb::arg("mass"), nb::arg("iterations"), nb::arg("pool_components"),
          nb::arg("pool_columns"), nb::arg("objectives").noconvert(), nb::arg("done").noconvert(),
          nb::arg("decomposition") = "");
    m.def("m_step", &m_step_of, nb::arg("moments"), nb::arg("shares").noconvert(), nb::arg("means").noconvert(),
          nb::arg("covariances").noconvert(), nb::arg("factors").noconvert(), nb::arg("offsets").noconvert(),
          nb::arg("added").none(), nb::arg("least").none(), nb::arg("mass") = 1.0, nb::arg("pool_components") = false,
          nb::arg("pool_columns") = false, nb::arg("decomposition") = "");
    m.def("best_split", &try_splits, nb::arg("X"), nb::arg("Y"), nb::arg("Z"), nb::arg("v"), nb::arg("weights"),
          nb::arg("background"), nb::arg("centre"), nb::arg("uniform"), nb::arg("added").none(),
          nb::arg("least").none(), nb::arg("mass"), nb::arg("least_weight"), nb::arg("pool_columns"), nb::arg("effort"),
          nb::arg("shares").noconvert(), nb::arg("means").noconvert(), nb::arg("covariances").noconvert());
    m.def("em_scatter", &em_scatter, nb::arg("X").noconvert(), nb::arg("weights").none(), nb::arg("background").none(),
          nb::arg("means"), nb::arg("factors"), nb::arg("offsets"), nb::arg("mass"), nb::arg("counts").noconvert(),
          nb::arg("next_weights").noconvert(), nb::arg("next_means").noconvert(), nb::arg("scatter").noconvert());
    m.def("whiten", &whiten, nb::arg("weights"), nb::arg("covariances"), nb::arg("least").none(),
          nb::arg("factors").noconvert(), nb::arg("offsets").noconvert());
    m.def("decomposed", &decomposed, nb::arg("scatter").noconvert(), nb::arg("counts"), nb::arg("model"),
          nb::arg("factors").none());
    define_variational(m);
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
