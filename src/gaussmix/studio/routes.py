"""The HTTP routes between the page and the server: paths, bodies and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .bodies import Columns, Only, Random, Rows, ServerFacts, Session, TableName
from .messages import Trace
from .pictures import Assessment, Density, ExplainedFit, ExplainedRow, Frames, Points, Slice

__all__ = ["ROUTES", "SOCKET", "Route"]


@dataclass(frozen=True)
class Route:
    """An HTTP route: name of its function, method, path after the token, body, answer, and what it does."""

    name: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    takes: Any
    gives: Any
    words: str


_S = "/api/sessions/{session}"
_VIEW = "x, y (columns), x0, x1, y0, y1 (limits), width, height (pixels)"

ROUTES = (
    Route("page", "GET", "/", None, "text/html", "The page."),
    Route("static", "GET", "/static/{name:path}", None, "a file", "A script, style or picture of the page."),
    Route("view", "GET", "/view/{name:path}", None, "a file", "A script or style of the view of EM."),
    Route("server", "GET", "/api/server", None, ServerFacts, "Limits, and the choices of menus."),
    Route("open_session", "POST", "/api/sessions", None, Session, "Open a session."),
    Route("session", "GET", _S, None, Session, "The state of a session."),
    Route("close_session", "DELETE", _S, None, None, "Close a session and forget its data."),
    Route("builtin", "POST", f"{_S}/builtin", TableName, Session, "Take a built-in table."),
    Route("random", "POST", f"{_S}/random", Random, Session, "Draw a table from a random mixture."),
    Route("file", "POST", f"{_S}/file", None, Session, "Take the file named on the command line."),
    Route(
        "upload",
        "POST",
        f"{_S}/upload",
        "query: name; the body is the file",
        Session,
        "Read a file. The name gives its format and is shown; 413 above the limit, 408 when too slow.",
    ),
    Route("rows", "GET", f"{_S}/rows", "query: first, count", Rows, "Rows of the table, all columns."),
    Route("columns", "POST", f"{_S}/columns", Columns, Session, "Choose columns."),
    Route("only", "POST", f"{_S}/only", Only, Session, "Keep the rows with one label, or all."),
    Route("points", "GET", f"{_S}/points", "query: columns, repeated", Points, "The rows that are drawn."),
    Route(
        "counts",
        "GET",
        f"{_S}/counts",
        f"query: {_VIEW}",
        "uint32[height][width], little-endian, the lowest y first; header X-Highest",
        "The number of all rows in each pixel. With one column (no y) uint32[width].",
    ),
    Route(
        "shares",
        "GET",
        f"{_S}/shares",
        f"query: {_VIEW}",
        "uint8[height][width][K]; header X-Components",
        "The mean responsibilities of the rows in each pixel under the mixture that is shown; 255 is 1.",
    ),
    Route("frames", "GET", f"{_S}/frames", "query: first, count, columns", Frames, "Frames of the record."),
    Route("trace", "GET", f"{_S}/trace", None, Trace, "The curves of the record."),
    Route("assessment", "GET", f"{_S}/assessment", "query: threshold", Assessment, "Outliers, uncertainty."),
    Route("slice", "POST", f"{_S}/slice", Slice, Density, "A conditional distribution."),
    Route("explain_row", "GET", f"{_S}/explain/rows/{{row:int}}", None, ExplainedRow, "A row explained."),
    Route("explain_fit", "GET", f"{_S}/explain/fit", None, ExplainedFit, "The fit in words."),
    Route(
        "decision",
        "GET",
        f"{_S}/decision",
        f"query: {_VIEW}",
        "uint8[2][height][width]: the label, and its probability (255 is 1); the lowest y first",
        "The decision map of the classifier; columns that are not shown are integrated out.",
    ),
    Route(
        "code", "GET", f"{_S}/code", None, "text/plain", "The Python code that repeats the steps on the page."
    ),
    Route(
        "export",
        "GET",
        f"{_S}/export/{{what}}",
        "query: x, y and dark for a figure; threshold for rows",
        "a file to keep",
        "One of ServerFacts.exports: rows.csv, rows.parquet, model.safetensors, report.html, figure.png, figure.svg, "
        "code.py.",
    ),
    Route(
        "model",
        "POST",
        f"{_S}/model",
        "query: name; the body is a file of a model",
        Session,
        "Show a model that was saved, on the columns that are chosen.",
    ),
)

SOCKET = f"{_S}/socket"
"""The path of the WebSocket of a session."""
