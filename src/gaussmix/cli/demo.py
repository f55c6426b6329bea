"""``gaussmix demo``: a page about mixtures."""

from __future__ import annotations

from pathlib import Path

from gaussmix.cli.terminal import Terminal
from gaussmix.errors import InputError
from gaussmix.files import sentences

__all__ = ["run"]


def run(out: Path, *, quick: bool = False, quiet: bool = False) -> None:
    """Write the demonstration to a folder.

    Parameters
    ----------
    quick : bool
        Whether to take less data.
    """
    from gaussmix.demo import run_demo

    if out.exists() and not out.is_dir():
        raise InputError(f"--out {str(out)!r} is a file: give the name of a folder")
    terminal = Terminal.open(quiet)

    def say(text: str) -> None:
        for line in text.splitlines():
            terminal.say(line)

    with sentences(out, "write"):
        run_demo(out, quick=quick, echo=say)
