"""Requests that take a table, choose its columns and rows, and show its cells."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from . import bodies, tables
from .answers import RequestError, as_json, body_of
from .control import Cancelled, Control, Tell
from .messages import Progress
from .queries import in_thread, left_is_cancelled, number_in, session_of, sessions_of
from .session import StudioSession
from .uploads import FORMATS, read_upload, received

__all__ = ["HANDLERS"]

T = TypeVar("T")

_MOST_ROWS = 500


async def _taken(session: StudioSession, table: tables.StudioTable) -> Response:
    """Return the answer of a session that takes a table."""

    def take() -> bodies.Session:
        session.take(table)
        return session.in_words()

    return await in_thread(take)


async def take_builtin(request: Request) -> Response:
    session, asked = session_of(request), await body_of(request, bodies.TableName)
    return await _taken(session, await asyncio.to_thread(tables.built_in, asked.name))


async def take_random(request: Request) -> Response:
    session, asked = session_of(request), await body_of(request, bodies.Random)
    sessions_of(request).check_memory(session, asked.n_rows * asked.n_features * 8)
    return await _taken(session, await asyncio.to_thread(tables.drawn, asked))


async def take_file(request: Request) -> Response:
    session, sessions = session_of(request), sessions_of(request)
    table = await _reading(request, sessions.opened_file)
    sessions.check_memory(session, table.n_bytes)
    return await _taken(session, table)


async def take_upload(request: Request) -> Response:
    session, sessions = session_of(request), sessions_of(request)
    async with received(request, FORMATS, sessions.limits, Path(sessions.folder.name)) as (path, name):
        table = await _reading(request, lambda tell: read_upload(path, name, sessions.limits, tell))
    sessions.check_memory(session, table.n_bytes)
    return await _taken(session, table)


async def _reading(request: Request, read: Callable[[Tell], T]) -> T:
    """Return the result of a reading task, which ends when it is cancelled or its page no longer waits.

    Raises
    ------
    RequestError
        If it is cancelled.
    """
    session, loop, control = session_of(request), asyncio.get_running_loop(), Control()
    done: asyncio.Future[T] = loop.create_future()

    def tell(read_bytes: int, total: int) -> None:
        session.post(Progress("reading", read_bytes, total))
        control.check()

    def settle(set_it: Callable[[Any], None], value: Any) -> None:
        if not done.done():
            set_it(value)

    def task(control: Control) -> None:
        try:
            found = read(tell)
            control.check()
        except Cancelled:
            cancelled = RequestError("Reading was cancelled.")
            loop.call_soon_threadsafe(settle, done.set_exception, cancelled)
        except BaseException as error:
            loop.call_soon_threadsafe(settle, done.set_exception, error)
        else:
            loop.call_soon_threadsafe(settle, done.set_result, found)

    session.begin("reading", task, control)
    async with left_is_cancelled(request, control):
        return await done


async def choose_columns(request: Request) -> Response:
    session, asked = session_of(request), await body_of(request, bodies.Columns)
    await asyncio.to_thread(session.choose, asked)
    return as_json(session.in_words())


async def keep_rows(request: Request) -> Response:
    session, asked = session_of(request), await body_of(request, bodies.Only)
    await asyncio.to_thread(session.keep, asked)
    return as_json(session.in_words())


async def get_rows(request: Request) -> Response:
    session = session_of(request)
    first, count = number_in(request, "first", 0, int), number_in(request, "count", 50, int)
    table = session.rows.table
    return await in_thread(lambda: table.rows(max(first, 0), min(max(count, 0), _MOST_ROWS)))


async def get_points(request: Request) -> Response:
    rows = session_of(request).rows
    columns = request.query_params.getlist("columns") or list(rows.names)
    return await in_thread(lambda: rows.points(columns))


HANDLERS = {
    "builtin": take_builtin,
    "random": take_random,
    "file": take_file,
    "upload": take_upload,
    "columns": choose_columns,
    "only": keep_rows,
    "rows": get_rows,
    "points": get_points,
}
"""The function of each route of tables."""
