"""The two chapters on made-up data: words, pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gaussmix import Mixture, plots
from gaussmix.demo import formulas
from gaussmix.demo.figures import FigureWriter
from gaussmix.demo.html import Html, code, colours_of, heading, note, paragraph, section, table
from gaussmix.demo.synthetic import Recovery
from gaussmix.report.words import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["in_one_column", "in_two_columns", "parameter_rows"]

_CODE_2D = """\
from gaussmix import GaussianMixture, datasets, plots

truth = datasets.random_mixture(n_components=5, n_features=2, random_state=23)
X, labels = truth.sample(100_000, random_state=23)
plots.density(truth)
plots.points(truth, X, labels=labels)

options = {"n_init": 6, "init_params": "random_from_data", "search": "off"}  # EM alone, from six starts
model = GaussianMixture(5, **options, random_state=0).fit(X)
plots.trace(model)
ax = plots.points(model, X)
plots.ellipses(model, ax=ax)
"""

_CODE_1D = """\
truth = datasets.random_mixture(n_components=5, n_features=1, random_state=53)
X, labels = truth.sample(100_000, random_state=53)
model = GaussianMixture(5, random_state=0).fit(X)
plots.density(model, X=X)
"""


def in_two_columns(story: Recovery, studio: FigureWriter) -> Html:
    """Return the first chapter."""
    return section(
        1,
        "A mixture we know, found again",
        *_the_model(story, studio),
        *_the_hidden_labels(story, studio),
        *_the_fit(story, studio),
        *_the_comparison(story, studio),
        code("The code of this chapter", _CODE_2D),
        name="two-columns",
    )


def _the_model(story: Recovery, studio: FigureWriter) -> list[Html]:
    truth = story.truth

    def draw(axes: Sequence[Axes]) -> None:
        plots.density_2d(truth, ax=axes[0], equal=True)
        plots.ellipses(truth, ax=axes[0], fill=False, equal=True)
        _name(axes[0])

    return [
        heading("The model"),
        paragraph(
            "A Gaussian mixture is a weighted sum of K normal distributions. This one has K = 5 "
            "components in the plane: their means are drawn uniformly from a square of side 20, their "
            "covariances are AᵀA with standard normal A, and their weights are uniform numbers, divided "
            "by their sum."
        ),
        formulas.DENSITY,
        studio.picture(
            "density-2d",
            draw,
            alt="Shaded density of five components in the plane, each with its ellipse and number.",
            caption="The density. An ellipse is drawn two standard deviations from its mean, and holds 86% of its "
            "component.",
        ),
    ]


def _the_hidden_labels(story: Recovery, studio: FigureWriter) -> list[Html]:
    K, N = story.truth.n_components, len(story.X)
    counts = np.bincount(story.labels, minlength=K)

    def draw(axes: Sequence[Axes]) -> None:
        names = np.array([f"component {k}" for k in range(K)])
        plots.points(None, story.X, labels=names[story.labels], ax=axes[0], equal=True)
        _name(axes[0])

    shares = ", ".join(
        f"{count / N:.3f} ({weight:.3f})" for count, weight in zip(counts, story.truth.weights, strict=True)
    )
    return [
        heading("Hidden labels, and samples"),
        paragraph(
            "A row is made in two steps. First a component is chosen, each with a probability equal to "
            "its weight: this is the hidden label, which the data do not tell. Then the row is drawn from "
            f"that component's normal distribution. Written one-hot, the labels of all {N:,} rows are a "
            f"matrix of {K} × {N:,} zeros and ones, with a single one in each column. Here are its first "
            "columns."
        ),
        _one_hot(story.labels[:16], K),
        paragraph(f"The share of each label is close to its weight (in brackets): {shares}."),
        studio.picture(
            "samples-2d",
            draw,
            alt="The samples in the plane, coloured by the component that made them.",
            caption=lambda axes: f"All {N:,} rows, coloured by their hidden labels. {_how_drawn(axes[0])}",
        ),
    ]


def _how_drawn(ax: Axes) -> str:
    """Say how points are drawn, which depends on their number."""
    if ax.images:
        return (
            "So many points would hide each other: they are counted in small bins, and a bin has the stronger a colour "
            "the more rows it holds."
        )
    return "Each row is a mark, in the colour and the form of its label."


def _one_hot(labels: np.ndarray[tuple[int], np.dtype[np.intp]], K: int) -> Html:
    colours = colours_of(K)
    rows = [
        [
            f"k = {k}",
            *(
                Html(f'<span class="one" style="{colours[k]}">1</span>') if label == k else Html("0")
                for label in labels
            ),
        ]
        for k in range(K)
    ]
    head = ["", *(str(n) for n in range(len(labels)))]
    return table(f"One-hot labels of the rows 0 to {len(labels) - 1}", head, rows, kind="onehot")


def _the_fit(story: Recovery, studio: FigureWriter) -> list[Html]:
    model, trace = story.model, story.model.trace_
    best = trace.runs[trace.best]
    ends = [run.log_likelihood[-1] for run in trace.runs]
    worse = sum(max(ends) - end > 1e-3 for end in ends)
    starts = f"{len(ends)} starts from rows drawn at random: {worse} of them end" + (
        "s" if worse == 1 else ""
    )
    return [
        heading("EM"),
        paragraph(
            "EM now sees the rows alone. The E-step asks how probable it is that component k made row n: "
            "the responsibility. The M-step takes weighted means with these responsibilities. The two are "
            "repeated."
        ),
        Html(
            f'<div class="formulas">{formulas.E_STEP}{formulas.WEIGHTS}{formulas.MEANS}{formulas.COVARIANCES}</div>'
        ),
        studio.picture(
            "trace-2d",
            lambda axes: plots.trace(model, ax=axes[0]),
            alt="Mean log-likelihood against iteration, for each start; the best one is drawn strongly.",
            caption=f"The log-likelihood never falls. {starts} in a worse optimum, which EM alone cannot leave. "
            f"The best run {best.message}; the small picture shows how far it still was from its end, on a "
            "logarithmic scale.",
            size=(6.6, 4.2),
        ),
    ]


def _the_comparison(story: Recovery, studio: FigureWriter) -> list[Html]:
    def draw(axes: Sequence[Axes]) -> None:
        plots.points(None, story.X, labels=story.labels, legend=False, ax=axes[0], equal=True)
        plots.points(story.found, story.X, ax=axes[1], equal=True)
        for ax, mixture, title in zip(
            axes, (story.truth, story.found), ("Truth", "Found by EM"), strict=True
        ):
            plots.ellipses(mixture, ax=ax, fill=False, equal=True)
            _name(ax).set_title(title, loc="left")

    return [
        heading("What was made, and what was found"),
        paragraph(
            "EM numbers its components as it likes. Here each is paired with the true component that "
            f"claims the same rows. The fit of {len(story.X):,} rows, all {len(story.model.trace_.runs)} "
            f"starts together, took {story.seconds:.2f} seconds."
        ),
        studio.picture(
            "truth-and-found-2d",
            draw,
            alt="Two panels: the true components over rows coloured by hidden label; the found ones over rows coloured "
            "by responsibility.",
            caption="Left: the truth, rows coloured by their hidden labels. Right: what EM found, rows coloured by "
            "their responsibilities; where two components overlap, the colours mix.",
            size=(10.4, 5.4),
            panels=2,
            kind="wide",
        ),
        parameter_table(story),
        _likelihoods(story),
    ]


def _likelihoods(story: Recovery) -> Html:
    """Compare the likelihoods of what was found and of the truth, and say what the difference means."""
    gap = story.gap
    # The likelihood of the best fit exceeds that of the truth by half the number of parameters in the mean (Wilks).
    expected = story.found.n_parameters / (2.0 * len(story.X))
    compared = (
        f"The found mixture has {abs(gap):.5f} nats a row {'more' if gap >= 0 else 'less'} log-likelihood than the "
        "true one."
    )
    if gap < 0:
        meant = (
            "So it is not the best fit of these rows, which has at least the likelihood of the truth: every start of "
            "EM ended in a worse local maximum. More starts, or the search of chapter 3, find a better one."
        )
    elif gap <= _MOST_CHANCE * expected:
        meant = (
            f"A little more is what a good fit has: it follows the rows at hand, their chance included, and with "
            f"{story.found.n_parameters} parameters it gains {expected:.5f} on average."
        )
    else:
        meant = f"Chance explains {expected:.5f} of it: a component follows a few rows too closely."
    return note(f"{compared} {meant}")


_MOST_CHANCE = 4.0


def in_one_column(story: Recovery, studio: FigureWriter) -> Html:
    """Return the second chapter."""
    return section(
        2,
        "The same in one column",
        paragraph(
            "With a single column the density is a curve. The steps are the same: a random mixture, "
            f"hidden labels, {len(story.X):,} samples, EM."
        ),
        studio.picture(
            "density-1d",
            lambda axes: plots.density_1d(story.truth, ax=axes[0]),
            alt="The density as a curve, over its five weighted components.",
            caption="The density as a line over its components, each times its weight.",
            size=(6.6, 3.8),
        ),
        studio.picture(
            "found-1d",
            lambda axes: plots.density_1d(story.found, story.X, ax=axes[0]),
            alt="The density that EM found, over a histogram of the samples.",
            caption=f"What EM found, over a histogram of the samples. EM {story.model.trace_.message}.",
            size=(6.6, 3.8),
        ),
        _how_it_was_found(story, studio),
        parameter_table(story),
        _likelihoods(story),
        code("The code of this chapter", _CODE_1D),
        name="one-column",
    )


def _how_it_was_found(story: Recovery, studio: FigureWriter) -> Html:
    """Return the story of the search, or that of EM where the search left it something to climb."""
    trace = story.model.trace_
    climb = float(trace.log_likelihood[-1] - trace.log_likelihood[0])
    if trace.search is None or climb > _SEEN:
        return studio.picture(
            "trace-1d",
            lambda axes: plots.trace(story.model, ax=axes[0]),
            alt="Mean log-likelihood against iteration.",
            caption=f"The log-likelihood at each iteration: it climbs by {climb:.4f} nats a row.",
            size=(6.6, 3.8),
        )
    if not trace.search.n_tried:
        return paragraph(
            f"It was found by a search that saw no change worth trying ({trace.search.verdict}), and left EM "
            f"{counted(story.model.n_iter_, 'iteration')}."
        )
    return studio.picture(
        "search-1d",
        lambda axes: plots.search(story.model, ax=axes[0]),
        alt="Mean log-likelihood of the runs of the search.",
        caption=f"How it was found: the search tried {trace.search.n_tried:,} changes and kept "
        f"{trace.search.n_taken:,}, and left EM {climb:.1g} nats a row to climb. Chapter 3 tells more of it.",
        size=(6.6, 3.8),
    )


_SEEN = 1e-3
"""Nats a row: less is flat to the eye."""


def parameter_table(story: Recovery) -> Html:
    """Return the parameters of the truth and of what was found, beside each other."""
    D = story.truth.n_features
    head, rows = parameter_rows(story.truth, story.found)
    groups = [("", 1), ("weight", 2), *((f"mean{_of(d, D)}", 2) for d in range(D))]
    groups += [(f"{'standard deviation' if D == 1 else 'st. dev.'}{_of(d, D)}", 2) for d in range(D)] + (
        [("correlation", 2)] if D == 2 else []
    )
    colours = colours_of(len(rows))
    rows = [
        [Html(f'<span class="dot" style="{colour}"></span>{cells[0]}'), *cells[1:]]
        for colour, cells in zip(colours, rows, strict=True)
    ]
    return table(
        f"True and found parameters in {'one column' if D == 1 else 'two columns'}",
        head,
        rows,
        groups=groups,
        kind="pairs",
        wide=D > 1,
    )


def _of(d: int, D: int) -> str:
    return "" if D == 1 else f" {'xy'[d]}"


def parameter_rows(truth: Mixture, found: Mixture) -> tuple[list[str], list[list[str]]]:
    """Return a heading and rows of text: for each component every parameter, true and found.

    Examples
    --------
    >>> one = Mixture([1.0], [[0.5]], [4.0])
    >>> parameter_rows(one, one)[1]
    [['0', '1.000', '1.000', '0.500', '0.500', '2.000', '2.000']]
    """
    true, fitted = _numbers(truth), _numbers(found)
    rows = [
        [str(k), *(f"{value:.3f}".replace("-", "−") for pair in zip(a, b, strict=True) for value in pair)]
        for k, (a, b) in enumerate(zip(true, fitted, strict=True))
    ]
    return ["component", *(["true", "found"] * len(true[0]))], rows


def _numbers(mixture: Mixture) -> list[list[float]]:
    """Return weight, means, standard deviations and, in two columns, the correlation of each component."""
    dense = mixture.covariances.dense()
    deviations = np.sqrt(np.diagonal(dense, axis1=1, axis2=2))
    parts = [mixture.weights[:, None], mixture.means, deviations]
    if mixture.n_features == 2:
        parts.append((dense[:, 0, 1] / deviations.prod(axis=1))[:, None])
    return [[float(value) for value in row] for row in np.concatenate(parts, axis=1)]


def _name(ax: Axes) -> Axes:
    ax.set(xlabel="x", ylabel="y")
    return ax
