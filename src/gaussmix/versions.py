"""What a fit runs on: versions, the kernel in use and threads, to read and to paste into a bug report."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

__all__ = ["BlasInfo", "SystemInfo", "show_versions", "system_info"]

_REQUIRED = ("numpy", "scipy", "scikit-learn", "threadpoolctl", "narwhals", "safetensors", "typer", "rich")
_OPTIONAL = ("matplotlib", "pillow", "pandas", "pyarrow", "python-calamine", "duckdb")


@dataclass(frozen=True)
class BlasInfo:
    """A loaded BLAS library.

    Parameters
    ----------
    name : str
        What it is: openblas, mkl, blis.
    threads : int
        Its default number of threads.
    architecture : str or None
        The processor that it was made for.
    """

    name: str
    version: str | None
    threads: int
    architecture: str | None = None


@dataclass(frozen=True)
class SystemInfo:
    """What a fit runs on.

    Parameters
    ----------
    gaussmix, python, platform : str
        Versions, and the operating system with its processor.
    packages : mapping from str to str or None
        Versions of the packages that gaussmix uses; None if one is not installed.
    kernel : str
        The name of the kernel in use: native (compiled), blas (NumPy) or reference.
    instruction_set : str or None
        Instruction set of the compiled kernel: avx512, avx2 or baseline; None if another kernel is in use.
    no_native : str or None
        The reason for a missing compiled kernel, and the remedy; None if there is one.
    threads : int
        Number of threads of a fit.
    blas : tuple of BlasInfo
        The loaded BLAS libraries; a fit restricts each to one thread in each of its own threads.
    """

    gaussmix: str
    python: str
    platform: str
    packages: Mapping[str, str | None]
    kernel: str
    instruction_set: str | None
    no_native: str | None
    threads: int
    blas: tuple[BlasInfo, ...]


def system_info() -> SystemInfo:
    """Return versions, the kernel in use and threads.

    Examples
    --------
    >>> info = system_info()
    >>> info.threads >= 1
    True
    >>> "numpy" in info.packages
    True
    """
    from gaussmix import __version__, kernels
    from gaussmix.engines import available_threads

    return SystemInfo(
        gaussmix=__version__,
        python=f"{platform.python_version()} ({sys.executable})",
        platform=f"{platform.system()} {platform.release()}, {platform.machine()}",
        packages={name: _version(name) for name in (*_REQUIRED, *_OPTIONAL)},
        kernel=kernels.name,
        instruction_set=getattr(kernels.active, "instruction_set", lambda: None)(),
        no_native=kernels.absence(),
        threads=available_threads(),
        blas=_blas(),
    )


def show_versions() -> None:
    """Print versions, the kernel in use and threads, a line for each.

    Examples
    --------
    >>> show_versions()
    gaussmix: ...
    python: ...
    """
    info = system_info()
    lines = {"gaussmix": info.gaussmix, "python": info.python, "platform": info.platform}
    detail = f" ({info.instruction_set})" if info.instruction_set else ""
    detail += f"; {info.no_native}" if info.no_native else ""
    lines |= {"kernel": info.kernel + detail, "threads": str(info.threads)}
    lines |= {
        "blas": "; ".join(f"{b.name} {b.version}, {b.threads} threads" for b in info.blas) or "none found"
    }
    lines |= {name: version or "not installed" for name, version in info.packages.items()}
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in lines.items()))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _blas() -> tuple[BlasInfo, ...]:
    from threadpoolctl import threadpool_info

    return tuple(
        BlasInfo(
            str(found.get("internal_api")),
            found.get("version"),
            int(found.get("num_threads", 1)),
            found.get("architecture"),
        )
        for found in threadpool_info()
        if found.get("user_api") == "blas"
    )
