"""Search by a population of mixtures: starts of several kinds, then generations of crossovers, all by short EM runs.

A population that follows another has more components at first; then they are merged down, and the mixtures of both are
crossed. A mixture of more components has room for what two mixtures of K components cannot have at once.

References
----------
Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM algorithm for getting the highest
likelihood in multivariate Gaussian mixture models. Comput. Statist. Data Anal. 41, 561-575.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...mixture import Mixture
from ..batched_em import Runs
from ..convergence import converged
from ..costs import PLAIN_GAIN
from ..local_em import LocalEM
from ..predicted_moves.split_merge import LocalOptimum
from ..recorder import SearchRecorder
from ..search_data import SearchData
from .crossover import with_moved
from .effort import FIRST, Effort
from .overfitted import reduced_from_more
from .population import ADVANCE, OLD, SIZE, Population, in_order_of
from .starts import Starts

__all__ = ["Earlier", "Evolved", "evolved", "local_maximum", "without_flaws"]

PLAIN, LAST = 100, 1_000
"""The most EM iterations from a plain start, and at the end; at the end of a search with a small budget fewer, but as
many as from a plain start.
"""
COMPARED = 2
"""Number of mixtures that are compared after the last iterations, as EM may be slow, or lead to a degenerate mixture;
one more beside missing values, where it is slower, and one less where rows are few, and likelihoods say little. On 720
fits to real tables of 1,200 to 12,000 rows, 595 reached the best known maximum with two, and 596 with four.
"""


@dataclass(frozen=True, eq=False)
class Earlier:
    """An earlier population and the number of extra components of the next one.

    Parameters
    ----------
    runs : Runs
        Its mixtures.
    best : LocalOptimum
        The best local maximum so far.
    n_extra : int
        The number of extra components with which the next population begins.
    """

    runs: Runs
    best: LocalOptimum
    n_extra: int

    def improved(self, end: LocalOptimum, data: SearchData) -> bool:
        """Return whether a local maximum is better than the best so far."""
        if end.nondegenerate != self.best.nondegenerate:
            return end.nondegenerate
        return end.objective - self.best.objective > ADVANCE * data.gain_tol


@dataclass(frozen=True, eq=False)
class Evolved:
    """The result of a search by a population.

    Parameters
    ----------
    end : LocalOptimum
        The best local maximum. Beside an earlier population, that of the new mixtures alone, unless crossovers with the
        earlier ones found a better one than both.
    independent : bool
        Whether it was found without the earlier mixtures.
    words : str
        Its start.
    others : list of Mixture
        The next best mixtures; the last of them is the given local maximum.
    runs : Runs
        The population.
    """

    end: LocalOptimum
    independent: bool
    words: str
    others: list[Mixture]
    runs: Runs


def local_maximum(local_em: LocalEM, start: Mixture, iterations: int = PLAIN) -> LocalOptimum:
    """Return the local maximum of EM from a start.

    Parameters
    ----------
    local_em : LocalEM
    start : Mixture
    iterations : int, default=100
        The most of them.
    """
    return _converged(local_em, Runs.of_mixture(local_em.data, start, -np.inf), iterations)[0]


def without_flaws(local_em: LocalEM, local: LocalOptimum, rng: np.random.Generator) -> LocalOptimum:
    """Return the local maximum of EM after degenerate components are moved to random rows.

    A group of fewer rows than a component needs is lost to another component, and the rest of the mixture is kept.

    Parameters
    ----------
    local_em : LocalEM
    local : LocalOptimum
    rng : numpy.random.Generator
    """
    data = local_em.data
    run = Runs.of_mixture(data, local.mixture, -np.inf)
    runs = run.take(np.zeros(SIZE, dtype=np.intp))
    for component in np.flatnonzero(data.flawed(run.weights, run.factors)[0]).tolist():
        runs = with_moved(data, runs, component, rng)
    local_em.count(SIZE * FIRST)
    best = runs.after(data, FIRST).best(data, 1)
    return _converged(local_em, best, PLAIN)[0] if len(best) else local


def evolved(
    local_em: LocalEM,
    plain: LocalOptimum,
    effort: Effort,
    rng: np.random.Generator,
    recorder: SearchRecorder,
    earlier: Earlier | None = None,
) -> Evolved:
    """Return the best local maximum of a population after its generations.

    Parameters
    ----------
    local_em : LocalEM
    plain : LocalOptimum
        A local maximum of K components, that of a plain start for instance. It belongs to the first mixtures, and the
        result is no worse unless it is degenerate.
    effort : Effort
    rng : numpy.random.Generator
    recorder : SearchRecorder
    earlier : Earlier, optional
        The population that this one follows.
    """
    data, K = local_em.data, plain.mixture.n_components
    starts = Starts(data, K, FIRST)
    if earlier is None:
        runs = starts.runs(effort.starts, rng)
        local_em.count(len(runs) * FIRST)
        words = f"the best of {len(runs) + 1} starts"
    else:
        runs = reduced_from_more(local_em, K, earlier.n_extra, effort, rng, recorder)
        words = f"{K + earlier.n_extra} components merged to {K}"
    population = Population(local_em, starts, effort, recorder)
    joining = None if earlier is None else earlier.runs
    population.evolve(_beside(plain, runs, data), earlier is None, rng, joining)
    others = [*population.others(), *([plain.mixture] if plain.nondegenerate else [])]
    last = FIRST if recorder.late else min(LAST, max(PLAIN, effort.passes // COMPARED))
    decided = population.confirmed and not recorder.over and earlier is None
    most = COMPARED + (data.incomplete is not None) - (effort.children == 0)
    end = _no_worse(_settled(local_em, population.runs, last, decided, most), plain, data)
    independent = earlier is None or not earlier.improved(end, data)
    if earlier is not None and independent:
        own = runs.best(data, most)
        end = _no_worse(_settled(local_em, own, last, False, most), plain, data) if len(own) else plain
    if not recorder.stopped:
        recorder.reached("converged", in_order_of(population.leader, end.mixture, data), end.objective)
    return Evolved(end, independent, words, others, population.runs)


def _beside(plain: LocalOptimum, runs: Runs, data: SearchData) -> Runs:
    """Return runs with the given local maximum, unless that alone is degenerate."""
    if not plain.nondegenerate and np.isfinite(runs.objectives).any():
        return runs
    return Runs.joined([Runs.of_mixture(data, plain.mixture, plain.objective, OLD), runs])


def _no_worse(end: LocalOptimum, plain: LocalOptimum, data: SearchData) -> LocalOptimum:
    """Return the end of a population, or the given local maximum if it is better and not degenerate."""
    if not plain.nondegenerate or plain.rank <= end.rank:
        return end
    return replace(plain, decided=end.decided and plain.objective - end.objective < data.gain_tol)


def _converged(local_em: LocalEM, runs: Runs, iterations: int) -> list[LocalOptimum]:
    """Return the local maxima of EM from runs, in at most some iterations; the tolerance falls with them.

    Where rows are few, likelihoods say little, and the tolerance is that of a plain fit.
    """
    data, ends = local_em.data, []
    supported = data.supports(runs.weights.shape[1])
    tol = 4.0 / iterations * data.gain_tol if supported else PLAIN_GAIN * data.total_weight
    for end, objective in converged(local_em, runs, iterations, tol):
        ends.append(LocalOptimum(end, objective, data.accepts(end), -np.inf))
    return ends


def _settled(local_em: LocalEM, runs: Runs, iterations: int, decided: bool, most: int) -> LocalOptimum:
    """Return the best local maximum of the leading runs; a clear verdict concerns the first of them."""
    ends = _converged(local_em, runs.take(np.arange(min(len(runs), most))), iterations)
    best = max(ends, key=lambda end: end.rank)
    same = ends[0].nondegenerate and best.objective - ends[0].objective < local_em.data.gain_tol
    return replace(best, decided=decided and same)
