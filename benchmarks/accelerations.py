"""Other accelerations of EM, to choose by: SQUAREM, Anderson mixing and parabolic EM, in the library's coordinates.

Each is a generator of the log-likelihood after each pass over the rows, from a first mixture; it never falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gaussmix import Mixture
from gaussmix.errors import SingularCovarianceError
from gaussmix.fitting import Problem
from gaussmix.fitting.accelerated import AcceleratedEM
from gaussmix.fitting.drivers import driver_of
from gaussmix.fitting.normal_coordinates import MixtureCoordinates, coordinates_about

__all__ = ["METHODS"]

Floats = np.ndarray


class Pass:
    """Passes of plain EM, and of plain EM at extrapolated mixtures."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.driver = problem, driver_of(problem)

    def at(self, mixture: Mixture) -> tuple[Mixture, float]:
        """Return plain EM's next mixture and the mean log-likelihood of this one."""
        state = self.driver.step(self.driver.init(mixture))
        return state.mixture, state.objective

    def beyond(self, origin: MixtureCoordinates, step: Floats) -> tuple[Mixture, Mixture, float] | None:
        """Return the mixture at a step, plain EM's next and the log-likelihood; None where there is no mixture."""
        with np.errstate(all="ignore"):
            there = origin.retract(step, self.problem.model.constraint)
        try:
            return None if there is None else (there.mixture, *self.at(there.mixture))
        except SingularCovarianceError:
            return None


def plain(problem: Problem, mixture: Mixture) -> Iterator[float]:
    """Plain EM."""
    em = Pass(problem)
    while True:
        mixture, objective = em.at(mixture)
        yield objective


def quasi_newton(problem: Problem, mixture: Mixture) -> Iterator[float]:
    """The library's own, whatever the size of the problem."""
    driver = AcceleratedEM(driver_of(problem), problem, tol=1e-10)
    state = driver.init(mixture)
    while True:
        state = driver.step(state)
        yield state.objective


def squarem(problem: Problem, mixture: Mixture) -> Iterator[float]:
    """SQUAREM's third scheme (Varadhan and Roland, 2008, Scand. J. Statist. 35, 335-353), guarded."""
    em, longest = Pass(problem), 1.0
    following, objective = em.at(mixture)
    yield objective
    while True:
        second, after = em.at(following)
        yield after
        origin = coordinates_about(mixture)
        first_step, both = origin.coordinates(following), origin.coordinates(second)
        bend = both - 2 * first_step
        length = min(max(1.0, np.sqrt(first_step @ first_step / max(bend @ bend, 1e-300))), longest)
        longest *= 4.0 if length == longest else 1.0
        reached = em.beyond(origin, 2 * length * first_step + length**2 * bend) if length > 1.01 else None
        if reached is not None and reached[2] >= after:
            mixture, following, objective = reached
            yield objective
            continue
        if reached is not None:
            longest = max(1.0, longest / 4)
            yield after
        mixture = second
        following, objective = em.at(mixture)
        yield objective


def anderson(problem: Problem, mixture: Mixture, memory: int = 10) -> Iterator[float]:
    """Anderson's mixing, begun anew after a step that falls (Henderson and Varadhan, 2019, DAAREM, without damping)."""
    em = Pass(problem)
    following, objective = em.at(mixture)
    yield objective
    past = [(mixture, following)]
    while True:
        origin = coordinates_about(past[-1][0])
        places = np.array([origin.coordinates(here) for here, _ in past])
        residuals = np.array([origin.coordinates(there) for _, there in past]) - places
        reached = None
        if len(past) > 1:
            change, moved = np.diff(residuals, axis=0), np.diff(places, axis=0)
            share = np.linalg.lstsq(change.T, residuals[-1], rcond=1e-8)[0]
            reached = em.beyond(origin, residuals[-1] - share @ (moved + change))
        if reached is not None and not reached[2] >= objective:
            yield objective
            reached = None
        if reached is None:
            past = past[-1:]
            there = past[-1][1]
            reached = (there, *em.at(there))
        past = [*past[-memory:], reached[:2]]
        objective = reached[2]
        yield objective


def parabolic(problem: Problem, mixture: Mixture) -> Iterator[float]:
    """Parabolic EM with a geometric search (Berlinet and Roland, 2009, Statist. Comput. 19, 35-47)."""
    em = Pass(problem)
    while True:
        first, objective = em.at(mixture)
        yield objective
        second, objective = em.at(first)
        yield objective
        origin = coordinates_about(mixture)
        one, two = origin.coordinates(first), origin.coordinates(second)
        mixture = second
        _, best = em.at(second)
        yield best
        for i in range(60):
            t = 1.0 + 0.1 * 1.5**i
            reached = em.beyond(origin, 2 * t * (1 - t) * one + t * t * two)
            if reached is None:
                break
            yield max(best, reached[2])
            if not reached[2] > best:
                break
            mixture, _, best = reached


METHODS: dict[str, Callable[[Problem, Mixture], Iterator[float]]] = {
    "plain EM": plain,
    "quasi-Newton": quasi_newton,
    "SQUAREM": squarem,
    "Anderson": anderson,
    "parabolic": parabolic,
}
