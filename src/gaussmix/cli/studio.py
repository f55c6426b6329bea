"""``gaussmix studio``: the page in the browser."""

from __future__ import annotations

import sys
from pathlib import Path

from gaussmix.cli.terminal import Terminal
from gaussmix.errors import MissingDependencyError
from gaussmix.files import readable

__all__ = ["run"]


def run(file: Path | None, host: str, port: int, *, browser: bool) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    file : pathlib.Path or None
        A table to open.
    host : str
        The address to listen at.
    port : int
        0 for a free one.
    browser : bool
        Whether to open the page.
    """
    try:
        from gaussmix.studio.serving import Server, is_loopback, serve
    except ImportError as error:
        if (error.name or "").startswith("gaussmix"):
            raise
        raise MissingDependencyError(
            f'the studio needs {error.name}: pip install "gaussmix[studio]"'
        ) from None

    table = None if file is None else readable(file).absolute()
    server = Server(host, port, table)
    terminal = Terminal.open()
    if not is_loopback(host):
        terminal.warn(
            f"the page is open to other machines, at {host}, without encryption: whoever has the address can use it"
        )

    def say(address: str) -> None:
        # On a line of its own, at once: another program may read it.
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        terminal.note("Ctrl-C ends the page.")

    serve(server, browser, say)
