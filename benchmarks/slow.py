"""Slow convergence: passes over the rows until within 1e-8 of the end, plain EM against accelerated.

    python -m benchmarks.slow [--quick] [--methods]

Components lie one standard deviation apart. Both runs begin at the same k-means start; each is counted to its own
final objective (nats a row), and where the ends differ the table says which is better. ``--methods`` compares
accelerations instead: what the choice of the library rests on.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gaussmix import GaussianMixture
from gaussmix.covariances import family_named
from gaussmix.covariances.constraints import Floor, positive_definite_scale
from gaussmix.engines import SerialEngine
from gaussmix.fitting import Aitken, Problem
from gaussmix.fitting.problem import pooled_moments
from gaussmix.model import Model
from gaussmix.sources import ArraySource

from .accelerations import METHODS

__all__ = ["Case", "Outcome", "cases", "compare", "rows_of"]

FAMILIES = ("full", "diag", "spherical", "tied", "tied-diag", "tied-spherical")
CLOSE, SAME = 1e-8, 1e-7
MOST = 50_000


@dataclass(frozen=True)
class Case:
    """A problem: the family that draws the rows also fits them."""

    family: str
    K: int
    D: int
    n: int
    seed: int


@dataclass(frozen=True)
class Outcome:
    """Passes of plain and accelerated EM to within 1e-8, by default settings, and how far apart they end."""

    case: Case
    plain: int
    accelerated: int
    plain_default: int
    accelerated_default: int
    difference: float
    still_to_gain: float


def rows_of(case: Case) -> np.ndarray:
    """Draw rows: each mean one unit from another, at least that from all; spreads about one."""
    rng = np.random.default_rng([case.seed, case.K, case.D])
    means = [np.zeros(case.D)]
    while len(means) < case.K:
        step = rng.standard_normal(case.D)
        new = means[rng.integers(len(means))] + step / np.linalg.norm(step)
        if min(np.linalg.norm(new - mean) for mean in means) > 0.999:
            means.append(new)
    labels = rng.choice(case.K, case.n, p=rng.dirichlet(np.full(case.K, 10.0)))
    noise = rng.standard_normal((case.n, case.D))
    for k in range(case.K):
        noise[labels == k] = noise[labels == k] @ _spread(rng, case)
    return np.array(means)[labels] + noise


def _spread(rng: np.random.Generator, case: Case) -> np.ndarray:
    scales = np.exp(rng.uniform(-0.4, 0.4, case.D))
    if case.family == "full":
        return np.diag(scales) @ np.linalg.qr(rng.standard_normal((case.D, case.D)))[0].T
    if case.family == "diag":
        return np.diag(scales)
    return np.eye(case.D) * (scales[0] if case.family == "spherical" else 1.0)


def cases(quick: bool) -> list[Case]:
    """Return the problems of the table."""
    draws = [(2_000, 0)] if quick else [(2_000, 0), (2_000, 1), (2_000, 2), (20_000, 0)]
    product = [(*c, *draw) for *c, draw in itertools.product(FAMILIES, (2, 3, 4, 5), (1, 2, 5), draws)]
    # The families are one in a single column, but for the tie.
    return [
        Case(*c)
        for c in product
        if not (c[2] == 1 and c[0] in ("diag", "spherical", "tied-diag", "tied-spherical"))
    ]


def _fit(case: Case, X: np.ndarray, **options: object) -> GaussianMixture:
    chosen = {"search": "off", "random_state": case.seed, "max_iter": MOST, **options}
    return GaussianMixture(case.K, covariance_type=case.family, **chosen).fit(X)


def _passes(objectives: np.ndarray) -> int:
    return int(np.argmax(objectives >= objectives[-1] - CLOSE)) + 1


def compare(case: Case) -> Outcome:
    """Run plain and accelerated EM from the same start to their ends."""
    X = rows_of(case)
    plain = _fit(case, X, acceleration="off", tol=Aitken(1e-10))
    plain_default = _fit(case, X, acceleration="off")
    model = _fit(case, X)
    # From where the default stops, on to the end, by plain EM first: what did stopping leave?
    later = _fit(case, X, init_params=model.mixture_, acceleration="off", tol=0, max_iter=1000)
    end = _fit(case, X, init_params=later.mixture_, tol=Aitken(1e-10))
    whole = np.concatenate([run.trace_.log_likelihood for run in (model, end)])
    return Outcome(
        case,
        _passes(plain.trace_.log_likelihood),
        _passes(whole),
        plain_default.n_iter_,
        model.n_iter_,
        end.lower_bound_ - plain.lower_bound_,
        later.lower_bound_ - model.lower_bound_,
    )


def _line(name: str, outcomes: list[Outcome]) -> str:
    ratio = np.array([o.plain / o.accelerated for o in outcomes])
    default = np.array([o.plain_default / o.accelerated_default for o in outcomes])
    passes = np.median([o.plain for o in outcomes]), np.median([o.accelerated for o in outcomes])
    better = sum(o.difference > SAME for o in outcomes)
    worse = sum(o.difference < -SAME for o in outcomes)
    left = max(o.still_to_gain for o in outcomes)
    return (
        f"{name:16s} {len(outcomes):4d}  {passes[0]:7.0f} {passes[1]:6.0f}   {ratio.min():5.1f} {np.median(ratio):6.1f}"
        f" {ratio.max():7.1f}   {default.min():5.1f} {np.median(default):6.1f} {default.max():7.1f}"
        f"   {better:4d} {worse:4d}   {left:8.1e}"
    )


def print_table(outcomes: list[Outcome]) -> None:
    """Print the passes by family, K and both."""
    print(
        "                  problems      passes    times fewer to 1e-8       by default settings     other end  "
    )
    print(
        "                       n   plain  accel.    min median     max     min median     max   better worse  left"
    )
    for family in FAMILIES:
        print(_line(family, [o for o in outcomes if o.case.family == family]))
    for K in sorted({o.case.K for o in outcomes}):
        print(_line(f"K = {K}", [o for o in outcomes if o.case.K == K]))
    print(_line("all", outcomes))
    print("left: the most that 1,000 further passes of plain EM gain, nats a row.")


def _problem(case: Case, X: np.ndarray) -> Problem:
    source, engine = ArraySource(X, None), SerialEngine()
    family = family_named(case.family)
    pooled = pooled_moments(source, engine, family.frame)
    covariance = pooled.scatter()[0] / pooled.total_weight
    scale, _ = positive_definite_scale(covariance, np.sqrt(family.frame.diagonal(covariance)))
    return Problem(source, Model(family, Floor(scale)), engine)


def _until_end(objectives: Iterable[float], target: float, most: int) -> int | None:
    for i, objective in enumerate(itertools.islice(objectives, most), 1):
        if objective >= target:
            return i
    return None


def print_methods(chosen: list[Case]) -> None:
    """Print how many times fewer passes each acceleration takes to plain EM's own end."""
    ratios: dict[str, list[float]] = {name: [] for name in METHODS}
    for case in chosen:
        X = rows_of(case)
        plain = _fit(case, X, acceleration="off", tol=Aitken(1e-10))
        start, problem = _fit(case, X, max_iter=0).mixture_, _problem(case, X)
        needed = _passes(plain.trace_.log_likelihood)
        for name, method in METHODS.items():
            passes = _until_end(method(problem, start), plain.lower_bound_ - CLOSE, 2 * needed)
            ratios[name].append(needed / passes if passes else np.nan)
    print(
        f"{len(chosen)} problems; times fewer passes to plain EM's end: quartiles, and ends elsewhere or later"
    )
    for name, values in ratios.items():
        quartiles = np.nanquantile(values, [0, 0.25, 0.5, 0.75, 1])
        print(f"{name:14s}", *(f"{q:8.2f}" for q in quartiles), f"{int(np.isnan(values).sum()):6d}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="2,000 rows and one seed")
    parser.add_argument("--methods", action="store_true", help="compare accelerations")
    options = parser.parse_args()
    if options.methods:
        print_methods(cases(quick=True) if options.quick else [c for c in cases(False) if c.n == 2_000])
        return
    print_table([compare(case) for case in cases(options.quick)])


if __name__ == "__main__":
    main()
