"""The search for the best local maximum of the likelihood, by several starts and changes of many components at once.

At a typical poor local maximum one component covers two clusters, and two others share one. EM cannot leave it; a
split-merge move can. On small tables, and where components overlap, a population of mixtures has crossovers, compared
by short EM runs (``population``). On large tables with separate components the gains of split-merge moves are predicted
by *partial EM* of few components on their rows, at a small part of the cost (``predicted_moves``).

References
----------
Ueda, N., Nakano, R., Ghahramani, Z. and Hinton, G. E. (2000). SMEM algorithm for mixture models. Neural Computation 12,
2109-2128.
Gribel, D. and Vidal, T. (2019). HG-means: A scalable hybrid genetic algorithm for minimum sum-of-squares clustering.
Pattern Recognition 88, 569-583.
Neal, R. M. and Hinton, G. E. (1998). A view of the EM algorithm that justifies incremental, sparse, and other variants.
In: Learning in Graphical Models, 355-368.
"""

from __future__ import annotations

from .budget import Budget
from .trace import SearchEvent, SearchRun, SearchTrace

__all__ = ["Budget", "SearchEvent", "SearchRun", "SearchTrace"]
