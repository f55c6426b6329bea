"""Files to save: labelled rows, the model, the report, a figure, the code."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.harmless import free_name, harmless
from ..data.tables import write_parts
from ..errors import MissingDependencyError
from ..estimators import GaussianMixture
from ..report import write_report
from ..report.figures import THEMES, can_draw
from .answers import RequestError
from .chosen import ChosenRows
from .code import code_of
from .control import Tell, untold
from .fits import Fit
from .looks import View

__all__ = ["EXPORTS", "Export", "Figure", "Wanted", "export_named"]

_PIECE = 1 << 16
_MOST_EXACT = 2.0**53
"""A float holds all whole numbers up to this one."""
_drawing = threading.Lock()
"""matplotlib's settings are those of the process: one figure at a time."""


@dataclass(frozen=True)
class Figure:
    """What a figure shows.

    Parameters
    ----------
    columns : tuple of str
        One or two.
    dark : bool
        Whether it is for a dark page.
    view : View or None
        The part of the plane; None for all rows.
    """

    columns: tuple[str, ...]
    dark: bool = False
    view: View | None = None


@dataclass(frozen=True, eq=False)
class Wanted:
    """The content of a file to save.

    Parameters
    ----------
    rows : ChosenRows
        The rows.
    fit : Fit
        The fit.
    figure : Figure
        What a figure shows.
    threshold : float
        The outlier score of an outlier.
    tell : callable
        Is told the number of rows or pictures done, and of all; it may end the export.
    """

    rows: ChosenRows
    fit: Fit
    figure: Figure
    threshold: float = 0.99
    tell: Tell = untold


@dataclass(frozen=True)
class Export:
    """A file to take away.

    Parameters
    ----------
    title : str
        For menus.
    media_type : str
        Of the answer.
    write : callable
        Writes the file.
    """

    title: str
    media_type: str
    write: Callable[[Path, Wanted], None]


def _rows(path: Path, wanted: Wanted) -> None:
    write_parts(path, _labelled(wanted, wanted.fit.shown_estimator()))


def _labelled(wanted: Wanted, estimator: GaussianMixture) -> Iterator[dict[str, Any]]:
    """Yield all columns of the table with the component of each row, its probability, and whether it is an outlier.

    The component is −1 for rows of the noise component and for trimmed rows; these have a column of their own.

    Cells and names that a spreadsheet takes for formulas get an apostrophe in front; missing values stay empty, and
    whole numbers are written without a decimal point.
    """
    rows, table, mixture = wanted.rows, wanted.rows.table, estimator.mixture_
    known: Mapping[str, Any] = {
        name: _whole_numbers(table.cells(name)) for name in (*table.text_names, *table.names)
    }
    for start in range(0, len(rows.X), _PIECE):
        wanted.tell(start, len(rows.X))
        part = slice(start, start + _PIECE)
        X = rows.X[part]
        scores = mixture.outlier_score(X)
        components = estimator.predict(X)
        found = {
            "component": components,
            "probability": mixture.responsibilities(X).max(axis=1),
            "outlier_score": scores,
            "outlier": scores > wanted.threshold,
        }
        if wanted.fit.options.trim:
            found["trimmed"] = (components < 0) & (mixture.predict(X) >= 0)
        columns = harmless({name: np.asarray(cells[part]) for name, cells in known.items()})
        yield columns | {free_name(name, columns): values for name, values in found.items()}


def _whole_numbers(cells: Any) -> Any:
    """Return a column of floats that are all whole as integers, as they were read; another column as it is."""
    if cells.dtype.kind != "f" or not (np.abs(cells) <= _MOST_EXACT).all() or (cells % 1).any():
        return cells
    return cells.astype(np.int64)


def _model(path: Path, wanted: Wanted) -> None:
    wanted.fit.shown_estimator().save(path)


def _report(path: Path, wanted: Wanted) -> None:
    rows = wanted.rows
    left_out = dict.fromkeys(rows.table.text_names, "text")
    left_out |= {name: "not chosen" for name in rows.table.names if name not in rows.names}
    estimator = wanted.fit.shown_estimator()
    with _drawing:
        write_report(
            estimator,
            rows.X,
            path,
            title=rows.table.name,
            feature_names=list(rows.names),
            left_out=left_out,
            tell=wanted.tell,
        )


def _figure(path: Path, wanted: Wanted) -> None:
    if not can_draw():
        raise MissingDependencyError('a figure needs matplotlib: pip install "gaussmix[plot]"')
    from matplotlib import rc_context
    from matplotlib.figure import Figure as Canvas

    from ..plots import density_1d, ellipses, points

    rows, figure = wanted.rows, wanted.figure
    mixture = wanted.fit.moment.mixture.named(rows.names)
    theme: Any = {**THEMES[figure.dark], "svg.fonttype": "none"}
    places, view = rows.places(figure.columns), figure.view
    with _drawing, rc_context(theme):
        canvas = Canvas(figsize=(7.2, 5.4), layout="constrained")
        ax = canvas.add_subplot()
        if len(places) == 1:
            density_1d(mixture, rows.X, columns=places[0], ax=ax)
        else:
            points(mixture, rows.X, columns=places, ax=ax)
            ellipses(mixture, columns=places, ax=ax)
        if view is not None:
            ax.set_xlim(view.low[0], view.high[0])
            if len(places) > 1:
                ax.set_ylim(view.low[1], view.high[1])
        canvas.savefig(path, dpi=200)


def _code(path: Path, wanted: Wanted) -> None:
    path.write_text(code_of(wanted.rows, wanted.fit), encoding="utf-8")


EXPORTS = {
    "rows.csv": Export("The rows with their components, as CSV", "text/csv; charset=utf-8", _rows),
    "rows.parquet": Export(
        "The rows with their components, as Parquet", "application/vnd.apache.parquet", _rows
    ),
    "model.safetensors": Export("The model", "application/octet-stream", _model),
    "report.html": Export("The report", "text/html; charset=utf-8", _report),
    "figure.png": Export("The figure, as PNG", "image/png", _figure),
    "figure.svg": Export("The figure, as SVG", "image/svg+xml", _figure),
    "code.py": Export("The Python code", "text/x-python; charset=utf-8", _code),
}
"""The files to take away, by name."""


def export_named(what: str) -> Export:
    """Return an export.

    Raises
    ------
    RequestError
        If there is none of this name.
    """
    if what not in EXPORTS:
        raise RequestError(f"There is no file of this name: give one of {', '.join(EXPORTS)}.", 404)
    return EXPORTS[what]
