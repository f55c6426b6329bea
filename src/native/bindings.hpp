// Arrays of Python as those of a pass: what the files of the module have in common.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>

#include "pass.hpp"

namespace nb = nanobind;

namespace gaussmix {

// The kernel of the instruction set in use.
extern Kernel chosen;

template <class T, int N>
using In = nb::ndarray<const T, nb::ndim<N>, nb::device::cpu>;
template <int N>
using Given = nb::ndarray<const double, nb::ndim<N>, nb::c_contig, nb::device::cpu>;
using Factors = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Allowed = nb::ndarray<const unsigned char, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <class T>
using Out = nb::ndarray<T, nb::c_contig, nb::device::cpu>;

// The named tuples of gaussmix/kernels/protocols.py: PlainRows and Rule.
using Plain = std::tuple<In<double, 2>, std::optional<Given<1>>, std::optional<Factors>, bool>;
using RuleTerms = std::tuple<std::optional<Given<1>>, std::optional<Factors>, double, bool, bool, std::string, bool>;
// Means, factors and offsets of an E-step; weights and background of its rows.
using Densities = std::tuple<Given<2>, Factors, Given<1>>;
using Values = std::tuple<std::optional<Given<1>>, std::optional<Given<1>>>;

template <class T>
Table<T> table(const In<T, 2>& X) {
    return {X.data(), std::ptrdiff_t(X.shape(0)), X.stride(0), X.stride(1), int(X.shape(1))};
}

inline Parameters parameters(const Densities& densities) {
    const auto& [means, factors, offsets] = densities;
    return {int(means.shape(0)), int(means.shape(1)), factors.ndim() == 3, means.data(), factors.data(), offsets.data()};
}

template <class Background>
RowValues row_values(const std::optional<Given<1>>& weights, const std::optional<Background>& background) {
    return {weights ? weights->data() : nullptr, background ? background->data() : nullptr};
}

// Moments as one array: counts (K,), first (K, D), second (K, D, D) or (K, D), and room for two values behind them.
inline Sums sums_in(double* at, const double* reference, int K, int D) {
    return {reference, at, at + K, at + K + std::ptrdiff_t(K) * D};
}

// The functions of runs.hpp, variational.hpp, and those of partitions.
void define_runs(nb::module_& m);
void define_variational(nb::module_& m);
void define_partitions(nb::module_& m);

}  // namespace gaussmix
