"""Requests of a page over HTTP, one function for each route of ``routes.ROUTES``: the page, sessions, the fit.

The others are in ``table_requests.py`` and ``file_requests.py``.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..covariances import standard_families
from ..report.words import described
from . import bodies, file_requests, looks, pictures, table_requests, tables
from .answers import RequestError, as_json, body_of
from .control import Tell
from .explained import fit_explained, row_explained
from .exports import EXPORTS
from .queries import in_thread, number_in, session_of, sessions_of, view_in, watched
from .record import frame_of
from .static_files import page, static_file
from .uploads import FORMATS

__all__ = ["HANDLERS"]

_MOST_FRAMES = 500


# ------------------------------------------------------------------------------------------------------------- the page


async def get_page(request: Request) -> Response:
    return page()


async def get_static(request: Request) -> Response:
    return static_file("static", request.path_params["name"])


async def get_view(request: Request) -> Response:
    return static_file("view", request.path_params["name"])


async def get_server(request: Request) -> Response:
    from .. import __version__

    sessions = sessions_of(request)
    file = sessions.file
    return as_json(
        bodies.ServerFacts(
            version=__version__,
            upload_bytes=sessions.limits.upload_bytes,
            most_drawn=bodies.MOST_DRAWN,
            formats=list(FORMATS),
            builtin=[bodies.Choice(name, table.title) for name, table in tables.BUILT_IN.items()],
            families=[
                bodies.Choice(f.name, f"{f.name} ({f.mclust_name})", described(f.name))
                for f in standard_families
            ],
            starts=[bodies.Choice(name, name) for name in _STARTS],
            criteria=[bodies.Choice(name, name.upper()) for name in ("bic", "icl", "aic")],
            exports=[bodies.Choice(name, export.title) for name, export in EXPORTS.items()],
            file=None if file is None else file.name,
        )
    )


_STARTS = ("kmeans", "k-means++", "random", "random_from_data", "hierarchical")


async def open_session(request: Request) -> Response:
    session = await asyncio.to_thread(sessions_of(request).open)
    return as_json(session.in_words(), 201)


async def get_session(request: Request) -> Response:
    return as_json(session_of(request).in_words())


async def close_session(request: Request) -> Response:
    await asyncio.to_thread(sessions_of(request).close, request.path_params["session"])
    return Response(status_code=204)


# ------------------------------------------------------------------------------------------------------------- pictures


def _pixels(array: Any, **headers: str) -> Response:
    named = {f"X-{name.capitalize()}": value for name, value in headers.items()}
    return Response(array.tobytes(), media_type="application/octet-stream", headers=named)


async def get_counts(request: Request) -> Response:
    rows, view = session_of(request).rows, view_in(request)
    found = await asyncio.to_thread(looks.counts, rows, view)
    return _pixels(found, highest=str(int(found.max())))


async def get_shares(request: Request) -> Response:
    fit, view = session_of(request).known_fit, view_in(request)
    found = await asyncio.to_thread(looks.shares, fit.rows, fit.moment.mixture, view)
    return _pixels(found, components=str(found.shape[-1]))


async def get_decision(request: Request) -> Response:
    classifier, view = session_of(request).classifier, view_in(request)
    if classifier is None:
        raise RequestError("There is no classifier yet: fit one.")
    return _pixels(await asyncio.to_thread(classifier.decision, view))


# -------------------------------------------------------------------------------------------------------------- the fit


async def get_frames(request: Request) -> Response:
    fit = session_of(request).known_fit
    first = number_in(request, "first", 0, int)
    count = min(number_in(request, "count", 100, int), _MOST_FRAMES)
    columns = request.query_params.getlist("columns") or list(fit.rows.names[:2])

    def frames() -> pictures.Frames:
        moments = fit.record.between(first, count)
        return pictures.Frames(
            [frame_of(n, m, fit.rows, columns, True, fit.options.trim) for n, m in moments]
        )

    return await in_thread(frames)


async def get_trace(request: Request) -> Response:
    return as_json(session_of(request).known_fit.record.curves())


async def get_assessment(request: Request) -> Response:
    fit, threshold = session_of(request).known_fit, number_in(request, "threshold", 0.99, float)

    def assessed(tell: Tell) -> pictures.Assessment:
        return looks.assessment(fit.rows, fit.moment.mixture, fit.judged(tell), threshold)

    return as_json(await watched(request, "assessment", "Assessing all rows", assessed))


async def post_slice(request: Request) -> Response:
    fit, asked = session_of(request).known_fit, await body_of(request, pictures.Slice)
    return await in_thread(lambda: looks.slice_of(fit.rows, fit.moment.mixture, asked))


async def explain_row(request: Request) -> Response:
    fit = session_of(request).known_fit
    row = request.path_params["row"]
    return await in_thread(lambda: row_explained(fit.rows, fit.moment.mixture, row))


async def explain_fit(request: Request) -> Response:
    session = session_of(request)
    fit, sweep = session.known_fit, session.sweep
    choice = [] if sweep is None else sweep.choice
    words = "Describing the fit of all rows"
    return as_json(
        await watched(request, "words", words, lambda tell: fit_explained(fit.rows, fit, choice, tell))
    )


HANDLERS = {
    "page": get_page,
    "static": get_static,
    "view": get_view,
    "server": get_server,
    "open_session": open_session,
    "session": get_session,
    "close_session": close_session,
    "counts": get_counts,
    "shares": get_shares,
    "frames": get_frames,
    "trace": get_trace,
    "assessment": get_assessment,
    "slice": post_slice,
    "explain_row": explain_row,
    "explain_fit": explain_fit,
    "decision": get_decision,
    **table_requests.HANDLERS,
    **file_requests.HANDLERS,
}
"""The function of each route."""
