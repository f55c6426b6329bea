"""The notes of a report: reasons for caution before relying on the fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from gaussmix.report.tables import reached
from gaussmix.report.words import counted, ended

if TYPE_CHECKING:
    from gaussmix.report.facts import Facts
    from gaussmix.search import SearchTrace

__all__ = ["notes", "verdict"]

_OVERLAP = 0.15


def verdict(search: SearchTrace) -> str:
    """Return in a sentence whether the search is certain of its result.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets
    >>> X, _ = datasets.random_mixture(3, 2, random_state=0).sample(2000, random_state=0)
    >>> "best mixture" in verdict(GaussianMixture(3, random_state=0).fit(X).trace_.search)
    True
    """
    if not search.clear:
        return "It is uncertain whether this is the best mixture."
    return f"This is very probably the best mixture: {search.verdict.removeprefix('clear: ')}."


def notes(facts: Facts) -> list[str]:
    """Return the warnings of the fit and the notes, each a sentence or two."""
    warnings = () if facts.trace is None else facts.trace.warnings
    told = [f"Warning: {message}{'' if message.endswith('.') else '.'}" for message in warnings]
    return [*told, *_about_the_run(facts), *_about_components(facts), *_about_the_data(facts)]


def _about_the_run(facts: Facts) -> Iterator[str]:
    if facts.trace is None:
        return
    run = facts.trace.runs[facts.trace.best]
    if run.status in _ADVICE:
        yield f"EM {ended(run.status, run.n_iterations)}: {_ADVICE[run.status]}."
    if facts.trace.search is not None and not facts.trace.search.clear:
        yield _about_the_search(facts.trace.search.verdict)
    best, runs = reached(facts.trace)
    if best == 1 < runs:
        yield f"Only 1 of {runs} starts reached the best {facts.trace.objective}: more starts may find a better one."


def _about_the_search(verdict: str) -> str:
    if "search longer" not in verdict:
        return f"The result of the search is {verdict}."
    return (
        "The verdict of the search is in doubt: a longer search may find a better mixture. Give it a time limit in "
        "seconds, such as search=60 in Python or --search 60 on the command line."
    )


_ADVICE = {
    "max_iter": "increase max_iter or tol",
    "stopped": "a callback stopped it, so more iterations may improve the mixture",
    "fell": "the objective decreased, by more than rounding: fit fewer components or columns",
}


def _about_components(facts: Facts) -> Iterator[str]:
    rows, D = facts.mixture.weights * facts.total_weight, facts.mixture.n_features
    for k in np.flatnonzero(rows < D + 1)[:6]:
        held, columns = counted(round(float(rows[k]), 1), "row"), counted(D, "column")
        yield f"Component {k} has only {held}: too few to estimate its covariance in {columns}."
    pairs = np.argwhere(np.triu(facts.overlap, 1) > _OVERLAP).tolist()
    worst = sorted(pairs, key=lambda pair: -facts.overlap[pair[0], pair[1]])[:4]
    if worst:
        listed = ", ".join(f"{j} and {k}" for j, k in worst) + (", and more" if len(pairs) > 4 else "")
        yield (
            f"Overlapping components: {listed}. Either fewer components suffice, or several components together "
            "describe one cluster that is not Gaussian."
        )


def _about_the_data(facts: Facts) -> Iterator[str]:
    if facts.left_out:
        shown = [f"{name} ({why})" for name, why in list(facts.left_out.items())[:12]]
        more = f" and {len(facts.left_out) - 12} more" if len(facts.left_out) > 12 else ""
        yield f"Columns left out of the fit: {', '.join(shown)}{more}."
    spreads = np.nanmax(facts.X, axis=0) - np.nanmin(facts.X, axis=0)
    constant = [name for name, spread in zip(facts.names, spreads, strict=True) if spread == 0]
    if constant:
        yield f"Constant columns, without effect on the clusters: {', '.join(constant[:12])}."
    if facts.weights is not None:
        yield "The rows have weights, but the figures show each row once."
