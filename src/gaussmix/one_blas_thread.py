"""One thread for BLAS while our own threads are at work."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

__all__ = ["one_blas_thread"]


class _OneBlasThread:
    """Holds every BLAS library at one thread between ``hold`` and the last ``release``, or within ``with``.

    Holds are counted, so that fits that overlap in several threads leave the setting that the first of them found.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holds = 0
        self._before: list[tuple[Any, int]] = []

    @cached_property
    def _libraries(self) -> list[Any]:
        # The search for them among the libraries of the process takes longer than a small fit: it is made once.
        from threadpoolctl import ThreadpoolController

        return list(ThreadpoolController().select(user_api="blas").lib_controllers)

    def __enter__(self) -> None:
        self.hold()

    def __exit__(self, *error: object) -> None:
        self.release()

    def hold(self) -> None:
        """Set the libraries to one thread, unless they are held already."""
        with self._lock:
            self._holds += 1
            if self._holds == 1:
                numbers = [(library, library.get_num_threads()) for library in self._libraries]
                self._before = [(library, number) for library, number in numbers if number != 1]
                for library, _ in self._before:
                    library.set_num_threads(1)

    def release(self) -> None:
        """Undo one ``hold``; the last release restores the number of threads of the BLAS libraries."""
        with self._lock:
            self._holds -= 1
            if self._holds == 0:
                for library, number in self._before:
                    library.set_num_threads(number)


one_blas_thread = _OneBlasThread()
"""The one of this process."""
