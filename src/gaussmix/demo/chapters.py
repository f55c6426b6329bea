"""The values, pictures and tables of the chapters; their text is in the template ``demo.html``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix import Mixture, datasets, plots
from gaussmix.demo import tables
from gaussmix.demo.figures import FigureWriter
from gaussmix.demo.synthetic import Comparison, Recovery
from gaussmix.demo.vowels import CrossValidation, RecordedFit
from gaussmix.report.figures import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["classes", "em", "one_column", "search", "two_columns"]

_SMALL, _WIDE = (6.6, 4.2), (10.4, 5.4)
_SEEN = 1e-3
"""Nats per row: a smaller gain is not visible in a plot."""


def two_columns(fit: Recovery, writer: FigureWriter) -> dict[str, Any]:
    """Return the contents of the first chapter."""
    K = fit.truth.n_components
    ends = [run.log_likelihood[-1] for run in fit.model.trace_.runs]
    frequencies = np.bincount(fit.labels, minlength=K) / len(fit.X)
    samples, binned = _samples(fit, writer)
    return {
        "fit": fit,
        "pictures": {**_pictures_in_two_columns(fit, writer), "samples": samples},
        "binned": binned,
        "frequencies": list(zip(frequencies, fit.truth.weights, strict=True)),
        "one_hot": tables.one_hot(fit.labels[:16], K),
        "worse": sum(max(ends) - end > _SEEN for end in ends),
        "parameters": tables.parameters(fit),
    }


def _samples(fit: Recovery, writer: FigureWriter) -> tuple[Picture, bool]:
    """Return the picture of the samples, and whether they are counted in bins."""
    binned: list[bool] = []

    def draw(axes: Sequence[Axes]) -> None:
        names = np.array([f"component {k}" for k in range(fit.truth.n_components)])
        plots.points(None, fit.X, labels=names[fit.labels], ax=axes[0], equal=True)
        binned.append(bool(axes[0].images))
        _name(axes)

    alt = "The samples in the plane, coloured by their component."
    return writer.picture("samples-2d", draw, alt), binned[-1]


def _pictures_in_two_columns(fit: Recovery, writer: FigureWriter) -> dict[str, Picture]:
    truth = fit.truth
    return {
        "density": writer.picture(
            "density-2d",
            lambda axes: _with_ellipses(axes[0], plots.density_2d(truth, ax=axes[0], equal=True), truth),
            "Shaded density of five components in the plane, each with its ellipse and number.",
        ),
        "trace": writer.picture(
            "trace-2d",
            lambda axes: plots.trace(fit.model, ax=axes[0]),
            "Mean log-likelihood against iteration for each start; the best one is drawn strongly.",
            size=_SMALL,
        ),
        "both": writer.picture(
            "truth-and-found-2d",
            lambda axes: _truth_and_found(axes, fit),
            "Two panels: the true components over rows coloured by label, the found ones over rows coloured by "
            "responsibility.",
            size=_WIDE,
            panels=2,
        ),
    }


def _with_ellipses(ax: Axes, _: Any, mixture: Mixture) -> None:
    plots.ellipses(mixture, ax=ax, fill=False, equal=True)
    _name([ax])


def _truth_and_found(axes: Sequence[Axes], fit: Recovery) -> None:
    points = (
        plots.points(None, fit.X, labels=fit.labels, legend=False, ax=axes[0], equal=True),
        plots.points(fit.found, fit.X, ax=axes[1], equal=True),
    )
    for ax, mixture, title in zip(points, (fit.truth, fit.found), ("Truth", "Found by EM"), strict=True):
        _with_ellipses(ax, None, mixture)
        ax.set_title(title, loc="left")


def _name(axes: Sequence[Axes], names: tuple[str, str] = ("x", "y")) -> None:
    for ax in axes:
        ax.set(xlabel=names[0], ylabel=names[1])


def one_column(fit: Recovery, writer: FigureWriter) -> dict[str, Any]:
    """Return the contents of the second chapter."""
    trace = fit.model.trace_
    gain, found = float(trace.log_likelihood[-1] - trace.log_likelihood[0]), trace.search
    how = "trace" if found is None or gain > _SEEN else "search" if found.is_informative else "nothing"
    draw: dict[str, tuple[Any, str]] = {
        "density": (
            lambda axes: plots.density_1d(fit.truth, ax=axes[0]),
            "The density as a curve, over its five weighted components.",
        ),
        "found": (
            lambda axes: plots.density_1d(fit.found, fit.X, ax=axes[0]),
            "The density that was found, over a histogram of the samples.",
        ),
        "trace": (
            lambda axes: plots.trace(fit.model, ax=axes[0]),
            "Mean log-likelihood against iteration.",
        ),
        "search": (
            lambda axes: plots.search(fit.model, ax=axes[0]),
            "Mean log-likelihood of the runs of the search.",
        ),
    }
    wanted = [name for name in ("density", "found", how) if name in draw]
    pictures = {name: writer.picture(f"{name}-1d", *draw[name], size=_SMALL) for name in wanted}
    return {
        "fit": fit,
        "pictures": pictures,
        "how": how,
        "gain": gain,
        "search": found,
        "parameters": tables.parameters(fit),
    }


def search(fits: Comparison, writer: FigureWriter) -> dict[str, Any]:
    """Return the contents of the third chapter."""

    def draw(axes: Sequence[Axes]) -> None:
        models = ((fits.alone, "EM from one start"), (fits.searched, "With the search"))
        for ax, (model, title) in zip(axes, models, strict=True):
            _with_ellipses(ax, plots.points(model, fits.X, ax=ax, equal=True), model.mixture_)
            ax.set_title(title, loc="left")

    pictures = {
        "both": writer.picture(
            "search-2d",
            draw,
            "Two panels with the same rows: ten ellipses where EM ended, and ten that the search found.",
            size=_WIDE,
            panels=2,
        ),
        "history": writer.picture(
            "search-history",
            lambda axes: plots.search(fits.searched, ax=axes[0]),
            "Mean log-likelihood of the runs of the search, which rises in steps.",
            size=_SMALL,
        ),
    }
    return {"fits": fits, "pictures": pictures, "comparison": tables.comparison(fits)}


def em(recorded: Sequence[RecordedFit], writer: FigureWriter) -> dict[str, Any]:
    """Return the contents of the fourth chapter; its animations are written into the folder."""
    vowels = datasets.load_vowels()

    def draw(axes: Sequence[Axes]) -> None:
        plots.points(None, vowels.data[:, 1:3], labels=vowels.ipa, ax=axes[0])
        _name(axes, ("F1 (Hz)", "F2 (Hz)"))

    sizes = sorted({fit.n_components for fit in recorded})
    ends = {(fit.vowel, fit.n_components): fit.recorder.log_likelihood[-1] for fit in recorded}
    of_vowels = {fit.vowel for fit in recorded}
    return {
        "picture": writer.picture("vowels", draw, "F2 against F1 of all ten vowels, coloured by vowel."),
        "players": [writer.animation(fit) for fit in recorded],
        "every": writer.scale.frames,
        "table": tables.fits(recorded),
        "n_rows": len(vowels.data),
        "sizes": sizes,
        "n_vowels": len(of_vowels),
        "better": sum(bool(ends[vowel, sizes[-1]] > ends[vowel, sizes[0]]) for vowel in of_vowels),
    }


def classes(
    pairs: dict[int, CrossValidation], tens: dict[tuple[int, int], CrossValidation], writer: FigureWriter
) -> dict[str, Any]:
    """Return the contents of the fifth chapter.

    Parameters
    ----------
    pairs : dict from K to CrossValidation
        Between two vowels, by F1 and F2.
    tens : dict from (number of columns, K) to CrossValidation
        Among all ten.
    """
    return {
        "maps": [
            (_map(pairs[3], "map-two", writer), "two", pairs[3]),
            (_map(tens[2, 3], "map-ten", writer), "ten", tens[2, 3]),
        ],
        "errors": tables.errors(pairs, tens),
        "confusion": tables.confusion(tens[2, 3]),
        **reading(tens),
    }


def reading(tens: dict[tuple[int, int], Any]) -> dict[str, Any]:
    """Return the best of the classifiers of ten vowels, and the lowest error with each number of columns."""
    best = min(tens, key=lambda key: tens[key].error)
    return {
        "best": best,
        "most": max(K for _, K in tens),
        "error": {key: result.error for key, result in tens.items()},
        "lowest": {n: min(tens[key].error for key in tens if key[0] == n) for n in (2, 4)},
    }


def _map(result: CrossValidation, name: str, writer: FigureWriter) -> Picture:
    def draw(axes: Sequence[Axes]) -> None:
        pixels = 300 if writer.scale.dpi > 100 else 120
        plots.decision_map(result.model, result.X, result.y, ax=axes[0], pixels=pixels)
        _name(axes, ("F1 (Hz)", "F2 (Hz)"))

    alt = f"The plane of F1 and F2, divided among {len(result.classes)} vowels; the points are new speakers."
    return writer.picture(name, draw, alt, size=(7.2, 5.4))
