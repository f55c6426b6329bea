"""Selection of a model beside R's mclust: processor and clock time of all models, and the log-likelihood of each.

``python -m benchmarks.selection [--sets iris,faithful] [--repeats 3] [--search auto]`` needs Rscript and mclust, and
takes the data sets of R. Both programs run in turn, so that the load of the machine affects both.

``python -m benchmarks.selection --large`` measures selections of large drawn tables by gaussmix alone.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gaussmix import datasets, select

PROGRAM = r"""
suppressMessages(library(mclust))
options(digits = 15)
folder <- commandArgs(TRUE)[1]; name <- commandArgs(TRUE)[2]
data(list = c("banknote", "diabetes", "thyroid", "wdbc"), package = "mclust")
X <- switch(name, faithful = faithful, iris = iris[, 1:4], banknote = banknote[, -1], diabetes = diabetes[, -1],
            thyroid = thyroid[, -1], wdbc10 = wdbc[, 3:12], rock = rock, swiss = swiss, trees = trees)
X <- as.matrix(X)
write.csv(X, file.path(folder, paste0(name, ".csv")), row.names = FALSE)
taken <- system.time(table <- mclustBIC(X, G = 1:9, verbose = FALSE))
cat(taken[["user.self"]] + taken[["sys.self"]], taken[["elapsed"]], "\n")
rows <- list()
for (G in rownames(table)) for (model in colnames(table)) if (is.finite(table[G, model])) {
  fit <- try(Mclust(X, G = as.integer(G), modelNames = model, x = table, verbose = FALSE), silent = TRUE)
  if (inherits(fit, "try-error") || is.null(fit)) next
  s <- fit$parameters$variance[["sigma"]]
  if (is.null(s)) s <- array(rep(fit$parameters$variance$sigmasq, length.out = fit$G), c(1, 1, fit$G))
  pooled <- solve(chol(cov(X)))
  least <- min(apply(s, 3, function(S) min(eigen(t(pooled) %*% S %*% pooled, TRUE, TRUE)$values)))
  rows[[length(rows) + 1]] <- data.frame(G = G, model = model, loglik = fit$loglik, df = fit$df,
    rows = min(fit$parameters$pro) * nrow(X), eigenvalue = least)
}
write.csv(do.call(rbind, rows), file.path(folder, paste0(name, "-models.csv")), row.names = FALSE)
"""
SETS = ("faithful", "iris", "diabetes", "banknote", "thyroid", "wdbc10", "rock", "swiss", "trees")


def drawn(n: int) -> np.ndarray:
    """Return rows of nine components of different covariances, (n, 10)."""
    return datasets.random_mixture(9, 10, random_state=5).sample(n, random_state=3)[0]


def spherical(n: int) -> np.ndarray:
    """Return rows of twelve spherical groups, (n, 64)."""
    rng = np.random.default_rng(0)
    centres, X = rng.normal(size=(12, 64)), np.empty((n, 64), dtype=np.float32)
    for first in range(0, n, 100_000):
        m = min(100_000, n - first)
        X[first : first + m] = centres[rng.integers(0, 12, m)] + 0.8 * rng.normal(size=(m, 64))
    return X


LARGE = (
    (drawn, 15_000, "all", range(1, 10), "bic"),
    (drawn, 100_000, "VVV", range(1, 31), "mml"),
    (drawn, 100_000, "all", range(1, 16), "bic"),
    (spherical, 1_000_000, "VVV", range(2, 21), "instability"),
)
"""Table, rows, families, numbers of components and criterion of each selection."""
ENOUGH = 1e-3
"""Nats by which a log-likelihood may be below that of mclust, which stops earlier."""


@dataclass
class Compared:
    """The comparison of one table."""

    name: str
    shape: tuple[int, int]
    ours: list[tuple[float, float]]
    theirs: list[tuple[float, float]]
    reached: int
    healthy: int
    same_df: bool
    best: str
    their_best: str

    @property
    def line(self) -> str:
        """A row of the table."""
        ours, theirs = np.median(self.ours, axis=0), np.median(self.theirs, axis=0)
        times = " | ".join(f"{a:.2f} | {b:.2f} | {a / b:.2f}" for a, b in zip(ours, theirs, strict=True))
        return (
            f"| {self.name} | {self.shape[0]} × {self.shape[1]} | {times} | "
            f"{self.reached} of {self.healthy} | {'equal' if self.same_df else 'NOT EQUAL'} | {self.best} | "
            f"{self.their_best} |"
        )


def compared(name: str, folder: Path, repeats: int, search: str) -> Compared:
    """Run both in turn, and compare all models."""
    script = folder / "select.R"
    script.write_text(PROGRAM, encoding="utf-8")
    ours, theirs = [], []
    for _ in range(repeats):
        done = subprocess.run(
            ["Rscript", str(script), str(folder), name], capture_output=True, text=True, check=True
        )
        processor, clock = map(float, done.stdout.split()[-2:])
        theirs.append((processor, clock))
        X = np.loadtxt(folder / f"{name}.csv", delimiter=",", skiprows=1, ndmin=2)
        began = time.process_time(), time.perf_counter()
        selection = select(X, range(1, 10), random_state=0, search=search)
        ours.append((time.process_time() - began[0], time.perf_counter() - began[1]))
    with open(folder / f"{name}-models.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {(model.n_components, model.family_name): model for model in selection.models}
    D = X.shape[1]
    healthy = [row for row in rows if float(row["eigenvalue"]) > 1e-8 and float(row["rows"]) > D + 1]
    pairs = [
        (found[int(row["G"]), row["model"]], row) for row in healthy if (int(row["G"]), row["model"]) in found
    ]
    reached = sum(model.log_likelihood >= float(row["loglik"]) - ENOUGH for model, row in pairs)
    best = max(pairs, key=lambda pair: 2 * float(pair[1]["loglik"]) - float(pair[1]["df"]) * np.log(len(X)))[
        1
    ]
    value = float(best["df"]) * np.log(len(X)) - 2 * float(best["loglik"])
    return Compared(
        name,
        X.shape,
        ours,
        theirs,
        reached,
        len(healthy),
        all(model.df == int(row["df"]) for model, row in pairs),
        f"{selection.best.name}, {selection.best.bic:.2f}",
        f"{best['model']},{best['G']}, {value:.2f}",
    )


def print_large() -> None:
    """Print the time and the memory of selections of large tables."""
    print("| rows × columns | families | components | criterion | processor, s | clock, s | memory | best |")
    print("|---|---|---|---|---|---|---|---|")
    for table, n, families, counts, criterion in LARGE:
        X = table(n)
        began = time.process_time(), time.perf_counter()
        best = select(X, counts, families, criterion, random_state=0).best
        processor, clock = time.process_time() - began[0], time.perf_counter() - began[1]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"| {n} × {X.shape[1]} | {families} | {counts[0]} to {counts[-1]} | {criterion} | {processor:.1f} | "
            f"{clock:.1f} | {memory:.0f} MB | {best.name} |",
            flush=True,
        )


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--search", default="auto")
    parser.add_argument("--large", action="store_true", help="drawn tables, without mclust")
    given = parser.parse_args()
    if given.large:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            print_large()
        return
    print(
        "| data | rows × columns | processor, ours, s | mclust | ratio | clock, ours, s | mclust | ratio | reached "
        "| df | our best | mclust's best |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    # The first selection of a process also loads modules.
    select(np.arange(40.0).reshape(20, 2) ** 2 % 7, range(1, 3), random_state=0)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        for name in given.sets.split(","):
            print(compared(name, Path(folder), given.repeats, given.search).line, flush=True)


if __name__ == "__main__":
    main()
