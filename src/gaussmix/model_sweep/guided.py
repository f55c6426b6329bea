"""Starts of a model from partitions common to all families, and from the fits of neighbouring models."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ..covariances import Family
from ..covariances.constraints import AddToDiagonal, Constraint, Floor
from ..engines import Engine, SerialEngine
from ..estimation import FitPlan
from ..fitting.rescaling import Rescaling
from ..fitting.spread import Spread
from ..frames import DiagonalFrame, FullFrame
from ..mixture import Mixture
from ..model import Model
from ..search.local_em import LocalEM
from ..search.race import best_of_proposals
from ..search.search_data import SearchData, most_rows
from ..starts import StartRows, draw_start_rows
from .candidate import FEWEST_BESIDE_PRIOR, Candidate, Key, Rows
from .fitted import FittedModel
from .neighbours import SharedPartitions, from_fewer, from_more, likeliest, outer

__all__ = ["GuidedSearch"]

_GAIN = 0.01
"""Nats by which a proposal must be better than the fit that is there."""

_SPLITS, _FAMILIES, _COSTLY_FAMILIES = 4, 5, 3
"""Number of proposed splits, and of proposed fits of other families; fewer of these if the estimate is not compiled."""


class GuidedSearch:
    """Races of starting partitions and of the fits of neighbouring models."""

    def __init__(self, candidates: Sequence[Candidate], rows: Rows, engine: Engine, seed: int) -> None:
        self._candidates = {candidate.key: candidate for candidate in candidates}
        self._rows, self._engine, self._seed = rows, engine, seed
        self._data: dict[Key, SearchData] = {}
        self._partitions: SharedPartitions | None = None
        self._by_count: dict[int, list[Mixture]] = {}
        self._lock = threading.RLock()
        self._most = max(candidate.plan.n_components for candidate in candidates)
        first = candidates[0]
        self._usable = first.source.plain and first.plan.uniform is None
        # The races compare densities of all rows, and of complete values.
        self._usable = self._usable and not first.plan.robust and first.plan.bounds is None
        self._usable = self._usable and not first.plan.restrictions.anything and self._ordinary(candidates)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    def _ordinary(self, candidates: Sequence[Candidate]) -> bool:
        """Whether the fits compute in the units of the rows."""
        for family in {candidate.plan.family for candidate in candidates}:
            with np.errstate(over="ignore", invalid="ignore"):
                if Rescaling.of(self._rows.spread(family.frame), not family.scales_columns) is not None:
                    return False
        return True

    def shares(self, key: Key) -> bool:
        """Return whether a model begins at shared partitions; otherwise it has a search of its own."""
        plan = self._candidates[key].plan
        light = plan.search is not None and plan.search.patient and not plan.search.likelihood
        return self._usable and light and plan.searches and plan.n_components > 1 and plan.n_init == 1

    def in_order(self, keys: Sequence[Key]) -> list[Key]:
        """Return models in the order of their fits: compiled estimates first."""
        return sorted(keys, key=lambda key: (key[0], key[1].pooling is None, not key[1].frame.full))

    # ------------------------------------------------------------------------------------- the rows of races

    def data(self, key: Key) -> SearchData:
        """Return the rows of the races of a model, with its family and prior."""
        plan = self._candidates[key].plan
        # A prior depends on the number of components.
        shared = key if plan.prior is not None else (0, plan.family)
        with self._lock:
            if shared not in self._data:
                self._data[shared] = self._new_data(plan)
            return self._data[shared]

    def _new_data(self, plan: FitPlan) -> SearchData:
        spread = self._rows.spread(plan.family.frame)
        rows = self._drawn(plan.family, spread)
        prior = plan.pseudo_moments(spread, spread.total_weight)
        model = Model(plan.family, _constraint(plan.reg_covar, spread), prior=prior)
        model = model.scaled(float(rows.weights.sum()) / spread.total_weight)
        fewest = None if prior is None else FEWEST_BESIDE_PRIOR
        sound = partial(_sound, self._rows, plan)
        return SearchData(rows, model, SerialEngine(), sound, fewest, likelihood=True)

    def _drawn(self, family: Family, spread: Spread) -> StartRows:
        source = next(iter(self._candidates.values())).source
        most = most_rows(self._most, source.n_features, predicted=False)
        rng = np.random.default_rng([self._seed, 1])
        return draw_start_rows(source, most, family, spread.mean, spread.scale, rng, self._engine)

    def _shared(self, n_components: int) -> list[Mixture]:
        """Return the mixtures of the partitions into K parts."""
        with self._lock:
            if self._partitions is None:
                full = any(
                    c.plan.family.frame.full and self._rows.support(c.plan) is None
                    for c in self._candidates.values()
                )
                frame = FullFrame() if full else DiagonalFrame()
                spread = self._rows.spread(frame)
                model = Model(outer(frame), Floor(spread.scale))
                self._partitions = SharedPartitions(self._drawn(outer(frame), spread), model, self._seed)
            if n_components not in self._by_count:
                self._by_count[n_components] = self._partitions.mixtures(n_components)
            return self._by_count[n_components]

    # --------------------------------------------------------------------------------------------- proposals

    def first(self, key: Key, found: Mapping[Key, FittedModel]) -> Mixture | None:
        """Return the start of a model: the winner of a race of partitions and of the fits of other families."""
        data, partitions = self.data(key), self._shared(key[0])
        others = self._other_families(key, found, set(found))
        if data.model.light:
            return _winner(data, [*partitions, *others])
        return _winner(data, [*partitions[:1], *likeliest(others, data.rows, _COSTLY_FAMILIES)])

    def improvable(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> bool:
        """Return whether a neighbour of a model changed."""
        K, family = key
        plan = self._candidates[key].plan
        if not self._usable or K < 2 or not plan.searches or found[key].mixture is None:
            return False
        return (K + 1, family) in changed or (K - 1, family) in changed

    def unseen(self, key: Key, changed: set[Key]) -> set[Key]:
        """Return changed models without those whose fits were proposed to the first fit of a model."""
        if not (self.shares(key) and self.data(key).model.light):
            return changed
        families = self.in_order([other for other in self._candidates if other[0] == key[0]])
        return changed.difference(families[: families.index(key)])

    def better(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> Mixture | None:
        """Return a mixture of higher objective than that of a model, from its neighbours; None without one."""
        K, family = key
        data, model = self.data(key), found[key]
        proposals: list[Mixture] = []
        more, fewer = found.get((K + 1, family)), found.get((K - 1, family))
        if more is not None and more.mixture is not None and (K + 1, family) in changed:
            proposals += from_more(more.mixture)
        if fewer is not None and fewer.mixture is not None and (K - 1, family) in changed:
            proposals += likeliest(from_fewer(fewer.mixture), data.rows, _SPLITS)
        most = _FAMILIES if data.model.light else _COSTLY_FAMILIES
        proposals += likeliest(self._other_families(key, found, changed), data.rows, most)
        present = -np.inf
        if model.mixture is not None and model.sound:
            present = LocalEM(data).objective(model.mixture)
        winner = best_of_proposals(data, proposals, present) if proposals else None
        if winner is None or (model.sound and not winner.nondegenerate) or winner.objective < present + _GAIN:
            return None
        return winner.mixture

    def _other_families(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> list[Mixture]:
        """Return the changed fits of other families with the same number of components."""
        K, family = key
        others = [
            found.get(other)
            for other in self._candidates
            if other in changed and other[0] == K and other[1] != family
        ]
        kept = [m for m in others if m is not None and m.sound and m.mixture is not None]
        kept.sort(key=lambda m: (-m.log_likelihood, m.df))
        return [m.mixture for m in kept if m.mixture is not None]


def _sound(rows: Rows, plan: FitPlan, mixture: Mixture) -> bool:
    return not rows.degenerate(mixture, plan)


def _constraint(reg_covar: float | None, spread: Spread) -> Constraint:
    return Floor(spread.scale) if reg_covar is None else AddToDiagonal(reg_covar)


def _winner(data: SearchData, proposals: Sequence[Mixture]) -> Mixture | None:
    winner = best_of_proposals(data, proposals) if proposals else None
    return None if winner is None else winner.mixture
