"""Draw every picture of every public function in every style on one sheet: `make contact-sheet`.

A row for each style, a column for each case: one and two components in 30 rows, twenty in a million, and columns with
long names. Look at the sheet before a release: whatever could not be printed in a paper is a fault.
"""

from __future__ import annotations

import io
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import matplotlib.style
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from gaussmix import GaussianMixture, Mixture, MixtureClassifier, datasets, plots

DPI = 80
PAPER = {"dark": "#000000", "clear": "#14181e"}
CLEAR = {
    "figure.facecolor": (1, 1, 1, 0),
    "axes.facecolor": (1, 1, 1, 0),
    "savefig.facecolor": (1, 1, 1, 0),
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), "#dddddd"
    ),
}
STYLES: dict[str, list[Any]] = {
    "light": ["default"],
    "dark": ["default", "dark_background"],
    "clear": ["default", CLEAR],
    "grey": ["default"],
    "ggplot": ["default", "ggplot"],
}
NAMES = (
    "mean_annual_precipitation_in_mm",
    "Household income, net ($/year)",
    "sepal length",
    "p$_x$ <b>&amp;",
)


@dataclass(frozen=True)
class Case:
    """What is drawn: so many components in so many rows, in two columns or in four with long names."""

    title: str
    K: int
    n: int
    D: int = 2

    @property
    def mixture(self) -> Mixture:
        """The mixture that made the rows."""
        return _mixture(self.K, self.D)

    @property
    def line(self) -> Mixture:
        """The same in one column."""
        names = None if self.mixture.feature_names is None else self.mixture.feature_names[:1]
        drawn = datasets.random_mixture(self.K, 1, random_state=3)
        return Mixture(drawn.weights, drawn.means, drawn.covariances, feature_names=names)

    @property
    def X(self) -> Any:
        """The rows."""
        return _rows(self.K, self.D, self.n)[0]

    @property
    def labels(self) -> Any:
        """The component that made each row, as a name."""
        names = np.array([f"component number {k:02d} of the mixture" for k in range(self.K)])
        return names[_rows(self.K, self.D, self.n)[1]]

    @property
    def model(self) -> GaussianMixture:
        """A fit with a search."""
        return _model(self.K, self.D, min(self.n, 3000))


CASES = (
    Case("K = 1, n = 30", 1, 30),
    Case("K = 2, n = 30", 2, 30),
    Case("K = 20, n = 1,000,000", 20, 1_000_000),
    Case("K = 3, n = 400, long names", 3, 400, 4),
)


@cache
def _mixture(K: int, D: int) -> Mixture:
    drawn = datasets.random_mixture(K, D, random_state=5)
    names = NAMES[:D] if D > 2 else None
    return Mixture(drawn.weights, drawn.means, drawn.covariances, feature_names=names)


@cache
def _rows(K: int, D: int, n: int) -> Any:
    return _mixture(K, D).sample(n, random_state=0)


@cache
def _model(K: int, D: int, n: int) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return GaussianMixture(K, random_state=0).fit(_rows(K, D, n)[0])


@cache
def _plain_model(K: int, D: int, n: int) -> GaussianMixture:
    options = {"search": "off", "acceleration": "off", "n_init": 4, "init_params": "random_from_data"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return GaussianMixture(K, random_state=0, **options).fit(_rows(K, D, n)[0])


@cache
def _classifier(K: int, D: int, n: int) -> MixtureClassifier:
    X, y = _rows(K, D, n)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MixtureClassifier(1, covariance_type="diag", random_state=0).fit(X[:20_000], y[:20_000])


def _points_and_ellipses(case: Case) -> Any:
    return plots.ellipses(case.mixture, ax=plots.points(case.mixture, case.X))


def _many_labels(case: Case) -> Any:
    labels = [f"speaker {i % 76:02d}" for i in range(case.n)]
    return plots.points(None, case.X, labels=labels)


def _decisions(case: Case) -> Any:
    X, y = _rows(case.K, case.D, case.n)
    return plots.decision_map(_classifier(case.K, case.D, case.n), X, y)


def _trace(case: Case) -> Any:
    return plots.trace(_plain_model(case.K, case.D, min(case.n, 3000)))


def _named_traces(case: Case) -> Any:
    trace = _plain_model(case.K, case.D, min(case.n, 3000)).trace_
    return plots.trace({f"start number {i} of the mixture model": run for i, run in enumerate(trace.runs)})


def _live(case: Case) -> Any:
    live = plots.LivePlot(case.X[:20_000], feature_names=case.mixture.feature_names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        GaussianMixture(case.K, search="off", max_iter=4, random_state=0, callbacks=live).fit(case.X[:3000])
    return live.figure


def _live_line(case: Case) -> Any:
    X = case.line.sample(min(case.n, 3000), random_state=0)[0]
    live = plots.LivePlot(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        GaussianMixture(case.K, search="off", max_iter=4, random_state=0, callbacks=live).fit(X)
    return live.figure


PICTURES: dict[str, Callable[[Case], Any]] = {
    "points, ellipses": _points_and_ellipses,
    "points by component": lambda case: plots.points(case.mixture, case.X, by="component"),
    "points with labels": lambda case: plots.points(None, case.X, labels=case.labels),
    "points with 76 labels": _many_labels,
    "ellipses": lambda case: plots.ellipses(case.mixture, sigmas=[1, 2]),
    "density_1d": lambda case: plots.density_1d(case.line, case.line.sample(case.n, random_state=0)[0]),
    "density_2d": lambda case: plots.density_2d(case.mixture),
    "density_2d, filled": lambda case: plots.density_2d(case.mixture, kind="filled"),
    "density_2d, lines": lambda case: plots.density_2d(case.mixture, kind="lines"),
    "density with X": lambda case: plots.density(case.mixture, case.X),
    "uncertainty": lambda case: plots.uncertainty(case.mixture, case.X),
    "decision_map": lambda case: _decisions(case) if case.K > 1 else None,
    "trace": _trace,
    "trace of named runs": _named_traces,
    # One component needs no search.
    "search": lambda case: plots.search(case.model) if case.K > 1 else None,
    "gains": lambda case: plots.gains(case.model) if case.K > 1 else None,
    "overview": lambda case: plots.overview(case.model, case.X),
    "overview of a Mixture": lambda case: plots.overview(case.mixture, case.X),
    "overview in one column": lambda case: plots.overview(
        case.line, case.line.sample(case.n, random_state=0)[0]
    ),
    "pairs": lambda case: plots.pairs(case.mixture, case.X),
    "LivePlot": _live,
    "LivePlot in one column": _live_line,
}


@contextmanager
def styled(name: str) -> Iterator[None]:
    """Set a style, and close what was drawn in it."""
    with mpl.style.context(STYLES[name]):
        yield
    plt.close("all")


def picture(draw: Callable[[Case], Any], case: Case, style: str) -> Image.Image | None:
    """Return what a function draws in a style."""
    with styled(style):
        drawn = draw(case)
        if drawn is None:
            return None
        figure = drawn if hasattr(drawn, "savefig") else np.ravel(drawn)[0].figure
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=DPI)
    whole = Image.open(file).convert("RGBA")
    paper = Image.new("RGBA", whole.size, PAPER.get(style, "#ffffff"))
    flat = Image.alpha_composite(paper, whole).convert("RGB")
    return ImageOps.grayscale(flat).convert("RGB") if style == "grey" else flat


def sheet(name: str, styles: list[str]) -> Image.Image:
    """Return the pictures of a function: a row for each style, a column for each case."""
    rows = [[picture(PICTURES[name], case, style) for case in CASES] for style in styles]
    shown = [image for row in rows for image in row if image is not None]
    width, height = max(image.width for image in shown), max(image.height for image in shown)
    margin, head = 8, 26
    whole = Image.new("RGB", (len(CASES) * (width + margin), head + len(rows) * (height + margin)), "#c8c8c8")
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(15)
    for column, case in enumerate(CASES):
        pen.text((column * (width + margin) + 4, 4), f"{name}: {case.title}", fill="#000000", font=font)
    for line, row in enumerate(rows):
        for column, image in enumerate(row):
            if image is not None:
                whole.paste(image, (column * (width + margin), head + line * (height + margin)))
    return whole


def main(folder: Path, wanted: list[str], styles: list[str]) -> None:
    """Write a sheet for each function, and all of them on one."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = []
    for name in wanted or PICTURES:
        began = time.perf_counter()
        made = sheet(name, styles or list(STYLES))
        path = folder / f"{name.replace(', ', '-').replace(' ', '-')}.png"
        made.save(path)
        sheets.append(made)
        print(f"{path}  {time.perf_counter() - began:.1f} s")
    whole = Image.new("RGB", (max(s.width for s in sheets), sum(s.height for s in sheets)), "#c8c8c8")
    top = 0
    for made in sheets:
        whole.paste(made, (0, top))
        top += made.height
    whole.reduce(2).save(folder / "contact-sheet.png")
    print(folder / "contact-sheet.png")


if __name__ == "__main__":
    given = sys.argv[2:]
    main(Path(sys.argv[1]), [a for a in given if a in PICTURES], [a for a in given if a in STYLES])
