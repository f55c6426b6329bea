"""The budget of a search: runs, seconds, and the maximum cost in plain fits."""

from __future__ import annotations

from dataclasses import dataclass

from ..mixture import Mixture

__all__ = ["MANY", "PATIENCE", "POPULATIONS", "Budget"]

PRICE, MANY = 10.0, 10
"""Maximum cost of a search, in plain fits of scikit-learn, so that a fit costs no more than one with ``n_init=10``; the
largest number of few components, of which a search in doubt continues with a population.
"""
PRICED = 20
"""The number of components above which the maximum cost falls as 1 / K, because a run tries moves of all components and
further runs gain little. Of five random mixtures of 50 components in the plane, with 5,000 rows, four instead of two
ended less than 0.001 nats per row below the best known maximum, compared with ten, for 1.4 times the time.
"""
MANY_ROWS, LEAST = 2_000, 0.2
"""The number of rows above which the maximum cost falls in inverse proportion to them, and its smallest share; where
components are many too, the lower share counts. By likelihood it does not fall. On 303 fits to real tables of 3,500 to
12,000 rows, 77 instead of 80 % reached the best known maximum, compared with 3,000 rows and a share of 0.5, for three
quarters of the time; none ended below scikit-learn's ``n_init=10``. On random clusters of 10,000 rows, a fit costs 2.0
instead of 2.5 fits of scikit-learn.
"""
MORE = 4.0
"""The factor of the maximum cost by likelihood, and of each run where runs or seconds are given."""
PATIENCE, POPULATIONS = 16, 6
"""The number of generations without a sufficient gain after which a population ends, and the most populations of a
search: a population that has stopped improving rarely improves later, but another one often ends higher. On 407 fits
of more than three components to real tables, 90.9 instead of 88.7 % reached the best known maximum, compared with a
single population of 48 generations, at about the same cost.
"""
THOROUGH, THOROUGH_COST = 2, 24.0
"""In a thorough search, the factor of the returns, generations, populations, and mixtures of a population; and that of
the maximum cost, as later populations have more components at first. Twice as many populations, at twice the cost,
reached the best known maximum in 16 instead of 12 of 24 searches by likelihood for nine components of five difficult
tables (benchmarks/real).
"""


@dataclass(frozen=True)
class Budget:
    """The budget of a search.

    Parameters
    ----------
    runs : int, optional
        Maximum number of runs; at least ``least_runs`` are made. Without ``runs`` and ``seconds``, the search costs at
        most ten plain fits of scikit-learn (four times as many with ``likelihood``, 24 times with ``thorough``), times
        ``least_runs``, in at most ``populations`` populations or twelve runs by predicted gains.
    seconds : float, optional
        Maximum time; the result then depends on the speed of the machine.
    least_runs : int, default=1
        Minimum number of runs, even if the first one is clear.
    likelihood : bool, default=False
        Look for the highest likelihood also with fewer than two rows for each free parameter.
    patience : int, default=16
        The number of generations of a population without a sufficient gain after which a run ends.
    populations : int, default=6
        The most populations of a search without ``runs`` and ``seconds``.
    known : Mixture, optional
        A fit of K components by other starts. A population that ends at its likelihood ends the search: the two agree.
    thorough : bool, default=False
        Twice the generations of ``patience`` and the ``populations``, and populations of twice the size that end at
        40 returns to the best maximum.
    single_values : bool, default=True
        Whether a component may describe single values of a column; otherwise it is degenerate, as in the searches of
        a selection.

    Examples
    --------
    >>> Budget().most_runs, Budget(runs=3).most_runs, Budget(seconds=9.0).most_runs
    (12, 3, 1000000)
    """

    runs: int | None = None
    seconds: float | None = None
    least_runs: int = 1
    likelihood: bool = False
    patience: int = PATIENCE
    populations: int = POPULATIONS
    known: Mixture | None = None
    thorough: bool = False
    single_values: bool = True

    @property
    def patient(self) -> bool:
        """Whether the search ends by its own stopping rule: neither runs nor seconds are given."""
        return self.runs is None and self.seconds is None

    @property
    def factor(self) -> int:
        """The factor of returns, generations, populations and their size: two in a thorough search."""
        return THOROUGH if self.thorough else 1

    def price(self, n_components: int, n_rows: int = 0) -> float:
        """Return the maximum cost of a search for K components in n rows, in plain fits of scikit-learn.

        A noise component doubles it. By default it is lower with fewer than seven rows for each parameter.

        Parameters
        ----------
        n_components : int
            Number of components K.
        n_rows : int, default=0
            Number of rows n of the sample.

        Returns
        -------
        float

        Examples
        --------
        >>> Budget().price(5), Budget().price(50), Budget().price(5, n_rows=4_000)
        (10.0, 4.0, 5.0)
        """
        share = PRICED / n_components
        if not self.likelihood:
            share = min(share, max(LEAST, MANY_ROWS / max(n_rows, MANY_ROWS)))
        more = MORE if self.likelihood or not self.patient else 1.0
        more *= THOROUGH_COST if self.thorough else 1.0
        return PRICE * self.least_runs * more * min(1.0, share)

    @property
    def most_runs(self) -> int:
        """Maximum number of runs."""
        if self.runs is not None:
            most = self.runs
        else:
            most = 1_000_000 if self.seconds is not None else 12
        return max(most, self.least_runs)
