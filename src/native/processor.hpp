// Which instruction sets this build has and this processor and system allow.
#pragma once

#include <string>

#if defined(GM_WITH_X86) && defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#endif

namespace gaussmix {

inline bool runs(const std::string& name) {
    if (name == "baseline") return true;
#if defined(GM_WITH_X86) && defined(_WIN32)
    // The compiler's own question needs a library that clang-cl does not link. These are the numbers of
    // PF_AVX2_INSTRUCTIONS_AVAILABLE and PF_AVX512F_INSTRUCTIONS_AVAILABLE, which older headers do not name; Windows runs
    // on no processor that has the one without FMA, or the other without DQ, VL and BW.
    if (name == "avx2") return IsProcessorFeaturePresent(40);
    if (name == "avx512") return IsProcessorFeaturePresent(41);
#elif defined(GM_WITH_X86)
    __builtin_cpu_init();
    const bool fma = __builtin_cpu_supports("fma");
    if (name == "avx2") return fma && __builtin_cpu_supports("avx2");
    if (name == "avx512")
        return fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#endif
    return false;
}

}  // namespace gaussmix
