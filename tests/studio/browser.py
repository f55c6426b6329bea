"""A studio in a process of its own and a page of it in Chromium, for the tests of the page."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ..browsers import CHROMIUM

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
WAIT = 60_000
"""Milliseconds until a state that does not come is a failure."""

_missing = [name for name in ("playwright", "starlette", "uvicorn", "msgspec") if find_spec(name) is None]
in_browser = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None or bool(_missing),
        reason=f"{', '.join(_missing)} not installed" if _missing else "Chromium is not installed",
    ),
]
"""The marks of a module of these tests."""


@contextlib.contextmanager
def studio_process(*arguments: str) -> Iterator[str]:
    """Run `gaussmix studio`, and give its address."""
    command = [sys.executable, "-m", "gaussmix.cli", "studio", "--port", "0", "--no-browser", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            address = next((word for word in line.split() if word.startswith("http://")), None)
            if address:
                break
        else:
            pytest.fail("gaussmix studio ended: " + "".join(lines))
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=20)


class StudioPage:
    """A page of the studio: its panels by name, and waits for their states."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.errors: list[str] = []
        page.set_default_timeout(WAIT)
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        # A refusal of the server is an answer that the page shows; Chromium notes each of them.
        if kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)

    def open(self) -> StudioPage:
        self.page.goto(self.address)
        self.state("body", "ready")
        return self

    def state(self, selector: str, *states: str) -> None:
        """Wait until an element has one of the states."""
        self.page.wait_for_selector(
            ", ".join(f'{selector}[data-state="{state}"]' for state in states), state="attached"
        )

    def has(self, selector: str) -> None:
        """Wait until there is an element."""
        self.page.wait_for_selector(selector, state="attached")

    def data(self, selector: str, name: str) -> str:
        """Return a data attribute of an element."""
        return str(self.page.locator(selector).get_attribute(f"data-{name}"))

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def field(self, name: str, value: object) -> None:
        """Give a value to the field of a name in the panel that is shown."""
        field = self.page.locator(f'[name="{name}"]:visible')
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))
            field.dispatch_event("change")

    def press(self, name: str) -> None:
        """Press the button of a name in the panel that is shown."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def open_details(self) -> None:
        """Open what is folded in the panel that is shown."""
        for summary in self.page.locator("details:not([open]) > summary:visible").all():
            summary.click()

    def built_in(self, name: str, rows: int) -> None:
        """Take a table of the library."""
        self.tab("Data")
        self.page.locator(f'[data-table="{name}"]').click()
        self.has(f'#data[data-state="ready"][data-rows="{rows}"]')

    def random(
        self,
        *,
        components: int = 4,
        columns: int = 2,
        separation: float = 6.0,
        rows: float = 3.0,
        seed: int = 0,
    ) -> None:
        """Draw a table from a random mixture; rows are given as a power of ten."""
        self.tab("Data")
        for name, value in {
            "components": components,
            "columns": columns,
            "separation": separation,
            "rows": rows,
            "seed": seed,
        }.items():
            self.field(f"random-{name}", value)
        self.page.locator("#draw").click()
        self.has('#data[data-state="ready"][data-table*="random mixture"]')
        self.has(f'#columns[data-chosen*="x{columns}"]')

    def upload(self, path: Path) -> None:
        """Choose a file."""
        self.tab("Data")
        self.page.locator("#file").set_input_files(str(path))

    def run(self, **options: object) -> None:
        """Fit a mixture as fast as it can, to the end."""
        self.tab("Fit")
        self.open_details()
        for name, value in options.items():
            self.field(name.replace("_", "-"), value)
        self.page.locator('[name="pace"]').select_option("0")
        before = self.page.locator("#fit").get_attribute("data-started") or "0"
        self.page.locator("#run").click()
        self.has(f'#fit[data-started="{int(before) + 1}"]')
        self.state("#fit", "done")

    def message(self) -> str:
        """Wait for a message above the panels, and return its text."""
        self.has("#messages .message")
        return str(self.page.locator("#messages .message p").first.inner_text())

    def axe(self) -> list[str]:
        """Return what axe-core finds wrong with the page as it is now."""
        # The policy of the page lets no script in; an evaluated one is the test's own.
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "\n;0")
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
