"""Warnings of a thread, passed to the session that runs in it.

``warnings.catch_warnings`` changes the filters of the whole process, and so does not fit a server with several threads.
Here one function receives the warnings of all threads, and passes each on to the receiver of its own thread.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

__all__ = ["warnings_to"]

_thread = threading.local()
_lock = threading.Lock()


@contextmanager
def warnings_to(tell: Callable[[str], None]) -> Iterator[None]:
    """Pass the text of each ``UserWarning`` of this thread to a function.

    Parameters
    ----------
    tell : callable
        Called with the text.
    """
    _listen()
    before = getattr(_thread, "tell", None)
    _thread.tell = tell
    try:
        yield
    finally:
        _thread.tell = before


def _listen() -> None:
    """Receive the warnings of the process, also after someone has put another receiver in the place."""
    with _lock:
        if warnings.showwarning is not _receive:
            _receive.before = warnings.showwarning
            warnings.showwarning = _receive
        if warnings.filters[:1] != [("always", None, UserWarning, None, 0)]:
            warnings.simplefilter("always", UserWarning)


class _Receiver:
    before: Callable[..., None] = warnings.showwarning

    def __call__(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        tell = getattr(_thread, "tell", None)
        if tell is not None and issubclass(category, UserWarning):
            tell(str(message))
        else:
            self.before(message, category, filename, lineno, file, line)


_receive = _Receiver()
