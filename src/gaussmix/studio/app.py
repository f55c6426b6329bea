"""The ASGI application: routes, faults as one sentence, the guard in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from .answers import fault, fault_of
from .requests import HANDLERS
from .routes import ROUTES, SOCKET
from .security import Access, Guard
from .sessions import Sessions
from .socket import serve_socket

__all__ = ["application"]

_SECONDS_BETWEEN_CHECKS = 30.0
_FAULTS = {404: "There is nothing at this address.", 405: "This address takes no such request."}


def application(sessions: Sessions, access: Access) -> ASGIApp:
    """Return the application of a server.

    Parameters
    ----------
    sessions : Sessions
        With their limits.
    access : Access
        Where the server is, and its token.
    """
    routes = [Route(route.path, _answering(HANDLERS[route.name]), methods=[route.method]) for route in ROUTES]
    socket = WebSocketRoute(SOCKET, partial(_socket, sessions))
    app = Starlette(
        routes=[*routes, socket],
        lifespan=partial(_lifespan, sessions),
        exception_handlers={HTTPException: _http_fault},
    )
    app.router.redirect_slashes = False
    app.state.sessions = sessions
    return Guard(app, access)


async def _socket(sessions: Sessions, socket: object) -> None:
    await serve_socket(socket, sessions)  # type: ignore[arg-type]


def _answering(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return a handler whose errors are answers in one sentence."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except HTTPException:
            raise
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            return fault_of(error)

    return answer


async def _http_fault(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return fault(_FAULTS.get(status, "The request cannot be carried out."), status)


@asynccontextmanager
async def _lifespan(sessions: Sessions, app: Starlette) -> AsyncIterator[None]:
    async def end_idle() -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)
            await asyncio.to_thread(sessions.end_idle)

    task = asyncio.create_task(end_idle())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await asyncio.to_thread(sessions.end_all)
