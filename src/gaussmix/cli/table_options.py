"""The options of every command with an input table, declared once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaussmix.cli.guard import usage_error
from gaussmix.cli.option_values import whole
from gaussmix.errors import GaussmixError

if TYPE_CHECKING:
    from gaussmix.data.numeric import Choice, Columns
    from gaussmix.data.options import ReadOptions

__all__ = ["TableOptions", "reads_a_table"]

_PANEL = "Format of a text table (detected unless given)"


@dataclass(frozen=True)
class TableOptions:
    """The options of a table.

    Parameters
    ----------
    drop : str or None
        The columns to leave out, separated by commas.
    reading : ReadOptions
        How the table is written.
    """

    drop: str | None
    reading: ReadOptions

    def choice(self, columns: Columns) -> Choice:
        """Return the choice of columns."""
        from gaussmix.data.numeric import Choice

        return Choice(columns, self.drop)

    def words(self) -> list[str]:
        """Return the options as words of a command line."""
        given = self.reading
        words = [] if self.drop is None else ["--drop", self.drop]
        for name in ("separator", "decimal", "thousands", "encoding"):
            value = getattr(given, name)
            words += [] if value is None else [f"--{name}", _SPELT.get(value, value)]
        if given.header is not None:
            words.append("--header" if given.header else "--no-header")
        return words + (["--skip", str(given.skip)] if given.skip else [])


_SPELT = {"\t": "tab", " ": "space", "": "none"}


def _option(name: str, metavar: str, help: str, **more: Any) -> Any:
    return typer.Option(name, metavar=metavar, help=help, show_default=False, rich_help_panel=_PANEL, **more)


def _declared(
    drop: Annotated[
        str | None,
        typer.Option(
            "--drop",
            metavar="A,B",
            help="The columns to leave out, by name or by position.",
            show_default=False,
        ),
    ] = None,
    separator: Annotated[
        str | None,
        _option("--separator", "SIGN", "The character between columns: , ; | tab space or another."),
    ] = None,
    decimal: Annotated[str | None, _option("--decimal", "SIGN", "The decimal sign: . or ,")] = None,
    thousands: Annotated[
        str | None, _option("--thousands", "SIGN", "The thousands separator: , . ' space or none.")
    ] = None,
    header: Annotated[
        bool | None,
        _option("--header/--no-header", " ", "Whether the first row holds the names of the columns."),
    ] = None,
    encoding: Annotated[
        str | None, _option("--encoding", "NAME", "The encoding, such as utf-8, cp1252 or utf-16.")
    ] = None,
    skip: Annotated[
        int, _option("--skip", "N", "Number of lines to skip at the beginning.", parser=whole(0))
    ] = 0,
) -> TableOptions:
    from gaussmix.data.options import ReadOptions

    try:
        return TableOptions(drop, ReadOptions(separator, decimal, thousands, header, encoding, skip))
    except GaussmixError as error:
        raise usage_error(str(error)) from None


def reads_a_table(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with the options of a table instead of its parameter ``table``.

    Examples
    --------
    >>> @reads_a_table
    ... def count(file: str, table: TableOptions) -> None: ...
    >>> list(inspect.signature(count).parameters)
    ['file', 'drop', 'separator', 'decimal', 'thousands', 'header', 'encoding', 'skip']
    """
    own = inspect.signature(command, eval_str=True)
    declared = dict(inspect.signature(_declared, eval_str=True).parameters)
    parameters: list[inspect.Parameter] = []
    for name, parameter in own.parameters.items():
        parameters += [] if name == "table" else [parameter]
        parameters += [declared["drop"]] if name == "columns" else []
    parameters += [parameter for parameter in declared.values() if parameter not in parameters]

    @functools.wraps(command)
    def with_options(**given: Any) -> None:
        table = _declared(**{name: given.pop(name) for name in declared})
        command(**given, table=table)

    with_options.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_options
