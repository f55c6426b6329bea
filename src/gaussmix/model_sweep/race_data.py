"""Rows, models and starting partitions of races of EM runs, shared among the models of a selection."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any

from ..blocks import Block
from ..covariances import Family
from ..covariances.constraints import AddToDiagonal, Constraint, Floor
from ..engines import Engine, SerialEngine
from ..estimation import FitPlan
from ..fitting import Problem
from ..fitting.protocols import Driver
from ..fitting.spread import Spread
from ..frames import DiagonalFrame, Frame, FullFrame
from ..mixture import Mixture
from ..model import Model
from ..search.batched_em import Runs, linear
from ..search.race import Parameters, runs_of_parameters
from ..search.search_data import SearchData
from ..starts import StartRows
from .candidate import Candidate, Key, Rows
from .neighbours import SharedPartitions, outer
from .race_rows import race_rows

__all__ = ["RaceData"]

_LEAST_ROWS, _ROWS_PER_COMPONENT = 2_000, 100
"""Size of the sample for starts: at least so many rows, and so many for each component of the largest model."""


class RaceData:
    """Rows, models and starting partitions of races of EM runs.

    Each is made on first use.

    Parameters
    ----------
    candidates : mapping
        The models of the selection by their keys.
    rows : Rows
    engine : Engine
        Draws the sample for starts.
    seed : int
        Of the sample and the partitions.
    """

    def __init__(self, candidates: Mapping[Key, Candidate], rows: Rows, engine: Engine, seed: int) -> None:
        self._candidates, self._rows, self._engine, self._seed = candidates, rows, engine, seed
        self._most = max(candidate.plan.n_components for candidate in candidates.values())
        self._samples: dict[tuple[Frame, bytes], tuple[StartRows, Block | None]] = {}
        self._data: dict[Key, SearchData] = {}
        self._models: dict[Key, Model] = {}
        self._drivers: dict[Key, Driver[Any]] = {}
        self._partitions: SharedPartitions | None = None
        self._by_count: dict[tuple[int, bool], Parameters] = {}
        self._starts: dict[tuple[int, Frame, bool, bool], Runs] = {}
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _lock=threading.RLock())

    def data(self, key: Key) -> SearchData:
        """Return the sample of a model's races with its family and prior."""
        shared = self._shared_key(key)
        found = self._data.get(shared)
        if found is None:
            with self._lock:
                found = self._data.get(shared)
                if found is None:
                    found = self._data[shared] = self._new_data(key)
        return found

    def _shared_key(self, key: Key) -> Key:
        # A prior depends on the number of components.
        plan = self._candidates[key].plan
        return key if plan.prior is not None else (0, plan.family)

    def _new_data(self, key: Key) -> SearchData:
        plan = self._candidates[key].plan
        spread = self._rows.spread(plan.family.frame)
        (rows, incomplete), model = self._sample(plan.family, spread), self.model(key)
        model = model.scaled(float(rows.weights.sum()) / spread.total_weight)
        sound, fewest = partial(_sound, self._rows, plan), self._rows.fewest_rows(plan)
        return SearchData(rows, model, SerialEngine(), sound, fewest, likelihood=True, incomplete=incomplete)

    def model(self, key: Key) -> Model:
        """Return the family of a model with its constraint and prior on all rows."""
        shared, plan = self._shared_key(key), self._candidates[key].plan
        if shared not in self._models:
            spread = self._rows.spread(plan.family.frame)
            prior = plan.pseudo_moments(spread, spread.total_weight)
            constraint = _constraint(plan.reg_covar, spread)
            self._models[shared] = Model(plan.family, constraint, uniform=plan.uniform, prior=prior)
        return self._models[shared]

    def driver(self, key: Key, engine: Engine) -> Driver[Any]:
        """Return the driver of EM on all rows.

        EM ends at degenerate mixtures.

        Parameters
        ----------
        key : Key
        engine : Engine
            That of the first call for this family; the driver is kept.
        """
        shared = self._shared_key(key)
        if shared not in self._drivers:
            candidate = self._candidates[key]
            degenerate = partial(self._rows.degenerate, plan=candidate.plan)
            problem = Problem(candidate.source, self.model(key), engine, degenerate=degenerate)
            self._drivers[shared] = candidate.plan.driver(problem)
        return self._drivers[shared]

    def partitions(self, n_components: int, frame: Frame, tree: bool = False) -> Parameters:
        """Return the parameters of starting partitions.

        Parameters
        ----------
        n_components : int
            K, the number of parts.
        frame : Frame
            Of the covariances.
        tree : bool
            Whether only the partition by hierarchical clustering is wanted.
        """
        with self._lock:
            if self._partitions is None:
                self._partitions = SharedPartitions(self._free_data(), self._seed)
            if (n_components, tree) not in self._by_count:
                parameters = self._partitions.of_tree if tree else self._partitions.parameters
                self._by_count[n_components, tree] = parameters(n_components)
            weights, means, framed = self._by_count[n_components, tree]
        return weights, means, framed if frame.full or framed.ndim == 3 else FullFrame().diagonal(framed)

    def starts(self, key: Key, tree: bool = False) -> Runs:
        """Return EM runs from starting partitions without singular components.

        Parameters
        ----------
        key : Key
        tree : bool
            Whether only the partition by hierarchical clustering is wanted.
        """
        data, K = self.data(key), key[0]
        frame = data.model.frame
        kind = K, frame, linear(data), tree
        with self._lock:
            if kind not in self._starts:
                self._starts[kind] = runs_of_parameters(data, self.partitions(K, frame, tree))
            # Models of other families begin at the same ones.
            return self._starts[kind].copy()

    def _free_data(self) -> SearchData:
        """Return the sample with unrestricted covariances, diagonal ones if no family has full ones."""
        full = any(
            c.plan.family.frame.full and self._rows.support(c.plan) is None for c in self._candidates.values()
        )
        frame = FullFrame() if full else DiagonalFrame()
        spread = self._rows.spread(frame)
        uniform = next(iter(self._candidates.values())).plan.uniform
        model = Model(outer(frame), Floor(spread.scale), uniform=uniform)
        return SearchData(self._sample(outer(frame), spread)[0], model, SerialEngine())

    def _sample(self, family: Family, spread: Spread) -> tuple[StartRows, Block | None]:
        """Return the sample of rows for a family; families of the same whitening share it."""
        whitening = family.frame, family.whitening(spread.scale).tobytes()
        if whitening not in self._samples:
            source = next(iter(self._candidates.values())).source
            most = max(_LEAST_ROWS, _ROWS_PER_COMPONENT * self._most)
            self._samples[whitening] = race_rows(source, family, spread, most, self._seed, self._engine)
        return self._samples[whitening]


def _sound(rows: Rows, plan: FitPlan, mixture: Mixture) -> bool:
    return not rows.degenerate(mixture, plan)


def _constraint(reg_covar: float | None, spread: Spread) -> Constraint:
    return Floor(spread.scale) if reg_covar is None else AddToDiagonal(reg_covar)
