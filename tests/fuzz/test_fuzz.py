"""Damaged files: those that once went wrong, and new ones for some seconds (`make fuzz` for longer)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

if os.name == "nt":
    pytest.skip("limits of time and memory are set otherwise there", allow_module_level=True)
pytest.importorskip("pyarrow")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import run  # noqa: E402

SECONDS = 15


@pytest.mark.parametrize(
    "path", sorted(run.CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_what_once_went_wrong(path: Path) -> None:
    fault = run.replay(path.parent.name, path)
    assert fault is None, fault.text


@pytest.mark.slow
@pytest.mark.parametrize("target", run.TARGETS)
def test_new_files(target: str) -> None:
    words = [sys.executable, str(HERE / "run.py"), "--seconds", str(SECONDS), "--seed", "0", target]
    done = subprocess.run(words, capture_output=True, text=True, timeout=10 * SECONDS + 60, check=False)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
