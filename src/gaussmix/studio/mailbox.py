"""What one socket is still to be sent: bounded, however slow its client.

A fit must never wait for a page. So threads only note that something is new, and the task of the socket fetches it: the
newest frame, the newest state, the curves since the last time. Other events are kept in order, the oldest are dropped
when they are too many.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .messages import Progress

__all__ = ["Mailbox", "News"]

_MOST_EVENTS = 2000


@dataclass
class News:
    """The news for a socket.

    Parameters
    ----------
    events : list
        In order.
    frame : bool
        Whether there is another frame.
    state : bool
        Whether the state of the session is another.
    """

    events: list[Any] = field(default_factory=list)
    frame: bool = False
    state: bool = False


class Mailbox:
    """The news of one socket, from any thread.

    Parameters
    ----------
    loop : asyncio event loop
        Of the task that fetches them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._ready = loop, asyncio.Event()
        self._lock = threading.Lock()
        self._events: deque[Any] = deque(maxlen=_MOST_EVENTS)
        self._frame = self._state = self._woken = False

    def post(self, event: Any) -> None:
        """Add an event; of the progress of a task only the newest is kept."""
        with self._lock:
            if isinstance(event, Progress) and self._events and isinstance(self._events[-1], Progress):
                self._events.pop()
            self._events.append(event)
        self._wake()

    def moved(self) -> None:
        """There is another frame."""
        with self._lock:
            self._frame = True
        self._wake()

    def changed(self) -> None:
        """The state is another."""
        with self._lock:
            self._state = True
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            if self._woken:
                return
            self._woken = True
        try:
            self._loop.call_soon_threadsafe(self._ready.set)
        except RuntimeError:
            # The server has ended.
            return

    async def fetch(self) -> News:
        """Wait for news, and return them."""
        await self._ready.wait()
        self._ready.clear()
        with self._lock:
            self._woken = False
            news = News(list(self._events), self._frame, self._state)
            self._events.clear()
            self._frame = self._state = False
        return news
