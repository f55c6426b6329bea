"""The section of a report about the search for the optimum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gaussmix.report.html import Html, details, paragraph, section, table
from gaussmix.report.words import counted, number

if TYPE_CHECKING:
    from gaussmix.search import SearchTrace

__all__ = ["in_a_sentence", "search_section"]

_MOST_RUNS = 100


def in_a_sentence(search: SearchTrace) -> str:
    """Return how sure the answer is.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets
    >>> X, _ = datasets.random_mixture(3, 2, random_state=0).sample(2000, random_state=0)
    >>> in_a_sentence(GaussianMixture(3, random_state=0).fit(X).trace_.search).split(" mixture")[1][0] in ": "
    True
    """
    if not search.clear:
        return "Whether it is the best mixture is in doubt."
    sure = search.verdict.removeprefix("clear: ")
    return f"It is clear that this is the best mixture: {sure}."


def search_section(search: SearchTrace, total_weight: float, pictures: Sequence[Html] = ()) -> Html:
    """Return what a search did: its verdict, its runs and its pictures.

    Parameters
    ----------
    search : SearchTrace
    total_weight : float
        The number of rows of the fit.
    pictures : sequence of Html
    """
    tried = f"tried {counted(search.n_tried, 'change')}, of which {search.n_taken:,} were kept"
    work = (
        "Before EM, a search looked for the best local maximum of the likelihood: it compared several starts, or "
        "merged more components than asked, and then split one component and merged two wherever that gained. On "
        f"{_rows_of(search, total_weight)} it made {counted(len(search.runs), 'run')} and "
        f"{tried if search.n_tried else 'saw no change worth trying'}, in {search.seconds:.2f} s."
    )
    return section(
        "How the optimum was looked for",
        paragraph(f"{search.verdict[0].upper()}{search.verdict[1:]}.", "lead"),
        paragraph(work),
        *pictures[:1],
        _runs(search),
        *(
            details("What was predicted of each change, and what came of it", picture)
            for picture in pictures[1:]
        ),
        name="search",
    )


def _rows_of(search: SearchTrace, total_weight: float) -> str:
    """Return which rows the search looked at.

    Rows that are the same count as one, with their number as its weight.
    """
    if search.total_weight < 0.999 * total_weight:
        return f"a sample of {search.total_weight:,.0f} of the {counted(total_weight, 'row')}"
    if search.n_rows < total_weight:
        return f"{counted(search.n_rows, 'distinct row')}"
    return f"{counted(search.n_rows, 'row')}"


def _runs(search: SearchTrace) -> Html:
    shown = list(range(min(len(search.runs), _MOST_RUNS)))
    head = [
        "run",
        "log-likelihood a row",
        "below the best",
        "gain left",
        "changes kept",
        "it began with",
    ]
    rows = [[f"{i + 1}{' (kept)' if i == search.best else ''}", *_cells(search, i)] for i in shown]
    more = len(search.runs) - len(shown)
    below = (
        "Below the best and the gain left are in nats, of all rows that the search looked at, without what chance "
        "lends to narrow components. The gain left is the "
        "largest that was still predicted of a change when the run ended: the further below 0, the clearer the "
        "answer; none where no change was predicted."
    )
    rest = f" Not shown: {counted(more, 'run')}." if more else ""
    return Html(
        table("The runs of the search", head, rows, "runs search") + paragraph(below + rest, "legend")
    )


def _cells(search: SearchTrace, i: int) -> list[str]:
    run, (taken, tried) = search.runs[i], search.changes_of(i)
    start = run.start if run.sound else f"{run.start}; a component collapsed"
    return [
        number(run.log_likelihood, 6),
        number(round(search.below_best(i), 1) + 0.0, 1),
        number(round(run.left, 1) + 0.0, 1) if math.isfinite(run.left) else "none",
        f"{taken:,} of {tried:,}",
        start,
    ]
