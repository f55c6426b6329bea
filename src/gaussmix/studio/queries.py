"""The parts of a request: its session, its numbers, its view; and answers that take long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from .answers import RequestError, as_json
from .control import Cancelled, Control, Tell
from .looks import View
from .messages import Progress
from .session import StudioSession
from .sessions import Sessions
from .warned import warnings_to

__all__ = [
    "in_thread",
    "left_is_cancelled",
    "number_in",
    "session_of",
    "sessions_of",
    "view_in",
    "watched",
]

T = TypeVar("T")

_SECONDS_BETWEEN_LOOKS = 0.2


def sessions_of(request: Request) -> Sessions:
    """Return the sessions of the server."""
    found: Sessions = request.app.state.sessions
    return found


def session_of(request: Request) -> StudioSession:
    """Return the session of a request."""
    return sessions_of(request).get(request.path_params["session"])


def number_in(request: Request, name: str, default: T, kind: Callable[[str], T]) -> T:
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


def view_in(request: Request) -> View:
    """Return the view of a query."""
    x, y = request.query_params.get("x"), request.query_params.get("y")
    if x is None:
        raise RequestError("The view has no column x: name one.", 400)
    axes = "x" if y is None else "xy"
    low, high = (tuple(number_in(request, f"{axis}{end}", 0.0, float) for axis in axes) for end in (0, 1))
    sizes = [number_in(request, name, 512, int) for name in ("width", "height")]
    return View((x,) if y is None else (x, y), low, high, tuple(sizes[: len(axes)]))


async def in_thread(function: Callable[[], Any]) -> Response:
    """Return the result of a function of a thread as JSON."""
    return as_json(await asyncio.to_thread(function))


async def watched(request: Request, job: str, words: str, function: Callable[[Tell], T]) -> T:
    """Return the result of a long function of a thread, which ends when its page no longer waits.

    Parameters
    ----------
    request : Request
        Of a session, whose sockets are told of the progress.
    job, words : str
        What they are told.
    function : callable
        Calls its argument with the number of steps done, and of all, between them.

    Raises
    ------
    ClientDisconnect
        If the page has left.
    """
    session, control = session_of(request), Control()

    def tell(done: int, total: int) -> None:
        session.post(Progress(job, done, total, words))
        control.check()

    def run() -> T:
        try:
            with warnings_to(lambda words: None):
                return function(tell)
        except Cancelled:
            raise ClientDisconnect from None

    async with left_is_cancelled(request, control):
        return await asyncio.to_thread(run)


@asynccontextmanager
async def left_is_cancelled(request: Request, control: Control) -> AsyncIterator[None]:
    """Cancel a task when its page leaves during the block."""

    async def look() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        control.cancel()

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
