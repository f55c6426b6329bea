"""Kernels: functions of plain arrays that compute densities and sums.

A kernel is a module with the functions of :mod:`gaussmix.kernels.reference` and their signatures. ``active`` is the
one in use: the compiled one where it was built, else NumPy's. The environment variable ``GAUSSMIX_KERNEL`` names
another (``native``, ``blas`` or ``reference``); one that is not there is then an error.
"""

from __future__ import annotations

import importlib
import os
from typing import Protocol, cast

from .._types import Floats, Ints, Rows
from ..errors import InputError
from . import decomposition, hierarchical, low_rank, low_rank_incomplete_rows, partitions, reference
from .incomplete_rows import Gaussians, Observations, Sums
from .protocols import (
    BestSplit,
    Decomposed,
    EMPath,
    EMScatter,
    EMSteps,
    EMSums,
    Invert,
    MixtureArrays,
    MStep,
    Pause,
    PlainRows,
    Rule,
    Slowness,
    SplitEffort,
    SplitRows,
    VariationalPath,
    VariationalRule,
    VariationalSteps,
    VariationalUpdate,
    Whiten,
)
from .search_protocols import (
    BestRuns,
    CentredRows,
    Crossed,
    CrossoverDraws,
    CrossoverRows,
    Distinct,
    EMRace,
    EMRuns,
    Matched,
    Mergers,
    PartitionKernel,
    RunEffort,
    RunTable,
)

__all__ = [
    "BestRuns",
    "BestSplit",
    "CentredRows",
    "Crossed",
    "CrossoverDraws",
    "CrossoverRows",
    "DensityKernel",
    "Distinct",
    "EMPath",
    "EMSteps",
    "EMSums",
    "Gaussians",
    "Kernel",
    "MStep",
    "Matched",
    "Mergers",
    "MixtureArrays",
    "Observations",
    "PartitionKernel",
    "Pause",
    "PlainRows",
    "RowKernel",
    "Rule",
    "RunEffort",
    "RunTable",
    "Slowness",
    "SplitEffort",
    "SplitRows",
    "VariationalPath",
    "VariationalRule",
    "VariationalSteps",
    "VariationalUpdate",
    "absence",
    "active",
    "best_runs",
    "best_split",
    "coarse_sums",
    "crossed",
    "decomposed",
    "em_path",
    "em_race",
    "em_runs",
    "em_scatter",
    "em_steps",
    "em_sums",
    "low_rank",
    "low_rank_incomplete_rows",
    "m_step",
    "matched",
    "mergers",
    "name",
    "partitioning",
    "reference",
    "select",
    "variational_path",
    "variational_update",
    "whiten",
]


class RowKernel(Protocol):
    """Densities of complete rows, for factors of one form."""

    def log_joint(self, X: Rows, means: Floats, factors: Floats, offsets: Floats, /) -> Floats:
        """Return log-joint densities."""
        ...

    def log_prob(self, X: Rows, means: Floats, factors: Floats, offsets: Floats, /) -> Floats:
        """Return log-densities."""
        ...

    def responsibilities(self, X: Rows, means: Floats, factors: Floats, offsets: Floats, /) -> Floats:
        """Return responsibilities."""
        ...

    def predict(self, X: Rows, means: Floats, factors: Floats, offsets: Floats, /) -> Ints:
        """Return the most probable components."""
        ...


class DensityKernel(RowKernel, Protocol):
    """Densities and E-steps of complete rows under Gaussians, for factors of one form."""

    def em_pass(
        self,
        X: Rows,
        weights: Floats | None,
        means: Floats,
        factors: Floats,
        offsets: Floats,
        reference: Floats,
        background: Floats | None = None,
        /,
    ) -> Sums:
        """Return the moments of one E-step."""
        ...


class Kernel(DensityKernel, Protocol):
    """The functions of a kernel module; :mod:`gaussmix.kernels.reference` defines each."""

    def linear_pass(self, X: Rows, weights: Floats | None, slopes: Floats, intercepts: Floats, /) -> Floats:
        """Return the sums of one E-step with linear log-joint densities."""
        ...

    def em_pass_rows(
        self, rows: Observations, gaussians: Gaussians, reference: Floats, full: bool, /
    ) -> Sums:
        """Return the moments of one E-step over rows with measurement errors and missing values."""
        ...

    def rows_joint(self, rows: Observations, gaussians: Gaussians, /) -> Floats:
        """Return log-joint densities of rows with measurement errors and missing values."""
        ...

    def rows_expected(self, rows: Observations, gaussians: Gaussians, /) -> tuple[Floats, Floats]:
        """Return the mean and the covariance of the true values of each row."""
        ...

    def weighted_moments(
        self, X: Rows, responsibilities: Floats, reference: Floats, full: bool, /
    ) -> tuple[Floats, Floats, Floats]:
        """Return the moments under given responsibilities."""
        ...


_NAMES = ("native", "blas", "reference")


def select(wanted: str = "auto") -> tuple[str, Kernel]:
    """Return the name and the module of a kernel.

    Parameters
    ----------
    wanted : str
        "native", "blas" or "reference"; "auto" takes the first of them that is there.

    Raises
    ------
    InputError
        If the name is unknown, or the compiled kernel was not built.

    Examples
    --------
    >>> select("blas")[0]
    'blas'
    """
    if wanted not in ("auto", *_NAMES):
        raise InputError(f"GAUSSMIX_KERNEL is {wanted!r}: give 'auto', {', '.join(map(repr, _NAMES))}.")
    for candidate in _NAMES if wanted == "auto" else (wanted,):
        try:
            module: Kernel = importlib.import_module(f"{__name__}.{candidate}")
        except ImportError as error:
            reason = error
        else:
            return candidate, module
    raise InputError(
        f"GAUSSMIX_KERNEL is {wanted!r}, but {_absence(reason)}; or leave GAUSSMIX_KERNEL unset."
    )


def _absence(reason: ImportError) -> str:
    if isinstance(reason, ModuleNotFoundError):
        return (
            "the compiled kernel was not built: install a C++17 compiler and the headers of Python (on Debian: apt-get "
            "install g++ python3-dev), and then gaussmix again with pip install --force-reinstall --no-cache-dir"
        )
    return f"the compiled kernel cannot be loaded ({reason}): install gaussmix again"


def absence() -> str | None:
    """Return the reason why the compiled kernel is absent, and the remedy; None if it is present."""
    try:
        importlib.import_module(f"{__name__}.native")
    except ImportError as error:
        return _absence(error)
    return None


name, active = select(os.environ.get("GAUSSMIX_KERNEL", "auto") or "auto")

em_steps: EMSteps | None = getattr(active, "em_steps", None)
"""The whole iterations that the kernel in use offers, or None."""

em_path: EMPath | None = getattr(active, "em_path", None)
"""The iterations of the kernel in use that keep every mixture, or None."""

best_split: BestSplit | None = getattr(active, "best_split", None)
"""The trial of a split that the kernel in use offers, or None."""

em_sums: EMSums | None = getattr(active, "em_sums", None)
"""The E-step of the kernel in use whose moments are one array, or None."""

coarse_sums: EMSums | None = getattr(active, "coarse_sums", None)
"""The same in single precision, or None."""

em_runs: EMRuns | None = getattr(active, "em_runs", None)
"""Whole iterations of many mixtures that the kernel in use offers, or None."""

em_race: EMRace | None = getattr(active, "em_race", None)
"""The heats of many mixtures that the kernel in use offers, or None."""

best_runs: BestRuns | None = getattr(active, "best_runs", None)
"""The choice among EM runs that the kernel in use offers, or None."""

crossed: Crossed | None = getattr(active, "crossed", None)
"""The crossovers of mixtures that the kernel in use offers, or None."""

matched: Matched | None = getattr(active, "matched", None)
"""The matching of components that the kernel in use offers, or None."""

m_step: MStep | None = getattr(active, "m_step", None)
"""The M-step that the kernel in use offers, or None."""

em_scatter: EMScatter | None = getattr(active, "em_scatter", None)
"""The E-step with counts, means and scatter that the kernel in use offers, or None."""

decomposed: Decomposed = getattr(active, "decomposed", decomposition.decomposed)
"""The estimate of covariances that share some of volume, shape and orientation."""

invert: Invert | None = getattr(active, "invert", None)
"""The factors of inverse covariances of the kernel in use, or None."""

whiten: Whiten | None = getattr(active, "whiten", None)
"""The factors of covariances that the kernel in use offers, or None."""

variational_update: VariationalUpdate | None = getattr(active, "variational_update", None)
"""The update of variational Bayes that the kernel in use offers, or None."""

variational_path: VariationalSteps | None = getattr(active, "variational_path", None)
"""The iterations of variational Bayes of the kernel in use that keep every posterior, or None."""

mergers: Mergers = getattr(active, "mergers", hierarchical.mergers)
"""Agglomerative hierarchical clustering by the kernel in use, or in NumPy."""

partitioning = cast(PartitionKernel, active if hasattr(active, "lloyd") else partitions)
"""Partitions of rows, by the kernel in use or in NumPy."""
