"""Animations of EM: the iterations are recorded, and drawn as a GIF or as pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gaussmix._types import Floats
from gaussmix.errors import InputError, MissingDependencyError
from gaussmix.fitting import Step
from gaussmix.mixture import Mixture
from gaussmix.plots.axes import need_matplotlib
from gaussmix.plots.ellipses import radii_of
from gaussmix.plots.figure_parts import FitFigure, View
from gaussmix.plots.inputs import as_mixture, as_search
from gaussmix.plots.style import Style
from gaussmix.search import SearchTrace

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Frame", "Recorder", "animate"]


@dataclass(frozen=True, eq=False)
class Frame:
    """The state of a fit after an iteration, as a frame of an animation.

    Attributes
    ----------
    iteration : int
        Number of the iteration, from 1; 0 is the start.
    mixture : Mixture
        The mixture after the M-step.
    log_likelihood : float or None
        Mean log-likelihood of the mixture before this M-step, in nats per row; None at the start.
    words : str
        Title, instead of the number of the iteration.
    run : int
        Number of the run; frames of one run make one curve.

    Examples
    --------
    >>> from gaussmix import Mixture, plots
    >>> plots.Frame(3, Mixture([1.0], [[0.0]], [1.0])).title
    'iteration 3'
    """

    iteration: int
    mixture: Mixture
    log_likelihood: float | None = None
    words: str = ""
    run: int = 0

    @property
    def title(self) -> str:
        """The title of the frame."""
        if self.words:
            return self.words
        return f"iteration {self.iteration}" if self.iteration else "the start"


class Recorder:
    """A callback to record the mixture and the log-likelihood of every iteration of EM.

    Of a fit with several starts, the last one is kept. The history of a search is in the fit itself:
    ``animate(X, model.trace_.search, path)`` animates it.

    Parameters
    ----------
    start : Mixture, optional
        The first mixture of the fit, recorded as iteration 0.

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
        if step.stage == "search":
            return
        if step.iteration == 1:
            self._frames = []
        self._frames.append(Frame(step.iteration, step.mixture, step.log_likelihood))

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The iterations in order, after the start if it is known."""
        return (*self._first, *self._frames)

    @property
    def log_likelihood(self) -> Floats:
        """The log-likelihood of each iteration, nats per row."""
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

    The animation of a search shows the components after each accepted move, with a caption.

    Parameters
    ----------
    X : (n, D) array or data frame
        The rows of the fit.
    mixtures : Recorder, SearchTrace, fitted estimator, sequence of Frame, or sequence of Mixture
        What to show, in order. A fitted estimator shows its search.
    path : path
        The file to write, ``*.gif``.
    columns : pair of int or str, or one, optional
        The columns to show, by position or name; the first two by default.
    sigmas, scale, content : float or sequence of float, optional
        Size of the ellipses, as in :func:`ellipses`.
    seconds, hold : float
        Duration of each picture, and the additional duration of the last one, in seconds. A picture with a caption
        stays long enough to be read.
    pictures : path, optional
        A folder for the single pictures, ``000.png``, ``001.png`` and so on.
    size : (width, height)
        Size of the pictures, in inches.
    dpi : int
        Dots for each inch.
    title : str
        Written before the number of the iteration.
    equal : bool
        Whether both axes have the same scale.

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
    unit = (
        "iteration" if isinstance(mixtures, Recorder) or not frames[-1].words else "accepted moves, in order"
    )
    if target.suffix.lower() != ".gif":
        raise InputError(f"path is {target.name!r}: an animation is written as a GIF, so name it *.gif.")
    view = View(columns, radii_of(sigmas, scale, content), equal, frames[0].mixture.feature_names)
    drawing = _drawing(X, view, size, dpi)
    drawing.trace_ax.set_xlabel(unit)
    images = _in_few_colours(list(_drawn(drawing, frames, title)), drawing.figure.get_facecolor()[:3])
    target.parent.mkdir(parents=True, exist_ok=True)
    if pictures is not None:
        _write_pictures(Path(pictures), images)
    times = [int(1000 * max(seconds, _reading_time(frame.words))) for frame in frames]
    times[-1] += int(1000 * hold)
    images[0].save(target, save_all=True, append_images=images[1:], duration=times, loop=0, disposal=1)
    return target


def _frames(mixtures: Any) -> Sequence[Frame]:
    if hasattr(mixtures, "events") or hasattr(mixtures, "trace_") or hasattr(mixtures, "search"):
        return _frames_of_search(as_search(mixtures))
    held = getattr(mixtures, "frames", mixtures)
    frames = [f if isinstance(f, Frame) else Frame(i, as_mixture(f)) for i, f in enumerate(held)]
    if not frames:
        raise InputError("there is no mixture to show: record a fit first, with callbacks=recorder.")
    return frames


def _reading_time(words: str) -> float:
    """Return the time to read a caption, in seconds, at four words per second."""
    return 0.25 * len(words.split())


def _frames_of_search(search: SearchTrace) -> list[Frame]:
    """Return a frame for each start and each accepted move, and one for the final result."""
    accepted = [event for event in search.events if event.taken]
    frames = [
        Frame(i, event.mixture, event.log_likelihood, event.title, event.run)
        for i, event in enumerate(accepted, 1)
        if event.mixture is not None
    ]
    last = [frame for frame in frames if frame.run == search.best][-1:]
    if not last:
        raise InputError(
            "the search kept no mixtures, because they were too large: record EM with callbacks=Recorder()."
        )
    verdict = "the result is clear" if search.clear else "the result is in doubt"
    return [
        *frames,
        replace(last[0], words=f"Run {search.best + 1} of {len(search.runs)} is the best: {verdict}"),
    ]


def _drawing(X: Any, view: View, size: tuple[float, float], dpi: int) -> FitFigure:
    """Return the figure of the fit, unknown to pyplot and to every window."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    drawing = FitFigure(figure, X, view)
    # There is nothing behind an animation that a transparent background could show.
    figure.set_facecolor(Style.around(drawing.ax).background)
    return drawing


def _drawn(drawing: FitFigure, frames: Sequence[Frame], title: str) -> Iterator[Image]:
    """Draw the frames one after another, over a picture of the fixed parts."""
    try:
        from PIL import Image
    except ImportError:
        raise MissingDependencyError('an animation needs Pillow: pip install "gaussmix[plot]"') from None
    canvas: Any = drawing.figure.canvas
    drawing.extend_limits(frames[-1].mixture)
    curve, background = _curve(frames), None
    for number, frame in enumerate(frames, 1):
        what = frame.title
        text = f"{title}, {what}" if title else what[0].upper() + what[1:]
        drawing.show(frame.mixture, text, _curve(frames[:number]), curve)
        background = _background(drawing) if background is None else background
        canvas.restore_region(background)
        for artist in drawing.artists:
            if artist.axes is not None:
                artist.axes.draw_artist(artist)
        yield Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")


def _curve(frames: Sequence[Frame]) -> Floats:
    """Return iterations and log-likelihoods (m, 2), with a gap between runs and where the iteration decreases."""
    points: list[tuple[float, float]] = []
    before: Frame | None = None
    for frame in frames:
        if frame.log_likelihood is None:
            continue
        if before is not None and (frame.run != before.run or frame.iteration < before.iteration):
            points.append((np.nan, np.nan))
        points.append((frame.iteration, frame.log_likelihood))
        before = frame
    return np.array(points, dtype=np.float64).reshape(-1, 2)


def _background(drawing: FitFigure) -> Any:
    """Return the picture of the fixed parts, and fix the layout."""
    canvas: Any = drawing.figure.canvas
    canvas.draw()
    drawing.figure.set_layout_engine("none")
    for artist in drawing.artists:
        artist.set_visible(False)
    canvas.draw()
    for artist in drawing.artists:
        artist.set_visible(True)
    return canvas.copy_from_bbox(drawing.figure.bbox)


def _write_pictures(folder: Path, images: Sequence[Image]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        image.save(folder / f"{number:03}.png")


def _in_few_colours(images: Sequence[Image], paper: Any) -> list[Image]:
    """Return pictures with one palette, from the first and the last picture, to prevent flicker."""
    from PIL import Image

    width, height = images[0].size
    both = Image.new("RGB", (width, 2 * height))
    both.paste(images[0], (0, 0))
    both.paste(images[-1], (0, height))
    cut = both.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours = np.array(cut.getpalette(), dtype=np.uint8).reshape(-1, 3)
    # Median cut averages similar colours: a nearly white background would look grey.
    exact = np.round(255 * np.asarray(paper)).astype(np.uint8)
    place = int(np.abs(colours.astype(np.int64) - exact).sum(axis=1).argmin())
    colours[place] = exact
    cut.putpalette(colours.ravel().tolist())
    return [_in_colours(image, cut, exact, place) for image in images]


def _in_colours(image: Image, colours: Image, paper: NDArray[np.uint8], place: int) -> Image:
    """Return a picture in the palette of another, with the background at a given position."""
    from PIL import Image

    places = np.array(image.quantize(palette=colours, dither=Image.Dither.NONE))
    # The nearest colour comes from a coarse table, which may miss the background.
    places[(np.asarray(image) == paper).all(axis=2)] = place
    kept = Image.fromarray(places)
    kept.putpalette(colours.getpalette() or [])
    return kept
