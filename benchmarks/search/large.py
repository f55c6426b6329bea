"""Many components on real rows, objective against time: ``python -m benchmarks.search.large``.

100 components on the colours and magnitudes of stars, and 64 with diagonal covariances on frames of speech.
scikit-learn runs one fit after another with the next seed each time: its first is its default, the best of the first
five is ``n_init=5``. The objective of all is the mean log-likelihood of the rows, nats.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import GaussianMixture, Mixture
from gaussmix.estimators.options import family_of

from ..workloads import AbsentDataError, speech, stars
from .outcome import is_collapsed, narrowest
from .report import write_report
from .running import restrict

__all__ = ["SETS", "OutOfTimeError", "ours", "theirs", "thinned"]

Line = dict[str, Any]


@dataclass(frozen=True)
class Set:
    """Rows and what is fitted to them."""

    name: str
    title: str
    rows: Callable[[], np.ndarray]
    K: int
    family: str


SETS = (
    Set("stars", "stars of Gaia's catalogue, K = 100, full", stars, 100, "full"),
    Set("speech", "frames of speech, K = 64, diagonal", speech, 64, "diag"),
)


class OutOfTimeError(Exception):
    """The time of a fit is over."""


def thinned(X: np.ndarray, rows: int | None, seed: int = 0) -> np.ndarray:
    """Return so many rows, drawn without replacement."""
    if rows is None or rows >= len(X):
        return X
    return X[np.sort(np.random.default_rng(seed).choice(len(X), rows, replace=False))]


def judged(mixture: Mixture, X: np.ndarray) -> Line:
    """Return the objective of a mixture and whether a component has collapsed."""
    counts, narrow = narrowest(mixture, X)
    return {
        "objective": float(mixture.log_prob(X).mean()),
        "collapsed": is_collapsed(narrow, counts, X.shape[1]),
    }


def few(points: list[tuple[float, float]], most: int = 150) -> list[list[float]]:
    """Return so many of the points for the picture, close together where the time is short, and the last."""
    if len(points) > most:
        kept = np.unique(np.geomspace(1, len(points), most).round().astype(int)) - 1
        points = [points[i] for i in kept]
    return [[round(seconds, 4), round(objective, 6)] for seconds, objective in points]


def ours(X: np.ndarray, K: int, family: str, seed: int, limit: float, **options: Any) -> Line:
    """Fit with gaussmix and keep the objective of each iteration that has K components.

    Those that the search makes on some of the rows tell the objective on these; the end is judged on all.
    """
    began = time.perf_counter()
    points: list[tuple[float, float]] = []

    def watch(step: Any) -> bool:
        now = time.perf_counter() - began
        if step.mixture.n_components == K:
            points.append((now, float(step.log_likelihood)))
        return now > limit

    model = GaussianMixture(K, covariance_type=family, random_state=seed, callbacks=watch, **options).fit(X)
    seconds = time.perf_counter() - began
    return {"points": few(points), "seconds": seconds, **judged(model.mixture_, X)}


def watched(began: float, limit: float) -> tuple[Any, list[tuple[float, float]]]:
    """Return scikit-learn's class with an eye on the clock, and the list that its objectives go to."""
    from sklearn.mixture import GaussianMixture as Theirs

    points: list[tuple[float, float]] = []

    class Watched(Theirs):
        def _compute_lower_bound(self, log_responsibilities: Any, log_likelihood: float) -> float:
            points.append((time.perf_counter() - began, float(log_likelihood)))
            if points[-1][0] > limit:
                raise OutOfTimeError
            return log_likelihood

    return Watched, points


def theirs(X: np.ndarray, K: int, family: str, fits: int, limit: float) -> list[Line]:
    """Fit with scikit-learn, one seed after another, until all are done or the time is over."""
    began, runs = time.perf_counter(), []
    for seed in range(fits):
        kind, points = watched(began, limit)
        model = kind(K, covariance_type=family, random_state=seed)
        try:
            model.fit(X)
        except OutOfTimeError:
            runs.append({"points": few(points), "seconds": time.perf_counter() - began, "finished": False})
            break
        seconds = time.perf_counter() - began
        mixture = Mixture(model.weights_, model.means_, model.covariances_, family=family_of(family))
        paused = time.perf_counter()
        runs.append({"points": few(points), "seconds": seconds, "finished": True, **judged(mixture, X)})
        began += time.perf_counter() - paused  # judging is not the library's time
    return runs


def one_set(chosen: Set, given: argparse.Namespace) -> Line:
    """Measure all methods on one set."""
    X = thinned(chosen.rows(), given.rows)
    about = {"name": chosen.name, "title": chosen.title, "N": len(X), "D": X.shape[1], "K": chosen.K}
    print(f"{chosen.title}: {len(X):,} rows", flush=True)
    found = {"ours": ours(X, chosen.K, chosen.family, 0, given.limit)}
    tell("gaussmix", found["ours"])
    if given.off:
        found["off"] = ours(X, chosen.K, chosen.family, 0, given.limit, search="off")
        tell("gaussmix, search off", found["off"])
    runs = theirs(X, chosen.K, chosen.family, given.fits, given.limit)
    for i, run in enumerate(runs):
        tell(f"scikit-learn, seed {i}", run)
    return {**about, **found, "sklearn": runs, "limit": given.limit}


def tell(name: str, line: Line) -> None:
    """Print a result."""
    if "objective" not in line:
        last = f", then {line['points'][-1][1]:.5f}" if line["points"] else ""
        print(f"  {name:24} not finished after {line['seconds']:.0f} s{last}", flush=True)
        return
    tail = "  COLLAPSED" if line["collapsed"] else ""
    print(f"  {name:24} {line['objective']:.5f} after {line['seconds']:.1f} s{tail}", flush=True)


def main() -> None:
    """Measure the sets that are installed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search.large", description=__doc__)
    parser.add_argument("--sets", nargs="+", choices=[s.name for s in SETS], default=[s.name for s in SETS])
    parser.add_argument("--rows", type=int, help="draw so many rows, without replacement; all unless given")
    parser.add_argument("--fits", type=int, default=5, help="scikit-learn's fits (default: %(default)s)")
    parser.add_argument(
        "--limit", type=float, default=600.0, help="seconds of a library on a set (default: %(default)s)"
    )
    parser.add_argument("--off", action="store_true", help="gaussmix with the search off, too")
    parser.add_argument("--threads", type=int, help="processors to use; all of them unless given")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "outcomes")
    parser.add_argument("--no-report", action="store_true", help="leave benchmarks/SEARCH.md as it is")
    given = parser.parse_args()
    if given.threads:
        restrict(0, 1, given.threads)
    given.out.mkdir(parents=True, exist_ok=True)
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for chosen in (s for s in SETS if s.name in given.sets):
            try:
                lines.append(one_set(chosen, given))
            except AbsentDataError as error:
                print(f"{chosen.title}: {error}")
    if lines and not given.no_report:
        write_report(given.out, large=lines)


if __name__ == "__main__":
    main()
