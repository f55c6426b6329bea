"""The server of the page: its socket, its address, its end."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ..errors import InputError
from .app import application
from .security import Access, host_names, is_loopback
from .sessions import Limits, Sessions

__all__ = ["Server", "is_loopback", "serve"]

_MOST_CONNECTIONS = 256
_SECONDS_TO_END = 3


class Server(uvicorn.Server):
    """A server that listens already: its address is known before it runs.

    Parameters
    ----------
    host : str
        The address to listen at.
    port : int
        The port; 0 for a free one.
    file : pathlib.Path, optional
        A table that pages can open.
    limits : Limits, optional
        The bounds of the server.

    Raises
    ------
    InputError
        If the address is taken or not one of this machine.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, file: Path | None = None, limits: Limits | None = None
    ) -> None:
        self.listening = _listening(host, port)
        everywhere = host in ("0.0.0.0", "::")
        names = host_names(host) | (host_names("127.0.0.1") | _own_names() if everywhere else frozenset())
        self.access = Access(names, self.listening.getsockname()[1], any_address=everywhere)
        shown = "127.0.0.1" if everywhere else f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self.access.port}/{self.access.token}/"
        self.sessions = Sessions(limits, file)
        config = uvicorn.Config(
            application(self.sessions, self.access),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_graceful_shutdown=_SECONDS_TO_END,
            ws_max_size=1 << 20,
            ws_max_queue=8,
        )
        super().__init__(config)

    def run_until_interrupted(self) -> None:
        """Serve until Ctrl-C."""
        try:
            self.run(sockets=[self.listening])
        except KeyboardInterrupt:
            # Its own signal, passed on after the end.
            return
        finally:
            self.listening.close()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        # At once: who reads the address may send requests before the server runs.
        found.listen(128)
    except (OSError, OverflowError) as error:
        found.close()
        why = getattr(error, "strerror", None) or error
        raise InputError(
            f"cannot listen at {host}, port {port}: {why}; give another --port or --host."
        ) from None
    found.set_inheritable(True)
    return found


def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({name, name.split(".")[0], f"{name}.local"})


def serve(server: Server, browser: bool, say: Callable[[str], None]) -> None:
    """Say the address, open it in the browser, and serve until Ctrl-C.

    Parameters
    ----------
    server : Server
        That listens.
    browser : bool
        Whether to open the page.
    say : callable
        Prints a line.
    """
    say(server.address)
    if browser:
        webbrowser.open(server.address)
    server.run_until_interrupted()
