"""Front ends of notebooks. Without one its tests are skipped: ``make test-front-ends`` installs them all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def jupyter_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of Jupyter's server, and the folder of its notebooks."""
    from .servers import jupyter

    folder = tmp_path_factory.mktemp("jupyter")
    with jupyter(folder) as address:
        yield address, folder


@pytest.fixture
def notebook(
    browser: Any, jupyter_server: tuple[str, Path], request: pytest.FixtureRequest
) -> Iterator[Callable[..., Any]]:
    """Write a notebook and open it; at the end no page may have complained, and no kernel remains."""
    from .pages import NotebookPage, write
    from .servers import stop_kernels

    address, root = jupyter_server
    folder = root / "book"
    pages: list[NotebookPage] = []

    def open_one(*cells: str, place: str = "lab/tree") -> NotebookPage:
        if cells:
            write(folder, *cells)
        context = browser.new_context(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
        pages.append(NotebookPage(context.new_page(), address, place))
        return pages[-1].open("book/watch.ipynb")

    open_one.folder, open_one.stop = folder, lambda: stop_kernels(address)  # type: ignore[attr-defined]
    yield open_one
    for page in pages:
        page.page.context.close()
    stop_kernels(address)
    shutil.rmtree(folder, ignore_errors=True)
    assert [error for page in pages for error in page.errors] == []
