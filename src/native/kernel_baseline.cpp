// The kernel compiled for baseline.
#define GM_ARCH baseline
#define GM_BYTES 16
#include "kernel.inc"
