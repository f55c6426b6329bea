"""Journal of a fit: the results of its stages, for continuation after an interruption.

A fit is a fixed sequence of stages: searches, rounds and runs of EM. A fit that continues another one goes through the
same sequence, and takes the results of stages that ended from the journal. The generator of random numbers is set to
the state at their end, so that all later stages have the same random numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from ..covariances import Family
from ..errors import DegenerateMixtureError, SingularCovarianceError
from ..mixture import Mixture
from .loop import Reached, Run, RunResult
from .protocols import Driver

__all__ = ["EndedStage", "Journal", "Stages", "Store"]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class EndedStage:
    """The result of a stage.

    Parameters
    ----------
    value : object
        What the stage returned; text if a covariance became singular.
    random_state : mapping or None
        The state of the generator of random numbers at its end, if the stage used one.
    """

    value: Any
    random_state: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Stages:
    """The stages of a fit so far.

    Parameters
    ----------
    ended : dict from int to EndedStage
        By number.
    number : int or None
        That of a run of EM in progress.
    reached : Reached or None
        The state of this run.
    """

    ended: dict[int, EndedStage] = field(default_factory=dict)
    number: int | None = None
    reached: Reached | None = None


_NONE = Stages()


class Store(Protocol):
    """A place where a journal is kept, such as a file."""

    def read(self, family: Family) -> Stages:
        """Return the stages of an earlier fit, or no stages; covariances are of the family of the fit."""
        ...

    def due(self) -> bool:
        """Return whether it is time to write."""
        ...

    def write(self, stages: Stages, family: Family) -> None:
        """Replace the stored stages."""
        ...


class Journal:
    """The stages of a fit: those that ended, and the run of EM in progress.

    Parameters
    ----------
    store : Store, optional
        Where the journal is kept; without one it only knows the run in progress.

    Examples
    --------
    >>> journal = Journal()
    >>> journal.result_of(lambda: 3)
    3
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._family: Family | None = None
        self._earlier = self._stages = _NONE
        self._next = 0
        self._run: tuple[int, Run[Any]] | None = None

    def begin(self, family: Family) -> None:
        """Read the stages of an earlier fit from the store, and write them.

        Parameters
        ----------
        family : Family
            That of the covariances of the fit.
        """
        self._family = family
        if self._store is not None:
            self._earlier = self._store.read(family)
            self._stages = Stages(dict(self._earlier.ended), self._earlier.number, self._earlier.reached)
            self.write()

    def result_of(self, stage: Callable[[], T], rng: np.random.Generator | None = None) -> T:
        """Return the result of a stage, from the journal or by computation.

        Parameters
        ----------
        stage : callable
            The computation.
        rng : numpy.random.Generator, optional
            The source of its random numbers.
        """
        number = self._number()
        known = self._earlier.ended.get(number)
        if known is not None:
            if rng is not None and known.random_state is not None:
                rng.bit_generator.state = known.random_state
            value: T = known.value
            return value
        value = stage()
        if getattr(value, "stopped", False):
            return value  # by a callback: another fit goes on from here
        self._ended(number, value, rng)
        return value

    def run(self, driver: Driver[Any], start: Mixture | Reached, **options: Any) -> RunResult:
        """Return the end of a run of EM, from the journal, continued, or from its start.

        Parameters
        ----------
        driver, start, options
            As those of :func:`gaussmix.fitting.run_loop`.

        Raises
        ------
        SingularCovarianceError
            If a covariance is singular.
        """
        number = self._number()
        known = self._earlier.ended.get(number)
        if known is not None:
            if isinstance(known.value, str):
                raise SingularCovarianceError(known.value)
            result: RunResult = known.value
            return result
        if self._earlier.reached is not None and self._earlier.number == number:
            start = self._earlier.reached
        run = Run(driver, start, **options)
        self._run = number, run
        try:
            result = run.finish(self._note if self._store is not None else None)
        except DegenerateMixtureError as error:
            self._run = None
            if isinstance(error, SingularCovarianceError):
                self._ended(number, str(error))
            raise
        if result.trace.status == "stopped":
            self.write()  # by a callback: another fit goes on from here
            return result
        self._run = None
        self._ended(number, result)
        return result

    @property
    def kept(self) -> bool:
        """Whether the fit is kept in a file."""
        return self._store is not None

    def interrupted(self) -> RunResult | None:
        """Return the result of the run in progress after its last iteration, or None."""
        return None if self._run is None else self._run[1].interrupted()

    def write(self) -> None:
        """Write the stages so far, if there is a store."""
        if self._store is None or self._family is None:
            return
        if self._run is not None:
            number, run = self._run
            self._stages = Stages(self._stages.ended, number, run.so_far())
        self._store.write(self._stages, self._family)

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _note(self) -> None:
        assert self._store is not None
        if self._store.due():
            self.write()

    def _ended(self, number: int, value: Any, rng: np.random.Generator | None = None) -> None:
        if self._store is not None:
            stage = EndedStage(value, None if rng is None else dict(rng.bit_generator.state))
            self._stages = Stages({**self._stages.ended, number: stage})
            self.write()
