"""A test of an ugly input that hangs fails after a minute."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(autouse=True)
def _no_hanging():
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(*_):
        raise TimeoutError("a minute has passed: this input makes something hang.")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
