// exp and log of a vector of doubles, within 2 ulp, and of floats.
#pragma once

#include "vector.hpp"

namespace gaussmix::GM_ARCH {

using Double = Vec<double>;

// exp(x) for x <= 0 (and up to 709). x = n log 2 + r, |r| <= log(2)/2; exp(r) = 1 + r + r^2 q(r), q of degree 9 through
// the values at the Chebyshev nodes, within 4e-17, in even and odd powers so that the chain of products is short. Below
// -708 the result is zero: processors are slow at subnormal numbers.
constexpr double least_exponent = -708.0;

GM_INLINE Double exp_vector(Double x) {
    const Double log2e = splat(1.4426950408889634), shift = splat(6755399441055744.0);
    const Double high = splat(6.93147180369123816490e-01), low = splat(1.90821492927058770002e-10);
    const Double kept = x > splat(least_exponent) ? x : splat(least_exponent);
    const Double rounded = kept * log2e + shift;  // the low bits of the sum are the integer n
    const Double n = rounded - shift;
    const Double r = (kept - n * high) - n * low;
    const Double square = r * r;
    Double even = splat(2.7620088445409746e-07), odd = splat(2.510038549551032e-08);
    constexpr double even_terms[] = {2.4801521295954376e-05, 0.0013888888917213717, 0.04166666666662413, 0.5};
    constexpr double odd_terms[] = {2.7557268459997064e-06, 0.00019841269863053618, 0.008333333333330062, 1.0 / 6.0};
    for (int i = 0; i < 4; ++i) {
        even = even * square + splat(even_terms[i]);
        odd = odd * square + splat(odd_terms[i]);
    }
    const Double p = (odd * r + even) * square + r;  // expm1(r)
    const Double result = p + splat(1.0);
    const Long power = bits<Long>(rounded) << 52;
    const Double scaled = bits<Double>(bits<Long>(result) + power);
    // Written so that NaN stays NaN.
    return x < splat(least_exponent) ? Double{} : (x == x ? scaled : x);
}

using Single = Vec<float>;

// The same in float, q of degree 5. Below -87 the result is zero. Coefficients: Moshier's Cephes, expf.c.
GM_INLINE Single exp_vector(Single x) {
    const Single least = splat(-87.0f), log2e = splat(1.44269504f), shift = splat(12582912.0f);
    const Single high = splat(0.693359375f), low = splat(-2.12194440e-4f);
    const Single kept = x > least ? x : least;
    const Single rounded = kept * log2e + shift;
    const Single n = rounded - shift;
    const Single r = (kept - n * high) - n * low;
    Single q = splat(1.9875691500e-4f);
    constexpr float terms[] = {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 0.5f};
    for (float term : terms) q = q * r + splat(term);
    const Single result = q * (r * r) + r + splat(1.0f);
    using Int = Vec<std::int32_t>;
    const Single scaled = bits<Single>(bits<Int>(result) + (bits<Int>(rounded) << 23));
    return x < least ? Single{} : (x == x ? scaled : x);
}

// log(x) for positive normal x. x = 2^n m with m in [sqrt(1/2), sqrt(2)); with s = (m - 1)/(m + 1),
// log m = 2 atanh(s) = 2 s + s^3 (2/3 + 2/5 s^2 + ...). Coefficients: Sun's fdlibm, e_log.c.
GM_INLINE Double log_vector(Double x) {
    const Long mantissa_bits = bits<Long>(x);
    const Long offset = (mantissa_bits - bits<Long>(splat(0.70710678118654752)));
    const Long n = offset >> 52;
    const Double m = bits<Double>(mantissa_bits - (n << 52));
    const Double k = bits<Double>(n + bits<Long>(splat(6755399441055744.0))) - splat(6755399441055744.0);
    const Double f = m - splat(1.0);
    const Double s = f / (splat(2.0) + f);
    const Double z = s * s;
    Double t = splat(1.479819860511658591e-01);
    constexpr double coefficients[] = {1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
                                       2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01};
    for (double c : coefficients) t = t * z + splat(c);
    t = t * z;
    const Double half = splat(0.5) * f * f;
    const Double high = splat(6.93147180369123816490e-01), low = splat(1.90821492927058770002e-10);
    const Double result = k * high - ((half - (s * (half + t) + k * low)) - f);
    return x == x ? result : x;  // NaN stays NaN
}

// The same of floats, in double.
GM_INLINE Single log_vector(Single x) {
    constexpr int W = lanes<double>;
    Single result;
    for (int half = 0; half < 2; ++half) {
        Double part;
        for (int l = 0; l < W; ++l) part[l] = x[half * W + l];
        part = log_vector(part);
        for (int l = 0; l < W; ++l) result[half * W + l] = float(part[l]);
    }
    return result;
}

}  // namespace gaussmix::GM_ARCH
