"""The sample of a search, its model, and thresholds derived from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .. import kernels
from .._types import Floats, Ints
from ..blocks import Block
from ..covariances import Family
from ..densities import Densities
from ..engines import FanOut, LocalEngine
from ..fitting.degeneracy import few_rows, least_clearances
from ..incomplete import log_joint
from ..kernels import CentredRows, CrossoverRows, Distinct, PlainRows
from ..log_space import log_sum_exp
from ..mixture import Mixture
from ..model import Model, Rule
from ..sources import ArraySource
from ..starts import StartRows
from ..starts.beside_uniform import rows_of_starts
from ..starts.sample import most_rows as rows_of_a_start
from .small_components import SmallComponents

__all__ = ["FEW_ROWS", "SearchData", "most_rows", "predicts", "supports"]

ROWS_PER_PARAMETER = 2.0
"""With fewer rows the most likely optimum is often a spurious one: on 71 tasks of real tables with half a row to two
for each parameter, the best of four starts had a held-out log-likelihood 0.08 nats per row above that of scikit-learn
(median) and a mean ARI of 0.66, the most likely optimum 0.00 nats and 0.59.
"""
SAMPLED, MOST_NUMBERS = 3, 1 << 23
"""Least rows of a sample for each free parameter, so that a table with enough rows has a sample with enough rows; but
not for more than so many numbers, for the sake of memory.
"""
WORK = 1 << 19
"""Smallest rows × components × (columns + 1) of a block: smaller blocks are not worth a thread."""
ALIKE = 0.2
"""Runs whose log-likelihoods differ by less than this share of the smallest gain that counts are taken for one."""
FEW_ROWS = 4_000
"""With fewer rows there is a population instead of moves by predicted gain: on real tables of
1,000 to 2,000 rows a quarter of the verdicts based on predictions were wrong. A population has all of so few rows, and
1,000 rows a component of more. With 2,000 rows for up to 20 components, 80 % of 60 fits with a shared covariance to
tables of 4,000 to 10,000 rows reached the best maximum, and 11 % of the clear verdicts were wrong; now 92 and 0 %.
"""


def most_rows(n_components: int, n_features: int, n_parameters: int = 0, predicted: bool = True) -> int:
    """Return the largest size of the sample of a search: enough for the shape of every component.

    Parameters
    ----------
    n_components, n_features : int
    n_parameters : int
        Free parameters.
    predicted : bool
        Whether moves are chosen by predicted gain, which takes few passes over all rows, or mixtures by EM on all rows.

    Examples
    --------
    >>> (
    ...     most_rows(5, 2),
    ...     most_rows(100, 10),
    ...     most_rows(5, 2, predicted=False),
    ...     most_rows(10, 50, n_parameters=13_269),
    ... )
    (20000, 44000, 5000, 39807)
    """
    least = min(SAMPLED * n_parameters, MOST_NUMBERS // n_features)
    if predicted:
        return max(20_000, 40 * n_components * (n_features + 1), least)
    return max(min(20_000, max(FEW_ROWS, 1_000 * n_components)), least)


def predicts(n_rows: float, n_components: int, model: Model) -> bool:
    """Return whether partial EM predicts the gains of moves well enough to choose moves by them.

    It does not with few rows, where the differences of likelihood are too small; with a shared covariance, which
    couples all components; with up to three components, all of which change in a split-merge move; and with a prior,
    restrictions or a uniform component.
    """
    return n_components > 3 and _predictive(n_rows, model)


def _predictive(n_rows: float, model: Model) -> bool:
    return n_rows >= FEW_ROWS and not model.shares and model.plain and model.uniform is None


def supports(n_rows: float, n_components: int, n_features: int, family: Family) -> bool:
    """Return whether the likelihood can choose among optima: with at least two rows for each parameter.

    Parameters
    ----------
    n_rows : float
        n.
    n_components, n_features : int
        K and D.
    family : Family
    """
    return n_rows >= ROWS_PER_PARAMETER * family.n_parameters_of_mixture(n_components, n_features)


@dataclass(frozen=True, eq=False)
class SearchData:
    """The sample of a search, its model, and thresholds derived from them.

    Parameters
    ----------
    rows : StartRows
        n rows with weights and standardised coordinates.
    model : Model
    engine : LocalEngine
        Runs passes and trials in parallel.
    nondegenerate : callable
        Returns whether every component has enough rows and none collapsed.
    fewest : float, optional
        The smallest effective number of rows of a component; D + 1 unless given.
    likelihood : bool, default=False
        Look for the highest likelihood also with fewer than two rows for each free parameter.
    pool : FanOut, optional
        Runs independent trials in other processes.
    names : (D,) sequence of str, optional
        Of the columns, for the verdict.
    small : SmallComponents, optional
        The penalised log-likelihood of mixtures with small components; there is no penalty unless given.
    incomplete : Block, optional
        The rows as they are, with missing values: those of EM runs and likelihoods, where ``rows`` are completed ones.
    """

    rows: StartRows
    model: Model
    engine: LocalEngine
    nondegenerate: Callable[[Mixture], bool] = lambda mixture: True
    fewest: float | None = None
    likelihood: bool = False
    pool: FanOut | None = None
    names: Sequence[str] | None = None
    small: SmallComponents | None = None
    incomplete: Block | None = None

    @property
    def X(self) -> Floats:
        """Rows (n, D)."""
        return self.rows.X

    @property
    def weights(self) -> Floats:
        """Weights (n,), all positive."""
        return self.rows.weights

    @cached_property
    def plain_rows(self) -> PlainRows:
        """The rows of EM runs in column order, in which compiled iterations read them faster."""
        block, uniform = self.block, self.model.uniform
        background = None if uniform is None else uniform.log_prob(block.X)
        return PlainRows(np.asfortranarray(block.X, dtype=np.float64), block.weights, background, block.holes)

    @cached_property
    def centred_rows(self) -> CentredRows:
        """The rows less their mean, as an argument of the compiled kernels."""
        return CentredRows(np.asfortranarray(self.centred), self.weights, self.rows.mean, self.total_scatter)

    @cached_property
    def starts(self) -> list[tuple[StartRows, float]]:
        """Weighted rows for starts, each with the initial weight of the uniform component."""
        return rows_of_starts(self.rows, self.model.uniform is not None)

    @cached_property
    def places(self) -> CrossoverRows:
        """The rows as places of components, as an argument of kernels."""
        return CrossoverRows(self.X, self.rows.Z, np.cumsum(self.starts[0][0].weights))

    @cached_property
    def block(self) -> Block:
        """The rows of EM runs with their weights."""
        return Block(self.X, self.weights) if self.incomplete is None else self.incomplete

    def log_likelihood(self, densities: Densities) -> float:
        """Return Σ w log p(x) of the rows of EM runs, nats."""
        block, weights = self.block, self.block.weights
        assert weights is not None
        if block.complete:
            return float(weights @ kernels.active.log_prob(block.X, *densities.arrays))
        return float(weights @ log_sum_exp(log_joint(densities, block)))

    def has_small(self, weights: Floats) -> NDArray[np.bool_]:
        """Return which mixtures have small components, (S,).

        Parameters
        ----------
        weights : (S, K) array
        """
        if self.small is None:
            return np.zeros(len(weights), dtype=bool)
        return self.small.among(weights.min(axis=1) * self.total_weight)

    def penalised(self, weights: Floats, means: Floats, covariances: Floats) -> float:
        """Return the penalised log-likelihood of a mixture with small components, nats.

        Parameters
        ----------
        weights : (K,) array
        means : (K, D) array
        covariances : (K, D, D) or (K, D) array
        """
        assert self.small is not None
        n_small = int(self.small.among(weights * self.total_weight).sum())
        densities = self.small.densities(self.model, (weights, means, covariances), self.total_weight)
        return self.log_likelihood(densities) - n_small * self.small.penalty

    @cached_property
    def total_weight(self) -> float:
        """Σ w."""
        return float(self.weights.sum())

    @cached_property
    def centred(self) -> Floats:
        """Rows less their mean, (n, D)."""
        return self.X - self.rows.mean

    @cached_property
    def total_scatter(self) -> Floats:
        """Second moments of all rows about their mean in the layout of the model, (D, D) or (D,)."""
        if self.model.full:
            return np.asarray((self.weights * self.centred.T) @ self.centred)
        return np.asarray(self.weights @ self.centred**2)

    def flaws(self, weights: Floats, factors: Floats) -> Ints:
        """Return the number of degenerate components of each mixture, (S,).

        Parameters
        ----------
        weights : (S, K) array
        factors : (S, K, D, D) or (S, K, D) array
        """
        return np.asarray(self.flawed(weights, factors).sum(axis=1))

    def flawed(self, weights: Floats, factors: Floats) -> NDArray[np.bool_]:
        """Return which components are degenerate, those of few rows or a narrow direction, (S, K).

        Parameters
        ----------
        weights : (S, K) array
        factors : (S, K, D, D) or (S, K, D) array
        """
        by = self.distinct
        flawed = weights < by.least_weight
        if by.bound is not None:
            least = np.where(weights < by.few_weight, by.least_clearance_of_few, by.least_clearance)
            flawed = flawed | ~(self._largest_eigenvalues(factors, by.bound, 1.0 / least) * least < 1.0)
        return np.asarray(flawed)

    def _largest_eigenvalues(self, factors: Floats, bound: Floats, most: Floats) -> Floats:
        """Return the largest generalised eigenvalues of the lower bound against covariances, (S, K).

        Where the sum of the eigenvalues is below a value (S, K), it is returned instead.
        """
        # Of a covariance that is all but zero, the product may be too large for a number.
        with np.errstate(over="ignore", invalid="ignore"):
            if not self.model.full:
                return np.asarray((factors**2 * bound).max(axis=2))
            products = factors @ bound
            values = np.asarray((products * factors).sum(axis=(2, 3)))
        above = (values >= most) & (values < np.inf)
        if above.any():
            values[above] = np.linalg.eigvalsh(products[above] @ factors[above].swapaxes(1, 2))[:, -1]
        return values

    def accepts(self, mixture: Mixture) -> bool:
        """Return whether a mixture has no degenerate component, and none that is too narrow or too small."""
        flaws = self.flaws(mixture.weights[None], mixture.covariances.factors[None])
        return not flaws[0] and self.nondegenerate(mixture)

    @cached_property
    def distinct(self) -> Distinct:
        """The choice among EM runs as an argument of the compiled kernels."""
        least_weight = self.least_rows * (1.0 - 1e-6) / self.total_weight
        D, family = self.X.shape[1], self.model.family
        few_weight = few_rows(family, D) / self.total_weight
        clearances = least_clearances(D, self.rows.tied)
        return Distinct(least_weight, few_weight, self._bound, *clearances, ALIKE * self.gain_tol)

    @property
    def _bound(self) -> Floats | None:
        """The lower bound of covariances; None where there is none, or it is of parameters that components share.

        It is zero in directions without spread, where every component is at the bound of the M-step.
        """
        if not self.model.constraint.bounds or self.model.shares:
            return None
        bound = self.model.constraint.epsilon / self.total_weight * self.total_scatter
        pooling = self.model.family.pooling
        return np.full_like(bound, bound.mean()) if pooling is not None and pooling.columns else bound

    @cached_property
    def gain_tol(self) -> float:
        """Smallest gain that distinguishes two optima, nats."""
        return max(0.5, 1e-4 * self.total_weight)

    @cached_property
    def rule(self) -> Rule:
        """The M-step as arguments of the compiled kernels."""
        return self.model.rule(self.X.shape[1])

    @cached_property
    def predictive(self) -> bool:
        """Whether predicted gains are reliable: rows enough, and no shared covariance parameters."""
        return _predictive(len(self.X), self.model)

    @property
    def overfits(self) -> bool:
        """Whether later populations begin with extra components.

        A prior has counts for K components. Without compiled EM, the mergers take as long as many populations.
        """
        return self.model.plain and self.model.light

    @property
    def least_rows(self) -> float:
        """The smallest effective number of rows of a component."""
        return self.X.shape[1] + 1.0 if self.fewest is None else self.fewest

    def supports(self, n_components: int) -> bool:
        """Return whether the likelihood can choose among optima: with at least two rows for each parameter."""
        family, D = self.model.family, self.X.shape[1]
        return self.likelihood or supports(self.total_weight, n_components, D, family)

    def source(self, n_components: int) -> ArraySource:
        """Return the rows in blocks, of a size that depends on the number of components."""
        block = self.block
        n, D = block.X.shape
        n_blocks = min(8, max(1, n * n_components * (D + 1) // WORK))
        return ArraySource(block.X, block.weights, -(-n // n_blocks), holes=block.holes)

    def part(self, most: int, rng: np.random.Generator) -> SearchData:
        """Return a random sample of at most ``most`` rows."""
        return replace(self, rows=self.rows.part(most, rng)) if len(self.X) > most else self

    def seeds(self, n_components: int, rng: np.random.Generator) -> StartRows:
        """Return the rows for seeding: all of them, or a random sample of a large table."""
        return self.part(rows_of_a_start(n_components), rng).rows
