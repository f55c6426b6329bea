"""The chapter on the search for the optimum: what EM misses from one start, and how the search finds it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gaussmix import GaussianMixture, Mixture, datasets, plots
from gaussmix.demo.figures import FigureWriter
from gaussmix.demo.html import Html, code, paragraph, section, table
from gaussmix.search import SearchTrace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Contest", "compare", "contest_rows", "the_best_optimum"]

_CODE = """\
from gaussmix import GaussianMixture, datasets, plots

truth = datasets.random_mixture(n_components=10, n_features=2, random_state=2)
X, labels = truth.sample(5_000, random_state=2)

alone = GaussianMixture(10, search="off", random_state=0).fit(X)
searched = GaussianMixture(10, random_state=0).fit(X)
print(searched.trace_.search.summary())
plots.search(searched)
"""


@dataclass(frozen=True, eq=False)
class Contest:
    """Ten components, the rows that they made, and what was found in these without and with a search.

    Parameters
    ----------
    truth : Mixture
    X : (n, 2) array
    alone, ten, searched : GaussianMixture
        EM from one start, the best of ten starts, and the default.
    """

    truth: Mixture
    X: NDArray[np.float64]
    alone: GaussianMixture
    ten: GaussianMixture
    searched: GaussianMixture

    @property
    def search(self) -> SearchTrace:
        """What the search did."""
        told = self.searched.trace_.search
        assert told is not None
        return told


def compare() -> Contest:
    """Fit ten components to rows that ten components made: from one start, from ten, and by a search.

    Examples
    --------
    >>> story = compare()
    >>> story.searched.score(story.X) > story.alone.score(story.X) + 0.05
    True
    """
    truth = datasets.random_mixture(n_components=10, n_features=2, random_state=2)
    X, _ = truth.sample(5000, random_state=2)
    with warnings.catch_warnings():
        # A component that collapsed is part of the story.
        warnings.simplefilter("ignore")
        alone = GaussianMixture(10, search="off", random_state=0).fit(X)
        ten = GaussianMixture(10, search="off", n_init=10, random_state=0).fit(X)
    return Contest(truth, X, alone, ten, GaussianMixture(10, random_state=0).fit(X))


def contest_rows(story: Contest) -> tuple[list[str], list[list[str]]]:
    """Return a heading and rows of text: how likely the rows are under each mixture."""
    scores = {
        "the truth": float(story.truth.log_prob(story.X).mean()),
        "EM from one start": story.alone.score(story.X),
        "the best of ten starts": story.ten.score(story.X),
        "with the search": story.searched.score(story.X),
    }
    rows = [[name, f"{score:.4f}".replace("-", "−")] for name, score in scores.items()]
    return ["", "log-likelihood a row"], rows


def _draw_both(story: Contest, axes: Sequence[Axes]) -> None:
    fits = ((story.alone, "EM from one start"), (story.searched, "With the search"))
    for ax, (model, title) in zip(axes, fits, strict=True):
        plots.points(model, story.X, ax=ax, equal=True)
        plots.ellipses(model, ax=ax, fill=False, equal=True)
        ax.set(xlabel="x", ylabel="y")
        ax.set_title(title, loc="left")


def the_best_optimum(story: Contest, studio: FigureWriter) -> Html:
    """Return the third chapter."""
    head, rows = contest_rows(story)
    return section(
        3,
        "The highest top",
        paragraph(
            "EM climbs to the top above its start and stays there. Where two components share one cluster, and "
            "elsewhere one component covers two, it would have to go down before it could go up. So the default "
            "looks for the highest top first: it begins with more components than asked, merges them down, then splits "
            "one component and merges two others wherever that gains, and starts again while the answer is in doubt."
        ),
        studio.picture(
            "search-2d",
            partial(_draw_both, story),
            alt="Two panels with the same rows: ten ellipses where EM ended, and ten that the search found.",
            caption=f"Ten components made these {len(story.X):,} rows. Left: where EM ends from one start. Right: the "
            "default on the same rows.",
            size=(10.4, 5.4),
            panels=2,
            kind="wide",
        ),
        table("The same rows under each mixture", head, rows),
        studio.picture(
            "search-story",
            lambda axes: plots.search(story.searched, ax=axes[0]),
            alt="Mean log-likelihood of the runs of the search, which rises in steps.",
            caption="The story of the search. What a change will gain is foretold from the few rows that it concerns: "
            "a diamond is the prediction, a dot what came of it when EM had looked at all rows.",
            size=(6.6, 4.2),
        ),
        code("The code of this chapter", _CODE),
        name="search",
    )
