"""Optional functions of a kernel for a search, EM runs, races, crossovers and partitions, with their arguments."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from .._types import Floats, Ints
from .protocols import PlainRows, Rule

__all__ = [
    "BestRuns",
    "CentredRows",
    "Crossed",
    "CrossoverDraws",
    "CrossoverRows",
    "Distinct",
    "EMRace",
    "EMRuns",
    "Matched",
    "Mergers",
    "PartitionKernel",
    "RunEffort",
    "RunTable",
]


class CentredRows(NamedTuple):
    """Rows about a centre, for mixtures with one covariance for all components.

    Parameters
    ----------
    Y : (n, D) array
        The rows less the centre, in float64.
    weights : (n,) array
    centre : (D,) array
    scatter : (D, D) or (D,) array
        Their second moments.
    """

    Y: Floats
    weights: Floats
    centre: Floats
    scatter: Floats


class RunTable(NamedTuple):
    """The table of S EM runs, a row for each.

    Parameters
    ----------
    numbers : (S, W) array
        Weights (K,), means (K, D), covariances and factors (C, D, D) or (C, D), offsets (K,), the log-likelihood and
        the age of each run.
    n_components, n_features, n_covariances : int
        K, D and C, which is K, or 1 where all components have one covariance.
    full : bool
        Whether covariances are matrices.
    """

    numbers: Floats
    n_components: int
    n_features: int
    n_covariances: int
    full: bool


class RunEffort(NamedTuple):
    """The iterations of EM runs.

    Parameters
    ----------
    iterations : int
        The most of each run; with 0, the log-likelihoods are those of the mixtures.
    step : int, default=1
    least_gain : float, default=-inf
        A run ends if ``step`` iterations gain less on the log-likelihood that it has, nats.
    exact : bool, default=False
        Whether covariances at their bound are projected on it, rather than fail, and common axes are the best ones.
    coarse : bool, default=False
        Whether products and densities are single-precision numbers, with a relative error of about 1e-6.
    """

    iterations: int
    step: int = 1
    least_gain: float = -np.inf
    exact: bool = False
    coarse: bool = False


class EMRuns(Protocol):
    """EM iterations of many mixtures over one block; over centred rows, with one covariance for all components."""

    def __call__(
        self, rows: PlainRows | CentredRows, runs: RunTable, rule: Rule, effort: RunEffort, /
    ) -> Ints:
        """Replace the mixtures by those after the iterations.

        Returns the iterations made, (S,). The log-likelihood of each run is that before its last M-step, and −∞ where
        :class:`MStep` returned False.
        """
        ...


class Distinct(NamedTuple):
    """The choice among EM runs, as an argument of the compiled kernels.

    Parameters
    ----------
    least_weight : float
        Runs with a component of less weight come last.
    few_weight : float
        A component of less weight has few rows.
    bound : (D, D) or (D,) array or None
        The lower bound of covariances.
    least_clearance, least_clearance_of_few : float
        Runs come last if the ratio of a covariance to this bound is smaller in some direction; the second value is that
        of a component of few rows.
    alike : float
        Nats within which two runs are taken for one.
    """

    least_weight: float
    few_weight: float
    bound: Floats | None
    least_clearance: float
    least_clearance_of_few: float
    alike: float


class EMRace(Protocol):
    """Heats of EM iterations over one block for many mixtures, after each of which the best distinct ones go on."""

    def __call__(
        self,
        rows: PlainRows | CentredRows,
        runs: RunTable,
        rule: Rule,
        distinct: Distinct,
        heats: Floats,
        /,
    ) -> list[int]:
        """Replace the mixtures by those after their heats, and return the numbers of the last ones, the best first.

        Heats (H, 3) are iterations, the most runs that go on, and the log-likelihood that these exceed.
        """
        ...


class BestRuns(Protocol):
    """The best distinct ones of EM runs."""

    def __call__(self, runs: RunTable, distinct: Distinct, most: int, least: float, /) -> list[int]:
        """Return the numbers of at most some runs above a log-likelihood, the best first."""
        ...


class CrossoverRows(NamedTuple):
    """Rows X (n, D), the same standardised, and their running total of weights (n,)."""

    X: Floats
    Z: Floats
    reached: Floats


class CrossoverDraws(NamedTuple):
    """The random numbers of B children of mixtures of K components.

    Parameters
    ----------
    first, second : (B,) arrays
        The parents.
    uniform : (B, K) array
        Below ½ where a component is that of the first parent.
    moved : (B,) array
        The components that move to a row.
    share : (B,) array
        The share of the total weight at which that row is.
    """

    first: Ints
    second: Ints
    uniform: Floats
    moved: Ints
    share: Floats


class Crossed(Protocol):
    """Crossovers of mixtures; :mod:`gaussmix.search.population.crossover` defines them."""

    def __call__(
        self,
        parents: RunTable,
        places: Floats,
        rows: CrossoverRows,
        draws: CrossoverDraws,
        least_weight: float,
        pooled: bool,
        /,
    ) -> Floats:
        """Return a table of children of parents with standardised means ``places`` (S, K, D)."""
        ...


class Matched(Protocol):
    """The matching of the components of pairs of mixtures."""

    def __call__(self, one: Floats, other: Floats, /) -> Ints:
        """Return the result of :func:`gaussmix.search.population.crossover.matched`."""
        ...


class Mergers(Protocol):
    """Agglomerative hierarchical clustering; see :mod:`gaussmix.kernels.hierarchical`."""

    def __call__(self, Z: Floats, weights: Floats, /) -> Ints:
        """Return the merges of an agglomerative clustering, (m - 1, 2)."""
        ...


class PartitionKernel(Protocol):
    """Starting partitions of rows, as :mod:`gaussmix.kernels.partitions` defines them."""

    def seeds(self, Z: Floats, weights: Floats, uniform: Floats, n_parts: int, /) -> Ints:
        """Return rows drawn by k-means++."""
        ...

    def farthest(self, Z: Floats, first: Ints, n_parts: int, /) -> Ints:
        """Return the rows of farthest-first traversals."""
        ...

    def lloyd(self, Z: Floats, weights: Floats, centres: Floats, iterations: int, /) -> Ints:
        """Return the labels of k-means partitions."""
        ...

    def cuts(self, scores: Floats, weights: Floats, shares: Floats, /) -> Ints:
        """Return the labels of cuts at quantiles of scores."""
        ...

    def part_moments(
        self, X: Floats, weights: Floats, labels: Ints, n_parts: int, full: bool, /
    ) -> tuple[Floats, Floats, Floats]:
        """Return the counts, means and scatter of parts."""
        ...
