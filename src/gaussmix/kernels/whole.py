"""What a kernel may offer beside its passes: the M-step, whole iterations, and splits."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .._types import Floats, Ints, Rows

__all__ = [
    "BestSplit",
    "EMPath",
    "EMRuns",
    "EMScatter",
    "EMSteps",
    "EMSums",
    "MStep",
    "PlainRows",
    "Scatter",
    "Whiten",
]


class PlainRows(NamedTuple):
    """Complete rows of one block: X (n, D) in float64, weights (n,), log-density of what is fixed (n,), or None."""

    X: Floats
    weights: Floats | None
    background: Floats | None


class Scatter(NamedTuple):
    """What the M-step of every family begins with.

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
    """An E-step over one block whose moments are one array, which adds as it is."""

    def __call__(
        self, X: Rows, weights: Floats | None, means: Floats, factors: Floats, offsets: Floats, /
    ) -> Floats:
        """Return counts (K,), first and second moments about the means, Σ w log p(x) and Σ w log max_k r_k, flat."""
        ...


class MStep(Protocol):
    """An M-step from moments about the means, as :class:`EMSums` returns them.

    The arrays of the mixture are replaced: shares (K,), means (K, D), covariances and factors (K, D, D) or (K, D),
    offsets (K,). ``added`` (D,) goes to each diagonal, and no covariance falls below ``least``. Covariances may be
    pooled over components, and diagonal ones over columns. The shares sum to ``mass``. Nothing is changed where
    something rare is to be done: a component is empty, a mean jumped far, the bound ``least`` is met in many columns.
    """

    def __call__(
        self,
        moments: Floats,
        shares: Floats,
        means: Floats,
        covariances: Floats,
        factors: Floats,
        offsets: Floats,
        added: Floats | None,
        least: Floats | None,
        mass: float = 1.0,
        pool_components: bool = False,
        pool_columns: bool = False,
        /,
    ) -> bool:
        """Return whether it was done."""
        ...


class EMSteps(Protocol):
    """Whole EM iterations over one block.

    The arrays of the mixture are those of :class:`MStep`, replaced by those after the last iteration. The shares sum to
    ``mass``: less than one where the background (n,), the log-density of other components, is given. The iterations
    end early where something rare is to be done, which is left to the caller.
    """

    def __call__(
        self,
        X: Rows,
        weights: Floats | None,
        background: Floats | None,
        shares: Floats,
        means: Floats,
        covariances: Floats,
        factors: Floats,
        offsets: Floats,
        added: Floats | None,
        least: Floats | None,
        mass: float,
        iterations: int,
        pool_components: bool = False,
        pool_columns: bool = False,
        /,
    ) -> tuple[int, float, float]:
        """Return how many iterations were done, and Σ w log p(x) and Σ w log max_k r_k before the last of them."""
        ...


class EMPath(Protocol):
    """Whole EM iterations over one block, of which every mixture is kept.

    The arrays of the mixtures are those of :class:`MStep` behind an axis of m + 1, whose first mixture is where the
    iterations begin; ``log_likelihood`` (m,) is Σ w log p(x) before each of them. The iterations end early
    where something rare is to be done, which is left to the caller.
    """

    def __call__(
        self,
        X: Rows,
        weights: Floats | None,
        shares: Floats,
        means: Floats,
        covariances: Floats,
        factors: Floats,
        offsets: Floats,
        log_likelihood: Floats,
        added: Floats | None,
        least: Floats | None,
        pool_components: bool = False,
        pool_columns: bool = False,
        /,
    ) -> int:
        """Return how many iterations were done."""
        ...


class EMRuns(Protocol):
    """Whole EM iterations over one block for S mixtures, each with its own background and mass.

    The arrays are those of :class:`EMSteps` with S in front; ``background`` is (S, n), ``mass`` (S,). Written besides:
    ``objectives`` (S,), Σ w log p(x) before the last M-step, and ``done`` (S,), the iterations made before something
    rare was met.
    """

    def __call__(
        self,
        X: Rows,
        weights: Floats | None,
        background: Floats | None,
        shares: Floats,
        means: Floats,
        covariances: Floats,
        factors: Floats,
        offsets: Floats,
        added: Floats | None,
        least: Floats | None,
        mass: Floats,
        iterations: int,
        pool_components: bool,
        pool_columns: bool,
        objectives: Floats,
        done: Ints,
        /,
    ) -> None:
        """Replace the mixtures by those after the iterations."""
        ...


class BestSplit(Protocol):
    """The best way to split a component in two beside frozen others; :mod:`gaussmix.search` says how.

    X, Y, Z (m, D) are the rows in the data's units, whitened by the component, and standardised; v (m,) their weight
    times responsibility; ``uniform`` random numbers, six, two for each ball and D for each plane; ``effort`` the
    numbers of balls and planes, the iterations for every guess, the number of finalists, and their further
    iterations. The pair is written to shares (2,), means (2, D) and covariances (2, ...); a pair has at least
    ``least_weight`` in each component. Diagonal covariances may be pooled over columns.
    """

    def __call__(
        self,
        X: Floats,
        Y: Floats,
        Z: Floats,
        v: Floats,
        weights: Floats,
        background: Floats,
        centre: Floats,
        uniform: Floats,
        added: Floats | None,
        least: Floats | None,
        mass: float,
        least_weight: float,
        pool_columns: bool,
        effort: tuple[int, int, int, int, int, int, int],
        shares: Floats,
        means: Floats,
        covariances: Floats,
        /,
    ) -> float:
        """Return Σ w log p(x) over the rows before the last M-step, −∞ where there is no such pair."""
        ...
