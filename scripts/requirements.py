"""Print what the library needs to run, as pyproject.toml says, or what the extras need that are named."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = [project["optional-dependencies"][name] for name in sys.argv[1:]] or [project["dependencies"]]
sys.stdout.write("\n".join(line for extra in extras for line in extra) + "\n")
