// The logarithm of the gamma function and its derivative, the digamma function, of positive numbers.
#pragma once

#include <cmath>

namespace gaussmix {

struct LogGamma {
    double value = 0.0, derivative = 0.0;

    LogGamma& operator+=(const LogGamma& other) {
        value += other.value;
        derivative += other.derivative;
        return *this;
    }
};

// Stirling's series (Abramowitz and Stegun, 6.1.41 and 6.3.18) from 10 on, where it is exact to rounding; below, the
// recurrence log G(x) = log G(x + 1) - log x, with the derivative of the product of the x as a fraction over it.
inline LogGamma log_gamma(double x) {
    constexpr double half_log_two_pi = 0.91893853320467274178;
    double product = 1.0, slope = 0.0;
    for (; x < 10.0; x += 1.0) {
        slope = slope * x + product;
        product *= x;
    }
    const double inverse = 1.0 / x, z = inverse * inverse, log = std::log(x);
    constexpr double terms[] = {1.0 / 156, -691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12};
    constexpr double slopes[] = {1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12};
    double series = 0.0, series_of_slopes = 0.0;
    for (int i = 0; i < 7; ++i) {
        series = series * z + terms[i];
        series_of_slopes = series_of_slopes * z + slopes[i];
    }
    LogGamma found{(x - 0.5) * log - x + half_log_two_pi + inverse * series, log - 0.5 * inverse - z * series_of_slopes};
    if (slope > 0.0) found += {-std::log(product), -slope / product};
    return found;
}

// Their sums over x, x - 1/2, ..., of `count` numbers: those of the multivariate gamma function. Two numbers are computed
// and the others follow by the recurrence.
inline LogGamma log_gamma_of_halves(double x, int count) {
    LogGamma total;
    for (int parity = 0; parity < 2 && parity < count; ++parity) {
        double y = x - 0.5 * parity;
        LogGamma one = log_gamma(y);
        total += one;
        for (int i = parity + 2; i < count; i += 2) {
            y -= 1.0;
            one += {-std::log(y), -1.0 / y};
            total += one;
        }
    }
    return total;
}

}  // namespace gaussmix
