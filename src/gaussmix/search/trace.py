"""The trace of a search: its runs, its moves, and the verdict on its result."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ..mixture import Mixture

__all__ = ["SearchEvent", "SearchRun", "SearchTrace"]

Kind: TypeAlias = Literal["start", "converged", "split_merge", "refit", "combined", "crossover", "new_starts"]


@dataclass(frozen=True, eq=False)
class SearchEvent:
    """An event of a search: the start of a run, the convergence of its EM, or a move.

    Attributes
    ----------
    kind : "start", "converged", "split_merge", "refit", "combined", "crossover" or "new_starts"
        The start of a run; the convergence of its EM; a move that split one component and merged two; a refit of two
        components; several such moves at once; a generation of crossovers, or of new starts.
    run : int
        Position of the run.
    seconds : float
        Time since the search began.
    passes : int
        Passes over the rows of the search so far.
    log_likelihood : float
        Mean log-likelihood of the mixture, in nats for each unit of weight; penalised if components are small.
    predicted, gain : float
        The predicted and the actual gain of a move, in nats of all rows; 0 if the event is not a move. The
        predicted gain of a generation is NaN.
    taken : bool
        Whether the move was accepted.
    mixture : Mixture or None
        The run's mixture afterwards; large ones are not kept. Within a run a component keeps its number until a move
        replaces it, and the new components take the numbers of the old ones.
    components : tuple of tuples of int
        The numbers of the components of each move in the mixture before it: the split one and the two merged ones, or
        the two refitted ones.
    total_weight : float
        Sum of the weights of the rows of the search; the factor between mean and total log-likelihoods.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> gaussmix.GaussianMixture(3, random_state=0).fit(X).trace_.search.events[0].words
    'run 1 begins'
    """

    kind: Kind
    run: int
    seconds: float
    passes: int
    log_likelihood: float
    predicted: float
    gain: float
    taken: bool
    mixture: Mixture | None = field(repr=False)
    components: tuple[tuple[int, ...], ...] = ()
    total_weight: float = 1.0

    @property
    def is_start(self) -> bool:
        """Whether a run begins."""
        return self.kind == "start"

    @property
    def is_move(self) -> bool:
        """Whether this is a move, rather than the result of EM."""
        return self.kind not in ("start", "converged")

    @property
    def has_prediction(self) -> bool:
        """Whether the gain of this move was predicted."""
        return self.is_move and math.isfinite(self.predicted)

    @property
    def before(self) -> float:
        """Mean log-likelihood before a move, nats for each unit of weight."""
        return self.log_likelihood - (self.gain / self.total_weight if self.taken else 0.0)

    @property
    def words(self) -> str:
        """The event in words."""
        if not self.is_move:
            return f"run {self.run + 1} begins" if self.kind == "start" else "EM has converged"
        named = [_moved_components(numbers) for numbers in self.components[:_MOST_NAMED]] or [
            self.kind.replace("_", " ")
        ]
        more = len(self.components) - len(named)
        return "; ".join(named) + (f"; and {more} more" if more > 0 else "")

    @property
    def title(self) -> str:
        """A caption of the event in one line, with the run and the gain."""
        if not self.is_move:
            return self.words.capitalize() if self.kind == "start" else f"Run {self.run + 1}: {self.words}"
        many = len(self.components) > 1
        what = f"{len(self.components)} moves at once" if many else self.words
        gain = f"{self.gain:+z.1f}".replace("-", "\u2212")
        return f"Run {self.run + 1}: {what}, {gain} nats" + ("" if self.taken else ", rejected")

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> SearchEvent:
        """Return the same event in other units.

        Parameters
        ----------
        outward : callable
            Maps a mixture to the other units.
        shift : float
            Change of the mean log-likelihood with the units, in nats.

        Returns
        -------
        SearchEvent
            The event with its mixture mapped and its log-likelihood shifted.
        """
        mixture = None if self.mixture is None else outward(self.mixture)
        return replace(self, log_likelihood=self.log_likelihood + shift, mixture=mixture)


_MOST_NAMED = 3


def _moved_components(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 3:
        split, *merged = numbers
        return f"split {split}, merged {' and '.join(map(str, sorted(merged)))}"
    return f"refitted {' and '.join(map(str, sorted(numbers)))}"


@dataclass(frozen=True)
class SearchRun:
    """One run of a search: a start and moves from there, or a population of mixtures.

    Attributes
    ----------
    start : str
        The start of the run, in words.
    log_likelihood : float
        Mean log-likelihood at the end of the run, in nats for each unit of weight; penalised if components are small.
    best_remaining_gain : float
        The largest predicted gain of a move at the end, in nats of all rows; −∞ where none was predicted, as in a
        population.
    degenerate : bool
        Whether a component has too few rows or has collapsed: a spurious maximiser of the likelihood.
    seconds : float
        Time from the start of the search to the end of the run.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> run = gaussmix.GaussianMixture(3, random_state=0).fit(X).trace_.search.runs[0]
    >>> run.degenerate
    False
    """

    start: str
    log_likelihood: float
    best_remaining_gain: float
    degenerate: bool
    seconds: float


@dataclass(frozen=True, eq=False)
class SearchTrace:
    """The trace of a search: its runs, its moves, and the verdict on its result.

    Attributes
    ----------
    runs : tuple of SearchRun
        The runs in order.
    events : tuple of SearchEvent
        The starts of runs and the moves, in order.
    best : int
        Position of the best run.
    n_rows : int
        Number of rows of the search: all distinct rows, or a sample.
    passes : int
        Number of passes over these rows.
    seconds : float
        Time of the whole search.
    clear : bool
        Whether the verdict is clear: a better maximum is unlikely.
    verdict : str
        The verdict on the result, in words.

    Examples
    --------
    >>> import gaussmix
    >>> X = gaussmix.datasets.load_faithful().data
    >>> search = gaussmix.GaussianMixture(2, random_state=0).fit(X).trace_.search
    >>> search.clear
    True
    """

    runs: tuple[SearchRun, ...]
    events: tuple[SearchEvent, ...]
    best: int
    n_rows: int
    passes: int
    seconds: float
    clear: bool
    verdict: str

    @property
    def n_tried(self) -> int:
        """Number of moves tried."""
        return sum(event.is_move for event in self.events)

    @property
    def n_taken(self) -> int:
        """Number of moves accepted."""
        return sum(event.is_move and event.taken for event in self.events)

    @property
    def is_informative(self) -> bool:
        """Whether a move was accepted, or the runs differ by more than 1e-4 nats per row."""
        ends = [run.log_likelihood for run in self.runs]
        return self.n_taken > 0 or max(ends) - min(ends) > 1e-4

    @property
    def total_weight(self) -> float:
        """Σ w of the rows of the search."""
        return self.events[0].total_weight if self.events else float(self.n_rows)

    def below_best(self, run: int) -> float:
        """Return the difference in log-likelihood of the best run and another one, in nats of all rows.

        Parameters
        ----------
        run : int
            Position of the run.

        Returns
        -------
        float
            0 for the best run; negative if another run has a higher likelihood and is degenerate.
        """
        best, other = self.runs[self.best], self.runs[run]
        return (best.log_likelihood - other.log_likelihood) * self.total_weight

    def __repr__(self) -> str:
        moves = f"{self.n_taken} of {self.n_tried} moves accepted"
        return f"SearchTrace({_counted(len(self.runs), 'run')}, {moves}, {self.verdict})"

    def summary(self) -> str:
        """Return the runs in a table of text, and the verdict.

        A run's log-likelihood is the mean over the rows. *below* is its distance below the best run, and *remaining*
        the largest predicted gain of a move at its end (none of a population): both in nats, summed over the rows of
        the search.

        Returns
        -------
        str
            A line for each run, then the verdict.

        Examples
        --------
        >>> import gaussmix
        >>> X, _ = gaussmix.datasets.random_mixture(3, 2, random_state=0).sample(2000, random_state=0)
        >>> search = gaussmix.GaussianMixture(3, random_state=0).fit(X).trace_.search
        >>> search.summary().splitlines()[1].split()
        ['run', 'log-likelihood', 'below', 'remaining', 'moves', 'start']
        """
        work = f"{_counted(self.n_rows, 'row')}, {_counted(self.passes, 'pass', 'es')}, {self.seconds:.2f} s"
        lines = [
            f"{_counted(len(self.runs), 'run')} on {work}; the best is marked *",
            f"{'run':>5}  {'log-likelihood':>15}  {'below':>8}  {'remaining':>9}  {'moves':>8}  start",
        ]
        for number, run in enumerate(self.runs):
            remaining = _gain_text(run.best_remaining_gain)
            taken, tried = self.moves_of(number)
            lines.append(
                f"{'*' if number == self.best else '':>2}{number + 1:>3}  {run.log_likelihood:>15.6f}  "
                f"{self.below_best(number):>8.1f}  {remaining:>9}   {f'{taken}/{tried}':>8}  {run.start}"
                + (" (a component collapsed)" if run.degenerate else "")
            )
        return "\n".join([*lines, self.verdict])

    def moves_of(self, run: int) -> tuple[int, int]:
        """Return the numbers of accepted and of tried moves of a run.

        Parameters
        ----------
        run : int
            Position of the run.

        Returns
        -------
        accepted, tried : int
            The two numbers.
        """
        tried = [event for event in self.events if event.run == run and event.is_move]
        return sum(event.taken for event in tried), len(tried)

    def moved(self, outward: Callable[[Mixture], Mixture], shift: float) -> SearchTrace:
        """Return the same trace in other units.

        Parameters
        ----------
        outward : callable
            Maps a mixture to the other units.
        shift : float
            Change of the mean log-likelihood with the units, in nats.

        Returns
        -------
        SearchTrace
            The trace with its mixtures mapped and its log-likelihoods shifted.
        """
        runs = tuple(replace(run, log_likelihood=run.log_likelihood + shift) for run in self.runs)
        return replace(self, runs=runs, events=tuple(event.moved(outward, shift) for event in self.events))

    def without_mixtures(self) -> SearchTrace:
        """Return the same trace without the mixtures of its events, to save memory.

        Returns
        -------
        SearchTrace
            The trace as a file holds it.
        """
        return replace(self, events=tuple(replace(event, mixture=None) for event in self.events))


def _gain_text(best_remaining_gain: float) -> str:
    """Return a predicted gain as text; "none" without predictions."""
    return f"{best_remaining_gain:.1f}" if math.isfinite(best_remaining_gain) else "none"


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}{'' if count == 1 else plural}"
