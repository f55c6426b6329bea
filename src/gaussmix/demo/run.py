"""The demonstration from beginning to end: fits, pictures, page, and the tables in the terminal."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gaussmix import datasets
from gaussmix.demo import chapters, speech
from gaussmix.demo.figures import QUICK, FigureWriter, Scale
from gaussmix.demo.optimum import compare, contest_rows, the_best_optimum
from gaussmix.demo.page import write_page
from gaussmix.demo.synthetic import Recovery, recover
from gaussmix.demo.vowels import ALL, FORMANTS, Climb, Verdict, climb, judge
from gaussmix.plots.axes import need_matplotlib

__all__ = ["run_demo"]

# Seeds of starts that move far and end well, for the vowel and K.
_FILMS = (("iy", 3, 0), ("iy", 6, 1), ("ih", 3, 0), ("ih", 6, 1))
_SIZES = (1, 3, 6)


def run_demo(out: Path, *, quick: bool = False, echo: Callable[[str], Any] = print) -> Path:
    """Fit mixtures to made-up data and to vowels, and write a page that shows every step.

    Parameters
    ----------
    out : Path
        The folder to write; made where it is not there. Files of the same names are replaced.
    quick : bool
        Whether to take fewer rows and coarser pictures: seconds instead of half a minute.
    echo : callable
        Takes the lines that tell what was found.

    Returns
    -------
    Path
        The page, ``index.html`` in the folder.

    Raises
    ------
    MissingDependencyError
        Where matplotlib is not installed, before anything is written.

    Examples
    --------
    >>> run_demo(Path("demo"), quick=True, echo=lambda text: None).exists()
    True
    """
    need_matplotlib()
    began = time.perf_counter()
    folder, scale = Path(out), QUICK if quick else Scale()
    folder.mkdir(parents=True, exist_ok=True)
    studio = FigureWriter(folder, scale)
    content = [
        _two_columns(studio, echo),
        _one_column(studio, echo),
        _search(studio, echo),
        _films(studio, echo),
        _classes(studio, echo),
    ]
    seconds = time.perf_counter() - began
    page = write_page(folder, content, seconds)
    echo(f"All this took {seconds:.0f} seconds. The page with the pictures is")
    echo(str(page.resolve()))
    return page


def _two_columns(studio: FigureWriter, echo: Callable[[str], Any]) -> str:
    # EM alone, so that the page can show what becomes of different starts.
    options = {"n_init": studio.scale.starts, "init_params": "random_from_data", "search": "off"}
    story = recover(2, studio.scale.rows, 23, **options)
    _tell_recovery(story, echo)
    return chapters.in_two_columns(story, studio)


def _one_column(studio: FigureWriter, echo: Callable[[str], Any]) -> str:
    story = recover(1, studio.scale.rows, 53)
    _tell_recovery(story, echo)
    return chapters.in_one_column(story, studio)


def _search(studio: FigureWriter, echo: Callable[[str], Any]) -> str:
    story = compare()
    echo(_table("Ten components in 5,000 rows: EM alone, and the search", *contest_rows(story)))
    return the_best_optimum(story, studio)


def _tell_recovery(story: Recovery, echo: Callable[[str], Any]) -> None:
    head, rows = chapters.parameter_rows(story.truth, story.found)
    D = story.truth.n_features
    names = ["weight", *(["mean"] if D == 1 else ["mean x", "mean y"])]
    names += ["sd"] if D == 1 else ["sd x", "sd y", "corr."]
    head = ["", *(f"{name}\n{kind}" for name in names for kind in ("true", "found"))]
    title = (
        f"A random mixture of {story.truth.n_components} components in {D} column{'s' if D > 1 else ''}: "
        f"{len(story.X):,} samples, fitted in {story.seconds:.2f} s"
    )
    echo(_table(title, head, rows))


def _films(studio: FigureWriter, echo: Callable[[str], Any]) -> str:
    climbs: list[Climb] = [climb(vowel, K, seed, studio.scale.iterations) for vowel, K, seed in _FILMS]
    head, rows = speech.climb_rows(climbs)
    # Not every terminal has the signs of phonetics.
    rows = [[story.vowel, *row[1:]] for story, row in zip(climbs, rows, strict=True)]
    echo(
        _table("EM on F1 and F2 of two vowels, diagonal covariances (log-likelihood: nats a row)", head, rows)
    )
    return speech.em_step_by_step(climbs, studio)


def _classes(studio: FigureWriter, echo: Callable[[str], Any]) -> str:
    vowels = datasets.load_vowels()
    two = vowels.take(np.isin(vowels.vowel, ["iy", "ih"]))
    pairs: dict[int, Verdict] = {K: judge(two, FORMANTS, K) for K in _SIZES}
    tens = {(len(columns), K): judge(vowels, columns, K) for columns in (FORMANTS, ALL) for K in _SIZES}
    head, rows = speech.error_rows(pairs, tens)
    echo(_table("Vowels told apart: error on speakers held out", head, rows))
    return speech.telling_apart(pairs, tens, studio)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as text, as wide as it needs to be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(head):
        shown.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
    for row in rows:
        shown.add_row(*row)
    text = io.StringIO()
    Console(file=text, width=160, color_system=None, markup=False, emoji=False).print(shown)
    # A line of plain hyphens is one that every terminal can show.
    lines = [line.rstrip().replace("─", "-") for line in text.getvalue().splitlines()]
    return "\n".join([title, *(line for line in lines if line), ""])
