"""Optional functions of a kernel, the M-step, whole iterations and splits, with their arguments."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from .._types import Floats, Ints, Rows

__all__ = [
    "BestRuns",
    "BestSplit",
    "CentredRows",
    "Crossed",
    "CrossoverDraws",
    "CrossoverRows",
    "Decomposed",
    "Distinct",
    "EMPath",
    "EMRace",
    "EMRuns",
    "EMScatter",
    "EMSteps",
    "EMSums",
    "MStep",
    "Matched",
    "MixtureArrays",
    "PartitionKernel",
    "PlainRows",
    "Rule",
    "RunEffort",
    "RunTable",
    "Scatter",
    "SplitEffort",
    "SplitRows",
    "VariationalPath",
    "VariationalRule",
    "VariationalSteps",
    "VariationalUpdate",
    "Whiten",
]


class PlainRows(NamedTuple):
    """Complete rows of one block: X (n, D) in float64, weights (n,), background log-density (n,), or None."""

    X: Floats
    weights: Floats | None
    background: Floats | None


class MixtureArrays(NamedTuple):
    """The arrays of a mixture, overwritten by compiled steps; of several mixtures along a first axis.

    Weights (K,), means (K, D), covariances and whitening factors (K, D, D) or (K, D), offsets (K,).
    """

    weights: Floats
    means: Floats
    covariances: Floats
    factors: Floats
    offsets: Floats


class Rule(NamedTuple):
    """The M-step as an argument of the compiled kernels.

    Parameters
    ----------
    added : (D,) array or None
        Variances added to the diagonal.
    least : (D, D) or (D,) array or None
        The matrix below which no covariance may fall.
    mass : float
        The sum of the weights: less than one where other components are fixed in the background.
    components, columns : bool
        Whether the scatter is pooled over the components, and over the columns.
    decomposition : str
        The model of :func:`gaussmix.kernels.decomposition.decomposed`, or nothing.
    """

    added: Floats | None
    least: Floats | None
    mass: float
    components: bool
    columns: bool
    decomposition: str = ""


class VariationalRule(NamedTuple):
    """Conjugate prior, as an argument of the compiled kernels.

    Parameters
    ----------
    numbers : tuple of four floats
        Concentration of the weights, precision of the means, degrees of freedom, and the log-determinant of the scale
        over these.
    mean : (D,) array
    scatter : (D, D) or (D,) array
        The scale.
    added : (D,) array or None
        Variances added to those of the rows of each component.
    sticks : bool
        Whether the weights are those of a Dirichlet process.
    components, columns : bool
        Whether the scatter is pooled over the components, and over the columns.
    """

    numbers: tuple[float, float, float, float]
    mean: Floats
    scatter: Floats
    added: Floats | None
    sticks: bool
    components: bool
    columns: bool


class VariationalPath(NamedTuple):
    """The posteriors of several iterations of variational Bayes along a first axis, and the moments between them.

    Means (m + 1, K, D), factors (m + 1, K, D, D) or (m + 1, K, D) and offsets (m + 1, K) of the densities of the
    E-step; divergences of the prior from the posteriors (m + 1,); moments of the E-steps (m, K + K D + ... + 2), in the
    order of :class:`EMSums`.
    """

    means: Floats
    factors: Floats
    offsets: Floats
    divergences: Floats
    moments: Floats


class SplitRows(NamedTuple):
    """The m rows of a component to be split.

    Parameters
    ----------
    X, whitened, standardised : (m, D) arrays
        The rows in the data's units, whitened by the component, and standardised.
    assigned : (m,) array
        Their weight times responsibility.
    weights, background : (m,) arrays
    centre : (D,) array
        The component's mean.
    """

    X: Floats
    whitened: Floats
    standardised: Floats
    assigned: Floats
    weights: Floats
    background: Floats
    centre: Floats


class SplitEffort(NamedTuple):
    """The effort of a split: numbers of initial partitions, and of iterations for each and for the better ones."""

    balls: int
    planes: int
    first: int
    better: int
    then: int
    finalists: int
    more: int


class Scatter(NamedTuple):
    """Counts, means and scatter matrices, from which every family computes its M-step.

    Counts (K,), weights (K,), means (K, D), and the scatter about these, (K, D, D) or (K, D); Σ w log p(x).
    """

    counts: Floats
    weights: Floats
    means: Floats
    scatter: Floats
    log_likelihood: float


class EMScatter(Protocol):
    """An E-step over one block, with counts, means and scatter of its moments."""

    def __call__(
        self, rows: PlainRows, arrays: tuple[Floats, Floats, Floats], mass: float, /
    ) -> Scatter | None:
        """Return them under densities of means, factors and offsets; the weights sum to ``mass``.

        None where a component is empty, or a mean jumped so far that digits were lost.
        """
        ...


class Whiten(Protocol):
    """Whitening factors of covariances."""

    def __call__(
        self, weights: Floats, covariances: Floats, least: Floats | None, /
    ) -> tuple[Floats, Floats] | None:
        """Return factors and offsets; None where a covariance is not positive definite or falls below the least."""
        ...


class EMSums(Protocol):
    """An E-step over one block, with its moments in one array."""

    def __call__(
        self, X: Rows, weights: Floats | None, means: Floats, factors: Floats, offsets: Floats, /
    ) -> Floats:
        """Return counts (K,), first and second moments about the means, Σ w log p(x) and Σ w log max_k r_k, flat."""
        ...


class MStep(Protocol):
    """An M-step from moments about the means, as :class:`EMSums` returns them."""

    def __call__(self, moments: Floats, mixture: MixtureArrays, rule: Rule, /) -> bool:
        """Replace the arrays and return True.

        False, and arrays as they were, where a component is empty, a mean moved too far, or the bound is active in many
        columns.
        """
        ...


class EMSteps(Protocol):
    """Whole EM iterations over one block."""

    def __call__(
        self, rows: PlainRows, mixture: MixtureArrays, rule: Rule, iterations: int, /
    ) -> tuple[int, float, float]:
        """Replace the arrays by those after the last iteration.

        Returns how many iterations were done, and Σ w log p(x) and Σ w log max_k r_k before the last of them. They end
        early where :class:`MStep` returns False.
        """
        ...


class EMPath(Protocol):
    """EM iterations over one block, with the mixture after each."""

    def __call__(self, rows: PlainRows, path: MixtureArrays, rule: Rule, log_likelihood: Floats, /) -> int:
        """Write the mixture after each iteration behind the first, along an axis of m + 1.

        ``log_likelihood`` (m,) is Σ w log p(x) before each iteration. Returns how many iterations were done; they end
        early where :class:`MStep` returns False.
        """
        ...


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
    """S EM runs as rows of one table, with the layout of a row.

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
        A run ends if ``step`` iterations gain less, nats.
    exact : bool, default=False
        Whether covariances at their bound are projected on it, rather than fail, and common axes are the best ones.
    """

    iterations: int
    step: int = 1
    least_gain: float = -np.inf
    exact: bool = False


class EMRuns(Protocol):
    """Whole EM iterations over one block for many mixtures; over centred rows, of those with one covariance."""

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
    pooled : (D, D) or (D,) array or None
        The covariance of all rows: runs with a component that is narrow against it come last.
    alike : float
        Nats within which two runs are taken for one.
    """

    least_weight: float
    pooled: Floats | None
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


class VariationalUpdate(Protocol):
    """The update of variational Bayes from the moments of an E-step."""

    def __call__(self, path: VariationalPath, rule: VariationalRule, /) -> bool:
        """Write the posterior for the moments of a path of one iteration, and return True.

        False where moments are not finite, a mean moved too far, or a factor cannot be computed.
        """
        ...


class VariationalSteps(Protocol):
    """Iterations of variational Bayes over one block, with the posterior after each."""

    def __call__(self, rows: PlainRows, path: VariationalPath, rule: VariationalRule, /) -> int:
        """Write the posterior after each iteration behind the first, and the moments.

        Returns how many iterations were done; they end early where :class:`VariationalUpdate` returns False.
        """
        ...


class Decomposed(Protocol):
    """The estimate of covariances with a common volume, shape or orientation."""

    def __call__(
        self, scatter: Floats, counts: Floats, model: str, factors: Floats | None = None, /
    ) -> Floats:
        """Return the result of :func:`gaussmix.kernels.decomposition.decomposed`."""
        ...


class BestSplit(Protocol):
    """The best split of a component in two, with the others fixed; see :mod:`gaussmix.search`."""

    def __call__(
        self,
        rows: SplitRows,
        rule: Rule,
        effort: SplitEffort,
        uniform: Floats,
        least_weight: float,
        full: bool,
        /,
    ) -> tuple[float, Floats, Floats, Floats]:
        """Return Σ w log p(x) before the last M-step, and the weights, means and covariances of the pair.

        ``uniform`` holds random numbers: six, two for each ball and D for each plane. Both components have at least
        ``least_weight``; Σ w log p(x) is −∞ where there is no such pair.
        """
        ...


class PartitionKernel(Protocol):
    """Partitions of rows; :mod:`gaussmix.kernels.partitions` defines each function."""

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
