"""Pages served to a browser from this machine."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import gaussmix.view

STATIC = Path(gaussmix.view.__file__).parent / "static"
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>host</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; style-src 'self'">
<link rel="stylesheet" href="/em_view.css"></head><body><main id="host"></main></body></html>"""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.encode())
        return None

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def static_server() -> Iterator[str]:
    """The address of the modules of the view, and of an empty page with a strict policy."""
    handler = functools.partial(_Handler, directory=str(STATIC))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


class Tab:
    """A page that must not complain."""

    def __init__(self, browser: Any, dark: bool = False, size: tuple[int, int] = (900, 760)) -> None:
        self.page = browser.new_page(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light"
        )
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, address: str) -> Tab:
        self.page.goto(address)
        return self

    def settled(self) -> Tab:
        """Wait until the view has drawn what it was given."""
        self.page.wait_for_selector(".em-view[data-state=ready]:not([data-pending])")
        return self

    def mount(self, recording: dict[str, Any], **options: Any) -> Tab:
        """Mount the view and its player as `view` and `player` of the window."""
        given = json.dumps({"recording": recording, "options": options})
        self.page.evaluate(
            """async (text) => {
              const { recording, options } = JSON.parse(text);
              const { createReplay } = await import("/replay.js");
              Object.assign(window, createReplay(document.getElementById("host"), recording, options));
            }""",
            given,
        )
        return self.settled()


@pytest.fixture
def tab(browser: Any, request: Any) -> Iterator[Tab]:
    """A page of the given size and scheme; the test fails if it complains."""
    found = Tab(browser, **getattr(request, "param", {}))
    yield found
    found.page.close()
    assert found.complaints == []
