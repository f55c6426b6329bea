"""The interface of drivers of EM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ..mixture import Mixture

__all__ = ["Driver", "State", "StepSequence"]


class State(Protocol):
    """The state of a driver between steps.

    A state may also have ``settled``: True or False if the driver decides on convergence itself, None to leave it to
    the stopping rule; and ``posterior``, the distribution of the parameters of a variational fit.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from gaussmix import Mixture
    >>> state = SimpleNamespace(mixture=Mixture([1.0], [[0.0]], [1.0]), objective=-1.4)
    >>> state.mixture.n_components
    1
    """

    @property
    def mixture(self) -> Mixture:
        """The mixture after the step."""
        ...

    @property
    def objective(self) -> float:
        """Mean log-likelihood of the mixture before this step, from its E-step; nats."""
        ...


S = TypeVar("S", bound=State)


@dataclass(eq=False, slots=True)
class StepSequence(Generic[S]):
    """Consecutive EM steps, of which only the last may end a run.

    Parameters
    ----------
    objectives : list of float
        Of each step, at least one.
    before : callable
        Returns the state before the last step.
    last : State
        The state after the last step.
    """

    objectives: list[float]
    before: Callable[[], S]
    last: S


class Driver(Protocol[S]):
    """An implementation of the steps of EM: plain, compiled or accelerated.

    A driver may also have ``look_ahead(state, most)``, which returns the states after each of the next steps, between
    one and ``most``: several quick steps take less time in one call. With
    ``steps_to_pause(state, most, pause, recent)`` the call ends with the first step after which a run may end, and
    returns a :class:`StepSequence`; None if single steps are needed. ``recent`` are objectives of earlier steps. A run
    ends after a call if ``degenerate(mixture)`` returns true.

    Examples
    --------
    >>> from gaussmix.fitting import AcceleratedEM, BatchEM
    >>> [hasattr(driver, "step") for driver in (BatchEM, AcceleratedEM)]
    [True, True]
    """

    @property
    def allowed_fall(self) -> float:
        """Largest relative decrease of the objective explained by rounding; infinite for steps that may decrease it."""
        ...

    def init(self, mixture: Mixture) -> S:
        """Return the state before the first step.

        Parameters
        ----------
        mixture : Mixture
            The first mixture.

        Returns
        -------
        State
            With ``mixture`` as its mixture.
        """
        ...

    def step(self, state: S) -> S:
        """Return the state after one more step.

        Parameters
        ----------
        state : State
            The state after the step before.

        Returns
        -------
        State
            With the new mixture, and the objective of the old one.
        """
        ...
