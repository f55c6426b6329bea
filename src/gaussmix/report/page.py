"""The page about a fit: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from gaussmix.files import PathLike, check_suffix, replacing
from gaussmix.report import sections
from gaussmix.report.facts import Facts
from gaussmix.report.figures import MOST_COLUMNS, THEMES, ReportFigures, can_draw
from gaussmix.report.html import Html, bullets, paragraph, section
from gaussmix.report.search import search_section
from gaussmix.report.words import counted, described
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
) -> str:
    """Return a page about a fit, with tables and pictures, and write it to a file where one is given.

    The page is one HTML file without scripts that loads nothing from anywhere. Without matplotlib it has no
    pictures, and says how to get them.

    Parameters
    ----------
    estimator : GaussianMixture or Mixture
        What was fitted; a Mixture leaves out how EM ran.
    X : (n, D) array or dataframe
        The rows that it was fitted to.
    path : str or os.PathLike, optional
        The file; an older one is replaced as a whole.
    sample_weight : (n,) array, optional
        How often each row counts.
    title : str, optional
        The heading of the page.
    feature_names : sequence of D str, optional
        Names of the columns; those of the mixture, or of X, unless given.
    left_out : mapping from str to str, optional
        Columns that were not fitted, and why.

    Returns
    -------
    str
        The page.

    Raises
    ------
    InputError
        If the estimator is not fitted, or the rows do not fit it.
    InputTypeError
        If it is not about one mixture.
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
    facts = Facts.of(estimator, X, sample_weight, feature_names, left_out)
    heading = title or f"A mixture of {counted(facts.mixture.n_components, 'component')}"
    # Names of columns are text of others.
    page = visible(_page(facts, heading), keep="\n")
    if path is not None:
        with replacing(path) as draft:
            draft.write_text(page, encoding="utf-8")
    return page


def _page(facts: Facts, heading: str) -> str:
    from gaussmix import __version__

    style = (files("gaussmix.report") / "page.css").read_text(encoding="utf-8")
    body = "\n".join(_body(facts))
    mixture = facts.mixture
    what = (
        f"{counted(len(facts.X), 'row')}, {counted(mixture.n_features, 'column')}, "
        f"{counted(mixture.n_components, 'component')}, {described(mixture.family.name)}"
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{escape(heading)}</title>\n'
        f"<style>\n{style}</style>\n</head>\n<body>\n<header>\n<h1>{escape(heading)}</h1>\n"
        f'<p class="what">{escape(what)}</p>\n</header>\n<main>\n{body}\n</main>\n'
        f"<footer><p>Written by gaussmix {escape(__version__)} on {date.today().isoformat()}.</p></footer>\n"
        f"</body>\n</html>\n"
    )


def _body(facts: Facts) -> list[Html]:
    drawing = can_draw()
    colours = _colours(facts) if drawing else None
    figures = ReportFigures(facts)
    parts = [sections.in_short(facts), _notes(facts)]
    parts.append(_gallery("The fit", figures.shown(), "pictures") if drawing else _without_pictures())
    parts.append(sections.components(facts, colours))
    if drawing:
        parts.append(_gallery("Pair by pair", figures.pairs(), "pairs", _PAIRS))
        parts.append(_gallery("Column by column", figures.columns(), "columns", _about_columns(facts)))
    parts.append(sections.criteria(facts))
    if facts.trace is not None and facts.trace.search is not None:
        parts.append(
            search_section(facts.trace.search, facts.total_weight, figures.search() if drawing else [])
        )
    parts.append(sections.options(facts, figures.trace() if drawing else []))
    return [*parts, sections.data(facts)]


def _notes(facts: Facts) -> Html:
    found = sections.notes(facts)
    return section("Worth knowing", bullets(found), name="notes") if found else Html()


def _gallery(title: str, pictures: Sequence[Html], name: str, intro: str = "") -> Html:
    """Return a section of pictures: small ones under one text, or large ones with texts of their own."""
    if not pictures:
        return Html()
    kind = "gallery small" if intro else "gallery"
    inner = Html(f'<div class="{kind}">{"".join(pictures)}</div>')
    return section(title, *([paragraph(intro)] if intro else []), inner, name=name)


_PAIRS = "The same rows and ellipses in the next pairs of columns by how little the components overlap."


def _about_columns(facts: Facts) -> str:
    D = facts.mixture.n_features
    which = (
        ""
        if D <= MOST_COLUMNS
        else f" Of {D} columns, the {MOST_COLUMNS} in which the components overlap least."
    )
    return f"The rows of each column in grey; the density and its components as curves.{which}"


def _without_pictures() -> Html:
    how = '<code>pip install "gaussmix[plot]"</code>'
    text = Html(f"There are none, as matplotlib is not installed: {how} brings them.")
    return section("Pictures", paragraph(text), name="pictures")


def _colours(facts: Facts) -> tuple[Floats, Floats]:
    """Return the colours of the components in the pictures for light and for dark pages."""
    from gaussmix.plots import palette

    K = facts.mixture.n_components
    light, dark = (palette(K, background=theme["figure.facecolor"]) for theme in THEMES)
    return light, dark
