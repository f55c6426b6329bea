"""Checks of requests: the token in the address, Host and Origin; and the headers of every answer.

The server listens on this machine, where any page in a browser can send requests to it, and any program can. So each
request must have

- the token in its path, which only the printed address has. It is compared in constant time.
- a Host header with an address of this server. A foreign page whose name was made to lead to this machine (DNS
  rebinding) sends its own name.
- no Origin header, or the server's own: a browser sends it with every request of a script. A WebSocket must have it.

Answers allow scripts, styles and connections of the server itself only (Content-Security-Policy), may not be framed or
read by other origins, and tell no other server the address, which has the token (Referrer-Policy).
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import fault

__all__ = ["Access", "Guard", "host_names", "is_loopback"]

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Access:
    """Where the server is, and the token of its address.

    Parameters
    ----------
    names : frozenset of str
        The names of the host that requests may have, without the port, in small letters.
    port : int
        The port.
    any_address : bool
        Whether a numerical address of any network interface will do, for a server that listens on all.
    token : str
        The secret part of the address.
    """

    names: frozenset[str]
    port: int
    any_address: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    def is_own(self, host: str) -> bool:
        """Return whether a Host header names this server."""
        name, port = _parted(host.lower())
        return port == str(self.port) and (name in self.names or (self.any_address and _is_address(name)))

    def fault_of(self, scope: Scope) -> str | None:
        """Return what is wrong with a request, in one sentence; None if nothing is."""
        hosts, origins = (
            [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
            for wanted in (b"host", b"origin")
        )
        if len(hosts) != 1 or not self.is_own(hosts[0]):
            return "The request names another host: open the address that gaussmix studio printed."
        if origins != [f"http://{hosts[0]}"] and (origins or scope["type"] == "websocket"):
            return "The request comes from a page of another origin: open the address that gaussmix studio printed."
        given = scope["path"].split("/")[1]
        if not compare_digest(given.encode(), self.token.encode()):
            return "The address has no valid token: open the whole address that gaussmix studio printed."
        return None


def host_names(host: str) -> frozenset[str]:
    """Return the names that a Host header may have for a server that listens on an address.

    Examples
    --------
    >>> sorted(host_names("127.0.0.1"))
    ['127.0.0.1', '[::1]', 'localhost']
    """
    if is_loopback(host):
        return frozenset({"127.0.0.1", "localhost", "[::1]"})
    return frozenset({f"[{host}]" if ":" in host else host.lower()})


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    return host.lower() == "localhost" or (
        _is_address(host) and ipaddress.ip_address(host.strip("[]")).is_loopback
    )


def _parted(host: str) -> tuple[str, str]:
    """Return the name and the port in a Host header; 80 unless given."""
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and not port.endswith("]") else (host, "80")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def policy(host: str) -> str:
    """Return the Content-Security-Policy of answers to a host."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class Guard:
    """ASGI middleware that lets only requests with the token, Host and Origin of the server through.

    Parameters
    ----------
    app : ASGI application
        Whose paths follow the token.
    access : Access
        Of the server.
    """

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with its path after the token."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        wrong = self._access.fault_of(scope)
        if scope["type"] == "websocket":
            if wrong is not None:
                # Before it is accepted, so that the handshake fails with 403.
                await send({"type": "websocket.close", "code": 1008, "reason": wrong})
                return
            await self._app(self._inner(scope), receive, send)
            return
        with_headers = _with_headers(send, dict(scope["headers"]).get(b"host", b"").decode("latin-1"))
        app: Any = self._app if wrong is None else fault(wrong, 403)
        await app(self._inner(scope), receive, with_headers)

    def _inner(self, scope: Scope) -> Scope:
        return {**scope, "root_path": f"/{self._access.token}"}


def _with_headers(send: Send, host: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _ALWAYS.items():
                headers.setdefault(name, value)
            headers["Content-Security-Policy"] = policy(host)
        await send(message)

    return sending
