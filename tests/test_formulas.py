"""The formulas of the pages are those of the script that writes them."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "formulas.py"


def test_the_template_is_current() -> None:
    script = runpy.run_path(str(SCRIPT))
    assert script["TARGET"].read_text(encoding="utf-8") == script["page"]()
    assert all(f"{{%- set {name} -%}}" in script["page"]() for name in script["FORMULAS"])
