"""One quick demonstration, which all tests of it look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gaussmix.demo import run_demo


@dataclass(frozen=True)
class Demo:
    page: Path
    told: str

    @property
    def text(self) -> str:
        return self.page.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    told: list[str] = []
    page = run_demo(tmp_path_factory.mktemp("demo") / "new" / "folder", quick=True, echo=told.append)
    return Demo(page, "\n".join(told))
