"""The forms of HTML that the demonstration's page has beside those of a report; text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gaussmix import plots
from gaussmix._types import Floats
from gaussmix.report.figures import THEMES
from gaussmix.report.html import Html, class_of, figure, paragraph, safe

__all__ = ["Html", "code", "colours_of", "figure", "heading", "note", "paragraph", "section", "table"]


def note(text: str) -> Html:
    """Return a remark that stands apart."""
    return Html(f'<p class="note">{safe(text)}</p>')


def section(number: int, title: str, *parts: Html, name: str) -> Html:
    """Return a chapter with a numbered heading; ``name`` is where links lead."""
    heading = f'<h2 id="{name}-title"><span class="number">{number}</span> {safe(title)}</h2>'
    inner = "\n".join(parts)
    return Html(f'<section id="{name}" aria-labelledby="{name}-title">\n{heading}\n{inner}\n</section>')


def heading(text: str) -> Html:
    """Return the heading of a part of a chapter."""
    return Html(f"<h3>{safe(text)}</h3>")


def code(summary: str, text: str) -> Html:
    """Return code that is shown when it is asked for."""
    return Html(f"<details><summary>{safe(summary)}</summary><pre><code>{safe(text)}</code></pre></details>")


def colours_of(count: int) -> list[str]:
    """Return the colours of components in the pictures for light and for dark pages, for a style attribute."""
    light, dark = (plots.palette(count, background=theme["figure.facecolor"]) for theme in THEMES)
    return [f"--light:{_hex(one)};--dark:{_hex(other)}" for one, other in zip(light, dark, strict=True)]


def _hex(colour: Floats) -> str:
    return "#" + "".join(f"{round(255 * float(value)):02x}" for value in colour)


def table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    groups: Sequence[tuple[str, int]] = (),
    kind: str = "",
    wide: bool = False,
) -> Html:
    """Return a table whose first row and first column are headings.

    Parameters
    ----------
    caption : str
    head : sequence of str
        The heading of each column.
    rows : sequence of sequences of str
        The first cell of each is the heading of the row.
    groups : sequence of (str, int)
        Headings above the columns, with the number of columns that each spans.
    kind : str
        Its class.
    wide : bool
        Whether it may be wider than the text.
    """
    above = "".join(f'<th scope="colgroup" colspan="{span}">{safe(text)}</th>' for text, span in groups)
    above = f'<tr class="groups">{above}</tr>' if above else ""
    top = "".join(f'<th scope="col">{safe(cell)}</th>' for cell in head)
    body = "".join(_row(cells) for cells in rows)
    label = escape(caption, quote=True)
    # A wide table scrolls in a region of its own, which the keyboard can reach.
    return Html(
        f'<div class="scroll{" wide" if wide else ""}" role="region" tabindex="0" aria-label="{label}">'
        f"<table{class_of(kind)}><caption>{safe(caption)}</caption><thead>{above}<tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(cells: Sequence[str]) -> str:
    first, *rest = (safe(cell) for cell in cells)
    return f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
