"""The report of a fit: one HTML file without external resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from gaussmix.estimators.estimate_words import estimate_in_words
from gaussmix.files import PathLike, check_suffix, replacing
from gaussmix.report.facts import Facts
from gaussmix.report.figures import THEMES, Tell, can_draw, drawn_figures
from gaussmix.report.notes import notes, verdict
from gaussmix.report.rendering import render
from gaussmix.report.replays import Replay
from gaussmix.report.tables import all_tables, reached
from gaussmix.report.words import counted
from gaussmix.visible import visible

if TYPE_CHECKING:
    from gaussmix._types import Floats

__all__ = ["write_report"]


def write_report(
    estimator: Any,
    X: Any,
    path: PathLike | None = None,
    *,
    sample_weight: Any = None,
    title: str | None = None,
    feature_names: Sequence[str] | None = None,
    left_out: Mapping[str, str] | None = None,
    noise: Any = None,
    replay: bool = True,
    tell: Tell = lambda done, total: None,
) -> str:
    """Return a page about a fit, with tables and pictures, and write it to a file if one is given.

    The page is one HTML file without external resources; its only script plays EM step by step, as
    :func:`gaussmix.replay` does. Without matplotlib it has no figures.

    Parameters
    ----------
    estimator : GaussianMixture or Mixture
        The fit; for a Mixture, the report has no section on EM.
    X : (n, D) array or dataframe
        The rows that it was fitted to.
    path : str or os.PathLike, optional
        The file; an older one is replaced as a whole.
    sample_weight : (n,) array, optional
        Weights of the rows.
    title : str, optional
        The heading of the page.
    feature_names : sequence of D str, optional
        Names of the columns; those of the mixture, or of X, unless given.
    left_out : mapping from str to str, optional
        Columns that were not fitted, and why.
    noise : (n, D) or (n, D, D) array, optional
        Variances or covariances of the rows' measurement errors, in squared units.
    replay : bool
        Whether the page plays EM, which is run again for it.
    tell : callable
        Called before each picture with the number of pictures drawn and of all; an exception ends the report.

    Returns
    -------
    str
        The page.

    Raises
    ------
    InputError
        If the estimator is not fitted, or the rows do not fit it.
    InputTypeError
        If the estimator does not have one mixture.
    FileAccessError
        If the file cannot be written.

    Examples
    --------
    >>> from gaussmix import GaussianMixture, datasets
    >>> from gaussmix.report import write_report
    >>> faithful = datasets.load_faithful()
    >>> model = GaussianMixture(2, random_state=0).fit(faithful.data)
    >>> page = write_report(model, faithful.data, "faithful.html", feature_names=faithful.feature_names)
    >>> page.startswith("<!DOCTYPE html>")
    True
    """
    if path is not None:
        check_suffix(path, [".html", ".htm"], "a report")
    facts = Facts.of(estimator, X, sample_weight, feature_names, left_out, noise)
    heading = title or f"A mixture of {counted(facts.mixture.n_components, 'component')}"
    # Names of columns are text of others.
    page = visible(_page(facts, heading, replay, tell), keep="\n")
    if path is not None:
        with replacing(path) as draft:
            draft.write_text(page, encoding="utf-8")
    return page


def _page(facts: Facts, title: str, replay: bool, tell: Tell) -> str:
    from gaussmix import __version__

    figures = drawn_figures(facts, tell) if can_draw() else None
    trace = facts.trace
    return render(
        "report.html",
        title=title,
        facts=facts,
        run=None if trace is None else trace.runs[trace.best],
        starts=None if trace is None else reached(trace),
        verdict=None if trace is None or trace.search is None else verdict(trace.search),
        notes=notes(facts),
        tables=all_tables(facts, None if figures is None else _palettes(facts.mixture.n_components)),
        pictures=figures,
        replay=Replay.of(facts) if replay and trace is not None else None,
        options=_options(facts.estimator),
        estimate=estimate_in_words(vars(facts.estimator)) if hasattr(facts.estimator, "prior") else "",
        version=__version__,
        date=date.today().isoformat(),
    )


def _palettes(K: int) -> tuple[Floats, Floats]:
    """Return the colours of the components in the pictures for light and for dark pages."""
    from gaussmix.plots import palette

    light, dark = (palette(K, background=theme["figure.facecolor"]) for theme in THEMES)
    return light, dark


_OPTIONS = (
    "tol",
    "reg_covar",
    "max_iter",
    "n_init",
    "init_params",
    "random_state",
    "search",
    "acceleration",
    "noise_component",
)
"""Options in the report as they are given; a prior and restrictions are told in words."""


def _options(estimator: Any) -> str:
    if not hasattr(estimator, "get_params"):
        return ""
    given: dict[str, Any] = estimator.get_params(deep=False)
    return ", ".join(f"{name}={_in_few_words(given[name])}" for name in _OPTIONS if name in given)


def _in_few_words(value: Any) -> str:
    """Return a value as text; a start may be an array of all rows."""
    shape = np.shape(value) if hasattr(value, "__array__") or isinstance(value, (list, tuple)) else ()
    return f"an array of shape {shape}" if shape else repr(value)
