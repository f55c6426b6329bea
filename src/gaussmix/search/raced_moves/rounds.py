"""Search by races: a race of starts, then rounds of split–merge moves of the best mixture, each round a race.

References
----------
Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM algorithm for getting the highest
likelihood in multivariate Gaussian mixture models. Comput. Statist. Data Anal. 41, 561-575.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...mixture import Mixture
from ...starts import START_METHODS, mixture_of_responsibilities
from ...starts.partitions import Coordinates
from ..history import SearchRecorder
from ..local_em import Expectation, LocalEM
from ..predicted_moves.proposals import CandidateMove
from ..predicted_moves.split_merge import LocalOptimum
from ..search_data import SearchData
from .batched_em import Runs
from .proposals import Move, Moves, propose
from .race import Heats, race, start_runs

__all__ = ["Effort", "Raced", "raced", "split_merge_rounds", "work"]

PRICE, FIT, ITERATIONS, PASS = 4.0, 3e7, 10.0, 1e5
"""The price of a search in plain fits of scikit-learn; the fixed cost of a plain fit, its number of passes, and the
fixed cost of one of our passes, in tenths of a nanosecond.
"""
MOST_PASSES = 900
"""The number of passes for which starts and moves have their full number."""
MOST_STARTS, MOST_MOVES = 24, 48
"""Starts of a race (half of them with four components or more, where moves find more) and moves of a round."""
FEW_STARTS = 4
"""Starts where the rows are too few for the parameters: a search for higher likelihood would find spurious optima."""
AGREE, EARLY = 0.45, 0.7
"""The starts agree if this share of them reached the best likelihood after the first heat; the share of the first half
above which the second half is not run.
"""
SETTLED = 100
"""The most EM iterations at the end of a search; a mixture that is unsound after them is rejected."""
SLIGHT = 0.05
"""A move is kept if it gains more than this share of the smallest gain that counts."""
SHARED = 3
"""With so many components or fewer, every component changes in a move."""


def work(data: SearchData, n_components: int) -> tuple[float, float]:
    """Return estimates of the cost of one of our passes and of one of scikit-learn's, in tenths of a nanosecond."""
    n, D = data.X.shape
    pairs, square = n * n_components, (D + 1.0) * (D + 2.0)
    if not data.model.full:
        return pairs * (30.0 + 4.0 * D), pairs * (250.0 + 3.0 * D)
    if data.model.pooled:
        return pairs * (50.0 + 2.0 * D) + 5.0 * D**3, pairs * (250.0 + square)
    return pairs * (30.0 + 0.9 * square) + 2.0 * n_components * D**3, pairs * (250.0 + 1.5 * square)


@dataclass(frozen=True)
class Effort:
    """The numbers of starts, moves and passes of a search.

    Parameters
    ----------
    starts : int
        Starting partitions of the race; half of them come first.
    moves : int
        Split–merge moves of a round.
    passes : int
        No round begins after so many passes over the rows.
    start_heats, move_heats : Heats
    patience : int
        The search ends after so many rounds that found nothing better.
    """

    starts: int
    moves: int
    passes: int
    start_heats: Heats
    move_heats: Heats
    patience: int = 2

    @classmethod
    def for_table(cls, data: SearchData, n_components: int) -> Effort:
        """Return an effort that costs a few plain fits.

        A plain fit from k-means takes some milliseconds and some ten passes.
        """
        if not data.supports(n_components):
            return cls(FEW_STARTS, 0, 0, Heats(8, ((2, 30),)), Heats(1, ()), patience=0)
        own, plain = work(data, n_components)
        passes = PRICE * (FIT + ITERATIONS * plain) / (PASS + own)
        share = min(1.0, passes / MOST_PASSES)
        most_starts = MOST_STARTS if n_components <= SHARED else MOST_STARTS // 2
        starts, moves = max(6, round(most_starts * share**0.6)), max(6, round(MOST_MOVES * share**0.6))
        if share > 0.5:
            heats = Heats(8, ((4, 20), (2, 30))), Heats(6, ((6, 8), (2, 20)))
        elif share > 0.15:
            heats = Heats(5, ((2, 10), (1, 15))), Heats(5, ((3, 6), (1, 15)))
        else:
            heats = Heats(3, ((2, 6), (1, 6))), Heats(3, ((2, 4), (1, 6)))
        return cls(starts, moves, int(1.5 * passes), *heats)


@dataclass(frozen=True, eq=False)
class Raced:
    """The winner of a race of starts.

    Parameters
    ----------
    mixture : Mixture
    agreeing, starts : int
        How many of the starts were at the optimum of the winner after the first heat, and how many there were.
    """

    mixture: Mixture
    agreeing: int
    starts: int

    @property
    def decided(self) -> bool:
        """Whether 45 % of the starts agree (three at least): a better local maximum is not expected."""
        return self.agreeing >= max(3, AGREE * self.starts)

    @property
    def supported(self) -> bool:
        """Whether half of that share agree: decided if no move improves the mixture either."""
        return self.agreeing >= max(3, 0.5 * AGREE * self.starts)

    @property
    def words(self) -> str:
        """Description of the winner."""
        return f"the best of {self.starts} starts"


def raced(local_em: LocalEM, n_components: int, effort: Effort, rng: np.random.Generator) -> Raced:
    """Return the winner of a race of starts; the second half of them run where the first half do not agree.

    Parameters
    ----------
    local_em : LocalEM
    n_components : int
        K.
    effort : Effort
    rng : numpy.random.Generator
    """
    data, heats = local_em.data, effort.start_heats
    coordinates = Coordinates(data.rows)
    half = effort.starts // 2
    runs = start_runs(data, coordinates, n_components, range(half), heats.first, rng)
    if not _decided(runs, half, data):
        more = start_runs(data, coordinates, n_components, range(half, effort.starts), heats.first, rng)
        runs = Runs.joined([runs, more])
    local_em.passes += len(runs) * heats.first + sum(most * iterations for most, iterations in heats.later)
    agreeing = _agreeing(runs, data)
    finalists = race(runs, data, heats)
    if len(finalists):
        return Raced(finalists.mixture(data, 0), agreeing, len(runs))
    # In every run a component lost its rows or its spread; EM step by step can repair that.
    shares = START_METHODS["kmeans"](data.rows, n_components, rng)
    start = mixture_of_responsibilities(data.rows, shares, data.model)
    return Raced(local_em.converge(start, 60, 0.02), 0, len(runs))


def _agreeing(runs: Runs, data: SearchData) -> int:
    """Return how many runs are within the smallest gain that counts of the best."""
    return int((runs.objectives > runs.objectives.max() - data.gain_tol).sum()) if len(runs) else 0


def _decided(runs: Runs, starts: int, data: SearchData) -> bool:
    return _agreeing(runs, data) >= max(3, EARLY * starts)


class _State:
    """The best mixture of a local search so far."""

    def __init__(self, data: SearchData, mixture: Mixture, objective: float) -> None:
        self.data, self.mixture, self.objective = data, mixture, objective
        self.nondegenerate = data.nondegenerate(mixture)
        self.best_remaining_gain = -np.inf
        self.path = [mixture]
        self.advances = 0

    def improves(self, mixture: Mixture, objective: float) -> bool:
        """Return whether a mixture is better than the best so far; remember by how much the nearest was not.

        One that is better by less than what matters is taken, but no advance.
        """
        gain, nondegenerate = objective - self.objective, self.data.nondegenerate(mixture)
        advance = nondegenerate > self.nondegenerate or (
            nondegenerate == self.nondegenerate and gain > 0.6 * self.data.gain_tol
        )
        better = advance or (nondegenerate == self.nondegenerate and gain > SLIGHT * self.data.gain_tol)
        if better:
            self.mixture, self.objective, self.nondegenerate = mixture, objective, nondegenerate
            self.best_remaining_gain = -np.inf if advance else self.best_remaining_gain - gain
            self.path.append(mixture)
            self.advances += advance
        elif nondegenerate >= self.nondegenerate:
            self.best_remaining_gain = max(self.best_remaining_gain, gain)
        return better


def split_merge_rounds(
    local_em: LocalEM, winner: Raced, effort: Effort, rng: np.random.Generator, recorder: SearchRecorder
) -> LocalOptimum:
    """Return the local maximum that rounds of split–merge moves lead to from the winner of a race.

    If the starts agree, there are no rounds.

    Parameters
    ----------
    local_em : LocalEM
    winner : Raced
    effort : Effort
    rng : numpy.random.Generator
    recorder : SearchRecorder
    """
    data, failed = local_em.data, 0
    expectation = local_em.expectation(winner.mixture)
    state = _State(data, winner.mixture, expectation.objective)
    decided = state.nondegenerate and winner.decided
    while not decided and failed < effort.patience and local_em.passes < effort.passes and not recorder.over:
        proposed = propose(data, expectation, effort.moves, rng)
        if not proposed:
            break
        advances = state.advances
        better = _round(local_em, expectation, proposed, effort, state, recorder)
        failed = 0 if state.advances > advances else failed + 1
        if better:
            expectation = local_em.expectation(state.mixture)
            state.objective = expectation.objective
    decided = decided or (winner.supported and not state.advances)
    return _settled(local_em, state, decided and not recorder.over)


def _settled(local_em: LocalEM, state: _State, decided: bool) -> LocalOptimum:
    """Return the best mixture after more EM, or the last one before it that stays sound."""
    data = local_em.data
    for mixture in reversed(state.path):
        end = local_em.converge(mixture, SETTLED, 0.04 * data.gain_tol)
        if data.nondegenerate(end):
            objective = local_em.expectation(end).objective
            return LocalOptimum(
                end,
                objective,
                objective,
                True,
                state.best_remaining_gain,
                decided and mixture is state.mixture,
            )
    return LocalOptimum(state.mixture, state.objective, state.objective, False, state.best_remaining_gain)


def _round(
    local_em: LocalEM,
    expectation: Expectation,
    proposed: list[Moves],
    effort: Effort,
    state: _State,
    recorder: SearchRecorder,
) -> bool:
    """Race moves; return whether one of the finalists is better than the best so far."""
    data, heats = local_em.data, effort.move_heats
    runs = Runs.joined([_tried(local_em, expectation, kind, heats.first) for kind in proposed], numbered=True)
    moves = [move for kind in proposed for move in kind.moves]
    finalists = race(runs, data, heats)
    local_em.passes += sum(most * iterations for most, iterations in heats.later)
    for f, number in enumerate(finalists.numbers):
        move, objective = moves[int(number)], float(finalists.objectives[f])
        mixture = finalists.mixture(data, f).take(_order(move, expectation.mixture.n_components))
        gain = objective - state.objective
        better = state.improves(mixture, objective)
        recorder.tried([_candidate(move)], gain, better, mixture if better else expectation.mixture)
        if better or recorder.over:
            return better
    return False


def _candidate(move: Move) -> CandidateMove:
    """Return a move as an event records it: the component that is split first, then the pair."""
    return CandidateMove(move.gain, 0.0, move.moving, (), "refit" if move.refits else "split_merge")


def _order(move: Move, n_components: int) -> list[int]:
    """Return the components in the order of the events: those that stay, the two halves, the merged one."""
    stay = [k for k in range(n_components) if k not in move.moving]
    a, b = move.pair
    return [*stay, a, b] if move.refits else [*stay, move.split, b, a]


def _tried(local_em: LocalEM, expectation: Expectation, proposed: Moves, iterations: int) -> Runs:
    """Return the runs that moves begin, after EM of the components that change, or of all where all change."""
    data, runs, moving = local_em.data, proposed.runs, proposed.moving
    K = runs.means.shape[1]
    if data.model.shares or K <= SHARED:
        local_em.passes += len(runs) * iterations
        return runs.after(data, iterations)
    local_em.passes += len(runs) * iterations * moving.shape[1] // K
    share = expectation.responsibilities.T[moving].sum(axis=1)
    # A share of one leaves nothing to the others: far less than a rounding is as good.
    background = expectation.log_prob + np.log(np.maximum(1.0 - share, 1e-16))
    part = runs.part(moving)
    return runs.with_part(moving, part.after(data, iterations, background, part.weights.sum(axis=1)))
