"""Search by races: a race of starts, then rounds of split–merge moves of the best mixture, each round a race.

References
----------
Biernacki, C., Celeux, G. and Govaert, G. (2003). Choosing starting values for the EM algorithm for getting the highest
likelihood in multivariate Gaussian mixture models. Comput. Statist. Data Anal. 41, 561-575.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..mixture import Mixture
from ..starts import START_METHODS, mixture_of_responsibilities
from ..starts.partitions import Coordinates
from .candidates import Candidate
from .climb import Climber, View
from .exchange import Local
from .moves import Move, Moves, propose
from .race import Heats, race, start_runs
from .runs import Runs
from .story import Storyteller
from .table import Table

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


def work(table: Table, n_components: int) -> tuple[float, float]:
    """Return estimates of the cost of one of our passes and of one of scikit-learn's, in tenths of a nanosecond."""
    n, D = table.X.shape
    pairs, square = n * n_components, (D + 1.0) * (D + 2.0)
    if not table.model.full:
        return pairs * (30.0 + 4.0 * D), pairs * (250.0 + 3.0 * D)
    if table.model.shares:
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
    def for_table(cls, table: Table, n_components: int) -> Effort:
        """Return an effort that costs a few plain fits.

        A plain fit from k-means takes some milliseconds and some ten passes.
        """
        if not table.supports(n_components):
            return cls(FEW_STARTS, 0, 0, Heats(8, ((2, 30),)), Heats(1, ()), patience=0)
        own, plain = work(table, n_components)
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


def raced(climber: Climber, n_components: int, effort: Effort, rng: np.random.Generator) -> Raced:
    """Return the winner of a race of starts; the second half of them run where the first half do not agree.

    Parameters
    ----------
    climber : Climber
    n_components : int
        K.
    effort : Effort
    rng : numpy.random.Generator
    """
    table, heats = climber.table, effort.start_heats
    coordinates = Coordinates(table.rows)
    half = effort.starts // 2
    runs = start_runs(table, coordinates, n_components, range(half), heats.first, rng)
    if not _decided(runs, half, table):
        more = start_runs(table, coordinates, n_components, range(half, effort.starts), heats.first, rng)
        runs = Runs.joined([runs, more])
    climber.passes += len(runs) * heats.first + sum(most * iterations for most, iterations in heats.later)
    agreeing = _agreeing(runs, table)
    finalists = race(runs, table, heats)
    if len(finalists):
        return Raced(finalists.mixture(table, 0), agreeing, len(runs))
    # In every run a component lost its rows or its spread; EM step by step can repair that.
    shares = START_METHODS["kmeans"](table.rows, n_components, rng)
    start = mixture_of_responsibilities(table.rows, shares, table.model)
    return Raced(climber.settle(start, 60, 0.02), 0, len(runs))


def _agreeing(runs: Runs, table: Table) -> int:
    """Return how many runs are within the smallest gain that counts of the best."""
    return int((runs.objectives > runs.objectives.max() - table.worth).sum()) if len(runs) else 0


def _decided(runs: Runs, starts: int, table: Table) -> bool:
    return _agreeing(runs, table) >= max(3, EARLY * starts)


class _State:
    """The best mixture of a local search so far."""

    def __init__(self, table: Table, mixture: Mixture, objective: float) -> None:
        self.table, self.mixture, self.objective = table, mixture, objective
        self.sound = table.sound(mixture)
        self.left = -np.inf
        self.path = [mixture]
        self.advances = 0

    def improves(self, mixture: Mixture, objective: float) -> bool:
        """Return whether a mixture is better than the best so far; remember by how much the nearest was not.

        One that is better by less than what matters is taken, but no advance.
        """
        gain, sound = objective - self.objective, self.table.sound(mixture)
        advance = sound > self.sound or (sound == self.sound and gain > 0.6 * self.table.worth)
        better = advance or (sound == self.sound and gain > SLIGHT * self.table.worth)
        if better:
            self.mixture, self.objective, self.sound = mixture, objective, sound
            self.left = -np.inf if advance else self.left - gain
            self.path.append(mixture)
            self.advances += advance
        elif sound >= self.sound:
            self.left = max(self.left, gain)
        return better


def split_merge_rounds(
    climber: Climber, winner: Raced, effort: Effort, rng: np.random.Generator, story: Storyteller
) -> Local:
    """Return the local maximum that rounds of split–merge moves lead to from the winner of a race.

    If the starts agree, there are no rounds.

    Parameters
    ----------
    climber : Climber
    winner : Raced
    effort : Effort
    rng : numpy.random.Generator
    story : Storyteller
    """
    table, failed = climber.table, 0
    view = climber.view(winner.mixture)
    state = _State(table, winner.mixture, view.objective)
    decided = state.sound and winner.decided
    while not decided and failed < effort.patience and climber.passes < effort.passes and not story.over:
        proposed = propose(table, view, effort.moves, rng)
        if not proposed:
            break
        advances = state.advances
        better = _round(climber, view, proposed, effort, state, story)
        failed = 0 if state.advances > advances else failed + 1
        if better:
            view = climber.view(state.mixture)
            state.objective = view.objective
    decided = decided or (winner.supported and not state.advances)
    return _settled(climber, state, decided and not story.over)


def _settled(climber: Climber, state: _State, decided: bool) -> Local:
    """Return the best mixture after more EM, or the last one before it that stays sound."""
    table = climber.table
    for mixture in reversed(state.path):
        end = climber.settle(mixture, SETTLED, 0.04 * table.worth)
        if table.sound(end):
            objective = climber.view(end).objective
            return Local(end, objective, objective, True, state.left, decided and mixture is state.mixture)
    return Local(state.mixture, state.objective, state.objective, False, state.left)


def _round(
    climber: Climber, view: View, proposed: list[Moves], effort: Effort, state: _State, story: Storyteller
) -> bool:
    """Race moves; return whether one of the finalists is better than the best so far."""
    table, heats = climber.table, effort.move_heats
    runs = Runs.joined([_tried(climber, view, kind, heats.first) for kind in proposed], numbered=True)
    moves = [move for kind in proposed for move in kind.moves]
    finalists = race(runs, table, heats)
    climber.passes += sum(most * iterations for most, iterations in heats.later)
    for f, number in enumerate(finalists.numbers):
        move, objective = moves[int(number)], float(finalists.objectives[f])
        mixture = finalists.mixture(table, f).take(_order(move, view.mixture.n_components))
        gain = objective - state.objective
        better = state.improves(mixture, objective)
        story.tried([_candidate(move)], gain, better, mixture if better else view.mixture)
        if better or story.over:
            return better
    return False


def _candidate(move: Move) -> Candidate:
    """Return a move as an event records it: the component that is split first, then the pair."""
    return Candidate(move.gain, 0.0, move.moving, (), "refit" if move.refits else "exchange")


def _order(move: Move, n_components: int) -> list[int]:
    """Return the components in the order of the events: those that stay, the two halves, the merged one."""
    stay = [k for k in range(n_components) if k not in move.moving]
    a, b = move.pair
    return [*stay, a, b] if move.refits else [*stay, move.split, b, a]


def _tried(climber: Climber, view: View, proposed: Moves, iterations: int) -> Runs:
    """Return the runs that moves begin, after EM of the components that change, or of all where all change."""
    table, runs, moving = climber.table, proposed.runs, proposed.moving
    K = runs.means.shape[1]
    if table.model.shares or K <= SHARED:
        climber.passes += len(runs) * iterations
        return runs.after(table, iterations)
    climber.passes += len(runs) * iterations * moving.shape[1] // K
    share = view.responsibilities.T[moving].sum(axis=1)
    # A share of one leaves nothing to the others: far less than a rounding is as good.
    background = view.log_prob + np.log(np.maximum(1.0 - share, 1e-16))
    part = runs.part(moving)
    return runs.with_part(moving, part.after(table, iterations, background, part.weights.sum(axis=1)))
