"""The group of all commands, with an exit code for every end."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from typer.core import TyperGroup

from gaussmix.cli.guard import ReaderLeftError, end, exit_code_of
from gaussmix.cli.help import PlainUsage, print_examples
from gaussmix.cli.terminal import plain_streams

__all__ = ["Commands"]


class Commands(PlainUsage, TyperGroup):
    """The command line: the group of all commands, with an exit code for every end."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its code."""
        given = list(sys.argv[1:] if args is None else args)
        # --debug may stand anywhere, and must work where the rest of the line cannot be understood.
        debug = "--debug" in given
        run = partial(
            super().main,
            args=[arg for arg in given if arg != "--debug"] or ["--help"],
            prog_name="gaussmix",
            complete_var=complete_var,
            standalone_mode=False,
            windows_expand_args=windows_expand_args,
            **extra,
        )
        plain_streams()
        code = exit_code_of(run, debug=debug)
        if standalone_mode:
            end(code)
        return code

    def invoke(self, ctx: Any) -> Any:
        """Run the command of the command line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # typer would end the process with an exit code of its own.
            raise ReaderLeftError from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page of help."""
        super().format_help(ctx, formatter)
        print_examples("gaussmix")
