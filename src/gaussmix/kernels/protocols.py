"""Optional functions of a kernel, the M-step, whole iterations and splits, with their arguments."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .._types import Floats, Rows

__all__ = [
    "BestSplit",
    "Decomposed",
    "EMPath",
    "EMScatter",
    "EMSteps",
    "EMSums",
    "MStep",
    "MixtureArrays",
    "PlainRows",
    "Rule",
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
    """Rows of one block: X (n, D) in float64, weights (n,) and background log-density (n,), or None.

    With ``holes`` X may have missing values, NaN; whole iterations of EM take such rows, and no other function does.
    """

    X: Floats
    weights: Floats | None
    background: Floats | None
    holes: bool = False


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
    uniform : bool
        Whether the background is the log-density of a uniform component, with weight one minus the sum of the others.
    """

    added: Floats | None
    least: Floats | None
    mass: float
    components: bool
    columns: bool
    decomposition: str = ""
    uniform: bool = False


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


class Invert(Protocol):
    """Whitening factors, variances and log-determinants from inverse covariances."""

    def __call__(self, inverses: Floats, /) -> tuple[Floats, Floats, Floats] | None:
        """Return whitening factors, variances and log-determinants from inverse covariances.

        They are (K, D, D), (K, D) and (K,) for inverses (K, D, D). None where a matrix is not positive definite, or not
        symmetric to six digits.
        """
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


class Slowness(NamedTuple):
    """Slow convergence of plain EM, the condition for acceleration.

    Parameters
    ----------
    steps : int
        Number of plain iterations so far.
    wait : int
        Number of plain iterations that acceleration waits for.
    tol : float
        Nats for each unit of weight.
    least_passes : float
        Number of passes that acceleration needs left for plain EM, besides the wait.
    slow, very_slow : float
        Ratios of successive gains.
    margin : float
        The fraction of the tolerance at which accelerated runs end.
    """

    steps: int
    wait: int
    tol: float
    least_passes: float
    slow: float
    very_slow: float
    margin: float


class Pause(NamedTuple):
    """Conditions for the end of a run of EM, by its objectives; a threshold of NaN is none.

    Parameters
    ----------
    allowed_fall : float
        Relative decrease of the objective.
    change, relative : float
        Absolute change of the objective, and the same relative to 1 + its size.
    remaining : float
        Remaining gain by Aitken's extrapolation.
    slowness : Slowness, optional
        The condition for acceleration.
    """

    allowed_fall: float
    change: float = float("nan")
    relative: float = float("nan")
    remaining: float = float("nan")
    slowness: Slowness | None = None


class EMPath(Protocol):
    """EM iterations over one block up to a possible end of the run."""

    def __call__(
        self,
        rows: PlainRows,
        mixtures: tuple[MixtureArrays, MixtureArrays],
        rule: Rule,
        pause: Pause | None,
        total_weight: float,
        objectives: Floats,
        iterations: int,
        /,
    ) -> int:
        """Write the last mixtures of EM iterations, and return the number of iterations.

        They begin at the first of two ``mixtures``. The arrays of the second have m places along their first axis:
        iteration i, counted from 0, is written to place i modulo m. The last of the ``objectives``, one for each
        iteration, are Σ w log p(x) before it, divided by the total weight; those before are of earlier iterations, for
        the pause. Iterations end early where :class:`MStep` returns False, which leaves one of the places unfinished,
        and after an iteration at which the pause says so.
        """
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
