"""Starts of a model from partitions common to all families, and from the fits of neighbouring models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .._types import Floats
from ..covariances import Family, is_nested
from ..engines import Engine
from ..estimation import FitPlan, Trace, fit_mixture
from ..fitting import InitialValues, RunResult, run_loop
from ..fitting.rescaling import Rescaling
from ..mixture import Mixture
from ..search.batched_em import Runs
from ..search.local_em import LocalEM
from ..search.race import (
    Parameters,
    best_of_proposals,
    end_of_run,
    ends_of,
    in_frame,
    joined,
    likeliest,
    parameters_of,
    runs_of_parameters,
)
from ..search.search_data import supports
from ..uniform import Uniform
from .candidate import Candidate, Key, Rows
from .fitted import FittedModel
from .neighbours import from_fewer, from_more
from .race_data import RaceData
from .race_rows import exact

__all__ = ["GuidedSearch"]

_GAIN = 0.01
"""Nats by which a proposal must be better than the fit that is there."""

_DEGENERATE = 5
"""Iterations from a degenerate start: EM does not lead out of a degenerate component, and is slow there."""
_SMALL_TABLE = 200
"""Rows up to which a model of fewer than two rows for each parameter has one run of EM: most maxima that a race and a
search find there are spurious. On 110 random four fifths of 22 real tables of 30 to 100 rows, the model that was chosen
with one run had a higher likelihood on the other fifth in 51 cases, a lower one in 20, and the same in 39. On 80 of 16
tables of 100 to 200 rows, the choice was the same in 75, the BIC lower in four, and the time 36 % less; of 195 on
larger tables, the BIC was higher in 20.
"""
_COSTLY = 4
"""Number of proposals where the estimate is not compiled."""
_WIDE = 30
"""With more columns, an M-step of covariances that share a part takes longer than the pass over some hundred rows: on a
table of 87 rows and 61 columns the searches of five models took 28 s of the 31 s of all models."""


class GuidedSearch:
    """Races of starting partitions and of the fits of neighbouring models."""

    def __init__(self, candidates: Sequence[Candidate], rows: Rows, engine: Engine, seed: int) -> None:
        self._candidates = {candidate.key: candidate for candidate in candidates}
        self._rows, self._seed = rows, seed
        self._races = RaceData(self._candidates, rows, engine, seed)
        self._once: dict[Key, bool] = {}
        self._of_count: dict[int, list[Key]] = {}
        first = candidates[0]
        self._lends = (
            first.plan.bounds is None
            and exact(first.source)
            and not first.plan.restrictions.of_parameters
            and self._ordinary(candidates)
        )
        # The races compare densities of all rows.
        usual = not first.plan.robust and not first.plan.restrictions.anything
        self._usable = self._lends and usual
        for key in self.in_order(list(self._candidates)):
            self._of_count.setdefault(key[0], []).append(key)

    def _ordinary(self, candidates: Sequence[Candidate]) -> bool:
        """Whether the fits compute in the units of the rows."""
        for family in {candidate.plan.family for candidate in candidates}:
            with np.errstate(over="ignore", invalid="ignore"):
                if Rescaling.of(self._rows.spread(family.frame), not family.scales_columns) is not None:
                    return False
        return True

    def shares(self, key: Key) -> bool:
        """Return whether a model begins at shared partitions; otherwise it has a search of its own."""
        return self._usable and _light(self._candidates[key].plan)

    def runs_once(self, key: Key) -> bool:
        """Return whether a model has a single EM run: in a small table, with few rows for each parameter."""
        once = self._once.get(key)
        if once is None:
            (K, family), n, candidate = key, self._rows.count, self._candidates[key]
            few = n <= _SMALL_TABLE and not supports(n, K, candidate.source.n_features, family)
            once = few and self.shares(key) and candidate.source.plain and candidate.plan.plain
            self._once[key] = once
        return once

    def searchable(self, key: Key) -> bool:
        """Return whether a model may have a search of its own after its first fit: its M-step takes little time.

        Its first fit started from those of other families, or from shared partitions.
        """
        if not self._usable:
            return self.follows(key)
        family, D = key[1], self._candidates[key].source.n_features
        shares_part = family.pooling is None or bool(family.pooling.decomposition)
        return self.shares(key) and self._races.data(key).model.light and not (shares_part and D > _WIDE)

    def follows(self, key: Key) -> bool:
        """Return whether a model starts from fits of other families with the same number of components."""
        return self._lends and _light(self._candidates[key].plan)

    def in_order(self, keys: Sequence[Key]) -> list[Key]:
        """Return models in the order of their fits: compiled estimates first; without races, the freest first."""

        def place(key: Key) -> tuple[int, bool, bool, int]:
            K, family = key
            freedom = 0 if self._usable else family.n_parameters(K, self._candidates[key].source.n_features)
            return K, family.pooling is None, not family.frame.full, -freedom

        return sorted(keys, key=place)

    def run(self, key: Key, start: Mixture, engine: Engine, most: int) -> tuple[RunResult, Trace]:
        """Return the run of EM on all rows from a start, and its trace.

        Parameters
        ----------
        key : tuple of int and Family
        start : Mixture
        engine : Engine
            The same in each call.
        most : int
            The most iterations.
        """
        candidate = self._candidates[key]
        plan = candidate.plan
        if not (self._usable and self._races.model(key).compiled and candidate.source.plain):
            given = InitialValues(start.weights / start.weights.sum(), start.means, start.covariances)
            plan = replace(plan.starting_at(given), uniform=start.uniform or plan.uniform, max_iter=most)
            rng = candidate.rng(self._seed)
            return fit_mixture(candidate.source, plan, rng, engine, candidate.whole)
        result = run_loop(self._races.driver(key, engine), start, stop=plan.stop, max_iter=most)
        return result, Trace((result.trace,), 0)

    # --------------------------------------------------------------------------------------------- proposals

    def alone(self, key: Key) -> Mixture | None:
        """Return the component of all rows as the start of a model of one; None where it has a fit of its own."""
        family = key[1]
        if key[0] > 1 or not (self._usable and self._candidates[key].source.plain):
            return None
        if self._candidates[key].plan.uniform is not None:
            return None
        spread = self._rows.spread(family.frame)
        return _of_family(family, np.ones(1), spread.mean[None].copy(), spread.scale[None])

    def once(self, key: Key) -> tuple[RunResult, int] | None:
        """Return the end of one run from the hierarchical clustering, and the most iterations that may follow.

        None where the clustering is no start of the model.
        """
        data, most = self._races.data(key), self._candidates[key].plan.max_iter
        runs = self._races.starts(key, tree=True)
        if not len(runs):
            return None
        end = end_of_run(data, runs)
        return end, most if end.objective > -np.inf else min(most, _DEGENERATE)

    def first(self, key: Key, found: Mapping[Key, FittedModel]) -> tuple[Mixture, int] | None:
        """Return the start of a model, and the most iterations from it; None where it has a search of its own.

        It is the winner of a race of partitions and of the fits of other families. Where every run is degenerate, it is
        the first of them: a search would hardly find a model that is chosen.
        """
        data, others = self._races.data(key), self._other_families(key, found, set(found))
        frame = data.model.frame
        proposals = self._races.partitions(key[0], frame)
        if not len(proposals[0]):
            return None
        runs = self._races.starts(key)
        if others:
            further = runs_of_parameters(data, parameters_of(others, frame))
            runs = Runs.joined([part for part in (runs, further) if len(part)] or [runs])
        winner = best_of_proposals(data, runs if data.model.light else likeliest(data, runs, _COSTLY))
        most = self._candidates[key].plan.max_iter
        if winner is not None:
            return winner.mixture, most if winner.nondegenerate else min(most, _DEGENERATE)
        weights, means, framed = (array[0] for array in proposals)
        start = _of_family(key[1], weights, means, framed, data.model.uniform)
        return start, min(most, _DEGENERATE)

    def lent(self, key: Key, found: Mapping[Key, FittedModel]) -> list[Mixture]:
        """Return starts from fits of other families, where there are no races.

        The first family of a frame has none.
        """
        family = key[1]
        if self._usable or not self.follows(key):
            return []
        others = self._other_families(key, found, set(found))
        if not any(other.family.frame == family.frame for other in others):
            return []
        return [_member(other, family) for other in others[:_COSTLY]]

    def improvable(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> bool:
        """Return whether a neighbour of a model changed."""
        K, family = key
        plan = self._candidates[key].plan
        if not self._usable or K < 2 or not plan.searches or found[key].mixture is None:
            return False
        if self.runs_once(key):
            return False
        return (K + 1, family) in changed or (K - 1, family) in changed

    def unseen(self, key: Key, changed: set[Key]) -> set[Key]:
        """Return changed models without those whose fits were proposed to the first fit of a model."""
        if not (self.shares(key) and self._races.data(key).model.light):
            return changed
        before = self._of_count[key[0]]
        return changed.difference(before[: before.index(key)])

    def better(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> Mixture | None:
        """Return a mixture of higher objective than that of a model, from its neighbours; None without one."""
        K, family = key
        parameters: list[Parameters] = []
        more, fewer = found.get((K + 1, family)), found.get((K - 1, family))
        if more is not None and more.mixture is not None and (K + 1, family) in changed:
            parameters.append(from_more(more.mixture))
        if fewer is not None and fewer.mixture is not None and (K - 1, family) in changed:
            parameters.append(from_fewer(fewer.mixture))
        others = self._other_families(key, found, changed)
        if others:
            parameters.append(parameters_of(others, family.frame))
        if not parameters:
            return None
        data, model = self._races.data(key), found[key]
        proposals = runs_of_parameters(data, joined(parameters))
        present = -np.inf
        if model.mixture is not None and model.sound:
            present = LocalEM(data).objective(model.mixture)
        if not data.model.light:
            proposals = likeliest(data, proposals, _COSTLY)
        winner = best_of_proposals(data, proposals, present)
        if winner is None or (model.sound and not winner.nondegenerate) or winner.objective < present + _GAIN:
            return None
        return winner.mixture

    def contains(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key], gain: float) -> bool:
        """Return whether a changed fit of a nested family is more likely than that of a model."""
        return bool(self._likelier(key, found, changed, gain))

    def from_nested(
        self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key], gain: float
    ) -> Mixture | None:
        """Return the first sound end of EM from more likely fits of nested families; None without one."""
        data, starts = self._races.data(key), self._likelier(key, found, changed, gain)
        members = [_member(mixture, key[1]) for mixture in starts]
        ends = ends_of(data, runs_of_parameters(data, parameters_of(members, data.model.frame)))
        return ends[-1].mixture if ends and ends[-1].nondegenerate else None

    def _likelier(
        self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key], gain: float
    ) -> list[Mixture]:
        """Return changed fits of nested families that are more likely than that of a model."""
        (K, family), model = key, found[key]
        plan = self._candidates[key].plan
        if not (self._usable and plan.searches) or K < 2 or plan.prior is not None or model.mixture is None:
            return []
        if self.runs_once(key):
            return []
        least = model.log_likelihood + gain if model.sound else -np.inf
        others = [
            found[o] for o in self._of_count[K] if o in changed and o in found and is_nested(o[1], family)
        ]
        likelier = [m for m in others if m.sound and m.log_likelihood > least]
        likelier.sort(key=lambda m: (-m.log_likelihood, m.df))
        return [m.mixture for m in likelier if m.mixture is not None]

    def _other_families(self, key: Key, found: Mapping[Key, FittedModel], changed: set[Key]) -> list[Mixture]:
        """Return the changed fits of other families with the same number of components."""
        models = [found.get(other) for other in self._of_count[key[0]] if other != key and other in changed]
        kept = [m for m in models if m is not None and m.sound and m.mixture is not None]
        kept.sort(key=lambda m: (-m.log_likelihood, m.df))
        return [m.mixture for m in kept if m.mixture is not None]


def _of_family(
    family: Family, weights: Floats, means: Floats, framed: Floats, uniform: Uniform | None = None
) -> Mixture:
    """Return the mixture with the nearest covariances of a family."""
    beside = None if uniform is None else uniform.beside(weights)
    return Mixture.of(weights, means, family.nearest(framed, weights), uniform=beside)


def _light(plan: FitPlan) -> bool:
    """Return whether a plan asks for no more than the usual search from one start."""
    usual = plan.search is not None and plan.search.patient and not plan.search.likelihood
    return usual and plan.searches and plan.n_components > 1 and plan.n_init == 1


def _member(mixture: Mixture, family: Family) -> Mixture:
    """Return a mixture with the covariances of a family near its own."""
    near = family.nearest(in_frame(mixture, family.frame), mixture.weights)
    return Mixture.of(mixture.weights, mixture.means, near, uniform=mixture.uniform)
