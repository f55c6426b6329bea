"""The few forms of HTML that a page is made of; all text is escaped here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

__all__ = [
    "Html",
    "breakable",
    "bullets",
    "class_of",
    "details",
    "figure",
    "paragraph",
    "safe",
    "section",
    "table",
]


class Html(str):
    """Text that is HTML already, and is not escaped again."""

    __slots__ = ()


def safe(text: str) -> str:
    """Return text with the signs of HTML escaped, and HTML as it is."""
    return text if isinstance(text, Html) else escape(text)


def breakable(name: str) -> Html:
    """Return a name that a narrow column may break after its underscores, hyphens and dots.

    Examples
    --------
    >>> breakable("sepal_width")
    'sepal_<wbr>width'
    """
    return Html(re.sub(r"([_./-])(?=\w)", r"\1<wbr>", escape(name)))


def paragraph(text: str, kind: str = "") -> Html:
    """Return a paragraph; ``kind`` is its class.

    Examples
    --------
    >>> paragraph("a < b")
    '<p>a &lt; b</p>'
    """
    return Html(f"<p{class_of(kind)}>{safe(text)}</p>")


def bullets(items: Sequence[str], kind: str = "") -> Html:
    """Return a list."""
    return Html(f"<ul{class_of(kind)}>" + "".join(f"<li>{safe(item)}</li>" for item in items) + "</ul>")


def section(title: str, *content: str, name: str) -> Html:
    """Return a section with a heading; ``name`` is where links lead."""
    inner = "\n".join(safe(part) for part in content)
    heading = f'<h2 id="{name}-h">{safe(title)}</h2>'
    return Html(f'<section id="{name}" aria-labelledby="{name}-h">{heading}\n{inner}</section>')


def details(summary: str, content: str) -> Html:
    """Return what is shown when it is asked for."""
    return Html(f"<details><summary>{safe(summary)}</summary>{safe(content)}</details>")


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> Html:
    r"""Return a table whose first row and first column are headings.

    Parameters
    ----------
    caption : str
        What it shows.
    head : sequence of str
        The heading of each column.
    rows : sequence of sequences of str
        The first cell of each is the heading of the row.
    kind : str
        Its class.

    Examples
    --------
    >>> 'scope="row"' in table("Sizes", ["", "cm"], [["a", "1"]])
    True
    """
    top = "".join(f'<th scope="col">{safe(cell)}</th>' for cell in head)
    body = "".join(_row(cells) for cells in rows)
    name = escape(caption, quote=True)
    # Wide tables scroll in a region of their own, which the keyboard can reach.
    return Html(
        f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table{class_of(kind)}>'
        f"<caption>{safe(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *rest = cells
    return (
        f'<tr><th scope="row">{safe(first)}</th>'
        + "".join(f"<td>{safe(cell)}</td>" for cell in rest)
        + "</tr>"
    )


def figure(light: str, dark: str, alt: str, caption: str, size: tuple[int, int], kind: str = "") -> Html:
    """Return a picture with a caption; ``alt`` says in words what is seen.

    The two are sources of images, for light and for dark pages: the style sheet shows the one that the reader's setting
    asks for, and prints the light one.
    """
    width, height = size
    both = "".join(
        f'<img class="{page}" src="{source}" width="{width}" height="{height}" alt="{escape(alt, quote=True)}">'
        for page, source in (("light", light), ("dark", dark))
    )
    return Html(f"<figure{class_of(kind)}>{both}<figcaption>{safe(caption)}</figcaption></figure>")


def class_of(kind: str) -> str:
    """Return the class attribute of an element, or nothing for no class."""
    return f' class="{kind}"' if kind else ""
