// The kernel compiled for avx2.
#define GM_ARCH avx2
#define GM_BYTES 32
#include "kernel.inc"
