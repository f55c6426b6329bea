// Iterations after which a run of EM may end: where the objective fell, a stopping rule may hold, or acceleration may pay.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>

namespace gaussmix {

// The named tuples Pause and Slowness: what rules ask of the objectives. A threshold that is not a number asks nothing.
using SlownessTuple = std::tuple<int, int, double, double, double, double, double>;
using PauseTuple = std::tuple<double, double, double, double, std::optional<SlownessTuple>>;

// The estimated number of passes to the end of an accelerated run from the last four objectives, by Aitken's
// extrapolation; zero where plain EM is fast, not steady or within the tolerance.
inline double remaining_passes(const double* last, const SlownessTuple& of) {
    const auto& [steps, wait, tol, least, slow, very_slow, margin] = of;
    const double first = last[-2] - last[-3], second = last[-1] - last[-2], third = last[0] - last[-1];
    if (!(first > second && second > slow * first && second > third && third > slow * second)) return 0.0;
    const double ratio = third / second, left = third * ratio / (1.0 - ratio);
    if (left < (ratio > very_slow ? margin : 1.0) * tol) return 0.0;
    return std::log(left / (margin * tol)) / -std::log(ratio);
}

// Whether the remaining gain is small, by Aitken's extrapolation from the last three objectives.
inline bool nearly_converged(const double* last, double tol) {
    const double gain = last[0] - last[-1], before = last[-1] - last[-2];
    if (gain <= 4e-16 * std::abs(last[0])) return true;
    if (before <= 0.0 || gain >= before) return false;
    const double ratio = gain / before;
    return gain < tol && gain * ratio / (1.0 - ratio) < tol;
}

// Whether a run may end, or leave plain EM, after the last of `known` objectives, of which `own` are of this call.
inline bool pauses(const PauseTuple& pause, const double* last, std::ptrdiff_t known, std::ptrdiff_t own) {
    const auto& [allowed_fall, change, relative, remaining, slowness] = pause;
    if (std::isnan(last[0])) return true;
    if (known < 2) return false;
    const double gain = last[0] - last[-1];
    // Half of the fall that is allowed: the test for one rounds in another order.
    if (!(gain >= -0.5 * allowed_fall * std::max(1.0, std::abs(last[-1])))) return true;
    if (std::abs(gain) < change || std::abs(gain) < relative * (1.0 + std::abs(last[0]))) return true;
    double passes = 0.0;
    if (slowness) {
        const auto& [steps, wait, tol, least, slow, very_slow, margin] = *slowness;
        const std::ptrdiff_t taken = steps + own;
        if (taken > 4) passes = remaining_passes(last, *slowness);
        if (taken > 3 + wait && passes > least + wait) return true;
    }
    return !std::isnan(remaining) && known > 2 && !(passes > 0.0) && nearly_converged(last, remaining);
}

}  // namespace gaussmix
