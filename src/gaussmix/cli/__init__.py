"""The command line: ``gaussmix fit``, ``predict``, ``sample``, ``demo`` and ``info``."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line: the entry point ``gaussmix``."""
    import signal

    # Imports take a while. Ctrl-C in them ends the process as it ends one that knows nothing of it; once a command
    # runs it is one line. Where a shell has it ignored (a job in the background) it stays so.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from gaussmix.cli.app import app

    app()
