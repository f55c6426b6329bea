"""The tasks of the benchmark: a table, a family and a number of components."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .judging import FAMILIES, n_parameters
from .table import Table, key_of

__all__ = ["SIZES", "Task", "tasks_of"]

SIZES = (1, 2, 3, 5, 9)
MOST_WORK = 1.2e8
"""Products in a pass of EM over all rows; above it, a task is left out."""


@dataclass(frozen=True, eq=False)
class Task:
    """A table, a family and a number of components."""

    table: Table
    family: str
    K: int

    @property
    def key(self) -> str:
        """What the reference is kept under."""
        return key_of(self.table.name, self.family, self.K)

    @property
    def supported(self) -> bool:
        """Whether there are five rows for each free parameter."""
        N, D = self.table.X.shape
        return 5 * n_parameters(D, self.K, self.family) <= N

    @property
    def at_classes(self) -> bool:
        """Whether K is the number of classes."""
        return self.table.n_classes == self.K

    @property
    def work(self) -> float:
        """Products in a pass of EM."""
        N, D = self.table.X.shape
        return float(N * self.K * (D * D if self.family in ("full", "tied") else D))


def tasks_of(
    tables: Iterable[Table], families: tuple[str, ...] = FAMILIES, sizes: tuple[int, ...] = ()
) -> list[Task]:
    """Return the tasks on tables: the sizes, and the number of classes.

    With one column, families whose covariances are the same there are not repeated.
    """
    found = []
    for table in tables:
        N, D = table.X.shape
        classes = {table.n_classes} if table.n_classes and not sizes else set()
        for family in (f for f in families if D > 1 or f in ("full", "tied")):
            tasks = (Task(table, family, K) for K in sorted(set(sizes or SIZES) | classes))
            found += [t for t in tasks if t.work <= MOST_WORK and 2 * t.K * (D + 1) <= 2 * N]
    return found
