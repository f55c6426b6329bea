"""The tables of the demonstration, for the page and for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from gaussmix import Mixture, plots
from gaussmix.demo.synthetic import Comparison, Recovery
from gaussmix.demo.vowels import CrossValidation, RecordedFit
from gaussmix.report.figures import THEMES
from gaussmix.report.rendering import Markup, Table, hex_colour

__all__ = ["comparison", "confusion", "errors", "fits", "one_hot", "parameters", "parameters_of"]


def parameters(fit: Recovery) -> Table:
    """Return the true and the found parameters of each component."""
    D = fit.truth.n_features
    rows = [
        [Markup('<span class="dot" style="{}"></span>{}').format(colour, cells[0]), *cells[1:]]
        for colour, cells in zip(_colours(fit.truth.n_components), parameters_of(fit), strict=True)
    ]
    names = [f"{name}{'' if D == 1 else f' {axis}'}" for name in ("mean", "st. dev.") for axis in "xy"[:D]]
    names = ["weight", *names, *(["correlation"] if D == 2 else [])]
    caption = f"True and found parameters in {'one column' if D == 1 else 'two columns'}"
    head = ["component", *(["true", "found"] * len(names))]
    return Table(caption, head, rows, "pairs", [("", 1), *((name, 2) for name in names)], wide=D > 1)


def parameters_of(fit: Recovery) -> list[list[str]]:
    """Return a row of text for each component: its number, and every parameter, true and found."""
    pairs = zip(_numbers(fit.truth), _numbers(fit.found), strict=True)
    return [
        [str(k), *(_signed(value, 3) for pair in zip(a, b, strict=True) for value in pair)]
        for k, (a, b) in enumerate(pairs)
    ]


def _numbers(mixture: Mixture) -> list[list[float]]:
    """Return weight, means, standard deviations and, in two columns, the correlation of each component."""
    dense = mixture.covariances.dense()
    deviations = np.sqrt(np.diagonal(dense, axis1=1, axis2=2))
    parts = [mixture.weights[:, None], mixture.means, deviations]
    if mixture.n_features == 2:
        parts.append((dense[:, 0, 1] / deviations.prod(axis=1))[:, None])
    return [[float(value) for value in row] for row in np.concatenate(parts, axis=1)]


def _signed(value: float, decimals: int = 4) -> str:
    return f"{value:.{decimals}f}".replace("-", "−")


def _colours(count: int) -> list[str]:
    """Return the colours of components for light and for dark pages, for a style attribute."""
    light, dark = (plots.palette(count, background=theme["figure.facecolor"]) for theme in THEMES)
    return [
        f"--light:{hex_colour(one)};--dark:{hex_colour(other)}"
        for one, other in zip(light, dark, strict=True)
    ]


def one_hot(labels: NDArray[np.intp], K: int) -> Table:
    """Return the labels as a matrix with a single one in each column."""
    mark = Markup('<span class="one" style="{}">1</span>')
    rows = [
        [f"k = {k}", *(mark.format(colour) if label == k else "0" for label in labels)]
        for k, colour in enumerate(_colours(K))
    ]
    head = ["", *map(str, range(len(labels)))]
    return Table(f"One-hot labels of rows 0 to {len(labels) - 1}", head, rows, "onehot")


def comparison(fits: Comparison) -> Table:
    """Return the mean log-likelihood of the same rows under each mixture."""
    scores = {
        "true mixture": float(fits.truth.log_prob(fits.X).mean()),
        "EM from one start": fits.alone.score(fits.X),
        "best of ten starts": fits.ten.score(fits.X),
        "with the search": fits.searched.score(fits.X),
    }
    rows = [[name, _signed(score)] for name, score in scores.items()]
    return Table("Mean log-likelihood of the same rows", ["", "nats per row"], rows)


def fits(recorded: Sequence[RecordedFit]) -> Table:
    """Return the iterations and the log-likelihood at the start and at the end of each fit."""
    head = ["vowel", "K", "iterations", "log-likelihood at the start", "at the end"]
    rows = [
        [
            fit.ipa,
            str(fit.n_components),
            str(fit.model.n_iter_),
            _signed(fit.recorder.log_likelihood[0]),
            _signed(fit.recorder.log_likelihood[-1]),
        ]
        for fit in recorded
    ]
    return Table("EM from these starts (log-likelihood in nats per row)", head, rows, "plain")


def errors(pairs: Mapping[int, CrossValidation], tens: Mapping[tuple[int, int], CrossValidation]) -> Table:
    """Return the test error of each classifier; the keys are K, and the number of columns and K."""
    sizes = sorted(pairs)
    rows = [
        ["two vowels, by F1 and F2", *(f"{pairs[K].error:.1%}" for K in sizes)],
        ["ten vowels, by F1 and F2", *(f"{tens[2, K].error:.1%}" for K in sizes)],
        ["ten vowels, by F0, F1, F2 and F3", *(f"{tens[4, K].error:.1%}" for K in sizes)],
    ]
    return Table("Error for new speakers", ["", *(f"K = {K}" for K in sizes)], rows, "plain")


def confusion(result: CrossValidation) -> Table:
    """Return the confusion matrix."""
    fractions = result.counts / result.counts.sum(axis=1, keepdims=True)
    cell = Markup('<span class="cell{}" style="--share:{:.3f}">{}</span>')
    names = result.classes.tolist()
    rows = [
        [
            name,
            *(
                cell.format(" own" if i == j else "", fraction, count or "·")
                for j, (fraction, count) in enumerate(
                    zip(fractions[i], result.counts[i].tolist(), strict=True)
                )
            ),
        ]
        for i, name in enumerate(names)
    ]
    caption = "True vowel (row) and predicted vowel (column) for new speakers; F1 and F2, K = 3"
    return Table(caption, ["true", *names], rows, "confusion")
