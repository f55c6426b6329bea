"""The demonstration from beginning to end: fits, pictures, page, and the tables in the terminal."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaussmix.demo import chapters, tables
from gaussmix.demo.figures import QUICK, FigureWriter, Scale
from gaussmix.demo.synthetic import Recovery, compare, recover
from gaussmix.demo.vowels import ALL, FORMANTS, cross_validate, record_fit
from gaussmix.plots.axes import need_matplotlib
from gaussmix.report.rendering import Table, render

__all__ = ["run_demo"]

Echo = Callable[[str], Any]

# Vowel, K, and the seed of a start that moves far and ends well.
_ANIMATIONS = (("iy", 3, 0), ("iy", 6, 1), ("ih", 3, 0), ("ih", 6, 1))
_SIZES = (1, 3, 6)


def run_demo(out: Path, *, quick: bool = False, echo: Echo = print) -> Path:
    """Fit mixtures to synthetic data and to vowels, and write a page about each step.

    Parameters
    ----------
    out : Path
        The folder to write; made if it does not exist. Files of the same names are replaced.
    quick : bool
        Whether to use fewer rows and coarser pictures: seconds instead of half a minute.
    echo : callable
        Called with each line of the results.

    Returns
    -------
    Path
        The page, ``index.html`` in the folder.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed; nothing is written then.

    Examples
    --------
    >>> run_demo(Path("demo"), quick=True, echo=lambda text: None).exists()
    True
    """
    need_matplotlib()
    began = time.perf_counter()
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    contents = _Contents(FigureWriter(folder, QUICK if quick else Scale()), echo)
    values = {name: getattr(contents, name)() for name in ("two", "one", "search", "em", "classes")}
    seconds = time.perf_counter() - began
    page = folder / "index.html"
    page.write_text(_page(values, seconds), encoding="utf-8")
    echo(f"The demonstration took {seconds:.0f} seconds. The page with the pictures is")
    echo(str(page.resolve()))
    return page


def _page(values: dict[str, Any], seconds: float) -> str:
    from gaussmix import __version__

    return render(
        "demo.html", title="Gaussian mixtures by EM", version=__version__, seconds=seconds, **values
    )


@dataclass(frozen=True)
class _Contents:
    """The chapters, computed one after another; each prints its table."""

    writer: FigureWriter
    echo: Echo

    def two(self) -> dict[str, Any]:
        # EM alone, so that the page can compare its starts.
        options = {"n_init": self.writer.scale.starts, "init_params": "random_from_data", "search": "off"}
        fit = recover(2, self.writer.scale.rows, 23, **options)
        self._print_parameters(fit)
        return chapters.two_columns(fit, self.writer)

    def one(self) -> dict[str, Any]:
        fit = recover(1, self.writer.scale.rows, 53)
        self._print_parameters(fit)
        return chapters.one_column(fit, self.writer)

    def search(self) -> dict[str, Any]:
        fits = compare()
        self._print("Ten components in 5,000 rows: EM alone, and with the search", tables.comparison(fits))
        return chapters.search(fits, self.writer)

    def em(self) -> dict[str, Any]:
        iterations = self.writer.scale.iterations
        recorded = [record_fit(vowel, K, seed, iterations) for vowel, K, seed in _ANIMATIONS]
        table = tables.fits(recorded)
        # Not every terminal has phonetic letters.
        rows = [[fit.vowel, *row[1:]] for fit, row in zip(recorded, table.rows, strict=True)]
        title = "EM on F1 and F2 of two vowels, diagonal covariances (log-likelihood in nats per row)"
        self._print(title, table._replace(rows=rows))
        return chapters.em(recorded, self.writer)

    def classes(self) -> dict[str, Any]:
        pairs = {K: cross_validate(FORMANTS, K, only=("iy", "ih")) for K in _SIZES}
        tens = {(len(names), K): cross_validate(names, K) for names in (FORMANTS, ALL) for K in _SIZES}
        self._print("Classification of vowels: error for new speakers", tables.errors(pairs, tens))
        return chapters.classes(pairs, tens, self.writer)

    def _print_parameters(self, fit: Recovery) -> None:
        D = fit.truth.n_features
        names = (
            ["weight", "mean", "sd"] if D == 1 else ["weight", "mean x", "mean y", "sd x", "sd y", "corr."]
        )
        head = ["", *(f"{name}\n{kind}" for name in names for kind in ("true", "found"))]
        title = (
            f"A random mixture of {fit.truth.n_components} components in {D} column{'s' if D > 1 else ''}: "
            f"{len(fit.X):,} samples, fitted in {fit.seconds:.2f} s"
        )
        self._print(title, Table("", head, tables.parameters_of(fit)))

    def _print(self, title: str, table: Table) -> None:
        """Print a table as text, as wide as it needs to be."""
        from rich import box
        from rich.console import Console
        from rich.table import Table as RichTable

        shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
        for i, name in enumerate(table.head):
            shown.add_column(name, justify="left" if i == 0 else "right", no_wrap=True)
        for row in table.rows:
            shown.add_row(*row)
        text = io.StringIO()
        Console(file=text, width=160, color_system=None, markup=False, emoji=False).print(shown)
        # Every terminal can show hyphens.
        lines = [line.rstrip().replace("─", "-") for line in text.getvalue().splitlines()]
        self.echo("\n".join([title, *(line for line in lines if line), ""]))
