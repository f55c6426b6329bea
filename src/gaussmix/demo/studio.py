"""Where the pictures of the page are drawn, and how large."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaussmix.demo.html import Html, figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Scale", "Studio"]


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


QUICK = Scale(rows=5_000, starts=2, frames=3, iterations=8, dpi=50)


@dataclass(frozen=True)
class Studio:
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
        caption: str,
        size: tuple[float, float] = (6.6, 4.8),
        panels: int = 1,
        kind: str = "",
    ) -> Html:
        """Draw a picture of one or more panels beside each other and return it as a figure of the page."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        drawn = Figure(figsize=size, dpi=self.scale.dpi, layout="constrained")
        FigureCanvasAgg(drawn)
        draw(list(drawn.subplots(1, panels, squeeze=False)[0]))
        path = self.folder / "pictures" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.savefig(path)
        width, height = (round(side * self.scale.dpi) for side in size)
        return figure(f"pictures/{name}.png", alt, caption, (width, height), kind)
