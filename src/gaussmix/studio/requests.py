"""Requests of a page over HTTP, one function for each route of ``routes.ROUTES``."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response

from .. import persist
from ..covariances import standard_families
from ..errors import InputError
from ..estimators import GaussianMixture
from ..mixture import Mixture
from ..report.words import described
from . import bodies, looks, tables
from .answers import RequestError, as_json, body_of
from .code import code_of
from .control import Control
from .explained import fit_explained, row_explained
from .exports import EXPORTS, Figure, Wanted, export_named
from .fits import Source
from .looks import View
from .messages import Progress
from .record import frame_of
from .session import StudioSession
from .sessions import Sessions
from .static_files import page, static_file
from .uploads import FORMATS, read_upload, received
from .warned import warnings_to

__all__ = ["HANDLERS"]

T = TypeVar("T")

_MOST_ROWS, _MOST_FRAMES = 500, 500
_SECONDS_BETWEEN_LOOKS = 0.2


def _sessions(request: Request) -> Sessions:
    found: Sessions = request.app.state.sessions
    return found


def _session(request: Request) -> StudioSession:
    return _sessions(request).get(request.path_params["session"])


def _number(request: Request, name: str, default: T, kind: Callable[[str], T]) -> T:
    """Return a number of the query.

    Raises
    ------
    RequestError
        If it is none.
    """
    text = request.query_params.get(name)
    try:
        return default if text is None else kind(text)
    except ValueError:
        raise RequestError(f"{name} is {text!r}: give a number.", 400) from None


def _view(request: Request) -> View:
    """Return the view of a query."""
    x, y = request.query_params.get("x"), request.query_params.get("y")
    if x is None:
        raise RequestError("The view has no column x: name one.", 400)
    axes = "x" if y is None else "xy"
    low, high = (tuple(_number(request, f"{axis}{end}", 0.0, float) for axis in axes) for end in (0, 1))
    sizes = [_number(request, name, 512, int) for name in ("width", "height")]
    return View((x,) if y is None else (x, y), low, high, tuple(sizes[: len(axes)]))


async def _in_thread(function: Callable[[], Any]) -> Response:
    """Return the result of a function of a thread as JSON."""
    return as_json(await asyncio.to_thread(function))


# ------------------------------------------------------------------------------------------------- the page


async def get_page(request: Request) -> Response:
    return page()


async def get_static(request: Request) -> Response:
    return static_file("static", request.path_params["name"])


async def get_view(request: Request) -> Response:
    return static_file("view", request.path_params["name"])


async def get_server(request: Request) -> Response:
    from .. import __version__

    sessions = _sessions(request)
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
    session = await asyncio.to_thread(_sessions(request).open)
    return as_json(session.in_words(), 201)


async def get_session(request: Request) -> Response:
    return as_json(_session(request).in_words())


async def close_session(request: Request) -> Response:
    await asyncio.to_thread(_sessions(request).close, request.path_params["session"])
    return Response(status_code=204)


# --------------------------------------------------------------------------------------------------- tables


async def _taken(session: StudioSession, table: tables.StudioTable) -> Response:
    """Return the answer of a session that takes a table."""

    def take() -> bodies.Session:
        session.take(table)
        return session.in_words()

    return await _in_thread(take)


async def take_builtin(request: Request) -> Response:
    session, asked = _session(request), await body_of(request, bodies.TableName)
    return await _taken(session, await asyncio.to_thread(tables.built_in, asked.name))


async def take_random(request: Request) -> Response:
    session, asked = _session(request), await body_of(request, bodies.Random)
    _sessions(request).check_memory(session, asked.n_rows * asked.n_features * 8)
    return await _taken(session, await asyncio.to_thread(tables.drawn, asked))


async def take_file(request: Request) -> Response:
    session, sessions = _session(request), _sessions(request)
    table = await _reading(session, sessions.opened_file)
    sessions.check_memory(session, table.n_bytes)
    return await _taken(session, table)


async def take_upload(request: Request) -> Response:
    session, sessions = _session(request), _sessions(request)
    async with received(request, FORMATS, sessions.limits, Path(sessions.folder.name)) as (path, name):
        table = await _reading(session, lambda: read_upload(path, name, sessions.limits))
    sessions.check_memory(session, table.n_bytes)
    return await _taken(session, table)


async def _reading(session: StudioSession, read: Callable[[], T]) -> T:
    """Return what a long task reads, unless it is cancelled.

    Raises
    ------
    RequestError
        If it is cancelled.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: Any) -> None:
        if not done.done():
            set_it(value)

    def task(control: Control) -> None:
        try:
            found = read()
        except BaseException as error:
            loop.call_soon_threadsafe(settle, done.set_exception, error)
            return
        if control.cancelled:
            loop.call_soon_threadsafe(settle, done.set_exception, RequestError("Reading was cancelled."))
        else:
            loop.call_soon_threadsafe(settle, done.set_result, found)

    session.begin("reading", task)
    return await done


async def choose_columns(request: Request) -> Response:
    session, asked = _session(request), await body_of(request, bodies.Columns)
    await asyncio.to_thread(session.choose, asked)
    return as_json(session.in_words())


async def keep_rows(request: Request) -> Response:
    session, asked = _session(request), await body_of(request, bodies.Only)
    await asyncio.to_thread(session.keep, asked)
    return as_json(session.in_words())


async def get_rows(request: Request) -> Response:
    session = _session(request)
    first, count = _number(request, "first", 0, int), _number(request, "count", 50, int)
    table = session.rows.table
    return await _in_thread(lambda: table.rows(max(first, 0), min(max(count, 0), _MOST_ROWS)))


# ------------------------------------------------------------------------------------------------- pictures


async def get_points(request: Request) -> Response:
    rows = _session(request).rows
    columns = request.query_params.getlist("columns") or list(rows.names)
    return await _in_thread(lambda: rows.points(columns))


def _pixels(array: Any, **headers: str) -> Response:
    named = {f"X-{name.capitalize()}": value for name, value in headers.items()}
    return Response(array.tobytes(), media_type="application/octet-stream", headers=named)


async def get_counts(request: Request) -> Response:
    rows, view = _session(request).rows, _view(request)
    found = await asyncio.to_thread(looks.counts, rows, view)
    return _pixels(found, highest=str(int(found.max())))


async def get_shares(request: Request) -> Response:
    fit, view = _session(request).known_fit, _view(request)
    found = await asyncio.to_thread(looks.shares, fit.rows, fit.moment.mixture, view)
    return _pixels(found, components=str(found.shape[-1]))


async def get_decision(request: Request) -> Response:
    classifier, view = _session(request).classifier, _view(request)
    if classifier is None:
        raise RequestError("There is no classifier yet: fit one.")
    return _pixels(await asyncio.to_thread(classifier.decision, view))


# -------------------------------------------------------------------------------------------------- the fit


async def get_frames(request: Request) -> Response:
    fit = _session(request).known_fit
    first = _number(request, "first", 0, int)
    count = min(_number(request, "count", 100, int), _MOST_FRAMES)
    columns = request.query_params.getlist("columns") or list(fit.rows.names[:2])

    def frames() -> bodies.Frames:
        moments = fit.record.between(first, count)
        return bodies.Frames([frame_of(n, m, fit.rows, columns, True) for n, m in moments])

    return await _in_thread(frames)


async def get_trace(request: Request) -> Response:
    return as_json(_session(request).known_fit.record.curves())


async def get_assessment(request: Request) -> Response:
    fit, threshold = _session(request).known_fit, _number(request, "threshold", 0.99, float)
    return await _in_thread(lambda: looks.assessment(fit.rows, fit.moment.mixture, fit.judged(), threshold))


async def post_slice(request: Request) -> Response:
    fit, asked = _session(request).known_fit, await body_of(request, bodies.Slice)
    return await _in_thread(lambda: looks.slice_of(fit.rows, fit.moment.mixture, asked))


async def explain_row(request: Request) -> Response:
    fit = _session(request).known_fit
    row = request.path_params["row"]
    return await _in_thread(lambda: row_explained(fit.rows, fit.moment.mixture, row))


async def explain_fit(request: Request) -> Response:
    session = _session(request)
    fit, sweep = session.known_fit, session.sweep
    return await _in_thread(lambda: fit_explained(fit.rows, fit, [] if sweep is None else sweep.choice))


# ------------------------------------------------------------------------------------------------ take away


async def get_code(request: Request) -> Response:
    session = _session(request)
    return Response(code_of(session.rows, session.fit), media_type="text/plain; charset=utf-8")


async def get_export(request: Request) -> Response:
    session, what = _session(request), request.path_params["what"]
    export, fit, control = export_named(what), session.known_fit, Control()
    path = Path(_sessions(request).folder.name) / f"{secrets.token_hex(8)}-{what}"

    def tell(done: int, total: int) -> None:
        session.post(Progress("export", done, total, what))
        if control.cancelled:
            raise ClientDisconnect

    threshold, figure = _number(request, "threshold", 0.99, float), _figure(request, fit.rows.names)
    wanted = Wanted(fit.rows, fit, figure, threshold, tell)

    def write() -> None:
        with warnings_to(lambda words: None):
            export.write(path, wanted)

    leaving = asyncio.create_task(_cancel_when_left(request, control))
    try:
        await asyncio.to_thread(write)
    finally:
        leaving.cancel()
    return FileResponse(
        path,
        media_type=export.media_type,
        filename=what,
        background=BackgroundTask(path.unlink, missing_ok=True),
    )


async def _cancel_when_left(request: Request, control: Control) -> None:
    """Cancel a task when its page no longer waits for the answer."""
    while not await request.is_disconnected():
        await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
    control.cancel()


def _figure(request: Request, names: tuple[str, ...]) -> Figure:
    asked = [request.query_params[axis] for axis in "xy" if axis in request.query_params]
    columns = tuple(asked) or names[:2]
    view = _view(request) if "x0" in request.query_params else None
    return Figure(columns, request.query_params.get("dark", "") in ("1", "true"), view)


async def take_model(request: Request) -> Response:
    session, sessions = _session(request), _sessions(request)
    rows = session.rows
    async with received(request, (".safetensors",), sessions.limits, Path(sessions.folder.name)) as (
        path,
        name,
    ):
        estimator = await asyncio.to_thread(_loaded, path, name)
    _check_columns(estimator.mixture_, rows.names)
    code = (f"model = gaussmix.load({name!r})",)
    await asyncio.to_thread(session.load, Source("file", estimator, code, f"the model in {name}"))
    return as_json(session.in_words())


def _loaded(path: Path, name: str) -> GaussianMixture:
    try:
        found = persist.load(path)
    except InputError as error:
        raise InputError(str(error).replace(repr(str(path)), repr(name)).replace(str(path), name)) from None
    if not isinstance(found, GaussianMixture) or not hasattr(found, "mixture_"):
        raise InputError(f"{name} holds a {type(found).__name__}: send a fitted GaussianMixture.")
    return found


def _check_columns(mixture: Mixture, names: tuple[str, ...]) -> None:
    fitted = mixture.feature_names
    if mixture.n_features != len(names) or (fitted is not None and tuple(fitted) != names):
        wanted = f"{mixture.n_features} columns" if fitted is None else f"the columns {', '.join(fitted)}"
        raise InputError(f"The model is one of {wanted}, and {', '.join(names)} are chosen: choose the same.")


HANDLERS = {
    "page": get_page,
    "static": get_static,
    "view": get_view,
    "server": get_server,
    "open_session": open_session,
    "session": get_session,
    "close_session": close_session,
    "builtin": take_builtin,
    "only": keep_rows,
    "random": take_random,
    "file": take_file,
    "upload": take_upload,
    "rows": get_rows,
    "columns": choose_columns,
    "points": get_points,
    "counts": get_counts,
    "shares": get_shares,
    "frames": get_frames,
    "trace": get_trace,
    "assessment": get_assessment,
    "slice": post_slice,
    "explain_row": explain_row,
    "explain_fit": explain_fit,
    "decision": get_decision,
    "code": get_code,
    "export": get_export,
    "model": take_model,
}
"""The function of each route."""
