"""A browser for all tests that look at pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .browsers import CHROMIUM


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window: one for all tests, because a process has room for one driver."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here to drive a browser")
    if CHROMIUM is None:
        pytest.skip("no chromium here to look at the page with")
    with playwright.sync_playwright() as driver:
        # Tests run as root in containers, where Chromium has no sandbox of its own.
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()
