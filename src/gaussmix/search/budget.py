"""The budget of a search: runs, seconds, and the maximum cost in plain fits."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PATIENCE", "PRICE", "Budget"]

PRICE = 20.0
"""Maximum cost of a search by predicted gains, in plain fits of scikit-learn."""
PATIENCE = 32
"""The number of generations without a sufficient gain after which a population ends."""


@dataclass(frozen=True)
class Budget:
    """The budget of a search.

    Parameters
    ----------
    runs : int, optional
        Maximum number of runs. Without ``runs`` and ``seconds``, the search is limited to a few times the cost of a
        plain fit: one run of a population, or at most twelve runs with predicted gains.
    seconds : float, optional
        Maximum time; the result then depends on the speed of the machine.
    least_runs : int, default=1
        Minimum number of runs, even if the first one is clear.
    likelihood : bool, default=False
        Compare mixtures by likelihood alone, without the scan penalty of small components.
    patience : int, default=32
        The number of generations of a population without a sufficient gain after which a run ends.

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

    @property
    def patient(self) -> bool:
        """Whether the search ends by its own stopping rule: neither runs nor seconds are given."""
        return self.runs is None and self.seconds is None

    @property
    def most_runs(self) -> int:
        """Maximum number of runs."""
        if self.runs is not None:
            most = self.runs
        else:
            most = 1_000_000 if self.seconds is not None else 12
        return max(most, self.least_runs)
