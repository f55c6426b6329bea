"""The pictures and animations of the demonstration, written into the folder of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaussmix import plots
from gaussmix.demo.vowels import RecordedFit
from gaussmix.report.figures import THEMES, Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["QUICK", "FigureWriter", "Player", "Scale"]


@dataclass(frozen=True)
class Scale:
    """Sizes of the demonstration.

    Parameters
    ----------
    rows : int
        Number of synthetic rows.
    starts : int
        Number of starts of the fit in two columns.
    frames : int
        Number of iterations after which an animation shows only every fifth.
    iterations : int
        Largest number of iterations in an animation.
    dpi : int
        Resolution of the pictures, dots per inch.
    """

    rows: int = 100_000
    starts: int = 6
    frames: int = 30
    iterations: int = 1000
    dpi: int = 144


QUICK = Scale(rows=5_000, starts=10, frames=3, iterations=8, dpi=100)


class Player(NamedTuple):
    """An animation with buttons for its steps.

    Parameters
    ----------
    path : str
        Folder of the pictures; with ``.gif``, the animation.
    frames : list of [int, float or None]
        Iteration and log-likelihood of each picture.
    size : (int, int)
        Width and height, in pixels.
    """

    path: str
    label: str
    frames: list[list[float | None]]
    size: tuple[int, int]


_INCHES = (6.0, 5.4)


@dataclass(frozen=True)
class FigureWriter:
    """Writes pictures and animations for light and for dark pages.

    Parameters
    ----------
    folder : Path
        The folder of the page.
    """

    folder: Path
    scale: Scale

    def picture(
        self,
        name: str,
        draw: Callable[[Sequence[Axes]], Any],
        alt: str,
        *,
        size: tuple[float, float] = (6.6, 4.8),
        panels: int = 1,
    ) -> Picture:
        """Draw a picture of panels side by side; two panels may be wider than the text."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        for folder, theme in _themed(self.folder / "pictures"):
            folder.mkdir(parents=True, exist_ok=True)
            with theme:
                figure = Figure(figsize=size, dpi=self.scale.dpi, layout="constrained")
                FigureCanvasAgg(figure)
                draw(list(figure.subplots(1, panels, squeeze=False)[0]))
                figure.savefig(folder / f"{name}.png")
        width, height = (round(side * self.scale.dpi) for side in size)
        sources = f"pictures/{name}.png", f"pictures-dark/{name}.png"
        return Picture(*sources, alt, "", (width, height), "wide" if panels > 1 else "")

    def animation(self, fit: RecordedFit) -> Player:
        """Write the animation of a fit and its pictures."""
        name, K = f"{fit.vowel}-{fit.n_components}", fit.n_components
        frames, dpi = fit.frames(self.scale.frames), min(self.scale.dpi, 100)
        for folder, theme in _themed(self.folder / "films" / name):
            for old in folder.glob("[0-9][0-9][0-9].png"):
                old.unlink()
            with theme:
                plots.animate(
                    fit.X,
                    frames,
                    folder.with_suffix(".gif"),
                    scale=2.0,
                    seconds=0.2,
                    pictures=folder,
                    title=f"{fit.ipa}, K = {K}",
                    size=_INCHES,
                    dpi=dpi,
                )
        values = [
            [f.iteration, None if f.log_likelihood is None else round(f.log_likelihood, 4)] for f in frames
        ]
        width, height = (round(side * dpi) for side in _INCHES)
        return Player(f"films/{name}", f"Vowel {fit.ipa}, {K} components", values, (width, height))


def _themed(folder: Path) -> Iterator[tuple[Path, AbstractContextManager[Any]]]:
    """Return the folder and matplotlib's settings for the pictures of light and of dark pages."""
    from matplotlib import style

    for suffix, theme in zip(("", "-dark"), THEMES, strict=True):
        yield folder.with_name(folder.name + suffix), style.context(["default", dict(theme)])
