"""EM as a film: what happened at each iteration is recorded, and drawn as a GIF or as pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix._types import Floats
from gaussmix.errors import InputError, MissingDependencyError
from gaussmix.fitting import Step
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import need_matplotlib
from gaussmix.plots.inputs import as_mixture
from gaussmix.plots.outlines import radii_of
from gaussmix.plots.scenes import Stage

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Frame", "Recorder", "animate"]


@dataclass(frozen=True, eq=False)
class Frame:
    """The state of a fit after an iteration.

    Parameters
    ----------
    iteration : int
        Counted from 1; 0 is the start.
    mixture : Mixture
        After the M-step.
    log_likelihood : float or None
        What the E-step of the iteration found for the mixture before it, nats a row; None at the start.
    """

    iteration: int
    mixture: Mixture
    log_likelihood: float | None = None


class Recorder:
    """A callback that keeps the mixture and the log-likelihood of every iteration.

    Of a fit with several starts, the last one is kept.

    Parameters
    ----------
    start : Mixture, optional
        The mixture that the fit begins at, kept as iteration 0 where it is known.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> recorder = plots.Recorder()
    >>> model = GaussianMixture(2, random_state=0, search="off", acceleration="off", callbacks=recorder).fit(
    ...     X
    ... )
    >>> recorder.frames[-1].iteration == model.n_iter_
    True
    """

    def __init__(self, start: Mixture | None = None) -> None:
        self._first = [] if start is None else [Frame(0, as_mixture(start))]
        self._frames: list[Frame] = []

    def __call__(self, step: Step) -> None:
        """Keep an iteration."""
        if step.iteration == 1:
            self._frames = []
        self._frames.append(Frame(step.iteration, step.mixture, step.log_likelihood))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The iterations in order, the start first where it is known."""
        return (*self._first, *self._frames)

    @property
    def log_likelihood(self) -> Floats:
        """The log-likelihood of each iteration, nats a row."""
        return np.array([f.log_likelihood for f in self._frames], dtype=np.float64)

    def __len__(self) -> int:
        return len(self.frames)


def animate(
    X: Any,
    mixtures: Any,
    path: str | os.PathLike[str],
    *,
    columns: Any = None,
    sigmas: Any = None,
    scale: Any = None,
    content: Any = None,
    seconds: float = 0.25,
    hold: float = 2.0,
    pictures: str | os.PathLike[str] | None = None,
    size: tuple[float, float] = (6.0, 5.6),
    dpi: int = 100,
    title: str = "",
    equal: bool = False,
) -> Path:
    """Write a GIF of a fit: the data, the components at each iteration, and the log-likelihood under them.

    Parameters
    ----------
    X : (n, D) array or data frame
        The data.
    mixtures : Recorder, sequence of Frame, or sequence of Mixture
        What to show, in order.
    path : path
        The file to write, ``*.gif``.
    columns : pair of int or str, or one, optional
        The columns to show, by position or name; the first two by default.
    sigmas, scale, content : float or sequence of float, optional
        Size of the ellipses, as in :func:`ellipses`.
    seconds, hold : float
        How long a picture stands, and the last one besides.
    pictures : path, optional
        A folder for the pictures themselves, ``000.png``, ``001.png`` and so on, to step through.
    size, dpi : (width, height) in inches, and dots for an inch
    title : str
        Written before the number of the iteration.
    equal : bool
        Whether a unit is as long on both axes.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If there is nothing to show, or the file is not named ``*.gif``.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets, plots
    >>> X = datasets.load_faithful().data
    >>> recorder = plots.Recorder()
    >>> model = GaussianMixture(2, max_iter=3, tol=0, random_state=0, callbacks=recorder).fit(X)
    >>> plots.animate(X, recorder, "faithful.gif").name
    'faithful.gif'
    """
    need_matplotlib()
    target, frames = Path(path), _frames(mixtures)
    if target.suffix.lower() != ".gif":
        raise InputError(f"path is {target.name!r}: an animation is written as a GIF, so name it *.gif.")
    radii = radii_of(sigmas, scale, content)
    images = _in_few_colours(list(_drawn(_stage(X, frames, columns, radii, size, dpi, equal), frames, title)))
    target.parent.mkdir(parents=True, exist_ok=True)
    if pictures is not None:
        _write_pictures(Path(pictures), images)
    times = [int(1000 * seconds)] * len(images)
    times[-1] += int(1000 * hold)
    images[0].save(target, save_all=True, append_images=images[1:], duration=times, loop=0, disposal=1)
    return target


def _frames(mixtures: Any) -> Sequence[Frame]:
    held = getattr(mixtures, "frames", mixtures)
    frames = [f if isinstance(f, Frame) else Frame(i, as_mixture(f)) for i, f in enumerate(held)]
    if not frames:
        raise InputError("there is no mixture to show: record a fit first, with callbacks=recorder.")
    return frames


def _stage(
    X: Any,
    frames: Sequence[Frame],
    columns: Any,
    radii: list[float],
    size: tuple[float, float],
    dpi: int,
    equal: bool,
) -> Stage:
    """Return a stage on a figure that no window and no pyplot knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return Stage(figure, X, columns, radii, equal, frames[0].mixture.feature_names)


def _drawn(stage: Stage, frames: Sequence[Frame], title: str) -> Iterator[Image]:
    """Draw the frames one after another, over a picture of all that stays."""
    try:
        from PIL import Image
    except ImportError:
        raise MissingDependencyError('an animation needs Pillow: pip install "gaussmix[plot]"') from None
    canvas: Any = stage.figure.canvas
    known = [(f.iteration, f.log_likelihood) for f in frames if f.log_likelihood is not None]
    curve = np.array(known, dtype=np.float64).reshape(-1, 2)
    background = None
    for frame in frames:
        what = f"iteration {frame.iteration}" if frame.iteration else "the start"
        text = f"{title}, {what}" if title else what[0].upper() + what[1:]
        stage.show(frame.mixture, text, curve[curve[:, 0] <= frame.iteration], curve)
        background = _background(stage) if background is None else background
        canvas.restore_region(background)
        for artist in stage.artists:
            if artist.axes is not None:
                artist.axes.draw_artist(artist)
        yield Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")


def _background(stage: Stage) -> Any:
    """Return the picture without what moves; from now on the layout stays."""
    canvas: Any = stage.figure.canvas
    canvas.draw()
    stage.figure.set_layout_engine("none")
    for artist in stage.artists:
        artist.set_visible(False)
    canvas.draw()
    for artist in stage.artists:
        artist.set_visible(True)
    return canvas.copy_from_bbox(stage.figure.bbox)


def _write_pictures(folder: Path, images: Sequence[Image]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        image.save(folder / f"{number:03}.png")


def _in_few_colours(images: Sequence[Image]) -> list[Image]:
    """Return pictures with one palette, taken from the first and the last, so that colours do not flicker."""
    from PIL import Image

    width, height = images[0].size
    both = Image.new("RGB", (width, 2 * height))
    both.paste(images[0], (0, 0))
    both.paste(images[-1], (0, height))
    cut = both.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = np.array(cut.getpalette(), dtype=np.uint8).reshape(-1, 3)
    # The cut takes means of near colours: paper that is nearly white would look grey.
    white = int(colours.astype(np.int64).sum(axis=1).argmax())
    colours[white] = 255
    cut.putpalette(colours.ravel().tolist())
    return [_in_colours(image, cut, white) for image in images]


def _in_colours(image: Image, colours: Image, white: int) -> Image:
    """Return a picture in the palette of another, whose white has a given place."""
    from PIL import Image

    places = np.array(image.quantize(palette=colours, dither=Image.Dither.NONE))
    # The nearest colour is looked up in a coarse table, which may miss the paper's.
    places[(np.asarray(image) == 255).all(axis=2)] = white
    kept = Image.fromarray(places)
    kept.putpalette(colours.getpalette() or [])
    return kept
