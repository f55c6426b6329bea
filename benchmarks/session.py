"""One library's worker process, seen from the benchmark: it is asked, waited for, and held still in between."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from .registry import HERE, Peer

__all__ = ["PeerError", "Session", "TimeoutPeerError"]

MOST_MEMORY = 0.75
"""The share of the machine's memory that a worker may take before it is ended."""


class PeerError(Exception):
    """A library could not do what it was asked to; the message says why."""


class TimeoutPeerError(PeerError):
    """A library took longer than it was given."""


def total_memory() -> int:
    """Return the machine's memory in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def resident(pid: int) -> int:
    """Return the memory that a process takes, in bytes; 0 once it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


@contextlib.contextmanager
def restricted_to(threads: int | None) -> Iterator[None]:
    """Let what is started inside use no more than the first so many processors."""
    if threads is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:threads])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Session:
    """A worker that is running: ``with Session(peer) as session: session.ask("fit", iterations=3)``.

    Between questions the process and all that it started are stopped, so that no thread of an idle library, spinning
    while it waits, takes a processor from the one that is being timed.

    Parameters
    ----------
    peer : Peer
        The library.
    timeout : float
        Seconds that an answer may take.
    threads : int, optional
        How many processors it may use; all that this process may use unless given.
    environment : dict, optional
        Variables for the worker alone.
    """

    def __init__(
        self,
        peer: Peer,
        timeout: float,
        threads: int | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.peer, self.timeout = peer, timeout
        self.log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the session
        command = [str(peer.python), str(HERE / "worker.py"), str(HERE / "peers" / f"{peer.module}.py")]
        with restricted_to(threads):
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1,
                start_new_session=True, env={**os.environ, **(environment or {})},
            )  # fmt: skip
        atexit.register(self.close)
        # Where memory runs out, the system is to end the worker.
        with contextlib.suppress(OSError):
            Path(f"/proc/{self.process.pid}/oom_score_adj").write_text("1000")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Return the worker's answer.

        Raises
        ------
        PeerError
            If it failed, ended, took too long or too much memory.
        """
        if self.process.poll() is not None:
            raise PeerError("its process has ended")
        self._signal(signal.SIGCONT)
        try:
            self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
            answer = json.loads(self._line())
        except BrokenPipeError:
            raise PeerError(f"its process ended: {self.last_words()}") from None
        if self.process.poll() is None:
            self._signal(signal.SIGSTOP)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def _line(self) -> str:
        """Wait for a line, looking at the clock and at the memory."""
        began = time.monotonic()
        while True:
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                line = self.process.stdout.readline()
                if line:
                    return line
                self.process.wait()
                raise PeerError(f"its process ended: {self.last_words()}")
            if time.monotonic() - began > self.timeout:
                self.close()
                raise TimeoutPeerError(f"more than {self.timeout:.0f} s")
            if resident(self.process.pid) > MOST_MEMORY * total_memory():
                self.close()
                raise PeerError(f"more than {MOST_MEMORY * total_memory() / 2**30:.0f} GiB of memory")

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def last_words(self) -> str:
        """Return the last line that the worker wrote to its error output."""
        self.log.seek(0)
        lines = [line.strip() for line in self.log if line.strip()]
        return lines[-1][:200] if lines else f"exit status {self.process.poll()}"

    def close(self) -> None:
        """End the worker and all that it started."""
        atexit.unregister(self.close)
        for number in (signal.SIGCONT, signal.SIGKILL):
            self._signal(number)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        self.log.close()
