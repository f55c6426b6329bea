"""A server of the studio in a thread, and a client that plays a page."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

httpx = pytest.importorskip("httpx", reason="the server is tested with httpx")
pytest.importorskip("uvicorn", reason="gaussmix[studio] is not installed")
pytest.importorskip("msgspec", reason="gaussmix[studio] is not installed")

from websockets.sync.client import connect  # noqa: E402

from gaussmix.studio.serving import Server  # noqa: E402
from gaussmix.studio.sessions import Limits  # noqa: E402

SECONDS = 60.0
"""A wait that takes longer has failed."""


@contextmanager
def running(**given: Any) -> Iterator[Server]:
    """A server in a thread, until the end of the block."""
    server = Server(**given)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [server.listening]}, daemon=True)
    thread.start()
    end = time.monotonic() + SECONDS
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < end
        time.sleep(0.005)
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        server.listening.close()


class Page:
    """A page: a session over HTTP, and its WebSocket."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = httpx.Client(base_url=server.address, timeout=SECONDS)
        self.number = self.http.post("api/sessions").json()["session"]
        self.socket: Any = None
        self._waiting: list[Any] = []
        self._id = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.access.port}"

    def close(self) -> None:
        self.http.delete(f"api/sessions/{self.number}")
        self.http.close()

    @contextmanager
    def listening(self) -> Iterator[Page]:
        """Open the socket for the block."""
        url = f"{self.server.address}api/sessions/{self.number}/socket".replace("http", "ws", 1)
        self._waiting = []
        with connect(url, origin=self.origin, max_size=None, max_queue=None, close_timeout=2) as self.socket:
            yield self

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"api/sessions/{self.number}/{path}", params=query)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        given = more if body is None else {"json": body, **more}
        return self.http.post(f"api/sessions/{self.number}/{path}", **given)

    def take(self, name: str, *columns: str, **more: Any) -> Any:
        """Take a built-in table, and choose columns."""
        assert self.post("builtin", {"name": name}).status_code == 200
        if columns or more:
            answer = self.post("columns", {"columns": list(columns), **more})
            assert answer.status_code == 200, answer.text
        return self.state()

    def state(self) -> Any:
        return self.http.get(f"api/sessions/{self.number}").json()

    def send(self, command: str, **fields: Any) -> int:
        self._id += 1
        self.socket.send(json.dumps({"command": command, "id": self._id, **fields}))
        return self._id

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        """The first event, of those since the last one that was waited for, that is wanted."""
        while self._waiting:
            event = self._waiting.pop(0)
            if wanted(event):
                return event
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            event = json.loads(self.socket.recv(timeout=SECONDS))
            if wanted(event):
                return event
        raise TimeoutError

    def do(self, command: str, **fields: Any) -> str | None:
        """Send a command; return the error in its reply. Other events wait."""
        number, seen = self.send(command, **fields), []
        while True:
            event = json.loads(self.socket.recv(timeout=SECONDS))
            if event["event"] == "reply" and event["id"] == number:
                self._waiting += seen
                return event["error"]
            seen.append(event)

    def until_fit(self, *states: str) -> Any:
        """The state of the fit as soon as it is one of these.

        It is asked for, since an event may be older than the last command.
        """
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            fit = self.state()["fit"]
            if fit["state"] in states:
                return fit
        raise TimeoutError

    def until_frame(self, wanted: Callable[[Any], bool] = lambda frame: True) -> Any:
        return self.until(lambda e: e["event"] == "frame" and wanted(e["frame"]))["frame"]

    def fitted(self, **options: Any) -> Any:
        """Run a fit to its end; return the state of it."""
        assert self.do("start", options=options) is None
        return self.until_fit("done", "failed")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    found = Page(server)
    with found.listening():
        yield found
    found.close()


@pytest.fixture
def limited() -> Callable[..., Any]:
    """Runs a server with other limits."""
    return lambda **limits: running(limits=Limits(**limits))
