"""The files of the page: read once from the package, by name. No path of a request is ever opened."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.responses import Response

from .answers import RequestError

__all__ = ["StaticFile", "page", "static_file"]

_KINDS = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FOLDERS = {"static": "gaussmix.studio", "view": "gaussmix.view"}


@dataclass(frozen=True)
class StaticFile:
    """A file of the page.

    Parameters
    ----------
    content : bytes
        The file.
    media_type : str
        Of the answer.
    """

    content: bytes
    media_type: str

    def answer(self) -> Response:
        """Return the file as an answer."""
        return Response(self.content, media_type=self.media_type)


@cache
def _all(folder: str) -> dict[str, StaticFile]:
    """Return the files of a folder ``static`` in a package, and those of its folders, by their names in it."""
    found: dict[str, StaticFile] = {}
    waiting = [("", files(_FOLDERS[folder]) / "static")]
    while waiting:
        before, place = waiting.pop()
        if not place.is_dir():
            continue
        for entry in place.iterdir():
            if entry.is_dir():
                waiting.append((f"{before}{entry.name}/", entry))
            elif not entry.name.endswith((".py", ".pyc")):
                found[before + entry.name] = StaticFile(entry.read_bytes(), _media_type(entry.name))
    return found


def _media_type(name: str) -> str:
    suffix = name[name.rfind(".") :]
    known = _KINDS.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known


def static_file(folder: str, name: str) -> Response:
    """Return a file of the page, or of the view of EM.

    Raises
    ------
    RequestError
        If there is none of this name.
    """
    found = _all(folder).get(name)
    if found is None:
        raise RequestError("There is no file of this name.", 404)
    return found.answer()


def page() -> Response:
    """Return the page."""
    return static_file("static", "index.html")
