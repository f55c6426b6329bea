"""A running studio and pages of it, for the tests in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .browser import StudioPage, studio_process


@pytest.fixture(scope="session")
def studio() -> Iterator[str]:
    """The address of a studio in a process of its own."""
    with studio_process() as address:
        yield address


@pytest.fixture
def open_page(browser: Any, studio: str) -> Iterator[Callable[..., StudioPage]]:
    """Open pages of the studio; at the end none of them may have reported an error."""
    pages: list[StudioPage] = []

    def open_one(address: str = studio, **options: Any) -> StudioPage:
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        )
        pages.append(StudioPage(context.new_page(), address))
        return pages[-1].open()

    yield open_one
    for page in pages:
        page.page.context.close()
    assert [error for page in pages for error in page.errors] == []


@pytest.fixture
def page(open_page: Callable[..., StudioPage]) -> StudioPage:
    """A page of the studio."""
    return open_page()
