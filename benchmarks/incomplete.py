"""Missing values and measurement errors: how often the default fit finds the optimum, and what a pass costs.

``python -m benchmarks.incomplete reach`` draws the random problems of ``benchmarks.search`` with some of their values
missing. The reference is EM of the library from the true parameters. ``python -m benchmarks.incomplete passes`` times
E-steps beside that of complete rows, and ``python -m benchmarks.incomplete weights`` fits and E-steps with weights
beside those without. ``python -m benchmarks.incomplete peers`` times EM from one start beside pygmmis, where installed.
``python -m benchmarks.incomplete few`` fits small tables from several seeds.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Iterator
from functools import partial
from statistics import median

import numpy as np
from sklearn.datasets import load_iris

from gaussmix import GaussianMixture, Mixture
from gaussmix.blocks import Block
from gaussmix.datasets import load_airquality, load_faithful, load_penguins
from gaussmix.em import e_step
from gaussmix.engines import ThreadEngine
from gaussmix.sources import ArraySource

from .search.problems import random

CELLS = ((2, 5), (2, 10), (5, 10), (10, 10), (2, 20), (10, 20), (20, 10))
ROWS, TOLERANCE = 5_000, 1e-3


def reach(cells: tuple[tuple[int, int], ...], problems: int, share: float, seed: int) -> None:
    """Print, for each cell, the share of problems whose default fit is as likely as EM from the truth."""
    for D, K in cells:
        gaps, ratios = [], []
        for i in range(problems):
            rng = np.random.default_rng([seed, D, K, i])
            truth, train, _ = random(rng, D, K, ROWS)
            X = np.array(train(ROWS))
            X[rng.random(X.shape) < share] = np.nan
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                began = time.process_time()
                reference = GaussianMixture(K, init_params=truth).fit(X).score(X)
                between = time.process_time()
                found = GaussianMixture(K, random_state=i).fit(X).score(X)
            gaps.append(found - reference)
            ratios.append((time.process_time() - between) / (between - began))
        hits = np.array(gaps) >= -TOLERANCE
        print(
            f"D = {D}, K = {K}, {share:.0%} missing: {hits.sum()} of {problems} reach the reference, "
            f"worst gap {min(gaps):+.4f} nats per row, {median(ratios):.1f} times the time of EM from the truth",
            flush=True,
        )


def rows_of(kind: str, n: int, D: int, rng: np.random.Generator) -> ArraySource:
    """Return rows that are complete, holed, projections, or have a covariance of their errors each."""
    X = rng.standard_normal((n, D)) + 6.0 * rng.integers(0, 3, (n, 1))
    if kind == "complete":
        return ArraySource(X)
    if kind == "holes":
        X[rng.random(X.shape) < 0.3] = np.nan
        return ArraySource(X, holes=True)
    if kind == "projections":
        R, noise = rng.standard_normal((n, D - 1, D)), rng.uniform(0.1, 1.0, (n, D - 1))
        return ArraySource(np.einsum("nmd,nd->nm", R, X), noise=noise, projections=R)
    root = 0.3 * rng.standard_normal((n, D, D))
    return ArraySource(X, noise=root @ root.swapaxes(1, 2))


def passes() -> None:
    """Print the time of an E-step, wall and processor, and the peak memory."""
    rng = np.random.default_rng(0)
    for kind, n, D, K in (
        ("complete", 100_000, 10, 10),
        ("holes", 100_000, 10, 10),
        ("holes", 10_000, 30, 10),
        ("holes", 20_000, 30, 10),
        ("errors", 1_000_000, 6, 64),
        ("errors", 300_000, 3, 10),
        ("projections", 300_000, 3, 10),
        ("errors", 100_000, 6, 10),
        ("projections", 100_000, 6, 10),
    ):
        source = rows_of(kind, n, D, rng)
        start = GaussianMixture(K, max_iter=0, search="off", init_params="random_from_data", random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            block = source.parts()[0].read()
            rows = block.X[:2_000] if block.projections is None else rng.standard_normal((2_000, D))
            densities = start.fit(np.nan_to_num(rows)).mixture_.densities
        walls, cpus = [], []
        with ThreadEngine() as engine:
            for _ in range(3):
                began, cpu = time.perf_counter(), time.process_time()
                engine.sum(partial(e_step, densities), source)
                walls.append(time.perf_counter() - began)
                cpus.append(time.process_time() - cpu)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"{kind}: {n:,} x {D}, K = {K}: {median(walls):.3f} s, processor {median(cpus):.3f} s; "
            f"peak of the process so far {peak:.2f} GiB",
            flush=True,
        )


def weights(tables: int) -> None:
    """Print the processor time of default fits and of E-steps with weights, as a multiple of that without.

    Weights of one leave the work of a fit as it is, so their ratio is the price of weights. Other weights are another
    problem, with a search of its own.
    """
    rng = np.random.default_rng(0)
    for n, D, K, engine_alone in ((150, 4, 3, False), (2_000, 5, 4, False), (100_000, 10, 10, True)):
        times = np.zeros((tables, 3))
        for i in range(tables):
            X = rng.standard_normal((n, D)) + 3.0 * rng.integers(0, K, (n, 1))
            options = [None, np.ones(n), rng.uniform(0.5, 1.5, n)]
            if engine_alone:
                start = GaussianMixture(K, max_iter=2, search="off", random_state=0).fit(X[:2_000]).mixture_
            for _ in range(5):
                for j in rng.permutation(3):
                    began = time.process_time()
                    if engine_alone:
                        e_step(start.densities, Block(X, options[j]))
                    else:
                        GaussianMixture(K, random_state=i).fit(X, sample_weight=options[j])
                    times[i, j] += time.process_time() - began
        ratios = np.exp(np.log(times[:, 1:] / times[:, :1]).mean(axis=0))
        what = "E-step" if engine_alone else "default fit"
        print(
            f"{what}, {n:,} x {D}, K = {K}, {tables} tables: {1e3 * times[:, 0].mean() / 5:.1f} ms without weights; "
            f"weights of one {ratios[0]:.2f} times, weights of 0.5 to 1.5 {ratios[1]:.2f} times",
            flush=True,
        )


def few_tables() -> Iterator[tuple[str, np.ndarray, tuple[int, ...]]]:
    """Yield small tables with missing values: their names, rows and numbers of components."""
    yield "airquality", load_airquality().data, (2, 3, 4)
    yield "penguins", load_penguins().data, (3,)
    for name, X, share, K in (
        ("faithful", load_faithful().data, 0.25, 2),
        ("iris", load_iris().data, 0.2, 3),
    ):
        X = np.array(X)
        X[np.random.default_rng(0).random(X.shape) < share] = np.nan
        yield f"{name}, {share:.0%} missing", X, (K,)


def few(seeds: int) -> None:
    """Print, for small tables, how many seeds reach the best log-likelihood of three times as many, and the time."""
    for name, X, sizes in few_tables():
        for K in sizes:
            values, times = [], []
            for seed in range(3 * seeds):
                began = time.process_time()
                values.append(GaussianMixture(K, random_state=seed).fit(X).score(X) * len(X))
                times.append(time.process_time() - began)
            hits = int((np.array(values[:seeds]) > max(values) - 0.5).sum())
            print(f"{name}, K = {K}: {hits} of {seeds} seeds, {median(times):.2f} s", flush=True)


def peers() -> None:
    """Print the processor time of 20 iterations of EM with a covariance of the errors each, beside pygmmis."""
    import copyreg
    import sys

    sys.modules.setdefault("copy_reg", copyreg)  # its name in Python 2
    import pygmmis

    for n, D, K in ((1_000, 3, 3), (5_000, 5, 5), (20_000, 5, 8)):
        rng = np.random.default_rng(0)
        centres = 6.0 * rng.standard_normal((K, D))
        root = 0.3 * rng.standard_normal((n, D, D))
        noise = root @ root.swapaxes(1, 2) + 1e-6 * np.eye(D)
        X = centres[rng.integers(0, K, n)] + rng.standard_normal((n, D))
        X += np.einsum("nij,nj->ni", root, rng.standard_normal((n, D)))
        start = Mixture(np.full(K, 1 / K), centres + 0.5, np.tile(2.0 * np.eye(D), (K, 1, 1)))
        began = time.process_time()
        ours = GaussianMixture(K, init_params=start, tol=0, max_iter=20).fit(X, noise=noise)
        own = time.process_time() - began
        theirs = pygmmis.GMM(K=K, D=D)
        theirs.amp[:], theirs.mean[:], theirs.covar[:] = start.weights, start.means, start.covariances.dense()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.process_time()
        found, _ = pygmmis.fit(theirs, X, covar=noise, init_method="none", maxiter=20, tol=1e-12, w=0.0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        other = (
            time.process_time() - began + after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        )
        print(
            f"{n:,} x {D}, K = {K}: {own:.2f} s, log-likelihood {ours.score(X, noise=noise):.6f}; "
            f"pygmmis {other:.2f} s, {found / n:.6f}",
            flush=True,
        )


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["reach", "passes", "weights", "peers", "few"])
    parser.add_argument("--problems", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cells", nargs="*", default=[f"{D},{K}" for D, K in CELLS])
    given = parser.parse_args()
    if given.what == "passes":
        passes()
        return
    if given.what == "peers":
        peers()
        return
    if given.what in ("weights", "few"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            {"weights": weights, "few": few}[given.what](given.problems)
        return
    cells = tuple((int(D), int(K)) for D, K in (cell.split(",") for cell in given.cells))
    reach(cells, given.problems, given.share, given.seed)


if __name__ == "__main__":
    main()
