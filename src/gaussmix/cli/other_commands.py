"""The commands without a fit: impute, sample, convert, demo, studio, info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gaussmix.cli.declarations import MODEL, DataFile, Errors, ModelColumns, ModelFile, Quiet, Raw, TableOut
from gaussmix.cli.guard import usage_error
from gaussmix.cli.option_values import DATA, flag, whole
from gaussmix.cli.table_options import TableOptions, reads_a_table

__all__ = ["convert", "demo", "impute", "info", "sample", "studio"]


@reads_a_table
def impute(
    model: ModelFile,
    file: DataFile,
    table: TableOptions,
    out: TableOut = None,
    columns: ModelColumns = None,
    errors: Errors = None,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="M",
            parser=whole(1),
            help="Fill with random draws instead of expected values: M tables, one below the other, numbered in the "
            "column draw.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.", show_default=False),
    ] = None,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Fill the missing values of a table with expected values, or with random draws."""
    from gaussmix.cli.impute import ImputeCommand

    if seed is not None and draws is None:
        raise usage_error("--seed is for random draws: give --draws too")
    ImputeCommand(model, file, table, out, columns, errors, draws, seed, raw, quiet).run()


def sample(
    model: ModelFile,
    number: Annotated[
        int, typer.Option("--number", "-n", metavar="N", parser=whole(0), help="Number of rows.")
    ] = 1000,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", parser=whole(0), help="Seed of the random numbers.", show_default=False),
    ] = None,
    labels: Annotated[bool, flag("--labels", help="Add the component (or class) of each row.")] = False,
    out: TableOut = None,
    raw: Raw = False,
    quiet: Quiet = False,
) -> None:
    """Sample rows from a model."""
    from gaussmix.cli.sample import run

    run(model, number, out, seed=seed, labels=labels, raw=raw, quiet=quiet)


def convert(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A saved model, or a mixture in JSON.", show_default=False)
    ],
    target: Annotated[
        Path,
        typer.Argument(
            metavar="TARGET",
            help="The file to write: .json, .onnx, .xml (Gating-ML), .csv, .tsv, .parquet or .safetensors.",
            show_default=False,
        ),
    ],
    level: Annotated[
        float | None,
        typer.Option(
            metavar="P", help="The probability of the gates in .xml; 0.95 by default.", show_default=False
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Convert a model to the format of another program."""
    from gaussmix.cli.convert import run

    run(model, target, level=level, quiet=quiet)


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")] = Path("gaussmix-demo"),
    quick: Annotated[bool, flag("--quick", help="Use fewer rows, which takes a few seconds.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write a page that explains mixtures, with figures of synthetic data and of vowels."""
    from gaussmix.cli.demo import run

    run(out, quick=quick, quiet=quiet)


def studio(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help=f"{DATA} Without a file, choose one on the page.", show_default=False
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=whole(0), help="The port; a free one by default.", show_default=False
        ),
    ] = None,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="The address to listen at; 0.0.0.0 is open to other machines."),
    ] = "127.0.0.1",
    no_browser: Annotated[bool, flag("--no-browser", help="Print the address only.")] = False,
) -> None:
    """Fit and explore mixtures on a page in the browser."""
    from gaussmix.cli.studio import run

    run(file, host, port or 0, browser=not no_browser)


def info(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help=MODEL, show_default=False)] = None,
) -> None:
    """Print versions, kernel and threads, or the contents of a model."""
    from gaussmix.cli.info import run

    run(model)
