"""Where the pictures of the page are drawn, and how large."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaussmix.demo.html import Html, figure
from gaussmix.report.figures import THEMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FigureWriter", "Scale", "themed"]


@dataclass(frozen=True)
class Scale:
    """How much the demonstration does.

    Parameters
    ----------
    rows : int
        Made-up rows.
    starts : int
        Starts of the fit in two columns.
    frames : int
        After so many iterations, a film shows only every fifth.
    iterations : int
        The most iterations of a film.
    dpi : int
        Dots for an inch of a picture.
    """

    rows: int = 100_000
    starts: int = 6
    frames: int = 30
    iterations: int = 1000
    dpi: int = 144


QUICK = Scale(rows=5_000, starts=10, frames=3, iterations=8, dpi=100)


@dataclass(frozen=True)
class FigureWriter:
    """Draws pictures into the folder of the page.

    Parameters
    ----------
    folder : Path
        The folder of the page.
    scale : Scale
    """

    folder: Path
    scale: Scale

    def picture(
        self,
        name: str,
        draw: Callable[[Sequence[Axes]], Any],
        *,
        alt: str,
        caption: str | Callable[[Sequence[Axes]], str],
        size: tuple[float, float] = (6.6, 4.8),
        panels: int = 1,
        kind: str = "",
    ) -> Html:
        """Draw a picture of one or more panels beside each other and return it as a figure of the page.

        It is drawn for light and for dark pages. A caption that depends on what is seen is a function of the axes.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        for folder, theme in themed(self.folder / "pictures"):
            folder.mkdir(parents=True, exist_ok=True)
            with theme:
                drawn = Figure(figsize=size, dpi=self.scale.dpi, layout="constrained")
                FigureCanvasAgg(drawn)
                axes = list(drawn.subplots(1, panels, squeeze=False)[0])
                draw(axes)
                drawn.savefig(folder / f"{name}.png")
        width, height = (round(side * self.scale.dpi) for side in size)
        told = caption if isinstance(caption, str) else caption(axes)
        return figure(f"pictures/{name}.png", f"pictures-dark/{name}.png", alt, told, (width, height), kind)


def themed(folder: Path) -> Iterator[tuple[Path, AbstractContextManager[Any]]]:
    """Return a folder of pictures and matplotlib's settings for them, for light and for dark pages."""
    from matplotlib import style

    for suffix, theme in zip(("", "-dark"), THEMES, strict=True):
        yield folder.with_name(folder.name + suffix), style.context(["default", dict(theme)])
