// Vectors of numbers in one register, by the compiler's vector extensions.
//
// Each translation unit that includes this file is compiled for one instruction set and says with GM_BYTES how wide
// its registers are; everything lives in an inline namespace of that instruction set, so that the units never share
// a function.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#ifndef GM_BYTES
#define GM_BYTES 16
#endif
#ifndef GM_ARCH
#define GM_ARCH baseline
#endif

#define GM_INLINE inline __attribute__((always_inline))

// Loops of a few turns, known when compiled, whose values are to stay in registers.
#if defined(__clang__)
#define GM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define GM_UNROLL _Pragma("GCC unroll 16")
#endif

// The lanes of a vector of T in another order; GCC has Clang's name for it since version 12.
#if defined(__clang__) || __GNUC__ >= 12
#define GM_SHUFFLE(T, v, ...) __builtin_shufflevector(v, v, __VA_ARGS__)
#else
#define GM_SHUFFLE(T, v, ...) __builtin_shuffle(v, Vec<Index<T>>{__VA_ARGS__})
#endif

namespace gaussmix::GM_ARCH {

template <class T>
struct VectorOf {
    static constexpr int lanes = GM_BYTES / sizeof(T);
    typedef T type __attribute__((vector_size(GM_BYTES)));
    typedef T loose __attribute__((vector_size(GM_BYTES), aligned(sizeof(T)), may_alias));
};

template <class T>
using Vec = typename VectorOf<T>::type;

template <class T>
constexpr int lanes = VectorOf<T>::lanes;

// Whether there are 32 registers rather than 16.
constexpr bool many_registers = GM_BYTES == 64;

using Long = Vec<std::int64_t>;

template <class T>
using Index = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

template <class T>
GM_INLINE Vec<T> load(const T* p) {
    return *reinterpret_cast<const typename VectorOf<T>::loose*>(p);
}

template <class T>
GM_INLINE void store(T* p, Vec<T> v) {
    *reinterpret_cast<typename VectorOf<T>::loose*>(p) = v;
}

template <class T>
GM_INLINE Vec<T> splat(T x) {
    return x - Vec<T>{};
}

template <class To, class From>
GM_INLINE To bits(From v) {
    To r;
    static_assert(sizeof(To) == sizeof(From));
    std::memcpy(&r, &v, sizeof r);
    return r;
}

template <class V>
GM_INLINE V maximum(V a, V b) {
    return a > b ? a : b;
}

// The sum over lanes, by halves.
template <class T>
GM_INLINE T sum(Vec<T> v) {
    constexpr int W = lanes<T>;
    if constexpr (W == 16) {
        v += GM_SHUFFLE(T, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
        v += GM_SHUFFLE(T, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
        v += GM_SHUFFLE(T, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
    } else if constexpr (W == 8) {
        v += GM_SHUFFLE(T, v, 4, 5, 6, 7, 0, 1, 2, 3);
        v += GM_SHUFFLE(T, v, 2, 3, 0, 1, 6, 7, 4, 5);
    } else if constexpr (W == 4) {
        v += GM_SHUFFLE(T, v, 2, 3, 0, 1);
    }
    return v[0] + v[1];
}

}  // namespace gaussmix::GM_ARCH
