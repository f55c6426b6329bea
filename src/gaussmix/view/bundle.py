"""The modules of the view as one text: for a page without a server, and for a widget."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

__all__ = ["script", "style", "widget_module"]

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function|const|class)", re.MULTILINE)


@cache
def script() -> str:
    """Return the view and its player as one text of JavaScript without imports and exports.

    Examples
    --------
    >>> "function createEmView(" in script(), "import {" in script()
    (True, False)
    """
    texts: dict[str, str] = {}
    for name in ("replay.js", "widget.js"):
        _add(name, texts)
    return "\n".join(texts.values())


def widget_module() -> str:
    r"""Return the module of a widget in the form of anywidget.

    Examples
    --------
    >>> widget_module().endswith("export default { render: renderWidget };\n")
    True
    """
    return f"{script()}\nexport default {{ render: renderWidget }};\n"


@cache
def style() -> str:
    """Return the style sheet of the view.

    Examples
    --------
    >>> ".em-view" in style()
    True
    """
    return _read("em_view.css")


def _add(name: str, texts: dict[str, str]) -> None:
    """Add a module after those that it imports."""
    if name in texts:
        return
    text = _read(name)
    for _, needed in _IMPORT.findall(text):
        _add(needed, texts)
    texts[name] = _EXPORT.sub("", _IMPORT.sub("", text))


def _read(name: str) -> str:
    return (files("gaussmix.view") / "static" / name).read_text(encoding="utf-8")
