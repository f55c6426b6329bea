"""Pages from the templates in ``templates/``: text is escaped, and only `Markup` is taken for HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from gaussmix.report.words import counted, described, ended, number, percent

__all__ = ["Markup", "Table", "breakable", "hex_colour", "render", "template"]


class Table(NamedTuple):
    """A table with headings in its first row and first column; its fields are the parameters of the macro."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    kind: str = ""
    groups: Sequence[tuple[str, int]] = ()
    wide: bool = False


def template(name: str) -> Template:
    """Return a template."""
    return _environment().get_template(name)


def render(name: str, **values: Any) -> str:
    """Return a page.

    Examples
    --------
    >>> render("page.html", title="a < b").split("<title>")[1][:12]
    'a &lt; b</ti'
    """
    return template(name).render(**values)


@cache
def _environment() -> Environment:
    loader = PackageLoader("gaussmix.report", "templates")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    found.filters |= {
        "counted": counted,
        "described": described,
        "ended": ended,
        "number": number,
        "percent": percent,
    }
    return found


def breakable(name: str) -> Markup:
    """Return a name with possible line breaks after underscores, hyphens and dots.

    Examples
    --------
    >>> breakable("sepal_width")
    Markup('sepal_<wbr>width')
    """
    return Markup(re.sub(r"([_./-])(?=\w)", r"\1<wbr>", str(escape(name))))


def hex_colour(colour: Any) -> str:
    """Return a colour of red, green and blue from 0 to 1 as in style sheets.

    Examples
    --------
    >>> hex_colour([1.0, 0.5, 0.0])
    '#ff8000'
    """
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in colour)
