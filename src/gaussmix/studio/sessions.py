"""All sessions of a server: bounded in number, memory and time."""

from __future__ import annotations

import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from .answers import RequestError
from .control import Tell
from .session import StudioSession
from .table_files import read
from .tables import StudioTable

__all__ = ["Limits", "Sessions"]


_SECONDS_TO_END = 10.0
"""The longest wait for tasks when the server ends."""


@dataclass(frozen=True)
class Limits:
    """The bounds of a server.

    Parameters
    ----------
    sessions : int
        Number of sessions.
    idle_seconds : float
        A session without a socket ends after this time.
    memory : int
        Bytes of the tables of all sessions.
    sockets : int
        Number of WebSockets.
    upload_bytes : int
        Size of a file that is sent.
    unpacked_bytes : int
        Size of its contents, where it is compressed.
    upload_seconds : float
        The longest time that a file may take to arrive.
    pause_seconds : float
        The longest pause in it.
    send_seconds : float
        A socket that takes no message for this long is closed.
    """

    sessions: int = 16
    idle_seconds: float = 1800.0
    memory: int = 4 << 30
    sockets: int = 48
    upload_bytes: int = 200_000_000
    unpacked_bytes: int = 2 << 30
    upload_seconds: float = 600.0
    pause_seconds: float = 20.0
    send_seconds: float = 30.0


class Sessions:
    """The sessions of a server, their limits, and the file that it was started with.

    Parameters
    ----------
    limits : Limits
        The bounds.
    file : pathlib.Path, optional
        A file that each page can open: the one named on the command line.
    """

    def __init__(self, limits: Limits | None = None, file: Path | None = None) -> None:
        self.limits, self.file = limits or Limits(), file
        self._sessions: dict[str, StudioSession] = {}
        self._lock, self._reading = threading.Lock(), threading.Lock()
        self._read: StudioTable | None = None
        self.folder = tempfile.TemporaryDirectory(prefix="gaussmix-studio-", ignore_cleanup_errors=True)

    def open(self) -> StudioSession:
        """Open a session; where there are too many, the one ends that was without a page for longest.

        Raises
        ------
        RequestError
            If all have a page.
        """
        self.end_idle()
        with self._lock:
            if len(self._sessions) >= self.limits.sessions:
                unseen = [s for s in self._sessions.values() if not s.mailboxes and not s.job]
                if not unseen:
                    raise RequestError(
                        f"{len(self._sessions)} pages are open already: close one of them.", 503
                    )
                self._end(
                    min(unseen, key=lambda s: s.used),
                    "Too many pages were opened; this one was used least recently.",
                )
            session = StudioSession()
            self._sessions[session.number] = session
        return session

    def get(self, number: str) -> StudioSession:
        """Return a session.

        Raises
        ------
        RequestError
            If there is none of this number.
        """
        session = self._sessions.get(number)
        if session is None:
            raise RequestError("The session has ended: load the page again.", 404)
        session.used = time.monotonic()
        return session

    def close(self, number: str) -> None:
        """End a session."""
        with self._lock:
            self._end(self.get(number), "The session was closed.")

    def _end(self, session: StudioSession, words: str) -> None:
        self._sessions.pop(session.number, None)
        session.end(words)

    def end_idle(self) -> None:
        """End the sessions that were not used for too long."""
        oldest = time.monotonic() - self.limits.idle_seconds
        with self._lock:
            for session in list(self._sessions.values()):
                if not session.mailboxes and session.used < oldest:
                    self._end(session, "The session was not used for too long.")

    def end_all(self) -> None:
        """End all sessions, and remove the files of the server."""
        with self._lock:
            ended = list(self._sessions.values())
            for session in ended:
                self._end(session, "The server has ended.")
        # A thread within the compiled kernel at the end of the process would abort it.
        last = time.monotonic() + _SECONDS_TO_END
        for session in ended:
            session.join(max(0.0, last - time.monotonic()))
        self.folder.cleanup()

    @property
    def n_sockets(self) -> int:
        """Number of WebSockets."""
        return sum(len(session.mailboxes) for session in list(self._sessions.values()))

    def check_memory(self, session: StudioSession, more: int) -> None:
        """Raise RequestError if a further table of so many bytes would take too much memory."""
        others = sum(s.n_bytes for s in list(self._sessions.values()) if s is not session)
        if others + 2 * more > self.limits.memory:
            raise RequestError(
                f"The tables of the open pages would take more than {self.limits.memory >> 20} MB: close a page, or "
                "take fewer rows.",
                507,
            )

    def opened_file(self, tell: Tell) -> StudioTable:
        """Return the table of the file of the command line, which is read once.

        Raises
        ------
        RequestError
            If there is none.
        """
        if self.file is None:
            raise RequestError("The server was started without a file: send one.", 404)
        with self._reading:
            if self._read is None:
                self._read = read(self.file, self.file.name, str(self.file), tell)
            return self._read
