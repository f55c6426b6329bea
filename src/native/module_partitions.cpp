// Partitions of rows as functions of the Python module.
#include "bindings.hpp"
#include "cuts.hpp"
#include "hierarchical.hpp"

using namespace gaussmix;

namespace {

using Labels = nb::ndarray<const std::ptrdiff_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
// Counts, means and scatter.
using MomentTuple = std::tuple<Out<double>, Out<double>, Out<double>>;

WeightedRows weighted(const Given<2>& rows, const Given<1>& weights) {
    return {rows.data(), weights.data(), int(rows.shape(0)), int(rows.shape(1))};
}

void seeds(Given<2> Z, Given<1> weights, Given<2> uniform, Out<std::ptrdiff_t> seeded) {
    const int S = int(seeded.shape(0)), K = int(seeded.shape(1)), later = int(uniform.shape(1)) - 1;
    nb::gil_scoped_release unlocked;
    chosen.parts.seeds(weighted(Z, weights), uniform.data(), S, K, K > 1 ? later / (K - 1) : 1, seeded.data());
}

void farthest(Given<2> Z, Out<std::ptrdiff_t> seeded) {
    const int S = int(seeded.shape(0)), K = int(seeded.shape(1));
    nb::gil_scoped_release unlocked;
    chosen.parts.farthest({Z.data(), nullptr, int(Z.shape(0)), int(Z.shape(1))}, S, K, seeded.data());
}

void lloyd(Given<2> Z, Given<1> weights, Given<3> centres, int iterations, Out<std::ptrdiff_t> labels) {
    const int S = int(centres.shape(0)), K = int(centres.shape(1));
    nb::gil_scoped_release unlocked;
    chosen.parts.lloyd(weighted(Z, weights), centres.data(), S, K, iterations, labels.data());
}

void cuts_of(Given<2> scores, Given<1> weights, Given<2> shares, double tie, Out<std::ptrdiff_t> labels) {
    const int S = int(scores.shape(0)), n = int(scores.shape(1)), K = int(shares.shape(1)) + 1;
    nb::gil_scoped_release unlocked;
    cuts(scores.data(), weights.data(), shares.data(), S, K, n, tie, labels.data());
}

void mergers_of(Given<2> Z, Given<1> weights, Out<std::ptrdiff_t> merged) {
    const int m = int(Z.shape(0)), D = int(Z.shape(1));
    nb::gil_scoped_release unlocked;
    mergers(Z.data(), weights.data(), m, D, merged.data());
}

void part_moments(Given<2> X, Given<1> weights, Labels labels, MomentTuple moments) {
    const auto& [counts, means, scatter] = moments;
    const int S = int(counts.shape(0)), K = int(counts.shape(1));
    const PartMoments to{counts.data(), means.data(), scatter.data()};
    const bool full = scatter.ndim() == 4;
    nb::gil_scoped_release unlocked;
    chosen.parts.moments(weighted(X, weights), labels.data(), S, K, full, to);
}

}  // namespace

void gaussmix::define_partitions(nb::module_& m) {
    const auto Z = nb::arg("Z"), weights = nb::arg("weights");
    const auto labels = nb::arg("labels").noconvert();
    m.def("seeds", &seeds, Z, weights, nb::arg("uniform"), nb::arg("chosen").noconvert());
    m.def("farthest", &farthest, Z, nb::arg("chosen").noconvert());
    m.def("lloyd", &lloyd, Z, weights, nb::arg("centres"), nb::arg("iterations"), labels);
    m.def("cuts", &cuts_of, nb::arg("scores"), weights, nb::arg("shares"), nb::arg("tie"), labels);
    m.def("mergers", &mergers_of, Z, weights, nb::arg("merged").noconvert());
    m.def("part_moments", &part_moments, nb::arg("X"), weights, nb::arg("labels"), nb::arg("moments").noconvert());
}
