r"""Accelerated EM: quasi-Newton steps where plain EM is slow.

The step of plain EM is the gradient of the log-likelihood, measured by the Fisher information of the labelled data: in
normal coordinates (:mod:`.normal_coordinates`) it is steepest ascent with a step of one. Limited-memory BFGS corrects
it by the curvature along earlier steps. Each step is one pass over the data, which yields the log-likelihood, plain
EM's next mixture and so the gradient. If a step does not ascend, plain EM's mixture is taken instead.

References
----------
Jamshidian, M. and Jennrich, R. I. (1997). Acceleration of the EM algorithm by using quasi-Newton methods.
J. R. Statist. Soc. B 59, 569-587.
Nocedal, J. (1980). Updating quasi-Newton matrices with limited storage. Math. Comp. 35, 773-782.
Xu, L. and Jordan, M. I. (1996). On convergence properties of the EM algorithm for Gaussian mixtures. Neural Computation
8, 129-151.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from .._types import Floats
from ..errors import DegenerateMixtureError
from ..kernels import Pause, Slowness
from ..mixture import Mixture
from .normal_coordinates import MixtureCoordinates, coordinates_about
from .problem import Problem
from .protocols import Driver, State, StepSequence

__all__ = ["AcceleratedEM", "AcceleratedState"]

S = TypeVar("S", bound=State)

_MEMORY = 10
"""Number of curvature pairs in memory."""
_MOST_NUMBERS = 1 << 25
"""Largest total size of the curvature pairs, in numbers."""
_LONGEST_STEP = 0.1
"""Largest length of a step: a tenth of a standard deviation for the mean of a component with all rows.

Longer ones save no passes and lead more often to another optimum.
"""
_SUFFICIENT_INCREASE = 1e-4
"""Smallest accepted fraction of the gain predicted by the slope (Armijo's rule)."""
_SLOW, _VERY_SLOW = 0.8, 0.9
"""Plain EM is slow if the ratio of successive gains exceeds this."""
_LEAST_PASSES = 15.0
"""Number of passes of a short accelerated run: acceleration needs more left for plain EM."""
_OVERHEAD, _PASS, _COMPILED_PASS = 1.5e5, 2e5, 1.5e3
"""Costs of a quasi-Newton step besides its pass, and fixed costs of a pass, in rows × components × (columns + 1).

A unit takes 0.3 to 0.6 ns. The first is half of the time measured: with it slow fits took least of 100 to 20,000 rows.
"""
_LONGEST_WAIT = 100
"""The most plain passes before acceleration: of 25 fits to 100 rows in one column, five did not converge in 1,000
passes without this bound, and none with it.
"""
_LEAST_STEPS = 5
"""Number of steps before convergence is judged by the curvature."""
_MARGIN = 0.01
"""Accelerated runs end at this fraction of the tolerance, so that they end above plain EM's; it costs a few passes."""


@dataclass(frozen=True, eq=False)
class QuasiNewtonState:
    """The state of the quasi-Newton method at a mixture: the gradient, and curvature pairs of earlier steps.

    Parameters
    ----------
    origin : MixtureCoordinates
        Normal coordinates about the mixture.
    residual : (p,) array
        The coordinates of plain EM's next mixture: the gradient.
    least : float
        Least curvature so far, relative to the Fisher information of the labelled data.
    gain_tol : float
        Stop when the predicted remaining gain is below this, nats for each unit of weight.
    pairs : tuple of (step, change of the gradient, their product)
        Curvature pairs of the latest steps, oldest first.
    length : int
        Number of steps so far.
    """

    origin: MixtureCoordinates
    residual: Floats
    least: float
    gain_tol: float
    pairs: tuple[tuple[Floats, Floats, float], ...] = ()
    length: int = 0

    def after(self, origin: MixtureCoordinates, step: Floats, following: Mixture) -> QuasiNewtonState:
        """Return the state after a step to another origin; ``following`` is plain EM's next mixture there."""
        residual = origin.coordinates(following)
        change = self.residual - residual
        product, squared = float(step @ change), float(step @ step)
        pairs, least = self.pairs, self.least
        if product > 1e-10 * squared:
            kept = min(_MEMORY, _MOST_NUMBERS // (2 * len(step)))
            pairs = (*pairs, (step, change, product))[-kept:]
            least = min(least, product / squared)
        return QuasiNewtonState(origin, residual, least, self.gain_tol, pairs, self.length + 1)

    def direction(self) -> Floats:
        """Return the quasi-Newton step, by Nocedal's two loops."""
        step, shares = self.residual.copy(), []
        for moved, change, product in reversed(self.pairs):
            shares.append(moved.dot(step) / product)
            step -= shares[-1] * change
        for (moved, change, product), share in zip(self.pairs, reversed(shares), strict=True):
            step += (share - change.dot(step) / product) * moved
        return step

    @property
    def remaining_gain(self) -> float:
        """Upper estimate of the remaining gain, from the gradient and the least curvature; nats per unit weight."""
        return 0.5 * float(self.residual @ self.residual) / self.least


@dataclass(eq=False, slots=True)
class AcceleratedState(Generic[S]):
    """The state of accelerated EM: that of plain EM after the last accepted pass, and the quasi-Newton state.

    Parameters
    ----------
    objective : float
        Mean log-likelihood at the last accepted pass.
    recent : tuple of float
        Objectives of the latest plain steps, at most four.
    taken : int
        Number of plain steps in a row.
    quasi_newton : QuasiNewtonState or None
        None during steps of plain EM.
    settled : bool or None
        Whether the run has converged; None leaves that to the stopping rule.
    least : float or None
        Least curvature of the quasi-Newton phases so far.
    wait : int
        Plain steps to take before the next quasi-Newton phase.
    """

    plain: S
    objective: float
    recent: tuple[float, ...] = ()
    taken: int = 0
    quasi_newton: QuasiNewtonState | None = None
    settled: bool | None = None
    least: float | None = None
    wait: int = 1

    @property
    def mixture(self) -> Mixture:
        """Plain EM's mixture after the last accepted pass."""
        return self.plain.mixture


@dataclass(frozen=True, eq=False)
class AcceleratedEM(Driver[AcceleratedState[S]], Generic[S]):
    """Plain EM, with quasi-Newton steps while it is slow.

    Parameters
    ----------
    plain : Driver
        Plain EM, which passes over the rows.
    problem : Problem
        The rows, the model and the engine.
    tol : float
        Stop when the predicted remaining gain is below this, in nats for each unit of weight.
    compiled : bool
        Whether a pass is one call of the compiled kernel.

    Notes
    -----
    On 56 mixtures of components one standard deviation apart it took 15 times fewer passes than plain EM in
    the median (9 at the lower quartile), SQUAREM 7 (5), Anderson mixing 8 (2); parabolic EM did not end within twice
    the passes of plain EM (``python -m benchmarks.slow --quick --methods``).

    References
    ----------
    Jamshidian, M. and Jennrich, R. I. (1997). Acceleration of the EM algorithm by using quasi-Newton methods.
    J. R. Statist. Soc. B 59, 569-587.

    Examples
    --------
    >>> import gaussmix
    >>> from gaussmix import Mixture, Spherical
    >>> from gaussmix.sources import ArraySource
    >>> from gaussmix.engines import SerialEngine
    >>> from gaussmix.fitting import AcceleratedEM, Aitken, BatchEM, Problem, run_loop
    >>> from gaussmix.model import Model
    >>> X = gaussmix.datasets.load_faithful().data
    >>> problem = Problem(ArraySource(X), Model(Spherical()), SerialEngine())
    >>> start = Mixture([0.5, 0.5], [[3.3, 60.0], [3.6, 80.0]], [99.0, 99.0])
    >>> driver = AcceleratedEM(BatchEM(problem), problem, tol=1e-6)
    >>> run_loop(driver, start, stop=Aitken(), max_iter=200).trace.status
    'converged'
    """

    plain: Driver[S]
    problem: Problem
    tol: float
    compiled: bool = False

    @property
    def allowed_fall(self) -> float:
        """Relative rounding error allowed in the objective between steps."""
        return self.plain.allowed_fall

    def init(self, mixture: Mixture) -> AcceleratedState[S]:
        """Return the state before the first step."""
        return AcceleratedState(self.plain.init(mixture), -math.inf)

    def step(self, state: AcceleratedState[S]) -> AcceleratedState[S]:
        """Return the state after one more pass over the rows."""
        if state.quasi_newton is None:
            return self._plain_step(state)
        with np.errstate(all="ignore"):
            return self._quasi_newton_step(state, state.quasi_newton)

    def look_ahead(self, state: AcceleratedState[S], most: int) -> list[AcceleratedState[S]]:
        """Return the states after each of the next steps.

        Parameters
        ----------
        state : AcceleratedState
            The state after the step before.
        most : int
            The most steps to take; at least one is taken.

        Returns
        -------
        list of AcceleratedState
            One for each step.
        """
        several = getattr(self.plain, "look_ahead", None)
        if state.quasi_newton is not None or several is None:
            return [self.step(state)]
        states = []
        for after in several(state.plain, most):
            state = self._after_plain(state, after)
            states.append(state)
            if state.quasi_newton is not None:
                break
        return states

    def steps_to_pause(
        self, state: AcceleratedState[S], most: int, pause: Pause, recent: Sequence[float]
    ) -> StepSequence[AcceleratedState[S]] | None:
        """Return the plain EM steps up to the next possible end of a run; None during and after quasi-Newton steps.

        Parameters
        ----------
        state : AcceleratedState
            The state after the step before.
        most : int
            The most steps to take.
        pause : Pause
            The steps after which a run may end.
        recent : sequence of float
            Objectives of earlier steps.

        Returns
        -------
        StepSequence or None
            None also if the driver of plain EM has no pauses.
        """
        several = getattr(self.plain, "steps_to_pause", None)
        if several is None or state.quasi_newton is not None or state.least is not None:
            return None
        limits = _LEAST_PASSES, _SLOW, _VERY_SLOW, _MARGIN
        slowness = Slowness(state.taken, state.wait, self.tol, *limits)
        plain = several(state.plain, most, pause._replace(slowness=slowness), recent)
        earlier, before = plain.objectives[:-1], state
        if earlier:
            objectives, taken = (*state.recent, *earlier)[-4:], state.taken + len(earlier)
            before = AcceleratedState(plain.before(), earlier[-1], objectives, taken, wait=state.wait)
        return StepSequence(plain.objectives, lambda: before, self._after_plain(before, plain.last))

    def _plain_step(self, state: AcceleratedState[S]) -> AcceleratedState[S]:
        return self._after_plain(state, self.plain.step(state.plain))

    def _after_plain(self, state: AcceleratedState[S], after: S) -> AcceleratedState[S]:
        """Return the state after a step of plain EM."""
        if getattr(after, "settled", None):
            return AcceleratedState(after, after.objective, settled=True)
        recent, taken = (*state.recent[-3:], after.objective), state.taken + 1
        settled = None
        if state.least is not None:
            # After quasi-Newton steps, fast directions hide the slow ones from the stopping rule.
            gain = after.objective - state.objective
            small = gain < max(2.0 * state.least * self.tol, 4e-16 * abs(after.objective))
            settled = None if small and taken > 2 else False
        passes = _remaining_passes(recent, self.tol) if taken > 4 else 0.0
        wait, quasi_newton = state.wait, None
        if taken > 3 + wait and passes > _LEAST_PASSES + wait:
            wait = max(wait, self._least_wait(state.mixture))
            if wait == state.wait:
                quasi_newton = _first_state(state.mixture, after.mixture, recent, _MARGIN * self.tol)
        if quasi_newton is not None:
            return AcceleratedState(
                after, after.objective, (), 0, quasi_newton, False, quasi_newton.least, wait
            )
        if passes > 0.0:
            settled = False
        return AcceleratedState(after, after.objective, recent, taken, None, settled, state.least, wait)

    def _least_wait(self, mixture: Mixture) -> int:
        """Return the overhead of a short accelerated run in plain EM passes."""
        K, D = mixture.means.shape
        decompositions = 5.0 * K * D**3 if self.problem.model.full else 0.0
        overhead = _LEAST_PASSES * (_OVERHEAD + decompositions)

        def passes(n_rows: int) -> int:
            return int(overhead / (n_rows * K * (D + 1) + (_COMPILED_PASS if self.compiled else _PASS)))

        # To count the distinct rows of a small table takes as long as many passes.
        n_rows = self.problem.source.n_rows
        if n_rows is not None and passes(n_rows) >= _LONGEST_WAIT:
            return _LONGEST_WAIT
        return min(_LONGEST_WAIT, passes(self.problem.row_count))

    def _quasi_newton_step(
        self, state: AcceleratedState[S], quasi_newton: QuasiNewtonState
    ) -> AcceleratedState[S]:
        wait = min(2 * state.wait, 64)
        dropped = replace(state, recent=(), taken=0, quasi_newton=None, settled=False, wait=wait)
        step = quasi_newton.direction()
        step *= min(1.0, _LONGEST_STEP / math.sqrt(float(step @ step)))
        predicted_gain = float(step @ quasi_newton.residual)
        origin = (
            quasi_newton.origin.retract(step, self.problem.model.constraint) if predicted_gain > 0 else None
        )
        after = None if origin is None else self._pass_at(origin.mixture)
        if origin is None or after is None:
            return self._plain_step(dropped)
        if not after.objective >= state.objective + _SUFFICIENT_INCREASE * predicted_gain:
            return dropped
        quasi_newton = quasi_newton.after(origin, step, after.mixture)
        # A gain below the rounding of the sum over the rows is none.
        settled = quasi_newton.length >= _LEAST_STEPS and quasi_newton.remaining_gain < max(
            quasi_newton.gain_tol, 1e-14 * abs(after.objective)
        )
        wait = 1 if quasi_newton.length > _MEMORY else state.wait
        return AcceleratedState(
            after, after.objective, (), 0, quasi_newton, settled, quasi_newton.least, wait
        )

    def _pass_at(self, mixture: Mixture) -> S | None:
        """Return the state after a pass, or None if the mixture is singular to rounding."""
        try:
            return self.plain.step(self.plain.init(mixture))
        except DegenerateMixtureError:
            return None


def _remaining_passes(recent: tuple[float, ...], tol: float) -> float:
    """Return the number of plain EM passes to the end of an accelerated run, by Aitken's extrapolation.

    It is 0 where plain EM is fast, not yet steady, or within the tolerance and not very slow.
    """
    a, b, c, d = recent[-4:]
    first, second, third = b - a, c - b, d - c
    if not (first > second > _SLOW * first and second > third > _SLOW * second):
        return 0.0
    ratio = third / second
    left = third * ratio / (1.0 - ratio)
    if left < (_MARGIN if ratio > _VERY_SLOW else 1.0) * tol:
        return 0.0
    return math.log(left / (_MARGIN * tol)) / -math.log(ratio)


def _first_state(
    mixture: Mixture, following: Mixture, recent: tuple[float, ...], gain_tol: float
) -> QuasiNewtonState | None:
    """Return the first quasi-Newton state at a mixture; ``following`` is plain EM's next mixture."""
    origin = coordinates_about(mixture)
    if origin is None:
        return None
    with np.errstate(divide="ignore"):
        residual = origin.coordinates(following)
    if not np.isfinite(residual).all() or 4 * len(residual) > _MOST_NUMBERS:
        return None
    # A step of plain EM multiplies the remaining distance by 1 − curvature, and gains by its square.
    ratio = (recent[-1] - recent[-2]) / (recent[-2] - recent[-3])
    return QuasiNewtonState(origin, residual, 1.0 - math.sqrt(ratio), gain_tol)
