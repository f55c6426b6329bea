"""The command line as ``python -m gaussmix.cli``."""

from __future__ import annotations

from gaussmix.cli import main

if __name__ == "__main__":
    main()
