"""What the measurements were made on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from gaussmix.engines import available_threads

from .session import total_memory

__all__ = ["describe_machine"]

WIDE = ("avx512f", "avx2", "asimd")


def from_cpuinfo(field: str) -> str:
    """Return the first value of a field of Linux's list of processors."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(field)), "")


def describe_machine() -> dict[str, object]:
    """Return facts about processor, memory and software; nothing that names a person, a host or a folder."""
    flags = (from_cpuinfo("flags") or from_cpuinfo("Features")).split()
    blas = next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), {})
    return {
        "processor": from_cpuinfo("model name") or platform.processor() or platform.machine(),
        "vector": next((flag for flag in WIDE if flag in flags), "unknown"),
        "threads": available_threads(),
        "memory_gib": round(total_memory() / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('internal_api', 'unknown')} {blas.get('version', '')} ({blas.get('architecture', '')})",
        "load": [round(x, 1) for x in os.getloadavg()],
    }
