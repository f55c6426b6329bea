"""The figures of a report, drawn by `gaussmix.plots` and embedded in the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from gaussmix.plots.axes import some_of
from gaussmix.plots.separation import columns_by_separation, pairs_by_separation
from gaussmix.report.words import counted

if TYPE_CHECKING:
    from gaussmix.report.facts import Facts

__all__ = ["MOST_COLUMNS", "THEMES", "Picture", "Tell", "can_draw", "drawn_figures"]

Tell: TypeAlias = Callable[[int, int], object]
"""Callback before each picture, with the number of pictures drawn and the number of all."""

MOST_COLUMNS = 6
_MOST_ROWS, _MOST_NUMBERS = 200_000, 12
_FLAT = 1e-3
"""Nats per row: after a search, a smaller gain of EM is not drawn."""
_DPI = 144
_SIZES = {"wide": (7.2, 4.7), "": (4.6, 3.5), "third": (3.4, 2.7)}
"""Inches: over the whole width of the page, over a half of it, and over a third."""
_INK = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
_PAPER = ("figure.facecolor", "axes.facecolor")
THEMES: tuple[Mapping[str, Any], Mapping[str, Any]] = (
    dict.fromkeys(_INK, "#1d2430") | dict.fromkeys(_PAPER, "#ffffff"),
    dict.fromkeys(_INK, "#e6e9ee") | dict.fromkeys(_PAPER, "#14181e"),
)
"""matplotlib's settings for a light and for a dark page, in the colours of its style sheet."""


def can_draw() -> bool:
    """Return whether matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


class Picture(NamedTuple):
    """A picture, drawn for light and for dark pages.

    Parameters
    ----------
    light, dark : str
        Sources of the images.
    alt : str
        Description of the picture in words (alternative text).
    size : (int, int)
        Width and height, in pixels.
    kind : str
        Class of the element.
    """

    light: str
    dark: str
    alt: str
    caption: str
    size: tuple[int, int]
    kind: str = ""


class _Plan(NamedTuple):
    """Function that draws a picture into axes, with the texts and the kind of the `Picture`."""

    draw: Callable[[Any], Any]
    caption: str
    alt: str
    kind: str = ""


def drawn_figures(facts: Facts, tell: Tell) -> dict[str, list[Picture]]:
    """Return the pictures of each section of a report.

    Parameters
    ----------
    facts : Facts
    tell : callable
        Called before each picture with the number of pictures drawn and of all; an exception ends the drawing.
    """
    figures = _Figures(facts)
    plans = {
        "shown": figures.shown(),
        "pairs": figures.pairs(),
        "columns": figures.columns(),
        "search": figures.search(),
        "trace": figures.trace(),
    }
    total, done = sum(map(len, plans.values())), 0
    drawn: dict[str, list[Picture]] = {name: [] for name in plans}
    for name, section in plans.items():
        for plan in section:
            tell(done, total)
            drawn[name].append(_drawn(plan))
            done += 1
    return drawn


@dataclass(frozen=True, eq=False)
class _Figures:
    """The figures of a report."""

    facts: Facts

    @property
    def rows(self) -> Any:
        """The rows of positive weight."""
        facts = self.facts
        return facts.X if facts.weights is None else facts.X[facts.weights > 0]

    @property
    def errors(self) -> Any:
        """The measurement errors of these rows, or None."""
        noise, weights = self.facts.noise, self.facts.weights
        return noise if noise is None or weights is None else noise[weights > 0]

    def shown(self) -> list[_Plan]:
        """Return the rows with ellipses, the density and the uncertainty, in the best pair of columns."""
        if self.facts.mixture.n_features == 1:
            return [self._density_of_one(0, "wide")]
        first = pairs_by_separation(self.facts.mixture, 1)[0]
        return [self._points(first, "wide"), self._density(first), self._uncertainty(first)]

    def pairs(self) -> list[_Plan]:
        """Return the rows with ellipses in further pairs of columns, by separation of the components."""
        return [self._points(pair, "third") for pair in pairs_by_separation(self.facts.mixture)[1:]]

    def columns(self) -> list[_Plan]:
        """Return the histogram and the density of the columns with the best separation of the components."""
        mixture = self.facts.mixture
        chosen = columns_by_separation(mixture, MOST_COLUMNS)
        return [] if mixture.n_features == 1 else [self._density_of_one(d, "third") for d in chosen]

    def trace(self) -> list[_Plan]:
        """Return the log-likelihood by iteration, unless there is no trace or nothing changed."""
        from gaussmix import plots

        trace = self.facts.trace
        if trace is None or not len(trace.log_likelihood):
            return []
        first, last = trace.log_likelihood[0], trace.log_likelihood[-1]
        if trace.search is not None and last - first < _FLAT:
            return []
        caption = (
            f"The mean {trace.objective} at each iteration of EM, in nats per row. It never decreases. The inset shows "
            "the distance to its last value."
        )
        steps = counted(len(trace.log_likelihood), "iteration")
        alt = f"A curve that rises from {first:.4f} to {last:.4f} over {steps}."
        return [_Plan(lambda ax: plots.trace(trace, ax=ax), caption, alt, "wide")]

    def search(self) -> list[_Plan]:
        """Return the history of the search, and the predicted and actual gains of its moves."""
        from gaussmix import plots

        trace = self.facts.trace
        found = None if trace is None else trace.search
        if found is None or not found.is_informative:
            return []
        history = (
            "The log-likelihood in each run of the search. A dot is an accepted move, a diamond its predicted value, a "
            "faint tick a rejected move. Values far below the best are not shown."
        )
        lines = f"{counted(len(found.runs), 'run')} as lines that rise in steps, the best one drawn strongly."
        gains = "The predicted and the actual gain of each move. On the line, they are equal."
        n_predicted = sum(event.has_prediction for event in found.events)
        points = f"{counted(n_predicted, 'point')}, predicted gain against actual gain."
        pictures = [_Plan(lambda ax: plots.search(found, ax=ax), history, lines, "wide")]
        if n_predicted:
            pictures.append(_Plan(lambda ax: plots.gains(found, ax=ax), gains, points))
        return pictures

    def _points(self, pair: tuple[int, int], kind: str) -> _Plan:
        from gaussmix import plots

        mixture, whole, (x, y) = self.facts.mixture, self.rows, self._named(pair)
        rows, wide = some_of(whole, _MOST_ROWS), kind == "wide"
        errors = self.errors if wide and len(rows) == len(whole) else None
        ellipses = counted(mixture.n_components, "ellipse")

        def draw(ax: Any) -> None:
            plots.points(mixture, rows, columns=list(pair), noise=errors, legend=wide, ax=ax)
            plots.ellipses(
                mixture, columns=list(pair), numbers=wide or mixture.n_components <= _MOST_NUMBERS, ax=ax
            )
            ax.set(xlabel=x, ylabel=y)

        caption = f"{y} against {x}"
        if wide:
            caption += (
                ". The colour of a row mixes the colours of the components by their probabilities; "
                "the ellipses are at two standard deviations"
            )
            if len(self.facts.names) > 2:
                caption += ". This is the pair of columns that separates the components best"
        alt = f"{counted(len(rows), 'row')} as points, {y} against {x}, with {ellipses} for the components."
        if len(rows) < len(whole):
            caption += f"; {len(rows):,} of {len(whole):,} rows, chosen at random"
        return _Plan(draw, f"{caption}." if wide else caption, alt, kind)

    def _density(self, pair: tuple[int, int]) -> _Plan:
        from gaussmix import plots

        x, y = self._named(pair)

        def draw(ax: Any) -> None:
            plots.density_2d(self.facts.mixture, columns=list(pair), ax=ax)
            ax.set(xlabel=x, ylabel=y)

        caption = f"The density of {x} and {y}: the stronger the colour, the higher the density."
        return _Plan(draw, caption, f"A shaded map of the density over {x} and {y}.")

    def _uncertainty(self, pair: tuple[int, int]) -> _Plan:
        from gaussmix import plots

        x, y = self._named(pair)

        def draw(ax: Any) -> None:
            plots.uncertainty(self.facts.mixture, self.rows, columns=list(pair), ax=ax)
            ax.set(xlabel=x, ylabel=y)

        caption = (
            "The uncertainty of the assignment to a component: larger and stronger points are more uncertain."
        )
        return _Plan(draw, caption, f"A map of the uncertainty over {x} and {y}, with the rows.")

    def _density_of_one(self, column: int, kind: str) -> _Plan:
        from gaussmix import plots

        name, rows = self.facts.names[column], self.rows

        def draw(ax: Any) -> None:
            plots.density_1d(self.facts.mixture, rows, columns=column, ax=ax)
            ax.set_xlabel(name)

        about = f"{name}: histogram of the rows, the density of the mixture, and its components."
        caption = about if kind == "wide" else name
        return _Plan(draw, caption, f"A histogram of {name} with the curves of the density.", kind)

    def _named(self, pair: Sequence[int]) -> tuple[str, str]:
        return self.facts.names[pair[0]], self.facts.names[pair[1]]


def _drawn(plan: _Plan) -> Picture:
    """Draw a picture for light and for dark pages."""
    size = _SIZES[plan.kind]
    light, dark = (_png(plan.draw, size, theme) for theme in THEMES)
    pixels = int(size[0] * _DPI), int(size[1] * _DPI)
    return Picture(light, dark, plan.alt, plan.caption, pixels, plan.kind)


def _png(draw: Callable[[Any], Any], size: tuple[float, float], theme: Mapping[str, Any]) -> str:
    """Return a picture as a base64 PNG of 256 colours, a third of the size of one in full colour."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    # The page does not depend on the current style of matplotlib.
    with style.context(["default", dict(theme)]):
        # A figure without a window, so that nothing remains open.
        canvas: Any = FigureCanvasAgg(Figure(figsize=size, dpi=_DPI, layout="constrained"))
        draw(canvas.figure.add_subplot())
        canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    picture.quantize(256, kmeans=1, dither=Image.Dither.NONE).save(file, format="png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
