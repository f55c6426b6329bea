"""The search for the optimum: over-fit, merge down, exchange by exact local gains, and start again while in doubt.

A component that took two clusters and two that share one keep EM at a poor optimum for ever. The search finds such
places by *partial EM* on few components and the rows that they answer for, which foretells what a change gains on all
rows at a small part of the cost.

References
----------
Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation 12,
2109-2128.
Neal, R. M. and Hinton, G. E. (1998). A view of the EM algorithm that justifies incremental, sparse, and other variants.
In: Learning in Graphical Models, 355-368.
"""

from __future__ import annotations

from .find import Budget, Found, find
from .story import Watcher
from .table import Table, most_rows, predicts

__all__ = [
    "Budget",
    "Found",
    "Table",
    "Watcher",
    "find",
    "most_rows",
    "predicts",
]
