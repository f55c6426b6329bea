// The kernel compiled for avx512.
#define GM_ARCH avx512
#define GM_BYTES 64
#include "kernel.inc"
